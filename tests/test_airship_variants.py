"""Variants of a test: shares, times, clones and edits, each giving a new document."""

import copy
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.providers.airship import document
from tests.airship_documents import T1, T2, codes, problems, scheduled, valid


@pytest.mark.parametrize(
    ("control", "weights", "percents"),
    [
        (None, [None, None], [50, 50]),
        (0.2, [None, None], [40, 40, 20]),
        (0.1, [3, 1], [67.5, 22.5, 10]),
        (0.33, [1, 1], [33.5, 33.5, 33]),
        (None, [2, None], [200 / 3, 100 / 3]),
        (None, [10, 10, 5], [40, 40, 20]),
        (0.2, [None], [80, 20]),
        (0, [1, 1], [50, 50]),
        (None, [None] * 4, [25] * 4),
        (None, [0, 1], [0, 100]),
        (None, [-1, 1.5, True, "3", 1], [0, 0, 0, 0, 100]),
        (None, [0, 0], [50, 50]),
        (None, [10**30, 10**30], [50, 50]),
        (1.5, [1, 1], [50, 50]),
        ("0,5", [1, 1], [50, 50]),
        (True, [1, 1], [50, 50]),
    ],
)
def test_shares_follow_the_weights_and_the_holdout(control, weights, percents):
    variants = [{} if weight is None else {"weight": weight} for weight in weights]
    found = document.shares({"control": control, "variants": variants})
    assert [share.percent for share in found] == pytest.approx(percents, abs=1e-9)
    assert [share.letter for share in found] == [*"ABCDEFGH"[: len(weights)], "–"][: len(percents)]


@given(
    st.lists(st.integers(1, 2**40) | st.none(), min_size=1, max_size=26),
    st.floats(0, 1, exclude_max=True) | st.none(),
)
def test_shares_sum_to_a_hundred(weights, control):
    variants = [{} if weight is None else {"weight": weight} for weight in weights]
    found = document.shares({"control": control, "variants": variants})
    assert abs(sum(share.percent for share in found) - 100) < 1e-9
    assert all(share.percent >= 0 for share in found)


def test_shares_carry_names_and_weights():
    found = document.shares({"control": 0.5, "variants": [{"name": "warm", "weight": 3}, {}]})
    assert [(share.letter, share.name, share.weight) for share in found] == [
        ("A", "warm", 3),
        ("B", "", 1),
        ("–", "", 0),
    ]


def test_document_without_variants_has_no_shares():
    assert document.shares({"control": 0.2}) == ()
    assert document.shares({"variants": "none"}) == ()


@pytest.mark.parametrize(("position", "letter"), [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (701, "ZZ")])
def test_variants_have_letters(position, letter):
    assert document.variant_letter(position) == letter


def test_at_time_gives_every_variant_the_same_utc_moment():
    when = datetime(2026, 10, 29, 7, 30, 15, 999, tzinfo=ZoneInfo("Europe/Berlin"))
    before = valid()
    timed = document.at_time(before, when)
    assert [variant["schedule"] for variant in timed["variants"]] == [{"scheduled_time": "2026-10-29T06:30:15"}] * 2
    assert document.scheduled_at(timed) == when.replace(microsecond=0)
    assert document.is_fenced(timed)
    assert before == valid()
    assert document.without_time(timed) == before


def test_at_time_needs_a_zone():
    with pytest.raises(ValueError, match="time zone"):
        document.at_time(valid(), datetime(2026, 10, 29))


@pytest.mark.parametrize(
    ("schedules", "is_fenced"),
    [
        ([T1, T1], True),
        ([T1, {"scheduled_time": "2026-12-01 09:00:00Z"}], True),
        ([T1, T2], False),
        ([T1, None], False),
        ([None, None], False),
        ([T1, {"best_time": {"send_date": "2026-12-01"}}], False),
        ([{"local_scheduled_time": "2026-12-01T09:00:00"}] * 2, False),
        ([T1 | {"best_time": {}}] * 2, False),
        ([{"scheduled_time": "2026-12-01T09:00:00+02:00"}] * 2, False),
        ([{"scheduled_time": "soon"}] * 2, False),
    ],
)
def test_one_moment_for_all_is_the_fence(schedules, is_fenced):
    assert document.is_fenced(scheduled(*schedules)) is is_fenced


