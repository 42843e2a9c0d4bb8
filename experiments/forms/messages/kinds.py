"""The kinds of rules of an audience: which fields each has, and when each of these stands on the page.

Reference: airship OpenAPI schema atomicSelector and what it refers to.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from experiments.providers.airship.audience import COMPARISONS, DATE_UNITS, ON_UNITS

JSON = "json"


@dataclass(frozen=True)
class Part:
    """One field of a rule. `path` are the keys within the selector; the first may be the selector's own name."""

    name: str
    path: tuple[str, ...]
    label: str
    form: str = "text"  # "values", "text", "number", "date", "scalar" or "choice"
    choices: tuple[tuple[str, str], ...] = ()
    hint: str = ""
    seen: str = ""  # the kind of suggestions
    lead: str = ""  # a word before the field, where what stands in it does not tell enough


@dataclass(frozen=True)
class Kind:
    """One choice of “What to look at”. `key` is the selector's name."""

    name: str
    label: str
    section: str
    key: str
    parts: tuple[Part, ...]
    is_old: bool = False  # not in Airship's present definition: offered only where a document has it

    def part(self, name: str) -> Part | None:
        return next((part for part in self.parts if part.name == name), None)


def _choices(words: Mapping[str, str], *names: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, words.get(name, name.replace("_", " "))) for name in names)


def _plain(name: str, label: str, section: str, key: str = "", seen: str = "", is_old: bool = False) -> Kind:
    key = key or name
    value = Part("value", (key,), "Value", "values", hint="one, or several with commas", seen=seen)
    return Kind(name, label, section, key, (value,), is_old)


_PAST = (("", "ago"), ("past", "ago (said so)"), ("future", "from now"))
SPANS = ("years", "months", "days", "hours", "minutes")
_UNITS = (("", "no unit"), *_choices(DATE_UNITS, *SPANS), *_choices(ON_UNITS, *ON_UNITS))
_AS = (("", "as it is"), ("text", "as text"), ("number", "as number"), ("date", "as date"), ("boolean", "as yes or no"))
_WHERE_UNITS = (("", "no unit"), *_choices(DATE_UNITS, "minutes", "days", "months", "years"))
_WHERE_COMPARISONS = _choices(
    COMPARISONS, "equals", "contains", "not_contains", "less", "less_eq", "greater", "greater_eq", "range", "before",
    "after", "is_empty", "not_empty", "present",
)  # fmt: skip


def _where(operators: tuple[tuple[str, str], ...]) -> tuple[Part, ...]:
    return (
        Part("property", ("where", "property"), "Property", hint="a property", lead="where"),
        Part("where", ("where", "operator"), "How to compare the property", "choice", operators),
        Part("wanted", ("where", "value"), "Value of the property", "scalar", hint="value"),
        Part("as", ("where", "compare_as"), "Read the property", "choice", _AS),
        Part("where-unit", ("where", "precision"), "Unit of the property’s date", "choice", _WHERE_UNITS),
        Part("where-past", ("where", "relative_to"), "Which way from now", "choice", _PAST),
    )


def _attribute(name: str, label: str, form: str, hint: str, operators: tuple[str, ...], *more: Part) -> Kind:
    parts = (
        Part("name", ("attribute",), "Attribute", hint="attribute", seen="attribute"),
        Part("operator", ("operator",), "How to compare", "choice", _choices(COMPARISONS, *operators)),
        Part("value", ("value",), "Value", form, hint=hint),
        *more,
    )
    return Kind(name, label, "Attributes", "attribute", parts)


