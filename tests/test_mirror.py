"""The mirror: what a provider lists becomes rows, once each, and only a whole pass calls something gone."""

import itertools
import json
import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from experiments import mirror
from experiments.accounts import account_for
from experiments.mirror import due, passes, rows
from experiments.models import Draft, Experiment, Kind, Operation, State, Status, Sync
from experiments.providers import client
from experiments.providers.marker import marker_for, with_marker
from experiments.providers.shapes import Page
from tests.remote_tests import body, remote
from tests.unguarded import put
from workspaces.models import Connection


@pytest.fixture
def operation(connection, bob, paula):
    """A send that reached the provider; its answer may have been lost."""

    def make_one(**values):
        draft = Draft.objects.create(workspace=connection.workspace, owner=bob, name="Sunday", tags=["retention"])
        given = {"kind": Kind.CREATE, "state": State.SUCCEEDED, "finished_at": timezone.now(), "draft": draft, **values}
        made = Operation(workspace=connection.workspace, connection=connection, connection_version=1, by=paula, **given)
        made.marker = marker_for(made.id)
        made.save()
        return made

    return make_one


# -- reading


def test_a_scheduled_and_a_sent_test_become_rows(make, sync, sandbox):
    planned, sent = make("Sunday long run", control=0.1), make("Resume onboarding", ahead=None)
    sandbox.start_due()
    state = sync()
    row = Experiment.objects.get(remote_id=planned.remote_id)
    assert (row.name, row.status, row.is_fenced) == ("Sunday long run", Status.SCHEDULED, True)
    assert [round(share["percent"]) for share in row.shares] == [45, 45, 10]
    assert row.channels == "Push, web"
    assert "run now, says terse" in row.search_text
    other = Experiment.objects.get(remote_id=sent.remote_id)
    assert (other.status, other.push_id) == (Status.FINISHED, sent.push_id)
    assert other.when_at == other.created_at
    assert state.finished_at
    assert (state.pass_number, state.lease_until, state.reason) == (1, None, "")


def test_a_second_pass_changes_nothing_but_the_pass(make, sync):
    make("Sunday long run")
    make("Resume onboarding", ahead=None)
    sync()
    before = list(Experiment.objects.order_by("pk").values())
    sync()
    after = list(Experiment.objects.order_by("pk").values())
    assert [row | {"seen_in_pass": 2} for row in before] == after


def test_every_page_of_both_listings_is_read(make, sync, monkeypatch):
    monkeypatch.setattr(passes, "LARGEST_PAGE", 4)
    for number in range(11):
        make(f"Planned {number}")
        make(f"Sent {number}", ahead=None)
    sync()
    assert Experiment.objects.filter(status=Status.SCHEDULED).count() == 11
    assert Experiment.objects.filter(status=Status.FINISHED).count() == 11


def test_a_test_that_both_listings_show_is_one_row_that_keeps_its_schedule(make, sync, sandbox):
    sandbox.switch("scheduled_in_listing", "yes")
    made = make("Sunday long run")
    sync()
    sync()
    row = Experiment.objects.get()
    assert (row.remote_id, row.status) == (made.remote_id, Status.SCHEDULED)


def test_names_that_are_missing_or_endless_are_stored(connection):
    rows.store(connection, [remote("r1"), replace(remote("r2"), name="", raw={"id": "r2", "name": None})], number=1)
    long = remote("r3")
    rows.store(connection, [replace(long, raw=long.raw | {"name": "x" * 5000})], number=1)
    assert list(Experiment.objects.order_by("remote_id").values_list("name", flat=True)) == ["Listed", "", "x" * 255]


def test_the_same_test_twice_on_one_page_is_one_row(connection):
    rows.store(connection, [remote("r1"), remote("r1")], number=1)
    assert Experiment.objects.count() == 1


# -- gone and back


