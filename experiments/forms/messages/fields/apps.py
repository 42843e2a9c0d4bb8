"""The fields of messages that apps show: iOS, Android, Fire OS."""

from experiments.forms.messages.fields.field import EXPIRY, Field, Group, expiry, extra, group, words, yes_no
from experiments.forms.messages.fields.tapping import ACTIONS, BUTTON, MORE_OF_LINK, OPENS

INSTEAD = "Empty: the message for all platforms."
_IOS, _ANDROID, _AMAZON = (f"push/notification/{name}" for name in ("ios", "android", "amazon"))

IOS = (
    group(
        _IOS,
        "",
        Field("title", "Title"),
        Field("subtitle", "Subtitle"),
        Field("alert", "Message", "area", INSTEAD, inner="body"),
        Field("media_attachment/url", "Picture or video link", extra="mono"),
        Field(
            "interruption_level",
            "Interruption",
            "choice",
            choices=words("passive", "active", "time-sensitive", "critical"),
        ),
    ),
    group(
        _IOS,
        "Sound and badge",
        Field("sound", "Sound", hint="A file in the app, or “default”.", inner="name"),
        Field("badge", "Badge", "number_or_text", "A number, “auto”, or a step such as +1."),
        yes_no("sound/critical", "Sounds also when muted", "Apple allows it to few apps."),
        Field("sound/volume", "Volume", "number", "From 0 to 1."),
    ),
    group(
        _IOS,
        "Picture or video",
        Field("media_attachment/content/title", "Title with it"),
        Field("media_attachment/content/subtitle", "Subtitle with it"),
        Field("media_attachment/content/body", "Text with it", "area"),
        yes_no("media_attachment/options/hidden", "Hide the small picture"),
        Field("media_attachment/options/time", "Second of the video", "number"),
    ),
    group(
        _IOS,
        "Delivery",
        expiry("expiry"),
        Field("priority", "Priority", "choice", choices=(("10", "10, at once", 10), ("5", "5, sparing", 5))),
        Field("collapse_id", "Collapse id", hint="A new message takes the place of the old one."),
        Field("thread_id", "Thread", hint="Messages with the same thread stand together."),
        Field("relevance_score", "Relevance", "number", "From 0 to 1: which message a summary shows first."),
        Field("category", "Category", extra="mono"),
        Field("filter_criteria", "Focus filter", extra="mono"),
        Field("target_content_id", "Window to open", extra="mono"),
        yes_no("content_available", "Wake the app"),
        yes_no("mutable_content", "The app may change it"),
    ),
    group(_IOS, "When tapped on iOS only", *OPENS, *MORE_OF_LINK, BUTTON, *ACTIONS),
    group(
        _IOS,
        "Template",
        Field("template/template_id", "Template id", extra="mono"),
        Field("template/fields/title", "Title"),
        Field("template/fields/subtitle", "Subtitle"),
        Field("template/fields/alert", "Message", "area"),
    ),
    group(_IOS, "Extra keys", extra()),
)


def _style(place: str) -> Group:
    def needs(kind: str) -> tuple[str, tuple[str, ...]]:
        return "style/type", (kind,)

    kinds = (
        ("big_text", "Long text", "big_text"),
        ("big_picture", "Picture", "big_picture"),
        ("inbox", "List", "inbox"),
    )
    return group(
        place,
        "Expanded look",
        Field("style/type", "When pulled open", "choice", choices=kinds),
        Field("style/big_text", "Long text", "area", needs=needs("big_text")),
        Field("style/big_picture", "Picture link", extra="mono", needs=needs("big_picture")),
        Field("style/lines", "Lines", "texts", "One a line.", needs=needs("inbox")),
        Field("style/title", "Title when open"),
        Field("style/summary", "Summary when open"),
    )


def _template(place: str) -> Group:
    return group(
        place,
        "Template",
        Field("template/template_id", "Template id", extra="mono"),
        Field("template/external_id", "Your own id of the template", extra="mono"),
        Field("template/fields/title", "Title"),
        Field("template/fields/summary", "Summary"),
        Field("template/fields/alert", "Message", "area"),
        Field("template/fields/icon", "Icon"),
        Field("template/fields/icon_color", "Icon colour"),
    )


_FIRST = (Field("title", "Title"), Field("summary", "Summary"), Field("alert", "Message", "area", INSTEAD))
_SHOWN = (
    Field("icon", "Icon", hint="Its name in the app."),
    Field("icon_color", "Icon colour", hint="Such as #1f6feb."),
    Field("sound", "Sound", hint="A file in the app."),
    Field("notification_tag", "Tag", hint="A new message takes the place of the one with the same tag."),
)
_CATEGORIES = words(
    *("alarm", "call", "email", "err", "event", "msg", "promo", "recommendation", "service", "social"),
    *("status", "sys", "transport"),
)
_PRIORITIES = (
    ("2", "2, highest", 2),
    ("1", "1, high", 1),
    ("0", "0, default", 0),
    ("-1", "−1, low", -1),
    ("-2", "−2, lowest", -2),
)
_VISIBILITIES = (
    ("1", "Everything", 1),
    ("0", "Without its content", 0),
    ("-1", "Nothing", -1),
)

ANDROID = (
    group(
        _ANDROID,
        "",
        *_FIRST,
        Field("notification_channel", "Notification channel"),
        Field("priority", "Priority", "choice", choices=_PRIORITIES),
    ),
    _style(_ANDROID),
    group(
        _ANDROID,
        "Look and sound",
        *_SHOWN,
        Field("category", "Category", "choice", choices=_CATEGORIES),
        Field("visibility", "On the lock screen", "choice", choices=_VISIBILITIES),
        Field("public_notification/title", "Lock screen title"),
        Field("public_notification/summary", "Lock screen summary"),
        Field("public_notification/alert", "Lock screen message", "area", "Instead of the hidden content."),
    ),
    group(
        _ANDROID,
        "Delivery",
        expiry("time_to_live", "Time to live"),
        Field("delivery_priority", "Delivery priority", "choice", choices=words("high", "normal")),
        Field("collapse_key", "Collapse key", hint="A new message takes the place of the old one."),
        Field(
            "deliver_to",
            "Deliver to",
            "choice",
            choices=(("all", "All devices", "all"), ("opted_in", "Opted-in devices", "opted_in")),
        ),
        yes_no("local_only", "Only on watches"),
        yes_no("delay_while_idle", "Wait until in use", "Old; Google ignores it."),
        Field("wearable/background_image", "Picture on watches", extra="mono"),
    ),
    group(_ANDROID, "When tapped on Android only", *OPENS, *MORE_OF_LINK, BUTTON, *ACTIONS),
    _template(_ANDROID),
    group(_ANDROID, "Extra keys", extra()),
)
AMAZON = (
    group(_AMAZON, "", *_FIRST),
    _style(_AMAZON),
    group(_AMAZON, "Look and sound", *_SHOWN, Field("notification_channel", "Notification channel")),
    group(
        _AMAZON,
        "Delivery",
        Field("consolidation_key", "Consolidation key", hint="A new message takes the place of the old one."),
        expiry("expires_after", hint=f"From 60 on. {EXPIRY}"),
    ),
    group(_AMAZON, "When tapped on Fire OS only", *OPENS, *MORE_OF_LINK, BUTTON, *ACTIONS),
    _template(_AMAZON),
    group(_AMAZON, "Extra keys", extra()),
)
