"""The stage: what one test has (sandbox, processes) and what each game has anew (workspace, people, keys, a clock)."""

import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection as database

from experiments import failpoints
from experiments.forms.connections import fingerprint
from experiments.models import Experiment, Operation
from experiments.providers import transport, wire
from experiments.relay import gate
from sandbox import server
from sandbox.ledger import Effect
from sandbox.server import Sandbox
from tests.model.workers import Workers
from workspaces.models import AuditEntry, Connection, Installation, Membership, Role, User, Workspace

START = datetime(2027, 1, 10, 9, 0, tzinfo=UTC)
IN_TIME = 10.0  # real seconds until the sandbox has done what it was asked

_numbers = itertools.count(1)


@dataclass
class Stage:
    """What all games of one test share."""

    sandbox: Sandbox
    workers: Workers
    answered: int = 0  # requests with which the sandbox is through
    offset: float = 0.0  # seconds by which the game's clock was put forward
    is_network_down: bool = False
    is_broken: bool = False  # a positive control: the relay was sabotaged on purpose
    moves: set[tuple[str, str]] = field(default_factory=set)  # taken in any game, as (from, to)
    games: int = 0
    steps: int = 0

    def settle(self) -> None:
        """Wait until the sandbox is through with every request that has left."""
        until = time.monotonic() + IN_TIME
        while self.answered < self.workers.sent:
            assert time.monotonic() < until, "the sandbox never answered"
            time.sleep(0.0002)


@contextmanager
def staged(sandbox: Sandbox, patch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """Crash points, the network and the clock of calls in the game's hands."""
    workers = Workers(lambda: stage.settle(), hurry)
    stage = Stage(sandbox, workers)
    lock, serve, dial, now = threading.Lock(), server.Exchange.run, wire._dial, wire.now

    def counted(exchange: Any) -> None:
        try:
            serve(exchange)
        finally:
            with lock:
                stage.answered += 1

    def dialled(*args: Any) -> Any:
        if stage.is_network_down:
            raise wire._not_connected(ConnectionRefusedError())
        return dial(*args)

    def later() -> float:
        return now() + stage.offset

    patch.setattr(server.Exchange, "run", counted)
    patch.setattr(wire, "_dial", dialled)
    for module in (wire, transport):
        patch.setattr(module, "now", later)
    patch.setattr(failpoints, "_act", workers.act)
    hurry()
    try:
        yield stage
    finally:
        workers.close()
        failpoints.armed.clear()


def hurry() -> None:
    """Nobody cuts this machine's power during a test: commits need not wait for the disk."""
    with database.cursor() as cursor:
        is_postgresql = database.vendor == "postgresql"
        cursor.execute("SET synchronous_commit TO off" if is_postgresql else "PRAGMA synchronous = OFF")


class World:
    """One game's workspace, people and connections, and its clock, which stands still but for `wait`."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.sandbox = stage, stage.sandbox
        self._travel = time_machine.travel(START, tick=False)
        self._time = self._travel.start()
        stage.offset, stage.is_network_down = 0.0, False
        self.sandbox.reset()
        # What remembers how new the data is must not remember the game before, whose clock has gone on.
        cache.clear()
        Installation.objects.all().delete()
        gate.forget()
        number = next(_numbers)
        self.workspace = Workspace.objects.create(name="Marlow Running", slug=f"marlow-{number}")
        self.alice, self.paula, self.bob = (
            self._member(f"{name}-{number}", role)
            for name, role in (("alice", Role.ADMIN), ("paula", Role.PUBLISHER), ("bob", Role.EDITOR))
        )
        self.airship = self._connect("airship", "eu", self.sandbox.key, self.sandbox.secret)
        self.paywalls = self._connect("qonversion", "production", "", self.sandbox.secret_key)

    def _member(self, name: str, role: Role) -> User:
        user = User.objects.create(email=f"{name}@example.com", name=name)
        Membership.objects.create(workspace=self.workspace, user=user, role=role)
        return user

    def _connect(self, provider: str, region: str, key: str, secret: str) -> Connection:
        made = Connection(workspace=self.workspace, provider=provider, name=provider, region=region)
        made.key = key or fingerprint(secret)
        self.seal(made, secret)
        return made

    def seal(self, connection: Connection, secret: str) -> None:
        """A new secret that was tested and works."""
        connection.seal_secret(secret, self.sandbox.url, self.alice)
        connection.health = Connection.Health.ACTIVE
        connection.save()

    def wait(self, seconds: float) -> None:
        self._time.shift(timedelta(seconds=seconds))
        self.stage.offset += seconds
        self.sandbox.start_due()

    def operations(self) -> list[Operation]:
        return list(self.workspace.operations.select_related("connection").order_by("created_at", "pk"))

    def effects(self) -> list[Effect]:
        return self.sandbox.effects()

    def close(self) -> None:
        """Leave no row that a later game's sweep could find, and bring back the real time."""
        for run in list(self.stage.workers.frozen):
            self.stage.workers.go_on(run, how="kill")
        self._travel.stop()
        Operation.objects.filter(workspace=self.workspace).delete()
        Experiment.objects.filter(workspace=self.workspace).delete()
        self.workspace.drafts.all().delete()
        Connection.objects.filter(workspace=self.workspace).delete()
        AuditEntry.objects.filter(workspace=self.workspace)._raw_delete(database.alias)  # its own way is closed
        members = list(self.workspace.memberships.values_list("user_id", flat=True))
        self.workspace.delete()
        User.objects.filter(pk__in=members).delete()
