"""Rules about single parts of a message: one platform's fields, actions, buttons, templates. Sources as in rules.py."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from experiments.providers.airship.actions import BUTTONS
from experiments.providers.airship.payload import Message
from experiments.providers.airship.wording import escape, label, listed, subject
from experiments.providers.shapes import Json, Problem
from experiments.providers.text import places

_EMAIL_FIELDS = ("message_type", "sender_name", "sender_address", "reply_to", "subject", "plaintext_body")
_IN_TEMPLATE = ("subject", "plaintext_body")
_EMAIL_BYTES = 100 * 1024
_HTTP = re.compile(r"http.*://.+", re.DOTALL)
_MMS_ENDINGS = (
    *(".gif", ".jpeg", ".jpg", ".png", ".mp1", ".mp2", ".mp3", ".m1a", ".m2a", ".mpa"),
    *(".wav", ".3gp", ".3g2", ".m4a", ".m4b", ".m4r", ".vcf"),
)
# Seconds: platform, key, lowest, highest.
_SECONDS = (
    ("sms", "expiry", 0, 172_800),
    ("web", "time_to_live", 0, 2_419_200),
    ("amazon", "expires_after", 60, 2_678_400),
)


def visible_text(part: Json) -> str:
    """The text of one platform's part, "" where it has none of its own."""
    alert = part.get("alert")
    if isinstance(alert, dict):
        return str(alert.get("body") or alert.get("title") or alert.get("loc-key") or "")
    return alert if isinstance(alert, str) else ""


def email_is_complete(message: Message) -> Iterator[Problem]:
    """Six fields, or four and a template. Source: OpenAPI emailOverrideObject, emailOverrideWithTemplate."""
    email = message.part("email")
    if not email:
        return
    for key in _EMAIL_FIELDS:
        if "template" in email and key in _IN_TEMPLATE:
            continue
        value = email.get(key)
        if value is None or (isinstance(value, str) and not value.strip()):
            pointer = f"{message.pointer}/notification/email/{key}"
            text = f"Variant {message.letter} has no {label(pointer)}. Airship needs it."
            yield Problem(pointer, text, "email_field_missing")


def email_follows_its_kind(message: Message) -> Iterator[Problem]:
    """Size, unsubscribe link, opt-in bypass. Source: OpenAPI emailOverrideObject (bodies, bypass_opt_in_level)."""
    email = message.part("email")
    place = f"{message.pointer}/notification/email"
    for key in ("plaintext_body", "html_body"):
        body = email.get(key)
        if not isinstance(body, str):
            continue
        pointer = f"{place}/{key}"
        size = len(body.encode("utf-8", "surrogatepass"))
        if size > _EMAIL_BYTES:
            text = f"{subject(pointer)} has {size:,} bytes; {_EMAIL_BYTES:,} are the most."
            yield Problem(pointer, text, "email_too_large")
        if email.get("message_type") == "commercial" and body.strip() and "unsubscribe" not in body:
            text = f"{subject(pointer)} has no link to unsubscribe. Commercial email must have one."
            yield Problem(pointer, text, "unsubscribe_missing", "warning")
    if email.get("bypass_opt_in_level"):
        text = f"Variant {message.letter} sends email to people who have opted out (bypass_opt_in_level)."
        yield Problem(f"{place}/bypass_opt_in_level", text, "dangerous_option", "warning")
        if email.get("message_type") != "transactional":
            text = f"Variant {message.letter} may bypass the opt-in for transactional email only."
            yield Problem(f"{place}/message_type", text, "opt_in_bypass")


def mms_is_complete(message: Message) -> Iterator[Problem]:
    """Fallback text and one slide of a known kind, or a template. Source: OpenAPI mmsOverride…."""
    mms = message.part("mms")
    place = f"{message.pointer}/notification/mms"
    needed = () if not mms else ("template",) if "template" in mms else ("fallback_text", "slides")
    for key in needed:
        if not mms.get(key):
            text = f"Variant {message.letter} has no {label(f'{place}/{key}')}. Airship needs it."
            yield Problem(f"{place}/{key}", text, "mms_field_missing")
    slides = mms.get("slides")
    for position, slide in enumerate(slides if isinstance(slides, list) else []):
        media = slide.get("media") if isinstance(slide, dict) else None
        url = media.get("url") if isinstance(media, dict) else None
        if isinstance(url, str) and not (_HTTP.match(url) and url.lower().endswith(_MMS_ENDINGS)):
            text = "The MMS picture needs a web address that ends in .jpg, .png, .gif or another kind Airship takes."
            yield Problem(f"{place}/slides/{position}/media/url", text, "mms_url")


