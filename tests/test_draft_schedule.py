"""When it goes out: soon, at one moment of the workspace's clock, or at once."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine

from experiments.forms.moments import clocks_change_near, moment_of, offset_words, read_local
from tests.editor_form import Editor

BERLIN = ZoneInfo("Europe/Berlin")


def times(editor):
    return {variant.get("schedule", {}).get("scheduled_time") for variant in editor.document["variants"]}


def plan_moment(client, draft, day, time, **more):
    editor = Editor(client, draft)
    response = editor.post({"when.mode": "moment", "when.day": day, "when.time": time, **more})
    assert response.status_code == 303
    return Editor(client, draft)


def test_one_moment_is_written_in_utc_into_every_variant(draft, visit, bob):
    page = plan_moment(visit(bob), draft, "2027-02-01", "09:00")
    assert times(page) == {"2027-02-01T08:00:00"}
    assert page.plan["when"] == {"mode": "moment", "local": "2027-02-01T09:00", "fold": None}
    assert (page.fields["when.day"], page.fields["when.time"]) == (["2027-02-01"], ["09:00"])
    assert "Workspace, Berlin" in page.html
    assert "08:00 <small>Mon 1 Feb 2027" in page.html
    assert draft.scheduled_at == datetime(2027, 2, 1, 8, tzinfo=UTC)
    assert draft.when_at == draft.scheduled_at


def test_soon_takes_every_schedule_out_again(draft, visit, bob):
    page = plan_moment(visit(bob), draft, "2027-02-01", "09:00")
    page.post({"when.mode": "soon"})
    assert times(page) == {None}
    assert page.plan["when"]["mode"] == "soon"


def test_a_test_meant_for_later_never_has_no_schedule(draft, visit, bob):
    editor = Editor(visit(bob), draft)
    editor.post({"when.mode": "moment"})
    assert times(editor) == {""}
    page = Editor(visit(bob), draft, "?checked=1")
    assert "The test has no day and time yet" in page.html
    page.post({"when.day": "2027-02-01", "when.time": "09:00"})
    assert times(editor) == {"2027-02-01T08:00:00"}


def test_bad_24_a_time_that_does_not_exist_is_refused_with_its_neighbours(draft, visit, bob):
    page = plan_moment(visit(bob), draft, "2027-03-28", "02:30")
    assert times(page) == {""}
    assert "02:30 does not exist on Sun 28 Mar 2027 in Berlin" in page.html
    assert (page.fields["when.day"], page.fields["when.time"]) == (["2027-03-28"], ["02:30"])
    assert {"pick-time:2027-03-28T01:30", "pick-time:2027-03-28T03:30"} <= set(page.buttons)
    assert draft.problems == 1
    page.post(do="pick-time:2027-03-28T03:30")
    assert times(page) == {"2027-03-28T01:30:00"}


@pytest.mark.parametrize(("fold", "utc"), [("0", "2027-10-31T00:30:00"), ("1", "2027-10-31T01:30:00")])
def test_bad_25_a_time_that_comes_twice_asks_which(draft, visit, bob, fold, utc):
    page = plan_moment(visit(bob), draft, "2027-10-31", "02:30")
    assert times(page) == {""}
    assert "comes twice" in page.html
    assert "when.fold" not in page.fields  # nothing is chosen for the person
    page.post({"when.fold": fold})
    assert times(page) == {utc}
    again = Editor(visit(bob), draft)
    again.post({"/name": "Other"})
    assert times(again) == {utc}


@time_machine.travel("2026-11-21 12:00 +0000", tick=False)
@pytest.mark.parametrize(
    ("time", "words"),
    [
        ("12:00", "has passed. Pick a later time."),
        ("13:02", "is too near to be taken back. Pick 13:05 today or later."),
    ],
)
def test_bad_23_a_past_or_too_near_time_is_refused_with_the_earliest(draft, visit, bob, time, words):
    page = plan_moment(visit(bob), draft, "2026-11-21", time)
    assert page.html.count(words) == 2  # at the field and in the list, once for all variants
    page.post({"when.time": "14:00"})
    assert words not in Editor(visit(bob), draft).html


@pytest.mark.parametrize(
    ("day", "time"),
    [
        ("2027-02-30", "09:00"),
        ("0001-01-01", "00:00"),
        ("9999-12-31", "23:59"),
        ("2027-02-01", "25:00"),
        ("２０２７-02-01", "09:00"),
        ("2027-02-01", "09:00+02:00"),
        ("tomorrow", "noon"),
        ("2027-02-01", ""),
        ("a\0b", "09:00"),
    ],
)
def test_bad_27_a_time_that_is_none_is_kept_as_typed_and_never_sent(draft, visit, bob, day, time):
    page = plan_moment(visit(bob), draft, day, time)
    assert times(page) == {""}
    assert page.fields["when.day"] == [day.replace("\0", "␀")]
    assert page.fields["when.time"] == [time]
    assert draft.problems == 1


def test_bad_26_a_workspace_that_moves_keeps_the_moment_and_tells_the_new_time(draft, visit, bob, workspace):
    plan_moment(visit(bob), draft, "2027-02-01", "09:00")
    workspace.time_zone = "America/New_York"
    workspace.save()
    page = Editor(visit(bob), draft)
    assert "The workspace’s clock has changed" in page.html
    assert page.fields["when.time"] == ["03:00"]
    page.post({"/name": "Other"})
    assert times(page) == {"2027-02-01T08:00:00"}
    Editor(visit(bob), draft).post(do="keep-time")
    assert "The workspace’s clock has changed" not in Editor(visit(bob), draft).html
    assert times(page) == {"2027-02-01T08:00:00"}


def test_at_once_is_for_publishers(draft, visit, bob, paula):
    page = Editor(visit(bob), draft)
    assert 'value="now"' not in page.html
    page.post({"when.mode": "now"})
    assert page.plan["when"]["mode"] == "soon"
    page = Editor(visit(paula), draft)
    assert "cannot be undone" in page.html
    page.post({"when.mode": "now"})
    assert page.plan["when"]["mode"] == "now"
    assert times(page) == {None}


def test_a_clock_change_near_the_time_is_told(draft, visit, bob):
    assert "The clocks change" in plan_moment(visit(bob), draft, "2027-03-28", "09:00").html
    assert "The clocks change" not in plan_moment(visit(bob), draft, "2027-04-28", "09:00").html


def test_a_schedule_that_only_the_json_can_say_is_left_alone(write, visit, bob):
    variants = [
        {"name": "A", "push": {"notification": {"alert": "a"}}, "schedule": {"best_time": {"send_date": "2027-02-01"}}}
    ]
    draft = write(when={"mode": "moment", "as_written": True}, variants=variants)
    page = Editor(visit(bob), draft)
    assert "The schedule is written in the JSON" in page.html
    page.post({"/name": "Other"})
    assert page.document["variants"][0]["schedule"] == {"best_time": {"send_date": "2027-02-01"}}
    Editor(visit(bob), draft).post(do="choose-time")
    assert "schedule" not in page.document["variants"][0]


@pytest.mark.parametrize(
    ("day", "time", "found"),
    [
        ("2027-02-01", "09:00", datetime(2027, 2, 1, 9)),
        ("2027-02-01", "09:00:30", datetime(2027, 2, 1, 9)),
        ("2027-2-1", "09:00", None),
        ("", "09:00", None),
        ("2027-02-01", "9", None),
    ],
)
def test_a_wall_time_is_read_strictly(day, time, found):
    assert read_local(day, time) == found


def test_a_wall_time_means_one_moment_none_or_two():
    assert moment_of(datetime(2027, 7, 1, 9), BERLIN).at == datetime(2027, 7, 1, 7, tzinfo=UTC)
    assert moment_of(datetime(2027, 3, 28, 2, 30), BERLIN).gap == (
        datetime(2027, 3, 28, 1, 30),
        datetime(2027, 3, 28, 3, 30),
    )
    twice = moment_of(datetime(2027, 10, 31, 2, 30), BERLIN)
    assert [at.hour for _, at in twice.choices] == [0, 1]
    assert moment_of(datetime(2027, 10, 31, 2, 30), BERLIN, 1).at == datetime(2027, 10, 31, 1, 30, tzinfo=UTC)


def test_offsets_are_said_in_hours_and_minutes():
    at = datetime(2027, 1, 1, tzinfo=UTC)
    zones = ("Europe/Berlin", "America/St_Johns", "UTC", "Asia/Kolkata")
    assert [offset_words(at, ZoneInfo(zone)) for zone in zones] == ["UTC+1", "UTC−3:30", "UTC", "UTC+5:30"]
    assert clocks_change_near(datetime(2027, 3, 28, tzinfo=UTC), BERLIN)
    assert not clocks_change_near(at, BERLIN)
