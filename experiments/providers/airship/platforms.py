"""What each platform's message can say: the overrides of a notification, each with its template form in one class.

Reference: airship OpenAPI schemas <platform>OverrideObject and <platform>OverrideWithTemplate. Both forms of a platform
are one class here, because the OpenAPI tells them apart by nothing but the presence of `template`.
"""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag
from pydantic_core import PydanticCustomError

from experiments.providers.airship.actions import HIDDEN, Actions, Colour, Expiry, Extra, Interactive, Part

_BADGE_STEP = re.compile(r"[+-][0-9]+", re.ASCII)


def _badge(value: object) -> object:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    if not is_number and value != "auto" and not (isinstance(value, str) and _BADGE_STEP.fullmatch(value)):
        raise PydanticCustomError("badge", "must be a whole number, “auto”, or a step such as “+1”")
    return value


def _text_or_object(value: object) -> str:
    return HIDDEN + ("object" if isinstance(value, dict) else "text")


class IosAlert(Part):
    body: str | None = None
    title: str | None = None
    subtitle: str | None = None
    action_loc_key: str | None = Field(None, alias="action-loc-key")
    loc_key: str | None = Field(None, alias="loc-key")
    loc_args: list[str] | None = Field(None, alias="loc-args")
    title_loc_key: str | None = Field(None, alias="title-loc-key")
    title_loc_args: list[str] | None = Field(None, alias="title-loc-args")
    subtitle_loc_key: str | None = Field(None, alias="subtitle-loc-key")
    subtitle_loc_args: list[str] | None = Field(None, alias="subtitle-loc-args")
    launch_image: str | None = Field(None, alias="launch-image")
    summary_arg: str | None = Field(None, alias="summary-arg")
    summary_arg_count: int | None = Field(None, alias="summary-arg-count")


class IosSound(Part):
    name: str
    critical: bool | None = None
    volume: Annotated[float, Field(ge=0, le=1)] | None = None


class Crop(Part):
    x: float | None = None
    y: float | None = None
    width: float | None = None
    height: float | None = None


class MediaOptions(Part):
    crop: Crop | None = None
    hidden: bool | None = None
    time: float | None = None


class MediaContent(Part):
    title: str | None = None
    subtitle: str | None = None
    body: str | None = None


class MediaAttachment(Part):
    url: str
    content: MediaContent | None = None
    options: MediaOptions | None = None


class LiveAlert(Part):
    title: str | None = None
    body: str | None = None
    sound: str | None = None


class LiveUpdate(Part):
    name: str | None = None
    event: Literal["start", "update", "end"] | None = None
    type: str | None = None
    content_state: dict[str, Any] | None = None
    timestamp: int | None = None
    dismissal_date: int | None = None


class LiveActivity(Part):
    name: str | None = None
    event: Literal["start", "update", "end"] | None = None
    alert: LiveAlert | None = None
    attributes_type: str | None = None
    attributes: dict[str, str] | None = None
    content_state: dict[str, Any] | None = None
    timestamp: int | None = None
    stale_date: int | None = None
    dismissal_date: int | None = None
    priority: Literal[5, 10] | None = None
    relevance_score: float | None = None


class IosTemplateFields(Part):
    title: str | None = None
    subtitle: str | None = None
    alert: str | None = None


class IosTemplate(Part):
    template_id: str | None = None
    fields: IosTemplateFields | None = None


class Ios(Part):
    title: str | None = None
    subtitle: str | None = None
    alert: (
        Annotated[
            Annotated[str, Tag(HIDDEN + "text")] | Annotated[IosAlert, Tag(HIDDEN + "object")],
            Discriminator(_text_or_object),
        ]
        | None
    ) = None
    template: IosTemplate | None = None
    badge: Annotated[Any, AfterValidator(_badge)] = None
    sound: (
        Annotated[
            Annotated[str, Tag(HIDDEN + "text")] | Annotated[IosSound, Tag(HIDDEN + "object")],
            Discriminator(_text_or_object),
        ]
        | None
    ) = None
    media_attachment: MediaAttachment | None = None
    actions: Actions | None = None
    interactive: Interactive | None = None
    category: str | None = None
    thread_id: str | None = None
    collapse_id: str | None = None
    target_content_id: str | None = None
    filter_criteria: str | None = None
    interruption_level: Literal["passive", "active", "time-sensitive", "critical"] | None = None
    relevance_score: float | None = None
    content_available: bool | None = None
    mutable_content: bool | None = None
    priority: Literal[5, 10] | None = None
    expiry: Expiry | None = None
    live_activity: LiveActivity | None = None
    extra: dict[str, Any] | None = None


class Style(Part):
    type: Literal["big_picture", "big_text", "inbox"]
    big_picture: str | None = None
    big_text: str | None = None
    lines: Annotated[list[str], Field(min_length=1, max_length=100)] | None = None
    title: str | None = None
    summary: str | None = None


class AppTemplateFields(Part):
    title: str | None = None
    alert: str | None = None
    summary: str | None = None
    icon: str | None = None
    icon_color: Colour | None = None


class AppTemplate(Part):
    template_id: str | None = None
    external_id: str | None = None
    fields: AppTemplateFields | None = None


