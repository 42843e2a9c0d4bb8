"""What the sandbox remembers, in one SQLite file: app keys, experiments, effects, switches, clock.

Qonversion's rows lie in the same file, and sandbox/qonversion/store.py reads and writes them.

Every method is one step under one lock: two requests never see half a change. Times are seconds since the epoch.
"""

import json
import secrets
import sqlite3
import threading
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.ledger import Effect, fingerprint, headline, text_of
from sandbox.qonversion import tables
from sandbox.switches import Switches, checked

SCHEMA = """
CREATE TABLE IF NOT EXISTS apps (
  key TEXT PRIMARY KEY, secret TEXT NOT NULL, app_secret TEXT NOT NULL, token TEXT NOT NULL,
  name TEXT NOT NULL, size INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS experiments (
  number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, push_id TEXT NOT NULL UNIQUE,
  app_key TEXT NOT NULL, body BLOB NOT NULL, created_at REAL NOT NULL, visible_at REAL NOT NULL,
  starts_at REAL NOT NULL, sort_at REAL NOT NULL, scheduled INTEGER NOT NULL, started_at REAL, deleted_at REAL);
CREATE INDEX IF NOT EXISTS experiments_newest ON experiments (app_key, created_at DESC, number DESC);
CREATE INDEX IF NOT EXISTS experiments_due ON experiments (starts_at) WHERE started_at IS NULL AND deleted_at IS NULL;
CREATE INDEX IF NOT EXISTS experiments_soonest ON experiments (app_key, sort_at, number)
  WHERE started_at IS NULL AND deleted_at IS NULL;
CREATE VIEW IF NOT EXISTS stored AS SELECT number, id, push_id, app_key, body, created_at, visible_at, starts_at,
  scheduled, started_at, deleted_at, sort_at FROM experiments;
CREATE TABLE IF NOT EXISTS pushes (push_id TEXT PRIMARY KEY, app_key TEXT NOT NULL, created_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS effects (
  number INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, app_key TEXT NOT NULL, experiment_id TEXT NOT NULL,
  push_id TEXT NOT NULL, at REAL NOT NULL, sha256 TEXT NOT NULL, body TEXT NOT NULL, name TEXT NOT NULL,
  description TEXT NOT NULL, counts TEXT);
CREATE TABLE IF NOT EXISTS switches (app_key TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY (app_key, name));
CREATE TABLE IF NOT EXISTS clock (id INTEGER PRIMARY KEY CHECK (id = 1), offset_seconds REAL NOT NULL);
"""

EMPTY = (
    "DELETE FROM experiments",
    "DELETE FROM pushes",
    "DELETE FROM effects",
    "DELETE FROM switches",
    "DELETE FROM clock",
    *tables.EMPTY,
)
LARGEST = 2**62  # SQLite's integers end soon after


@dataclass(frozen=True, slots=True)
class App:
    """One app key. `secret` is the master secret, `size` the devices it reaches."""

    key: str
    secret: str
    app_secret: str
    token: str
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Stored:
    """One experiment as received, and its life so far."""

    number: int
    id: str
    push_id: str
    app_key: str
    body: bytes
    created_at: float
    visible_at: float
    starts_at: float
    scheduled: bool
    started_at: float | None
    deleted_at: float | None


def new_key() -> str:
    """22 characters of [A-Za-z0-9_-], as the vendor's keys and secrets have."""
    return secrets.token_urlsafe(16)[:22]


