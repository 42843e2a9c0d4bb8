"""P1: a send by the relay, from its claim to the committed success, beside the official client's plain create."""

import importlib
import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from benchmarks import content
from benchmarks.figures import Effort, Goal, Section, Spread, percentile, ratio_goal
from benchmarks.stage import Stage
from experiments import relay
from experiments.models import Operation, State
from experiments.relay import settling
from workspaces.models import Connection, User, Workspace

TEAM = "relay"
SERVICE_TIME = 50  # milliseconds
CREATE = {"method": "POST", "path": "/api/experiments"}
WARM = 3

# Untyped on purpose: the package says it is typed but exports nothing of what its documentation shows.
urbanairship: Any = importlib.import_module("urbanairship")


type Sender = tuple[Workspace, User, Connection]


@dataclass
class Times:
    """Seconds of each call, by the clock and by this process's processor time."""

    wall: list[float] = field(default_factory=list)
    own: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Document:
    """What the official client asks of an experiment: a payload. So both sides send the same document."""

    payload: dict[str, Any]


def measure(stage: Stage, effort: Effort) -> Section:
    sender = content.team(stage, TEAM)
    rounds: dict[int, list[tuple[Times, Times]]] = {SERVICE_TIME: [], 0: []}
    for _ in range(WARM):
        _pair(stage, sender, Times(), Times(), 0)
    for _ in range(effort.rounds):
        for milliseconds, found in rounds.items():
            relayed, direct = Times(), Times()
            for _ in range(effort.pairs):
                _pair(stage, sender, relayed, direct, milliseconds)
            found.append((relayed, direct))
    slow, quick = rounds[SERVICE_TIME], rounds[0]
    p50 = [percentile(ours.wall, 50) / percentile(theirs.wall, 50) for ours, theirs in slow]
    cpu = [percentile(ours.own, 50) / percentile(theirs.own, 50) for ours, theirs in quick]
    return Section(
        "P1",
        "Relay",
        "`relay.send` in this process, from before its claim to the moment after the commit of SUCCEEDED (claim, "
        "guards, decryption of the key, connection, on wire, call, record; the read-back that follows is not counted) "
        "÷ a create of the same document by a new client of the official `urbanairship` package. The sandbox, in a "
        f"process of its own, takes {SERVICE_TIME} ms for each create; processor time is compared at 0 ms, and is that "
        "of this process, without the database's. After each pair it is checked that each side made its test once.",
        [
            ratio_goal(f"relay ÷ client at {SERVICE_TIME} ms, p50", p50, 1.15),
            _p95_goal(slow),
            ratio_goal("processor time, relay ÷ client at 0 ms", cpu, 4),
        ],
        [
            ["", "p50", "p95", "processor time"],
            _row(f"relay at {SERVICE_TIME} ms", [ours for ours, _ in slow]),
            _row(f"client at {SERVICE_TIME} ms", [theirs for _, theirs in slow]),
            _row("relay at 0 ms", [ours for ours, _ in quick]),
            _row("client at 0 ms", [theirs for _, theirs in quick]),
        ],
    )


def _p95_goal(rounds: list[tuple[Times, Times]]) -> Goal:
    """Over all rounds together: one round alone holds too few calls for a 95th percentile."""
    ours = [time for relayed, _ in rounds for time in relayed.wall]
    theirs = [time for _, direct in rounds for time in direct.wall]
    ratio = percentile(ours, 95) / percentile(theirs, 95)
    said = f"{ratio:.2f} (over all {len(ours)} pairs)"
    return Goal(f"relay ÷ client at {SERVICE_TIME} ms, p95", ratio, 1.3, said)


def _row(name: str, rounds: list[Times]) -> list[str]:
    cells = [
        Spread.over([percentile(times.wall, percent) * 1000 for times in rounds]).words(" ms") for percent in (50, 95)
    ]
    return [name, *cells, Spread.over([percentile(times.own, 50) * 1000 for times in rounds]).words(" ms")]


def _pair(stage: Stage, sender: Sender, relayed: Times, direct: Times, milliseconds: int) -> None:
    """One send and one create of the same document, each checked at the sandbox afterwards."""
    workspace, alice, connection = sender
    check = content.checked(content.new_draft(workspace, connection, alice), alice)
    operation = relay.submit(check, alice, {})
    set_service_time(stage, milliseconds)
    with until_recorded() as recorded:
        began, own = time.perf_counter(), time.process_time()
        relay.send(operation.pk)
    relayed.wall.append(recorded[0] - began)
    relayed.own.append(recorded[1] - own)
    began, own = time.perf_counter(), time.process_time()
    client, made = create_directly(stage, operation)
    direct.wall.append(time.perf_counter() - began)
    direct.own.append(time.process_time() - own)
    client.session.close()
    check_effects(stage, operation.pk, made)


@contextmanager
def until_recorded() -> Iterator[list[float]]:
    """[clock, processor time] of the moment at which a success is committed, which is when its read-back begins."""
    moments: list[float] = []
    read_back: Callable[[Operation], None] = settling.read_back

    def note(operation: Operation) -> None:
        moments.extend((time.perf_counter(), time.process_time()))
        read_back(operation)

    with mock.patch.object(settling, "read_back", note):
        yield moments


def create_directly(stage: Stage, operation: Operation) -> tuple[Any, str]:
    """What a script would do: a new client, one create. Returns the client and the new test's id."""
    client = urbanairship.BasicAuthClient(stage.key, stage.secret)
    client.urls = urbanairship.urls.Urls(base_url=f"{stage.sandbox}/api/")
    answer = urbanairship.ABTest(client).create(Document(operation.document))
    return client, str(answer.json()["experiment_id"])


def check_effects(stage: Stage, pk: uuid.UUID, made_directly: str) -> None:
    """Two tests came into being, of one document; the ledger holds ours as succeeded, with the very bytes."""
    operation = Operation.objects.get(pk=pk)
    assert operation.state == State.SUCCEEDED, operation.message
    assert operation.read_back_at, "The relay did not read back what it had made."
    assert operation.differences == [], operation.differences
    made = {effect["experiment_id"]: effect for effect in stage.ask_sandbox("GET", "ledger?kind=created")}
    twins = [known for known, effect in made.items() if effect["description"] == operation.document["description"]]
    assert twins == [operation.remote_id, made_directly], "Each side has to make its test, once."
    assert made[operation.remote_id]["sha256"] == operation.sha256, "The bytes sent are not what was confirmed."
    assert json.loads(made[made_directly]["body"]) == operation.document, "The client sent another document."
    stage.ask_sandbox("POST", "reset")


def set_service_time(stage: Stage, milliseconds: int) -> None:
    """Let the sandbox take so long for each create, and for nothing else, until it is reset."""
    if milliseconds:
        stage.ask_sandbox("POST", "faults", {"kind": "delay", "ms": milliseconds, "times": 0, **CREATE})
