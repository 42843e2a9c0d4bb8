"""What Qonversion's pages say in words only, and what Splitdesk asks besides: one list of small rules about the test.

Each rule takes the document and yields problems; its docstring ends with its source. API means Qonversion's v4 pages
about experiments; guide means its dashboard guides; own means Splitdesk's own decision. Where no page says that
Qonversion refuses something, the rule only warns.
"""

import unicodedata
from collections.abc import Callable, Iterator

from experiments.providers.letters import variant_letter
from experiments.providers.names import find_name_problems
from experiments.providers.qonversion.alias import ALLOWED, LONGEST, LONGEST_CHOICE
from experiments.providers.qonversion.definition import SET_IN_DASHBOARD, groups_of, is_number
from experiments.providers.qonversion.groups import MOST_VARIANTS
from experiments.providers.qonversion.wording import GOAL_DIRECTIONS, metric_label, subject, written_metric
from experiments.providers.shapes import Json, Problem
from experiments.providers.text import is_unseen, places

LONGEST_NAME = 255

# Codes of what is only not written yet: a new draft is not shouted at for them.
MISSING = frozenset({"name_missing", "groups_missing", "group_name_missing", "weight_missing"})


def name_is_there(document: Json) -> Iterator[Problem]:
    """A test has a name, on one line. Source: API, required; one line and 255 characters: own, for our lists."""
    name = document.get("name")
    if name is None or (isinstance(name, str) and is_unseen(name)):
        yield Problem("/name", "The test has no name. Give it one that your team will know it by.", "name_missing")
    elif isinstance(name, str):
        if any(unicodedata.category(character) in ("Cc", "Zl", "Zp") for character in name):
            yield Problem("/name", "The name must be one line without control characters.", "name_lines")
        if len(name) > LONGEST_NAME:
            message = f"The name has {len(name):,} characters; {LONGEST_NAME} are the most."
            yield Problem("/name", message, "name_too_long")


def names_show_what_they_are(document: Json) -> Iterator[Problem]:
    """Turned writing directions and letters that look alike make a name read otherwise than it is. Source: own."""
    for pointer, value in places(document):
        if pointer.endswith("/name"):
            yield from find_name_problems(pointer, subject(pointer), value)


def alias_can_be_taken(document: Json) -> Iterator[Problem]:
    """Letters, digits, ".", "_", "-", and room for our reference. Source: API alias_id, at most 64 characters."""
    alias = document.get("alias_id")
    if not isinstance(alias, str) or not alias:
        return
    if not ALLOWED.fullmatch(alias):
        wrong = sorted({character for character in alias if not ALLOWED.fullmatch(character)})
        shown = ", ".join(dict.fromkeys(map(_shown, wrong[:5])))
        message = f"The alias holds {shown}. It may hold letters A to Z, digits, “.”, “_” and “-”."
        yield Problem("/alias_id", message, "alias_form")
    if len(alias) > LONGEST_CHOICE:
        message = (
            f"The alias has {len(alias)} characters; {LONGEST_CHOICE} are the most. "
            f"Splitdesk adds a reference of 31, and Qonversion takes {LONGEST}."
        )
        yield Problem("/alias_id", message, "alias_too_long")
    if "abx-" in alias.lower():
        yield Problem("/alias_id", "The alias holds “abx-”, which Splitdesk keeps for itself. Delete it.", "marker")


def _shown(character: str) -> str:
    if character == " ":
        return "a blank"
    return f"“{character}”" if character.isprintable() else "a character that cannot be seen"


def share_of_users_is_a_percentage(document: Json) -> Iterator[Problem]:
    """From 0 to 100. Source: API segment_percent, whose bounds and default are not documented."""
    percent = document.get("segment_percent")
    if percent is None:
        message = (
            "The share of users is not set. Qonversion’s pages do not say who enters then: "
            "set it, or look in its dashboard before you start the test."
        )
        yield Problem("/segment_percent", message, "segment_percent_missing", "warning")
    elif is_number(percent) and not 0 <= percent <= 100:
        message = f"The share of users is {percent}. It is most likely meant from 0 to 100."
        yield Problem("/segment_percent", message, "segment_percent_range", "warning")
    elif is_number(percent) and percent == 0:
        yield Problem(
            "/segment_percent", "The share of users is 0: nobody would enter.", "segment_percent_0", "warning"
        )


def metric_is_known(document: Json) -> Iterator[Problem]:
    """One of the dashboard's metrics, as the API writes it. Source: guide (launch experiment); no list in the API."""
    metric = document.get("primary_metric")
    if not isinstance(metric, str) or not metric:
        return
    written = written_metric(metric)
    if written != metric:
        message = f"“{metric}” is the old spelling. It is sent as “{written}”."
        yield Problem("/primary_metric", message, "metric_spelling", "warning")
    if not metric_label(metric):
        message = f"“{metric}” is none of the metrics that Qonversion’s pages name. It may be refused."
        yield Problem("/primary_metric", message, "metric_unknown", "warning")


