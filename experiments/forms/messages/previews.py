"""How one variant looks on each chosen platform, drawn from the document. Nothing in it is invented.

`previews` has one for each platform; `drawings` are these and the other ways in which a phone shows a message. Where a
device cuts a text is our estimate, in letters of a usual phone: no vendor documents it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from experiments.forms.messages.text_messages import parts_words
from experiments.providers.airship.payload import LIMITS, payload_size, platform_payload
from experiments.providers.airship.personal import read_for
from experiments.providers.airship.variants import variants_of
from experiments.providers.airship.wording import platform_name
from experiments.providers.graphemes import cut, graphemes
from experiments.providers.shapes import Json

_DRAWN = {
    "ios": "iPhone, locked",
    "android": "Android",
    "web": "Web",
    "amazon": "Fire OS",
    "sms": "SMS",
    "mms": "MMS",
    "email": "Email",
}
_LOOKS = {"ios": "ios", "android": "android", "amazon": "android", "web": "web", "sms": "text", "email": "mail"}
_EMAIL_LINES = 6
LINE = 38  # letters of a message in one line of a phone
LOCK_LINES = 4
TITLES = {"ios": 40, "android": 40, "amazon": 40, "web": 40}


@dataclass(frozen=True)
class Preview:
    caption: str
    detail: str
    look: str  # class of the drawn device
    title: str
    body: str
    buttons: tuple[str, ...] = ()
    note: str = field(default="", compare=False)  # what the device cuts, or how many parts it is
    platform: str = field(default="", compare=False)


@dataclass(frozen=True)
class Size:
    """Bytes of one platform's merged payload as JSON: our estimate of what Airship counts."""

    name: str
    used: int
    limit: int
    heaviest: str = ""  # the key that takes most of it

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

    @property
    def hint(self) -> str:
        """Said from 85 per cent on."""
        if self.used < self.low or not self.heaviest:
            return ""
        how = "over" if self.used > self.limit else "close to"
        return f"{self.name} is {how} its limit; “{self.heaviest}” takes most of it."


def push_of(document: Json, position: int) -> Json:
    variants = variants_of(document)
    variant = variants[position] if position < len(variants) and isinstance(variants[position], dict) else {}
    push = variant.get("push")
    return push if isinstance(push, dict) else {}


def notification_of(document: Json, position: int) -> Json:
    notification = push_of(document, position).get("notification")
    return notification if isinstance(notification, dict) else {}


def is_personal(document: Json, position: int) -> bool:
    """Whether Airship fills in values: only where the variant says so, or through a template."""
    options = push_of(document, position).get("options")
    notification = notification_of(document, position)
    has_template = any(isinstance(part, dict) and "template" in part for part in notification.values())
    return has_template or (isinstance(options, dict) and options.get("personalization") is True)


def previews(document: Json, position: int) -> list[Preview]:
    """One preview for each chosen platform that can be drawn."""
    notification = notification_of(document, position)
    return [preview for name in _chosen(document, notification) if (preview := _preview(notification, name))]


def _chosen(document: Json, notification: Json) -> list[str]:
    chosen = document.get("device_types")
    names = [name for name in chosen if isinstance(name, str)] if isinstance(chosen, list) else []
    if "sms" in names and isinstance(notification.get("mms"), dict):
        names[names.index("sms")] = "mms"
    return list(dict.fromkeys(names))


def _preview(notification: Json, platform: str) -> Preview | None:
    part = platform_payload(notification, platform)
    if platform.startswith("open::"):
        title, body, detail = _text(part.get("title")), _text(part.get("alert")), _text(part.get("summary"))
        return Preview(f"Channel {platform_name(platform)}", detail, "web", title, body, platform=platform)
    if platform not in _DRAWN:
        return None
    title, body, detail = _said(part, platform)
    look = _LOOKS.get(platform, "text")
    return Preview(_DRAWN[platform], detail, look, title, body, _buttons(part), platform=platform)


def _said(part: Json, platform: str) -> tuple[str, str, str]:
    """Title, body and detail of one platform's message."""
    alert = part.get("alert")
    if isinstance(alert, dict):
        return _text(alert.get("title")) or _text(part.get("title")), _text(alert.get("body")), ""
    if platform == "email":
        lines = _text(part.get("plaintext_body")).split("\n")[:_EMAIL_LINES]
        return _text(part.get("subject")), "\n".join(lines), _text(part.get("sender_name"))
    if platform == "mms":
        return _text(part.get("subject")), _slide_text(part) or _text(part.get("fallback_text")), ""
    detail = ""
    if platform == "android" and _text(part.get("notification_channel")):
        detail = f"Channel: {part['notification_channel']}"
    elif platform == "ios":
        detail = _text(part.get("subtitle"))
    return _text(part.get("title")), _text(alert), detail


