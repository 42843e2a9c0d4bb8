"""Qonversion's words and ours: statuses, metrics, places in a document, and sentences about who may enter a test."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from experiments.providers.letters import variant_letter
from experiments.providers.pointers import steps

# The word of the API's enum first; an older copy of the overview says running and stopped instead.
# Reference: https://documentation.qonversion.io/api-reference/experiments/change-experiment-status
STATUSES = {
    "draft": "draft",
    "active": "running",
    "running": "running",
    "paused": "paused",
    "finished": "finished",
    "stopped": "finished",
}
GOAL_DIRECTIONS = ("increase", "decrease")  # only "decrease" was ever seen; neither is documented as a closed set

_LEGACY_METRIC = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)+")
_LABELS = {
    "alias_id": "alias",
    "context_key": "context key",
    "goal_direction": "goal direction",
    "goal_value": "goal value",
    "groups": "list of groups",
    "is_context_specific": "choice of one context",
    "is_control": "mark as control",
    "primary_metric": "primary metric",
    "remote_config_uid": "remote config id",
    "segment_percent": "share of users",
}


@dataclass(frozen=True)
class Metric:
    """A metric by the name the API writes. `is_documented` is False where that spelling is a likely guess."""

    name: str
    label: str
    is_documented: bool = False


# The dashboard's list; two spellings follow from a rule that the API's pages state, the others from its chart codes.
# "New trials" is on the list too, but nothing tells how the API spells it.
# Reference: https://documentation.qonversion.io/docs/launch-experiment
METRICS = (
    Metric("user_to_trial", "User-to-trial conversion", is_documented=True),
    Metric("user_to_paid", "User-to-paid conversion"),
    Metric("trial_to_paid", "Trial-to-paid conversion"),
    Metric("subscription_cancellation", "Subscription cancellation rate", is_documented=True),
    Metric("trial_cancellation", "Trial cancellation rate"),
    Metric("new_subscriptions", "New subscriptions"),
    Metric("sales", "Sales"),
    Metric("proceeds", "Proceeds"),
    Metric("refunds", "Refunds"),
)
_METRIC_LABELS = {metric.name: metric.label for metric in METRICS}


def our_status(word: str) -> str:
    """Our status for Qonversion's word, "" for a word that no page of Qonversion's has."""
    return STATUSES.get(word.strip().lower(), "")


def written_metric(name: str) -> str:
    """A metric's name as it is written: old names with hyphens may be read, but must not be sent back.

    Reference: https://documentation.qonversion.io/api-reference/experiments/change-experiment-status (primary_metric)
    """
    return name.replace("-", "_") if _LEGACY_METRIC.fullmatch(name) else name


def metric_label(name: str) -> str:
    """What a person calls a metric, in either spelling; "" for one that is not on the list."""
    return _METRIC_LABELS.get(written_metric(name), "")


def owner(pointer: str) -> str:
    """Whose place it is: "Group B" or "The test"."""
    path = steps(pointer)
    return f"Group {variant_letter(int(path[1]))}" if _is_group(path) else "The test"


def subject(pointer: str) -> str:
    """The place as the subject of a sentence: "Group B’s weight"."""
    path = steps(pointer)
    if not path:
        return "The document"
    inner = path[2:] if _is_group(path) else path
    if not inner:
        return owner(pointer)
    return f"{owner(pointer)}’s {_LABELS.get(inner[-1], inner[-1].replace('_', ' '))}"


def _is_group(path: Sequence[str]) -> bool:
    return len(path) > 1 and path[0] == "groups" and path[1].isdecimal()


def is_everybody(audience: object) -> bool:
    """False, always: the rules that decide it are not told by the API."""
    return False


def audience_sentence(audience: object) -> str:
    """The audience as the object of a sentence. It is set in the dashboard, and the API neither sets nor tells it."""
    return "the people whom the audience rules in Qonversion’s dashboard let in"


def platform_sentence(device_types: Sequence[str]) -> str:
    """Where a test shows: a test belongs to a project, not to platforms."""
    return "the apps of the project"
