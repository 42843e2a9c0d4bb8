"""Rules about one variant's message as a whole: there is one, for every platform, small enough, and safe to send.

Sources as in rules.py. Rules about the fields of one platform are in part_rules.py.
"""

import re
from collections.abc import Callable, Iterator

from experiments.providers.airship.part_rules import PART_RULES, visible_text
from experiments.providers.airship.payload import LIMITS, Message, payload_size
from experiments.providers.airship.personal import without_words
from experiments.providers.airship.wording import platform_name, subject, with_article
from experiments.providers.shapes import Problem
from experiments.providers.text import places

DANGEROUS = {
    "bypass_frequency_limits": "ignores the limit on how many messages a person gets",
    "bypass_ban_list_processing": "sends to people on the ban list",
    "bypass_holdout_groups": "sends to people who are held out of all messages",
    "no_throttle": "sends as fast as possible, without the project’s own brake",
    "omit_from_activity_log": "leaves no trace in Airship’s activity log",
}
_APPS = ("ios", "android", "amazon")  # in-app messages are shown inside apps
_BRACES = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_LINK_KEYS = frozenset(
    {"content", "url", "fallback_url", "big_picture", "media_attachment", "background_image", "icon", "image"}
)
_UNSAFE = ("javascript:", "file:", "data:", "vbscript:", "blob:")
_TEXT_KEYS = frozenset({"alert", "title", "subtitle", "summary", "body", "big_text", "lines"})


def push_says_something(message: Message) -> Iterator[Problem]:
    """A notification or an in-app message, none of them empty. Source: OpenAPI notificationObject; Java client."""
    place = f"{message.pointer}/notification"
    if not message.notification and not message.in_app:
        yield Problem(f"{place}/alert", f"Variant {message.letter} has no message yet.", "message_missing")
    elif "notification" in message.push and message.push["notification"] == {}:
        yield Problem(
            place, f"Variant {message.letter}’s notification is empty. Write it, or leave it out.", "notification_empty"
        )


def texts_are_not_empty(message: Message) -> Iterator[Problem]:
    """A message that is there is not blank. Source: own; Airship would show an empty notification."""
    texts = [(f"{message.pointer}/notification/alert", message.notification.get("alert"))]
    texts += [(f"{message.pointer}/notification/{name}/alert", part.get("alert")) for name, part in message.parts()]
    texts.append((f"{message.pointer}/in_app/alert", message.in_app.get("alert")))
    for pointer, text in texts:
        if isinstance(text, str) and not text.strip():
            yield Problem(pointer, f"{subject(pointer)} is empty. Write it, or leave it out.", "text_empty")


def push_has_its_own_keys_only(message: Message) -> Iterator[Problem]:
    """No audience, no platforms, no Message Center inside a variant. Source: OpenAPI experimentObject.variants."""
    for key in ("audience", "device_types"):
        if key in message.push:
            text = f"Variant {message.letter} may not have its own “{key}”: it belongs to the whole test."
            yield Problem(f"{message.pointer}/{key}", text, "push_key_forbidden")
    if "message" in message.push:
        text = f"Variant {message.letter} has a Message Center message. Airship’s tests do not support it."
        yield Problem(f"{message.pointer}/message", text, "message_center")


def every_platform_has_a_message(message: Message) -> Iterator[Problem]:
    """A payload for each device type, or Airship refuses it. Source: reference of 2015; OpenAPI emailOverrideObject."""
    if not message.notification and not message.in_app:
        return
    for name in dict.fromkeys(message.device_types):
        if not _has_payload(message, name):
            last = {"email": "", "mms": ""}.get(name, "/alert")
            whom = platform_name(name)
            text = f"Variant {message.letter} has no message for {whom}. Every platform in the test needs a text."
            yield Problem(f"{message.pointer}/notification/{_step(name)}{last}", text, "payload_missing")


def _has_payload(message: Message, name: str) -> bool:
    if message.part(name) or (name == "sms" and message.part("mms")):
        return True
    if name in ("email", "mms"):
        return False
    return bool(message.notification.get("alert")) or (name in _APPS and bool(message.in_app))


