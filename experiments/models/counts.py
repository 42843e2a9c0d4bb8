"""How many tests a workspace has in which state, and how fresh they are: one statement each.

Plain SQL, because building these unions anew for every page costs more than all the rest of the page. Counts stop just
above MOST, so that a page costs the same with a thousand tests and with a million.
"""

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from experiments.models.experiments import Status
from experiments.models.states import State
from workspaces.models import Workspace

# States of an operation in which somebody has to look at it.
TROUBLED = (State.UNKNOWN, State.RECONCILING, State.NEEDS_PERSON, State.CONFLICT, State.PARKED)
MOST = 1000
LATE_AFTER = timedelta(seconds=30)  # a worker takes a queued operation within a second or two
AWAITED_FOR = timedelta(minutes=1)  # then a page stops asking whether the read that was asked for has ended

COUNTS = """
SELECT 'status' AS part, status AS label, COUNT(*) AS total, COUNT(*) FILTER (WHERE needs_attention) AS flagged
  FROM experiments_draft WHERE workspace_id = %s AND removed_at IS NULL AND sent_at IS NULL GROUP BY status
UNION ALL
SELECT 'status', CASE status WHEN 'draft' THEN 'not_started' ELSE status END, COUNT(*), 0 FROM experiments_experiment
 WHERE workspace_id = %s AND status IN ('draft', 'scheduled', 'sending', 'running', 'paused', '') GROUP BY status
UNION ALL
SELECT 'status', 'finished', (SELECT COUNT(*) FROM (
  SELECT 1 FROM experiments_experiment WHERE workspace_id = %s AND status = 'finished' LIMIT 1001) AS seen), 0
UNION ALL
SELECT 'status', 'deleted', (SELECT COUNT(*) FROM (
  SELECT 1 FROM experiments_experiment WHERE workspace_id = %s AND status = 'deleted' LIMIT 1001) AS seen), 0
UNION ALL
SELECT 'flagged', '', 0, (SELECT COUNT(*) FROM (
  SELECT 1 FROM experiments_experiment WHERE workspace_id = %s AND needs_attention LIMIT 1001) AS seen)
UNION ALL
SELECT 'operations', state, COUNT(*), 0 FROM (
  SELECT state FROM experiments_operation WHERE workspace_id = %s AND kind <> 'validate'
    AND state IN ('unknown', 'reconciling', 'needs_person', 'conflict', 'parked') LIMIT 1001) AS seen GROUP BY state
UNION ALL
SELECT 'held', '', COUNT(*), 0 FROM (
  SELECT 1 FROM experiments_operation WHERE workspace_id = %s AND reason IN ('held_after_all', 'held_twice')
    AND fence_at > CURRENT_TIMESTAMP LIMIT 1001) AS seen
UNION ALL
SELECT 'late', '', COUNT(*) FILTER (WHERE kind <> 'validate'), COUNT(*) FILTER (WHERE kind = 'validate') FROM (
  SELECT kind FROM experiments_operation WHERE workspace_id = %s AND state = 'queued' AND not_before < %s LIMIT 1001
) AS seen
"""

# The connections come first: their columns give the union its types.
OVERVIEW = (
    """
SELECT 'connection' AS part, c.name AS label, 0 AS total, 0 AS flagged, CAST(c.id AS text), c.provider, c.health,
       COALESCE(s.reason, ''), CASE WHEN s.reason <> '' THEN s.message ELSE c.health_message END,
       s.finished_at, s.asked_at, s.started_at, s.not_before, c.worked_at
  FROM workspaces_connection c LEFT JOIN experiments_sync s ON s.connection_id = c.id
 WHERE c.workspace_id = %s AND NOT c.is_removed
UNION ALL
SELECT 'member', COALESCE(NULLIF(u.name, ''), u.email), 0, 0, CAST(u.id AS text), '', '', '', '',
       NULL, NULL, NULL, NULL, NULL
  FROM workspaces_membership m JOIN workspaces_user u ON u.id = m.user_id WHERE m.workspace_id = %s
UNION ALL
SELECT part, label, total, flagged, '', '', '', '', '', NULL, NULL, NULL, NULL, NULL FROM ("""
    + COUNTS
    + ") AS counts"
)


