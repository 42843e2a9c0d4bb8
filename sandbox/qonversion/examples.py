"""Fills an empty sandbox with paywall tests of Marlow Running: some run, one is paused, others are over or drafts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.qonversion.life import DAY, Span, settle_at
from sandbox.qonversion.store import Environment, Experiment, Store

HOUR = 3600.0
MAIN, ONBOARDING, FOOTER = "main_paywall", "onboarding", "plan_footer"
# The vendor gives a remote configuration a UUID; these name payloads that only an invented app would know.
CONFIG = "5d2f6c1a-8b47-4e39-9a60-{:012d}"


@dataclass(frozen=True, slots=True)
class Example:
    """One test to be. `groups` are (name, weight), the first is the control; days are counted back from now.

    `started` None makes a draft; `paused` and `finished` are when that happened.
    """

    name: str
    alias: str
    why: str
    metric: str | None
    goal: tuple[float, str] | None
    context: str
    groups: Sequence[tuple[str, float]]
    started: float | None = None
    paused: float | None = None
    finished: float | None = None
    percent: float | None = 100


EXAMPLES = (
    Example(
        "Paywall headline: coach or numbers",
        "paywall_headline_coach",
        "A promise by the coach starts more trials than a row of numbers.",
        "user_to_trial",
        (5, "increase"),
        MAIN,
        (("A Numbers", 1), ("B Coach", 1)),
        started=81,
        finished=52,
    ),
    Example(
        # Older than the vendor's own rule that metric names are spelled with underscores.
        "Cancel survey before the last step",
        "cancel_survey_2025",
        "Asking why before the last step keeps some of those who are about to leave.",
        "subscription-cancellation",
        (4, "decrease"),
        FOOTER,
        (("A As before", 1), ("B Survey", 1)),
        started=240,
        finished=205,
    ),
    Example(
        "Lifetime offer in the footer",
        "lifetime_offer_footer",
        "A quiet lifetime offer below the plans sells without taking from the yearly plan.",
        "proceeds",
        (3, "increase"),
        FOOTER,
        (("A No offer", 4), ("B Offer", 1)),
        started=118,
        finished=90,
        percent=50,
    ),
    Example(
        "Annual first or monthly first",
        "annual_first",
        "Runners who see the year first take it more often.",
        "user_to_trial",
        (6, "increase"),
        MAIN,
        (("A Monthly first", 334), ("B Annual first", 333), ("C Annual alone", 333)),
        started=15,
    ),
    Example(
        "Onboarding paywall: before or after the first run",
        "onboarding_paywall_moment",
        "After a first run people know what they pay for.",
        "user_to_paid",
        (2, "increase"),
        ONBOARDING,
        (("A Before", 1), ("B After", 1)),
        started=4,
        percent=70,
    ),
    Example(
        "Trial length: 7 or 14 days",
        "trial_length_7_14",
        "Two weeks hold a training habit better than one.",
        "trial_to_paid",
        (4, "increase"),
        MAIN + "_products",
        (("A 7 days", 1), ("B 14 days", 1)),
        started=22,
        paused=2,
    ),
    Example(
        "Student price: banner or own page",
        "student_price_page",
        "A page of its own explains the student price better than a banner.",
        "new_subscriptions",
        None,
        MAIN,
        (("A Banner", 1), ("B Own page", 1)),
    ),
    Example(
        "Race week paywall: countdown or calm",
        "race_week_paywall",
        "",
        None,
        None,
        MAIN,
        (("A Calm", 1),),
        percent=None,
    ),
)


def add_examples(store: Store, environment: Environment, now: float) -> int:
    """Adds the examples where there is no experiment yet; how many were added. The ledger stays empty."""
    if store.listed(environment.key, float("inf")):
        return 0
    oldest_first = sorted(EXAMPLES, key=lambda example: -(example.started or 0))
    with store.state.step():
        for number, example in enumerate(oldest_first, start=1):
            _add(store, environment, example, number, now)
    return len(EXAMPLES)


def _add(store: Store, environment: Environment, example: Example, number: int, now: float) -> None:
    written_at = _at_ten(now, example.started or 1) - 20 * HOUR
    made = store.add_experiment(environment.key, _fields(example), "draft", written_at, written_at)
    for place, (name, weight) in enumerate(example.groups):
        config = CONFIG.format(number * 100 + place) if place else None
        fields = {"name": name, "is_control": place == 0, "weight": weight, "remote_config_uid": config}
        store.add_group(made, fields, written_at)
    if example.started is not None:
        _let_live(store, environment, made, example, now)


def _at_ten(now: float, days: float) -> float:
    """Ten o'clock (UTC) of the day that was so many days ago."""
    return (now - days * DAY) // DAY * DAY + 10 * HOUR


def _fields(example: Example) -> Mapping[str, Any]:
    value, direction = example.goal or (None, None)
    return {
        "name": example.name,
        "alias_id": example.alias,
        "description": example.why,
        "segment_percent": example.percent,
        "primary_metric": example.metric,
        "goal_value": value,
        "goal_direction": direction,
        "context_key": example.context,
        "is_context_specific": True,
    }


def _let_live(store: Store, environment: Environment, made: Experiment, example: Example, now: float) -> None:
    """Start, and everything up to the last change; what an active one has lived since its start counts as it is."""
    started_at = _at_ten(now, example.started or 0)
    store.write_status(made, "active", started_at, None, started_at)
    ended = example.finished if example.finished is not None else example.paused
    if ended is None:
        lived = now - started_at
        settle_at(store, environment, store.experiment(made.id), Span(lived, lived), now)
        return
    ended_at = _at_ten(now, ended)
    lived = ended_at - started_at
    running = store.experiment(made.id)
    settle_at(store, environment, running, Span(lived, lived), ended_at)
    status = "paused" if example.finished is None else "finished"
    store.write_status(running, status, started_at, ended_at if status == "finished" else None, ended_at)