_TEXT_OPERATORS = ("equals", "contains", "less", "greater", "is_empty")
_TAG_GROUP = Part("group", ("group",), "Tag group", hint="no group", seen="group")
_DATE_PARTS = (
    Part("precision", ("precision",), "Unit", "choice", _UNITS),
    Part("relative", ("relative_to",), "Which way from now", "choice", _PAST),
)
_METRICS = (
    ("", "how often"),
    ("count", "how often (said so)"),
    ("total_value", "its total value"),
    ("last", "the last time"),
    ("first", "the first time"),
)
_TIMES = (("", "no number"), *_choices(COMPARISONS, "greater_eq", "greater", "equals", "less_eq", "less"))
_ACTIVITY_PARTS = (
    Part("name", ("activity",), "Activity", hint="such as app_open", seen="activity"),
    Part("metric", ("metric",), "What about it", "choice", _METRICS),
    Part("operator", ("operator",), "How to compare", "choice", _TIMES),
    Part("value", ("value",), "Number", "number", hint="number"),
    Part("after", ("after",), "After (a date, or so many units ago)", "date", hint="30, or a date", lead="since"),
    Part("before", ("before",), "Before (a date, or so many units ago)", "date", hint="30, or a date", lead="until"),
    Part("precision", ("precision",), "Unit", "choice",
         (("", "days"), *_choices(DATE_UNITS, "days", "weeks", "months", "years"))),
    Part("on", ("on",), "On", "date", hint="a date or number", lead="on"),
    Part("on-unit", ("on_precision",), "What “on” names", "choice", (("", "no unit"), *_choices(ON_UNITS, *ON_UNITS))),
)  # fmt: skip
_NUMBER = (
    Part("value", ("sms_id", "msisdn"), "Phone number"),
    Part("sender", ("sms_id", "sender"), "Sender", lead="from"),
)
_ACTIVITY_OPERATORS = tuple(pair for pair in _WHERE_COMPARISONS if pair[0] not in ("not_contains", "not_empty"))

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("tag", "Tag", "People", "tag",
             (_TAG_GROUP, Part("value", ("tag",), "Value", "values", hint="one, or several with commas", seen="tag"))),
        _plain("segment", "Segment", "People", seen="segment"),
        _plain("static_list", "List", "People", seen="static_list"),
        _plain("subscription_list", "Subscription list", "People", seen="subscription_list"),
        _plain("named_user", "Named user", "People"),
        _attribute("text_attribute", "Attribute: text", "text", "text", _TEXT_OPERATORS),
        _attribute("number_attribute", "Attribute: number", "number", "number", _TEXT_OPERATORS),
        _attribute("date_attribute", "Attribute: date", "date", "3, now or 2027-05-04T09:00:00",
                   ("before", "after", "range", "equals", "is_empty"), *_DATE_PARTS),
        Kind("json_attribute", "Attribute: JSON", "Attributes", "attribute",
             (Part("name", ("attribute",), "Attribute", hint="attribute", seen="attribute"),
              *_where(_WHERE_COMPARISONS))),
        Kind("activity", "Activity", "Activity", "activity", (*_ACTIVITY_PARTS, *_where(_ACTIVITY_OPERATORS))),
        _plain("channel", "Channel", "Devices"),
        _plain("ios_channel", "iOS channel", "Devices", is_old=True),
        _plain("android_channel", "Android channel", "Devices"),
        _plain("amazon_channel", "Fire OS channel", "Devices"),
        _plain("web_channel", "Web channel", "Devices", is_old=True),
        _plain("open_channel", "Open channel", "Devices"),
        _plain("email_address", "Email address", "Devices", is_old=True),
        Kind("sms_id", "SMS number", "Devices", "sms_id", _NUMBER),
        Kind("msisdn", "SMS number (not in “sms_id”)", "Devices", "msisdn",
             tuple(replace(part, path=part.path[1:]) for part in _NUMBER), is_old=True),
        _plain("sms_sender", "SMS sender", "Devices", seen="sms_sender"),
        _plain("subscription_lists", "Subscription list (old name)", "Older", is_old=True),
        _plain("alias", "Alias", "Older", is_old=True),
        _plain("device_token", "Device token", "Older", is_old=True),
        _plain("apid", "APID", "Older", is_old=True),
        _plain("wns", "Windows channel", "Older", is_old=True),
        Kind(JSON, "As JSON", "Other", "", ()),
    )
}  # fmt: skip


def is_shown(kind: str, part: Part, texts: Mapping[str, str]) -> bool:
    """Whether the field of this part stands on the page; one that holds something always does."""
    operator, metric, name = texts.get("operator", ""), texts.get("metric", ""), part.name
    if texts.get(name):
        return True
    if kind == "date_attribute" and name == "precision":
        return operator not in ("range", "is_empty")
    if kind == "date_attribute" and name == "relative":
        return operator in ("before", "after")
    if kind == "activity" and name in ("operator", "value"):
        return metric in ("", "count", "total_value")
    if kind == "activity" and name in ("on", "on-unit"):
        return metric in ("first", "last") and (name == "on" or bool(texts.get("on")))
    if kind == "activity" and name == "precision":
        return bool(texts.get("after") or texts.get("before"))
    if name == "value" and kind.endswith("attribute"):
        return operator != "is_empty"
    if part.path[0] == "where" and name != "property":
        has_property = kind == "json_attribute" or bool(texts.get("property") or texts.get("where"))
        is_valueless = texts.get("where") in ("is_empty", "not_empty", "present")
        is_date = texts.get("as") == "date" or bool(texts.get(name))
        needs_date = name in ("where-unit", "where-past")
        return has_property and (name != "wanted" or not is_valueless) and (not needs_date or is_date)
    return True


def choices_of(kind: str, part: Part, texts: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """What the field offers: with the comparison only its own units, and nothing chosen only where nothing is."""
    shown, choices = texts.get(part.name, ""), part.choices
    if kind == "date_attribute" and part.name == "precision":
        fitting = ON_UNITS if texts.get("operator") == "equals" else SPANS
        choices = tuple(pair for pair in choices if pair[0] in ("", shown, *fitting))
    if part.choices == _PAST:
        choices = tuple(pair for pair in choices if pair[0] in (shown, "" if shown != "past" else "past", "future"))
    return choices if shown in dict(choices) else (("", "choose…"), *choices)
