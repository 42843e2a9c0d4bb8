"""Numbers 23 to 32: times that have passed, that do not exist, that come twice, and clocks that are wrong."""

import json
import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.conf import settings as django_settings
from django.urls import reverse
from django.utils import timezone

from experiments.forms.moments import moment_of
from experiments.mirror import rows
from experiments.models import Experiment, Operation, State
from experiments.providers.airship import document as airship
from experiments.providers.airship.reading import experiment_of
from tests.bad.pages import ask, check_page, token_in, two_variants
from tests.conftest import DOCUMENT
from tests.editor_form import Editor
from workspaces.models import Workspace


def scheduled(*schedules):
    """The variants of the usual document with these schedules, None for none."""
    variants = two_variants()
    for variant, schedule in zip(variants, schedules, strict=True):
        if schedule is not None:
            variant["schedule"] = schedule
    return variants


def at(text):
    return {"scheduled_time": text}


def in_days(days):
    return f"{timezone.now() + timedelta(days=days):%Y-%m-%dT%H:%M:%S}"


AS_WRITTEN = {"mode": "moment", "as_written": True}


@pytest.mark.parametrize("days", [-3650, -1, 0, 0.001])
def test_bad_23_a_past_or_too_near_time_in_the_json_closes_the_send(write, visit, paula, days):
    draft = write(when=AS_WRITTEN, variants=scheduled(at(in_days(days)), at(in_days(days))))
    assert re.search("has passed|too near to be taken back", check_page(visit(paula), draft))
    assert ask(visit(paula), draft) == 409
    assert not Operation.objects.exists()
    fine = write(when=AS_WRITTEN, variants=scheduled(at(in_days(2)), at(in_days(2))))
    assert ask(visit(paula), fine) == 302


def test_bad_23_a_time_that_passes_between_check_and_click_is_not_sent(write, checked, visit, paula, sandbox):
    soon = f"{timezone.now() + timedelta(minutes=8):%Y-%m-%dT%H:%M:%S}"
    draft = write(when=AS_WRITTEN, variants=scheduled(at(soon), at(soon)))
    checked(draft)
    page = check_page(visit(paula), draft)
    token = token_in(page)
    with time_machine.travel(timezone.now() + timedelta(minutes=7), tick=True):
        response = visit(paula).post(reverse("draft_send", args=["marlow", draft.pk]), {"token": token})
    assert response.status_code == 409
    assert "othing was sent" in response.text
    assert not sandbox.effects(kind="created")


GAPS = [
    ("Europe/Berlin", "2027-03-28T02:30", ("01:30", "03:30")),
    ("America/New_York", "2027-03-14T02:15", ("01:15", "03:15")),
    ("Australia/Lord_Howe", "2027-10-03T02:15", ("01:45", "02:45")),  # half an hour
]


@pytest.mark.parametrize(("zone", "local", "neighbours"), GAPS)
def test_bad_24_a_time_the_clocks_jump_over_has_two_neighbours(zone, local, neighbours):
    moment = moment_of(datetime.fromisoformat(local), ZoneInfo(zone))
    assert moment.at is None
    assert moment.gap is not None
    assert tuple(f"{time:%H:%M}" for time in moment.gap) == neighbours


@pytest.mark.parametrize(
    ("zone", "local"), [("Europe/Berlin", "2027-10-31T02:30"), ("America/New_York", "2027-11-07T01:30")]
)
def test_bad_25_a_time_that_comes_twice_is_two_moments_an_hour_apart(zone, local):
    moment = moment_of(datetime.fromisoformat(local), ZoneInfo(zone))
    assert moment.at is None
    (_, first), (_, second) = moment.choices
    assert second - first == timedelta(hours=1)
    assert moment_of(datetime.fromisoformat(local), ZoneInfo(zone), 0).at == first


def test_bad_26_the_check_page_tells_the_time_in_the_zone_of_now(write, checked, visit, paula, workspace):
    draft = write(
        when=AS_WRITTEN | {"as_written": False, "local": "2027-02-01T09:00"},
        variants=scheduled(at("2027-02-01T08:00:00"), at("2027-02-01T08:00:00")),
    )
    operation = checked(draft)
    assert "at 09:00" in re.sub(r"<.*?>", "", check_page(visit(paula), draft))
    Workspace.objects.filter(pk=workspace.pk).update(time_zone="America/New_York")
    page = re.sub(r"<.*?>", "", check_page(visit(paula), draft))
    assert "at 03:00" in page
    operation.refresh_from_db()
    assert operation.fence_at == datetime(2027, 2, 1, 8, tzinfo=UTC)
    assert "The workspace’s clock has changed" in Editor(visit(paula), draft).html


TIMES = [
    ("2027-02-30T09:00:00", "does not exist"),
    ("2027-02-29T09:00:00", "does not exist"),
    ("0001-01-01T00:00:00", "has passed"),
    ("9999-12-31T23:59:59", "where the calendar ends"),
    ("9998-12-31T23:59:59", "more than a year ahead"),
    ("2027-01-01T23:59:60", "does not exist"),
    ("2027-01-01T09:00:00+02:00", "Airship takes UTC only"),
    ("2027-01-01 09:00:00", ""),
    ("2027-01-01T09:00:00Z", ""),
    ("2027-01-01", "does not exist"),
    ("next Friday", "does not exist"),
    ("", "is empty"),
    (1799999999, ""),
    ("２０２７-01-01T09:00:00", "does not exist"),
]


