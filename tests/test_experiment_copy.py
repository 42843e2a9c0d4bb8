"""A draft made from a test that exists at the provider."""

import json
from typing import Any

import pytest

from experiments.models import Draft, Experiment

REMOTE: dict[str, Any] = {
    "id": "0f3d0f6c-9a55-4d9e-8d8d-111111111111",
    "push_id": "p",
    "created_at": "2026-10-01T08:00:00",
    "name": "Spring sale",
    "description": "Which offer? [ref abx-0123456789abcdefghjkmnpqrs]",
    "audience": {"tag": "shoppers"},
    "device_types": ["ios"],
    "future_key": {"kept": 1},
    "variants": [
        {
            "id": 0,
            "push": {"notification": {"alert": "A", "unknown": True}},
            "schedule": {"scheduled_time": "2026-10-02T08:00:00"},
        }
    ],
}


@pytest.fixture
def experiment(connection):
    return Experiment.objects.create(
        workspace=connection.workspace,
        connection=connection,
        remote_id=REMOTE["id"],
        name="Spring sale",
        raw_text=json.dumps(REMOTE),
        tags=["spring"],
    )


def address(experiment):
    return f"/w/marlow/experiments/{experiment.pk}/copy/"


def test_a_copy_leaves_out_ids_marker_and_time_and_keeps_the_rest(experiment, visit, bob):
    response = visit(bob).post(address(experiment))
    draft = Draft.objects.get(from_experiment=experiment)
    assert response["Location"] == draft.get_absolute_url()
    assert draft.newest.document == {
        "name": "Spring sale (copy)",
        "description": "Which offer?",
        "audience": {"tag": "shoppers"},
        "device_types": ["ios"],
        "future_key": {"kept": 1},
        "variants": [{"push": {"notification": {"alert": "A", "unknown": True}}}],
    }
    assert draft.tags == ["spring"]
    assert visit(bob).get(draft.get_absolute_url()).status_code == 200


def test_a_copy_of_a_test_whose_connection_was_removed_has_none(experiment, connection, visit, bob):
    connection.is_removed = True
    connection.save(update_fields=["is_removed"])
    visit(bob).post(address(experiment))
    draft = Draft.objects.get(from_experiment=experiment)
    assert draft.connection is None
    assert "This test has no connection" in visit(bob).get(draft.get_absolute_url()).content.decode()


@pytest.mark.parametrize(("who", "status"), [("vera", 403), ("charlie", 404)])
def test_who_may_not_write_may_not_copy(experiment, visit, request, who, status):
    assert visit(request.getfixturevalue(who)).post(address(experiment)).status_code == status
    assert not Draft.objects.exists()
