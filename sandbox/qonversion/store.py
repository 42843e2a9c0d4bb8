"""Qonversion's projects, experiments, groups and attached users, and the effects that happened to them.

A project has two environments, told apart by the secret key alone; every row belongs to one key.

Effects: `created`, `changed`, `deleted`; `group_created`, `group_changed`, `group_deleted`; `started` and `resumed`
(the two that let people in), `paused`, `finished`, `redrafted`; `attached`, `detached`. A request that changes nothing
has none.
"""

import json
import secrets
import string
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from sandbox.ledger import fingerprint, text_of
from sandbox.state import State

LETTERS = string.ascii_letters + string.digits


@dataclass(frozen=True, slots=True)
class Project:
    """`size` is how many users come by a paywall; `project_key` is the one that apps carry and this API refuses."""

    number: int
    name: str
    size: int
    project_key: str
    secret_key: str
    test_secret_key: str


@dataclass(frozen=True, slots=True)
class Environment:
    """What one secret key opens."""

    key: str
    project: Project

    @property
    def size(self) -> int:
        """Few people use an app's sandbox build."""
        return self.project.size if self.key == self.project.secret_key else self.project.size // 500


@dataclass(frozen=True, slots=True)
class Experiment:
    """`fields` are those of the create body, as they stand now. `lived` (active) and `aged` (active or paused) are
    accelerated seconds until `settled_at`.
    """

    number: int
    id: str
    key: str
    fields: Mapping[str, Any]
    status: str
    started_at: float | None
    finished_at: float | None
    created_at: float
    updated_at: float
    deleted_at: float | None
    settled_at: float
    lived: float
    aged: float

    @property
    def url(self) -> str:
        return f"/v4/experiments/{self.id}"

    @property
    def context_key(self) -> str:
        return str(self.fields.get("context_key", ""))


@dataclass(frozen=True, slots=True)
class Group:
    """`place` counts the groups of an experiment from 1; `entered` people had come until the experiment's last
    settlement.
    """

    number: int
    id: str
    experiment: int
    place: int
    fields: Mapping[str, Any]
    created_at: float
    updated_at: float
    entered: float

    @property
    def weight(self) -> float:
        return max(0.0, float(self.fields["weight"]))

    @property
    def is_control(self) -> bool:
        return bool(self.fields["is_control"])


# The columns that are read; the views end with those that only conditions ask for.
EXPERIMENT = tuple(field.name for field in fields(Experiment))
GROUP = tuple(field.name for field in fields(Group))


def new_key(prefix: str = "") -> str:
    """The vendor documents the prefixes; the rest is ours."""
    return prefix + "".join(secrets.choice(LETTERS) for _ in range(32))


