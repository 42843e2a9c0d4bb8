"""Actions and interactive buttons.

Reference: https://www.airship.com/docs/developer/rest-api/ua/schemas/push/ (actionsObject, interactiveObject)
"""

from collections.abc import Mapping

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
    mapping,
    number,
    record,
    text,
    uuid,
)

# Long and short names under which the SDK registers what also has its own key here.
REGISTERED: Mapping[str, tuple[str, ...]] = {
    "add_tag": ("add_tags_action", "^+t"),
    "remove_tag": ("remove_tags_action", "^-t"),
    "share": ("share_action", "^s"),
    "open": ("open_external_url_action", "^u", "deep_link_action", "^d", "landing_page_action", "^p"),
}

BUTTONS: Mapping[str, frozenset[str]] = {
    "ua_yes_no_foreground": frozenset({"yes", "no"}),
    "ua_yes_no_background": frozenset({"yes", "no"}),
    "ua_accept_decline_foreground": frozenset({"accept", "decline"}),
    "ua_accept_decline_background": frozenset({"accept", "decline"}),
    "ua_shop_now": frozenset({"shop_now"}),
    "ua_buy_now": frozenset({"buy_now"}),
    "ua_follow": frozenset({"follow"}),
    "ua_opt_in": frozenset({"opt_in"}),
    "ua_unfollow": frozenset({"unfollow"}),
    "ua_opt_out": frozenset({"opt_out"}),
    "ua_opt_in_remind": frozenset({"opt_in", "remind"}),
    "ua_remind_me_later": frozenset({"remind"}),
    "ua_more_info": frozenset({"more_info"}),
    "ua_download": frozenset({"download"}),
    "ua_share": frozenset({"share"}),
    "ua_download_share": frozenset({"download", "share"}),
    "ua_remind_share": frozenset({"remind", "share"}),
    "ua_opt_in_share": frozenset({"opt_in", "share"}),
    "ua_opt_out_share": frozenset({"opt_out", "share"}),
    "ua_follow_share": frozenset({"follow", "share"}),
    "ua_unfollow_share": frozenset({"unfollow", "share"}),
    "ua_shop_now_share": frozenset({"shop_now", "share"}),
    "ua_buy_now_share": frozenset({"buy_now", "share"}),
    "ua_more_like_less_like": frozenset({"more_like", "less_like"}),
    "ua_like_dislike": frozenset({"like", "dislike"}),
    "ua_like": frozenset({"like"}),
    "ua_like_share": frozenset({"like", "share"}),
    "ua_add_calendar_remind": frozenset({"add_calendar", "remind"}),
    "ua_add": frozenset({"add"}),
    "ua_save": frozenset({"save"}),
    "ua_follow_save": frozenset({"follow", "save"}),
    "ua_rate": frozenset({"rate"}),
    "ua_rate_remind": frozenset({"rate", "remind"}),
    "ua_search": frozenset({"search"}),
    "ua_book": frozenset({"book"}),
    "ua_icons_happy_sad": frozenset({"happy", "sad"}),
    "ua_icons_up_down": frozenset({"up", "down"}),
}

a_tag = text(1, 128)
tags = either(array(a_tag, 0, 100), a_tag)

landing_template = either(
    record({"template_id": text(1)}, ("template_id",)),
    record({"fields": record({"html_body": text(1, 8192)}, ("html_body",))}, ("fields",)),
)
hosted_page = {"content_type": text(1, 128, blank=False), "content_encoding": choice("utf-8", "base64")}
landing_page = by_key(
    "url",
    record({"url": text(1)}, ("url",)),
    by_key(
        "template",
        record({**hosted_page, "template": landing_template}, ("content_type", "template")),
        record({**hosted_page, "body": text(1, 8192)}, ("content_type", "body")),
    ),
)
scene = record({"template": record({"template_id": uuid}, ("template_id",))}, ("template",))

CONTENT: Mapping[str, Check] = {
    "url": text(1),
    "deep_link": text(1, 1024, blank=False),
    "landing_page": landing_page,
    "scene": scene,
}


def open_action(value: object, path: Path, rules: Rules) -> None:
    kind = an_object(value, path).get("type")
    choice(*CONTENT)(kind, (*path, "type"), rules)
    fields: dict[str, Check] = {"type": anything, "content": CONTENT[str(kind)]}
    if kind == "deep_link":
        fields["fallback_url"] = text(1, pattern=r"http.*://.+")
    record(fields, ("type", "content"))(value, path, rules)


