"""Qonversion's experiment object as Splitdesk works with it: plain JSON in, plain JSON out, every problem by its place.

This module is what the rest of the product imports; each name is explained where it is written.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from experiments.providers.letters import variant_letter
from experiments.providers.pointers import field_for, steps
from experiments.providers.qonversion.alias import LONGEST_CHOICE, suggested_alias
from experiments.providers.qonversion.bodies import (
    changes,
    create_body,
    extra_groups,
    group_bodies,
    group_changes,
    marked,
    missing_groups,
)
from experiments.providers.qonversion.canonical import ABSENT, Difference, difference, same_content, sha256, to_bytes
from experiments.providers.qonversion.definition import KEY_ORDER, find_shape_problems
from experiments.providers.qonversion.definition import groups_of as variants_of
from experiments.providers.qonversion.groups import (
    MOST_VARIANTS,
    add_variant,
    blank,
    duplicate_variant,
    from_remote,
    move_variant,
    remove_variant,
    rename_variant,
    shares,
)
from experiments.providers.qonversion.rules import MISSING, RULES
from experiments.providers.qonversion.showing import (
    GROUP_FIELDS,
    TEST_FIELDS,
    facts,
    group_facts,
    held_groups,
    is_user_id,
)
from experiments.providers.qonversion.wording import (
    GOAL_DIRECTIONS,
    METRICS,
    audience_sentence,
    is_everybody,
    metric_label,
    platform_sentence,
    written_metric,
)
from experiments.providers.shapes import Json, Problem
from experiments.providers.text import MOST_DEPTH, depth_of, find_value_problems, read_document

__all__ = [
    "ABSENT",
    "GOAL_DIRECTIONS",
    "GROUP_FIELDS",
    "LONGEST_CHOICE",
    "METRICS",
    "MISSING",
    "MOST_VARIANTS",
    "TEST_FIELDS",
    "Difference",
    "add_variant",
    "at_time",
    "audience_sentence",
    "blank",
    "changes",
    "channels",
    "create_body",
    "difference",
    "duplicate_variant",
    "extra_groups",
    "facts",
    "field_for",
    "find_problems",
    "from_remote",
    "group_bodies",
    "group_changes",
    "group_facts",
    "held_groups",
    "is_everybody",
    "is_fenced",
    "is_user_id",
    "marked",
    "metric_label",
    "missing_groups",
    "move_variant",
    "platform_sentence",
    "read_document",
    "remove_variant",
    "rename_variant",
    "same_content",
    "scheduled_at",
    "sha256",
    "shares",
    "suggested_alias",
    "to_bytes",
    "variant_letter",
    "variants_of",
    "without_time",
    "written_metric",
]


def find_problems(
    document: Json,
    *,
    now: datetime,
    lead: timedelta = timedelta(0),
    zone: tzinfo = UTC,
    allow_missing: bool = False,
) -> tuple[Problem, ...]:
    """Everything that is wrong or risky in a document, errors and warnings, in the order of the document's places.

    A test has no time here, so `now`, `lead` and `zone` decide nothing. With `allow_missing`, what is only not
    written yet is left out, for a draft that somebody has just begun. ValueError for a naive `now`.
    """
    if now.tzinfo is None:
        raise ValueError("The time of checking needs its time zone.")
    if depth_of(document) > MOST_DEPTH:
        return (Problem("", f"The document is nested deeper than {MOST_DEPTH} levels.", "too_deep"),)
    found = list(_find(document))
    if allow_missing:
        found = [problem for problem in found if problem.code not in MISSING]
    return tuple(sorted(dict.fromkeys(found), key=lambda problem: _reading_order(problem.pointer)))


def _find(document: Json) -> Iterator[Problem]:
    yield from find_value_problems(document)
    yield from find_shape_problems(document)
    for rule in RULES:
        yield from rule(document)


def _reading_order(pointer: str) -> tuple[Any, ...]:
    top, *rest = steps(pointer) or [""]
    rank = KEY_ORDER.index(top) if top in KEY_ORDER else len(KEY_ORDER)
    return (rank, *((0, int(step), "") if step.isdecimal() else (1, 0, step) for step in rest))


def at_time(document: Json, when: datetime) -> Json:
    """The document itself: Qonversion starts a test when it is told to, never by the clock."""
    return document


def without_time(document: Json) -> Json:
    """The document itself, which has no time."""
    return document


def scheduled_at(document: Json) -> datetime | None:
    """None, always."""
    return None


def is_fenced(document: Json) -> bool:
    """False, always. A late copy of a create is a draft that reaches nobody, and is found by its alias."""
    return False


def channels(document: Json) -> tuple[str, ...]:
    """What a test is about, as the lists say it."""
    return ("Paywall",)
