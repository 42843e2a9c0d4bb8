"""The button that chooses an open channel by its name."""

from experiments.forms.actions import Act, CannotDo, Done
from experiments.forms.editing import Editing
from experiments.forms.messages import fields
from experiments.forms.texts import NotKept


def _add_open_channel(editing: Editing, place: str) -> Done:
    """The name was posted before and stands in the plan, so that it is not lost where it cannot be one."""
    try:
        platform = fields.add_open_channel(editing.document, editing.plan.get("open_channel", ""))
    except NotKept as error:
        raise CannotDo(str(error)) from None
    editing.plan.pop("open_channel", None)
    return Done(f"{platform} is chosen. Its own fields are on its tab under Variants.")


ACTIONS: dict[str, Act] = {"add-open-channel": _add_open_channel}
