"""What an Airship test names of its project: in its audience, its messages and its actions.

Nothing of it can be asked of the provider, so a test that goes to another project is compared with that one's tests.
Reference: airship OpenAPI schemas atomicSelector, emailOverrideObject, androidOverrideObject, actionsObject.
"""

import copy
import json
import re
from collections.abc import Iterator
from typing import Any

from experiments.providers.airship.audience import operator_of
from experiments.providers.airship.narrowing import leave_out_of_audience
from experiments.providers.airship.variants import variants_of
from experiments.providers.airship.wording import escape
from experiments.providers.pointers import steps
from experiments.providers.references import (
    KEEP,
    CannotCarry,
    Carried,
    Choices,
    Name,
    Reference,
    grouped,
)
from experiments.providers.shapes import Json
from experiments.providers.text import MOST_DEPTH, depth_of

KINDS = {
    "tag": "Tag",
    "tag_group": "Tag group",
    "segment": "Segment",
    "named_user": "Named user",
    "static_list": "List",
    "subscription_list": "Subscription list",
    "attribute": "Attribute",
    "activity": "Activity",
    "channel": "Channel",
    "ios_channel": "iOS channel",
    "android_channel": "Android channel of one device",
    "amazon_channel": "Fire OS channel",
    "web_channel": "Web channel",
    "open_channel": "Open channel",
    "device_token": "Device token",
    "apid": "Device of an old Android app",
    "wns": "Windows device",
    "alias": "Alias",
    "email_address": "Email address",
    "phone": "Phone number",
    "sms_sender": "SMS sender",
    "selector": "Audience rule",
    "open_platform": "Open platform",
    "sender_address": "Sender address",
    "template": "Template",
    "notification_channel": "Android notification channel",
    "attachment": "Attachment",
    "button_set": "Button set",
}
OPEN_PREFIX = "open::"
_VALUED = {name: name for name in KINDS if name.endswith("channel") and name != "notification_channel"} | {
    **{name: name for name in ("tag", "segment", "named_user", "static_list", "subscription_list", "attribute")},
    **{name: name for name in ("activity", "device_token", "apid", "wns", "alias", "email_address", "sms_sender")},
    "subscription_lists": "subscription_list",
    "msisdn": "phone",
    "sender": "sms_sender",
}
# What people write freely: the same words in there name nothing of the project.
_FREE = frozenset({"extra", "app_defined", "properties", "fields", "url_parameters"})
_ACTIONS = r"/(?:actions|button_actions/[^/]+)"
_LEFT_OUT_WITH = 1  # the group of a pattern that is the whole part to leave out
_PATTERNS = (
    (re.compile(r".*/template/(?:template_id|external_id)"), "template"),
    (re.compile(r".*/email/sender_address"), "sender_address"),
    (re.compile(r".*/interactive/type"), "button_set"),
    (re.compile(r"(.*/notification_channel)"), "notification_channel"),
    (re.compile(r"(.*/email/attachments/\d+)/id"), "attachment"),
    (re.compile(rf"(.*{_ACTIONS}/(?:add_tag|remove_tag)(?:/\d+)?)"), "tag"),
    (re.compile(rf"(.*{_ACTIONS}/tags/\d+/tags/\d+)"), "tag"),
    (re.compile(rf"(.*{_ACTIONS}/tags/\d+)/group"), "tag_group"),
    (re.compile(rf"(.*{_ACTIONS}/subscription_list/\d+)/list_id"), "subscription_list"),
    (re.compile(rf"(.*{_ACTIONS}/attributes/\d+)/name"), "attribute"),
)
_NO_PLATFORM = "The test would have no platform left. Keep or replace at least one."


# -- finding


def find_references(document: Json) -> tuple[Reference, ...]:
    """Everything the document names of its project, each thing once. Empty texts and broken parts name nothing."""
    if depth_of(document) > MOST_DEPTH:
        return ()
    return grouped(_find(document))


def _find(document: Json) -> Iterator[Reference]:
    yield from _find_in_audience(document.get("audience"), "/audience")
    yield from _find_platforms(document)
    for position, variant in enumerate(variants_of(document)):
        push = variant.get("push") if isinstance(variant, dict) else None
        yield from _find_in_message(push, f"/variants/{position}/push", "")


