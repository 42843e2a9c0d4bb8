"""Answers that could not be written down while the database was away: kept on the disk, and never taken twice."""

import json
import resource
import stat
import uuid
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from django.db import OperationalError

from experiments import relay
from experiments.models import Operation, State
from experiments.providers.outcomes import NotSent, OutcomeUnknown, Rejected
from experiments.providers.shapes import Answer, Changed, Created, Deleted, Problem, Validated
from experiments.relay import sending, spool
from tests.unguarded import put

SAID = Answer(
    201, operation_id="o-1", request_id="r-1", provider_date=datetime(2026, 11, 1, tzinfo=UTC), milliseconds=7
)
OUTCOMES = [
    Created("x-1", "p-1", SAID),
    Deleted(SAID),
    Changed(SAID),
    Validated(SAID),
    NotSent("busy", "Later.", SAID, retry_after=9),
    NotSent("certificate", "No.", is_permanent=True),
    Rejected("invalid", "No.", SAID, problems=(Problem("/name", "too long", "long"),)),
    OutcomeUnknown("timeout", "Nobody knows.", SAID, is_applied=True),
]


@pytest.fixture(autouse=True)
def disk(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    return tmp_path


@pytest.fixture
def away(monkeypatch):
    """The database takes no outcome, for the length of the block; reading it and everything else go on."""

    @contextmanager
    def take_none():
        def refuse(*args, **kwargs):
            raise OperationalError("the connection is closed")

        with monkeypatch.context() as patch:
            patch.setattr(sending, "_close_attempt", refuse)
            patch.setattr("time.sleep", lambda seconds: None)
            yield

    return take_none


def lines(disk):
    return [json.loads(line) for path in sorted((disk / "spool").glob("*")) for line in path.read_text().splitlines()]


@pytest.mark.django_db(transaction=True)
def test_a_yes_that_could_not_be_recorded_is_kept_and_recorded_by_the_next_sweep(confirmed, draft, sandbox, disk, away):
    operation = confirmed(draft)
    with away():
        relay.send(operation.pk)
    operation.refresh_from_db()
    assert operation.state == State.ON_WIRE
    [kept] = lines(disk)
    [effect] = sandbox.effects(kind="created")
    assert kept["remote_id"] == effect.experiment_id
    relay.sweep()
    operation.refresh_from_db()
    assert (operation.state, operation.remote_id) == (State.SUCCEEDED, effect.experiment_id)
    assert operation.read_back_at is not None
    assert operation.attempts.get().outcome == "applied"
    assert lines(disk) == []


@pytest.mark.django_db(transaction=True)
def test_it_is_recorded_at_once_where_the_database_is_back_in_a_moment(confirmed, draft, disk, away, monkeypatch):
    operation = confirmed(draft)
    tries = []
    close = sending._close_attempt

    def stumble_once(*args, **kwargs):
        tries.append(args)
        if len(tries) == 1:
            raise OperationalError("the connection is closed")
        close(*args, **kwargs)

    monkeypatch.setattr(sending, "_close_attempt", stumble_once)
    relay.send(operation.pk)
    operation.refresh_from_db()
    assert operation.state == State.SUCCEEDED
    assert lines(disk) == []


@pytest.mark.django_db(transaction=True)
def test_a_no_is_kept_as_well(confirmed, draft, sandbox, disk, away):
    operation = confirmed(draft)
    sandbox.order("status", method="POST", path="/api/experiments", status=400, body='{"ok":false,"error":"no"}')
    with away():
        relay.send(operation.pk)
    relay.sweep()
    operation.refresh_from_db()
    assert operation.state == State.REJECTED
    assert lines(disk) == []


@pytest.mark.django_db(transaction=True)
def test_it_settles_what_the_sweep_has_given_up_meanwhile(confirmed, draft, disk, away):
    operation = confirmed(draft)
    with away():
        relay.send(operation.pk)
    put(operation, state=State.UNKNOWN)
    relay.sweep()
    operation.refresh_from_db()
    assert operation.state == State.SUCCEEDED


@pytest.mark.django_db(transaction=True)
def test_an_answer_of_another_claim_is_not_taken(confirmed, draft, disk, away, sandbox):
    operation = confirmed(draft)
    with away():
        relay.send(operation.pk)
    put(operation, claim_token=uuid.uuid4())
    relay.sweep()
    operation.refresh_from_db()
    assert operation.state == State.ON_WIRE
    assert lines(disk) == []


@pytest.mark.parametrize("outcome", [NotSent("busy", "Later."), OutcomeUnknown("timeout", "Nobody knows.")], ids=repr)
@pytest.mark.django_db(transaction=True)
def test_what_proves_nothing_new_leaves_the_unknown_unknown(confirmed, draft, outcome):
    operation = confirmed(draft)
    put(operation, state=State.UNKNOWN, claim_token=uuid.uuid4())
    assert spool.keep(operation, outcome)
    spool.take_up(sending.record_late)
    operation.refresh_from_db()
    assert operation.state == State.UNKNOWN


@pytest.mark.django_db
@pytest.mark.parametrize("outcome", OUTCOMES, ids=lambda outcome: type(outcome).__name__)
def test_every_outcome_comes_back_as_it_was(confirmed, draft, outcome):
    operation = confirmed(draft)
    put(operation, claim_token=uuid.uuid4())
    assert spool.keep(operation, outcome)
    taken = []
    assert spool.take_up(lambda row, said: taken.append((row.pk, type(said), vars(said)))) == 1
    assert taken == [(operation.pk, type(outcome), vars(outcome))]
    assert spool.take_up(lambda row, said: None) == 0


@pytest.mark.django_db
def test_a_database_that_is_still_away_leaves_everything_where_it_is(confirmed, draft, disk):
    operation = confirmed(draft)
    put(operation, claim_token=uuid.uuid4())
    for _ in range(2):
        spool.keep(operation, Deleted(SAID))

    def away(row, said):
        raise OperationalError("still away")

    assert spool.take_up(away) == 0
    assert len(lines(disk)) == 2
    spool.keep(operation, Deleted(SAID))  # beside the file that was taken away already
    assert spool.take_up(lambda row, said: None) == 3
    assert lines(disk) == []


@pytest.mark.django_db
def test_half_a_line_and_nonsense_hold_nothing_up(confirmed, draft, disk, caplog):
    operation = confirmed(draft)
    put(operation, claim_token=uuid.uuid4())
    spool.keep(operation, Deleted(SAID))
    with (disk / "spool" / "answers.jsonl").open("a") as file:
        file.write('{"kind": "Nonsense", "answer": null, "operation": "x", "claim": "y"}\n{"operation": "cut')
    assert spool.take_up(lambda row, said: None) == 1
    assert caplog.text.count("could not be used") == 2


@pytest.mark.django_db
def test_only_this_user_can_read_it_and_it_holds_no_secret(confirmed, draft, disk, sandbox):
    operation = confirmed(draft)
    put(operation, claim_token=uuid.uuid4())
    spool.keep(operation, Created("x-1", "", Answer(201, body=f"secret {sandbox.secret}")))
    path = disk / "spool" / "answers.jsonl"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert sandbox.secret not in path.read_text()


@contextmanager
def full_disk(limit):
    """No file grows beyond `limit` bytes, for this process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.django_db
def test_bad_69_a_full_disk_keeps_no_half_line_and_raises_nothing(confirmed, draft, disk, caplog):
    operation = confirmed(draft)
    put(operation, claim_token=uuid.uuid4())
    assert spool.keep(operation, Deleted(SAID))
    size = (disk / "spool" / "answers.jsonl").stat().st_size
    with full_disk(size + 10):
        assert not spool.keep(operation, Deleted(SAID))
    assert (disk / "spool" / "answers.jsonl").stat().st_size == size
    assert "could not be kept" in caplog.text
    assert spool.keep(operation, Deleted(SAID))
    assert spool.take_up(lambda row, said: None) == 2


@pytest.mark.django_db(transaction=True)
def test_bad_69_without_database_and_disk_the_answer_is_looked_up(confirmed, draft, disk, sandbox, away, work):
    (disk / "spool").write_text("no directory")
    operation = confirmed(draft)
    with away():
        relay.send(operation.pk)
    Operation.objects.filter(pk=operation.pk).update(lease_until=operation.created_at)
    relay.sweep()
    work()
    operation.refresh_from_db()
    assert operation.state == State.SUCCEEDED
    assert len(sandbox.effects(kind="created")) == 1
