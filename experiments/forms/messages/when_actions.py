"""The buttons of the time: another time offered beside it, the same moment on a new clock, giving up the JSON's."""

from experiments.forms.actions import Act, Done
from experiments.forms.editing import Editing
from experiments.forms.messages.planning import UNSET, set_time, when_of
from experiments.forms.texts import storable
from experiments.providers.airship import document as airship


def _pick_time(editing: Editing, place: str) -> Done:
    day, _, time = storable(place).partition("T")
    mode = when_of(editing.document, editing.plan, editing.zone).mode
    set_time(editing.document, editing.plan, mode if mode in UNSET else "moment", day, time, None, editing.zone)
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


ACTIONS: dict[str, Act] = {"pick-time": _pick_time, "keep-time": _keep_time, "choose-time": _choose_time}
