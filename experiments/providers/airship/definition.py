"""The experiment object, typed once: what keys there are, of which kind, and in which order they are written.

Reference: airship OpenAPI schema experimentObject and what it refers to. The audience is a grammar of its own
(audience.py); what the OpenAPI only words is in rules.py.
"""

import difflib
import typing
from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError

from experiments.providers.airship import platforms
from experiments.providers.airship.actions import HIDDEN, Actions, Colour, Day, Expiry, Extra, Interactive, Part
from experiments.providers.airship.wording import escape, inside, shape_sentence
from experiments.providers.shapes import Json, Problem

OPEN_PREFIX = "open::"
# Keys that decide who gets a test, which part of them, and when.
GUARDS = frozenset(
    {"audience", "device_types", "control", "weight", "variants", "schedule"}
    | {"scheduled_time", "local_scheduled_time", "best_time", "send_date"}
)


class Campaigns(Part):
    categories: list[Annotated[str, Field(min_length=1, max_length=64)]] = Field(min_length=1, max_length=10)


class Notification(Part):
    """`open::<name>` keys are told apart before this class sees the notification."""

    alert: str | None = None
    actions: Actions | None = None
    interactive: Interactive | None = None
    ios: platforms.Ios | None = None
    android: platforms.Android | None = None
    amazon: platforms.Amazon | None = None
    web: platforms.Web | None = None
    email: platforms.Email | None = None
    sms: platforms.Sms | None = None
    mms: platforms.Mms | None = None


class InAppDisplay(Part):
    position: typing.Literal["top", "bottom"] | None = None
    primary_color: Colour | None = None
    secondary_color: Colour | None = None
    duration: Annotated[int, Field(ge=0)] | None = None


class InApp(Part):
    alert: str
    display_type: typing.Literal["banner"]
    display: InAppDisplay | None = None
    actions: Actions | None = None
    interactive: Interactive | None = None
    expiry: Expiry | None = None
    extra: Extra | None = None


class AudienceLimits(Part):
    max_recipients: Annotated[int, Field(ge=1)] | None = None


class Options(Part):
    expiry: Expiry | None = None
    personalization: bool | None = None
    audience_limits: AudienceLimits | None = None
    no_throttle: bool | None = None
    bypass_frequency_limits: bool | None = None
    bypass_holdout_groups: bool | None = None
    bypass_ban_list_processing: bool | None = None
    ban_list_parameters: dict[str, str] | None = None
    omit_from_activity_log: bool | None = None
    redact_payload: bool | None = None
    use_strict_sms_validation: bool | None = None


class Push(Part):
    notification: Notification | None = None
    in_app: InApp | None = None
    options: Options | None = None


class BestTime(Part):
    send_date: Day


class Schedule(Part):
    """Exactly one of the three, which a rule checks together with the time itself."""

    scheduled_time: str | None = None
    local_scheduled_time: str | None = None
    best_time: BestTime | None = None


class Variant(Part):
    name: str | None = None
    description: str | None = None
    weight: int | None = None
    push: Push | None = None
    schedule: Schedule | None = None


class Experiment(Part):
    name: str | None = None
    description: str | None = None
    audience: Any = None
    device_types: list[str] | None = None
    control: float | None = None
    campaigns: Campaigns | None = None
    variants: list[Variant] | None = None


@cache
def key_order() -> tuple[str, ...]:
    """Every key of the definition once, in reading order: the order in which a document is written."""
    return tuple(dict.fromkeys(_keys(Experiment, set())))


def _keys(model: type[BaseModel], seen: set[type[BaseModel]]) -> Iterator[str]:
    seen.add(model)
    fields = model.model_fields.items()
    yield from (field.alias or name for name, field in fields)
    for _, field in fields:
        for nested in _models_in(field.annotation):
            if nested not in seen:
                yield from _keys(nested, seen)


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in typing.get_args(annotation):
        yield from _models_in(argument)


def find_shape_problems(document: Json) -> Iterator[Problem]:
    """Unknown keys, missing keys and values of the wrong kind, each with its pointer, in plain words.

    Those of the variants in a list are told by find_variant_shape_problems.
    """
    yield from _problems_in(Experiment, document, ())


def find_variant_shape_problems(variant: object, position: int) -> Iterator[Problem]:
    """The same, of one variant."""
    path = ("variants", position)
    plain, open_parts = _without_open_parts(variant)
    yield from _problems_in(Variant, plain, path)
    for key, part in open_parts.items():
        yield from _problems_in(platforms.OpenChannel, part, (*path, "push", "notification", key))


def _problems_in(model: type[BaseModel], part: object, path: tuple[str | int, ...]) -> Iterator[Problem]:
    try:
        model.model_validate(part)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            steps = [step for step in (*path, *detail["loc"]) if not str(step).startswith(HIDDEN)]
            pointer = "".join(f"/{escape(str(step))}" for step in steps)
            if detail["type"] == "extra_forbidden":
                yield _unknown_key(pointer, str(steps[-1]))
                continue
            code, message = shape_sentence(pointer, detail["type"], detail["msg"], dict(detail.get("ctx", {})))
            yield Problem(pointer, message, code)


def _unknown_key(pointer: str, key: str) -> Problem:
    """A newer API may know a key that we do not, so it is kept and only told. Airship's own check decides.

    Not so where it may be a misspelt or misplaced guard: where Airship did not refuse it either, the test would reach
    other people, or go out at another time, than was meant.
    """
    meant = next(iter(difflib.get_close_matches(key.lower(), key_order(), 1, 0.75)), "")
    if meant in GUARDS:
        what = "does not belong there." if key == meant else f"is unknown. Did you mean “{meant}”?"
        message = f"“{key}” in {inside(pointer)} {what} It decides who gets the test, or when, so it must be right."
        return Problem(pointer, message, "unknown_guard")
    hint = f" Did you mean “{meant}”?" if meant and meant != key else ""
    message = (
        f"Splitdesk does not know “{key}” in {inside(pointer)}.{hint} It is kept as it is; Airship’s check decides."
    )
    return Problem(pointer, message, "unknown_key", "warning")


def _without_open_parts(variant: object) -> tuple[object, Json]:
    """The variant without its `open::<name>` messages, whose keys are names and so not part of a class; and these."""
    push = variant.get("push") if isinstance(variant, dict) else None
    notification = push.get("notification") if isinstance(push, dict) else None
    if not (isinstance(variant, dict) and isinstance(push, dict) and isinstance(notification, dict)):
        return variant, {}
    found = {key: value for key, value in notification.items() if key.startswith(OPEN_PREFIX)}
    rest = {key: value for key, value in notification.items() if key not in found}
    return ({**variant, "push": {**push, "notification": rest}} if found else variant), found
