"""Who may enter a test, said in plain words."""

from typing import Any

from experiments.providers.airship.wording import listed

OPERATORS = ("and", "or", "not")
COMPARISONS = {
    "equals": "is",
    "contains": "contains",
    "not_contains": "does not contain",
    "less": "is less than",
    "less_eq": "is at most",
    "greater": "is more than",
    "greater_eq": "is at least",
    "is_empty": "is empty",
    "not_empty": "is not empty",
    "present": "is there",
    "before": "is before",
    "after": "is after",
    "range": "is between",
}
_DEEPEST = 10
_MOST_NAMED = 5
# Selector: how it reads for people who match, and for people who do not.
_PHRASES = {
    "tag": ("have the tag", "do not have the tag"),
    "segment": ("are in the segment", "are not in the segment"),
    "named_user": ("are the named user", "are not the named user"),
    "static_list": ("are on the list", "are not on the list"),
    "subscription_list": ("are subscribed to", "are not subscribed to"),
    "subscription_lists": ("are subscribed to", "are not subscribed to"),
    "channel": ("use the channel", "do not use the channel"),
    "ios_channel": ("use the iOS channel", "do not use the iOS channel"),
    "android_channel": ("use the Android channel", "do not use the Android channel"),
    "amazon_channel": ("use the Fire OS channel", "do not use the Fire OS channel"),
    "web_channel": ("use the web channel", "do not use the web channel"),
    "open_channel": ("use the open channel", "do not use the open channel"),
    "sms_sender": ("get SMS from the sender", "do not get SMS from the sender"),
    "email_address": ("have the email address", "do not have the email address"),
    "alias": ("have the alias", "do not have the alias"),
}


def is_everybody(audience: object) -> bool:
    """Whether the audience is "all": everybody the key reaches."""
    return isinstance(audience, str) and audience.strip().lower() == "all"


def audience_sentence(audience: object) -> str:
    """The audience as the object of a sentence: "everybody", "people with the tag “plan” who are not in …".

    It never says how many people that are: no provider tells it before sending. Unknown selectors are quoted.
    """
    if audience is None or audience == "" or audience == {}:
        return "nobody yet"
    if is_everybody(audience):
        return "everybody"
    head, rest = _with_tag(audience)
    if not head:
        return f"people who {_phrase(audience)}"
    return " who ".join(["people with " + head, *([rest] if rest else [])])


def _with_tag(audience: object) -> tuple[str, str]:
    """`("the tag “a”", phrase for the rest)` where the audience is a tag, or an "and" that begins with one."""
    if not isinstance(audience, dict):
        return "", ""
    operator = operator_of(audience)
    if operator.lower() == "and" and isinstance(audience[operator], list) and audience[operator]:
        first, *others = audience[operator]
        head = _tag(first)
        return head, " and ".join(_inner(child, "and") for child in others) if head else ""
    return _tag(audience), ""


def _tag(selector: object) -> str:
    if not isinstance(selector, dict) or operator_of(selector):
        return ""
    names = {key.lower(): key for key in selector}
    return f"the tag {_values(selector[names['tag']])}{_group(selector)}" if "tag" in names else ""


def operator_of(selector: dict[str, Any]) -> str:
    """The key of `selector` that is "and", "or" or "not" in any case, or ""."""
    return next((key for key in selector if key.lower() in OPERATORS), "")


def _phrase(selector: object, *, is_not: bool = False, depth: int = 1) -> str:
    if depth > _DEEPEST:
        return "…"
    if not isinstance(selector, dict) or not selector:
        return "are " + ("not " if is_not else "") + ("anybody" if is_everybody(selector) else f"“{selector}”")
    operator = operator_of(selector)
    if not operator:
        return _atom_phrase(selector, is_not)
    children = selector[operator]
    if operator.lower() == "not":
        child = children[0] if isinstance(children, list) and len(children) == 1 else children
        if isinstance(child, list):
            return " and ".join(_inner(item, "not", is_not=not is_not, depth=depth) for item in child)
        return _phrase(child, is_not=not is_not, depth=depth + 1)
    parts = children if isinstance(children, list) else [children]
    word = operator.lower()
    text = f" {word} ".join(_inner(part, word, depth=depth) for part in parts)
    return f"are not among those who {text}" if is_not else text


def _inner(selector: object, outer: str, *, is_not: bool = False, depth: int = 1) -> str:
    """A part of a group; a group of another kind inside it stands in brackets, so that it reads one way only."""
    text = _phrase(selector, is_not=is_not, depth=depth + 1)
    operator = operator_of(selector).lower() if isinstance(selector, dict) else ""
    is_simple = operator in ("", outer) or (operator == "not" and not text.startswith("are not among"))
    return text if is_simple else f"({text})"


def _atom_phrase(selector: dict[str, Any], is_not: bool) -> str:
    names = {key.lower(): key for key in selector}
    for name, phrases in _PHRASES.items():
        if name in names:
            return f"{phrases[is_not]} {_values(selector[names[name]])}{_group(selector)}"
    if "attribute" in names:
        return (
            "do not " if is_not else ""
        ) + f"have an attribute “{selector[names['attribute']]}” {_comparison(selector)}"
    if "activity" in names:
        return (
            "do not " if is_not else ""
        ) + f"match the activity “{selector[names['activity']]}” {_comparison(selector)}"
    if "sms_id" in names or "msisdn" in names:
        number = selector[names["sms_id"]] if "sms_id" in names else selector
        text = number.get("msisdn", "") if isinstance(number, dict) else number
        return ("do not " if is_not else "") + f"have the phone number “{text}”"
    return ("do not " if is_not else "") + f"match “{next(iter(selector))}”"


def _group(selector: dict[str, Any]) -> str:
    group = selector.get("group")
    return f" of the group “{group}”" if group else ""


def _values(value: object) -> str:
    values = [f"“{item}”" for item in (value if isinstance(value, list) else [value])]
    more = len(values) - _MOST_NAMED
    return listed([*values[:_MOST_NAMED], f"{more} more"] if more > 0 else values, "or")


def _comparison(selector: dict[str, Any]) -> str:
    where = selector.get("where")
    if isinstance(where, dict):
        return f"whose “{where.get('property', '')}” {_compared(where)}"
    return f"that {_compared(selector)}" if "operator" in selector else "at the given time"


def _compared(part: dict[str, Any]) -> str:
    operator = part.get("operator", "")
    words = COMPARISONS.get(str(operator), f"“{operator}”")
    value = part.get("value")
    if value is None or operator in ("is_empty", "not_empty", "present"):
        return words
    unit = part.get("precision", "")
    ago = f" {'from now' if part.get('relative_to') == 'future' else 'ago'}" if unit and isinstance(value, int) else ""
    return f"{words} {value}{f' {unit}' if unit and isinstance(value, int) else ''}{ago}"
