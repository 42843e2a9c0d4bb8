"""What happens when somebody taps a message: the fields of Airship's actions and buttons, the same at every place."""

from experiments.forms.messages.fields.field import Field
from experiments.providers.airship.actions import BUTTONS

OPENED_AS_OBJECT = ("landing_page", "scene")  # kinds of link whose content is an object
_OPEN = "actions/open"
_IS_PAGE = (f"{_OPEN}/type", ("landing_page",))
_MODES = {"foreground": " (opens the app)", "background": " (app stays closed)"}


def _button_words(kind: str) -> str:
    labels = ", ".join(button.replace("_", " ").capitalize() for button in BUTTONS[kind])
    return labels + _MODES.get(kind.rpartition("_")[2], "")


OPENS = (
    Field(
        f"{_OPEN}/type",
        "When tapped",
        "choice",
        choices=(
            ("deep_link", "Open a screen in the app", "deep_link"),
            ("url", "Open a web page", "url"),
            ("landing_page", "Show a landing page", "landing_page"),
            ("scene", "Show a scene", "scene"),
        ),
    ),
    Field(f"{_OPEN}/content", "Screen or page", extra="mono"),
    Field(f"{_OPEN}/content/url", "Landing page link", extra="mono", needs=_IS_PAGE),
    Field(
        f"{_OPEN}/content/template/template_id",
        "Scene or template id",
        extra="mono",
        needs=(f"{_OPEN}/type", OPENED_AS_OBJECT),
    ),
)
MORE_OF_LINK = (
    Field(f"{_OPEN}/content/body", "Landing page text", "area", needs=_IS_PAGE),
    Field(
        f"{_OPEN}/content/content_type",
        "Kind of text",
        hint="With a text or a template: text/html, for example.",
        needs=_IS_PAGE,
    ),
    Field(
        f"{_OPEN}/content/content_encoding",
        "Text is written as",
        "choice",
        choices=(("utf-8", "Text (utf-8)", "utf-8"), ("base64", "Base64", "base64")),
        needs=_IS_PAGE,
    ),
    Field(f"{_OPEN}/content/template/fields/html_body", "Landing page template, HTML", "area", needs=_IS_PAGE),
    Field(
        f"{_OPEN}/fallback_url",
        "Link where that cannot be opened",
        extra="mono",
        needs=(f"{_OPEN}/type", ("deep_link", "url", *OPENED_AS_OBJECT)),
    ),
)
ACTIONS = (
    Field("actions/add_tag", "Add tags", "text_or_texts", "One a line, up to 100."),
    Field("actions/remove_tag", "Take tags away", "text_or_texts", "One a line, up to 100."),
    Field("actions/share", "Share this text"),
    Field("actions/add_custom_event/name", "Count this event"),
    Field("actions/add_custom_event/value", "Value of the event", "number"),
    Field("actions/add_custom_event/properties", "Its properties", "json", "An object in braces.", extra="mono"),
)
BUTTON = Field(
    "interactive/type",
    "Buttons",
    "choice",
    "What each button does is written as JSON.",
    choices=tuple((kind, _button_words(kind), kind) for kind in BUTTONS),
)