def test_a_scheduled_test_that_vanished_is_deleted_after_a_whole_pass(make, sync, connection):
    made = make("Sunday long run")
    stays = make("Monday")
    sync()
    client("airship").delete(account_for(connection), made.remote_id)
    sync()
    row = Experiment.objects.get(remote_id=made.remote_id)
    assert row.status == Status.DELETED
    assert row.gone_at
    assert Experiment.objects.get(remote_id=stays.remote_id).gone_at is None


def test_a_test_deleted_elsewhere_is_deleted_even_where_the_plain_listing_keeps_it(make, sync, sandbox, connection):
    sandbox.switch("scheduled_in_listing", "yes")
    sandbox.switch("deleted_in_listing", "yes")
    made = make("Sunday long run")
    sync()
    assert Experiment.objects.get().status == Status.SCHEDULED
    client("airship").delete(account_for(connection), made.remote_id)
    sync()
    assert Experiment.objects.get().status == Status.DELETED


def test_a_sent_test_that_vanished_stays_sent(make, sync, connection, sandbox):
    rows.store(connection, [remote("old", ahead=None)], number=1)
    Sync.objects.create(connection=connection, pass_number=1)
    sync()
    row = Experiment.objects.get(remote_id="old")
    assert row.gone_at
    assert row.status == Status.FINISHED


def test_a_pass_that_broke_off_calls_nothing_gone(make, sync, sandbox, monkeypatch):
    made = [make(f"Planned {number}") for number in range(3)]
    sync()
    monkeypatch.setattr(passes, "LARGEST_PAGE", 2)
    sandbox.order("status", path="/api/experiments", status=500, times=0)
    state = sync()
    assert (state.reason, state.failures, state.pass_number) == ("server_error", 1, 1)
    assert Experiment.objects.filter(status=Status.SCHEDULED, gone_at=None).count() == len(made)


def test_a_listing_that_ends_before_its_total_calls_nothing_gone(connection, monkeypatch):
    rows.store(connection, [remote("r1"), remote("r2"), remote("r3")], number=1)
    Sync.objects.create(connection=connection, pass_number=1)
    pages = {"scheduled": Page((remote("r1"),), 3, 1), "cut": Page((), 3, None), "all": Page((), 0, None)}

    class Listing:
        @staticmethod
        def list_scheduled(account, offset, limit):
            return pages["scheduled" if offset == 0 else "cut"]

        @staticmethod
        def list_experiments(account, offset, limit):
            return pages["all"]

    monkeypatch.setattr("experiments.providers.client", lambda code: Listing)
    mirror.sync(str(connection.pk))
    assert Experiment.objects.filter(gone_at=None).count() == 3
    pages["scheduled"] = Page((remote("r1"),), 1, None)
    mirror.sync(str(connection.pk))
    assert Experiment.objects.filter(gone_at=None).count() == 1


def test_a_test_that_comes_back_is_alive_again(connection):
    rows.store(connection, [remote("r1")], number=1)
    rows.bury(connection, 2)
    assert Experiment.objects.get().status == Status.DELETED
    rows.store(connection, [remote("r1")], number=3)
    row = Experiment.objects.get()
    assert (row.status, row.gone_at) == (Status.SCHEDULED, None)


def test_what_we_deleted_ourselves_does_not_come_back_from_a_listing_that_lags(connection, operation):
    rows.store(connection, [remote("r1"), remote("r2")], number=1)
    operation(kind=Kind.DELETE, target_id="r1", draft=None)
    mirror.mark_deleted(connection, "r1")
    mirror.mark_deleted(connection, "r2")  # nobody's operation says so: the listing is believed
    rows.store(connection, [remote("r1"), remote("r2")], number=2)
    statuses = dict(Experiment.objects.values_list("remote_id", "status"))
    assert statuses == {"r1": Status.DELETED, "r2": Status.SCHEDULED}


# -- listings that move while they are read


