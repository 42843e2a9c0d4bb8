"""What an audience may look like: Airship's selector grammar, checked part by part.

Operators and selector names are read in any case, as Airship's own reader does.
Reference: airship OpenAPI schemas audienceSelector1000, compoundSelector, atomicSelector.
"""

import difflib
from collections.abc import Iterable, Iterator
from typing import Any

from experiments.providers.airship.audience import COMPARISONS, DATE_UNITS, ON_UNITS, OPERATORS, operator_of
from experiments.providers.airship.wording import escape, listed, platform_name
from experiments.providers.shapes import Problem

MOST_DEPTH = 10
MOST_SELECTORS = 1000
MOST_IN_GROUP = 10
MOST_VALUES = 100

# Selector: the longest value, as the OpenAPI names it.
_SELECTORS = {
    "tag": 128,
    "segment": 128,
    "named_user": 128,
    "static_list": 128,
    "subscription_list": 128,
    "channel": 128,
    "amazon_channel": 128,
    "android_channel": 128,
    "open_channel": 128,
    "sms_sender": 16,
}
# Not in Airship's present definition, but in its clients and older pages: Airship's own check decides.
_OLD_SELECTORS = (
    "ios_channel",
    "web_channel",
    "email_address",
    "subscription_lists",
    "device_token",
    "apid",
    "wns",
    "alias",
)
_PLATFORM_OF = {"ios_channel": "ios", "android_channel": "android", "amazon_channel": "amazon", "web_channel": "web"}
_SMS = ("sms_id", "sms_sender", "msisdn")
_SPANS = frozenset(DATE_UNITS) - {"weeks"}
_VALUELESS = frozenset({"is_empty", "not_empty", "present"})
_ATTRIBUTE_KEYS = frozenset({"attribute", "operator", "value", "precision", "relative_to", "where"})
_ATTRIBUTE_OPERATORS = frozenset({"equals", "contains", "less", "greater", "is_empty", "before", "after", "range"})
_WHERE_KEYS = frozenset({"property", "operator", "value", "compare_as", "precision", "relative_to"})
_WHERE_OPERATORS = frozenset({*COMPARISONS, "present"})
_ACTIVITY_KEYS = frozenset(
    {"activity", "metric", "operator", "value", "before", "after", "on", "on_precision", "precision", "where"}
)


def find_audience_problems(audience: object, device_types: object = ()) -> Iterator[Problem]:
    """What is wrong with an audience. A depth beyond the limit is told once and not gone into."""
    if isinstance(audience, str):
        yield from _find_word_problems(audience, "/audience", is_nested=False)
        return
    if not isinstance(audience, dict):
        yield Problem("/audience", "The audience must be “all” or an object in braces.", "audience_form")
        return
    yield from _find_selector_problems(audience, "/audience", 1)
    if (count := count_selectors(audience)) > MOST_SELECTORS:
        message = f"The audience names {count:,} tags, lists or people; {MOST_SELECTORS:,} are the most."
        yield Problem("/audience", message, "audience_too_large")
    yield from _find_platform_problems(audience, device_types)


def _find_word_problems(word: str, pointer: str, *, is_nested: bool) -> Iterator[Problem]:
    if word.strip().lower() == "triggered":
        yield Problem(pointer, "“triggered” is for automations only; a test cannot use it.", "audience_triggered")
    elif word.lower() != "all":
        yield Problem(
            pointer, f"“{word}” is no audience. Write “all”, or choose tags, lists or people.", "audience_word"
        )
    elif is_nested:
        message = "“all” cannot stand inside a group: it would turn the group into everybody."
        yield Problem(pointer, message, "audience_all_nested")


def _find_selector_problems(selector: object, pointer: str, depth: int) -> Iterator[Problem]:
    if depth > MOST_DEPTH:
        message = f"The audience is nested deeper than {MOST_DEPTH} levels. Simplify its groups."
        yield Problem(pointer, message, "audience_too_deep")
    elif isinstance(selector, str):
        yield from _find_word_problems(selector, pointer, is_nested=True)
    elif not isinstance(selector, dict) or not selector:
        yield Problem(pointer, "This part of the audience is empty. Choose a tag, a list or people.", "audience_empty")
    elif operator := operator_of(selector):
        yield from _find_group_problems(selector, operator, pointer, depth)
    else:
        yield from _find_atom_problems(selector, pointer)


