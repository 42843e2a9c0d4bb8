"""The tests of a workspace, page by page: drafts and what providers hold, in one statement.

Plain SQL of constant pieces, every value a parameter. A page is found by the place of the row before it (keyset), never
by counting rows off, so that the last page costs what the first one costs. Each order consists of streams: rows of one
table with one key, whose rank says which stream comes first. Equal keys go by id, downwards.
"""

import base64
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple

from django.db import connection

from experiments.models.counts import utc
from experiments.models.experiments import Status
from workspaces.models import Workspace

SIZES = (25, 50, 100)
SORTS = {"next": "What is next", "newest": "Newest", "edited": "Last edited", "name": "Name"}
# "" is a word of a provider's that nobody knows.
LISTED = (*(status.value for status in Status if status != Status.DELETED), "")
NOT_STARTED = "not_started"  # a provider's own draft, which is none of ours
AHEAD = (Status.SCHEDULED.value, Status.SENDING.value)
BEGINNING_OF_TIME = datetime(1970, 1, 1, tzinfo=UTC)


class Row(NamedTuple):
    """What the list shows of one test. `shares` and `tags` are JSON as text: most rows are drawn from a cache."""

    rank: int
    up: Any
    down: Any
    id: str
    is_draft: int
    name: str
    provider: str
    channels: str
    shares: str
    tags: str
    status: str
    needs_attention: bool
    scheduled_at: datetime | None
    when_at: datetime
    updated_at: datetime
    owner: str
    problems: int
    is_ours: bool
    gone_at: datetime | None
    remote_status: str


