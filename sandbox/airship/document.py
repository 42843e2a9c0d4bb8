"""The whole experiment object: what create and validate accept.

Reference: https://www.airship.com/docs/developer/rest-api/ua/schemas/ (experimentObject)
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.airship import channels, platforms
from sandbox.airship.actions import actions, interactive
from sandbox.airship.audience import audience, check_platform_ids
from sandbox.airship.schedules import epoch, first_moment, schedule, written_moment
from sandbox.airship.shapes import (
    Check,
    Invalid,
    Path,
    Rules,
    an_object,
    anything,
    array,
    boolean,
    choice,
    colour,
    expiry,
    integer,
    mapping,
    record,
    text,
)

MOST_VARIANTS = 26
OPEN = re.compile(r"open::[A-Za-z0-9_.-]+")
DEVICE_TYPES = ("ios", "android", "amazon", "web", "sms", "mms", "email")
ALL_DEVICE_TYPES = ("ios", "android", "amazon", "web")

PARTS: Mapping[str, Check] = {
    "ios": platforms.ios,
    "android": platforms.android,
    "amazon": platforms.amazon,
    "web": platforms.web,
    "email": channels.email,
    "sms": channels.sms,
    "mms": channels.mms,
    "wns": channels.wns,
}

in_app = record(
    {
        "alert": text(),
        "display_type": choice("banner"),
        "display": record(
            {
                "primary_color": colour,
                "secondary_color": colour,
                "position": choice("top", "bottom"),
                "duration": integer(0),
            }
        ),
        "expiry": expiry(),
        "actions": actions,
        "interactive": interactive,
        "extra": mapping(text()),
    },
    ("alert", "display_type"),
)


def push_expiry(value: object, path: Path, rules: Rules) -> None:
    if not (isinstance(value, str) and value.startswith("{{") and value.endswith("}}")):
        expiry()(value, path, rules)


def _redact(value: object, path: Path, rules: Rules) -> None:
    boolean(value, path, rules)
    if value is True and not rules.switches.accepts("redact_payload"):
        raise Invalid(path, "cannot be used with A/B tests")


flags = (
    *("bypass_ban_list_processing", "bypass_frequency_limits", "bypass_holdout_groups", "no_throttle"),
    *("omit_from_activity_log", "personalization", "use_strict_sms_validation"),
)
options = record(
    {
        "expiry": push_expiry,
        "redact_payload": _redact,
        "audience_limits": record({"max_recipients": integer(1)}),
        "ban_list_parameters": mapping(text()),
        **dict.fromkeys(flags, boolean),
    }
)


def notification(value: object, path: Path, rules: Rules) -> None:
    members = an_object(value, path)
    fields: dict[str, Check] = {"alert": text(), "actions": actions, "interactive": interactive, **PARTS}
    fields |= {name: channels.open_channel for name in members if OPEN.fullmatch(name)}
    if not rules.switches.accepts("wns"):
        del fields["wns"]
    record(fields, some=True)(value, path, rules)
    if "sms" in members and "mms" in members:
        raise Invalid((*path, "mms"), "one push holds either sms or mms")


def push(value: object, path: Path, rules: Rules) -> None:
    fields: dict[str, Check] = {"notification": notification, "in_app": in_app, "options": options}
    if rules.switches.accepts("message_center"):
        fields["message"] = mapping(anything)
    if rules.switches.accepts("push_extras"):
        fields |= dict.fromkeys(("campaigns", "localizations", "global_attributes"), anything)
    record(fields)(value, path, rules)
    members = an_object(value, path)
    if not {"notification", "in_app", "message"} & set(members):
        raise Invalid(path, "needs a notification or an in_app message")
    parts = members.get("notification")
    ios = parts.get("ios") if isinstance(parts, dict) else None
    if "in_app" in members and isinstance(ios, dict) and ios.get("content_available") is False:
        raise Invalid((*path, "notification", "ios", "content_available"), "must be true with an in_app message")


def weight(value: object, path: Path, rules: Rules) -> None:
    if isinstance(value, str) and value.isdecimal() and rules.switches.accepts("weight_text"):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Invalid(path, "expected an integer")
    if value != int(value) and not rules.switches.accepts("weight_fraction"):
        raise Invalid(path, "expected an integer")
    if value == 0 and not rules.switches.accepts("weight_zero"):
        raise Invalid(path, "must be positive")
    if value < 0 and not rules.switches.accepts("weight_negative"):
        raise Invalid(path, "must be positive")


def control(value: object, path: Path, rules: Rules) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise Invalid(path, "must be a number from 0 to 1")
    if (value == 0 and not rules.switches.accepts("control_zero")) or (
        value == 1 and not rules.switches.accepts("control_one")
    ):
        raise Invalid(path, f"{value:g} is not allowed")


def device_types(value: object, path: Path, rules: Rules) -> None:
    if value in ("all", ["all"]) and rules.switches.accepts("device_types_all"):
        return
    array(text(), 1)(value, path, rules)
    assert isinstance(value, list)
    for index, name in enumerate(value):
        known = name in DEVICE_TYPES or OPEN.fullmatch(name) or (name == "wns" and rules.switches.accepts("wns"))
        if not known:
            raise Invalid((*path, index), f"unknown device type '{name}'")
        if name in value[:index] and not rules.switches.accepts("duplicate_device_types"):
            raise Invalid((*path, index), f"device type '{name}' is listed twice")


def limited(switch: str) -> Check:
    def check(value: object, path: Path, rules: Rules) -> None:
        most = int(rules.switches.number(switch))
        text(0, most or None)(value, path, rules)

    return check


campaigns = record({"categories": array(text(1, 64), 1, 10)}, ("categories",))
plain = text()


def variant(value: object, path: Path, rules: Rules) -> None:
    fields: dict[str, Check] = {
        "name": plain,
        "description": plain,
        "push": push,
        "weight": weight,
        "schedule": schedule,
    }
    if rules.switches.word("response_only_fields") == "ignore":
        fields["id"] = anything
    record(fields, ("push",))(value, path, rules)


def check_document(document: object, rules: Rules) -> None:
    """Raises Invalid at the first broken rule."""
    fields: dict[str, Check] = {
        "name": limited("name_limit"),
        "description": limited("description_limit"),
        "audience": audience,
        "device_types": device_types,
        "control": control,
        "campaigns": campaigns,
        "variants": array(variant, 1, MOST_VARIANTS),
    }
    if rules.switches.word("response_only_fields") == "ignore":
        fields |= dict.fromkeys(("id", "push_id", "created_at"), anything)
    if rules.switches.accepts("experiment_extras"):
        fields |= {"orchestration": mapping(anything), "message_type": choice("commercial", "transactional")}
    members = an_object(document, ())
    record(fields)(document, (), rules)
    if "audience" not in members:
        raise Invalid(("audience",), "audience is required", 40202, placeless=True)
    record(dict.fromkeys(members, anything), ("device_types", "variants"))(document, (), rules)
    _check_together(members, rules)


def _check_together(members: dict[str, object], rules: Rules) -> None:
    listed = listed_types(members)
    check_platform_ids(members["audience"], ("audience",), listed)
    variants = members["variants"]
    assert isinstance(variants, list)
    for index, item in enumerate(variants):
        path: Path = ("variants", index, "push")
        check_payloads(item["push"], path, listed, rules)
        check_sizes(item["push"], path, listed, rules)
    _check_schedules([item.get("schedule") for item in variants], rules)


def listed_types(members: Mapping[str, object]) -> list[str]:
    listed = members["device_types"]
    return list(ALL_DEVICE_TYPES) if listed in ("all", ["all"]) or not isinstance(listed, list) else listed


def check_payloads(push: dict[str, object], path: Path, listed: list[str], rules: Rules) -> None:
    """Every listed device type needs something to show."""
    parts = push.get("notification")
    members: dict[str, object] = parts if isinstance(parts, dict) else {}
    if "message" in push:
        return
    for name in listed:
        if not _has_payload(name, members, "in_app" in push):
            raise Invalid(path, f"device type {name} has no payload", placeless=True)
    if rules.switches.accepts("payload_for_unlisted_device_type"):
        return
    for name in members:
        spare = name not in listed and not (name == "mms" and "sms" in listed)
        if spare and (name in PARTS or OPEN.fullmatch(name)):
            raise Invalid((*path, "notification", name), f"device type {name} is not listed in device_types")


def _has_payload(name: str, members: Mapping[str, object], has_in_app: bool) -> bool:
    if name in ("email", "mms"):
        return name in members
    if name == "sms":
        part = members.get("sms")
        own = isinstance(part, dict) and bool({"alert", "template"} & set(part))
        return own or "alert" in members or "mms" in members
    if name in ("ios", "android", "amazon") and has_in_app:
        return True
    return name in members or "alert" in members


def check_sizes(push: dict[str, object], path: Path, listed: list[str], rules: Rules) -> None:
    parts = push.get("notification")
    members: dict[str, object] = parts if isinstance(parts, dict) else {}
    for name in platforms.LIMITED:
        limit = int(rules.switches.number(f"{name}_limit"))
        if not limit or (name not in listed and name not in members):
            continue
        part = members.get(name)
        size = platforms.payload_bytes(part if isinstance(part, dict) else {}, members.get("alert"))
        if size > limit:
            where = (*path, "notification", name if name in members else "alert")
            raise Invalid(where, f"{name} payload of {size} bytes is over the limit of {limit}", 40001)


def _check_schedules(schedules: list[object], rules: Rules) -> None:
    given = [item for item in schedules if item is not None]
    if given and len(given) < len(schedules) and not rules.switches.accepts("mixed_schedules"):
        index = schedules.index(None)
        raise Invalid(("variants", index, "schedule"), "some variants have a schedule and some have none")
    if any(item != given[0] for item in given) and not rules.switches.accepts("different_schedules"):
        index = next(index for index, item in enumerate(schedules) if item != given[0])
        raise Invalid(("variants", index, "schedule"), "all variants must have the same schedule")


@dataclass(frozen=True, slots=True)
class Timing:
    """When a checked document starts, and what the scheduled listing sorts it by: seconds since the epoch."""

    scheduled: bool
    starts_at: float
    sort_at: float


def timing(document: Mapping[str, object], now: float) -> Timing:
    variants = document["variants"]
    assert isinstance(variants, list)
    schedules = [item["schedule"] for item in variants if "schedule" in item]
    if len(schedules) < len(variants):
        return Timing(False, now, now)
    starts_at = min(epoch(first_moment(item)) for item in schedules)
    return Timing(starts_at > now, max(starts_at, now), min(epoch(written_moment(item)) for item in schedules))
