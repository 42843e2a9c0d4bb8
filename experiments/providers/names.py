"""Names that read otherwise than they are: turned writing directions, unseen characters, letters that look alike."""

import unicodedata
from collections.abc import Iterator

from experiments.providers.shapes import Problem

TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
_JOINING = frozenset("\u200c\u200d")  # hold scripts and emoji together, and are seen in what they join
_LOOK_ALIKE = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"})


def plainly(text: str) -> str:
    """The text in the order in which it is stored, what nobody sees as its number: "a[U+202E]b"."""
    return "".join(_numbered(character) if _is_hidden(character) else character for character in text)


def find_name_problems(pointer: str, subject: str, name: object) -> Iterator[Problem]:
    """Warnings about one name. `subject` begins the sentence: "The name"."""
    if not isinstance(name, str):
        return
    turning = sorted({f"U+{ord(character):04X}" for character in name if character in TURNING})
    if turning:
        message = (
            f"{subject} holds characters that turn the writing direction ({', '.join(turning)}). "
            f"As it is stored it reads “{plainly(name)}”."
        )
        yield Problem(pointer, message, "name_bidi", "warning")
    mixed = [_told_apart(word) for word in name.split() if len(_alphabets(word)) > 1]
    if mixed:
        message = f"{subject} mixes letters of alphabets that look alike: {', '.join(mixed[:3])}."
        yield Problem(pointer, message, "name_look_alike", "warning")


def _is_hidden(character: str) -> bool:
    return character in TURNING or (unicodedata.category(character) == "Cf" and character not in _JOINING)


def _numbered(character: str) -> str:
    return f"[U+{ord(character):04X}]"


def _alphabet(character: str) -> str:
    """ "LATIN", "CYRILLIC" …; "" for what belongs to none that is mistaken for another."""
    if character.isascii():
        return "LATIN" if character.isalpha() else ""
    first = unicodedata.name(character, "").partition(" ")[0]
    return first if first in _LOOK_ALIKE and character.isalpha() else ""


def _alphabets(word: str) -> set[str]:
    return {alphabet for character in word if (alphabet := _alphabet(character))}


def _told_apart(word: str) -> str:
    """The word with the letters that are not Latin as numbers: "“S[U+0430]le”"."""
    return "“" + "".join(_numbered(one) if _alphabet(one) not in ("", "LATIN") else one for one in word) + "”"