class State:
    """`path` None keeps everything in memory."""

    def __init__(self, path: Path | None) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._database = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute(
            "PRAGMA synchronous=OFF"
        )  # survives a killed process, which is what the sandbox promises
        self._database.executescript(SCHEMA + tables.SCHEMA)
        self._apps = {row[0]: App(*row) for row in self._database.execute("SELECT * FROM apps")}
        self._switches: dict[str, Switches] = {}

    def close(self) -> None:
        with self._lock:
            self._database.close()

    @contextmanager
    def step(self) -> Iterator[None]:
        """Several calls as one change."""
        with self._lock:
            if self._database.in_transaction:
                yield
                return
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")

    def run(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """One statement on this file; its rows."""
        with self._lock:
            return self._database.execute(statement, values).fetchall()

    # apps

    def apps(self) -> list[App]:
        with self._lock:
            return list(self._apps.values())

    def app(self, key: str) -> App | None:
        return self._apps.get(key)

    def add_app(self, name: str, size: int, key: str = "", secret: str = "") -> App:
        app = App(key or new_key(), secret or new_key(), new_key(), secrets.token_urlsafe(32), name, size)
        with self.step():
            self._database.execute(
                "INSERT INTO apps VALUES (?, ?, ?, ?, ?, ?)",
                (app.key, app.secret, app.app_secret, app.token, app.name, app.size),
            )
            self._apps[app.key] = app
        return app

    # experiments

    def add_experiment(
        self,
        app_key: str,
        body: bytes,
        *,
        created_at: float,
        starts_at: float,
        sort_at: float,
        scheduled: bool,
        visible_at: float,
        started_at: float | None = None,
        silently: bool = False,
    ) -> Stored:
        """Stores an experiment with the effect `created`; `silently` leaves the ledger alone (examples)."""
        identity, push_id = str(uuid.uuid4()), str(uuid.uuid4())
        with self.step():
            self._database.execute(
                "INSERT INTO experiments (id, push_id, app_key, body, created_at, visible_at, starts_at, sort_at,"
                " scheduled, started_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(identity, push_id, app_key, body, created_at, visible_at, starts_at, sort_at),
                    *(int(scheduled), started_at),
                ),
            )
            stored = self._one("SELECT * FROM stored WHERE id = ?", identity)
            assert stored is not None
            if not silently:
                self._record("created", stored, created_at)
        return stored

    def experiment(self, app_key: str, identity: str) -> Stored | None:
        with self._lock:
            return self._one("SELECT * FROM stored WHERE app_key = ? AND id = ?", app_key, identity)

    def experiment_by_push(self, app_key: str, push_id: str) -> Stored | None:
        with self._lock:
            return self._one("SELECT * FROM stored WHERE app_key = ? AND push_id = ?", app_key, push_id)

    def delete(self, stored: Stored, now: float) -> None:
        with self.step():
            self._database.execute("UPDATE experiments SET deleted_at = ? WHERE id = ?", (now, stored.id))
            self._record("deleted", stored, now)

    def start(self, stored: Stored, counts: dict[str, object]) -> None:
        with self.step():
            self._database.execute(
                "UPDATE experiments SET started_at = starts_at WHERE id = ? AND started_at IS NULL", (stored.id,)
            )
            self._record("started", stored, stored.starts_at, counts)

    def due(self, now: float) -> list[Stored]:
        """Those whose time has come and which have not started."""
        return self._many(
            "SELECT * FROM stored WHERE started_at IS NULL AND deleted_at IS NULL AND starts_at <= ?"
            " ORDER BY starts_at",
            now,
        )

    def next_start(self) -> float | None:
        with self._lock:
            row = self._database.execute(
                "SELECT MIN(starts_at) FROM experiments WHERE started_at IS NULL AND deleted_at IS NULL"
            ).fetchone()
        return None if row[0] is None else float(row[0])

    def has_name(self, app_key: str, name: str) -> bool:
        rows = self._many("SELECT * FROM stored WHERE app_key = ? AND deleted_at IS NULL", app_key)
        return any(headline(row.body)[0] == name for row in rows)

    def newest(
        self, app_key: str, now: float, limit: int, offset: int, *, with_scheduled: bool, with_deleted: bool
    ) -> tuple[list[Stored], int]:
        """One page of the plain listing, newest first, and the total."""
        return self._page(
            "SELECT COUNT(*) FROM experiments WHERE app_key = :app AND visible_at <= :now AND (started_at IS NOT NULL"
            " OR (deleted_at IS NULL AND :scheduled) OR (deleted_at IS NOT NULL AND :deleted))",
            "SELECT * FROM stored WHERE app_key = :app AND visible_at <= :now AND (started_at IS NOT NULL"
            " OR (deleted_at IS NULL AND :scheduled) OR (deleted_at IS NOT NULL AND :deleted))"
            " ORDER BY created_at DESC, number DESC LIMIT :limit OFFSET :offset",
            {
                "app": app_key,
                "now": now,
                "limit": limit,
                "offset": min(offset, LARGEST),
                "scheduled": int(with_scheduled),
                "deleted": int(with_deleted),
            },
        )

    def upcoming(self, app_key: str, now: float, limit: int, offset: int) -> tuple[list[Stored], int]:
        """One page of the scheduled listing, soonest first, and the total."""
        return self._page(
            "SELECT COUNT(*) FROM experiments WHERE app_key = :app AND visible_at <= :now"
            " AND started_at IS NULL AND deleted_at IS NULL",
            "SELECT * FROM stored WHERE app_key = :app AND visible_at <= :now"
            " AND started_at IS NULL AND deleted_at IS NULL ORDER BY sort_at, number LIMIT :limit OFFSET :offset",
            {"app": app_key, "now": now, "limit": limit, "offset": min(offset, LARGEST)},
        )

    def _page(self, count: str, rows: str, values: dict[str, object]) -> tuple[list[Stored], int]:
        with self._lock:
            total = int(self._database.execute(count, values).fetchone()[0])
            return self._stored(self._database.execute(rows, values)), total

    def _one(self, statement: str, *values: object) -> Stored | None:
        rows = self._many(statement, *values)
        return rows[0] if rows else None

    def _many(self, statement: str, *values: object) -> list[Stored]:
        with self._lock:
            return self._stored(self._database.execute(statement, values))

    @staticmethod
    def _stored(rows: Iterable[tuple[Any, ...]]) -> list[Stored]:
        return [Stored(*row[:11]) for row in rows]

    # plain pushes, known to reports only

    def add_push(self, app_key: str, now: float) -> str:
        push_id = str(uuid.uuid4())
        with self.step():
            self._database.execute("INSERT INTO pushes VALUES (?, ?, ?)", (push_id, app_key, now))
        return push_id

    def push_created_at(self, app_key: str, push_id: str) -> float | None:
        with self._lock:
            row = self._database.execute(
                "SELECT created_at FROM pushes WHERE app_key = ? AND push_id = ?", (app_key, push_id)
            ).fetchone()
        return None if row is None else float(row[0])

    # effects

    def _record(self, kind: str, stored: Stored, at: float, counts: dict[str, object] | None = None) -> None:
        name, description = headline(stored.body)
        self._database.execute(
            "INSERT INTO effects (kind, app_key, experiment_id, push_id, at, sha256, body, name, description, counts)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(kind, stored.app_key, stored.id, stored.push_id, at, fingerprint(stored.body), text_of(stored.body)),
                *(name, description, json.dumps(counts) if counts is not None else None),
            ),
        )

    def effects(self, app_key: str = "", kind: str = "", after: int = 0) -> list[Effect]:
        """The ledger, oldest first; `after` is the number of the last effect already known."""
        with self._lock:
            rows = self._database.execute(
                "SELECT number, kind, app_key, experiment_id, push_id, at, sha256, body, name, description, counts,"
                " project, alias_id, group_id, user_id FROM effects LEFT JOIN effect_details USING (number)"
                " WHERE (? = '' OR app_key = ?) AND (? = '' OR kind = ?) AND number > ? ORDER BY number",
                (app_key, app_key, kind, kind, after),
            ).fetchall()
        return [Effect.from_row(row) for row in rows]

    # switches and clock

    def switches(self, app_key: str = "") -> Switches:
        with self._lock:
            if app_key not in self._switches:
                rows = self._database.execute(
                    "SELECT name, value FROM switches WHERE app_key IN ('', ?) ORDER BY app_key", (app_key,)
                )
                self._switches[app_key] = Switches({name: json.loads(value) for name, value in rows})
            return self._switches[app_key]

    def switch(self, name: str, value: object, app_key: str = "") -> None:
        """Sets one switch for one app key, or for all. Raises UnknownSwitch."""
        position = checked(name, value)
        with self.step():
            self._database.execute(
                "INSERT OR REPLACE INTO switches VALUES (?, ?, ?)", (app_key, name, json.dumps(position))
            )
            self._switches.clear()

    def offset_seconds(self) -> float:
        with self._lock:
            row = self._database.execute("SELECT offset_seconds FROM clock").fetchone()
        return 0.0 if row is None else float(row[0])

    def remember_offset(self, seconds: float) -> None:
        with self.step():
            self._database.execute("INSERT OR REPLACE INTO clock VALUES (1, ?)", (seconds,))

    def forget(self) -> None:
        """Empties everything but the app keys."""
        with self.step():
            for statement in EMPTY:
                self._database.execute(statement)
            self._switches.clear()
