"""What differs between two texts, word by word, as a reader would mark it.

A pure function. No mark ever begins inside a grapheme (an emoji with its skin tone, a letter with its accent), and
nothing is lost: the kept and deleted pieces are the old text, the kept and inserted ones the new.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

MOST_WORDS = 4000  # on either side; comparing takes the square of it at worst, so longer texts are compared by lines
_JOINER = "\u200d"
_WORD = re.compile(r"\r\n|\n|[^\S\r\n]+|\w+|.", re.DOTALL)
# Scripts that put no spaces between words: every character is a piece of its own.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff]")
_VOWELS = "\u0e33\u0eb3"  # Thai and Lao AM: letters to Unicode, and part of the character before them
_LINE = re.compile(r"[^\n]*\n|[^\n]+")


class Piece(NamedTuple):
    """One stretch of text: in both texts, only in the old one, or only in the new one."""

    kind: Literal["same", "out", "in"]
    text: str


def word_difference(old: str, new: str) -> list[Piece]:
    """The pieces in reading order, what went out before what came in. Neighbours are never of the same kind."""
    before, after = words_of(old), words_of(new)
    start = _common(before, after)
    end = _common(before[start:][::-1], after[start:][::-1])
    inner_old, inner_new = before[start : len(before) - end], after[start : len(after) - end]
    pieces = [Piece("same", "".join(before[:start])), *_compared(inner_old, inner_new)]
    pieces.append(Piece("same", "".join(before[len(before) - end :]) if end else ""))
    return _joined(pieces)


def words_of(text: str) -> list[str]:
    """Words, spaces and signs; joined they are the text. A grapheme is never torn apart."""
    words: list[str] = []
    for match in _WORD.finditer(text):
        for part in _parts(match[0]):
            if words and _belongs(words[-1], part):
                words[-1] += part
            else:
                words.append(part)
    return words


def _parts(word: str) -> Iterator[str]:
    if not _UNSPACED.search(word):
        yield word
        return
    start = 0
    for position, character in enumerate(word):
        if _UNSPACED.match(character) and character not in _VOWELS and unicodedata.category(character)[0] != "M":
            if start < position:
                yield word[start:position]
            start = position
    yield word[start:]


def _belongs(before: str, part: str) -> bool:
    """Whether `part` goes on the grapheme that `before` ends with."""
    first = part[0]
    if before == "\n" or before.endswith("\r\n"):
        return False
    is_attached = first == _JOINER or first in _VOWELS or unicodedata.category(first)[0] == "M"
    is_attached = is_attached or "\U0001f3fb" <= first <= "\U0001f3ff"
    is_tag = "\U000e0020" <= first <= "\U000e007f"
    return is_attached or is_tag or before.endswith(_JOINER) or _is_half_flag(before, first)


def _is_half_flag(before: str, first: str) -> bool:
    """Two regional indicators are one flag; a third begins the next."""
    if not "\U0001f1e6" <= first <= "\U0001f1ff":
        return False
    count = 0
    for character in reversed(before):
        if not "\U0001f1e6" <= character <= "\U0001f1ff":
            break
        count += 1
    return count % 2 == 1


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many words both begin with."""
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count


def _compared(old: list[str], new: list[str]) -> Iterator[Piece]:
    if max(len(old), len(new)) > MOST_WORDS:
        old, new = _LINE.findall("".join(old)), _LINE.findall("".join(new))
    if max(len(old), len(new)) > MOST_WORDS:
        yield from (Piece("out", "".join(old)), Piece("in", "".join(new)))
        return
    for kind, start, end, new_start, new_end in SequenceMatcher(None, old, new).get_opcodes():
        if kind == "equal":
            yield Piece("same", "".join(old[start:end]))
        else:
            yield from (Piece("out", "".join(old[start:end])), Piece("in", "".join(new[new_start:new_end])))


def _joined(pieces: Sequence[Piece]) -> list[Piece]:
    """One mark for one change: a lone space between two marks is marked with them, like kinds are put together."""
    found: list[Piece] = []
    out = new = ""
    for position, (kind, text) in enumerate(pieces):
        is_gap = kind == "same" and text.strip(" ") == "" and (out or new) and _has_change(pieces[position + 1 :])
        if kind == "out" or is_gap:
            out += text
        if kind == "in" or is_gap:
            new += text
        if kind == "same" and not is_gap and text:
            found += _marks(out, new)
            out = new = ""
            found.append(Piece("same", text))
    return found + _marks(out, new)


def _has_change(pieces: Sequence[Piece]) -> bool:
    following = next((piece for piece in pieces if piece.text), None)
    return following is not None and following.kind != "same"


def _marks(out: str, new: str) -> list[Piece]:
    if out == new:
        return [Piece("same", out)] if out else []
    return [piece for piece in (Piece("out", out), Piece("in", new)) if piece.text]
