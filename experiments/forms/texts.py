"""What somebody typed into one field, read strictly. What cannot be read is kept as it was typed and told."""

import re
from decimal import Decimal

_WHOLE = re.compile(r"-?[0-9]{1,15}", re.ASCII)
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,8})?", re.ASCII)
_PER_CENT = re.compile(r"-?[0-9]{1,6}(\.[0-9]{1,8})?", re.ASCII)


class NotKept(Exception):
    """The text cannot become a value of the document. `str(error)` is a sentence for the person who typed it."""


def same_lines(text: str) -> str:
    """Browsers send line ends as CR LF whatever was in the field."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_text(raw: str, *, is_line: bool = False) -> str:
    """The text with plain line ends; one line only where `is_line`. NotKept for characters that cannot be stored."""
    text = same_lines(raw)
    if "\0" in text:
        raise NotKept("This text holds a NUL character, which cannot be stored. Delete it.")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise NotKept("This text holds half of a character. Type it again.")
    return " ".join(text.split("\n")) if is_line else text


def read_whole(raw: str) -> int:
    text = raw.strip()
    if _WHOLE.fullmatch(text):
        return int(text)
    raise NotKept(f"“{storable(text)[:40]}” is not a whole number. {_hint(text, 'Write it as 1, 2 or 10.')}")


def read_number(raw: str) -> int | float:
    """ "4" is 4, "12.5" is 12.5 and "12.0" stays a decimal."""
    text = raw.strip()
    if _NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    raise NotKept(f"“{storable(text)[:40]}” is not a number. {_hint(text, 'Write it as 4 or 12.5.')}")


def read_per_cent(raw: str) -> float:
    """ "12.5" is 0.125, without the rounding of binary fractions on the way."""
    text = raw.strip().removesuffix("%").strip()
    if _PER_CENT.fullmatch(text):
        return float(Decimal(text) / 100)
    raise NotKept(f"“{storable(text)[:40]}” is not a number. {_hint(text, 'Write it as 10 or 12.5.')}")


def show_per_cent(share: float) -> str:
    """The reverse: 0.125 is "12.5", 0.1 is "10", 0 is "0"."""
    text = f"{Decimal(repr(share)) * 100:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _hint(text: str, otherwise: str) -> str:
    if "," in text:
        return f"Write it with a point: {storable(text.replace(',', '.'))[:40]}."
    if any(character.isnumeric() and not character.isascii() for character in text):
        return "Write it with the digits 0 to 9."
    return otherwise


def storable(raw: str) -> str:
    """The typed text as a database can keep it: NUL and half characters become visible stand-ins."""
    return "".join(
        "␀" if character == "\0" else "\ufffd" if "\ud800" <= character <= "\udfff" else character for character in raw
    )