def moving(ids_at, total=None):
    """A listing whose content depends on how many pages were asked for so far. Pages of three."""
    asked = itertools.count()

    def read(account, offset, limit):
        ids = ids_at(next(asked))
        page = ids[offset : offset + 3]
        more = offset + 3 if offset + 3 < len(ids) else None
        return Page(tuple(remote(one) for one in page), total or len(ids), more)

    return read


def read_all(connection, read):
    position = passes.Position()
    number = 1
    is_read = passes._read_listing(connection, read, account_for(connection), number, position, until=float("inf"))
    assert is_read
    return set(Experiment.objects.values_list("remote_id", flat=True)), position


@pytest.mark.parametrize("gone_at_page", [1, 2, 3])
def test_deletions_between_two_pages_hide_nothing(connection, gone_at_page, monkeypatch):
    monkeypatch.setattr(passes, "LARGEST_PAGE", 3)
    ids = [f"r{number:02}" for number in range(12)]
    left = ids[2:]  # two from the front are deleted while we read
    found, position = read_all(connection, moving(lambda page: ids if page < gone_at_page else left))
    assert found >= set(left)
    assert position.is_whole


@pytest.mark.parametrize("new_at_page", [1, 2, 3])
def test_insertions_between_two_pages_hide_nothing(connection, new_at_page, monkeypatch):
    monkeypatch.setattr(passes, "LARGEST_PAGE", 3)
    ids = [f"r{number:02}" for number in range(12)]
    found, position = read_all(connection, moving(lambda page: ids if page < new_at_page else ["new1", "new2", *ids]))
    assert found >= set(ids)
    assert position.is_whole


def test_a_listing_that_repeats_itself_ends_and_proves_no_absence(connection):
    calls = itertools.count()

    def read(account, offset, limit):
        assert next(calls) < 20
        return Page((remote("r1"), remote("r2")), 500, offset + 2)

    found, position = read_all(connection, read)
    assert found == {"r1", "r2"}
    assert not position.is_whole


@pytest.mark.parametrize("is_whole", [True, False])
def test_a_listing_that_broke_off_proves_no_absence(connection, is_whole):
    def read(account, offset, limit):
        return Page((remote("r1"), remote("r2")), None, None, is_whole)

    found, position = read_all(connection, read)
    assert found == {"r1", "r2"}
    assert position.is_whole is is_whole


def test_a_long_pass_lets_go_and_goes_on_where_it_was(make, connection, monkeypatch):
    monkeypatch.setattr(passes, "LARGEST_PAGE", 3)
    for number in range(8):
        make(f"Sent {number}", ahead=None)
    monkeypatch.setattr(passes, "PATIENCE", -1.0)
    rounds = 0
    while mirror.sync(str(connection.pk)):
        rounds += 1
        assert rounds < 20
    assert rounds > 1
    assert Experiment.objects.count() == 8
    state = Sync.objects.get()
    assert (state.pass_number, state.position) == (1, {})


# -- one at a time


def test_only_one_reads_a_connection_at_a_time(make, sync, connection):
    make("Sunday")
    Sync.objects.create(connection=connection, lease_until=timezone.now() + timedelta(minutes=1))
    sync()
    assert Experiment.objects.count() == 0
    Sync.objects.update(lease_until=timezone.now() - timedelta(seconds=1))  # its holder died
    sync()
    assert Experiment.objects.count() == 1


def test_a_removed_connection_and_a_missing_one_are_left_alone(make, connection):
    make("Sunday")
    Connection.objects.update(is_removed=True)
    assert mirror.sync(str(connection.pk)) is False
    assert mirror.sync(str(uuid.uuid4())) is False
    assert Experiment.objects.count() == 0
    Connection.objects.update(is_removed=False)
    mirror.sync(str(connection.pk))
    assert Experiment.objects.count() == 1


# -- our own tests