def test_document_without_variants_has_no_fence():
    assert not document.is_fenced({"variants": []})
    assert not document.is_fenced({})


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-12-01T09:00:00", datetime(2026, 12, 1, 9, tzinfo=UTC)),
        ("2026-12-01 09:00:00", datetime(2026, 12, 1, 9, tzinfo=UTC)),
        ("2026-12-01T09:00:00Z", datetime(2026, 12, 1, 9, tzinfo=UTC)),
        ("2026-12-01T09:00:00.250Z", datetime(2026, 12, 1, 9, tzinfo=UTC)),
        ("0001-01-01T00:00:00", datetime(1, 1, 1, tzinfo=UTC)),
        ("2028-02-29T00:00:00", datetime(2028, 2, 29, tzinfo=UTC)),
        ("2026-02-29T00:00:00", None),
        ("2026-02-30T00:00:00", None),
        ("2026-12-01T09:00:60", None),
        ("2026-12-01T24:00:00", None),
        ("2026-12-01T09:00", None),
        ("2026-12-01", None),
        ("2026-12-01T09:00:00+02:00", None),
        ("２026-12-01T09:00:00", None),
        ("2026-12-01T09:00:00\n", None),
        (None, None),
        (5, None),
    ],
)
def test_moments_are_read_as_airship_reads_them(text, moment):
    assert document.parse_moment(text) == moment


def test_blank_document_is_for_nobody_yet():
    built = document.blank("Spring")
    assert built["name"] == "Spring"
    assert "audience" not in built
    assert built["device_types"] == []
    assert len(built["variants"]) == 2


def test_blank_document_only_lacks_what_is_not_written_yet():
    assert problems(document.blank("Spring"), allow_missing=True) == ()
    assert problems(document.blank(), allow_missing=True) == ()
    assert {code for _, code in codes(document.blank())} == {
        "name_missing",
        "audience_missing",
        "device_types_missing",
        "message_missing",
    }


def test_clone_leaves_behind_what_belongs_to_the_first_test():
    raw = valid(
        id="5d1c", push_id="7e13", created_at="2026-10-01T00:00:00", description="Tone [ref abx-" + "0" * 26 + "]"
    )
    raw["control"] = None
    raw["newer_key"] = {"kept": 1}
    for position, variant in enumerate(raw["variants"]):
        variant |= {"id": position, "schedule": dict(T1), "name": None}
    before = copy.deepcopy(raw)
    assert document.from_remote(raw) == valid(description="Tone", newer_key={"kept": 1})
    assert raw == before


def test_clone_of_a_description_that_was_only_our_reference_has_none():
    assert "description" not in document.from_remote({"description": "[ref abx-" + "0" * 26 + "]"})


def test_variants_are_edited_by_copy():
    before = {"variants": [{"name": "a", "id": 0}, {"name": "b"}, {"name": "c"}]}
    kept = copy.deepcopy(before)

    def names(built):
        return [variant["name"] for variant in built["variants"]]

    assert names(document.add_variant(before)) == ["a", "b", "c", "D"]
    assert names(document.duplicate_variant(before, 0)) == ["a", "a copy", "b", "c"]
    assert "id" not in document.duplicate_variant(before, 0)["variants"][1]
    assert names(document.remove_variant(before, 1)) == ["a", "c"]
    assert names(document.move_variant(before, 0, 2)) == ["b", "c", "a"]
    assert names(document.move_variant(before, 2, 0)) == ["c", "a", "b"]
    assert names(document.move_variant(before, 1, 1)) == ["a", "b", "c"]
    assert names(document.rename_variant(before, 1, "x")) == ["a", "x", "c"]
    assert before == kept
    assert len(document.add_variant({})["variants"]) == 1


@pytest.mark.parametrize("position", [-1, 2, 99])
def test_variant_that_is_not_there_cannot_be_edited(position):
    built = valid()
    for edit in (document.duplicate_variant, document.remove_variant):
        with pytest.raises(IndexError):
            edit(built, position)
    with pytest.raises(IndexError):
        document.rename_variant(built, position, "x")
    with pytest.raises(IndexError):
        document.move_variant(built, position, 0)
    with pytest.raises(IndexError):
        document.move_variant(built, 0, position)