def _find_group_problems(selector: dict[str, Any], operator: str, pointer: str, depth: int) -> Iterator[Problem]:
    word = operator.lower()
    yield from _find_second_kind(selector, {operator}, pointer)
    place = f"{pointer}/{escape(operator)}"
    children = selector[operator]
    if word == "not":
        if isinstance(children, list):
            yield from _find_not_list_problems(children, place)
            yield from (
                problem
                for position, child in enumerate(children)
                for problem in _find_selector_problems(child, f"{place}/{position}", depth + 1)
            )
        else:
            yield from _find_selector_problems(children, place, depth + 1)
        return
    if not isinstance(children, list) or not children:
        yield Problem(place, f"“{word}” needs a list of at least one tag, list or group.", "audience_group_empty")
        return
    if len(children) > MOST_IN_GROUP:
        message = f"“{word}” holds {len(children)} parts; {MOST_IN_GROUP} are the most. Use groups inside it."
        yield Problem(place, message, "audience_group_large")
    for position, child in enumerate(children):
        yield from _find_selector_problems(child, f"{place}/{position}", depth + 1)


def _find_not_list_problems(children: list[Any], place: str) -> Iterator[Problem]:
    if len(children) != 1:
        yield Problem(place, "“not” takes exactly one part. Put several into an “or” inside it.", "audience_not")


def _find_second_kind(selector: dict[str, Any], known: set[str], pointer: str) -> Iterator[Problem]:
    """A key that does not belong to its selector: two selectors in one object, or a spelling mistake."""
    for key in selector:
        if key in known:
            continue
        place = f"{pointer}/{escape(key)}"
        if key.lower() in _NAMES:
            yield Problem(place, "Two choices stand in one object. Join them with “and” or “or”.", "audience_two_kinds")
        else:
            yield _unknown_part(place, key, known)


def _unknown_part(place: str, key: str, known: set[str]) -> Problem:
    """A newer API may know the key, so it is kept and told; not so where it may be a misspelt or misplaced one.

    Where Airship did not refuse that one either, other people would get the test than were meant.
    """
    meant = _meant(key, _PARTS)
    if meant:
        what = f"Did you mean “{meant}”?" if meant in known and meant != key else "It does not belong to this one."
        message = f"Airship’s audiences have no “{key}” here. {what} It decides who gets the test, so it must be right."
        return Problem(place, message, "unknown_guard")
    message = f"Splitdesk does not know “{key}” here. It is kept and sent as it is; Airship’s check decides."
    return Problem(place, message, "unknown_key", "warning")


def _meant(key: str, names: Iterable[str], least: float = 0.75) -> str:
    return next(iter(difflib.get_close_matches(key.lower(), sorted(names), 1, least)), "")


def _find_atom_problems(selector: dict[str, Any], pointer: str) -> Iterator[Problem]:
    names = {key.lower(): key for key in selector}
    kind = next((name for name in names if name in _ATOMS), "")
    if kind:
        yield from _ATOMS[kind](selector, names[kind], pointer)
        return
    first = next(iter(selector))
    meant = _meant(first, _NAMES, 0.66)
    message = (
        f"Splitdesk does not know the selector “{first}”. It is kept and sent as it is; Airship’s check decides."
        + (f" Did you mean “{meant}”?" if meant else "")
    )
    yield Problem(f"{pointer}/{escape(first)}", message, "unknown_key", "warning")


def _find_value_problems(selector: dict[str, Any], key: str, pointer: str) -> Iterator[Problem]:
    name = key.lower()
    yield from _find_second_kind(selector, {key, "group"} if name == "tag" else {key}, pointer)
    place = f"{pointer}/{escape(key)}"
    value = selector[key]
    values = value if isinstance(value, list) else [value]
    longest = _SELECTORS.get(name, 128)
    if not 1 <= len(values) <= MOST_VALUES:
        yield Problem(place, f"“{name}” takes 1 to {MOST_VALUES} values; here are {len(values)}.", "audience_values")
    for item in values:
        if not isinstance(item, str) or not item.strip():
            yield Problem(place, f"“{name}” needs a text that is not empty.", "audience_value_empty")
            break
        if len(item) > longest:
            yield Problem(place, f"A value of “{name}” may have {longest} characters at most.", "audience_value_long")
            break
    if "group" in selector and name == "tag" and not (isinstance(selector["group"], str) and selector["group"].strip()):
        yield Problem(f"{pointer}/group", "The tag group must be a text that is not empty.", "audience_value_empty")
    if name in _OLD_SELECTORS:
        message = f"Airship’s present definition does not name “{name}”. Its own check will tell whether it takes it."
        yield Problem(place, message, "audience_old_selector", "warning")