def goal_is_whole(document: Json) -> Iterator[Problem]:
    """A goal has a metric, a value and a direction. Source: own; the API takes each on its own."""
    direction, value = document.get("goal_direction"), document.get("goal_value")
    if isinstance(direction, str) and direction and direction not in GOAL_DIRECTIONS:
        message = f"“{direction}” may be refused. Qonversion’s pages show “decrease”; “increase” is the likely other."
        yield Problem("/goal_direction", message, "goal_direction_unknown", "warning")
    if value is not None and not direction:
        yield Problem("/goal_direction", "The goal has a value but no direction.", "goal_direction_missing", "warning")
    if direction and value is None:
        yield Problem("/goal_value", "The goal has a direction but no value.", "goal_value_missing", "warning")
    if (value is not None or direction) and not document.get("primary_metric"):
        message = "The goal has no metric that it is about."
        yield Problem("/primary_metric", message, "metric_missing", "warning")


def number_of_groups(document: Json) -> Iterator[Problem]:
    """One group or more. Source: API overview, "one or more groups"; what a start needs is not documented."""
    groups = document.get("groups")
    if groups is None or groups == []:
        yield Problem("/groups", "The test has no group. It needs one or more.", "groups_missing")
    elif isinstance(groups, list) and len(groups) == 1:
        yield Problem("/groups", "There is one group, so nothing is compared.", "nothing_to_compare", "warning")
    elif isinstance(groups, list) and len(groups) > MOST_VARIANTS:
        message = f"The test has {len(groups)} groups. How many Qonversion takes is not documented."
        yield Problem("/groups", message, "groups_many", "warning")


def groups_have_names(document: Json) -> Iterator[Problem]:
    """Each group has a name of its own. Source: own; by its name a group is found again after a lost answer."""
    seen: dict[str, int] = {}
    for position, group in enumerate(groups_of(document)):
        if not isinstance(group, dict):
            continue
        pointer, name = f"/groups/{position}/name", group.get("name")
        if name is None or (isinstance(name, str) and is_unseen(name)):
            yield Problem(pointer, f"Group {variant_letter(position)} has no name.", "group_name_missing")
        elif isinstance(name, str):
            first = seen.setdefault(name.strip(), position)
            if first != position:
                message = f"Group {variant_letter(position)} has the name of group {variant_letter(first)}."
                yield Problem(pointer, f"{message} Give each its own.", "group_name_double")


def one_group_is_the_control(document: Json) -> Iterator[Problem]:
    """Exactly one control to compare with. Source: own; whether Qonversion asks for it is not documented."""
    groups = [group for group in groups_of(document) if isinstance(group, dict)]
    controls = [group for group in groups if group.get("is_control") is True]
    if groups and not controls:
        yield Problem("/groups", "No group is the control.", "control_missing", "warning")
    elif len(controls) > 1:
        yield Problem("/groups", f"{len(controls)} groups are marked as the control.", "control_double", "warning")


def weights_are_proportions(document: Json) -> Iterator[Problem]:
    """Each group has a weight of 0 or more. Source: API weight, required and relative; bounds: own."""
    for position, group in enumerate(groups_of(document)):
        weight = group.get("weight") if isinstance(group, dict) else 1
        pointer, whose = f"/groups/{position}/weight", f"Group {variant_letter(position)}’s weight"
        explained = "Weights are proportions: 3 and 1 give three quarters and one quarter."
        if weight is None:
            yield Problem(pointer, f"{whose} is missing. {explained}", "weight_missing")
        elif is_number(weight) and weight < 0:
            yield Problem(pointer, f"{whose} is {weight}. It cannot be below 0. {explained}", "weight_too_small")
        elif is_number(weight) and weight == 0:
            yield Problem(pointer, f"{whose} is 0: nobody would get this group.", "weight_0", "warning")


def groups_differ(document: Json) -> Iterator[Problem]:
    """Two groups with the same remote config compare nothing. Source: own."""
    first_with: dict[str, int] = {}
    for position, group in enumerate(groups_of(document)):
        config = group.get("remote_config_uid") if isinstance(group, dict) else None
        if isinstance(config, str) and config:
            first = first_with.setdefault(config, position)
            if first != position:
                message = f"Group {variant_letter(position)} has the remote config of group {variant_letter(first)}."
                yield Problem(f"/groups/{position}/remote_config_uid", message, "groups_identical", "warning")


def offerings_are_set_elsewhere(document: Json) -> Iterator[Problem]:
    """An offering is not sent. Source: API create group, whose body has no such field."""
    for position, group in enumerate(groups_of(document)):
        for key in sorted(SET_IN_DASHBOARD & group.keys()) if isinstance(group, dict) else ():
            message = (
                f"Group {variant_letter(position)}’s offering is not sent: no call of Qonversion’s API sets it. "
                "Choose it in Qonversion’s dashboard when the test is there."
            )
            yield Problem(f"/groups/{position}/{key}", message, "set_in_dashboard", "warning")


type Rule = Callable[[Json], Iterator[Problem]]

RULES: tuple[Rule, ...] = (
    name_is_there,
    names_show_what_they_are,
    alias_can_be_taken,
    share_of_users_is_a_percentage,
    metric_is_known,
    goal_is_whole,
    number_of_groups,
    groups_have_names,
    one_group_is_the_control,
    weights_are_proportions,
    groups_differ,
    offerings_are_set_elsewhere,
)
