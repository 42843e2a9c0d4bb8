"""Tests at a provider that may be, or are, what one operation made: each as a row with what can be done about it."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.dateparse import parse_datetime

from experiments import ledger
from experiments.models import Experiment, Kind, Operation
from experiments.relay.copies import is_last


@dataclass
class Candidate:
    """One test. `deletion` is a delete of it that was asked for, `said` how that stands in words."""

    id: str
    name: str = ""
    created_at: datetime | None = None
    scheduled_at: datetime | None = None
    experiment: Experiment | None = None
    deletion: Operation | None = None
    said: str = ""
    is_ours: bool = False
    is_last: bool = False

    @property
    def can_be_deleted(self) -> bool:
        return not self.is_last and (self.deletion is None or self.deletion.is_final)


def candidates_of(operation: Operation) -> list[Candidate]:
    """A row for each of the operation's matches, with what the look that found it saw, and what the mirror knows."""
    if not operation.matches:
        return []
    found = {match: Candidate(match, is_ours=match == operation.remote_id) for match in operation.matches}
    for event in operation.events.filter(data__has_key="candidates").order_by("pk"):
        for seen in event.data["candidates"]:
            if candidate := found.get(seen["id"]):
                candidate.name = seen["name"]
                candidate.created_at = parse_datetime(seen["created_at"]) if seen["created_at"] else None
                candidate.scheduled_at = parse_datetime(seen["scheduled_at"]) if seen["scheduled_at"] else None
    _add_mirrored(operation, found)
    _add_deletions(operation, found)
    for candidate in found.values():
        candidate.is_last = is_last(operation, candidate.id)
    return list(found.values())


def _add_mirrored(operation: Operation, found: dict[str, Candidate]) -> None:
    rows = Experiment.objects.filter(connection_id=operation.connection_id, remote_id__in=list(found))
    for row in rows.select_related("workspace"):
        candidate = found[row.remote_id]
        candidate.experiment = row
        candidate.name = candidate.name or row.name
        candidate.created_at = candidate.created_at or row.created_at
        candidate.scheduled_at = candidate.scheduled_at or row.scheduled_at


def _add_deletions(operation: Operation, found: dict[str, Candidate]) -> None:
    deletions = Operation.objects.filter(
        connection_id=operation.connection_id, kind=Kind.DELETE, target_id__in=list(found)
    )
    for deletion in deletions.select_related("connection", "workspace").order_by("created_at"):
        found[deletion.target_id].deletion = deletion
        found[deletion.target_id].said = ledger.show(deletion).sentence
