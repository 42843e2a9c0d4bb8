"""The title of all platforms. Airship's notification has none, so that it stands for those of the chosen platforms."""

from collections.abc import Iterator
from typing import Any

from experiments.forms import pointers
from experiments.providers.canonical import ABSENT
from experiments.providers.shapes import Json

TITLED = ("ios", "android", "amazon", "web")  # platforms whose message has a title of its own


def notification_pointer(position: int) -> str:
    return f"/variants/{position}/push/notification"


def titles(document: Json, position: int) -> Iterator[tuple[str, Any]]:
    """The title of each chosen platform that has one, ABSENT where it is not set."""
    chosen = document.get("device_types")
    for platform in chosen if isinstance(chosen, list) else []:
        if platform in TITLED:
            yield platform, pointers.find(document, f"{notification_pointer(position)}/{platform}/title")


def common_title(document: Json, position: int) -> str | None:
    """The title that all chosen platforms share, "" for none yet, None where they differ or cannot be shown."""
    found = [title for _, title in titles(document, position)]
    if all(title is ABSENT for title in found):
        return ""
    first = found[0]
    return first if isinstance(first, str) and all(title == first for title in found) else None


def put_title(document: Json, position: int, text: str) -> None:
    """Airship's notification has no title for all platforms, so each chosen platform gets it."""
    for platform, _ in list(titles(document, position)):
        pointer = f"{notification_pointer(position)}/{platform}/title"
        if text:
            pointers.put(document, pointer, text)
        else:
            pointers.take_out(document, pointer)
