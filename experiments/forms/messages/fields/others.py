"""The fields of messages that no app shows: web, email, SMS, MMS and open channels."""

from experiments.forms.messages.fields.apps import INSTEAD
from experiments.forms.messages.fields.field import Field, Group, expiry, extra, group, words, yes_no
from experiments.forms.messages.fields.tapping import ACTIONS, BUTTON, MORE_OF_LINK, OPENS
from experiments.providers.airship.wording import escape

_WEB, _EMAIL, _SMS, _MMS = (f"push/notification/{name}" for name in ("web", "email", "sms", "mms"))
_SHORTEN = yes_no("shorten_links", "Shorten links", "Makes links short and counts their clicks.")
_TEMPLATE = Field("template/template_id", "Template id", extra="mono")
_CONTENT_TYPES = (
    *("image/jpeg", "image/gif", "image/png", "text/vcard", "audio/wav", "audio/3gpp", "audio/3gpp2"),
    *("audio/mp4", "audio/mpeg"),
)

WEB = (
    group(
        _WEB,
        "",
        Field("title", "Title"),
        Field("alert", "Message", "area", INSTEAD),
        Field("icon/url", "Icon link", extra="mono"),
        Field("image/url", "Picture link", extra="mono"),
        yes_no("require_interaction", "Stays until closed"),
        expiry("time_to_live", "Time to live"),
    ),
    group(
        _WEB,
        "Buttons",
        Field("buttons/0/label", "First button"),
        Field("buttons/0/id", "Its id", hint="Counted in reports.", extra="mono"),
        Field("buttons/1/label", "Second button"),
        Field("buttons/1/id", "Its id", hint="What a button does is written as JSON.", extra="mono"),
    ),
    group(_WEB, "When tapped on the web only", *OPENS, *MORE_OF_LINK, *ACTIONS),
    group(
        _WEB,
        "Template",
        _TEMPLATE,
        Field("template/external_id", "Your own id of the template", extra="mono"),
        Field("template/fields/title", "Title"),
        Field("template/fields/icon/url", "Icon link", extra="mono"),
        Field("template/fields/alert", "Message", "area"),
    ),
    group(_WEB, "Extra keys", extra()),
)
EMAIL = (
    group(
        _EMAIL,
        "",
        Field("subject", "Subject"),
        Field("plaintext_body", "Plain text", "area"),
        Field("html_body", "HTML text", "area", "Optional. Shown instead of the plain text where it can be."),
        Field(
            "message_type",
            "Message type",
            "choice",
            choices=(
                ("commercial", "Commercial, with a link to unsubscribe", "commercial"),
                ("transactional", "Transactional", "transactional"),
            ),
        ),
        Field("sender_name", "Sender name"),
        Field("sender_address", "Sender address"),
        Field("reply_to", "Reply-to address"),
    ),
    group(
        _EMAIL,
        "Copies, attachments and counting",
        Field("bcc", "Blind copies", "texts", "One address a line."),
        Field("attachments", "Attachments", "ids", "One id a line, as Airship gave it."),
        yes_no("click_tracking", "Count clicks"),
        yes_no("open_tracking", "Count opens"),
        yes_no(
            "bypass_opt_in_level",
            "Also to people who opted out",
            "For transactional email only.",
            is_dangerous=True,
        ),
        Field("url_parameters", "Parameters added to links", "json", "An object in braces.", extra="mono"),
    ),
    group(
        _EMAIL,
        "Template",
        _TEMPLATE,
        Field("template/fields/subject", "Subject"),
        Field("template/fields/plaintext_body", "Plain text", "area"),
        Field("template/fields/html_body", "HTML text", "area"),
    ),
)
SMS = (
    group(
        _SMS,
        "",
        Field("alert", "Message", "area", f"{INSTEAD} 1,600 characters at most."),
        _SHORTEN,
        expiry("expiry"),
    ),
    group(_SMS, "Template", _TEMPLATE, Field("template/fields/alert", "Message", "area")),
)
MMS = (
    group(
        _MMS,
        "",
        Field("subject", "Subject", hint="80 characters at most."),
        Field("slides/0/media/url", "Picture link", hint="Ends in .jpg, .png, .gif or the like.", extra="mono"),
        Field("slides/0/media/content_type", "Kind of picture", "choice", choices=words(*_CONTENT_TYPES)),
        Field("slides/0/media/content_length", "Its bytes", "whole"),
        Field("slides/0/text", "Text", "area", "5,000 characters at most."),
        Field("fallback_text", "Text where MMS cannot be shown", "area", "160 characters at most."),
        _SHORTEN,
    ),
    group(
        _MMS,
        "Template",
        _TEMPLATE,
        Field("template/fields/subject", "Subject"),
        Field("template/fields/text", "Text", "area"),
        Field("template/fields/fallback_text", "Text where MMS cannot be shown", "area"),
    ),
)


def open_channel(platform: str) -> tuple[Group, ...]:
    """The fields of "open::kiosk"."""
    place = f"push/notification/{escape(platform)}"
    media = Field("media_attachment", "Picture or file link", extra="mono")
    first = (Field("title", "Title"), Field("summary", "Summary"))
    return (
        group(place, "", *first, Field("alert", "Message", "area", INSTEAD), media),
        group(place, "Buttons", BUTTON),
        group(
            place,
            "Template",
            _TEMPLATE,
            *(Field(f"template/fields/{field.path}", field.label, extra=field.extra) for field in (*first, media)),
            Field("template/fields/alert", "Message", "area"),
        ),
        group(place, "Extra keys", extra()),
    )
