"""A test as people read and change it: which fields it has, in words, and its groups as they are held."""

from experiments.providers.qonversion.definition import groups_of, is_number
from experiments.providers.qonversion.reading import groups_of as read_groups
from experiments.providers.qonversion.reading import is_user_id as is_user_id
from experiments.providers.qonversion.wording import GOAL_DIRECTIONS, METRICS, metric_label
from experiments.providers.shapes import Field, Json, RemoteVariant

# What may be changed in which status is not documented. The alias is left out: one page says that it is immutable.
TEST_FIELDS = (
    Field("name", "Name"),
    Field("description", "Description", "area"),
    Field(
        "primary_metric",
        "Primary metric",
        hint="One of the list, or as Qonversion writes it",
        suggestions=tuple((metric.name, metric.label) for metric in METRICS),
    ),
    Field("goal_value", "Goal value", "number", "Qonversion does not tell in which unit"),
    Field("goal_direction", "Goal direction", suggestions=tuple((word, "") for word in GOAL_DIRECTIONS)),
    Field("segment_percent", "Share of users, %", "number", "Of those whom the audience rules let in"),
    Field("context_key", "Context key", hint="The part of the app, such as main_paywall"),
    Field("is_context_specific", "Only where this context key is asked for", "yes_no"),
)
GROUP_FIELDS = (
    Field("name", "Name"),
    Field("weight", "Weight", "number"),
    Field("is_control", "Control", "yes_no"),
    Field("remote_config_uid", "Remote config id"),
)


def facts(raw: Json) -> list[tuple[str, str]]:
    """What is set of a test, as label and words, in the order of reading; its name and description are not in it."""
    metric = _text(raw.get("primary_metric"))
    label = metric_label(metric)
    goal = ", ".join(filter(None, (_number(raw.get("goal_value")), _text(raw.get("goal_direction")))))
    percent = _number(raw.get("segment_percent"))
    found = [
        ("Alias", _text(raw.get("alias_id"))),
        ("Primary metric", f"{label} ({metric})" if label else metric),
        ("Goal", goal),
        ("Share of users", f"{percent} %" if percent else "Not set"),
        ("Context key", _text(raw.get("context_key"))),
        ("Only this context", "Yes" if raw.get("is_context_specific") is True else ""),
    ]
    return [(name, words) for name, words in found if words]


def held_groups(raw: Json) -> tuple[RemoteVariant, ...]:
    """The groups of a test as it was read, with their ids; none where nobody has read them yet."""
    return read_groups(groups_of(raw))


def group_facts(group: RemoteVariant) -> list[tuple[str, str]]:
    """What a group shows to people, as label and words."""
    found = [
        ("Remote config", _text(group.raw.get("remote_config_uid"))),
        ("Offering", _text(group.raw.get("offering_uid"))),
    ]
    return [(name, words) for name, words in found if words]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _number(value: object) -> str:
    return f"{value:g}" if is_number(value) else ""
