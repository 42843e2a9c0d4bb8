"""After a restore: what was waiting is compared with the providers; then a person lets things go out again."""

import json
from io import StringIO

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.urls import reverse

from experiments import relay
from experiments.accounts import account_for
from experiments.models import Draft, Experiment, Kind, Operation, State, Status
from experiments.providers import PROVIDERS, client
from experiments.relay import adopting, evidence, gate
from tests.conftest import PASSWORD
from workspaces.models import AuditEntry, Installation, User

GONE = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def own_witness(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    gate.forget()


@pytest.fixture
def olga(db) -> User:
    return User.objects.create_superuser("olga@example.com", PASSWORD, name="Olga")


def restore() -> None:
    """As if this data were older than what a witness has seen."""
    relay.sweep()
    row = Installation.the()
    cache.set(evidence.KEY, json.dumps([str(row.identity), row.life, row.tick + 100]), timeout=None)
    relay.sweep()
    assert Installation.the().closed_because == evidence.OLDER


def sent_elsewhere(operation: Operation) -> str:
    """What the installation did after the backup was made: the provider got it, and this data does not know."""
    account = account_for(operation.connection)
    return client(operation.connection.provider).create(account, operation.body).remote_id


def adopt(*arguments: str) -> str:
    out = StringIO()
    call_command("adopt", *arguments, stdout=out)
    return out.getvalue()


def state(operation: Operation) -> str:
    operation.refresh_from_db()
    return operation.state


def test_what_was_sent_since_the_backup_is_found_and_what_was_not_waits(confirmed, write, sandbox, paula):
    arrived = confirmed(write(name="Arrived"))
    Operation.objects.filter(pk=arrived.pk).update(not_before="2100-01-01T00:00Z")  # no worker takes it meanwhile
    waiting = confirmed(write(name="Waiting"))
    remote_id = sent_elsewhere(arrived)
    restore()

    told = adopt()
    assert "“Arrived” was waiting, and Airship holds it" in told.replace("Send ", "")
    assert "This was a look." in told
    assert (state(arrived), state(waiting)) == (State.QUEUED, State.QUEUED)

    told = adopt("--yes", "--why", "The disk died.")
    assert state(arrived) == State.SUCCEEDED
    assert arrived.remote_id == remote_id
    assert Experiment.objects.get(remote_id=remote_id).operation == arrived
    assert Draft.objects.get(pk=arrived.draft_id).status == Status.SCHEDULED
    assert (state(waiting), waiting.reason) == (State.PARKED, "restored")
    assert [effect.name for effect in sandbox.effects(kind="created")] == ["Arrived"]
    row = Installation.the()
    assert (row.closed_because, row.unadopted) == ("", {})
    entry = AuditEntry.objects.filter(action="installation.adopt").get()
    assert entry.data["why"] == "The disk died."

    relay.send_on(waiting, paula)
    relay.send(waiting.pk)
    assert state(waiting) == State.SUCCEEDED
    assert len(sandbox.effects(kind="created")) == 2
    relay.sweep()
    assert Installation.the().closed_because == ""


def test_a_send_that_the_backup_has_not_seen_is_written_again_from_its_check(
    checked, draft, sandbox, visit, paula, connection
):
    check = checked(draft)
    remote_id = client("airship").create(account_for(connection), check.body).remote_id
    restore()
    adopt("--yes")
    operation = Operation.objects.get(pk=check.future_id)
    assert (operation.kind, operation.state, operation.remote_id) == (Kind.CREATE, State.SUCCEEDED, remote_id)
    assert (operation.body, operation.marker) == (check.body, check.marker)
    assert operation.read_back_at
    assert operation.differences == []
    draft.refresh_from_db()
    assert draft.status == Status.SCHEDULED
    # The page that was open all the time cannot send it a second time, and Undo is real.
    assert relay.submit(check, paula, {}) == operation
    text = visit(paula).get(operation.get_absolute_url()).text
    assert "Undo the send" in text
    assert len(sandbox.effects(kind="created")) == 1
    relay.send(relay.undo(operation, paula).pk)
    assert len(sandbox.effects(kind="deleted")) == 1


def test_what_nobody_knows_is_named_with_the_draft_that_says_the_same(checked, draft, write, connection, visit, paula):
    check = checked(draft)
    other = write(name="Another test")
    client("airship").create(account_for(connection), check.body)
    Operation.objects.filter(pk=check.pk).delete()  # the backup is older than the check
    restore()
    told = adopt("--yes")
    assert "The same as “Sunday long run reminder”: do not send that again." in told
    draft.refresh_from_db()
    other.refresh_from_db()
    assert (draft.needs_attention, other.needs_attention) == (True, False)
    pages = [visit(paula).get(reverse("draft_check", args=["marlow", one.pk])).text for one in (draft, other)]
    assert ["may hold this test already" in page for page in pages] == [True, False]
    assert Experiment.objects.filter(connection=connection, name=draft.name).exists()
    assert not Operation.objects.filter(kind=Kind.CREATE).exists()


def test_a_change_that_was_waiting_waits_for_a_person(paywall, paula):
    experiment = paywall("active")
    move = next(move for move in PROVIDERS["qonversion"].moves if move.verb == "pause")
    operation = relay.move_status(experiment, move, paula)
    restore()
    adopt("--yes")
    assert (state(operation), operation.reason) == (State.PARKED, "restored")


def test_a_provider_that_cannot_be_read_keeps_the_gate_closed_unless_it_is_left_out(
    confirmed, draft, connection, settings, sandbox, paula
):
    operation = confirmed(draft)
    sent_elsewhere(operation)
    restore()
    Installation.objects.update(closed_because="A backup was restored.")
    sandbox.order("refuse", times=1)
    with pytest.raises(CommandError, match="Could not read “Airship EU”"):
        adopt("--yes")
    assert Installation.the().closed_because == "A backup was restored."
    assert state(operation) == State.QUEUED

    sandbox.order("refuse", times=1)
    adopt("--yes", "--without", str(connection.pk))
    row = Installation.the()
    assert (row.closed_because, list(row.unadopted)) == ("", [str(connection.pk)])
    assert (state(operation), operation.reason) == (State.PARKED, "unread")
    with pytest.raises(relay.Refused, match="could not be read when the data was adopted"):
        relay.send_on(operation, paula)

    told = adopt("--yes")
    assert "left out at the last adoption" in told
    assert Installation.the().unadopted == {}
    assert state(operation) == State.SUCCEEDED
    assert len(sandbox.effects(kind="created")) == 1


def test_where_nothing_happened_there_is_nothing_to_adopt(confirmed, draft):
    operation = confirmed(draft)
    relay.sweep()
    before = Installation.the()
    assert "Nothing has to be adopted" in adopt("--yes")
    assert (state(operation), Installation.the().life) == (State.QUEUED, before.life)
    assert "An operator said that the data was restored." in adopt("--yes", "--restored")
    assert state(operation) == State.PARKED
    assert Installation.the().life > before.life


def test_what_the_old_place_does_afterwards_is_older_than_the_adoption(started_twice):
    """The installation that was thought lost comes back, and shares Redis with the one that took over."""
    old, new = started_twice
    Installation.objects.update(**{name: getattr(old, name) for name in ("life", "tick", "place")})
    gate.forget()
    assert gate.look_around() == evidence.OLDER
    assert new.life > old.life


@pytest.fixture
def started_twice(db):
    restore()
    old = Installation.the()
    adopt("--yes")
    return old, Installation.the()


def test_an_adoption_takes_the_new_place_address_and_epoch(db, settings):
    relay.sweep()
    Installation.objects.update(place={**Installation.the().place, "kind": "another"})
    settings.BASE_URL, settings.INSTANCE, settings.RESTORE_EPOCH = "https://new.example.com", "second", "2"
    gate.forget()
    assert gate.look_around()
    adopt("--yes")
    row = Installation.the()
    assert (row.address, row.instance, row.epoch) == ("https://new.example.com", "second", "2")
    assert row.place == evidence.place_now()
    gate.forget()
    assert gate.look_around() == ""


def test_an_operator_adopts_on_a_page(visit, olga, confirmed, draft, sandbox):
    operation = confirmed(draft)
    page = reverse("admin:workspaces_installation_adopt")
    assert "Nothing has to be adopted" in visit(olga).get(page).text
    remote_id = sent_elsewhere(operation)
    restore()
    assert evidence.OLDER in visit(olga).get(page).text
    looked = visit(olga).post(page, {"do": "look"}).text
    assert "Airship holds it" in looked
    assert state(operation) == State.QUEUED
    assert "This field is required" in visit(olga).post(page, {"do": "adopt"}).text
    assert state(operation) == State.QUEUED
    done = visit(olga).post(page, {"do": "adopt", "why": "The disk died."}, follow=True)
    assert "Adopted." in done.text
    assert (state(operation), operation.remote_id) == (State.SUCCEEDED, remote_id)
    row = Installation.the()
    assert (row.closed_because, row.adopted_by) == ("", olga)


@pytest.mark.parametrize("who", ["alice", "vera"])
def test_only_operators_adopt(request, visit, who):
    person = request.getfixturevalue(who)
    page = reverse("admin:workspaces_installation_adopt")
    assert visit(person).post(page, {"do": "adopt", "why": "x"}, follow=True).status_code == 403


def test_what_is_on_the_wire_is_left_to_its_look_up(confirmed, draft, sandbox):
    operation = confirmed(draft)
    sandbox.order("reset", method="POST", path="/api/experiments", when="after")
    relay.send(operation.pk)
    assert state(operation) == State.UNKNOWN
    restore()
    adopt("--yes")
    assert state(operation) == State.UNKNOWN
    relay.look_now(operation)
    relay.reconcile(operation.pk)
    assert state(operation) == State.SUCCEEDED
    assert len(sandbox.effects(kind="created")) == 1


def test_an_adoption_that_dies_half_way_is_taken_up_again(confirmed, write, monkeypatch, sandbox):
    first = confirmed(write(name="First"))
    Operation.objects.filter(pk=first.pk).update(not_before="2100-01-01T00:00Z")
    second = confirmed(write(name="Second"))
    sent_elsewhere(first)
    sent_elsewhere(second)
    restore()
    opened = Installation.open_again
    monkeypatch.setattr(Installation, "open_again", lambda *args, **kwargs: False)
    with pytest.raises(CommandError, match="Somebody else"):
        adopt("--yes")
    assert Installation.the().closed_because
    monkeypatch.setattr(Installation, "open_again", opened)
    adopt("--yes")
    assert (state(first), state(second)) == (State.SUCCEEDED, State.SUCCEEDED)
    assert len(sandbox.effects(kind="created")) == 2


def test_older_tests_of_ours_are_not_taken_for_forgotten_ones(confirmed, draft, work, sandbox, connection):
    operation = confirmed(draft)
    work()
    assert state(operation) == State.SUCCEEDED
    restore()
    compared = adopting.compare()
    assert [(one.forgotten, one.strange, one.arrived, one.waiting) for one in compared] == [([], [], [], [])]
    assert "Nothing was waiting" in adopt("--yes")
