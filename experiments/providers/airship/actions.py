"""What happens when somebody taps a message: Airship's actions and interactive buttons, as typed parts of the document.

Reference: airship OpenAPI schemas actionsObject, interactiveObject, landingPageContent, tagsActionArg.
"""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag
from pydantic_core import PydanticCustomError

from experiments.providers.airship.times import parse_moment

# A tag of a union turns up in pydantic's error paths. No document key starts with NUL (it is refused in reading), so
# the path back into the document is found by leaving these steps out.
HIDDEN = "\0"


class Part(BaseModel):
    """An object of the document: types as given, nothing converted, unknown keys told."""

    model_config = ConfigDict(strict=True, extra="forbid", populate_by_name=False)


def _expiry(value: object) -> object:
    is_time = parse_moment(value) is not None
    is_seconds = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    is_personal = isinstance(value, str) and "{{" in value
    if not (is_time or is_seconds or is_personal):
        raise PydanticCustomError(
            "expiry", "must be whole seconds from 0 on, or a UTC time such as 2026-10-29T06:30:00"
        )
    return value


def _day(value: object) -> object:
    try:
        date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError as error:
        raise PydanticCustomError("day", "must be a day such as 2026-10-29") from error
    return value


def _text_or_texts(value: object) -> object:
    texts: list[Any] = value if isinstance(value, list) else [value]
    if not all(isinstance(text, str) and text.strip() for text in texts):
        raise PydanticCustomError("not_texts", "must be a list of texts, none of them empty")
    if any(len(text) > 128 for text in texts):
        raise PydanticCustomError("string_too_long", "must have at most 128 characters each")
    if len(texts) > 100:
        raise PydanticCustomError("too_many", "may name 100 tags at most")
    return value


def _colour(value: object) -> object:
    digits = value[1:] if isinstance(value, str) and value.startswith("#") else ""
    if len(digits) != 6 or not all(digit in "0123456789abcdefABCDEF" for digit in digits):
        raise PydanticCustomError("colour", "must be a colour such as #1f6feb")
    return value


Expiry = Annotated[Any, AfterValidator(_expiry)]
Day = Annotated[Any, AfterValidator(_day)]
Tags = Annotated[Any, AfterValidator(_text_or_texts)]
Colour = Annotated[Any, AfterValidator(_colour)]
Number = int | float
Extra = dict[str, str]


class CustomEvent(Part):
    name: str = Field(min_length=1)
    value: float | None = None
    properties: dict[str, Any] | None = None


class TemplateFields(Part):
    html_body: Annotated[str, Field(min_length=1, max_length=8192)] | None = None


class LandingTemplate(Part):
    template_id: str | None = None
    fields: TemplateFields | None = None


class LandingPage(Part):
    """Exactly one of `url`, `body` and `template`; the last two with a content type (a rule checks it)."""

    url: str | None = None
    body: Annotated[str, Field(min_length=1, max_length=8192)] | None = None
    content_type: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    content_encoding: Literal["utf-8", "base64"] | None = None
    template: LandingTemplate | None = None


class SceneTemplate(Part):
    template_id: str


class Scene(Part):
    template: SceneTemplate


class OpenUrl(Part):
    type: Literal["url"]
    content: str
    fallback_url: str | None = None


class OpenDeepLink(Part):
    type: Literal["deep_link"]
    content: str = Field(min_length=1, max_length=1024)
    fallback_url: str | None = None


class OpenLandingPage(Part):
    type: Literal["landing_page"]
    content: LandingPage
    fallback_url: str | None = None


class OpenScene(Part):
    type: Literal["scene"]
    content: Scene
    fallback_url: str | None = None


def _open_kind(value: object) -> str | None:
    kind = value.get("type") if isinstance(value, dict) else None
    return HIDDEN + kind if kind in ("url", "deep_link", "landing_page", "scene") else None


Open = Annotated[
    Annotated[OpenUrl, Tag(HIDDEN + "url")]
    | Annotated[OpenDeepLink, Tag(HIDDEN + "deep_link")]
    | Annotated[OpenLandingPage, Tag(HIDDEN + "landing_page")]
    | Annotated[OpenScene, Tag(HIDDEN + "scene")],
    Discriminator(
        _open_kind,
        custom_error_type="open_type",
        custom_error_message="must say what it opens: a “type” of url, deep_link, landing_page or scene",
    ),
]


class TagChange(Part):
    type: Literal["channel", "contact"]
    action: Literal["add", "remove"]
    group: str | None = None
    tags: list[str] = Field(min_length=1)


class ListChange(Part):
    type: Literal["channel", "contact"]
    action: Literal["subscribe", "unsubscribe"]
    list_id: str = Field(min_length=1, max_length=32, pattern=r"^[A-Za-z0-9_-]+$")
    scope: Literal["app", "web", "email", "sms"] | None = None


class AttributeChange(Part):
    type: Literal["channel", "contact"]
    action: Literal["set", "remove"]
    name: str = Field(min_length=1)
    value: Any = None


class Actions(Part):
    open: Open | None = None
    add_tag: Tags | None = None
    remove_tag: Tags | None = None
    tags: list[TagChange] | None = None
    subscription_list: list[ListChange] | None = None
    attributes: list[AttributeChange] | None = None
    share: Annotated[str, Field(min_length=1, max_length=1024)] | None = None
    add_custom_event: CustomEvent | None = None
    app_defined: dict[str, Any] | None = None


class Interactive(Part):
    type: str = Field(min_length=1)
    button_actions: dict[str, Actions] | None = None


# Interactive types that Airship brings, and the buttons each of them has.
BUTTONS: dict[str, tuple[str, ...]] = {
    "ua_yes_no_foreground": ("yes", "no"),
    "ua_yes_no_background": ("yes", "no"),
    "ua_accept_decline_foreground": ("accept", "decline"),
    "ua_accept_decline_background": ("accept", "decline"),
    "ua_shop_now": ("shop_now",),
    "ua_buy_now": ("buy_now",),
    "ua_follow": ("follow",),
    "ua_opt_in": ("opt_in",),
    "ua_unfollow": ("unfollow",),
    "ua_opt_out": ("opt_out",),
    "ua_opt_in_remind": ("opt_in", "remind"),
    "ua_remind_me_later": ("remind",),
    "ua_more_info": ("more_info",),
    "ua_download": ("download",),
    "ua_share": ("share",),
    "ua_download_share": ("download", "share"),
    "ua_remind_share": ("remind", "share"),
    "ua_opt_in_share": ("opt_in", "share"),
    "ua_opt_out_share": ("opt_out", "share"),
    "ua_follow_share": ("follow", "share"),
    "ua_unfollow_share": ("unfollow", "share"),
    "ua_shop_now_share": ("shop_now", "share"),
    "ua_buy_now_share": ("buy_now", "share"),
    "ua_more_like_less_like": ("more_like", "less_like"),
    "ua_like_dislike": ("like", "dislike"),
    "ua_like": ("like",),
    "ua_like_share": ("like", "share"),
    "ua_add_calendar_remind": ("add_calendar", "remind"),
    "ua_add": ("add",),
    "ua_save": ("save",),
    "ua_follow_save": ("follow", "save"),
    "ua_rate": ("rate",),
    "ua_rate_remind": ("rate", "remind"),
    "ua_search": ("search",),
    "ua_book": ("book",),
    "ua_icons_happy_sad": ("happy", "sad"),
    "ua_icons_up_down": ("up", "down"),
}
