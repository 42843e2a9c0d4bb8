"""How one variant looks on each chosen platform, drawn from the saved document. Nothing in it is invented."""

from dataclasses import dataclass
from typing import Any

from experiments.providers.airship.payload import LIMITS, payload_size, platform_payload
from experiments.providers.airship.variants import variants_of
from experiments.providers.airship.wording import platform_name
from experiments.providers.shapes import Json

_DRAWN = {
    "ios": "iPhone, locked",
    "android": "Android",
    "web": "Web",
    "amazon": "Fire OS",
    "sms": "SMS",
    "email": "Email",
}
_LOOKS = {"amazon": "android", "sms": "android", "email": "web"}
_EMAIL_LINES = 6


@dataclass(frozen=True)
class Preview:
    caption: str
    detail: str
    look: str  # class of the drawn device
    title: str
    body: str
    buttons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Size:
    """Bytes of one platform's merged payload as JSON: our estimate of what Airship counts."""

    name: str
    used: int
    limit: int

    @property
    def words(self) -> str:
        over = f", {self.used - self.limit:,} too many" if self.used > self.limit else ""
        return f"{self.used:,} of {self.limit:,} bytes{over}"

    @property
    def low(self) -> int:
        return self.limit * 85 // 100

    @property
    def high(self) -> int:
        return self.limit * 95 // 100

    @property
    def shown(self) -> int:
        return min(self.used, self.limit)


def notification_of(document: Json, position: int) -> Json:
    variants = variants_of(document)
    variant = variants[position] if position < len(variants) and isinstance(variants[position], dict) else {}
    push = variant.get("push")
    notification = push.get("notification") if isinstance(push, dict) else None
    return notification if isinstance(notification, dict) else {}


def previews(document: Json, position: int) -> list[Preview]:
    """One preview for each chosen platform that can be drawn."""
    notification = notification_of(document, position)
    chosen = document.get("device_types")
    names = [name for name in chosen if isinstance(name, str)] if isinstance(chosen, list) else []
    return [_preview(notification, name) for name in names if name in _DRAWN]


def _preview(notification: Json, platform: str) -> Preview:
    part = platform_payload(notification, platform)
    alert = part.get("alert")
    title, body, detail = _text(part.get("title")), _text(alert), ""
    if isinstance(alert, dict):
        title, body = _text(alert.get("title")) or title, _text(alert.get("body"))
    if platform == "email":
        title, detail = _text(part.get("subject")), _text(part.get("sender_name"))
        body = "\n".join(_text(part.get("plaintext_body")).split("\n")[:_EMAIL_LINES])
    elif platform == "android":
        detail = f"Channel: {part['notification_channel']}" if _text(part.get("notification_channel")) else ""
    elif platform == "ios":
        detail = _text(part.get("subtitle"))
    return Preview(_DRAWN[platform], detail, _LOOKS.get(platform, platform), title, body, _buttons(part))


def _buttons(part: Json) -> tuple[str, ...]:
    buttons = part.get("buttons")
    named = buttons if isinstance(buttons, list) else []
    return tuple(_text(button.get("label")) for button in named if isinstance(button, dict))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def sizes(document: Json, position: int) -> list[Size]:
    """The bytes for each chosen platform that has a limit."""
    notification = notification_of(document, position)
    chosen = document.get("device_types")
    found = []
    for name in chosen if isinstance(chosen, list) else []:
        if not isinstance(name, str) or name not in LIMITS:
            continue
        try:
            used = payload_size(notification, name)
        except ValueError:  # text that cannot be sent at all is told as a problem
            continue
        label = platform_name(name)
        found.append(Size("Web" if name == "web" else label, used, LIMITS[name]))
    return found