attribute_scalar = either(text(), number(), boolean)


def attribute_list(value: object, path: Path, rules: Rules) -> None:
    array(either(attribute_scalar, mapping(anything), attribute_list))(value, path, rules)


attribute_members = mapping(either(attribute_scalar, attribute_list))


def attribute_json(value: object, path: Path, rules: Rules) -> None:
    attribute_members(value, path, rules)
    members = an_object(value, path)
    if "exp" in members:
        number()(members["exp"], (*path, "exp"), rules)


attribute_change = by_key(
    "value",
    record(
        {
            "action": choice("set"),
            "type": choice("channel", "contact"),
            "name": text(1),
            "value": either(text(), number(), attribute_json),
        },
        ("action", "type", "name", "value"),
    ),
    record(
        {"action": choice("remove"), "type": choice("channel", "contact"), "name": text(1)},
        ("action", "type", "name"),
    ),
)


def _list_change(value: object, path: Path, rules: Rules) -> None:
    fields: dict[str, Check] = {
        "list_id": text(1, 32, pattern=r"[A-Za-z0-9_-]+"),
        "type": choice("channel", "contact"),
        "action": choice("subscribe", "unsubscribe"),
    }
    required: tuple[str, ...] = ("list_id", "type", "action")
    if an_object(value, path).get("type") == "contact":
        fields["scope"] = choice("app", "web", "email", "sms")
        required = (*required, "scope")
    record(fields, required)(value, path, rules)


def _tags_change(value: object, path: Path, rules: Rules) -> None:
    record(
        {
            "type": choice("channel", "contact"),
            "action": choice("add", "remove"),
            "group": text(1),
            "tags": array(text(1), 1),
        },
        ("type", "action", "tags"),
    )(value, path, rules)
    members = an_object(value, path)
    if members["type"] == "contact" and "group" not in members:
        raise Invalid((*path, "group"), "missing required key 'group'")


def _agree(value: object, path: Path, rules: Rules) -> None:
    """A tag is not both added and removed; an app-defined action does not repeat a sibling."""
    members = an_object(value, path)
    both = _tag_set(members.get("add_tag")) & _tag_set(members.get("remove_tag"))
    if both:
        raise Invalid((*path, "remove_tag"), f"tag '{min(both)}' is both added and removed")
    own = members.get("app_defined")
    for name in own if isinstance(own, dict) else ():
        for sibling, registered in REGISTERED.items():
            if sibling in members and name in (sibling, *registered):
                raise Invalid((*path, "app_defined", name), f"'{name}' repeats '{sibling}'")


def _tag_set(value: object) -> set[str]:
    if isinstance(value, str):
        return {value}
    return {member for member in value if isinstance(member, str)} if isinstance(value, list) else set()


actions = record(
    {
        "add_tag": tags,
        "remove_tag": tags,
        "tags": array(_tags_change),
        "attributes": array(attribute_change),
        "subscription_list": array(_list_change),
        "open": open_action,
        "share": text(1, 1024),
        "app_defined": mapping(anything, least=1),
        "add_custom_event": record({"name": text(1), "properties": mapping(anything), "value": number()}, ("name",)),
    },
    some=True,
    also=_agree,
)


def action_names(value: object) -> set[str]:
    """Every name under which these actions reach the SDK."""
    if not isinstance(value, dict):
        return set()
    own = value.get("app_defined")
    names = set(own) if isinstance(own, dict) else set()
    return names.union(*({name, *REGISTERED.get(name, ())} for name in value if name != "app_defined"))


def interactive(value: object, path: Path, rules: Rules) -> None:
    """Types that start `ua_` are built in, and their buttons are known."""
    record({"type": text(1), "button_actions": mapping(actions)}, ("type",))(value, path, rules)
    members = an_object(value, path)
    kind, buttons = str(members["type"]), an_object(members.get("button_actions", {}), path)
    if not kind.startswith("ua_"):
        return
    if kind not in BUTTONS:
        raise Invalid((*path, "type"), f"'{kind}' is not a built-in interactive type")
    for button in buttons:
        if button not in BUTTONS[kind]:
            raise Invalid((*path, "button_actions", button), f"'{kind}' has no button '{button}'")