def test_a_test_with_our_marker_belongs_to_its_operation_and_its_draft(make, sync, operation, bob):
    lost = operation(state=State.UNKNOWN, finished_at=None)
    make("Sunday", description=with_marker("Tone test", lost.marker))
    sync()
    row = Experiment.objects.get()
    assert (row.operation, row.owner, row.tags, row.description) == (lost, bob, ["retention"], "Tone test")
    assert "retention" in row.search_text


def test_a_copy_with_our_marker_is_not_ours_once_we_know_our_id(make, sync, operation):
    sent = operation()
    ours = make("Sunday", description=with_marker("", sent.marker))
    Operation.objects.update(remote_id=ours.remote_id)
    copy = make("Sunday, again", description=with_marker("", sent.marker))
    sync()
    assert Experiment.objects.get(remote_id=ours.remote_id).operation == sent
    assert Experiment.objects.get(remote_id=copy.remote_id).operation is None


def test_a_test_whose_description_was_dropped_is_found_by_its_id(make, sync, operation, sandbox):
    sandbox.switch("description", "dropped")
    sent = operation()
    made = make("Sunday", description=with_marker("", sent.marker))
    Operation.objects.update(remote_id=made.remote_id)
    sync()
    assert Experiment.objects.get().operation == sent


def test_an_adopted_test_is_listed_at_once_and_only_once(make, sync, operation, connection):
    sent = operation()
    made = make("Sunday", description=with_marker("", sent.marker))
    Operation.objects.update(remote_id=made.remote_id)
    found = client("airship").look_up(account_for(connection), made.remote_id)
    adopted = mirror.adopt(sent, found)
    assert (adopted.operation, adopted.status) == (sent, Status.SCHEDULED)
    assert mirror.adopt(sent, found).pk == adopted.pk
    sync()
    assert Experiment.objects.get().pk == adopted.pk


def test_what_was_sent_is_listed_even_before_it_could_be_read_back(make, sync, operation, connection):
    sent = operation()
    document = body("Sunday", description=with_marker("Tone test", sent.marker))
    payload = json.dumps(document).encode()
    made = client("airship").create(account_for(connection), payload)
    put(sent, payload=payload, remote_id=made.remote_id, push_id=made.push_id)
    row = mirror.adopt(sent)
    assert (row.name, row.description, row.status) == ("Sunday", "Tone test", Status.SCHEDULED)
    assert (row.operation, row.push_id, row.marker) == (sent, made.push_id, sent.marker)
    assert row.scheduled_at
    found = client("airship").look_up(account_for(connection), made.remote_id)
    assert mirror.adopt(sent, found).pk == row.pk
    sync()
    row.refresh_from_db()
    assert not row.needs_attention  # what the provider holds is what was sent
    assert row.gone_at is None


def test_an_adopted_test_survives_listings_that_lag(operation, connection, sync):
    mirror.adopt(operation(), remote("young"))
    mirror.adopt(operation(finished_at=timezone.now() - timedelta(hours=1)), remote("long-known"))
    sync()
    statuses = dict(Experiment.objects.values_list("remote_id", "status"))
    assert statuses == {"young": Status.SCHEDULED, "long-known": Status.DELETED}


def test_what_somebody_changed_at_the_provider_is_flagged_with_the_difference(connection, operation):
    mirror.adopt(operation(), remote("ours"))
    rows.store(connection, [remote("foreign")], number=1)
    for remote_id in ("ours", "foreign"):
        changed = remote(remote_id)
        changed.raw["audience"] = "all"
        rows.store(connection, [changed], number=2)
    ours, foreign = Experiment.objects.order_by("-remote_id")
    assert ours.needs_attention
    assert ours.changes == [{"pointer": "/audience", "before": {"tag": "plan"}, "after": "all"}]
    assert not foreign.needs_attention  # nobody here confirmed anything about it
    mirror.settle_changes(ours)
    ours.refresh_from_db()
    assert (ours.needs_attention, ours.changes) == (False, None)