class Store:
    """A view on the sandbox's state; holds nothing itself."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.run = state.run

    # projects

    def projects(self) -> list[Project]:
        return [Project(*row) for row in self.run("SELECT * FROM projects ORDER BY number")]

    def add_project(self, name: str, size: int) -> Project:
        self.run(
            "INSERT INTO projects (name, size, project_key, secret_key, test_secret_key) VALUES (?, ?, ?, ?, ?)",
            *(name, size, new_key(), new_key("sk_"), new_key("test_sk_")),
        )
        return self.projects()[-1]

    def environment(self, key: str) -> Environment | None:
        rows = self.run("SELECT * FROM projects WHERE ? IN (secret_key, test_secret_key)", key)
        return Environment(key, Project(*rows[0])) if rows else None

    def is_project_key(self, key: str) -> bool:
        return bool(self.run("SELECT 1 FROM projects WHERE project_key = ?", key))

    # experiments

    def add_experiment(
        self, key: str, fields: Mapping[str, Any], status: str, now: float, visible_at: float
    ) -> Experiment:
        identity = str(uuid.uuid4())
        self.run(
            "INSERT INTO paywall_experiments (id, key, alias_id, fields, status, created_at, updated_at, visible_at,"
            " settled_at, lived, aged) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0)",
            *(identity, key, fields["alias_id"], json.dumps(fields), status, now, now, visible_at, now),
        )
        return self.experiment(identity)

    def experiment(self, identity: str) -> Experiment:
        """By id, deleted ones too. Raises IndexError."""
        return self._experiments(self.run("SELECT * FROM stored_experiments WHERE id = ?", identity))[0]

    def find(self, key: str, identity: str, *, with_alias: bool = False) -> Experiment | None:
        """By id, else by alias if asked for; the newest of several. Not the deleted."""
        found = self.run(
            "SELECT * FROM stored_experiments WHERE key = ? AND id = ? AND deleted_at IS NULL", key, identity
        )
        return next(iter(self._experiments(found)), None) or (self.by_alias(key, identity) if with_alias else None)

    def by_alias(self, key: str, alias: str, *, with_deleted: bool = False) -> Experiment | None:
        rows = self.run(
            "SELECT * FROM stored_experiments WHERE key = ? AND alias_id = ? AND (deleted_at IS NULL OR ?)"
            " ORDER BY number DESC",
            *(key, alias, int(with_deleted)),
        )
        return next(iter(self._experiments(rows)), None)

    def listed(self, key: str, now: float) -> list[Experiment]:
        """All of one key that the list may show by now, oldest first, deleted ones too."""
        return self._experiments(
            self.run("SELECT * FROM stored_experiments WHERE key = ? AND visible_at <= ? ORDER BY number", key, now)
        )

    def was_deleted(self, key: str, identity: str) -> bool:
        return bool(
            self.run(
                "SELECT 1 FROM paywall_experiments WHERE key = ? AND id = ? AND deleted_at IS NOT NULL", key, identity
            )
        )

    def write_fields(self, experiment: Experiment, fields: Mapping[str, Any], now: float) -> None:
        self.run(
            "UPDATE paywall_experiments SET fields = ?, alias_id = ?, updated_at = ? WHERE number = ?",
            *(json.dumps(fields), fields["alias_id"], now, experiment.number),
        )

    def write_status(
        self, experiment: Experiment, status: str, started_at: float | None, finished_at: float | None, now: float
    ) -> None:
        self.run(
            "UPDATE paywall_experiments SET status = ?, started_at = ?, finished_at = ?, updated_at = ?"
            " WHERE number = ?",
            *(status, started_at, finished_at, now, experiment.number),
        )

    def write_life(self, experiment: Experiment, settled_at: float, lived: float, aged: float) -> None:
        self.run(
            "UPDATE paywall_experiments SET settled_at = ?, lived = ?, aged = ? WHERE number = ?",
            *(settled_at, lived, aged, experiment.number),
        )

    def delete(self, experiment: Experiment, now: float, *, frees_users: bool) -> None:
        self.run("UPDATE paywall_experiments SET deleted_at = ? WHERE number = ?", now, experiment.number)
        if frees_users:
            self.run("DELETE FROM attachments WHERE experiment = ?", experiment.number)

    @staticmethod
    def _experiments(rows: Iterable[tuple[Any, ...]]) -> list[Experiment]:
        return [Experiment(**dict(zip(EXPERIMENT, row, strict=False)) | {"fields": json.loads(row[3])}) for row in rows]

    # groups

    def groups(self, experiment: Experiment) -> list[Group]:
        """Oldest first."""
        rows = self.run("SELECT * FROM stored_groups WHERE experiment = ? ORDER BY number", experiment.number)
        return [Group(**dict(zip(GROUP, row, strict=False)) | {"fields": json.loads(row[4])}) for row in rows]

    def add_group(self, experiment: Experiment, fields: Mapping[str, Any], now: float) -> Group:
        self.run(
            "INSERT INTO paywall_groups (id, experiment, place, fields, created_at, updated_at, entered)"
            " SELECT ?, ?, COALESCE(MAX(place), 0) + 1, ?, ?, ?, 0 FROM paywall_groups WHERE experiment = ?",
            *(secrets.token_hex(4), experiment.number, json.dumps(fields), now, now, experiment.number),
        )
        return self.groups(experiment)[-1]

    def group_owner(self, key: str, group_id: str) -> int | None:
        """The number of the experiment, of the same key, whose group this is."""
        rows = self.run(
            "SELECT experiment FROM paywall_groups JOIN paywall_experiments ON experiment = paywall_experiments.number"
            " WHERE paywall_groups.id = ? AND key = ? AND deleted_at IS NULL",
            *(group_id, key),
        )
        return int(rows[0][0]) if rows else None

    def write_group(self, group: Group, fields: Mapping[str, Any], now: float) -> None:
        self.run(
            "UPDATE paywall_groups SET fields = ?, updated_at = ? WHERE number = ?",
            *(json.dumps(fields), now, group.number),
        )

    def write_entered(self, group: Group, entered: float) -> None:
        self.run("UPDATE paywall_groups SET entered = ? WHERE number = ?", entered, group.number)

    def delete_group(self, group: Group) -> None:
        self.run("DELETE FROM paywall_groups WHERE number = ?", group.number)
        self.run("DELETE FROM attachments WHERE experiment = ? AND group_id = ?", group.experiment, group.id)

    # attached users

    def attached_to(self, key: str, user_id: str) -> list[Experiment]:
        rows = self.run(
            "SELECT * FROM stored_experiments WHERE number IN"
            " (SELECT experiment FROM attachments WHERE key = ? AND user_id = ?)",
            *(key, user_id),
        )
        return self._experiments(rows)

    def attached_group(self, experiment: Experiment, user_id: str) -> str | None:
        rows = self.run(
            "SELECT group_id FROM attachments WHERE key = ? AND user_id = ? AND experiment = ?",
            *(experiment.key, user_id, experiment.number),
        )
        return str(rows[0][0]) if rows else None

    def attach(self, experiment: Experiment, user_id: str, group_id: str) -> None:
        self.run(
            "INSERT OR REPLACE INTO attachments VALUES (?, ?, ?, ?)",
            *(experiment.key, user_id, experiment.number, group_id),
        )

    def detach(self, experiment: Experiment, user_id: str) -> None:
        self.run(
            "DELETE FROM attachments WHERE key = ? AND user_id = ? AND experiment = ?",
            *(experiment.key, user_id, experiment.number),
        )

    # effects

    def record(
        self,
        kind: str,
        experiment: Experiment,
        project: Project,
        body: bytes,
        at: float,
        *,
        group_id: str = "",
        user_id: str = "",
        counts: Mapping[str, object] | None = None,
    ) -> None:
        """One effect, with the bytes of the request that had it."""
        fields = experiment.fields
        self.run(
            "INSERT INTO effects (kind, app_key, experiment_id, push_id, at, sha256, body, name, description, counts)"
            " VALUES (?, ?, ?, '', ?, ?, ?, ?, ?, ?)",
            *(kind, experiment.key, experiment.id, at, fingerprint(body), text_of(body)),
            *(_plain(fields["name"]), _plain(fields.get("description") or "")),
            None if counts is None else json.dumps(counts),
        )
        self.run(
            "INSERT INTO effect_details VALUES (last_insert_rowid(), ?, ?, ?, ?)",
            *(project.name, fields["alias_id"], group_id, user_id),
        )


def _plain(text: str) -> str:
    """Text that SQLite can keep: a lone surrogate becomes a question mark."""
    return text.encode("utf-8", "replace").decode()
