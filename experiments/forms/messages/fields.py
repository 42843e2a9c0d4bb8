"""The fields of one message: which place of the document each one fills, how its value is shown, and how it is read.

A field's name in the form is the pointer of its place, so that saving changes that place and nothing else. A value that
a field cannot show (an object where a text is expected) is told as such and left alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from experiments.forms import pointers
from experiments.forms.texts import NotKept, read_number, read_text, read_whole, same_lines
from experiments.providers.airship.wording import escape, platform_name
from experiments.providers.canonical import ABSENT
from experiments.providers.shapes import Json

type Kind = Literal["line", "area", "choice", "whole", "number", "number_or_text"]
AS_IT_IS = "as-it-is"  # the choice of a select whose value in the document is none of the offered ones


@dataclass(frozen=True)
class Field:
    """One field of a message. `path` is its place below the notification: "ios/title"."""

    path: str
    label: str
    kind: Kind = "line"
    hint: str = ""
    choices: tuple[tuple[str, str, Any], ...] = ()  # form value, words, value in the document
    extra: str = field(default="", compare=False)  # a class for the input, such as "mono"

    def can_show(self, value: Any) -> bool:
        if value is ABSENT or self.kind == "choice":
            return True
        if self.kind == "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        if self.kind in ("whole", "number_or_text"):
            return isinstance(value, str | int) and not isinstance(value, bool)
        return isinstance(value, str)

    def show(self, value: Any) -> str:
        """The text of the input for a value of the document."""
        if value is ABSENT:
            return ""
        if self.kind == "choice":
            for shown, _, meant in self.choices:
                if type(meant) is type(value) and meant == value:
                    return shown
            return AS_IT_IS
        return str(value)

    def read(self, raw: str) -> Any:
        """The value of the document for a typed text, ABSENT for none. NotKept where it cannot be read."""
        if self.kind == "choice":
            return self._chosen(raw)
        text = read_text(raw, is_line=self.kind != "area")
        if text == "":
            return ABSENT
        if self.kind == "whole":
            return read_whole(text)
        if self.kind == "number":
            return read_number(text)
        if self.kind == "number_or_text":
            try:
                return read_whole(text) if not text.startswith("+") else text
            except NotKept:
                return text
        return text

    def offered(self) -> list[tuple[str, str]]:
        return [(shown, words) for shown, words, _ in self.choices]

    def _chosen(self, raw: str) -> Any:
        if raw == "":
            return ABSENT
        for shown, _, meant in self.choices:
            if shown == raw:
                return meant
        raise NotKept("This is none of the choices. Choose again.")

    def is_same(self, raw: str, value: Any) -> bool:
        """Whether the posted text is what the field showed, so that the value in the document stays as it is."""
        shown = same_lines(self.show(value))
        if self.kind != "area":
            shown = shown.replace("\n", "")  # a browser's one-line input drops line ends by itself
        return same_lines(raw) == shown


def yes_no(path: str, label: str, hint: str = "") -> Field:
    return Field(path, label, "choice", hint, (("yes", "Yes", True), ("no", "No", False)))


def _words(*names: str) -> tuple[tuple[str, str, Any], ...]:
    return tuple((name, name.replace("-", " ").capitalize(), name) for name in names)


ALERT = Field("alert", "Message", "area")
OPEN_TYPE = Field(
    "actions/open/type",
    "When tapped",
    "choice",
    choices=(
        ("deep_link", "Open a screen in the app", "deep_link"),
        ("url", "Open a web page", "url"),
    ),
)
OPEN_CONTENT = Field("actions/open/content", "Screen or page", extra="mono")
COMMON = (ALERT, OPEN_TYPE, OPEN_CONTENT)

_EXPIRY = "Seconds, or a UTC time such as 2026-10-29T06:30:00."
_BY_PLATFORM: dict[str, tuple[Field, ...]] = {
    "ios": (
        Field("ios/title", "Title"),
        Field("ios/subtitle", "Subtitle"),
        Field("ios/alert", "Message", "area", "Empty: the message for all platforms."),
        Field("ios/sound", "Sound", hint="A file in the app, or “default”."),
        Field("ios/badge", "Badge", "number_or_text", "A number, “auto”, or a step such as +1."),
        Field(
            "ios/interruption_level",
            "Interruption",
            "choice",
            choices=_words("passive", "active", "time-sensitive", "critical"),
        ),
        Field("ios/thread_id", "Thread", hint="Messages with the same thread stand together."),
        Field("ios/media_attachment/url", "Picture or video link", extra="mono"),
        Field("ios/expiry", "Expires", "number_or_text", _EXPIRY),
    ),
    "android": (
        Field("android/title", "Title"),
        Field("android/summary", "Summary"),
        Field("android/alert", "Message", "area", "Empty: the message for all platforms."),
        Field("android/notification_channel", "Notification channel"),
        Field(
            "android/priority",
            "Priority",
            "choice",
            choices=(
                ("2", "2, highest", 2),
                ("1", "1, high", 1),
                ("0", "0, default", 0),
                ("-1", "−1, low", -1),
                ("-2", "−2, lowest", -2),
            ),
        ),
        Field("android/delivery_priority", "Delivery priority", "choice", choices=_words("high", "normal")),
        Field("android/icon", "Icon"),
        Field("android/collapse_key", "Collapse key", hint="A new message takes the place of the old one."),
        Field(
            "android/time_to_live",
            "Time to live",
            "number_or_text",
            _EXPIRY,
        ),
    ),
    "amazon": (
        Field("amazon/title", "Title"),
        Field("amazon/summary", "Summary"),
        Field("amazon/alert", "Message", "area", "Empty: the message for all platforms."),
        Field("amazon/consolidation_key", "Consolidation key"),
        Field("amazon/expires_after", "Expires", "number_or_text", "Seconds, from 60 on, or a UTC time."),
    ),
    "web": (
        Field("web/title", "Title"),
        Field("web/alert", "Message", "area", "Empty: the message for all platforms."),
        Field("web/icon/url", "Icon link", extra="mono"),
        Field("web/image/url", "Picture link", extra="mono"),
        yes_no("web/require_interaction", "Stays until closed"),
        Field("web/time_to_live", "Time to live", "number_or_text", _EXPIRY),
    ),
    "email": (
        Field("email/subject", "Subject"),
        Field("email/plaintext_body", "Plain text", "area"),
        Field("email/html_body", "HTML text", "area", "Optional. Shown instead of the plain text where it can be."),
        Field(
            "email/message_type",
            "Message type",
            "choice",
            choices=(
                ("commercial", "Commercial, with a link to unsubscribe", "commercial"),
                ("transactional", "Transactional", "transactional"),
            ),
        ),
        Field("email/sender_name", "Sender name"),
        Field("email/sender_address", "Sender address"),
        Field("email/reply_to", "Reply-to address"),
        yes_no("email/click_tracking", "Count clicks"),
        yes_no("email/open_tracking", "Count opens"),
    ),
    "sms": (
        Field("sms/alert", "Message", "area", "Empty: the message for all platforms. 1,600 characters at most."),
        yes_no("sms/shorten_links", "Shorten links"),
        Field("sms/expiry", "Expires", "number_or_text", _EXPIRY),
    ),
}
TITLED = ("ios", "android", "amazon", "web")  # platforms whose message has a title of its own


def fields_of(platform: str) -> tuple[Field, ...]:
    """The fields of one platform's tab; "" is the tab for all of them."""
    if platform.startswith("open::"):
        place = escape(platform)
        return (
            Field(f"{place}/title", "Title"),
            Field(f"{place}/summary", "Summary"),
            Field(f"{place}/alert", "Message", "area", "Empty: the message for all platforms."),
        )
    return _BY_PLATFORM.get(platform, ()) if platform else COMMON


def field_at(path: str) -> Field | None:
    """The field for a place below the notification, whichever tab it is on."""
    platform = path.split("/", 1)[0].replace("~1", "/").replace("~0", "~")
    known = fields_of(platform) or COMMON
    return next((known_field for known_field in known if known_field.path == path), None)


def has_form(platform: str) -> bool:
    return bool(fields_of(platform))


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


def tab_name(platform: str) -> str:
    """ "Web" for "web", "iOS" for "ios", "All platforms" for ""."""
    if not platform:
        return "All platforms"
    name = platform_name(platform)
    return name[0].upper() + name[1:] if name.islower() and not platform.startswith(("ios", "open::")) else name
