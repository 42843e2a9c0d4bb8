"""What becomes of a test after it was sent: shares, sends and responses over time, all drawn from the test's own id.

Nine tenths of the sends leave in the first ten minutes, the rest within the hour; responses fade out over a day.
Nothing here is the vendor's arithmetic except the shares; the rest only has to be believable, steady and repeatable.
"""

import json
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sandbox.airship.audience import OPERATORS
from sandbox.airship.document import listed_types
from sandbox.airship.schedules import epoch, first_moment
from sandbox.clock import Clock
from sandbox.state import App, State, Stored

TYPICAL = {"ios": 0.52, "android": 0.36, "web": 0.09, "amazon": 0.02, "email": 0.7, "sms": 0.3, "mms": 0.2, "wns": 0.01}
DAY = 86_400.0
FADING = 18_000.0  # seconds until about two thirds of a day's responses are in


@dataclass(frozen=True, slots=True)
class Totals:
    """What one platform of one arm comes to in the end."""

    sends: int
    direct: int
    indirect: int


@dataclass(frozen=True, slots=True)
class Arm:
    """One variant: its share of the whole audience, its start, its platforms."""

    number: int
    name: str
    share: float
    starts_at: float
    platforms: Mapping[str, Totals]


@dataclass(frozen=True, slots=True)
class Fate:
    """All that will happen to a test."""

    audience: int
    arms: Sequence[Arm]
    control_share: float
    control: Totals


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts at one moment."""

    sends: int = 0
    direct: int = 0
    indirect: int = 0


def shares(document: Mapping[str, Any]) -> tuple[list[float], float]:
    """Each variant's share of the whole audience, and the control's: (1 - control) * weight / sum of weights.

    Reference: https://www.airship.com/docs/guides/experimentation/a-b-tests/messages-legacy/
    """
    weights = [max(0.0, float(item.get("weight", 1))) for item in document["variants"]]
    control = float(document.get("control", 0))
    total = sum(weights)
    return [(1 - control) * (weight / total if total else 1 / len(weights)) for weight in weights], control


def audience_size(app: App, audience: object) -> int:
    """How many devices an audience holds here: always the same for the same app key and expression."""
    return max(0, round(app.size * _part(app, audience)))


def _part(app: App, audience: object) -> float:
    if not isinstance(audience, dict):
        return 1.0
    for name, child in audience.items():
        if name.lower() in OPERATORS:
            return _joined(app, name.lower(), child)
    ids = next((child for name, child in audience.items() if name.lower().endswith("channel")), None)
    if ids is not None:
        return (len(ids) if isinstance(ids, list) else 1) / app.size
    seed = f"{app.key} {json.dumps(audience, sort_keys=True)}"
    return random.Random(seed).uniform(0.12, 0.55)  # noqa: S311 believable figures, not secrets


def _joined(app: App, operator: str, child: object) -> float:
    parts = [_part(app, item) for item in (child if isinstance(child, list) else [child])]
    if operator == "and":
        return math.prod(parts)
    missing = math.prod(1 - part for part in parts)
    return missing if operator == "not" else 1 - missing


def fate(app: App, stored: Stored) -> Fate:
    return _fate(app, stored.id, stored.body, stored.starts_at)


@lru_cache(maxsize=4096)
def _fate(app: App, identity: str, body: bytes, starts_at: float) -> Fate:
    document = json.loads(body)
    luck = random.Random(identity)  # noqa: S311 believable figures, not secrets
    size = audience_size(app, document["audience"])
    parts, control_share = shares(document)
    mix = _platform_mix(luck, listed_types(document))
    direct, indirect = luck.uniform(0.015, 0.085), luck.uniform(0.02, 0.06)
    arms = []
    for number, (variant, share) in enumerate(zip(document["variants"], parts, strict=True)):
        lift = luck.uniform(0.82, 1.28)
        platforms = {
            name: _draw(luck, round(size * share * part), direct * lift, indirect) for name, part in mix.items()
        }
        own = epoch(first_moment(variant["schedule"])) if "schedule" in variant else starts_at
        arms.append(Arm(number, str(variant.get("name", "")), share, max(own, starts_at), platforms))
    control = _draw(luck, round(size * control_share), 0.0, indirect * luck.uniform(0.7, 0.95))
    return Fate(size, arms, control_share, control)


def _platform_mix(luck: random.Random, names: list[str]) -> dict[str, float]:
    raw = {name: TYPICAL.get(name, 0.05) * luck.uniform(0.85, 1.15) for name in dict.fromkeys(names)}
    total = sum(raw.values())
    return {name: part / total for name, part in raw.items()}


def _draw(luck: random.Random, count: int, direct: float, indirect: float) -> Totals:
    return Totals(count, _binomial(luck, count, direct), _binomial(luck, count, indirect))


def _binomial(luck: random.Random, count: int, rate: float) -> int:
    wish = luck.gauss(count * rate, math.sqrt(max(0.0, count * rate * (1 - rate))))
    return min(count, max(0, round(wish)))


def sent_part(seconds: float) -> float:
    return 0.9 * min(1.0, seconds / 600) + 0.1 * min(1.0, max(0.0, seconds - 600) / 3000)


def responded_part(seconds: float) -> float:
    whole = 1 - math.exp(-DAY / FADING)
    return min(1.0, (1 - math.exp(-seconds / FADING)) / whole)


def figures(totals: Totals, seconds: float) -> Figures:
    """`seconds` of accelerated life; counts never fall."""
    answered = responded_part(seconds)
    sends = math.floor(totals.sends * sent_part(seconds))
    return Figures(
        sends, min(sends, math.floor(totals.direct * answered)), min(sends, math.floor(totals.indirect * answered))
    )


def added(many: Sequence[Figures]) -> Figures:
    return Figures(
        sum(item.sends for item in many), sum(item.direct for item in many), sum(item.indirect for item in many)
    )


def arm_figures(arm: Arm, clock: Clock) -> dict[str, Figures]:
    """By platform, now."""
    seconds = clock.elapsed_since(arm.starts_at)
    return {name: figures(totals, seconds) for name, totals in arm.platforms.items()}


def planned_counts(app: App, stored: Stored) -> dict[str, object]:
    """What the ledger says of a start: who is about to get which variant."""
    known = fate(app, stored)
    return {
        "audience": known.audience,
        "control": known.control.sends,
        "variants": [
            {"id": arm.number, "name": arm.name, "count": sum(totals.sends for totals in arm.platforms.values())}
            for arm in known.arms
        ],
    }


def start_due(state: State, now: float) -> None:
    """Starts every test whose time has come, each once."""
    if not state.due(now):
        return
    with state.step():
        for stored in state.due(now):
            app = state.app(stored.app_key)
            if app is not None:
                state.start(stored, planned_counts(app, stored))
