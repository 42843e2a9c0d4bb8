"""The marks in a text that changed: complete, never inside a character, and few enough to read."""

import random
import time
from itertools import pairwise

import pytest

from experiments.forms.word_difference import MOST_WORDS, Piece, word_difference, words_of

PARTS = [
    *("run", "Run", "14", " ", "  ", "\n", "\r\n", "\t", ".", "—", "’", ""),
    *("é", "e\u0301", "क्षि", "👍", "👍🏽", "👩‍👩‍👧", "🇩🇪", "🇫🇷", "❤️", "\u200d", "\u0301", "🏽", "🇩"),
    *("漢字", "ひらがな", "ไทย", "שלום", "שָׁלוֹם", "مرحبا", "\u200f", "\u2067", "\x00", "\ud800"),
]


def marked(old, new):
    signs = {"same": "{}", "out": "[-{}-]", "in": "[+{}+]"}
    return "".join(signs[piece.kind].format(piece.text) for piece in word_difference(old, new))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "", ""),
        ("same", "same", "same"),
        ("", "new", "[+new+]"),
        ("old", "", "[-old-]"),
        ("Dry until noon.", "Dry until six.", "Dry until [-noon-][+six+]."),
        ("The quick brown fox", "The slow red fox", "The [-quick brown-][+slow red+] fox"),
        ("a b", "a  b", "a[- -][+  +]b"),
        ("Go", "Go now", "Go[+ now+]"),
        ("one\ntwo", "one\r\ntwo", "one[-\n-][+\r\n+]two"),
        ("👍 yes", "👍🏽 yes", "[-👍-][+👍🏽+] yes"),
        ("👩‍👩‍👧!", "👩‍👩‍👦!", "[-👩‍👩‍👧-][+👩‍👩‍👦+]!"),
        ("🇩🇪🇫🇷", "🇩🇪🇬🇧", "🇩🇪[-🇫🇷-][+🇬🇧+]"),
        ("e\u0301", "e", "[-e\u0301-][+e+]"),
        ("漢字を書く", "漢字を読む", "漢字を[-書く-][+読む+]"),
        ("שלום לכולם", "שלום חברים", "שלום [-לכולם-][+חברים+]"),
    ],
)
def test_the_marks_are_where_a_reader_would_put_them(old, new, expected):
    assert marked(old, new) == expected


def test_nothing_is_lost_and_no_two_neighbours_are_alike():
    dice = random.Random(5)
    for _ in range(4000):
        old, new = ("".join(dice.choices(PARTS, k=dice.randrange(12))) for _ in range(2))
        pieces = word_difference(old, new)
        assert "".join(piece.text for piece in pieces if piece.kind != "in") == old
        assert "".join(piece.text for piece in pieces if piece.kind != "out") == new
        assert all(piece.text for piece in pieces)
        assert all(one.kind != other.kind for one, other in pairwise(pieces))
        assert old != new or [piece.kind for piece in pieces] == ["same"][: len(old)]


@pytest.mark.parametrize("whole", ["👍🏽", "👩‍👩‍👧", "🇩🇪", "❤️", "e\u0301", "กำ", "שָׁ", "\r\n", "1️⃣"])
def test_a_character_of_several_signs_is_one_piece(whole):
    assert "".join(words_of(f"a {whole} b")) == f"a {whole} b"
    assert any(whole in word for word in words_of(f"a {whole} b"))
    assert [piece for piece in word_difference(f"a {whole} b", "a c b") if piece.kind == "out"] == [Piece("out", whole)]


def test_a_text_too_long_for_words_is_compared_by_lines_and_still_whole():
    old = "".join(f"line {number} of a long mail\n" for number in range(3000))
    new = old.replace("line 7 of", "line seven of").replace("line 2990 of", "row of")
    assert len(words_of(old)) > MOST_WORDS
    begun = time.monotonic()
    pieces = word_difference(old, new)
    assert time.monotonic() - begun < 20  # not the hours that every word against every word would take
    assert "".join(piece.text for piece in pieces if piece.kind != "in") == old
    assert "".join(piece.text for piece in pieces if piece.kind != "out") == new
    assert sum(len(piece.text) for piece in pieces if piece.kind != "same") < 100