def _find_in_audience(selector: object, pointer: str) -> Iterator[Reference]:
    if not isinstance(selector, dict) or not selector:
        return
    operator = operator_of(selector)
    if not operator:
        yield from _find_in_rule(selector, pointer)
        return
    children, place = selector[operator], f"{pointer}/{escape(operator)}"
    for position, child in enumerate(children if isinstance(children, list) else []):
        yield from _find_in_audience(child, f"{place}/{position}")
    yield from _find_in_audience(children, place)
    if len(selector) > 1:
        rest = {key: value for key, value in selector.items() if key != operator}
        yield from _find_in_rule(rest, pointer)


def _find_in_rule(rule: dict[str, Any], pointer: str) -> Iterator[Reference]:
    group = next((value for key, value in rule.items() if key.lower() == "group"), "")
    within = group if isinstance(group, str) else ""
    found = []
    for key, value in rule.items():
        place, kind = f"{pointer}/{escape(key)}", _VALUED.get(key.lower(), "")
        if key.lower() == "sms_id" and isinstance(value, dict):
            found += list(_find_in_rule(value, place))
        elif key.lower() == "group":
            found += list(_named("tag_group", value, place))
        elif kind:
            found += list(_named(kind, value, place, within if kind == "tag" else ""))
    if not found and not {key.lower() for key in rule} & {*_VALUED, "sms_id"}:
        text = json.dumps(rule, ensure_ascii=False)
        found = [Reference(Name("selector", text), (pointer,), can_replace=False)]
    yield from found


def _named(kind: str, value: object, place: str, within: str = "") -> Iterator[Reference]:
    """The texts that stand at a place, one or a list of them."""
    listed = [(f"{place}/{position}", item) for position, item in enumerate(value)] if isinstance(value, list) else []
    for pointer, item in listed or [(place, value)]:
        if isinstance(item, str) and item.strip():
            yield Reference(Name(kind, item, within), (pointer,))


def _find_platforms(document: Json) -> Iterator[Reference]:
    chosen = document.get("device_types")
    for position, name in enumerate(chosen if isinstance(chosen, list) else []):
        yield from _open_platform(name, f"/device_types/{position}")
    for position, variant in enumerate(variants_of(document)):
        push = variant.get("push") if isinstance(variant, dict) else None
        notification = push.get("notification") if isinstance(push, dict) else None
        for key in notification if isinstance(notification, dict) else ():
            yield from _open_platform(key, f"/variants/{position}/push/notification/{escape(key)}")


def _open_platform(name: object, pointer: str) -> Iterator[Reference]:
    if isinstance(name, str) and name.startswith(OPEN_PREFIX) and name.removeprefix(OPEN_PREFIX).strip():
        yield Reference(Name("open_platform", name.removeprefix(OPEN_PREFIX)), (pointer,))


def _find_in_message(part: object, pointer: str, group: str) -> Iterator[Reference]:
    """`group` is that of the tags that an action changes here."""
    if isinstance(part, dict):
        own = part.get("group")
        inner = own if isinstance(own, str) and own.strip() else ""
        for key, value in part.items():
            if key not in _FREE:
                yield from _find_in_message(value, f"{pointer}/{escape(key)}", inner)
    elif isinstance(part, list):
        for position, item in enumerate(part):
            yield from _find_in_message(item, f"{pointer}/{position}", group)
    elif isinstance(part, str) and part.strip():
        yield from _named_in_message(part, pointer, group)


def _named_in_message(text: str, pointer: str, group: str) -> Iterator[Reference]:
    for pattern, kind in _PATTERNS:
        if match := pattern.fullmatch(pointer):
            if kind == "button_set" and text.startswith("ua_"):
                return
            within = group if kind == "tag" and match[0].count("/tags/") else ""
            yield Reference(Name(kind, text, within), (pointer,), can_leave_out=pattern.groups > 0)
            return


# -- carrying over


def carry_over(document: Json, choices: Choices) -> Carried:
    """A copy of the document in which every reference is what was chosen for it; what has no choice is kept.

    Raises CannotCarry. Where leaving a rule out lets more people in, that is told and not refused.
    """
    found = [(reference, choices.get(reference.name, KEEP)) for reference in find_references(document)]
    changed = copy.deepcopy(document)
    left, renamed = [], {}
    for reference, choice in found:
        _refuse_what_cannot_be(reference, choice.how)
        if choice.how == "leave":
            left.append(reference)
        elif choice.how == "replace" and reference.name.kind == "open_platform":
            renamed[reference.name.value] = choice.new.strip().removeprefix(OPEN_PREFIX)
        elif choice.how == "replace":
            for pointer in reference.pointers:
                _set(changed, pointer, choice.new)
    changed, wider = _leave_out(changed, left)
    return Carried(_rename_platforms(changed, renamed) if renamed else changed, wider)


