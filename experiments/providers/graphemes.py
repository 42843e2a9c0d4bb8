"""Letters as people count them: a flag, a family emoji or an accented letter is one, however many code points it has.

A close approximation of Unicode's extended grapheme clusters (https://www.unicode.org/reports/tr29/), from the
standard library alone. Conjuncts of Indic scripts count as several letters.
"""

import unicodedata

_JOINER = "\u200d"
_JOINING = frozenset({_JOINER, "\u200c"})


def graphemes(text: str) -> list[str]:
    """The letters of `text` in order; together they are the text."""
    found: list[str] = []
    for character in text:
        if found and _belongs_to(found[-1], character):
            found[-1] += character
        else:
            found.append(character)
    return found


def cut(text: str, most: int) -> str:
    """The first `most` letters of `text`."""
    if len(text) <= most:
        return text
    if text.isascii() and "\r" not in text:
        return text[:most]
    return "".join(graphemes(text)[:most])


def _belongs_to(cluster: str, character: str) -> bool:
    """Whether `character` continues the letter that `cluster` is so far."""
    last = cluster[-1]
    if last in "\r\n" or character in "\r\n":
        return cluster == "\r" and character == "\n"
    if character in _JOINING or _is_mark(character):
        return True
    if last == _JOINER:
        return len(cluster) > 1 and unicodedata.category(character) == "So"
    if _is_flag_half(character):
        return len(cluster) == 1 and _is_flag_half(last)
    return _is_later_jamo(character) and _is_hangul(last)


def _is_mark(character: str) -> bool:
    """Accents and vowel signs, skin colours, variation selectors and the letters of a flag's tag."""
    return (
        unicodedata.category(character) in ("Mn", "Me", "Mc")
        or "\U0001f3fb" <= character <= "\U0001f3ff"
        or "\U000e0020" <= character <= "\U000e007f"
    )


def _is_flag_half(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _is_later_jamo(character: str) -> bool:
    return "\u1160" <= character <= "\u11ff"


def _is_hangul(character: str) -> bool:
    return "\u1100" <= character <= "\u11ff" or "\uac00" <= character <= "\ud7a3"
