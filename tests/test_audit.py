"""The record of deeds: only ever added to, and every tampering shows."""

import re
import threading
from pathlib import Path

import pytest
from django.db import connection as database

from experiments.templatetags.activity import DEEDS, deed, detail, thing
from tests.threads import when_free
from workspaces.models import AuditEntry


@pytest.fixture
def three(workspace, alice):
    return [AuditEntry.record(workspace, "sending.stop", by=alice, note=note) for note in ("a", "b", "c")]


def test_entries_are_numbered_and_chained(workspace, three):
    assert [entry.number for entry in three] == [1, 2, 3]
    assert AuditEntry.first_break(workspace) is None


def test_each_workspace_has_its_own_chain(workspace, elsewhere, alice, three):
    assert AuditEntry.record(elsewhere, "sending.stop", by=alice).number == 1
    assert AuditEntry.first_break(elsewhere) is None


@pytest.mark.parametrize(
    "change", [{"action": "sending.resume"}, {"by_name": "Bob"}, {"data": {"note": "x"}}, {"object_name": "y"}]
)
def test_a_changed_entry_shows(workspace, three, change):
    AuditEntry.objects.filter(number=2).update(**change)
    assert AuditEntry.first_break(workspace) == 2


def test_a_missing_entry_shows(workspace, three):
    AuditEntry.objects.filter(number=2)._raw_delete("default")
    assert AuditEntry.first_break(workspace) == 2


def test_two_swapped_entries_show(workspace, three):
    AuditEntry.objects.filter(number=1).update(number=9)
    AuditEntry.objects.filter(number=2).update(number=1)
    AuditEntry.objects.filter(number=9).update(number=2)
    assert AuditEntry.first_break(workspace) == 1


def test_an_entry_can_be_neither_saved_again_nor_deleted(three):
    three[0].action = "x"
    with pytest.raises(TypeError):
        three[0].save()
    with pytest.raises(TypeError):
        three[0].delete()
    assert AuditEntry.objects.get(number=1).action == "sending.stop"


def test_the_name_of_a_deleted_person_stays(workspace, alice, three):
    alice.delete()
    entry = AuditEntry.objects.get(number=1)
    assert (entry.by, entry.by_name) == (None, "Alice")
    assert AuditEntry.first_break(workspace) is None


@pytest.mark.django_db(transaction=True)
def test_entries_of_many_at_once_get_one_number_each(workspace, alice):
    def record() -> None:
        try:
            for _ in range(5):
                when_free(lambda: AuditEntry.record(workspace, "sending.stop", by=alice))
        finally:
            database.close()

    threads = [threading.Thread(target=record) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert AuditEntry.objects.count() == 20
    assert AuditEntry.first_break(workspace) is None


def test_every_deed_that_the_code_writes_down_has_words():
    root = Path(__file__).parent.parent
    code = "\n".join(path.read_text() for app in ("workspaces", "experiments") for path in (root / app).rglob("*.py"))
    written = set(re.findall(r'AuditEntry\.record\(\s*[\w.]+,\s*"([\w.]+)"', code))
    written |= {f"operation.{verb}" for verb in re.findall(r'audit="(\w+)"', code)}
    written |= set(re.findall(r'change_rules\(\w+, "([\w.]+)"', code))
    assert len(written) > 15
    assert written - set(DEEDS) == set()


@pytest.mark.parametrize(
    ("action", "kind", "name", "data", "sentence"),
    [
        ("operation.send", "operation", "Send “Sunday run”", {}, "confirmed sending “Sunday run”"),
        ("operation.undo", "operation", "Delete “Sunday run”", {}, "asked to undo “Sunday run”"),
        (
            "member.role",
            "user",
            "Bob",
            {"from": "editor", "to": "admin"},
            "changed the role of Bob from editor to admin",
        ),
        ("sending.stop", "workspace", "Marlow", {}, "stopped all sending"),
        ("invitation.accept", "user", "Sofia", {"role": "editor"}, "accepted an invitation as editor"),
        ("moon.land_on", "moon", "Io", {}, "moon land on Io"),
    ],
)
def test_an_entry_reads_as_a_sentence(action, kind, name, data, sentence):
    entry = AuditEntry(action=action, object_type=kind, object_name=name, data=data)
    assert " ".join(part for part in (deed(entry), thing(entry), detail(entry)) if part) == sentence
