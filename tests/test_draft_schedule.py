"""When it goes out: soon, at one moment of the workspace's clock, or at once."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.http import QueryDict
from hypothesis import example, given
from hypothesis import strategies as st

from experiments.forms.messages.planning import MODES, plan_from_document, post_when, when_of
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


def schedules(editor):
    return [variant.get("schedule") for variant in editor.document["variants"]]


def test_a_schedule_that_only_the_json_can_say_is_left_alone(write, visit, bob):
    message = {"notification": {"alert": "a"}}
    different = [{"best_time": {"send_date": day}} for day in ("2027-02-01", "2027-02-02")]
    variants = [{"name": "A", "push": message, "schedule": schedule} for schedule in different]
    draft = write(when={"mode": "moment", "as_written": True}, variants=variants)
    page = Editor(visit(bob), draft)
    assert "The schedule is written in the JSON" in page.html
    page.post({"/name": "Other"})
    assert schedules(page) == different
    Editor(visit(bob), draft).post(do="choose-time")
    assert schedules(page) == [None, None]


def test_a_local_time_is_written_as_each_person_s_clock_and_read_back(draft, visit, bob):
    page = Editor(visit(bob), draft)
    page.post({"when.mode": "local", "when.day": "2027-02-01", "when.time": "09:00"})
    expected = {"local_scheduled_time": "2027-02-01T09:00:00"}
    assert all(schedule == expected for schedule in schedules(page))
    page = Editor(visit(bob), draft)
    assert (page.fields["when.mode"], page.fields["when.time"]) == (["local"], ["09:00"])
    assert "from Sun 31 Jan 2027 19:00 to Mon 1 Feb 2027 21:00 UTC" in page.html
    assert "Nothing refuses a copy that arrives late" in page.html
    assert draft.scheduled_at is None
    page.post({"/name": "Other"})
    assert all(schedule == expected for schedule in schedules(page))


def test_a_best_time_is_a_day_and_nothing_else(draft, visit, bob):
    page = Editor(visit(bob), draft)
    page.post({"when.mode": "best", "when.day": "2027-02-01"})
    assert all(schedule == {"best_time": {"send_date": "2027-02-01"}} for schedule in schedules(page))
    page = Editor(visit(bob), draft)
    assert page.fields["when.mode"] == ["best"]
    page.post({"when.mode": "soon"})
    assert schedules(page) == [None] * len(schedules(page))


@pytest.mark.parametrize("mode", ["local", "best"])
@pytest.mark.parametrize("day", ["", "2027-02-30", "never"])
def test_a_test_for_each_person_s_clock_without_a_day_is_never_sent_at_once(draft, visit, bob, mode, day):
    page = Editor(visit(bob), draft)
    page.post({"when.mode": mode, "when.day": day, "when.time": "09:00"})
    assert all(schedules(page))  # empty times, which no check lets pass
    assert draft.problems == 1
    page = Editor(visit(bob), draft)
    assert page.fields["when.day"] == [day]
    page.post({"when.day": "2027-02-01"})
    draft.refresh_from_db()
    assert draft.problems == 0


@time_machine.travel("2026-11-21 12:00 +0000", tick=False)
@pytest.mark.parametrize(
    ("time", "is_refused", "is_warned"), [("23:00", True, False), ("03:00", False, True), ("23:30", False, False)]
)
def test_a_local_time_is_refused_only_where_it_has_passed_everywhere(draft, visit, bob, time, is_refused, is_warned):
    day = {"23:00": "2026-11-20", "03:00": "2026-11-21", "23:30": "2026-11-22"}[time]
    Editor(visit(bob), draft).post({"when.mode": "local", "when.day": day, "when.time": time})
    page = Editor(visit(bob), draft)
    assert ("has passed everywhere" in page.html) is is_refused
    assert ("This time has passed for some people" in page.html) is is_warned
    offered = [button for button in page.buttons if button.startswith("pick-time:")]
    assert bool(offered) is is_refused


@time_machine.travel("2026-11-21 12:00 +0000", tick=False)
def test_a_time_too_early_offers_the_earliest_one_as_a_button(draft, visit, bob):
    page = plan_moment(visit(bob), draft, "2026-11-21", "12:00")
    assert "pick-time:2026-11-21T13:10" in page.buttons
    page.post(do="pick-time:2026-11-21T13:10")
    assert times(page) == {"2026-11-21T12:10:00"}
    draft.refresh_from_db()
    assert draft.problems == 0


def test_the_reader_s_own_clock_stands_beside_the_two_others(draft, visit, bob):
    page = plan_moment(visit(bob), draft, "2027-02-01", "09:00")
    assert 'id="your-clock"' in page.html  # the browser fills it in
    bob.time_zone = "America/New_York"
    bob.save()
    page = Editor(visit(bob), draft)
    assert "You, New York" in page.html
    assert "03:00 <small>Mon 1 Feb 2027, UTC−5" in page.html
    assert 'id="your-clock"' not in page.html


def test_quiet_hours_warn_and_stop_nothing(draft, visit, bob, workspace):
    workspace.quiet_from, workspace.quiet_until = time(21), time(8)
    workspace.save()
    words = "is in this workspace’s quiet hours, 21:00 to 08:00. It is allowed; people may be asleep."
    page = plan_moment(visit(bob), draft, "2027-02-01", "22:30")
    assert page.html.count(f"22:30 {words}") == 2  # beside the time and in the list
    assert draft.problems == 0
    assert f"22:30 {words}" in visit(bob).get(f"{page.address}check/").text
    page.post({"when.time": "08:00"})
    assert words not in Editor(visit(bob), draft).html
    Editor(visit(bob), draft).post({"when.mode": "local", "when.time": "07:59"})
    assert f"07:59 {words}" in Editor(visit(bob), draft).html


def test_other_tests_of_the_day_are_named(draft, write, visit, bob):
    other = write(name="Race week checklist")
    plan_moment(visit(bob), other, "2027-02-01", "10:30")
    far = write(name="Another day")
    plan_moment(visit(bob), far, "2027-02-02", "10:30")
    page = plan_moment(visit(bob), draft, "2027-02-01", "09:00").html
    aside = page.split("Also that day")[1].split("How it is kept")[0]
    assert "10:30" in aside
    assert "Race week checklist" in aside
    assert "Another day" not in aside


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


ZONES = st.sampled_from(["Europe/Berlin", "America/St_Johns", "Pacific/Kiritimati", "UTC"]).map(ZoneInfo)
TIMES = st.datetimes(datetime(2027, 1, 1), datetime(2031, 1, 1))


@given(st.sampled_from(MODES), TIMES, ZONES)
@example("moment", datetime(2027, 3, 28, 2, 30), BERLIN)  # does not exist
@example("moment", datetime(2027, 10, 31, 2, 30), BERLIN)  # comes twice
def test_what_was_chosen_is_read_back_from_the_document(mode, local, zone):
    day, time, is_timed = f"{local:%Y-%m-%d}", f"{local:%H:%M}", mode not in ("soon", "now")
    document, plan = {"variants": [{"name": "A"}, {"name": "B"}]}, {"when": {"mode": "soon"}}
    posted = QueryDict(mutable=True)
    posted.update({"when.mode": mode, "when.day": day, "when.time": time})
    post_when(document, plan, posted, zone, can_publish=True)
    shown = when_of(document, plan, zone)
    assert (shown.mode, shown.day, shown.time) == ((mode, day, time) if is_timed else (mode, "", ""))
    assert [bool(variant.get("schedule")) for variant in document["variants"]] == [is_timed] * 2
    if shown.at or shown.is_set:  # the document alone says it too, as when its JSON is pasted elsewhere
        pasted = {"when": {"mode": "soon"}}
        plan_from_document(document, pasted, zone)
        again = when_of(document, pasted, zone)
        assert (again.mode, again.day) == (mode, day)
        assert again.time == ("" if mode == "best" else time)