def ios_follows_apple(message: Message) -> Iterator[Problem]:
    """Reserved extra key, collapse id, background flag, priority. Source: OpenAPI iosOverrideObject."""
    ios = message.part("ios")
    place = f"{message.pointer}/notification/ios"
    if isinstance(ios.get("extra"), dict) and "aps" in ios["extra"]:
        yield Problem(f"{place}/extra/aps", "The iOS extra “aps” is Apple’s own. Choose another name.", "reserved_key")
    collapse = ios.get("collapse_id")
    if isinstance(collapse, str) and len(collapse.encode("utf-8", "surrogatepass")) > 64:
        yield Problem(
            f"{place}/collapse_id", f"{subject(f'{place}/collapse_id')} may have 64 bytes at most.", "too_long"
        )
    if message.in_app and ios.get("content_available") is False:
        text = "With an in-app message, “content available” cannot be off. Leave it out."
        yield Problem(f"{place}/content_available", text, "content_available")
    is_seen = (
        visible_text(ios)
        or message.notification.get("alert")
        or any(key in ios for key in ("badge", "sound", "template"))
    )
    if ios.get("priority") == 10 and not is_seen:
        text = "iOS priority 10 is only for messages that people see. Leave it out."
        yield Problem(f"{place}/priority", text, "ios_priority")
    score = ios.get("relevance_score")
    if isinstance(score, int | float) and not 0 <= score <= 1:
        text = "The iOS relevance score should be from 0 to 1."
        yield Problem(f"{place}/relevance_score", text, "relevance_score", "warning")


def android_extras_are_free(message: Message) -> Iterator[Problem]:
    """Some extra keys are Google's. Source: OpenAPI androidOverrideObject.extra."""
    extra = message.part("android").get("extra")
    for key in extra if isinstance(extra, dict) else ():
        if key in ("from", "message_type", "data") or key.startswith(("google", "gcm")):
            text = f"The Android extra “{key}” is Google’s own. Choose another name."
            yield Problem(f"{message.pointer}/notification/android/extra/{escape(key)}", text, "reserved_key")


def styles_have_their_field(message: Message) -> Iterator[Problem]:
    """A style carries the field it is named for. Source: OpenAPI style."""
    for name in ("android", "amazon"):
        style = message.part(name).get("style")
        kind = style.get("type") if isinstance(style, dict) else None
        field = {"big_picture": "big_picture", "big_text": "big_text", "inbox": "lines"}.get(str(kind))
        if isinstance(style, dict) and field and not style.get(field):
            pointer = f"{message.pointer}/notification/{name}/style/{field}"
            text = f"Variant {message.letter}’s style “{kind}” has no “{field}”. Airship needs it."
            yield Problem(pointer, text, "style_field_missing")


def seconds_are_in_range(message: Message) -> Iterator[Problem]:
    """How long a message is kept. Source: OpenAPI smsOverrideObject, webOverrideObject, amazonOverrideObject."""
    for name, key, lowest, highest in _SECONDS:
        value = message.part(name).get(key)
        if isinstance(value, int) and not isinstance(value, bool) and not lowest <= value <= highest:
            pointer = f"{message.pointer}/notification/{name}/{key}"
            yield Problem(pointer, f"{subject(pointer)} must be {lowest:,} to {highest:,} seconds.", "out_of_range")


def templates_are_one_thing(message: Message) -> Iterator[Problem]:
    """A template is an id or fields, one of them. Source: OpenAPI <platform>OverrideWithTemplate.template, oneOf."""
    for name, part in message.parts():
        template = part.get("template")
        if not isinstance(template, dict):
            continue
        given = [key for key in ("template_id", "external_id", "fields") if template.get(key)]
        pointer = f"{message.pointer}/notification/{escape(name)}/template"
        if len(given) != 1:
            words = f"has {listed(given)}" if given else "is empty"
            yield Problem(
                pointer, f"The template {words}. Give it one: a template id, or its fields.", "template_one_of"
            )
        elif "alert" in part:
            text = f"Variant {message.letter} has a template and a message for it. Which one counts is not documented."
            yield Problem(pointer, text, "template_and_text", "warning")