@pytest.mark.parametrize(("time", "words"), TIMES)
def test_bad_27_a_time_in_the_json_is_utc_and_exists_or_is_refused(write, visit, bob, paula, time, words):
    draft = write(when=AS_WRITTEN, variants=scheduled(at(time), at(time)))
    page = check_page(visit(paula), draft)
    assert words in page
    assert visit(bob).get(draft.get_absolute_url()).status_code == 200
    answer = ask(visit(paula), draft)
    is_refused = words not in ("", "more than a year ahead") or isinstance(time, int)
    assert (answer == 409) is is_refused
    assert Operation.objects.exists() is not is_refused


def test_bad_27_the_29th_of_february_exists_in_a_leap_year():
    assert airship.scheduled_at({"variants": [{"schedule": at("2028-02-29T09:00:00")}]}) == datetime(
        2028, 2, 29, 9, tzinfo=UTC
    )
    assert airship.scheduled_at({"variants": [{"schedule": at("2027-02-29T09:00:00")}]}) is None


@pytest.mark.parametrize("other", [None, {}])
def test_bad_28_a_time_for_some_variants_only_is_refused(write, visit, paula, other):
    draft = write(when=AS_WRITTEN, variants=scheduled(at(in_days(2)), other))
    assert "has no time, but others have" in check_page(visit(paula), draft)
    assert ask(visit(paula), draft) == 409
    assert not Operation.objects.exists()
    assert ask(visit(paula), write()) == 302


@pytest.mark.parametrize("kind", ["local_scheduled_time", "best_time"])
def test_bad_29_a_time_without_one_moment_is_allowed_with_a_warning(write, checked, visit, paula, kind, sandbox):
    day = in_days(3)
    schedule = {"best_time": {"send_date": day[:10]}} if kind == "best_time" else {kind: day}
    draft = write(when=AS_WRITTEN, variants=scheduled(schedule, schedule))
    page = check_page(visit(paula), draft)
    assert "A copy that arrives late would not be refused." in page
    operation = checked(draft)
    assert operation.fence_at is None
    assert "How Undo works" not in check_page(visit(paula), draft)  # nothing is promised that cannot be kept


def test_bad_30_the_provider_s_clock_is_noted_with_each_answer(confirmed, draft, work, sandbox):
    operation = confirmed(draft)
    sandbox.order("clock", method="POST", path="/api/experiments", seconds=600)
    work()
    attempt = operation.attempts.get()
    assert attempt.provider_date is not None
    assert timedelta(minutes=9) < attempt.provider_date - attempt.ended_at < timedelta(minutes=11)


def test_bad_31_a_new_rule_of_a_zone_keeps_the_utc_moment_and_says_so(draft, visit, bob, monkeypatch):
    editor = Editor(visit(bob), draft)
    editor.post({"when.mode": "moment", "when.day": "2027-07-01", "when.time": "09:00"})
    assert "The workspace’s clock has changed" not in Editor(visit(bob), draft).html
    # A parliament ends summer time: the same name means another offset from now on.
    with monkeypatch.context() as patch:
        patch.setattr(Workspace, "zone", property(lambda self: ZoneInfo("Africa/Algiers")))
        page = Editor(visit(bob), draft)
        assert "The workspace’s clock has changed" in page.html
        assert page.fields["when.time"] == ["08:00"]
        page.post({"/name": "Other"})
    assert {variant["schedule"]["scheduled_time"] for variant in editor.document["variants"]} == {"2027-07-01T07:00:00"}


def test_bad_32_the_time_left_is_the_server_s(confirmed, draft, work, visit, paula):
    operation = confirmed(draft)
    work()
    address = f"{operation.get_absolute_url()}?part=left"
    first = visit(paula).get(address, headers={"HX-Request": "true", "Date": "Thu, 01 Jan 1970 00:00:00 GMT"}).text
    operation.refresh_from_db()
    assert operation.state == State.SUCCEEDED
    minutes = int(re.findall(r"(\d+)", first.split('class="left">')[1])[0])
    assert minutes <= 7
    with time_machine.travel(timezone.now() + timedelta(minutes=2), tick=True):
        later = visit(paula).get(address, headers={"HX-Request": "true"}).text
    assert later != first


def test_bad_32_no_script_asks_the_browser_s_clock():
    """What is shown or sent is the server's time; a wait, and a duration by the monotonic count, ask no clock."""
    scripts = {path.name: path.read_text() for path in (django_settings.BASE_DIR / "static" / "editor").glob("*.js")}
    asks = re.compile(r"Date\.now|new Date\(\s*\)|new Date\b(?!\()|(?<!new )\bDate\(")
    assert asks.search("const at = Date.now();")
    assert not asks.search("const at = new Date(entry.at);")
    assert {"saving.js", "unsent.js", "when.js", "clock.js"} <= scripts.keys()
    assert [name for name, script in scripts.items() if asks.search(script)] == []
    assert "data-now" in (django_settings.BASE_DIR / "templates" / "experiments" / "draft_edit.html").read_text()


@pytest.mark.parametrize("time", ["9999-12-31T23:59:59", "0001-01-01T00:00:00"])
def test_bad_27_a_test_elsewhere_at_the_end_of_the_calendar_has_its_row_and_its_page(
    connection, visit, vera, workspace, time
):
    remote = experiment_of({"id": "e-1", "name": "Far away", "variants": [{"schedule": at(time)}]})
    assert remote is not None
    rows.store(connection, [remote], number=1)
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        Workspace.objects.filter(pk=workspace.pk).update(time_zone=zone)
        listed = visit(vera).get(reverse("experiment_list", args=["marlow"]))
        assert "Far away" in listed.text
        assert visit(vera).get(Experiment.objects.get().get_absolute_url()).status_code == 200


def test_a_document_for_these_tests_is_fine_by_itself(write, visit, paula):
    assert ask(visit(paula), write(**json.loads(json.dumps(DOCUMENT)))) == 302
