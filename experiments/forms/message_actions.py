"""The buttons that only the editor of message tests has: even weights, audience rules, and the time."""

from typing import Any

from experiments.forms import audience as audiences
from experiments.forms.actions import Act, CannotDo, Done
from experiments.forms.drafts import Editing
from experiments.forms.planning import set_moment, when_of
from experiments.forms.texts import storable
from experiments.providers.airship import document as airship
from experiments.providers.airship.variants import variants_of


def _even_split(editing: Editing, place: str) -> Done:
    for position, variant in enumerate(variants_of(editing.document)):
        if isinstance(variant, dict) and variant.get("weight", 1) != 1:
            variant["weight"] = 1
        editing.unparsed.pop(f"/variants/{position}/weight", None)
    return Done("All variants now have the same weight.")


def _add_rule(editing: Editing, place: str) -> Done:
    return _add(editing, place, audiences.new_rule())


def _add_group(editing: Editing, place: str) -> Done:
    return _add(editing, place, {"or": [audiences.new_rule()]})


def _add(editing: Editing, place: str, selector: dict[str, Any]) -> Done:
    root = audiences.read_audience(editing.document.get("audience"))
    if root is None:
        editing.document["audience"] = {"and": [selector]}
        return Done(focus="/audience/and/0")
    if place.count("/and") + place.count("/or") + place.count("/not") >= audiences.MOST_DEPTH - 1:
        raise CannotDo("The groups are nested as deep as they can be.")
    before = audiences.rule_ids(root)
    if not audiences.add_to(root, place, selector):
        raise IndexError(place)
    editing.document["audience"] = root.written()
    added = [id for id in audiences.rule_ids(audiences.read_audience(root.written())) if id not in before]
    return Done(focus=added[-1] if added else "")


def _remove(editing: Editing, place: str) -> Done:
    root = audiences.read_audience(editing.document.get("audience"))
    if root is None or not audiences.remove_from(root, place):
        raise IndexError(place)
    editing.document["audience"] = root.written()
    return Done("The rule is removed.", is_removal=True)


def _pick_time(editing: Editing, place: str) -> Done:
    day, _, time = storable(place).partition("T")
    set_moment(editing.document, editing.plan, day, time, None, editing.zone)
    return Done(focus="time")


def _keep_time(editing: Editing, place: str) -> Done:
    """The workspace's zone changed: the moment stays, its clock time is now this one."""
    when = when_of(editing.document, editing.plan, editing.zone)
    editing.plan["when"] = {"mode": "moment", "local": f"{when.day}T{when.time}", "fold": when.fold}
    return Done("The time is kept.")


def _choose_time(editing: Editing, place: str) -> Done:
    """Give up a schedule that only the JSON can express, and choose in the form."""
    editing.plan["when"] = {"mode": "soon", "local": "", "fold": None}
    editing.document = airship.without_time(editing.document)
    return Done("The schedule from the JSON is removed.", is_removal=True)


ACTIONS: dict[str, Act] = {
    "even-split": _even_split,
    "add-rule": _add_rule,
    "add-group": _add_group,
    "remove": _remove,
    "pick-time": _pick_time,
    "keep-time": _keep_time,
    "choose-time": _choose_time,
}
