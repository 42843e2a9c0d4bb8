"""The parts of a notification for iOS, Android, Fire OS and the web, each with a template and without.

Reference: https://docs.airship.com/developer/rest-api/ua/schemas/platform-overrides
"""

import json

from sandbox.airship.actions import action_names, actions, interactive
from sandbox.airship.shapes import (
    Check,
    Invalid,
    Path,
    Rules,
    an_object,
    anything,
    array,
    boolean,
    by_key,
    choice,
    colour,
    either,
    expiry,
    integer,
    mapping,
    number,
    record,
    text,
    uuid,
)

word = text()
words = array(text())
extra = mapping(text())


def nullable(check: Check) -> Check:
    def tolerant(value: object, path: Path, rules: Rules) -> None:
        if value is not None:
            check(value, path, rules)

    return tolerant


def template(fields: dict[str, Check], external: bool = True) -> Check:
    """A stored template by id, or its fields written out: exactly one of them."""
    forms: dict[str, Check] = {"template_id": uuid, "fields": record(fields)}
    if external:
        forms["external_id"] = text(1)

    def check(value: object, path: Path, rules: Rules) -> None:
        record(forms)(value, path, rules)
        if len(an_object(value, path)) != 1:
            raise Invalid(path, f"needs exactly one of {', '.join(sorted(forms))}")

    return check


style_forms: dict[str, Check] = {
    "type": choice("big_text", "big_picture", "inbox"),
    "title": word,
    "summary": word,
    "big_text": word,
    "big_picture": text(1),
    "lines": array(text(), 1, 100),
}


def style(value: object, path: Path, rules: Rules) -> None:
    record(style_forms, ("type",))(value, path, rules)
    members = an_object(value, path)
    needed = "lines" if members["type"] == "inbox" else str(members["type"])
    if needed not in members:
        raise Invalid((*path, needed), f"missing required key '{needed}'")


# iOS

ios_alert_object = record(
    {
        **dict.fromkeys(("body", "title", "launch-image", "loc-key", "subtitle-loc-key", "summary-arg"), word),
        **{name: nullable(word) for name in ("action-loc-key", "subtitle", "title-loc-key")},
        "loc-args": words,
        "subtitle-loc-args": words,
        "title-loc-args": nullable(words),
        "summary-arg-count": integer(),
    },
    some=True,
)
media_attachment = record(
    {
        "url": text(1),
        "content": record({"body": word, "title": word, "subtitle": word}),
        "options": record(
            {
                "time": integer(),
                "hidden": boolean,
                "crop": record({name: number(0, 1) for name in ("x", "y", "width", "height")}),
            }
        ),
    },
    ("url",),
)
live_activity = record(
    {
        "name": text(1),
        "event": choice("start", "update", "end"),
        "content_state": mapping(anything),
        "attributes": extra,
        "attributes_type": word,
        "alert": record({"title": word, "body": word, "sound": word}),
        "priority": choice(5, 10),
        "relevance_score": number(),
        "dismissal_date": integer(),
        "stale_date": integer(),
        "timestamp": integer(),
    }
)


def _content_available(value: object, path: Path, rules: Rules) -> None:
    if value != 1 and not isinstance(value, bool):  # the Python client writes 1
        raise Invalid(path, "expected true or false")


ios_common: dict[str, Check] = {
    "actions": actions,
    "interactive": interactive,
    "badge": either(integer(), text(pattern=r"auto|[+-][0-9]+")),
    "category": word,
    "collapse_id": text(most_bytes=64),
    "content_available": _content_available,
    "content-available": _content_available,
    "expiry": expiry(),
    "extra": mapping(anything, forbidden="aps"),
    "media_attachment": media_attachment,
    "mutable_content": boolean,
    "priority": choice(5, 10),
    "sound": either(word, record({"name": text(1), "critical": boolean, "volume": number(0, 1)}, ("name",))),
    "thread_id": word,
}
ios_plain: dict[str, Check] = {
    "alert": either(word, ios_alert_object),
    "title": word,
    "subtitle": word,
    "filter_criteria": word,
    "interruption_level": choice("passive", "active", "time-sensitive", "critical"),
    "live_activity": live_activity,
    "relevance_score": number(0, 1),
    "target_content_id": word,
}


