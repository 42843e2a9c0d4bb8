"""Platforms that no tick stands for: MMS, and the team's own open channels."""

import re
from typing import Any

from experiments.forms import pointers
from experiments.forms.messages.fields.tabs import has_form
from experiments.forms.messages.fields.titles import notification_pointer
from experiments.forms.texts import NotKept
from experiments.providers.shapes import Json

_OPEN = "open::"
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)


def tabs_of(document: Json, position: int) -> list[str]:
    """The platforms whose fields a variant's page can show: the chosen ones, and those that it has a message for.

    An MMS goes to the same channels as an SMS. Source: OpenAPI mmsOverrideObject.
    """
    chosen = document.get("device_types")
    names = [name for name in chosen if isinstance(name, str)] if isinstance(chosen, list) else []
    if "sms" in names and "mms" not in names:
        names.insert(names.index("sms") + 1, "mms")
    notification = pointers.find(document, notification_pointer(position))
    names += list(notification) if isinstance(notification, dict) else []
    return [name for name in dict.fromkeys(names) if name and has_form(name)]


def has_tick(name: Any) -> bool:
    """Whether a chosen platform that is not one of the usual ones has a tick, so that it can be taken away."""
    return name == "mms" or (isinstance(name, str) and name.startswith(_OPEN))


def add_open_channel(document: Json, typed: Any) -> str:
    """Choose the open channel that was typed, "kiosk" or "open::kiosk". Its platform; NotKept for no such name."""
    name = str(typed).strip().removeprefix(_OPEN)
    if not _NAME.fullmatch(name):
        raise NotKept("An open channel has a name of letters, digits, “_”, “.” and “-”, as in Airship.")
    chosen = document.get("device_types")
    names = chosen if isinstance(chosen, list) else []
    if f"{_OPEN}{name}" not in names:
        document["device_types"] = [*names, f"{_OPEN}{name}"]
    return f"{_OPEN}{name}"
