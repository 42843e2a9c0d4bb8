"""The parts of a notification for e-mail, SMS, MMS, open channels and (behind a switch) Windows.

Reference: https://docs.airship.com/developer/rest-api/ua/schemas/platform-overrides
"""

import re

from sandbox.airship.actions import interactive
from sandbox.airship.platforms import extra, template, word
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
    either,
    expiry,
    integer,
    mapping,
    record,
    text,
    uuid,
)

MEDIA = re.compile(r"https?://.+\.(gif|jpe?g|png|mp[123]|m[12]a|mpa|wav|3gp|3g2|m4[abr]|vcf)", re.IGNORECASE)

filled = text(1, blank=False)
stored_template = record({"template_id": uuid}, ("template_id",))

# E-mail


def email_body(value: object, path: Path, rules: Rules) -> None:
    text(1, blank=False, most_bytes=int(rules.switches.number("email_limit")))(value, path, rules)


email_fields = record(
    {"subject": filled, "plaintext_body": email_body, "html_body": email_body}, ("subject", "plaintext_body")
)
email_common: dict[str, Check] = {
    "message_type": choice("transactional", "commercial"),
    "sender_name": filled,
    "sender_address": filled,
    "reply_to": filled,
    "bcc": array(text(3, pattern=r"[^@\s]+@[^@\s]+")),
    "bypass_opt_in_level": boolean,
    "click_tracking": boolean,
    "open_tracking": boolean,
    "url_parameters": mapping(text()),
}
email_from = ("message_type", "sender_name", "sender_address", "reply_to")


def _email_agrees(value: object, path: Path, rules: Rules) -> None:
    members = an_object(value, path)
    if members.get("bypass_opt_in_level") is True and members["message_type"] != "transactional":
        raise Invalid((*path, "bypass_opt_in_level"), "is for transactional messages only")
    body = members.get("plaintext_body")
    if (
        isinstance(body, str)
        and members["message_type"] == "commercial"
        and rules.switches.word("unsubscribe_link") == "required"
        and not re.search(r"\[\[ua[_-]unsubscribe", body)
    ):
        raise Invalid((*path, "plaintext_body"), "a commercial message needs an [[ua_unsubscribe]] link")


email = by_key(
    "template",
    record(
        {**email_common, "template": either(stored_template, record({"fields": email_fields}, ("fields",)))},
        (*email_from, "template"),
        also=_email_agrees,
    ),
    record(
        {
            **email_common,
            "subject": filled,
            "plaintext_body": email_body,
            "html_body": email_body,
            "attachments": array(record({"id": text(1)}, ("id",)), 1),
        },
        (*email_from, "subject", "plaintext_body"),
        also=_email_agrees,
    ),
)

# SMS and MMS

sms = by_key(
    "template",
    record(
        {
            "expiry": expiry(0, 172_800),
            "shorten_links": boolean,
            "template": either(
                stored_template, record({"fields": record({"alert": text(1, 1600)}, ("alert",))}, ("fields",))
            ),
        },
        ("template",),
    ),
    record({"alert": text(0, 1600), "expiry": expiry(0, 172_800), "shorten_links": boolean}),
)


def media_url(value: object, path: Path, rules: Rules) -> None:
    text(1, 2000)(value, path, rules)
    if not MEDIA.fullmatch(str(value)):
        raise Invalid(path, "expected an http(s) URL of a picture, sound or contact card")


media_types = (
    *("image/jpeg", "image/gif", "image/png", "text/vcard"),
    *("audio/wav", "audio/3gpp", "audio/3gpp2", "audio/mp4", "audio/mpeg"),
)
media = record(
    {"url": media_url, "content_type": choice(*media_types), "content_length": integer(1, 2 * 1024 * 1024)},
    ("url", "content_type"),
)
mms_fields = record({"fallback_text": text(1, 160), "subject": text(0, 80), "text": text(0, 5000)}, ("fallback_text",))
mms = by_key(
    "template",
    record(
        {
            "slides": array(record({"media": media}, ("media",)), 1, 1),
            "shorten_links": boolean,
            "template": either(stored_template, record({"fields": mms_fields}, ("fields",))),
        },
        ("template",),
    ),
    record(
        {
            "fallback_text": text(1, 160),
            "subject": text(0, 80),
            "shorten_links": boolean,
            "slides": array(record({"media": media, "text": text(0, 5000)}, ("media",)), 1, 1),
        },
        ("fallback_text", "slides"),
    ),
)

# Open channels

open_shown: dict[str, Check] = {"alert": word, "title": word, "summary": word, "media_attachment": text(1)}
open_channel = by_key(
    "template",
    record(
        {"extra": extra, "interactive": interactive, "template": template(open_shown, external=False)}, ("template",)
    ),
    record({**open_shown, "extra": extra, "interactive": interactive}),
)


def wns(value: object, path: Path, rules: Rules) -> None:
    record({"alert": word, "toast": anything, "tile": anything, "badge": anything})(value, path, rules)
    if len(an_object(value, path)) != 1:
        raise Invalid(path, "needs exactly one of alert, toast, tile, badge")
