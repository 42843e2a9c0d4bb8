"""What happens when: kills, freezes and faults of the providers, all of it from one seed.

The same seed gives the same plan. What the operating system makes of its moments cannot be replayed.
"""

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

MEAN_PAUSE = 0.45  # seconds between two troubles, exponentially distributed: half of them come within 0.31 s
FAULT_PAUSE = 2.5  # seconds between two faults of the providers, on average
LONG_FREEZE_EVERY = 100.0  # seconds between two freezes of a whole worker that outlast its lease
LEASE_IS_OVER = (63.0, 75.0)  # seconds, a little more than the relay's lease
WRITES = ("POST", "PUT", "PATCH", "DELETE")

# What is killed, how often in relation to the others, and for how many seconds it stays down. Children are started
# again by their own parent at once.
KILLS: dict[str, tuple[float, tuple[float, float]]] = {
    "worker child": (70, (0, 0)),
    "worker": (6, (0.1, 2.0)),
    "worker parent": (3, (0.1, 2.0)),
    "web child": (6, (0, 0)),
    "web": (2, (0.1, 1.0)),
    "beat": (2, (0.1, 2.0)),
    "broker": (3, (0.1, 2.0)),
    "database session": (1.5, (0, 0)),
    "database": (1, (0.1, 1.5)),
}
# What is frozen, how often, and for how many seconds.
FREEZES: dict[str, tuple[float, tuple[float, float]]] = {
    "worker": (4, (0.2, 12.0)),
    "worker child": (6, (0.2, 20.0)),
    "web": (2, (0.2, 3.0)),
    "beat": (1, (0.5, 5.0)),
    "broker": (2, (0.2, 4.0)),
    "database": (2, (0.2, 3.0)),
}
FREEZE_SHARE = 0.1  # of all troubles

# Faults of the sandbox (sandbox/faults.py) with their weights. 4xx answers come only before the effect: a provider that
# refuses what it has done cannot be survived by anybody. 401 is not among them: it stops a connection until an admin
# enters the key again.
FAULTS: tuple[tuple[float, dict[str, Any]], ...] = (
    (6, {"kind": "reset", "when": "after"}),
    (6, {"kind": "close", "when": "after"}),
    (3, {"kind": "reset", "when": "before"}),
    (3, {"kind": "close", "when": "before"}),
    (2, {"kind": "cut", "bytes": 10}),
    (2, {"kind": "garbage", "when": "after"}),
    (2, {"kind": "html", "when": "after"}),
    (2, {"kind": "html", "when": "before"}),
    (2, {"kind": "status", "status": 500, "when": "after"}),
    (2, {"kind": "status", "status": 503, "when": "before"}),
    (1, {"kind": "status", "status": 409, "when": "before"}),
    (2, {"kind": "status", "status": 429, "retry_after": 2}),
    (1, {"kind": "redirect"}),
    (2, {"kind": "hang", "seconds": 3.0, "when": "after"}),
    (1, {"kind": "hang", "seconds": 24.0, "when": "after", "then": "close"}),
    (1, {"kind": "hang", "seconds": 24.0, "when": "before", "then": "answer"}),
    (1, {"kind": "refuse", "times": 2}),
)
LAGS = (3.0, 30.0)  # seconds for which a listing does not show what was just made


@dataclass(frozen=True)
class Action:
    """At `at` seconds: "kill" or "freeze" the `target` for `seconds`, or order the `fault`.

    `pick` from 0 to 1 chooses among several of that name.
    """

    at: float
    what: str
    target: str = ""
    pick: float = 0.0
    seconds: float = 0.0
    fault: dict[str, Any] = field(default_factory=dict)


def plan(seed: int) -> Iterator[Action]:
    """Everything that is to happen, without end, in order of time."""
    streams = [_troubles(random.Random(f"{seed} troubles")), _faults(random.Random(f"{seed} faults"))]  # noqa: S311
    streams.append(_long_freezes(random.Random(f"{seed} long freezes")))  # noqa: S311  (dice, not secrets)
    heads = [next(stream) for stream in streams]
    while True:
        first = min(range(len(heads)), key=lambda number: heads[number].at)
        yield heads[first]
        heads[first] = next(streams[first])


def first(seed: int, seconds: float) -> list[Action]:
    """The plan of so many seconds."""
    return list(itertools.takewhile(lambda action: action.at < seconds, plan(seed)))


def _troubles(dice: random.Random) -> Iterator[Action]:
    at = 0.0
    while True:
        at += dice.expovariate(1 / MEAN_PAUSE)
        what, table = ("freeze", FREEZES) if dice.random() < FREEZE_SHARE else ("kill", KILLS)
        target = dice.choices(list(table), [weight for weight, _ in table.values()])[0]
        yield Action(round(at, 3), what, target, round(dice.random(), 4), round(dice.uniform(*table[target][1]), 2))


def _long_freezes(dice: random.Random) -> Iterator[Action]:
    at = 0.0
    while True:
        at += dice.uniform(0.5, 1.5) * LONG_FREEZE_EVERY
        yield Action(round(at, 3), "freeze", "worker", round(dice.random(), 4), round(dice.uniform(*LEASE_IS_OVER), 2))


def _faults(dice: random.Random) -> Iterator[Action]:
    at = 0.0
    while True:
        at += dice.expovariate(1 / FAULT_PAUSE)
        if dice.random() < 0.2:
            fault = {"kind": "lag", "method": "POST", "seconds": round(dice.uniform(*LAGS), 1)}
        else:
            fault = dict(dice.choices([order for _, order in FAULTS], [weight for weight, _ in FAULTS])[0])
            if fault["kind"] != "refuse":
                fault |= {"method": dice.choice(WRITES), "skip": dice.randrange(3)}
        yield Action(round(at, 3), "fault", fault=fault)
