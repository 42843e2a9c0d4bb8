"""One variant's message: what each platform gets of it, and how many bytes that is."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from experiments.providers.airship.canonical import to_bytes
from experiments.providers.airship.variants import variant_letter, variants_of
from experiments.providers.airship.wording import PLATFORMS
from experiments.providers.shapes import Json

# Bytes per platform. iOS and Android are documented (iosOverrideObject, androidOverrideObject), web is not and only
# warns. What exactly Airship counts is not documented: the merged part as JSON is our estimate.
LIMITS = {"ios": 4096, "android": 4096, "web": 4096}
_SHARED = ("alert", "actions", "interactive")
_WITHOUT_ALERT = ("email",)  # the plain message is not used for them


@dataclass(frozen=True)
class Message:
    """One variant's push with what it needs from the test around it. Parts of the wrong kind read as empty."""

    position: int
    push: Json
    device_types: tuple[str, ...]
    is_scheduled: bool

    @property
    def letter(self) -> str:
        return variant_letter(self.position)

    @property
    def pointer(self) -> str:
        return f"/variants/{self.position}/push"

    @property
    def notification(self) -> Json:
        return _object(self.push.get("notification"))

    @property
    def in_app(self) -> Json:
        return _object(self.push.get("in_app"))

    @property
    def options(self) -> Json:
        return _object(self.push.get("options"))

    def part(self, platform: str) -> Json:
        """What the message says for one platform only."""
        return _object(self.notification.get(platform))

    def parts(self) -> Iterator[tuple[str, Json]]:
        """Every platform that has its own part, with it."""
        for key, value in self.notification.items():
            if (key in PLATFORMS or key.startswith("open::")) and isinstance(value, dict):
                yield key, value


def messages(document: Json) -> Iterator[Message]:
    """The messages of a test in order, those of broken variants left out."""
    device_types = device_types_of(document)
    for position, variant in enumerate(variants_of(document)):
        message = message_of(variant, position, device_types)
        if message:
            yield message


def device_types_of(document: Json) -> tuple[str, ...]:
    device_types = document.get("device_types")
    return tuple(name for name in device_types if isinstance(name, str)) if isinstance(device_types, list) else ()


def message_of(variant: Any, position: int, device_types: tuple[str, ...]) -> Message | None:
    """None for a broken variant."""
    if not isinstance(variant, dict):
        return None
    return Message(position, _object(variant.get("push")), device_types, bool(variant.get("schedule")))


def _object(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def platform_payload(notification: Json, platform: str) -> Json:
    """What one platform gets: the shared message, actions and buttons, where its own part does not say otherwise."""
    shared = {} if platform in _WITHOUT_ALERT else {key: notification[key] for key in _SHARED if key in notification}
    return {**shared, **_object(notification.get(platform))}


def payload_size(notification: Json, platform: str) -> int:
    """Bytes of `platform_payload` as JSON in UTF-8. ValueError for text that cannot be sent at all."""
    return len(to_bytes(platform_payload(notification, platform)))
