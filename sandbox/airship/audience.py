"""The grammar of audiences: "all", or selectors joined by and, or, not. Names are read in any case.

Reference: https://www.airship.com/docs/developer/rest-api/ua/schemas/audience-selection/
"""

from collections.abc import Iterator, Mapping

from sandbox.airship.shapes import (
    Check,
    Invalid,
    Path,
    Rules,
    an_object,
    array,
    boolean,
    choice,
    either,
    integer,
    number,
    record,
    text,
    uuid,
)

MOST_SELECTORS = 1000
MOST_CHILDREN = 10

OPERATORS = ("and", "or", "not")
PLATFORM_OF: Mapping[str, tuple[str, ...]] = {
    "ios_channel": ("ios",),
    "android_channel": ("android",),
    "amazon_channel": ("amazon",),
    "sms_id": ("sms", "mms"),
    "sms_sender": ("sms", "mms"),
    "open_channel": ("open::",),
}
LEGACY = ("location", "device_token", "apid", "wns", "alias", "web_channel", "email_address")


def identity(value: object, path: Path, rules: Rules) -> None:
    (uuid if rules.switches.word("selector_ids") == "uuid" else text(1))(value, path, rules)


def one_or_many(item: Check, most: int | None = 100) -> Check:
    many = array(item, 1, most)

    def check(value: object, path: Path, rules: Rules) -> None:
        (many if isinstance(value, list) else item)(value, path, rules)

    return check


identities = one_or_many(identity)
words = one_or_many(text(1, 128))
named_users = one_or_many(text(1, 128, pattern=r"\S(.*\S)?"))
phone = record(
    {"msisdn": text(1, 128, pattern=r"[0-9]+"), "sender": text(1, 128, pattern=r"[0-9]+")}, ("msisdn", "sender")
)