def _step(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def platform_messages_show_text(message: Message) -> Iterator[Problem]:
    """A platform's own part without any text may show nothing. Source: own; Airship allows silent notifications."""
    silent = {"ios": ("badge", "content_available", "live_activity"), "android": ("live_update",)}
    for name, part in message.parts():
        has_text = visible_text(part) or "template" in part or message.notification.get("alert")
        is_meant = any(part.get(key) is not None for key in silent.get(name, ()))
        if name not in ("email", "mms") and part and not has_text and not is_meant:
            text = f"Variant {message.letter}’s {platform_name(name)} message has no text to show."
            yield Problem(f"{message.pointer}/notification/{_step(name)}/alert", text, "part_without_text", "warning")


def platform_messages_are_used(message: Message) -> Iterator[Problem]:
    """A message for a platform that is not in the test reaches nobody. Source: own; not documented."""
    for name, _ in message.parts():
        is_mms_of_sms = name == "mms" and "sms" in message.device_types
        if message.device_types and name not in message.device_types and not is_mms_of_sms:
            words = with_article(f"{platform_name(name)} message")
            text = f"Variant {message.letter} has {words}, but the test does not send to {platform_name(name)}."
            yield Problem(f"{message.pointer}/notification/{_step(name)}", text, "part_unused", "warning")


def sms_or_mms(message: Message) -> Iterator[Problem]:
    """One push holds SMS or MMS, not both. Source: OpenAPI mmsOverrideObject."""
    if "sms" in message.notification and "mms" in message.notification:
        text = f"Variant {message.letter} has both an SMS and an MMS. One message can be only one of them."
        yield Problem(f"{message.pointer}/notification/mms", text, "sms_and_mms")


def messages_are_small_enough(message: Message) -> Iterator[Problem]:
    """iOS and Android within 4,096 bytes. Source: OpenAPI iosOverrideObject, androidOverrideObject; web: own."""
    for name, limit in LIMITS.items():
        if name not in message.device_types and not message.part(name):
            continue
        try:
            size = payload_size(message.notification, name)
        except ValueError:  # told as a value that cannot be sent
            continue
        if size > limit:
            label = "Web" if name == "web" else platform_name(name)
            text = (
                f"Variant {message.letter}, {label}: {size:,} of {limit:,} bytes, {size - limit:,} too many. "
                "Shorten the message or the links."
            )
            pointer = f"{message.pointer}/notification/{name}"
            yield Problem(pointer, text, "too_many_bytes", "warning" if name == "web" else "error")


def options_are_allowed(message: Message) -> Iterator[Problem]:
    """Options that get round a protection are told; two do not go with tests. Source: OpenAPI pushOptions."""
    for key, effect in DANGEROUS.items():
        if message.options.get(key):
            pointer = f"{message.pointer}/options/{key}"
            yield Problem(pointer, f"Variant {message.letter} {effect} ({key}).", "dangerous_option", "warning")
    if message.options.get("redact_payload"):
        text = f"Variant {message.letter} asks to hide its text from Airship’s logs. Airship’s tests do not support it."
        yield Problem(f"{message.pointer}/options/redact_payload", text, "option_not_for_tests")
    if message.options.get("use_strict_sms_validation"):
        text = f"Variant {message.letter} asks for strict SMS checks, which only “create and send” knows."
        yield Problem(f"{message.pointer}/options/use_strict_sms_validation", text, "option_not_for_tests", "warning")


def links_are_safe(message: Message) -> Iterator[Problem]:
    """No link runs a script or reads a file on somebody's device. Source: own."""
    for pointer, value in places(message.push, message.pointer):
        path = pointer.split("/")
        if not isinstance(value, str) or not (path[-1] in _LINK_KEYS or "app_defined" in path):
            continue
        # browsers skip white space and control characters inside a scheme
        scheme = "".join(character for character in value[:200] if character > " " and character.isprintable()).lower()
        if scheme.startswith(_UNSAFE):
            text = f"{subject(pointer)} begins with “{scheme.split(':')[0]}:”, which Splitdesk does not send."
            yield Problem(pointer, text, "unsafe_link")


def braces_are_meant(message: Message) -> Iterator[Problem]:
    """{{name}} is filled in only where personalisation is on. Source: OpenAPI pushOptions.personalization."""
    if message.options.get("personalization") or any("template" in part for _, part in message.parts()):
        return
    for pointer, value in places(message.push, message.pointer):
        key = next((step for step in reversed(pointer.split("/")) if not step.isdecimal()), "")
        found = _BRACES.search(value) if isinstance(value, str) and key in _TEXT_KEYS else None
        if found:
            text = f"People will read “{found[0]}” as it stands: variant {message.letter} has personalisation off."
            yield Problem(pointer, text, "personalisation_off", "warning")


def people_without_values_get_words(message: Message) -> Iterator[Problem]:
    """A value that not everybody has leaves a hole in the text. Source: own; Handlebars writes nothing for it."""
    if not (message.options.get("personalization") or any("template" in part for _, part in message.parts())):
        return
    for pointer, value in places(message.push, message.pointer):
        key = next((step for step in reversed(pointer.split("/")) if not step.isdecimal()), "")
        bare = without_words(value) if isinstance(value, str) and key in _TEXT_KEYS else ()
        if bare:
            words = f"{{{{#if {bare[0]}}}}}{{{{{bare[0]}}}}}{{{{else}}}}there{{{{/if}}}}"
            text = f"{subject(pointer)} has no words for people without “{bare[0]}”. Write {words} if some have none."
            yield Problem(pointer, text, "fallback_missing", "warning")


def each_part(message: Message) -> Iterator[Problem]:
    """Every rule about one platform's fields. Source: part_rules.py."""
    for rule in PART_RULES:
        yield from rule(message)


MESSAGE_RULES: tuple[Callable[[Message], Iterator[Problem]], ...] = (
    push_says_something,
    texts_are_not_empty,
    push_has_its_own_keys_only,
    every_platform_has_a_message,
    platform_messages_show_text,
    platform_messages_are_used,
    sms_or_mms,
    messages_are_small_enough,
    options_are_allowed,
    links_are_safe,
    braces_are_meant,
    people_without_values_get_words,
    each_part,
)