def _find_sms_problems(selector: dict[str, Any], key: str, pointer: str) -> Iterator[Problem]:
    yield from _find_second_kind(selector, {key}, pointer)
    value = selector[key]
    given = value if isinstance(value, dict) else {}
    for part in ("msisdn", "sender"):
        text = given.get(part)
        if not isinstance(text, str) or not text.strip() or len(text) > 128:
            place = f"{pointer}/{escape(key)}/{part}" if given else f"{pointer}/{escape(key)}"
            yield Problem(place, "One SMS number needs “msisdn” (the number) and “sender”.", "audience_sms")


def _find_flat_sms_problems(selector: dict[str, Any], key: str, pointer: str) -> Iterator[Problem]:
    """The OpenAPI draws `sms_id` without its name around the two parts; clients write the name."""
    yield from _find_second_kind(selector, {"msisdn", "sender"}, pointer)
    for problem in _find_sms_problems({"sms_id": selector}, "sms_id", pointer):
        yield Problem(problem.pointer.replace("/sms_id", ""), problem.message, problem.code)
    message = "Airship’s clients write this number inside “sms_id”. Its own check will tell whether it takes it."
    yield Problem(pointer, message, "audience_old_selector", "warning")


def _find_attribute_problems(selector: dict[str, Any], key: str, pointer: str) -> Iterator[Problem]:
    yield from _find_second_kind(selector, {key, *_ATTRIBUTE_KEYS}, pointer)
    name = selector[key]
    if not isinstance(name, str) or not name.strip():
        yield Problem(f"{pointer}/{escape(key)}", "The attribute needs its name.", "audience_value_empty")
    if "where" in selector:
        yield from _find_where_problems(selector["where"], f"{pointer}/where")
        return
    operator = str(selector.get("operator"))
    if operator not in _ATTRIBUTE_OPERATORS:
        message = f"The attribute needs a comparison: {listed(sorted(_ATTRIBUTE_OPERATORS), 'or')}."
        yield Problem(f"{pointer}/operator", message, "audience_operator")
    elif operator not in _VALUELESS and selector.get("value") in (None, ""):
        yield Problem(f"{pointer}/value", "The attribute needs a value to compare with.", "audience_value_empty")
    if operator in ("before", "after") and _needs_unit(selector):
        message = "A comparison of dates needs a precision, such as “days”."
        yield Problem(f"{pointer}/precision", message, "audience_precision")
    yield from _find_unit_problems(selector, operator, pointer)


def _needs_unit(selector: dict[str, Any]) -> bool:
    value = selector.get("value")
    return isinstance(value, str) and value not in ("", "now") and "precision" not in selector


def _find_unit_problems(selector: dict[str, Any], operator: str, pointer: str) -> Iterator[Problem]:
    """Which units go with which comparison stands in the words of the OpenAPI only, so its own check decides."""
    fitting = {"before": _SPANS, "after": _SPANS, "equals": frozenset(ON_UNITS)}.get(operator, frozenset())
    unit = selector.get("precision")
    if isinstance(unit, str) and unit not in fitting:
        takes = f"takes {listed(sorted(fitting), 'or')}" if fitting else "takes no precision"
        message = f"“{operator}” {takes}; here is “{unit}”. Airship’s own check will tell whether it takes it."
        yield Problem(f"{pointer}/precision", message, "audience_precision", "warning")


def _find_where_problems(where: object, pointer: str) -> Iterator[Problem]:
    if not isinstance(where, dict):
        yield Problem(pointer, "“where” must be an object in braces.", "audience_form")
        return
    yield from _find_second_kind(where, set(_WHERE_KEYS), pointer)
    if not isinstance(where.get("property"), str) or not where["property"].strip():
        yield Problem(f"{pointer}/property", "“where” needs the name of a property.", "audience_value_empty")
    operator = str(where.get("operator"))
    if operator not in _WHERE_OPERATORS:
        message = f"“where” needs a comparison: {listed(sorted(_WHERE_OPERATORS), 'or')}."
        yield Problem(f"{pointer}/operator", message, "audience_operator")
    elif operator not in _VALUELESS and where.get("value") in (None, ""):
        yield Problem(f"{pointer}/value", "“where” needs a value to compare with.", "audience_value_empty")