@dataclass
class Counts:
    """`by_status` counts drafts and experiments together, and stops just above MOST.

    `troubled` counts operations by state, those of TROUBLED; `held` are settled sends of which a provider holds a test
    too many that has not gone out; `late_sends` and `late_checks` are queued for long.
    """

    by_status: dict[str, int] = field(default_factory=dict)
    needing_attention: int = 0
    troubled: dict[str, int] = field(default_factory=dict)
    held: int = 0
    late_sends: int = 0
    late_checks: int = 0

    @property
    def tests(self) -> int:
        """All but the deleted ones."""
        return sum(number for status, number in self.by_status.items() if status != Status.DELETED)

    @property
    def tests_words(self) -> str:
        return shown(self.tests)

    @property
    def attention(self) -> int:
        return sum(self.troubled.values()) + self.held

    @property
    def attention_words(self) -> str:
        return shown(self.attention)

    def add(self, part: str, label: str, total: int, flagged: int) -> None:
        if part == "late":
            self.late_sends, self.late_checks = total, flagged
            return
        if part == "held":
            self.held = total
            return
        self.needing_attention += flagged
        if part == "operations":
            self.troubled[label] = total
        elif part == "status":
            self.by_status[label] = self.by_status.get(label, 0) + total


def shown(number: int) -> str:
    """ "128", "1,000+"."""
    return f"{number:,}" if number <= MOST else f"{MOST:,}+"


@dataclass(frozen=True)
class Reading:
    """A connection, and how far its mirror is. `reason` is the last read's failure, empty where it went well."""

    id: uuid.UUID
    name: str
    provider: str
    health: str
    reason: str
    message: str
    finished_at: datetime | None
    asked_at: datetime | None
    started_at: datetime | None
    not_before: datetime | None
    worked_at: datetime | None

    def is_awaited(self, now: datetime) -> bool:
        """Somebody pressed “read again” a moment ago, and no read that began since has ended."""
        if self.asked_at is None or self.asked_at < now - AWAITED_FOR:
            return False
        has_begun = self.started_at is not None and self.started_at >= self.asked_at
        has_ended = bool(self.reason) or (self.finished_at is not None and self.finished_at >= self.asked_at)
        return not (has_begun and has_ended)


@dataclass
class Overview:
    """What the list's page needs beside its rows. `members` is (user id, name) by name."""

    counts: Counts = field(default_factory=Counts)
    connections: list[Reading] = field(default_factory=list)
    members: list[tuple[int, str]] = field(default_factory=list)


def count_tests(workspace: Workspace) -> Counts:
    """The counts of a workspace, in one statement."""
    counts = Counts()
    for row in _rows(COUNTS, workspace):
        counts.add(*row)
    return counts


def look_over(workspace: Workspace) -> Overview:
    """Counts, connections with their freshness, and members, in one statement."""
    overview = Overview()
    for part, label, total, flagged, key, provider, health, reason, message, *times in _rows(OVERVIEW, workspace):
        if part == "connection":
            known = (uuid.UUID(key), label, provider, health, reason, message)
            overview.connections.append(Reading(*known, *(utc(at) for at in times)))
        elif part == "member":
            overview.members.append((int(key), label))
        else:
            overview.counts.add(part, label, total, flagged)
    overview.connections.sort(key=lambda reading: reading.name.casefold())
    overview.members.sort(key=lambda member: member[1].casefold())
    return overview


def utc(value: Any) -> datetime | None:
    """A moment from a plain cursor: SQLite hands out text or naive datetimes in UTC, PostgreSQL aware ones."""
    moment: datetime | None = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment


def _rows(statement: str, workspace: Workspace) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        late = connection.ops.adapt_datetimefield_value(timezone.now() - LATE_AFTER)
        cursor.execute(statement, [*[workspace.pk] * (statement.count("%s") - 1), late])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
