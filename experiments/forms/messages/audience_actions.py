"""The buttons of the audience: rules and groups come and go."""

from typing import Any

from experiments.forms.actions import Act, CannotDo, Done
from experiments.forms.editing import Editing
from experiments.forms.messages import audience as audiences


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


ACTIONS: dict[str, Act] = {"add-rule": _add_rule, "add-group": _add_group, "remove": _remove}