def _find_activity_problems(selector: dict[str, Any], key: str, pointer: str) -> Iterator[Problem]:
    yield from _find_second_kind(selector, {key, *_ACTIVITY_KEYS}, pointer)
    if not isinstance(selector[key], str) or not selector[key].strip():
        yield Problem(f"{pointer}/{escape(key)}", "The activity needs its name.", "audience_value_empty")
    counted = selector.get("metric", "count") in ("count", "total_value")
    if counted and not {"operator", "value"} <= set(selector):
        message = "Counting an activity needs a comparison and a number."
        yield Problem(pointer, message, "audience_operator")
    elif counted and selector["value"] in (None, ""):
        yield Problem(f"{pointer}/value", "Counting an activity needs a number.", "audience_value_empty")
    elif counted and not _is_number(selector["value"]):
        yield Problem(f"{pointer}/value", "An activity is counted with a number.", "audience_value_form")
    if "where" in selector:
        yield from _find_where_problems(selector["where"], f"{pointer}/where")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _find_location_problems(selector: dict[str, Any], key: str, pointer: str) -> Iterator[Problem]:
    message = "Airship’s present definition does not name “location”. Its own check will tell whether it takes it."
    yield Problem(f"{pointer}/{escape(key)}", message, "audience_old_selector", "warning")


_ATOMS = {
    **dict.fromkeys([*_SELECTORS, *_OLD_SELECTORS], _find_value_problems),
    "sms_id": _find_sms_problems,
    "msisdn": _find_flat_sms_problems,
    "attribute": _find_attribute_problems,
    "activity": _find_activity_problems,
    "location": _find_location_problems,
}
# Every name of a selector, and every key that one may hold.
_NAMES = frozenset({*_ATOMS, *OPERATORS} - {"msisdn"})
_PARTS = frozenset({"group", *_ATTRIBUTE_KEYS, *_WHERE_KEYS, *_ACTIVITY_KEYS, "msisdn", "sender"} - _NAMES)


def count_selectors(audience: object) -> int:
    """How many single choices an audience names; each value of a list counts. Counted without recursion."""
    count, waiting = 0, [audience]
    while waiting:
        selector = waiting.pop()
        if not isinstance(selector, dict):
            count += 1
        elif operator := operator_of(selector):
            children = selector[operator]
            waiting += children if isinstance(children, list) else [children]
        else:
            count += max([1, *(len(value) for value in selector.values() if isinstance(value, list))])
    return count


def depth_of(audience: object) -> int:
    """How many levels of groups and rules an audience has, counted without recursion."""
    deepest, waiting = 0, [(audience, 1)]
    while waiting:
        selector, depth = waiting.pop()
        deepest = max(deepest, depth)
        operator = operator_of(selector) if isinstance(selector, dict) else ""
        if isinstance(selector, dict) and operator:
            children = selector[operator]
            waiting += [(child, depth + 1) for child in (children if isinstance(children, list) else [children])]
    return deepest


def _find_platform_problems(audience: dict[str, Any], device_types: object) -> Iterator[Problem]:
    """An audience that names devices of a platform the test does not send to is refused by Airship."""
    listed_types = device_types if isinstance(device_types, list) else []
    waiting: list[tuple[str, object]] = [("/audience", audience)]
    while waiting:
        pointer, found = waiting.pop()
        if isinstance(found, list):
            waiting += [(f"{pointer}/{position}", item) for position, item in enumerate(found)]
        elif isinstance(found, dict):
            for key, value in found.items():
                platform = _PLATFORM_OF.get(key.lower(), "")
                if platform and platform not in listed_types:
                    message = (
                        f"The audience names {platform_name(platform)} devices, but the test does not send to them."
                    )
                    yield Problem(f"{pointer}/{escape(key)}", message, "audience_platform")
                elif key.lower() in _SMS and not {"sms", "mms"} & set(map(str, listed_types)):
                    message = "The audience names phone numbers, but the test sends neither SMS nor MMS."
                    yield Problem(f"{pointer}/{escape(key)}", message, "audience_platform", "warning")
                elif key.lower() in OPERATORS:
                    waiting.append((f"{pointer}/{escape(key)}", value))
