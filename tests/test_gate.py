"""Nothing goes out of data that is not where it was, or not as new as it was; and no false alarm closes the gate."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import connection as database
from django.db.backends.signals import connection_created
from django.urls import reverse
from django.utils import timezone

from experiments import relay
from experiments.models import Operation, State
from experiments.relay import evidence, gate
from workspaces.models import AuditEntry, Installation, standing

LONG_AGO = timedelta(days=1)


@pytest.fixture(autouse=True)
def witness_file(settings, tmp_path) -> Path:
    """A data directory of the test's own, and nothing remembered of the test before."""
    settings.DATA_DIR = tmp_path
    gate.forget()
    return tmp_path / "witness"


@pytest.fixture
def started(db) -> Installation:
    """An installation that has swept twice."""
    relay.sweep()
    relay.sweep()
    return Installation.the()


def look() -> str:
    gate.forget()
    return gate.look_around()


def tried(operation: Operation) -> tuple[str, int]:
    gate.forget()
    relay.send(operation.pk)
    operation.refresh_from_db()
    return operation.state, operation.attempt_count


def remember(row: Installation, **changes: int) -> None:
    """What a witness says that saw other rows than there are."""
    seen = {"life": row.life, "tick": row.tick, **changes}
    text = json.dumps([str(row.identity), seen["life"], seen["tick"]])
    cache.set(evidence.KEY, text, timeout=None)


def test_a_fresh_installation_is_taken_where_it_is(db, witness_file):
    assert not Installation.objects.exists()
    assert look() == ""
    row = Installation.the()
    assert row.place == evidence.place_now()
    assert row.place["kind"] == database.vendor
    relay.sweep()
    row = Installation.the()
    assert row.tick == 1
    assert json.loads(witness_file.read_text()) == json.loads(cache.get(evidence.KEY))
    assert AuditEntry.objects.count() == 0


def test_an_older_version_with_operations_is_taken_where_it_is(confirmed, draft):
    operation = confirmed(draft)
    Installation.objects.all().delete()  # as after the migration that brings the row's table
    assert tried(operation) == (State.SUCCEEDED, 1)
    assert Installation.the().place == evidence.place_now()


@pytest.mark.parametrize("part", ["database", "table", "system", "timeline", "file", "kind"])
def test_rows_in_another_place_close_the_gate_for_good(started, confirmed, draft, sandbox, workspace, part):
    operation = confirmed(draft)
    assert look() == ""
    place = {**started.place, part: "another"}
    Installation.objects.update(place=place)
    is_told_here = part in started.place
    assert bool(look()) == is_told_here
    if not is_told_here:
        return  # SQLite has no timeline, PostgreSQL no file: what cannot be told proves nothing
    assert tried(operation) == (State.QUEUED, 0)
    assert Installation.the().closed_because == evidence.PLACES[part]
    Installation.objects.update(place=started.place)  # put right behind our back: a person has to look all the same
    gate.forget()
    assert tried(operation) == (State.QUEUED, 0)
    assert sandbox.effects() == []
    assert AuditEntry.objects.filter(workspace=workspace, action="installation.close").count() == 1


def test_every_part_of_the_place_can_be_told(db):
    told = set(evidence.place_now())
    both = {"postgresql": {"kind", "database", "table", "system", "timeline"}, "sqlite": {"kind", "file"}}
    assert told == both[database.vendor]


def test_a_role_that_may_not_read_a_part_goes_without_it(db, monkeypatch):
    if database.vendor != "postgresql":
        pytest.skip("SQLite has no roles")
    forbidden = {**evidence._POSTGRESQL, "system": "(SELECT no_such_function())"}
    monkeypatch.setattr(evidence, "_POSTGRESQL", forbidden)
    monkeypatch.setattr(evidence, "_untold", set())
    assert set(evidence.place_now()) == {"kind", "database", "table", "timeline"}
    assert set(evidence.place_now()) == {"kind", "database", "table", "timeline"}


@pytest.mark.parametrize("ahead", [{"tick": 1_000_000}, {"life": 2**53}])
def test_rows_older_than_a_witness_close_the_gate(started, confirmed, draft, ahead):
    operation = confirmed(draft)
    remember(started)
    assert look() == ""
    remember(started, **ahead)
    assert look() == evidence.OLDER
    assert tried(operation) == (State.QUEUED, 0)
    cache.delete(evidence.KEY)  # the witness forgets; what it has said stays said
    assert tried(operation) == (State.QUEUED, 0)


def test_the_file_alone_is_a_witness_as_well(started, witness_file):
    cache.clear()
    witness_file.write_text(json.dumps([str(started.identity), started.life, started.tick + 1]))
    assert look() == evidence.OLDER


@pytest.mark.parametrize("text", ["", "nonsense", "[1]", '["another", 99999999999999999, 5]', "null", "{}"])
def test_a_witness_that_is_gone_or_of_another_installation_proves_nothing(started, witness_file, text):
    cache.set(evidence.KEY, text)
    witness_file.write_text(text)
    assert look() == ""
    relay.sweep()
    assert json.loads(witness_file.read_text())[2] == started.tick + 1


