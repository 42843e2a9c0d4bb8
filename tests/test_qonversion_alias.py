"""The alias: what a person chose, and our reference behind it."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.providers.marker import alias_with_marker, marker_for, split_alias
from experiments.providers.qonversion.alias import ALLOWED, LONGEST, LONGEST_CHOICE, fitting, suggested_alias

ALIAS = st.from_regex(r"[a-zA-Z0-9._-]{0,33}", fullmatch=True)


@given(ALIAS, st.uuids())
def test_what_was_chosen_is_read_back(alias, operation_id):
    marker = marker_for(operation_id)
    whole = alias_with_marker(alias, marker)
    assert split_alias(whole) == (alias, marker)
    assert len(whole) <= LONGEST
    assert ALLOWED.fullmatch(whole)


def test_a_copied_marker_gives_way_to_the_new_one():
    old, new = marker_for(uuid.UUID(int=1)), marker_for(uuid.UUID(int=2))
    assert alias_with_marker(alias_with_marker("yearly", old), new) == f"yearly-{new}"
    assert alias_with_marker(old, new) == new


@pytest.mark.parametrize(
    "alias", ["", "yearly", "abx-1", "yearlyabx-00000000000000000000000000", "-abx-00000000000000000000000000"]
)
def test_another_alias_holds_no_marker(alias):
    assert split_alias(alias) == (alias, "")


@pytest.mark.parametrize(
    ("name", "alias"),
    [
        ("Yearly first", "yearly-first"),
        ("Größe & Preis", "grosse-preis"),
        ("  --  ", ""),
        ("日本語", ""),
        ("", ""),
        ("x" * 80, "x" * 33),
        ("a" * 32 + " b", "a" * 32),
        ("Straße 5.0_x", "strasse-5-0-x"),
    ],
)
def test_an_alias_is_suggested_from_the_name(name, alias):
    assert suggested_alias(name) == alias


@given(st.text())
def test_a_suggestion_always_fits(name):
    alias = suggested_alias(name)
    assert len(alias) <= LONGEST_CHOICE
    assert not alias or ALLOWED.fullmatch(alias)
    assert fitting(alias) == alias
