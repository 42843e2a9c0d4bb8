"""Airship's experiment object as Splitdesk works with it: plain JSON in, plain JSON out, every problem by its place.

This module is what the rest of the product imports; each name is explained where it is written.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from experiments.providers.airship.audience import audience_sentence, is_everybody
from experiments.providers.airship.canonical import ABSENT, Difference, difference, same_content, sha256, to_bytes
from experiments.providers.airship.definition import find_shape_problems
from experiments.providers.airship.rules import MISSING, RULES, Check
from experiments.providers.airship.single_variant import judged, without_variants
from experiments.providers.airship.times import (
    at_time,
    is_fenced,
    moment_text,
    parse_moment,
    scheduled_at,
    without_time,
)
from experiments.providers.airship.variants import (
    MOST_VARIANTS,
    add_variant,
    blank,
    duplicate_variant,
    from_remote,
    move_variant,
    remove_variant,
    rename_variant,
    shares,
    variant_letter,
    variants_of,
)
from experiments.providers.airship.wording import channel_names, field_for, platform_sentence
from experiments.providers.marker import with_marker
from experiments.providers.shapes import Json, Problem
from experiments.providers.text import MOST_DEPTH, depth_of, find_value_problems, read_document

__all__ = [
    "ABSENT",
    "MISSING",
    "MOST_VARIANTS",
    "Difference",
    "add_variant",
    "at_time",
    "audience_sentence",
    "blank",
    "channels",
    "difference",
    "duplicate_variant",
    "field_for",
    "find_problems",
    "from_remote",
    "is_everybody",
    "is_fenced",
    "marked",
    "moment_text",
    "move_variant",
    "parse_moment",
    "platform_sentence",
    "read_document",
    "remove_variant",
    "rename_variant",
    "same_content",
    "scheduled_at",
    "sha256",
    "shares",
    "to_bytes",
    "variant_letter",
    "variants_of",
    "without_time",
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

    `now` is an aware datetime; a time nearer than `lead` is an error; `zone` is the zone that times are told in. With
    `allow_missing`, what is only not written yet is left out, for a draft that somebody has just begun. The code
    "dangerous_option" is a warning here; who may send it is the caller's question. ValueError for a naive `now`.
    """
    if now.tzinfo is None:
        raise ValueError("The time of checking needs its time zone.")
    if depth_of(document) > MOST_DEPTH:
        return (Problem("", f"The document is nested deeper than {MOST_DEPTH} levels.", "too_deep"),)
    found = list(_find(document, Check(now=now.astimezone(UTC), lead=lead, zone=zone)))
    if allow_missing:
        found = [problem for problem in found if problem.code not in MISSING]
    return tuple(sorted(dict.fromkeys(found), key=lambda problem: _reading_order(problem.pointer)))


def _find(document: Json, check: Check) -> Iterator[Problem]:
    yield from find_value_problems(without_variants(document))
    yield from (problem for variant in judged(document) for problem in variant.values)
    ruled = [problem for rule in RULES for problem in rule(document, check)]
    yield from ruled
    explained = {problem.pointer for problem in ruled if problem.severity == "error"}
    shapes = [*find_shape_problems(without_variants(document))]
    shapes += [problem for variant in judged(document) for problem in variant.shape]
    yield from (problem for problem in shapes if problem.pointer not in explained)


def _reading_order(pointer: str) -> tuple[Any, ...]:
    order = {"name": 0, "description": 1, "audience": 2, "device_types": 3, "variants": 4}
    top, *rest = pointer.split("/")[1:] or [""]
    return (order.get(top, 5), *((0, int(step), "") if step.isdecimal() else (1, 0, step) for step in rest))


def marked(document: Json, marker: str) -> Json:
    """The document as it is sent: with our reference at the end of its description."""
    return {**document, "description": with_marker(str(document.get("description") or ""), marker)}


def channels(document: Json) -> tuple[str, ...]:
    """The kinds of message a test sends, each once: ("Push", "Email", "In-app")."""
    device_types = document.get("device_types")
    pushes = [variant.get("push") for variant in variants_of(document) if isinstance(variant, dict)]
    has_in_app = any(isinstance(push, dict) and push.get("in_app") for push in pushes)
    return channel_names(device_types if isinstance(device_types, list) else [], has_in_app)
