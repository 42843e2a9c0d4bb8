"""People come by while a test is active, enter a group by its weight, and some of them start a trial, and some pay.

An experiment's life is settled before each change: who entered stays in their group, whatever weights and status are
afterwards. All is drawn from the alias and the place of the group, so the same test gets the same figures. Nothing here
is the vendor's arithmetic; it only has to be believable, steady and repeatable.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sandbox.clock import Clock
from sandbox.qonversion.store import Environment, Experiment, Group, Store

DAY = 86_400.0
COMING_BY = 12 * DAY  # until about two thirds of all have come by
MAKING_UP = 3 * DAY  # until half of those who will start and pay have


@dataclass(frozen=True, slots=True)
class Span:
    """Accelerated seconds: `lived` while active, `aged` while active or paused."""

    lived: float
    aged: float


@dataclass(frozen=True, slots=True)
class Figures:
    """One group now. Money in cents; nothing but people and money, all whole numbers."""

    users: int
    trials: int
    trials_cancelled: int
    paid: int
    paid_cancelled: int
    sales: int
    proceeds: int
    refunds: int

    def as_metrics(self) -> dict[str, int]:
        """With hyphens, as the summary spells metric names. The keys are invented: the vendor's are not documented."""
        return {name.replace("_", "-"): value for name, value in asdict(self).items()}


def come_by(seconds: float) -> float:
    """The part of all who ever come by that has come within so many seconds of being active."""
    return 1 - math.exp(-max(0.0, seconds) / COMING_BY)


def span_now(experiment: Experiment, clock: Clock, delay: float = 0.0) -> Span:
    """What the experiment has lived up to now, or up to so many seconds ago."""
    passed = max(0.0, clock.elapsed_since(experiment.settled_at) - delay)
    lived = passed if experiment.status == "active" else 0.0
    aged = passed if experiment.status in ("active", "paused") else 0.0
    return Span(experiment.lived + lived, experiment.aged + aged)


def audience(environment: Environment, experiment: Experiment) -> float:
    """How many people the experiment would take in if it ran for ever."""
    percent = experiment.fields.get("segment_percent")
    return environment.size * min(100.0, max(0.0, 100.0 if percent is None else float(percent))) / 100


def shares(groups: Sequence[Group]) -> list[float]:
    """Each group's share of those who come by; none where all weights are 0."""
    total = sum(group.weight for group in groups)
    return [group.weight / total if total else 0.0 for group in groups]


def entered_now(environment: Environment, experiment: Experiment, groups: Sequence[Group], span: Span) -> list[float]:
    """People in each group."""
    newly = audience(environment, experiment) * (come_by(span.lived) - come_by(experiment.lived))
    return [group.entered + newly * share for group, share in zip(groups, shares(groups), strict=True)]


def settle(store: Store, clock: Clock, environment: Environment, experiment: Experiment) -> Experiment:
    """Writes down who has entered by now; called before every change that bears on who enters next."""
    span = span_now(experiment, clock)
    return settle_at(store, environment, experiment, span, clock.now())


def settle_at(store: Store, environment: Environment, experiment: Experiment, span: Span, moment: float) -> Experiment:
    groups = store.groups(experiment)
    for group, entered in zip(groups, entered_now(environment, experiment, groups, span), strict=True):
        store.write_entered(group, entered)
    store.write_life(experiment, moment, span.lived, span.aged)
    return store.experiment(experiment.id)


def figures(experiment: Experiment, group: Group, entered: float, aged: float) -> Figures:
    luck = random.Random(f"{experiment.fields['alias_id']} {group.place}")  # noqa: S311 believable figures, no secrets
    lift = luck.uniform(0.8, 1.3)
    trial, paid, cancelled = luck.uniform(0.05, 0.09) * lift, luck.uniform(0.3, 0.5), luck.uniform(0.25, 0.45)
    price = luck.choice((2_999, 3_999, 4_999))
    ripe = aged / (aged + MAKING_UP)
    users = math.floor(entered * (1 + luck.gauss(0, 0.006)))  # real groups are never quite as even as their weights
    trials = math.floor(users * trial * ripe)
    payers = math.floor(trials * paid * ripe)
    sales = payers * price
    return Figures(
        users=users,
        trials=trials,
        trials_cancelled=math.floor(trials * cancelled * ripe),
        paid=payers,
        paid_cancelled=math.floor(payers * 0.12 * ripe),
        sales=sales,
        proceeds=math.floor(sales * 0.85),
        refunds=math.floor(payers * 0.03 * ripe) * price,
    )


def planned_counts(environment: Environment, experiment: Experiment, groups: Sequence[Group]) -> dict[str, object]:
    """What the ledger says of a start: how many each group would take in."""
    size = audience(environment, experiment)
    return {
        "audience": round(size),
        "groups": [
            {
                "id": group.id,
                "name": group.fields["name"],
                "is_control": group.is_control,
                "count": round(size * share),
            }
            for group, share in zip(groups, shares(groups), strict=True)
        ],
    }