class Place(NamedTuple):
    """Where a page begins or ends: the stream's rank, the key in it, and the row's id."""

    sort: str
    rank: int
    key: Any
    id: uuid.UUID

    def __str__(self) -> str:
        key = self.key.isoformat() if isinstance(self.key, datetime) else self.key
        text = json.dumps([self.sort, self.rank, key, self.id.hex], ensure_ascii=False, separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    @classmethod
    def read(cls, text: str, sort: str) -> "Place | None":
        """The place that an address names; None where it names none, or one of another order."""
        if not text or len(text) > 2000:
            return None
        try:
            padded = text.encode("ascii") + b"=" * (-len(text) % 4)
            named, rank, key, row_id = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
            if named != sort or type(rank) is not int or not isinstance(key, str) or "\0" in key:
                return None
            key.encode()  # a lone surrogate is no text that a database takes
            moment = None if sort == "name" else datetime.fromisoformat(key).astimezone(UTC)
            return cls(sort, rank, moment or key, uuid.UUID(hex=row_id))
        except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
            return None


@dataclass(frozen=True)
class Wanted:
    """What a page of the list is asked for. Empty means: does not matter.

    `status` may also be "attention", or "not_started" for a provider's own drafts.
    """

    status: str = ""
    text: str = ""
    providers: Sequence[str] = ()
    connections: Sequence[uuid.UUID] = ()
    owners: Sequence[int] = ()
    tag: str = ""
    since: datetime | None = None
    until: datetime | None = None
    sort: str = "next"
    size: int = 50
    after: Place | None = None
    before: Place | None = None


@dataclass(frozen=True)
class Leaf:
    """One page. `earlier` and `later` are where the neighbours begin, None where there is none."""

    rows: list[Row]
    earlier: Place | None
    later: Place | None


class Stream(NamedTuple):
    table: str
    rank: int
    key: str
    goes_up: bool
    statuses: tuple[str, ...]


@cache
def _streams(sort: str) -> list[Stream]:
    if sort != "next":
        key = {"newest": "t.when_at", "edited": "t.updated_at", "name": "LOWER(t.name)"}[sort]
        return [Stream(table, 0, key, sort == "name", (*LISTED, "deleted")) for table in ("draft", "experiment")]
    past = tuple(status for status in (*LISTED, "deleted") if status not in AHEAD)
    return [
        Stream("experiment", 0, "t.when_at", True, AHEAD),
        Stream("draft", 0, "t.when_at", True, AHEAD),
        Stream("draft", 1, "t.updated_at", False, past),
        Stream("experiment", 2, "t.when_at", False, past),
    ]


# What only one of the tables has. A draft that is listed has no `removed_at`: a NULL of the right type.
_OWN = {
    "experiment": "0, t.operation_id IS NOT NULL, t.gone_at, t.remote_status FROM experiments_experiment t",
    "draft": "t.problems, FALSE, t.removed_at, '' FROM experiments_draft t",
}
_IS_DRAFT = {"experiment": "0", "draft": "1"}
_SHOWN = """t.name, t.provider, t.channels, CAST(t.shares AS text), CAST(t.tags AS text), t.status, t.needs_attention,
t.scheduled_at, t.when_at, t.updated_at, COALESCE(NULLIF(u.name, ''), u.email, ''),"""
_ORDERS = {  # (goes up, is read backwards): inside a stream, by key and id
    (True, False): "ORDER BY {key}, t.id DESC",
    (False, False): "ORDER BY {key} DESC, t.id DESC",
    (True, True): "ORDER BY {key} DESC, t.id",
    (False, True): "ORDER BY {key}, t.id",
}
_WHOLE_ORDER = {False: "ORDER BY 1, 2, 3 DESC, 4 DESC", True: "ORDER BY 1 DESC, 2 DESC, 3, 4"}
_BEYOND = {  # the rows behind a place, by what changes from row to row
    (True, False): "{key} >= %s AND ({key} > %s OR t.id < %s)",
    (False, False): "{key} <= %s AND ({key} < %s OR t.id < %s)",
    (True, True): "{key} <= %s AND ({key} < %s OR t.id > %s)",
    (False, True): "{key} >= %s AND ({key} > %s OR t.id > %s)",
}


def leaf(workspace: Workspace, wanted: Wanted) -> Leaf:
    """One page of the list, in one statement."""
    place, is_backward = (wanted.before, True) if wanted.before else (wanted.after, False)
    parts: list[str] = []
    values: list[Any] = []
    for stream in _streams(wanted.sort):
        part, its_values = _part(stream, workspace, wanted, place, is_backward)
        if part:
            parts.append(part)
            values += its_values
    if not parts:
        return Leaf([], None, None)
    statement = " UNION ALL ".join(parts) + " " + _WHOLE_ORDER[is_backward] + " LIMIT %s"
    with connection.cursor() as cursor:
        cursor.execute(statement, [*values, wanted.size + 1])
        found = [_row(values) for values in cursor.fetchall()]
    has_more, rows = len(found) > wanted.size, found[: wanted.size]
    if is_backward:
        rows.reverse()
    has_earlier, has_later = (has_more, True) if is_backward else (place is not None, has_more)
    return Leaf(
        rows,
        _place(wanted.sort, rows[0]) if rows and has_earlier else None,
        _place(wanted.sort, rows[-1]) if rows and has_later else None,
    )


def _part(
    stream: Stream, workspace: Workspace, wanted: Wanted, place: Place | None, is_backward: bool
) -> tuple[str, list[Any]]:
    """One stream's rows up to the page's end; an empty text where it cannot have any."""
    statuses = _statuses(stream, wanted.status)
    is_over = place is not None and (stream.rank > place.rank if is_backward else stream.rank < place.rank)
    if not statuses or is_over:
        return "", []
    lines, values = _conditions(stream, statuses, workspace, wanted)
    if place is not None and stream.rank == place.rank:
        lines.append(_BEYOND[stream.goes_up, is_backward].replace("{key}", stream.key))
        key = _adapted(place.key)
        values += [key, key, _adapted(place.id)]
    still = "%s" if wanted.sort != "name" else "''"
    keys = [stream.key, still] if stream.goes_up else [still, stream.key]
    chosen = [str(stream.rank), *keys, "t.id", _IS_DRAFT[stream.table], _SHOWN]
    part = [
        "SELECT * FROM (SELECT",
        ", ".join(chosen),
        _OWN[stream.table],
        "LEFT JOIN workspaces_user u ON u.id = t.owner_id WHERE",
        " AND ".join(lines),
        _ORDERS[stream.goes_up, is_backward].replace("{key}", stream.key),
        "LIMIT %s) AS rows_" + stream.table + str(stream.rank),
    ]
    first = [_adapted(BEGINNING_OF_TIME)] if still == "%s" else []
    return " ".join(part), [*first, *values, wanted.size + 1]


def _statuses(stream: Stream, wanted: str) -> list[str]:
    if wanted in ("", "attention"):
        return [status for status in stream.statuses if status != "deleted"]
    if stream.table == "experiment":
        wanted = {NOT_STARTED: "draft", "draft": NOT_STARTED}.get(wanted, wanted)
    return [status for status in stream.statuses if status == wanted]


def _conditions(
    stream: Stream, statuses: Sequence[str], workspace: Workspace, wanted: Wanted
) -> tuple[list[str], list[Any]]:
    lines = ["t.workspace_id = %s", _among("t.status", statuses)]
    values: list[Any] = [workspace.pk, *statuses]
    if stream.table == "draft":
        lines.append("t.removed_at IS NULL AND t.sent_at IS NULL")
    if wanted.status == "attention":
        lines.append("t.needs_attention")
    for column, chosen in (
        ("t.provider", wanted.providers),
        ("t.connection_id", [_adapted(pk) for pk in wanted.connections]),
        ("t.owner_id", wanted.owners),
    ):
        if chosen:
            lines.append(_among(column, chosen))
            values += chosen
    if wanted.text:
        lines.append(r"UPPER(t.search_text) LIKE UPPER(%s) ESCAPE '\'")
        values.append(_like(wanted.text))
    if wanted.tag:
        # SQLite keeps JSON as it was written, with escapes; PostgreSQL without.
        lines.append(r"(CAST(t.tags AS text) LIKE %s ESCAPE '\' OR CAST(t.tags AS text) LIKE %s ESCAPE '\')")
        values += [_like(json.dumps(wanted.tag, ensure_ascii=is_plain)) for is_plain in (True, False)]
    if wanted.since:
        lines.append("t.when_at >= %s")
        values.append(_adapted(wanted.since))
    if wanted.until:
        lines.append("t.when_at < %s")
        values.append(_adapted(wanted.until))
    return lines, values


def _among(column: str, values: Sequence[Any]) -> str:
    return column + " IN (" + ", ".join(["%s"] * len(values)) + ")"


def _like(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return "%" + escaped + "%"


def _adapted(value: Any) -> Any:
    """A value as this database stores it: SQLite knows neither moments nor UUIDs."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, uuid.UUID):
        return value if connection.features.has_native_uuid_field else value.hex
    return value


def _row(values: Sequence[Any]) -> Row:
    if connection.vendor != "sqlite":
        return Row._make([*values[:3], str(values[3]), *values[4:]])
    row = Row(*values)
    when_at, updated_at = utc(row.when_at) or BEGINNING_OF_TIME, utc(row.updated_at) or BEGINNING_OF_TIME
    times = row._replace(when_at=when_at, updated_at=updated_at, gone_at=utc(row.gone_at))
    return times._replace(id=str(uuid.UUID(row.id)), scheduled_at=utc(row.scheduled_at))


def _place(sort: str, row: Row) -> Place:
    stream = next(stream for stream in _streams(sort) if stream.rank == row.rank)
    key = row.up if stream.goes_up else row.down
    return Place(sort, row.rank, key if sort == "name" else utc(key), uuid.UUID(row.id))
