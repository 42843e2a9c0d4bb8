"""Signs that the rows were restored from a backup, or copied. None of them sees everything (docs/restoring.md):

the place      which cluster, timeline, database and table, or which file, the rows are in
the witnesses  Redis and a file beside each worker, which remember how new the rows were
the process    the address it serves, the name of its instance, and RESTORE_EPOCH
"""

import contextlib
import json
import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import NotSupportedError, ProgrammingError, connection, transaction
from django.utils import timezone

from experiments.models import Operation
from workspaces.models import Installation
from workspaces.models.installation import address, moved

log = logging.getLogger(__name__)

KEY = "witness"

# What a difference in each part of the place means, in the order in which it is told.
PLACES = {
    "kind": "The data is in another kind of database than when it was adopted.",
    "system": "The data is in another PostgreSQL cluster than when it was adopted.",
    "timeline": "The database was recovered from a backup, or a standby took its place.",
    "database": "The data is in another database than when it was adopted.",
    "table": "The tables were made anew since the data was adopted: a dump was restored.",
    "file": "The database file is not the one that was adopted: it was copied or put back.",
}
OLDER = "The data is older than what was seen before: it was restored from a backup."
FORGOTTEN = "Nobody has swept for a long time and no witness remembers the data: this may be a restored backup."
NOT_YET = "Redis does not answer, and nobody else remembers how new the data is."

_POSTGRESQL = {
    "database": "(SELECT oid::text FROM pg_database WHERE datname = current_database())",
    "table": "to_regclass('experiments_operation')::oid::text",
    "system": "(SELECT system_identifier::text FROM pg_control_system())",
    # Of the log that is written now: the last checkpoint may be older than a standby that took over.
    "timeline": "CASE WHEN NOT pg_is_in_recovery() THEN substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) END",
}
_untold: set[str] = set()  # what this database refuses to tell, so that it is not asked again


@dataclass(frozen=True)
class Mark:
    """How new the rows of the installation `identity` were when somebody saw them."""

    identity: str
    life: int
    tick: int

    def is_newer_than(self, row: Installation) -> bool:
        return self.identity == str(row.identity) and (self.life, self.tick) > (row.life, row.tick)


@dataclass(frozen=True)
class Found:
    """`reason` is "" where nothing speaks against sending. `closes_for_all` where it is not of this process alone."""

    reason: str = ""
    closes_for_all: bool = False
    is_first_start: bool = False
    place: dict[str, Any] = field(default_factory=dict)


def find(row: Installation, seen: Sequence[Mark]) -> Found:
    """`seen` must have been read before `row`."""
    if row.closed_because:
        return Found(row.closed_because)
    elsewhere = moved(row.address, row.instance, row.epoch)
    place = place_now()
    if not row.place and (not elsewhere or not Operation.objects.exists()):
        # The first start, or the first with a version that looks around: taken as it is, where it is.
        return Found(is_first_start=True, place=place)
    if elsewhere:
        return Found(elsewhere)
    reason = _moved_from(row.place, place) or (OLDER if any(mark.is_newer_than(row) for mark in seen) else "")
    if not reason and _is_forgotten(row, seen):
        return Found(FORGOTTEN, closes_for_all=True) if _redis_answers() else Found(NOT_YET)
    return Found(reason, closes_for_all=bool(reason))


def of_this_process() -> dict[str, str]:
    """What the row keeps of the process that adopts the data."""
    return {"address": address(), "instance": settings.INSTANCE, "epoch": settings.RESTORE_EPOCH}


def _moved_from(before: dict[str, Any], place: dict[str, Any]) -> str:
    """What a role may not read is missing, and proves nothing."""
    for name, meaning in PLACES.items():
        if name in before and name in place and before[name] != place[name]:
            return meaning
    return ""


def _is_forgotten(row: Installation, seen: Sequence[Mark]) -> bool:
    is_old = row.ticked_at is not None and row.ticked_at < timezone.now() - timedelta(seconds=settings.LATE_AFTER)
    return is_old and not any(mark.identity == str(row.identity) for mark in seen)


# -- the place


def place_now() -> dict[str, Any]:
    """Where the rows are that this process reads. What the database, or its role, cannot tell is left out."""
    told = _columns(_POSTGRESQL) if connection.vendor == "postgresql" else {"file": _file()}
    return {"kind": connection.vendor, **{name: value for name, value in told.items() if value}}


def _columns(wanted: dict[str, str]) -> dict[str, Any]:
    """Each of the expressions, in one query where all are allowed, else one by one."""
    wanted = {name: sql for name, sql in wanted.items() if name not in _untold}
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(wanted.values())}")
            return dict(zip(wanted, cursor.fetchone() or (), strict=False))
    except (ProgrammingError, NotSupportedError) as error:
        if len(wanted) == 1:
            _untold.update(wanted)
            log.info("this database does not tell its %s: %s", next(iter(wanted)), error)
            return {}
    return {key: value for name, sql in wanted.items() for key, value in _columns({name: sql}).items()}


def _file() -> str:
    """Its number alone: that of its device may be another one after each start of the machine."""
    try:
        return str(Path(str(connection.settings_dict["NAME"])).stat().st_ino)
    except OSError:
        return ""


# -- the witnesses


def seen() -> list[Mark]:
    """What the witnesses remember. One that is gone, or cannot be read, says nothing."""
    told = [cache.get(KEY)]
    with contextlib.suppress(OSError):
        told.append(_path().read_text(encoding="utf-8"))
    return [mark for text in told if text and (mark := _mark(text))]


def witness(row: Installation) -> None:
    """Tell them how new the row is, after it was written. Each keeps the newest that it was told."""
    new = Mark(str(row.identity), row.life, row.tick)
    text = json.dumps([new.identity, new.life, new.tick])
    if not _is_newer_known(new, cache.get(KEY)):
        cache.set(KEY, text, timeout=None)
    with contextlib.suppress(OSError):
        path = _path()
        known = path.read_text(encoding="utf-8") if path.exists() else None
        if not _is_newer_known(new, known):
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh = path.with_name(f"{path.name}-{os.getpid()}")
            fresh.write_text(text, encoding="utf-8")
            fresh.replace(path)


def _is_newer_known(new: Mark, text: str | None) -> bool:
    known = _mark(text) if text else None
    return known is not None and known.identity == new.identity and (known.life, known.tick) > (new.life, new.tick)


def _mark(text: str) -> Mark | None:
    try:
        identity, life, tick = json.loads(text)
        return Mark(str(identity), int(life), int(tick))
    except (ValueError, TypeError):
        return None


def _path() -> Path:
    return Path(settings.DATA_DIR) / "witness"


def _redis_answers() -> bool:
    cache.set(f"{KEY}-asked", 1, timeout=10)
    return bool(cache.get(f"{KEY}-asked") == 1)
