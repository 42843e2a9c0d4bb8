"""Our reference at the end of a description."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.providers.marker import marker_for, mentions_marker, split_marker, with_marker

OPERATION = uuid.UUID("01890a5d-ac96-774b-bcce-b302099a8057")


def test_a_marker_is_the_id_in_26_characters():
    assert marker_for(uuid.UUID(int=0)) == "abx-" + "0" * 26
    assert marker_for(uuid.UUID(int=33)) == "abx-" + "0" * 24 + "11"
    assert marker_for(uuid.UUID(int=2**128 - 1)) == "abx-7" + "z" * 25


def test_a_marker_counts_upwards_with_the_id_so_that_none_is_shared():
    markers = [marker_for(uuid.UUID(int=OPERATION.int + step)) for step in range(-500, 500)]
    assert markers == sorted(set(markers))


@given(st.text(), st.uuids())
def test_what_is_written_is_read_back(text, operation_id):
    marker = marker_for(operation_id)
    assert split_marker(with_marker(text, marker)) == (text, marker)


def test_a_copied_marker_gives_way_to_the_new_one():
    old, new = marker_for(uuid.UUID(int=1)), marker_for(uuid.UUID(int=2))
    assert with_marker(with_marker("Tone test", old), new) == f"Tone test [ref {new}]"


@pytest.mark.parametrize(
    "description",
    [
        "",
        "Tone test",
        "Tone test [ref abx-1]",
        "[ref abx-00000000000000000000000000] and more",
        "[ref abx-0000000000000000000000000u]",
    ],
)
def test_other_text_holds_no_marker(description):
    assert split_marker(description) == (description, "")


def test_white_space_that_a_provider_adds_does_not_hide_the_marker():
    marker = marker_for(OPERATION)
    assert split_marker(with_marker("Tone test", marker) + "\n") == ("Tone test", marker)


@pytest.mark.parametrize("text", ["[ref abx-1]", "see Ref  ABX-2", "ref\nabx-"])
def test_text_that_looks_like_a_marker_is_noticed(text):
    assert mentions_marker(text)


@pytest.mark.parametrize("text", ["", "a reference to abx", "ref: abx-1", "prefab x-1"])
def test_ordinary_text_is_left_alone(text):
    assert not mentions_marker(text)