def _slide_text(part: Json) -> str:
    slides = part.get("slides")
    first = slides[0] if isinstance(slides, list) and slides else None
    return _text(first.get("text")) if isinstance(first, dict) else ""


def _buttons(part: Json) -> tuple[str, ...]:
    buttons = part.get("buttons")
    named = buttons if isinstance(buttons, list) else []
    return tuple(_text(button.get("label")) for button in named if isinstance(button, dict))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


# -- all the ways in which a message is shown


def drawings(document: Json, position: int, platform: str, person: Mapping[str, str]) -> list[Preview]:
    """Every way in which the variant is shown, that of `platform` first, read for `person` where it is personalised."""
    notification = notification_of(document, position)
    drawn = [drawing for preview in previews(document, position) for drawing in _ways(preview, notification)]
    drawn += _in_app(push_of(document, position))
    if is_personal(document, position):
        drawn = [_for_person(drawing, person) for drawing in drawn]
    drawn = [_cut(drawing) for drawing in drawn]
    return sorted(drawn, key=lambda drawing: drawing.platform != platform) if platform else drawn


def _ways(preview: Preview, notification: Json) -> Iterator[Preview]:
    if preview.platform == "ios":
        yield preview
        yield replace(preview, caption="iPhone, banner", look="ios banner")
    elif preview.platform in ("android", "amazon"):
        open_body = _style_text(platform_payload(notification, preview.platform))
        yield replace(preview, body=open_body or preview.body)
        yield replace(preview, caption=f"{preview.caption}, collapsed", look="android folded", buttons=(), detail="")
    else:
        yield preview


def _style_text(part: Json) -> str:
    """What an opened Android message shows instead of its text."""
    style = part.get("style")
    if not isinstance(style, dict):
        return ""
    lines = style.get("lines")
    if style.get("type") == "inbox" and isinstance(lines, list):
        return "\n".join(_text(line) for line in lines)
    return _text(style.get("big_text"))


def _in_app(push: Json) -> Iterator[Preview]:
    in_app = push.get("in_app")
    if isinstance(in_app, dict):
        display = in_app.get("display")
        place = display.get("position", "bottom") if isinstance(display, dict) else "bottom"
        yield Preview("In the app", f"Banner at the {place}", "web", "", _text(in_app.get("alert")), platform="in_app")


def _for_person(preview: Preview, person: Mapping[str, str]) -> Preview:
    return replace(
        preview,
        title=read_for(preview.title, person),
        body=read_for(preview.body, person),
        detail=read_for(preview.detail, person),
    )


def _cut(preview: Preview) -> Preview:
    """What the device leaves out is left out, and told."""
    title, body, said = preview.title, preview.body, []
    most = TITLES.get(preview.platform, 0)
    if most and len(graphemes(title)) > most:
        title = f"{cut(title, most).rstrip()}…"
        said.append(f"Title cut at {most} letters")
    if preview.look == "ios":
        lines = lines_of(body)
        said.append(f"{min(lines, LOCK_LINES)} of {LOCK_LINES} lines" if lines <= LOCK_LINES else "Cut after 4 lines")
    elif preview.look == "android folded" and (len(graphemes(body)) > LINE or "\n" in body):
        body = f"{cut(body.split(chr(10))[0], LINE).rstrip()}…"
        said.append("Cut after one line")
    elif preview.look == "text":
        said.append(parts_words(body) if preview.platform == "sms" else "")
    return replace(preview, title=title, body=body, note=" · ".join(text for text in said if text))


def lines_of(text: str) -> int:
    """How many lines a phone needs for a text."""
    return sum(max(1, -(-len(graphemes(line)) // LINE)) for line in text.split("\n")) if text else 0


# -- bytes


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
        heaviest = _heaviest(platform_payload(notification, name))
        found.append(Size("Web" if name == "web" else label, used, LIMITS[name], heaviest))
    return found


def _heaviest(part: Json) -> str:
    return max(part, key=lambda key: len(repr(part[key])), default="").replace("_", " ")