def links_have_a_form(message: Message) -> Iterator[Problem]:
    """A fallback address is a web address. Source: OpenAPI fallbackUrl."""
    for pointer, value in places(message.push, message.pointer):
        if pointer.endswith("/fallback_url") and isinstance(value, str) and not _HTTP.match(value):
            yield Problem(pointer, f"{subject(pointer)} must begin with http:// or https://.", "fallback_url")


def actions_say_one_thing(message: Message) -> Iterator[Problem]:
    """Actions are not empty and do not contradict themselves. Source: OpenAPI actionsObject; reference of 2015."""
    for pointer, actions in _actions(message):
        if actions == {}:
            yield Problem(pointer, f"{subject(pointer)} are empty. Choose one, or leave them out.", "actions_empty")
        both = _tags(actions.get("add_tag")) & _tags(actions.get("remove_tag"))
        if both:
            text = f"The tag “{sorted(both)[0]}” is added and removed at once. Choose one."
            yield Problem(f"{pointer}/remove_tag", text, "tag_added_and_removed")
        yield from _find_change_problems(pointer, actions)
        opened = actions.get("open")
        if isinstance(opened, dict):
            yield from _find_open_problems(f"{pointer}/open", opened)


def _actions(message: Message) -> Iterator[tuple[str, Json]]:
    for pointer, value in places(message.push, message.pointer):
        path = pointer.split("/")
        if isinstance(value, dict) and (path[-1] == "actions" or path[-2] == "button_actions"):
            yield pointer, value


def _tags(value: Any) -> set[str]:
    values = value if isinstance(value, list) else [value]
    return {item for item in values if isinstance(item, str)}


def _find_change_problems(pointer: str, actions: Json) -> Iterator[Problem]:
    """Some need a field more. Source: OpenAPI setAttributesActionItem, tagsActionArg, subscriptionListAction."""
    needs = (
        ("attributes", ("action", "set"), "value"),
        ("tags", ("type", "contact"), "group"),
        ("subscription_list", ("type", "contact"), "scope"),
    )
    for key, (case, wanted), field in needs:
        items = actions.get(key)
        for position, item in enumerate(items if isinstance(items, list) else []):
            if isinstance(item, dict) and item.get(case) == wanted and item.get(field) is None:
                text = f"This action needs a “{field}”."
                yield Problem(f"{pointer}/{key}/{position}/{field}", text, "action_field_missing")


def _find_open_problems(pointer: str, opened: Json) -> Iterator[Problem]:
    content = opened.get("content")
    if opened.get("type") in ("deep_link", "url") and isinstance(content, str) and not content.strip():
        yield Problem(f"{pointer}/content", f"{subject(f'{pointer}/content')} is empty. Fill it in.", "link_empty")
    if opened.get("type") != "landing_page" or not isinstance(content, dict):
        return
    kinds = [key for key in ("url", "body", "template") if key in content]
    if len(kinds) != 1:
        text = "A landing page has one of: an address, a text, a template."
        yield Problem(f"{pointer}/content", text, "landing_page")
    elif kinds != ["url"] and not content.get("content_type"):
        text = "A landing page with its own text needs a content type, such as text/html."
        yield Problem(f"{pointer}/content/content_type", text, "landing_page")


def buttons_are_known(message: Message) -> Iterator[Problem]:
    """A type that begins with ua_ is Airship's and has its own buttons. Source: OpenAPI interactiveObject."""
    for pointer, value in places(message.push, message.pointer):
        if not pointer.endswith("/interactive") or not isinstance(value, dict):
            continue
        kind = value.get("type")
        if not isinstance(kind, str) or not kind.startswith("ua_"):
            continue
        if kind not in BUTTONS:
            yield Problem(f"{pointer}/type", f"Airship has no buttons “{kind}”.", "buttons_unknown")
            continue
        actions = value.get("button_actions")
        for key in actions if isinstance(actions, dict) else ():
            if key not in BUTTONS[kind]:
                text = f"“{kind}” has no button “{key}”. It has: {listed(BUTTONS[kind])}."
                yield Problem(f"{pointer}/button_actions/{escape(key)}", text, "button_unknown")


PART_RULES: tuple[Callable[[Message], Iterator[Problem]], ...] = (
    email_is_complete,
    email_follows_its_kind,
    mms_is_complete,
    ios_follows_apple,
    android_extras_are_free,
    styles_have_their_field,
    seconds_are_in_range,
    templates_are_one_thing,
    links_have_a_form,
    actions_say_one_thing,
    buttons_are_known,
)
