"""Each of the forty crash points has tests that exist, the matrix reaches each failpoint, and the docs say so."""

import ast
from pathlib import Path

import pytest

from experiments import failpoints, providers, relay
from experiments.models import Event, State
from tests.crash_cases import full, usual
from tests.crash_points import MATRIX, POINTS, table
from tests.unguarded import put
from workspaces.models import AuditEntry

HERE = Path(__file__).parent


def names_in(file: str) -> set[str]:
    tree = ast.parse((HERE / file).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_there_are_forty_points():
    assert [point.number for point in POINTS] == list(range(1, 41))


@pytest.mark.parametrize("point", POINTS, ids=lambda point: str(point.number))
def test_every_point_names_tests_that_exist(point):
    assert point.tests
    for test in point.tests:
        file, _, name = test.partition("::")
        assert name in names_in(file), test


@pytest.mark.parametrize("point", [point for point in POINTS if MATRIX in point.tests], ids=lambda p: str(p.number))
def test_a_point_of_the_matrix_is_reached_by_it(point):
    reached = {case.point for case in usual()}
    assert point.failpoints
    assert set(point.failpoints) <= reached


def test_every_failpoint_is_of_a_point_and_in_the_matrix():
    assert set(failpoints.POINTS) == {case.point for case in usual()}
    assert {number for numbers in failpoints.POINTS.values() for number in numbers} <= set(range(1, 41))


def test_the_full_matrix_holds_the_usual_one_and_each_case_once():
    assert set(usual()) <= set(full())
    assert len(full()) == len(set(full()))


def test_the_docs_show_the_table():
    assert table() in (HERE.parent / "docs" / "reliability.md").read_text()


def test_an_audit_entry_that_cannot_be_written_stops_what_it_is_about(confirmed, draft, paula, monkeypatch):
    operation = confirmed(draft)

    def full_disk(*args, **kwargs):
        raise OSError("No space left on device")

    events = Event.objects.count()
    with monkeypatch.context() as patch:
        patch.setattr(AuditEntry, "record", full_disk)
        with pytest.raises(OSError, match="No space"):
            relay.cancel(operation, paula)
    operation.refresh_from_db()
    assert operation.state == State.QUEUED
    assert Event.objects.count() == events
    relay.cancel(operation, paula)
    assert operation.state == State.CANCELLED


def test_a_new_version_sends_the_bytes_that_the_old_one_froze(confirmed, draft, work, sandbox, monkeypatch):
    operation = confirmed(draft)
    document_of = providers.document("airship")
    monkeypatch.setattr(document_of, "to_bytes", lambda document: b'{"written": "otherwise"}')
    work()
    operation.refresh_from_db()
    assert operation.state == State.SUCCEEDED
    [effect] = sandbox.effects(kind="created")
    assert effect.body.encode() == operation.body


def test_a_state_that_only_a_newer_version_knows_is_left_alone(confirmed, draft, sandbox):
    operation = confirmed(draft)
    put(operation, state="from_later")
    relay.send(operation.pk)
    relay.reconcile(operation.pk)
    found = relay.sweep()
    operation.refresh_from_db()
    assert operation.state == "from_later"
    assert str(operation.pk) not in found.to_send + found.to_look_up
    assert not sandbox.effects(kind="created")
