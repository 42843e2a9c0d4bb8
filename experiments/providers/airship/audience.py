"""Who may enter a test, said in plain words."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from experiments.providers.airship.wording import listed

OPERATORS = ("and", "or", "not")
COMPARISONS = {
    "equals": "is",
    "contains": "contains",
    "not_contains": "does not contain",
    "less": "is less than",
    "less_eq": "is at most",
    "greater": "is more than",
    "greater_eq": "is at least",
    "is_empty": "is empty",
    "not_empty": "is not empty",
    "present": "is there",
    "before": "is before",
    "after": "is after",
    "range": "is between",
}
DATE_UNITS = {name: name for name in ("years", "months", "weeks", "days", "hours", "minutes")}
ON_UNITS = {
    "day": "day of the month",
    "month": "month",
    "month_day": "day of the year",
    "year_month": "month of a year",
    "year_month_day": "date",
}
# The events that every project has; others are those that the project's own app reports.
ACTIVITIES = (
    *("app_open", "message_received", "message_center_read", "message_center_delivered", "message_center_deleted"),
    *("in_app_message_display", "in_app_message_resolution", "in_app_message_expiration", "screen_view"),
    *("web_session", "web_click", "short_link_click", "first_seen", "sms_aborted", "sms_delivered", "sms_dispatched"),
    *("sms_expired", "sms_failed", "sms_rejected", "sms_undeliverable", "sms_unknown", "email_bounce", "email_click"),
    *("email_delay", "email_delivered", "email_injection", "email_open", "email_unsubscribe", "scene_displayed"),
    *("scene_completed", "scene_incomplete", "survey_displayed", "survey_submitted", "survey_not_submitted"),
)
_DEEPEST = 10
_MOST_NAMED = 5
_OTHER = {"and": "or", "or": "and"}
_ONE = {"years": "year", "months": "month", "weeks": "week", "days": "day", "hours": "hour", "minutes": "minute"}
_NOW = {
    "day": "is today’s day of the month",
    "month": "is in this month of any year",
    "month_day": "is on today’s date of any year",
    "year_month": "is in this month",
    "year_month_day": "is today",
}
# Selector: how it reads for people who match, and for people who do not.
_PHRASES = {
    "tag": ("have the tag", "do not have the tag"),
    "segment": ("are in the segment", "are not in the segment"),
    "named_user": ("are the named user", "are not the named user"),
    "static_list": ("are on the list", "are not on the list"),
    "subscription_list": ("are subscribed to", "are not subscribed to"),
    "subscription_lists": ("are subscribed to", "are not subscribed to"),
    "channel": ("use the channel", "do not use the channel"),
    "ios_channel": ("use the iOS channel", "do not use the iOS channel"),
    "android_channel": ("use the Android channel", "do not use the Android channel"),
    "amazon_channel": ("use the Fire OS channel", "do not use the Fire OS channel"),
    "web_channel": ("use the web channel", "do not use the web channel"),
    "open_channel": ("use the open channel", "do not use the open channel"),
    "sms_sender": ("get SMS from the sender", "do not get SMS from the sender"),
    "email_address": ("have the email address", "do not have the email address"),
    "device_token": ("have the device token", "do not have the device token"),
    "apid": ("have the APID", "do not have the APID"),
    "wns": ("use the Windows channel", "do not use the Windows channel"),
    "alias": ("have the alias", "do not have the alias"),
}


def is_everybody(audience: object) -> bool:
    """Whether the audience is "all": everybody the key reaches."""
    return isinstance(audience, str) and audience.strip().lower() == "all"


def operator_of(selector: dict[str, Any]) -> str:
    """The key of `selector` that is "and", "or" or "not" in any case, or ""."""
    return next((key for key in selector if key.lower() in OPERATORS), "")


def audience_sentence(audience: object) -> str:
    """The audience as the object of a sentence: "everybody", "people with the tag “plan” who are not in …".

    It never says how many people that are: no provider tells it before sending. Unknown selectors are quoted. "Not" is
    carried down to the single rules, and what "and" and "or" join in each other stands in brackets, so that it can be
    read one way only.
    """
    if audience is None or audience == "" or audience == {}:
        return "nobody yet"
    if is_everybody(audience):
        return "everybody"
    joined, parts = _joined(audience)
    head = _tag(parts[0]) if parts and joined != "or" else ""
    if not head:
        return f"people who {_said(joined, parts)}"
    return f"people with {head}" + (f" who {_said(joined, parts[1:])}" if parts[1:] else "")


# What a selector is once "not" is carried down: ("", [rule]) or ("and" | "or", parts). A rule is (selector, is_not).
type Rule = tuple[object, bool]
type Part = "Rule | tuple[str, list[Part]]"


def _joined(audience: object) -> "tuple[str, list[Part]]":
    part = _spread(audience, is_not=False, depth=1)
    if isinstance(part[1], list):
        return part
    return "", [part]


def _spread(selector: object, *, is_not: bool, depth: int) -> "Part":
    """The selector with "not" at its rules only, groups of one part and groups within their like taken away."""
    operator = operator_of(selector) if isinstance(selector, dict) else ""
    if not isinstance(selector, dict) or not operator or depth > _DEEPEST:
        return ("…" if operator else selector), is_not
    children = selector[operator]
    word = operator.lower()
    if word == "not":
        if not isinstance(children, list):
            return _spread(children, is_not=not is_not, depth=depth + 1)
        word, is_not = "or", not is_not
    parts = [_spread(child, is_not=is_not, depth=depth + 1) for child in _listed(children)]
    word = _OTHER[word] if is_not else word
    flat: list[Part] = []
    for part in parts:
        flat += part[1] if isinstance(part[1], list) and part[0] == word else [part]
    return flat[0] if len(flat) == 1 else (word, flat)


def _listed(children: object) -> Sequence[object]:
    return children if isinstance(children, list) else [children]


def _said(word: str, parts: "Sequence[Part]", depth: int = 0) -> str:
    return f" {word} ".join(_part(part, depth) for part in parts) or "match a group without rules"


def _part(part: "Part", depth: int) -> str:
    first, second = part
    if isinstance(second, list):
        opening, closing = "[]" if depth % 2 else "()"
        return f"{opening}{_said(str(first), second, depth + 1)}{closing}"
    return _phrase(first, second)


def _tag(part: "Part") -> str:
    selector, is_not = part
    if is_not or not isinstance(selector, dict):
        return ""
    names = {key.lower(): key for key in selector}
    return f"the tag {_values(selector[names['tag']])}{_group(selector)}" if "tag" in names else ""


def _phrase(selector: object, is_not: bool) -> str:
    if selector == "…":
        return "…"
    if not isinstance(selector, dict) or not selector:
        return f"are {'not ' if is_not else ''}" + ("anybody" if is_everybody(selector) else f"“{selector}”")
    names = {key.lower(): key for key in selector}
    for name, phrases in _PHRASES.items():
        if name in names:
            return f"{phrases[is_not]} {_values(selector[names[name]])}{_group(selector)}"
    if "attribute" in names:
        return _attribute_phrase(selector, selector[names["attribute"]], is_not)
    if "activity" in names:
        return _activity_phrase(selector, selector[names["activity"]], is_not)
    do_not = "do not " if is_not else ""
    if "sms_id" in names or "msisdn" in names:
        number = selector[names["sms_id"]] if "sms_id" in names else selector
        text = number.get("msisdn", "") if isinstance(number, dict) else number
        return f"{do_not}have the phone number {_quoted(text)}"
    return f"{do_not}match {_quoted(next(iter(selector)))}"


def _quoted(value: object) -> str:
    """A text in quotes, also one that is not written yet; numbers and yes or no as they are."""
    if isinstance(value, int | float):
        return str(value).lower()
    return f"“{value or '…'}”" if isinstance(value, str | None) else f"“{value}”"


def _group(selector: dict[str, Any]) -> str:
    group = selector.get("group")
    return f" of the group {_quoted(group)}" if group else ""


def _values(value: object) -> str:
    values = [f"“{item or '…'}”" for item in (value if isinstance(value, list) else [value])]
    more = len(values) - _MOST_NAMED
    return listed([*values[:_MOST_NAMED], f"{more} more"] if more > 0 else values, "or")


def _attribute_phrase(selector: dict[str, Any], name: object, is_not: bool) -> str:
    where, operator = selector.get("where"), selector.get("operator")
    if operator == "is_empty" and not isinstance(where, dict):
        return f"have {'a' if is_not else 'no'} value for the attribute {_quoted(name)}"
    start = f"{'do not ' if is_not else ''}have an attribute {_quoted(name)}"
    if isinstance(where, dict):
        return f"{start} whose {_quoted(where.get('property'))} {_compared(where)}"
    return f"{start} that {_compared(selector)}"


def _activity_phrase(selector: dict[str, Any], name: object, is_not: bool) -> str:
    metric, where = selector.get("metric"), selector.get("where")
    edge = {"last": "last ", "first": "first "}.get(str(metric), "")
    words = [f"did not {edge}do {_quoted(name)}" if is_not else f"{edge}did {_quoted(name)}"]
    if isinstance(where, dict):
        words.append(f"whose {_quoted(where.get('property'))} {_compared(where)}")
    if "operator" in selector and not edge:
        amount = COMPARISONS.get(str(selector["operator"]), str(selector["operator"])).removeprefix("is")
        count = f"{amount.strip() or 'exactly'} {_quoted(selector.get('value'))}"
        times = "time" if selector.get("value") == 1 else "times"
        words.append(f"with a total value of {count}" if metric == "total_value" else f"{count} {times}")
    return " ".join([*words, *_times(selector)])


def _times(selector: dict[str, Any]) -> list[str]:
    """When an activity happened: "in the last 30 days", "more than 7 days ago", "after 2027-01-01", "on 12 (month)"."""
    unit, times = str(selector.get("precision", "days")), []
    after, before, on = selector.get("after"), selector.get("before"), selector.get("on")
    if after not in (None, ""):
        times.append(f"in the last {_amount(after, unit)}" if isinstance(after, int) else f"after {after}")
    if before not in (None, ""):
        times.append(f"at least {_amount(before, unit)} ago" if isinstance(before, int) else f"before {before}")
    if on not in (None, ""):
        times.append(_on_words(on, str(selector.get("on_precision", ""))).removeprefix("is "))
    return times


def _amount(number: int, unit: str) -> str:
    return f"{number} {_ONE.get(unit, unit) if number == 1 else unit}"


def _compared(part: dict[str, Any]) -> str:
    operator, value, unit = str(part.get("operator", "")), part.get("value"), str(part.get("precision") or "")
    words = COMPARISONS.get(operator, f"is {_quoted(operator)}")
    if operator in ("is_empty", "not_empty", "present"):
        return words
    if operator in ("before", "after"):
        return _date_words(operator, value, unit, is_future=part.get("relative_to") == "future")
    if operator == "range" and isinstance(value, str) and value.count("/") == 1:
        return f"{words} {value.replace('/', ' and ')}"
    if operator == "equals" and unit in ON_UNITS:
        return _on_words(value, unit)
    return f"{words} {_quoted(value)}" + (f" {unit}" if unit else "")


def _date_words(operator: str, value: object, unit: str, *, is_future: bool) -> str:
    if value == "now":
        return "is in the past" if operator == "before" else "is in the future"
    if isinstance(value, int) and not isinstance(value, bool):
        bound = "at most" if (operator == "before") == is_future else "at least"
        return f"is {bound} {_amount(value, unit) if unit else value} {'from now' if is_future else 'ago'}"
    return f"is {operator} {value or '“…”'}"


def _on_words(value: object, unit: str) -> str:
    """A date or a part of one: "is on 4 May of any year", "is in May 2020"."""
    if value == "now":
        return _NOW.get(unit, "is now")
    text = f"{value}"
    whole = {"month": f"2000-{text:0>2}-01", "month_day": f"2000-{text}", "year_month": f"{text}-01"}.get(unit, text)
    try:
        day = date.fromisoformat(whole[:10]) if unit != "day" else None
    except ValueError:
        return f"is {_quoted(value)}" + (f" ({ON_UNITS[unit]})" if unit in ON_UNITS else "")
    if day is None:
        return f"is on day {text} of a month"
    return {
        "month": f"is in {day:%B}",
        "month_day": f"is on {day.day} {day:%B} of any year",
        "year_month": f"is in {day:%B %Y}",
    }.get(unit, f"is on {day.day} {day:%B %Y}")