precisions = (
    *("years", "months", "days", "hours", "minutes"),
    *("day", "month", "month_day", "year_month", "year_month_day"),
)
attribute_fields: Mapping[str, Check] = {
    "attribute": text(1, 256),
    "operator": choice("equals", "contains", "less", "greater", "is_empty", "before", "after", "range"),
    "value": either(text(0, 255), number()),
    "precision": choice(*precisions),
    "relative_to": choice("future", "past"),
}
where_fields: Mapping[str, Check] = {
    "property": text(1),
    "compare_as": choice("text", "number", "date", "boolean"),
    "precision": choice("minutes", "days", "months", "years"),
    "relative_to": choice("future", "past"),
    "value": either(text(), number(), boolean),
}
comparisons = ("equals", "contains", "less", "less_eq", "greater", "greater_eq", "range", "before", "after")
json_where = record(
    {**where_fields, "operator": choice(*comparisons, "not_contains", "is_empty", "not_empty")},
    ("property", "operator"),
)
activity_where = record(
    {**where_fields, "operator": choice(*comparisons, "present")}, ("property", "operator", "value")
)
moment_or_units = either(text(pattern=r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?"), integer())
activity_fields: Mapping[str, Check] = {
    "activity": text(1),  # the listed names, or a custom event's
    "metric": choice("count", "total_value", "first", "last"),
    "operator": choice("greater", "less", "equals", "greater_eq", "less_eq"),
    "value": number(),
    "before": moment_or_units,
    "after": moment_or_units,
    "on": moment_or_units,
    "on_precision": choice("day", "month", "month_day", "year_month", "year_month_day"),
    "precision": choice("days", "weeks", "months", "years"),
    "where": activity_where,
}


def attribute(value: object, path: Path, rules: Rules) -> None:
    members = an_object(value, path)
    if "where" in members:
        record({"attribute": text(1, 1024), "where": json_where}, ("attribute", "where"))(value, path, rules)
        return
    record(attribute_fields, ("attribute", "operator"))(value, path, rules)
    if members["operator"] != "is_empty" and "value" not in members:
        raise Invalid((*path, "value"), "missing required key 'value'")


def activity(value: object, path: Path, rules: Rules) -> None:
    moments = an_object(value, path).get("metric") in ("first", "last")
    record(activity_fields, ("activity",) if moments else ("activity", "operator", "value"))(value, path, rules)


# The key that names the kind, and how an object of that kind looks.
KINDS: Mapping[str, Check] = {
    "tag": record({"tag": words, "group": text(1)}),
    "named_user": record({"named_user": named_users}),
    "segment": record({"segment": identities}),
    "channel": record({"channel": identities}),
    **{
        name: record({name: identities})
        for name in ("ios_channel", "android_channel", "amazon_channel", "open_channel")
    },
    "static_list": record({"static_list": words}),
    "subscription_list": record({"subscription_list": one_or_many(text(1, 32))}),
    "sms_sender": record({"sms_sender": one_or_many(text(1, 16, pattern="[0-9]+"))}),
    "sms_id": record({"sms_id": phone}),
    "msisdn": phone,
    "attribute": attribute,
    "activity": activity,
}


def audience(value: object, path: Path, rules: Rules) -> None:
    if isinstance(value, str):
        _word(value, path, rules)
        return
    selector(value, path, rules)
    if sum(1 for _ in atoms(value, path)) > MOST_SELECTORS:
        raise Invalid(path, f"holds more than {MOST_SELECTORS} selectors")


def _word(value: str, path: Path, rules: Rules) -> None:
    known = value.lower() == "all" or (value.lower() == "triggered" and rules.switches.accepts("triggered"))
    if not known:
        raise Invalid(path, f"unknown audience '{value}'")


def selector(value: object, path: Path, rules: Rules) -> None:
    if isinstance(value, str) and value.lower() == "all" and rules.switches.accepts("all_inside_operators"):
        return
    members = an_object(value, path)
    if not members:
        raise Invalid(path, "must not be empty")
    names = {name.lower(): name for name in members}
    operator = next((name for name in OPERATORS if name in names), None)
    if operator is not None:
        if len(members) > 1:
            raise Invalid(path, f"'{names[operator]}' must be alone")
        _operator(operator, members[names[operator]], (*path, names[operator]), rules)
        return
    kind = next((name for name in KINDS if name in names), None)
    if kind is None:
        _unusual(next(iter(names)), next(iter(members)), path, rules)
        return
    KINDS[kind]({name.lower(): member for name, member in members.items()}, path, rules)


def _operator(operator: str, value: object, path: Path, rules: Rules) -> None:
    if operator != "not":
        array(selector, 1, MOST_CHILDREN)(value, path, rules)
    elif isinstance(value, list) and rules.switches.accepts("not_with_list"):
        array(selector, 1, 1)(value, path, rules)
    else:
        selector(value, path, rules)


def _unusual(name: str, written: str, path: Path, rules: Rules) -> None:
    if name == "subscription_lists" and rules.switches.accepts("subscription_lists"):
        return
    if name in LEGACY and rules.switches.accepts("legacy_selectors"):
        return
    raise Invalid((*path, written), f"unexpected key '{written}'")


def atoms(value: object, path: Path = ()) -> Iterator[tuple[Path, dict[str, object]]]:
    """Every selector that is no operator, with its path, keys in lower case; without recursion, so of any depth."""
    open_values: list[tuple[Path, object]] = [(path, value)]
    while open_values:
        where, member = open_values.pop()
        if isinstance(member, list):
            open_values += [((*where, index), child) for index, child in enumerate(member)]
        elif isinstance(member, dict):
            operators = [name for name in member if name.lower() in OPERATORS]
            open_values += [((*where, name), member[name]) for name in operators]
            if not operators:
                yield where, {name.lower(): child for name, child in member.items()}


def check_platform_ids(value: object, path: Path, device_types: list[str]) -> None:
    """An id of one platform needs that platform in `device_types`. Raises Invalid."""
    for where, atom in atoms(value, path):
        for kind in atom:
            wanted = PLATFORM_OF.get(kind)
            if wanted and not any(name.startswith(wanted) for name in device_types):
                raise Invalid((*where, kind), f"'{kind}' needs {' or '.join(wanted)} in device_types")