def test_a_process_that_was_frozen_does_not_make_the_witnesses_older(started, witness_file):
    before = Installation.the()
    relay.sweep()
    newest = witness_file.read_text()
    evidence.witness(before)
    assert (witness_file.read_text(), cache.get(evidence.KEY)) == (newest, newest)


def test_sweeps_side_by_side_raise_no_alarm(transactional_db):
    relay.sweep()

    def sweep_and_look(number: int) -> list[str]:
        try:
            return [look() for _ in range(10) if relay.sweep()]
        finally:
            database.close()

    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(sweep_and_look, range(4)))
    assert found == [[""] * 10] * 4
    assert Installation.the().tick == 41


def test_without_any_witness_rows_that_rested_for_long_close_the_gate(started, witness_file):
    Installation.objects.update(ticked_at=timezone.now() - LONG_AGO)
    assert look() == ""  # a long weekend: the witnesses are there
    cache.clear()
    assert look() == ""
    witness_file.unlink()
    assert look() == evidence.FORGOTTEN
    assert Installation.the().closed_because == evidence.FORGOTTEN


def test_while_redis_is_away_that_is_only_a_pause(started, witness_file, monkeypatch):
    Installation.objects.update(ticked_at=timezone.now() - LONG_AGO)
    remembered = witness_file.read_text()
    witness_file.unlink()
    monkeypatch.setattr(cache, "get", lambda *args, **kwargs: None)
    assert look() == evidence.NOT_YET
    monkeypatch.undo()
    cache.set(evidence.KEY, remembered)
    assert look() == ""
    assert Installation.the().closed_because == ""


def test_a_copy_with_another_address_sends_nothing_and_harms_nobody(
    started, settings, confirmed, draft, visit, paula, sandbox
):
    operation = confirmed(draft)
    settings.BASE_URL = "https://staging.example.com"
    assert tried(operation) == (State.QUEUED, 0)
    assert "https://staging.example.com" in look()
    assert relay.sweep().to_send == []
    page = visit(paula).get(reverse("experiment_list", args=["marlow"])).text
    assert "Nothing goes out." in page
    assert "staging.example.com" in page
    # A command run with other settings beside the real installation must not close that.
    settings.BASE_URL = "http://127.0.0.1:9999"
    assert Installation.the().closed_because == ""
    assert look() == ""
    assert "Nothing goes out." not in visit(paula).get(reverse("experiment_list", args=["marlow"])).text
    assert tried(operation) == (State.SUCCEEDED, 1)


def test_a_copy_with_another_instance_sends_nothing(started, settings, confirmed, draft):
    operation = confirmed(draft)
    settings.INSTANCE = "rehearsal"
    assert tried(operation) == (State.QUEUED, 0)
    settings.INSTANCE = ""
    assert tried(operation) == (State.SUCCEEDED, 1)


def test_another_restore_epoch_closes_until_the_data_is_adopted(started, settings, confirmed, draft):
    operation = confirmed(draft)
    settings.RESTORE_EPOCH = "2026-11-22"
    assert tried(operation) == (State.QUEUED, 0)
    assert "RESTORE_EPOCH" in look()
    settings.RESTORE_EPOCH = ""  # nothing is said, so nothing is different
    assert tried(operation) == (State.SUCCEEDED, 1)


def test_a_fresh_installation_takes_its_first_epoch_itself(db, settings):
    settings.RESTORE_EPOCH = "from the beginning"
    assert look() == ""
    assert Installation.the().epoch == "from the beginning"


def test_an_old_backup_without_the_row_is_not_taken_where_an_epoch_says_so(confirmed, draft, settings):
    operation = confirmed(draft)
    Installation.objects.all().delete()
    settings.RESTORE_EPOCH = "2026-11-22"
    assert tried(operation) == (State.QUEUED, 0)
    assert "RESTORE_EPOCH" in look()


def test_many_processes_on_the_same_data_are_one_installation(started, settings, tmp_path, confirmed, draft):
    """Two hosts: the same database and Redis, each with a data directory of its own."""
    for host in ("one", "two", "one"):
        settings.DATA_DIR = tmp_path / host
        assert look() == ""
        relay.sweep()
    assert tried(confirmed(draft)) == (State.SUCCEEDED, 1)


def test_behind_a_new_connection_the_gate_looks_again(started, monkeypatch):
    looks: list[int] = []

    def seen() -> list[evidence.Mark]:
        looks.append(1)
        return []

    monkeypatch.setattr(evidence, "seen", seen)
    gate.forget()
    gate.look_around()
    gate.look_around()
    assert len(looks) == 1
    connection_created.send(sender=type(database), connection=database)
    gate.look_around()
    assert len(looks) == 2


def test_a_claim_costs_no_query_more_and_the_wire_one(started, confirmed, draft, django_assert_num_queries):
    operation = confirmed(draft)
    gate.look_around()
    read = Operation.objects.select_related("workspace").annotate(installation=standing())
    with django_assert_num_queries(1):
        taken = read.get(pk=operation.pk)
        assert gate.why_closed(taken, taken.installation) == ""
    with django_assert_num_queries(1):
        assert gate.why_closed(operation) == ""