def test_a_listing_that_tells_less_is_no_change(connection, operation):
    mirror.adopt(operation(), remote("ours"))
    less = remote("ours")
    del less.raw["audience"]
    less.raw["variants"] = [{"id": 0, "name": "warm"}, {"id": 1, "name": "terse"}]
    rows.store(connection, [less], number=2)
    assert not Experiment.objects.get().needs_attention


def test_a_variant_that_was_added_elsewhere_is_a_change(connection, operation):
    mirror.adopt(operation(), remote("ours"))
    rows.store(connection, [remote("ours", variants=3)], number=2)
    assert [change["pointer"] for change in Experiment.objects.get().changes or []] == ["/variants/2"]


# -- time


def test_a_test_whose_time_has_come_is_sent_and_its_figures_are_due(connection):
    rows.store(connection, [remote("soon"), remote("later", ahead=timedelta(days=2))], number=1)
    Experiment.objects.filter(remote_id="soon").update(scheduled_at=timezone.now() - timedelta(seconds=1))
    assert mirror.pass_time() == 1
    soon = Experiment.objects.get(remote_id="soon")
    assert soon.status == Status.FINISHED
    assert soon.scheduled_at
    assert soon.report_due_at == soon.scheduled_at + timedelta(minutes=1)
    assert Experiment.objects.get(remote_id="later").status == Status.SCHEDULED


def test_a_test_that_began_between_the_two_listings_is_not_gone(connection):
    rows.store(connection, [remote("began")], number=1)
    Experiment.objects.update(scheduled_at=timezone.now() - timedelta(seconds=20))
    assert rows.bury(connection, 2) == 0
    Experiment.objects.update(scheduled_at=timezone.now() - timedelta(hours=1))
    assert rows.bury(connection, 2) == 1


# -- what is due


def test_a_connection_is_due_when_its_last_read_is_old(connection, settings):
    assert mirror.sync_due().connections == [str(connection.pk)]
    assert mirror.sync_due().connections == []  # told a moment ago
    now = timezone.now()
    Sync.objects.update(hinted_at=now - timedelta(minutes=2), started_at=now - timedelta(seconds=5))
    assert mirror.sync_due().connections == []
    Sync.objects.update(started_at=now - timedelta(seconds=settings.SYNC_EVERY + 1))
    assert mirror.sync_due().connections == [str(connection.pk)]


@pytest.mark.parametrize(
    "hindrance",
    [
        {"not_before": timedelta(minutes=1)},
        {"lease_until": timedelta(minutes=1)},
    ],
)
def test_a_connection_that_waits_or_is_being_read_is_not_due(connection, hindrance):
    values = {name: timezone.now() + ahead for name, ahead in hindrance.items()}
    Sync.objects.create(connection=connection, **values)
    assert mirror.sync_due().connections == []
    Sync.objects.update(**dict.fromkeys(hindrance))
    assert mirror.sync_due().connections == [str(connection.pk)]


def test_a_refused_key_is_not_read_until_it_is_replaced(connection):
    connection.record_health(Connection.Health.REFUSED, "no")
    assert mirror.sync_due().connections == []
    connection.record_health(Connection.Health.ACTIVE)
    assert mirror.sync_due().connections == [str(connection.pk)]


def test_a_key_whose_first_test_got_lost_is_tested_again(connection):
    Connection.objects.update(health=Connection.Health.UNTESTED, secret_set_at=timezone.now() - timedelta(minutes=1))
    found = mirror.sync_due()
    assert (found.connections, found.checks) == ([], [str(connection.pk)])
    assert mirror.sync_due().checks == []


def test_workspaces_take_turns():
    queue = [{"w": "a", "n": 1}, {"w": "a", "n": 2}, {"w": "a", "n": 3}, {"w": "b", "n": 4}]
    assert [row["n"] for row in due._take_turns(queue, "w")] == [1, 4, 2, 3]
