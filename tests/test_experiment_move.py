"""Starting, pausing, resuming and finishing a test: what the page says, what is typed, what the provider does."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from experiments.models import Experiment, Kind, Operation, State, Status
from tests.buttons import press, token
from workspaces.models import AuditEntry


def address(experiment: Experiment, verb: str) -> str:
    return f"{experiment.get_absolute_url()}move/{verb}/"


@pytest.fixture
def done(work):
    """Carry everything out and give back the newest operation."""

    def run() -> Operation:
        work()
        return Operation.objects.latest("created_at")

    return run


def test_the_page_says_what_starting_does_and_what_is_set_elsewhere(visit, paula, paywall):
    page = visit(paula).get(address(paywall(), "start"))
    assert page.status_code == 200
    assert "can enter the test and see its paywalls" in page.text
    assert "Type the word “start”" in page.text
    assert "cannot be set through Qonversion’s API" in page.text
    assert "Pausing does not take a paywall back." in page.text


def test_starting_needs_the_typed_word(visit, paula, paywall, sandbox):
    experiment, client = paywall(), visit(paula)
    for typed in ("", "finish"):
        refused = press(client, address(experiment, "start"), word=typed)
        assert refused.status_code == 422
        assert "Nothing was changed." in refused.text
    assert not Operation.objects.exists()
    sent = press(client, address(experiment, "start"), word=" Start ")
    assert sent.headers["Location"] == Operation.objects.get().get_absolute_url()


@pytest.mark.parametrize(
    ("before", "verb", "after"),
    [
        ((), "start", Status.RUNNING),
        (("active",), "pause", Status.PAUSED),
        (("active",), "finish", Status.FINISHED),
        (("active", "paused"), "resume", Status.RUNNING),
        (("active", "paused"), "finish", Status.FINISHED),
    ],
)
def test_a_move_reaches_the_provider_and_the_row(visit, paula, paywall, done, before, verb, after):
    experiment = paywall(*before)
    press(visit(paula), address(experiment, verb), word=verb)
    operation = done()
    assert (operation.kind, operation.state) == (Kind.STATUS, State.SUCCEEDED), operation.message
    experiment.refresh_from_db()
    assert experiment.status == after
    assert AuditEntry.objects.filter(workspace=experiment.workspace, by=paula).exists()


def test_pausing_asks_for_no_word(visit, paula, paywall):
    page = visit(paula).get(address(paywall("active"), "pause")).text
    assert "Nobody new enters." in page
    assert 'name="word"' not in page


def test_a_step_that_is_not_documented_is_offered_with_a_warning(visit, paula, paywall):
    documented, other = paywall("active"), paywall("active", "paused")
    warning = "<b>Qonversion does not document this step.</b>"
    assert warning in visit(paula).get(address(other, "resume")).text
    assert warning not in visit(paula).get(address(documented, "finish")).text


def test_a_refused_step_changes_nothing_and_is_shown_as_failed(visit, paula, paywall, sandbox, done):
    sandbox.switch("finished_to_active", "422")
    experiment = paywall("active", "finished")
    press(visit(paula), address(experiment, "restart"), word="restart")
    assert done().state == State.REJECTED
    experiment.refresh_from_db()
    assert experiment.status == Status.FINISHED


def test_a_page_left_open_moves_nothing_that_moved_since(visit, paula, paywall):
    experiment = paywall("active")
    late = press(visit(paula), address(experiment, "start"), word="start")
    assert late.status_code == 409
    assert "The test is not where this page was opened for." in late.text
    assert not Operation.objects.exists()
    assert visit(paula).get(address(experiment, "fly")).status_code == 404


def test_pressed_twice_it_is_one_operation(visit, paula, paywall):
    experiment = paywall("active")
    for _ in range(2):
        press(visit(paula), address(experiment, "pause"))
    assert Operation.objects.count() == 1


def test_a_button_makes_one_operation_however_often_and_late_it_is_pressed(visit, paula, paywall, done):
    experiment, client = paywall(), visit(paula)
    form = {"token": token(client, address(experiment, "start")), "word": "start"}
    first = client.post(address(experiment, "start"), form)
    assert done().state == State.SUCCEEDED
    press(client, address(experiment, "pause"))
    assert done().state == State.SUCCEEDED
    # The browser goes back and posts the old page again, days later, while the test could be resumed.
    again = client.post(address(experiment, "start"), form)
    assert again["Location"] == first["Location"]
    assert Operation.objects.count() == 2


def test_a_button_of_another_page_person_or_hour_moves_nothing(visit, paula, alice, paywall):
    experiment, other, client = paywall("active"), paywall("active", name="Other"), visit(paula)
    theirs = token(visit(alice), address(experiment, "pause"))
    tokens = [token(client, address(other, "pause")), token(client, address(experiment, "finish")), theirs, "", "x"]
    old = token(client, address(experiment, "pause"))
    for one in tokens:
        refused = client.post(address(experiment, "pause"), {"token": one})
        assert refused.status_code == 409
        assert "This page is not valid any more" in refused.text
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        assert client.post(address(experiment, "pause"), {"token": old}).status_code == 409
    assert not Operation.objects.exists()
    assert press(client, address(experiment, "pause")).status_code == 302


def test_a_stopped_workspace_moves_nothing(visit, paula, paywall, workspace):
    experiment = paywall("active")
    workspace.is_sending_stopped = True
    workspace.save()
    refused = press(visit(paula), address(experiment, "pause"))
    assert refused.status_code == 409
    assert "Sending is stopped" in refused.text
    assert not Operation.objects.exists()


def test_a_message_test_has_no_such_page(visit, paula, listed):
    sent = listed(name="Sunday", status="finished")
    assert visit(paula).get(address(sent, "start")).status_code == 404


def test_the_test_offers_the_moves_from_where_it_is_to_publishers(visit, paula, bob, paywall):
    running = paywall("active")
    page = visit(paula).get(running.get_absolute_url()).text
    assert address(running, "pause") in page
    assert address(running, "finish") in page
    assert address(running, "start") not in page
    assert "move/" not in visit(bob).get(running.get_absolute_url()).text


def test_a_word_that_nobody_knows_still_offers_pause_and_finish(visit, paula, paywall):
    experiment = paywall("active")
    Experiment.objects.update(status="", remote_status="hibernating")
    page = visit(paula).get(experiment.get_absolute_url()).text
    assert "hibernating" in page
    assert address(experiment, "pause") in page
    assert visit(paula).get(address(experiment, "finish")).status_code == 200


def test_the_page_of_a_start_leads_to_the_pause(visit, paula, vera, paywall, done):
    experiment = paywall()
    press(visit(paula), address(experiment, "start"), word="start")
    operation = done()
    assert operation.state == State.SUCCEEDED
    page = visit(paula).get(operation.get_absolute_url()).text
    assert address(experiment, "pause") in page
    assert "can press Undo here" not in page
    assert "move/" not in visit(vera).get(operation.get_absolute_url()).text
