"""What the bodies of create and change may hold, field by field.

Reference: https://documentation.qonversion.io/api-reference/experiments/create-an-experiment
"""

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.qonversion.answers import Refused
from sandbox.qonversion.call import IDENTITY
from sandbox.switches import Switches

type Check = Callable[[object, Switches], str]  # what is wrong, or nothing

# The dashboard has ten primary metrics; most names are guesses, and only the switch `metric_names` relies on them.
METRICS = frozenset(
    {
        *("user_to_trial", "user_to_paid", "trial_to_paid", "trial_cancellation", "subscription_cancellation"),
        *("new_subscriptions", "new_trials", "sales", "proceeds", "refunds"),
    }
)
LARGEST = 1e12


def _text(value: object, limit: float = 0) -> str:
    if not isinstance(value, str):
        return "must be a string"
    return f"must have at most {limit:.0f} characters" if limit and len(value) > limit else ""


def _name(value: object, switches: Switches) -> str:
    if value == "" and not switches.accepts("empty_name"):
        return "must not be empty"
    return _text(value, switches.number("name_length"))


def _alias(value: object, switches: Switches) -> str:
    limit = int(switches.word("alias_length"))
    return _text(value, limit) or ("" if IDENTITY.fullmatch(str(value)) else "must match ^[a-zA-Z0-9._-]+$")


def _description(value: object, switches: Switches) -> str:
    return _text(value, switches.number("description_length"))


def _number(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "must be a number"
    return "" if abs(value) < LARGEST else "is out of range"


def _is_fraction(value: object) -> bool:
    return isinstance(value, float) and not value.is_integer()


def _segment_percent(value: object, switches: Switches) -> str:
    if complaint := _number(value):
        return complaint
    beyond = not 0 <= float(str(value)) <= 100
    if beyond and not switches.accepts("segment_percent_beyond_100"):
        return "must be between 0 and 100"
    return "must be a whole number" if _is_fraction(value) and not switches.accepts("segment_percent_fraction") else ""


def _goal_value(value: object, switches: Switches) -> str:
    if complaint := _number(value):
        return complaint
    negative = float(str(value)) < 0
    return "must not be negative" if negative and not switches.accepts("goal_value_negative") else ""


def _primary_metric(value: object, switches: Switches) -> str:
    if complaint := _text(value):
        return complaint
    name = str(value)
    if "-" in name and switches.word("hyphenated_metric") == "reject":
        return "must be spelled with underscores"
    is_known = name.replace("-", "_") in METRICS
    return "" if is_known or switches.word("metric_names") == "any" else "is not a known metric"


def _goal_direction(value: object, switches: Switches) -> str:
    known = value in ("increase", "decrease") or switches.word("goal_directions") == "any"
    return _text(value) or ("" if known else "must be one of increase, decrease")


def _any_text(value: object, switches: Switches) -> str:
    return _text(value)


def _boolean(value: object, switches: Switches) -> str:
    return "" if isinstance(value, bool) else "must be a boolean"


def _weight(value: object, switches: Switches) -> str:
    if complaint := _number(value):
        return complaint
    weight = float(str(value))
    if weight == 0 and not switches.accepts("group_weight_zero"):
        return "must not be 0"
    if weight < 0 and not switches.accepts("group_weight_negative"):
        return "must not be negative"
    return "must be a whole number" if _is_fraction(value) and not switches.accepts("group_weight_fraction") else ""


EXPERIMENT: Mapping[str, Check] = {
    "name": _name,
    "alias_id": _alias,
    "description": _description,
    "segment_percent": _segment_percent,
    "primary_metric": _primary_metric,
    "goal_value": _goal_value,
    "goal_direction": _goal_direction,
    "context_key": _any_text,
    "is_context_specific": _boolean,
}
GROUP: Mapping[str, Check] = {
    "name": _any_text,
    "is_control": _boolean,
    "weight": _weight,
    "remote_config_uid": _any_text,
}
NULLABLE = frozenset({"segment_percent", "primary_metric", "goal_value", "goal_direction"})
NULLABLE_IN_GROUP = frozenset({"name", "remote_config_uid"})


def experiment_fields(content: Mapping[str, Any], switches: Switches, *, is_new: bool) -> dict[str, Any]:
    """The fields that were sent and are known. Raises Refused."""
    null_description = not is_new or switches.accepts("null_on_create")
    nullable = NULLABLE | {"description"} if null_description else NULLABLE
    taken = _checked(content, EXPERIMENT, nullable, ("name", "alias_id") if is_new else (), switches)
    metric = taken.get("primary_metric")
    if metric and switches.word("hyphenated_metric") == "convert":
        taken["primary_metric"] = metric.replace("-", "_")
    return taken


def group_fields(content: Mapping[str, Any], switches: Switches, *, is_new: bool) -> dict[str, Any]:
    """The fields that were sent and are known. Raises Refused."""
    return _checked(content, GROUP, NULLABLE_IN_GROUP, ("weight",) if is_new else (), switches)


def _checked(
    content: Mapping[str, Any],
    checks: Mapping[str, Check],
    nullable: frozenset[str],
    required: tuple[str, ...],
    switches: Switches,
) -> dict[str, Any]:
    wrong = [(name, "is required") for name in required if name not in content]
    for name, value in content.items():
        if name not in checks:
            if switches.word("unknown_fields") == "reject":
                wrong.append((name, "is not a known field"))
        elif value is None and name not in nullable:
            wrong.append((name, "must not be null"))
        elif value is not None and (complaint := checks[name](value, switches)):
            wrong.append((name, complaint))
    if wrong:
        raise Refused(400, "invalid_data", "Request data is invalid", wrong)
    return {name: value for name, value in content.items() if name in checks}
