"""The fields of the whole test, and of a variant on all platforms: message, taps, in-app message, options."""

from experiments.forms.messages.fields.field import Field, Group, expiry, extra, group, words, yes_no
from experiments.forms.messages.fields.tapping import ACTIONS, BUTTON, MORE_OF_LINK, OPENS
from experiments.providers.airship.message_rules import DANGEROUS

NOTIFICATION = "push/notification"
CATEGORIES = Field(
    "campaigns/categories", "Campaign categories", "texts", "One a line, up to 10. Airship’s reports group by them."
)
DESCRIPTION = Field("description", "Description of this variant", "area", "Airship keeps it with the variant.")


def _dangerous(key: str, label: str) -> Field:
    effect = DANGEROUS[key]
    return yes_no(key, label, f"{effect[:1].upper()}{effect[1:]}.", is_dangerous=True)


GROUPS = (
    group(NOTIFICATION, "", Field("alert", "Message", "area"), *OPENS),
    group(NOTIFICATION, "More about the link", *MORE_OF_LINK),
    group(NOTIFICATION, "Buttons, tags and events", BUTTON, *ACTIONS),
    group(
        "push/in_app",
        "In-app message",
        Field("alert", "In-app text", "area", "Shown in the app at its next start."),
        Field("display_type", "Kind", "choice", choices=words("banner")),
        Field("display/position", "Position", "choice", choices=words("top", "bottom")),
        Field("display/primary_color", "First colour", hint="Such as #1f6feb."),
        Field("display/secondary_color", "Second colour", hint="Such as #ffffff."),
        Field("display/duration", "Seconds on screen", "whole"),
        expiry("expiry"),
    ),
    group("push/in_app", "In-app message: taps and extra keys", *OPENS, *MORE_OF_LINK, BUTTON, *ACTIONS, extra()),
    group(
        "push/options",
        "Delivery options",
        yes_no("personalization", "Personalise", "Fills {{first_name}} and the like in."),
        expiry("expiry", "Stop trying after"),
        Field("audience_limits/max_recipients", "People at most", "whole"),
        _dangerous("no_throttle", "Without the brake"),
        _dangerous("bypass_frequency_limits", "Ignore message limits"),
        _dangerous("bypass_holdout_groups", "Ignore holdout groups"),
        _dangerous("bypass_ban_list_processing", "Ignore the ban list"),
        Field("ban_list_parameters", "Ban list parameters", "pairs", "One a line: key = value.", extra="mono"),
        _dangerous("omit_from_activity_log", "Leave out of the activity log"),
        yes_no("redact_payload", "Hide from Airship’s logs", "Airship’s tests do not support it."),
        yes_no("use_strict_sms_validation", "Strict SMS checks", "Only “create and send” knows it."),
    ),
    Group("About this variant", (DESCRIPTION,)),
)