def _refuse_what_cannot_be(reference: Reference, how: str) -> None:
    allowed = {"keep": True, "replace": reference.can_replace, "leave": reference.can_leave_out}
    if not allowed[how]:
        verb = "replaced" if how == "replace" else "left out"
        raise CannotCarry(f"{KINDS[reference.name.kind]} “{reference.name.value[:80]}” cannot be {verb}.")


def _set(document: Json, pointer: str, value: str) -> None:
    *path, last = steps(pointer)
    parent: Any = document
    for step in path:
        parent = parent[int(step)] if isinstance(parent, list) else parent[step]
    parent[int(last) if isinstance(parent, list) else last] = value


def _leave_out(document: Json, left: list[Reference]) -> tuple[Json, tuple[Name, ...]]:
    names = {pointer: reference.name for reference in left for pointer in reference.pointers}
    in_audience = {pointer: name for pointer, name in names.items() if pointer.startswith("/audience")}
    wider: tuple[Name, ...] = ()
    if in_audience:
        document["audience"], wider = leave_out_of_audience(document["audience"], in_audience)
    gone = {_whole_part(pointer) for pointer in names if pointer not in in_audience}
    if gone:
        for key in ("device_types", "variants"):
            if key in document:
                document[key] = _without(document[key], f"/{key}", gone)
        if document.get("device_types", True) is _GONE:
            raise CannotCarry(_NO_PLATFORM)
    return document, wider


_GONE = object()


def _whole_part(pointer: str) -> str:
    """What goes with a value: the attachment of an id, the change of a list."""
    for pattern, _ in _PATTERNS:
        if pattern.groups and (match := pattern.fullmatch(pointer)):
            return match[_LEFT_OUT_WITH]
    return pointer


def _without(value: Any, pointer: str, gone: set[str]) -> Any:
    """The value without the parts that are gone, and without what is empty because of that."""
    if pointer in gone:
        return _GONE
    if isinstance(value, dict):
        kept = {key: _without(item, f"{pointer}/{escape(key)}", gone) for key, item in value.items()}
        kept = {key: item for key, item in kept.items() if item is not _GONE}
        is_hollow = bool(value) and (not kept or ("tags" in value and "tags" not in kept and "action" in value))
        is_needed = pointer.rpartition("/")[2] in ("push", "notification")
        return _GONE if is_hollow and not is_needed else kept
    if isinstance(value, list):
        items = [_without(item, f"{pointer}/{position}", gone) for position, item in enumerate(value)]
        items = [item for item in items if item is not _GONE]
        return _GONE if value and not items else items
    return value


def _rename_platforms(document: Json, renamed: dict[str, str]) -> Json:
    """`open::<old>` becomes `open::<new>` wherever it stands. CannotCarry where two would become one."""
    names = {f"{OPEN_PREFIX}{old}": f"{OPEN_PREFIX}{new}" for old, new in renamed.items()}
    chosen = document.get("device_types")
    if isinstance(chosen, list):
        document["device_types"] = [names.get(name, name) if isinstance(name, str) else name for name in chosen]
        _refuse_doubles(chosen, document["device_types"])
    for variant in variants_of(document):
        push = variant.get("push") if isinstance(variant, dict) else None
        notification = push.get("notification") if isinstance(push, dict) else None
        if isinstance(push, dict) and isinstance(notification, dict):
            _refuse_doubles(list(notification), [names.get(key, key) for key in notification])
            push["notification"] = {names.get(key, key): value for key, value in notification.items()}
    return document


def _refuse_doubles(before: list[Any], after: list[Any]) -> None:
    texts = [name for name in after if isinstance(name, str)]
    if len(set(texts)) < len({name for name in before if isinstance(name, str)}):
        double = next(name for name in texts if texts.count(name) > 1)
        raise CannotCarry(f"The open platform “{double.removeprefix(OPEN_PREFIX)}” is in this test already.")
