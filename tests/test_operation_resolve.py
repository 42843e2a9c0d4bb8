"""What an admin may say about an operation that nobody could settle, and what it takes to be believed."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from experiments import ledger, relay
from experiments.accounts import account_for
from experiments.models import Kind, Operation, State
from experiments.providers import client
from tests.looks import lost, read_mirror, settle
from tests.unguarded import put
from workspaces.models import AuditEntry

MISSING = "00000000-0000-4000-8000-000000000000"
NOT_THERE = {"decision": "not-there", "why": "I looked", "typed": "It is  not there"}


def resolve(visitor, operation, **form):
    return visitor.post(reverse("operation_resolve", args=["marlow", operation.pk]), form)


def there(visitor, operation, remote_id):
    answer = resolve(visitor, operation, decision="there", why="I saw it", remote_id=remote_id)
    relay.reconcile(operation.pk)
    operation.refresh_from_db()
    return answer


def not_there(visitor, operation):
    answer = resolve(visitor, operation, **NOT_THERE)
    relay.reconcile(operation.pk)
    operation.refresh_from_db()
    return answer


def text_of(visitor, operation):
    return visitor.get(operation.get_absolute_url()).content.decode()


def created(sandbox):
    return [effect.experiment_id for effect in sandbox.effects(kind="created")]


@pytest.fixture
def unmarked(confirmed, draft, sandbox, passing):
    """It arrived, but the provider shows no descriptions, and so no reference of ours."""
    operation = confirmed(draft)
    sandbox.switch("description", "dropped")
    settle(passing, lost(sandbox, operation, "after"))
    assert (operation.state, operation.reason) == (State.NEEDS_PERSON, "looks_alike")
    return operation


@pytest.fixture
def nowhere(confirmed, draft, sandbox, passing):
    """It never arrived, and the provider would still take a late copy, so nobody concludes that by themselves."""
    operation = confirmed(draft)
    sandbox.switch("past_schedule", "accept")
    settle(passing, lost(sandbox, operation))
    assert (operation.state, operation.reason) == (State.NEEDS_PERSON, "late_copy_possible")
    return operation


# Candidates


def test_what_looks_the_same_is_shown_with_name_times_and_one_button(visit, alice, unmarked, sandbox):
    answer = visit(alice).get(unmarked.get_absolute_url())
    [candidate] = answer.context["candidates"]
    assert candidate.id == created(sandbox)[0]
    assert candidate.name == "Sunday long run reminder"
    assert candidate.created_at is not None
    assert candidate.scheduled_at == unmarked.fence_at
    assert answer.content.decode().count("It is this one") == 1


def test_a_candidate_links_to_its_test_once_the_mirror_has_it(visit, alice, unmarked):
    assert "/experiments/" not in text_of(visit(alice), unmarked).split('id="found"')[1].split("</section>")[0]
    read_mirror(unmarked)
    assert "/experiments/" in text_of(visit(alice), unmarked).split('id="found"')[1].split("</section>")[0]


@pytest.mark.parametrize("person", ["vera", "bob", "paula"])
def test_others_see_the_candidates_but_decide_nothing(visit, unmarked, person, request):
    visitor = visit(request.getfixturevalue(person))
    text = text_of(visitor, unmarked)
    assert "These look the same" in text
    assert "It is this one" not in text
    assert 'value="again"' not in text
    assert resolve(visitor, unmarked, decision="there", why="x", remote_id=unmarked.matches[0]).status_code == 403
    unmarked.refresh_from_db()
    assert unmarked.state == State.NEEDS_PERSON


def test_one_click_links_it_when_airship_shows_it(visit, alice, unmarked, sandbox):
    there(visit(alice), unmarked, unmarked.matches[0])
    assert (unmarked.state, unmarked.remote_id) == (State.SUCCEEDED, created(sandbox)[0])
    entry = AuditEntry.objects.filter(action="operation.settle").latest("number")
    assert entry.by == alice
    assert entry.data["remote_id"] == unmarked.remote_id
    assert f"{alice} said that it is there" in text_of(visit(alice), unmarked)


def test_another_test_of_the_same_content_is_a_candidate_too(confirmed, draft, sandbox, passing, connection):
    operation = confirmed(draft)
    sandbox.switch("description", "dropped")
    client("airship").create(account_for(connection), operation.body)
    settle(passing, lost(sandbox, operation, "after"))
    assert sorted(operation.matches) == sorted(created(sandbox))


@pytest.mark.parametrize(
    "change", [{"name": "Another"}, {"control": 0.3}, {"audience": {"tag": "other"}}], ids=lambda c: next(iter(c))
)
def test_a_test_of_other_content_is_none(confirmed, draft, sandbox, passing, connection, change):
    operation = confirmed(draft)
    sandbox.switch("description", "dropped")
    document = {**operation.document, **change}
    client("airship").create(account_for(connection), str(document).replace("'", '"').encode())
    settle(passing, lost(sandbox, operation))
    assert not operation.matches


def test_a_test_that_another_operation_made_is_none(confirmed, write, sandbox, passing, work):
    sandbox.switch("description", "dropped")
    first, second = (confirmed(write()) for _ in range(2))
    put(second, payload=first.body, sha256=first.sha256)
    relay.send(first.pk)
    settle(passing, lost(sandbox, second))
    first.refresh_from_db()
    assert first.state == State.SUCCEEDED
    assert first.remote_id not in second.matches


def test_a_test_made_at_another_time_is_none(confirmed, draft, sandbox, passing, connection):
    operation = confirmed(draft)
    sandbox.switch("description", "dropped")
    client("airship").create(account_for(connection), operation.body)
    made_at = timezone.now()
    passing.move_to(made_at + timedelta(minutes=6))
    put(operation, fence_at=made_at + timedelta(hours=1))
    settle(passing, lost(sandbox, operation))
    assert not operation.matches


# It is there


def test_an_id_that_airship_does_not_know_is_not_believed(visit, alice, nowhere):
    there(visit(alice), nowhere, MISSING)
    assert (nowhere.state, nowhere.reason) == (State.NEEDS_PERSON, "not_under_that_id")
    assert MISSING in text_of(visit(alice), nowhere)


def test_no_id_at_all_is_not_believed_either(visit, alice, nowhere):
    there(visit(alice), nowhere, "../validate")
    assert nowhere.state == State.NEEDS_PERSON
    assert "This is no id of Airship" in ledger.sentence(nowhere)


def test_a_test_that_another_operation_made_is_not_taken(visit, alice, nowhere, confirmed, write, passing):
    other = confirmed(write(name="Other"))
    relay.send(other.pk)
    other.refresh_from_db()
    there(visit(alice), nowhere, other.remote_id)
    assert (nowhere.state, nowhere.reason) == (State.NEEDS_PERSON, "anothers")


def test_a_plainly_different_test_is_not_taken(visit, alice, nowhere, make):
    other = make("Something else")
    there(visit(alice), nowhere, other.remote_id)
    assert (nowhere.state, nowhere.reason) == (State.NEEDS_PERSON, "another_test")
    assert "Something else" in ledger.sentence(nowhere)


def test_while_airship_does_not_answer_nothing_is_believed(visit, alice, unmarked, sandbox):
    sandbox.order("status", method="GET", status=503, times=0)
    match = unmarked.matches[0]
    there(visit(alice), unmarked, match)
    assert (unmarked.state, unmarked.reason) == (State.NEEDS_PERSON, "cannot_look")
    sandbox.faults.clear()
    there(visit(alice), unmarked, match)
    assert unmarked.state == State.SUCCEEDED


# It is not there


def test_it_is_closed_when_one_more_look_does_not_find_it(visit, alice, nowhere, draft, sandbox):
    assert not_there(visit(alice), nowhere).status_code == 302
    assert (nowhere.state, nowhere.reason) == (State.NOT_APPLIED, "said_not_there")
    draft.refresh_from_db()
    assert draft.is_open
    assert not created(sandbox)
    entry = AuditEntry.objects.filter(action="operation.settle").latest("number")
    assert (entry.by, entry.data["why"]) == (alice, "I looked")
    assert "An admin saw that it is not at Airship" in text_of(visit(alice), nowhere)


def test_what_carries_our_reference_refutes_it(visit, alice, nowhere, connection):
    made = client("airship").create(account_for(connection), nowhere.body)
    not_there(visit(alice), nowhere)
    assert (nowhere.state, nowhere.remote_id) == (State.SUCCEEDED, made.remote_id)


def test_what_looks_the_same_and_nobody_has_seen_before_is_shown_first(visit, alice, nowhere, sandbox, connection):
    sandbox.switch("description", "dropped")
    made = client("airship").create(account_for(connection), nowhere.body)
    not_there(visit(alice), nowhere)
    assert (nowhere.state, nowhere.matches) == (State.NEEDS_PERSON, [made.remote_id])
    not_there(visit(alice), nowhere)  # the admin has seen it now, and says that it is another one
    assert nowhere.state == State.NOT_APPLIED


@pytest.mark.parametrize(
    "fault",
    [{"kind": "html"}, {"kind": "status", "status": 200, "body": '{"ok":true,"total_count":9,"experiments":[]}'}],
    ids=["html", "short"],
)
def test_lists_that_cannot_be_read_to_the_end_do_not_prove_it(visit, alice, nowhere, sandbox, fault):
    sandbox.order(**fault, method="GET", times=0)
    not_there(visit(alice), nowhere)
    assert (nowhere.state, nowhere.reason) == (State.NEEDS_PERSON, "cannot_look")
    sandbox.faults.clear()
    not_there(visit(alice), nowhere)
    assert nowhere.state == State.NOT_APPLIED


def test_before_its_time_nobody_can_say_so(visit, alice, unmarked):
    assert timezone.now() < unmarked.fence_at
    answer = resolve(visit(alice), unmarked, **NOT_THERE)
    assert answer.status_code == 409
    assert "may still be taken" in answer.content.decode()
    assert "It is not there: close it" not in text_of(visit(alice), unmarked)
    unmarked.refresh_from_db()
    assert unmarked.state == State.NEEDS_PERSON


@pytest.mark.parametrize("form", [{}, {"why": "x"}, {"decision": "there", "why": "x"}, {"decision": "not-there"}])
def test_half_a_decision_is_asked_for_again(visit, alice, nowhere, form):
    assert resolve(visit(alice), nowhere, **form).status_code == 422
    nowhere.refresh_from_db()
    assert nowhere.state == State.NEEDS_PERSON


@pytest.mark.parametrize("state", [State.UNKNOWN, State.SUCCEEDED, State.QUEUED])
def test_nothing_but_what_waits_for_a_person_is_settled(visit, alice, nowhere, state):
    put(nowhere, state=state)
    assert resolve(visit(alice), nowhere, **NOT_THERE).status_code == 409
    nowhere.refresh_from_db()
    assert nowhere.state == state


# Look again


def test_an_admin_can_have_it_looked_up_again(visit, alice, nowhere, connection):
    made = client("airship").create(account_for(connection), nowhere.body)
    assert resolve(visit(alice), nowhere, decision="again").status_code == 302
    assert str(nowhere.pk) in relay.sweep().to_look_up
    relay.reconcile(nowhere.pk)
    nowhere.refresh_from_db()
    assert (nowhere.state, nowhere.remote_id) == (State.SUCCEEDED, made.remote_id)


def test_a_look_that_finds_nothing_leaves_it_with_the_admin(visit, alice, nowhere, passing):
    resolve(visit(alice), nowhere, decision="again")
    relay.reconcile(nowhere.pk)
    nowhere.refresh_from_db()
    settle(passing, nowhere)
    assert nowhere.state == State.NEEDS_PERSON


def test_a_stopped_workspace_still_looks(visit, alice, unmarked, workspace):
    workspace.is_sending_stopped = True
    workspace.save()
    there(visit(alice), unmarked, unmarked.matches[0])
    assert unmarked.state == State.SUCCEEDED


# The support desk's file


def test_the_support_file_holds_what_a_support_desk_asks_for(visit, bob, unmarked, sandbox):
    answer = visit(bob).get(reverse("operation_support", args=["marlow", unmarked.pk]))
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    pack = answer.json()
    assert pack["app_key"] == sandbox.key
    assert pack["reference"] == unmarked.marker
    assert pack["request"]["sha256"] == unmarked.sha256
    assert pack["request"]["body"]["name"] == "Sunday long run reminder"
    assert pack["tries"][0]["code"] == "connection_lost"
    assert pack["tries"][0]["connected_at"]
    assert [event["to"] for event in pack["events"]][-1] == "needs_person"
    assert pack["ids_found"] == unmarked.matches


def test_the_support_file_gives_nothing_away(visit, bob, alice, nowhere, sandbox):
    not_there(visit(alice), nowhere)
    document = {
        **nowhere.document,
        "audience": {"or": [{"named_user": "jane-doe"}, {"static_list": "mail jane@example.com"}, {"tag": "plan"}]},
    }
    put(nowhere, payload=str(document).replace("'", '"').encode())
    text = visit(bob).get(reverse("operation_support", args=["marlow", nowhere.pk])).content.decode()
    for secret in (sandbox.secret, alice.email, str(alice), "jane-doe", "jane@example.com", "I looked"):
        assert secret not in text
    assert '"tag": "plan"' in text


def test_a_viewer_gets_no_support_file(visit, vera, nowhere):
    assert visit(vera).get(reverse("operation_support", args=["marlow", nowhere.pk])).status_code == 403


# Deletes that nobody could settle


@pytest.fixture
def shown_still(confirmed, draft, work, passing, paula, sandbox):
    """“No such test”, says Airship to the delete, and goes on showing it when its time has come."""
    sent = confirmed(draft)
    work()
    sent.refresh_from_db()
    undo = relay.undo(sent, paula)
    passing.move_to(sent.fence_at + timedelta(seconds=5))
    sandbox.order("status", method="DELETE", status=404, body='{"ok":false}', times=0)
    relay.send(undo.pk)
    undo.refresh_from_db()
    settle(passing, undo)
    assert (undo.state, undo.reason) == (State.NEEDS_PERSON, "shown_still")
    return undo


def test_a_delete_that_nobody_could_settle_is_closed_as_not_done(visit, alice, shown_still, passing):
    passing.move_to(shown_still.fence_at + timedelta(seconds=90))
    text = text_of(visit(alice), shown_still)
    assert "It did not happen: close it" in text
    assert "link it" not in text
    resolve(visit(alice), shown_still, decision="not-there", why="It went out", typed="it did not happen")
    relay.reconcile(shown_still.pk)
    shown_still.refresh_from_db()
    assert shown_still.state == State.NOT_APPLIED
    assert "not deleted" in ledger.sentence(shown_still)
    sent = Operation.objects.get(kind=Kind.CREATE)
    assert sent.undone_at is None


def test_a_delete_is_not_closed_as_not_done_when_it_is_gone(visit, alice, shown_still, passing, sandbox):
    passing.move_to(shown_still.fence_at + timedelta(seconds=90))
    sandbox.order("status", method="GET", path="/api/experiments/*", status=404, body='{"ok":false}', times=0)
    resolve(visit(alice), shown_still, decision="not-there", why="It went out", typed="it did not happen")
    relay.reconcile(shown_still.pk)
    shown_still.refresh_from_db()
    settle(passing, shown_still)
    assert shown_still.state == State.SUCCEEDED
