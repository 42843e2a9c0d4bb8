"""How many text messages an SMS becomes: 160 letters of the GSM alphabet, or 70 of any other, fewer when it is split.

Reference: 3GPP TS 23.038, section 6.2.1 (the GSM alphabet and its extension); TS 23.040, section 9.2.3.24 (parts).
"""

_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWICE = frozenset("\f^{}\\[~]|€")  # an escape and a letter


def parts_of(text: str) -> tuple[int, int, bool]:
    """`(parts, units used, is GSM)`. A unit is a septet of GSM or 16 bits of UCS-2."""
    if all(letter in _GSM or letter in _GSM_TWICE for letter in text):
        used = sum(2 if letter in _GSM_TWICE else 1 for letter in text)
        return (1 if used <= 160 else -(-used // 153)), used, True
    used = len(text.encode("utf-16-be", "surrogatepass")) // 2
    return (1 if used <= 70 else -(-used // 67)), used, False


def parts_words(text: str) -> str:
    """ "1 SMS, 91 of 160 letters", "2 SMS of 67 letters: it holds letters beyond the GSM alphabet"."""
    if not text:
        return ""
    parts, used, is_gsm = parts_of(text)
    if parts == 1:
        return f"1 SMS, {used} of {160 if is_gsm else 70} letters"
    return f"{parts} SMS of {153 if is_gsm else 67} letters"
