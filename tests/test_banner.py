"""What waits too long, or for a person, is said on every page of its workspace, and only then."""

from datetime import timedelta

import pytest
from django.utils import timezone

from experiments.models import Kind, Operation, State

PAGES = ["/w/marlow/experiments/", "/w/marlow/operations/", "/w/marlow/settings/", "/w/marlow/drafts/new/"]
DELAYED = "Sending is delayed."


@pytest.fixture
def asked(airship, paula):
    def make(state, kind=Kind.CREATE, seconds=0, workspace=None):
        at = timezone.now() - timedelta(seconds=seconds)
        return Operation.objects.create(
            workspace=workspace or airship.workspace,
            connection=airship,
            connection_version=1,
            kind=kind,
            state=state,
            name="Sunday",
            by=paula,
            created_at=at,
            not_before=at,
        )

    return make


@pytest.fixture
def page(visit, bob):
    return lambda address=PAGES[0]: visit(bob).get(address).text


@pytest.mark.parametrize("address", PAGES)
def test_a_quiet_workspace_says_nothing_and_a_late_one_says_so_on_every_page(page, asked, address):
    asked(State.SUCCEEDED, seconds=9000)
    asked(State.QUEUED, seconds=5)
    assert DELAYED not in page(address)
    asked(State.QUEUED, seconds=40)
    html = page(address)
    assert DELAYED in html
    assert "1 operation has waited for more than 30 seconds. Nothing is lost" in html
    assert 'href="/w/marlow/operations/?state=waiting"' in html


def test_many_are_counted(page, asked):
    for _ in range(3):
        asked(State.QUEUED, seconds=60)
    assert "3 operations have waited" in page()


def test_what_waits_for_its_own_time_is_not_late(page, asked):
    operation = asked(State.QUEUED, seconds=60)
    Operation.objects.update(not_before=timezone.now() + timedelta(seconds=60))
    assert DELAYED not in page()
    Operation.objects.filter(pk=operation.pk).update(not_before=timezone.now() - timedelta(seconds=60))
    assert DELAYED in page()


def test_what_an_admin_holds_back_is_told_once_and_is_not_late(page, asked, workspace):
    asked(State.QUEUED, seconds=60)
    assert DELAYED in page()
    workspace.is_sending_stopped = True
    workspace.save()
    assert DELAYED not in page()
    assert "Sending is stopped in this workspace." in page()


def test_checks_that_wait_are_told_as_checks(page, asked):
    asked(State.QUEUED, Kind.VALIDATE, seconds=60)
    assert "Checks are delayed." in page()
    assert DELAYED not in page()
    asked(State.QUEUED, seconds=60)
    assert DELAYED in page()
    assert "Checks are delayed." not in page()


WAITS = [
    (State.NEEDS_PERSON, "1 operation needs a person.", "2 operations need a person.", "person"),
    (State.CONFLICT, "1 test is held twice by its provider.", "2 tests are held twice by their provider.", "person"),
    (State.PARKED, "1 operation is parked.", "2 operations are parked.", "parked"),
]


@pytest.mark.parametrize(("state", "one", "two", "tab"), WAITS)
def test_what_waits_for_a_person_is_told_with_where_to_go(page, asked, state, one, two, tab):
    assert "<b>" + one not in page()
    asked(state)
    html = page()
    assert "<b>" + one in html
    assert f'href="/w/marlow/operations/?state={tab}"' in html
    asked(state)
    assert "<b>" + two in page()


def test_a_test_that_may_go_out_twice_is_an_alert(page, asked):
    asked(State.PARKED)
    assert 'role="alert"' not in page()
    asked(State.CONFLICT)
    assert 'data-tone="bad" role="alert"' in page()


def test_what_is_most_urgent_comes_first_and_one_note_says_it_all(page, asked):
    for state in (State.QUEUED, State.PARKED, State.NEEDS_PERSON, State.CONFLICT):
        asked(state, seconds=60)
    html = page()
    assert html.count('id="waits"') == 1
    assert "<b>1 test is held twice by its provider.</b>" in html
    others = ["1 operation needs a person</a>", "1 operation is parked</a>", "sending is delayed</a>"]
    places = [html.index(words) for words in others]
    assert places == sorted(places)


def test_what_is_parked_counts_as_needing_attention(page, asked):
    asked(State.PARKED)
    asked(State.UNKNOWN)
    assert '<span class="count hot">2<span class="vh"> need attention' in page()


def test_others_hear_nothing_of_it(visit, charlie, asked, elsewhere):
    asked(State.CONFLICT)
    asked(State.QUEUED, seconds=60)
    html = visit(charlie).get("/w/halden/experiments/").text
    assert DELAYED not in html
    assert "held twice" not in html


@pytest.mark.parametrize("address", PAGES[:2])
def test_saying_so_costs_no_statement(visit, bob, asked, address):
    browser = visit(bob)
    asked(State.SUCCEEDED)
    browser.get(address)
    before = len(queries(browser, address))
    for state in (State.CONFLICT, State.PARKED, State.QUEUED):
        asked(state, seconds=60)
    assert len(queries(browser, address)) == before


def queries(browser, address):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        assert browser.get(address).status_code == 200
    return captured.captured_queries
