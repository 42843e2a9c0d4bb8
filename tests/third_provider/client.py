"""The eight functions, over a letterbox in memory instead of a network."""

import json
import uuid
from datetime import UTC, datetime

from experiments.providers.marker import split_marker
from experiments.providers.outcomes import OutcomeUnknown, Rejected
from experiments.providers.shapes import (
    Answer,
    Created,
    Deleted,
    KeyCheck,
    Page,
    RemoteExperiment,
    RemoteVariant,
    Report,
    Validated,
)

HELD: dict[str, dict] = {}
LOSE_NEXT_ANSWER: list[bool] = []


def check_key(account):
    return KeyCheck(Answer(200), len(HELD))


def list_experiments(account, offset=0, limit=100):
    return Page(tuple(_remote(key) for key in list(HELD)[offset : offset + limit]), len(HELD), None)


def list_scheduled(account, offset=0, limit=100):
    return Page((), 0, None)


def look_up(account, remote_id):
    return _remote(remote_id) if remote_id in HELD else None


def validate(account, body):
    return Validated(Answer(200))


def create(account, body, on_connected=None):
    if on_connected:
        on_connected()
    remote_id = str(uuid.uuid4())
    HELD[remote_id] = json.loads(body) | {"created_at": datetime.now(UTC).isoformat()}
    if LOSE_NEXT_ANSWER:
        LOSE_NEXT_ANSWER.pop()
        raise OutcomeUnknown("no_answer", "No answer came.")
    return Created(remote_id, remote_id, Answer(201))


def delete(account, remote_id, on_connected=None):
    if on_connected:
        on_connected()
    if not HELD.pop(remote_id, None):
        raise Rejected("already_gone", "There is no such letter.", Answer(404))
    return Deleted(Answer(200))


def report(account, push_id):
    return Report(0, 0, 0, ())


def _remote(remote_id):
    raw = HELD[remote_id] | {"id": remote_id}
    _, marker = split_marker(raw.get("description", ""))
    variants = tuple(RemoteVariant(n, one["name"], 1, None, one) for n, one in enumerate(raw["variants"]))
    created_at = datetime.fromisoformat(raw["created_at"])
    return RemoteExperiment(
        remote_id, raw["name"], raw["description"], raw, created_at=created_at, variants=variants, marker=marker
    )