class App(Part):
    """What Android and Fire OS have in common."""

    title: str | None = None
    alert: str | None = None
    summary: str | None = None
    template: AppTemplate | None = None
    icon: str | None = None
    icon_color: Colour | None = None
    style: Style | None = None
    sound: str | None = None
    actions: Actions | None = None
    interactive: Interactive | None = None
    notification_channel: str | None = None
    notification_tag: str | None = None
    extra: Extra | None = None


class PublicNotification(Part):
    title: str | None = None
    alert: str | None = None
    summary: str | None = None


class WearablePage(Part):
    title: str | None = None
    alert: str | None = None


class Wearable(Part):
    background_image: str | None = None
    extra_pages: list[WearablePage] | None = None
    interactive: Interactive | None = None


class Android(App):
    category: (
        Literal[
            "alarm",
            "call",
            "email",
            "err",
            "event",
            "msg",
            "promo",
            "recommendation",
            "service",
            "social",
            "status",
            "sys",
            "transport",
        ]
        | None
    ) = None
    priority: Annotated[int, Field(ge=-2, le=2)] | None = None
    visibility: Annotated[int, Field(ge=-1, le=1)] | None = None
    public_notification: PublicNotification | None = None
    delivery_priority: Literal["high", "normal"] | None = None
    deliver_to: Literal["all", "opted_in"] | None = None
    collapse_key: str | None = None
    time_to_live: Expiry | None = None
    delay_while_idle: bool | None = None
    local_only: bool | None = None
    wearable: Wearable | None = None
    live_update: LiveUpdate | None = None


class Amazon(App):
    consolidation_key: str | None = None
    expires_after: Expiry | None = None


class WebImage(Part):
    url: str


class WebTemplateFields(Part):
    title: str | None = None
    alert: str | None = None
    icon: WebImage | None = None


class WebTemplate(Part):
    template_id: str | None = None
    external_id: str | None = None
    fields: WebTemplateFields | None = None


class Button(Part):
    id: str
    label: str
    actions: Actions | None = None


class Web(Part):
    title: str | None = None
    alert: str | None = None
    template: WebTemplate | None = None
    icon: WebImage | None = None
    image: WebImage | None = None
    buttons: Annotated[list[Button], Field(min_length=1, max_length=2)] | None = None
    actions: Actions | None = None
    require_interaction: bool | None = None
    time_to_live: Expiry | None = None
    extra: Extra | None = None


class Attachment(Part):
    id: str


class EmailTemplateFields(Part):
    subject: str
    plaintext_body: str
    html_body: str | None = None


class EmailTemplate(Part):
    template_id: str | None = None
    fields: EmailTemplateFields | None = None


class Email(Part):
    """The fields that Airship needs are asked for by a rule, in better words and with the template form in mind."""

    message_type: Literal["commercial", "transactional"] | None = None
    sender_name: str | None = None
    sender_address: str | None = None
    reply_to: str | None = None
    subject: str | None = None
    plaintext_body: str | None = None
    html_body: str | None = None
    template: EmailTemplate | None = None
    attachments: Annotated[list[Attachment], Field(min_length=1)] | None = None
    bcc: list[str] | None = None
    bypass_opt_in_level: bool | None = None
    click_tracking: bool | None = None
    open_tracking: bool | None = None
    url_parameters: dict[str, Any] | None = None


class SmsTemplateFields(Part):
    alert: str


class SmsTemplate(Part):
    template_id: str | None = None
    fields: SmsTemplateFields | None = None


class Sms(Part):
    alert: Annotated[str, Field(max_length=1600)] | None = None
    template: SmsTemplate | None = None
    shorten_links: bool | None = None
    expiry: Expiry | None = None


class SlideMedia(Part):
    url: str = Field(max_length=2000)
    content_type: Literal[
        "image/jpeg",
        "image/gif",
        "image/png",
        "text/vcard",
        "audio/wav",
        "audio/3gpp",
        "audio/3gpp2",
        "audio/mp4",
        "audio/mpeg",
    ]
    content_length: int | None = None


class Slide(Part):
    media: SlideMedia
    text: Annotated[str, Field(max_length=5000)] | None = None


class MmsTemplateFields(Part):
    fallback_text: str = Field(min_length=1, max_length=160)
    subject: Annotated[str, Field(max_length=80)] | None = None
    text: Annotated[str, Field(max_length=5000)] | None = None


class MmsTemplate(Part):
    template_id: str | None = None
    fields: MmsTemplateFields | None = None


class Mms(Part):
    subject: Annotated[str, Field(max_length=80)] | None = None
    fallback_text: Annotated[str, Field(min_length=1, max_length=160)] | None = None
    slides: Annotated[list[Slide], Field(min_length=1, max_length=1)] | None = None
    template: MmsTemplate | None = None
    shorten_links: bool | None = None


class OpenTemplateFields(Part):
    title: str | None = None
    alert: str | None = None
    summary: str | None = None
    media_attachment: str | None = None


class OpenTemplate(Part):
    template_id: str | None = None
    fields: OpenTemplateFields | None = None


class OpenChannel(Part):
    title: str | None = None
    alert: str | None = None
    summary: str | None = None
    template: OpenTemplate | None = None
    media_attachment: str | None = None
    interactive: Interactive | None = None
    extra: Extra | None = None