def _extra_and_actions(value: object, path: Path, rules: Rules) -> None:
    members = an_object(value, path)
    keys = members.get("extra")
    clash = action_names(members.get("actions")) & set(keys if isinstance(keys, dict) else ())
    if clash:
        raise Invalid((*path, "extra", min(clash)), f"extra key '{min(clash)}' is the name of an action")


ios = by_key(
    "template",
    record(
        {**ios_common, "template": template({"alert": word, "title": word, "subtitle": word}, external=False)},
        also=_extra_and_actions,
    ),
    record({**ios_common, **ios_plain}, also=_extra_and_actions),
)

# Android

wearable = record(
    {
        "background_image": word,
        "extra_pages": array(record({"title": word, "alert": word})),
        "interactive": interactive,
    }
)
live_update = record(
    {
        "name": text(1),
        "event": choice("start", "update", "end"),
        "type": word,
        "content_state": mapping(anything),
        "dismissal_date": integer(),
        "timestamp": integer(),
    }
)
android_categories = (
    *("alarm", "call", "email", "err", "event", "msg", "promo", "recommendation", "service", "social", "status"),
    *("sys", "transport"),
)
android_common: dict[str, Check] = {
    "actions": actions,
    "interactive": interactive,
    "category": choice(*android_categories),
    "collapse_key": word,
    "delay_while_idle": boolean,
    "deliver_to": choice("all", "opted_in"),
    "delivery_priority": choice("high", "normal"),
    "extra": mapping(text(), forbidden=r"from|message_type|data|(google|gcm).*"),
    "local_only": boolean,
    "notification_channel": word,
    "notification_tag": word,
    "priority": integer(-2, 2),
    "public_notification": record({"title": word, "alert": word, "summary": word}, some=True),
    "sound": word,
    "style": style,
    "time_to_live": expiry(),
    "visibility": choice(-1, 0, 1),
    "wearable": wearable,
}
shown: dict[str, Check] = {"alert": word, "title": word, "summary": word, "icon": word, "icon_color": colour}

android = by_key(
    "template",
    record({**android_common, "template": template(shown)}),
    record({**android_common, **shown, "live_update": live_update}),
)

# Fire OS

amazon_common: dict[str, Check] = {
    "actions": actions,
    "interactive": interactive,
    "consolidation_key": word,
    "expires_after": expiry(60, 2_678_400),
    "extra": extra,
    "notification_channel": word,
    "notification_tag": word,
    "sound": word,
    "style": style,
}
amazon = by_key(
    "template",
    record({**amazon_common, "template": template(shown)}),
    record({**amazon_common, **shown}),
)

# Web

picture = record({"url": text(1)}, ("url",))
web_buttons = array(record({"id": text(1), "label": text(1), "actions": actions}, ("id", "label")), 1, 2)
web_common: dict[str, Check] = {
    "actions": actions,
    "buttons": web_buttons,
    "extra": extra,
    "icon": picture,
    "image": picture,
    "require_interaction": boolean,
    "time_to_live": expiry(),
}
web = by_key(
    "template",
    record({**web_common, "template": template({"alert": word, "title": word, "icon": picture})}),
    record({**web_common, "alert": word, "title": word}),
)

LIMITED = ("ios", "android", "amazon", "web")


def payload_bytes(part: dict[str, object], alert: object) -> int:
    """Size of one platform's part with the default alert filled in, as compact JSON in UTF-8.

    What exactly the vendor counts is not documented.
    """
    whole = {"alert": alert, **part} if alert is not None else part
    return len(json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"))
