"""Plain words for places in a document and for what is wrong there."""

from collections.abc import Sequence
from typing import Any

from experiments.providers.letters import variant_letter
from experiments.providers.pointers import escape as escape
from experiments.providers.pointers import field_for as field_for
from experiments.providers.pointers import steps as steps

PLATFORMS = {
    "ios": "iOS",
    "android": "Android",
    "amazon": "Fire OS",
    "web": "web",
    "email": "email",
    "sms": "SMS",
    "mms": "MMS",
}
_CHANNELS = {
    "ios": "Push",
    "android": "Push",
    "amazon": "Push",
    "web": "Web",
    "email": "Email",
    "sms": "SMS",
    "mms": "MMS",
}
_LABELS = {
    "alert": "message",
    "body": "message",
    "app_defined": "app-defined actions",
    "audience_limits": "audience limit",
    "best_time": "best time",
    "big_picture": "big picture",
    "content": "link",
    "control": "holdout",
    "device_types": "platforms",
    "html_body": "HTML text",
    "icon_color": "icon colour",
    "in_app": "in-app message",
    "interactive": "buttons",
    "local_scheduled_time": "local time",
    "media_attachment": "picture or video",
    "message_type": "message type (commercial or transactional)",
    "plaintext_body": "plain text",
    "primary_color": "first colour",
    "push": "message",
    "notification": "message",
    "reply_to": "reply-to address",
    "schedule": "time",
    "scheduled_time": "time",
    "secondary_color": "second colour",
    "sender_address": "sender address",
    "sender_name": "sender name",
    "send_date": "day",
    "url": "link",
    "variants": "list of variants",
}
_SILENT_STEPS = frozenset(
    {"variants", "push", "notification", "best_time", "schedule", "fields", "template", "display"}
)


def owner(pointer: str) -> str:
    """Whose place it is: "Variant C", "The audience" or "The test"."""
    path = steps(pointer)
    if len(path) > 1 and path[0] == "variants" and path[1].isdecimal():
        return f"Variant {variant_letter(int(path[1]))}"
    return "The audience" if path[:1] == ["audience"] and len(path) > 1 else "The test"


def label(pointer: str) -> str:
    """What a person calls the place, within its owner: "email subject", "Android link", "name"."""
    path = steps(pointer)
    inner = path[2:] if path[:1] == ["variants"] else path
    if not inner:
        return "list of variants" if path == ["variants"] else "document"
    words = [platform_name(step) for step in inner[:-1] if step in PLATFORMS or step.startswith("open::")]
    if "in_app" in inner[:-1]:
        words.append("in-app")
    last = inner[-1]
    if last.isdecimal() and len(inner) > 1:
        words.append(f"{_LABELS.get(inner[-2], inner[-2].replace('_', ' '))}, number {int(last) + 1}")
    elif inner[-2:-1] == ["extra"]:
        words.append(f"extra “{last}”")
    elif last in PLATFORMS or last.startswith("open::"):
        words.append(f"{platform_name(last)} message")
    else:
        words.append(_LABELS.get(last, last.replace("_", " ").replace("-", " ")))
    return " ".join(words)


def subject(pointer: str) -> str:
    """The place as the subject of a sentence: "Variant C’s email subject"."""
    if not pointer:
        return "The document"
    is_whole_variant = pointer.startswith("/variants/") and len(steps(pointer)) == 2
    return owner(pointer) if is_whole_variant else f"{owner(pointer)}’s {label(pointer)}"


def platform_name(device_type: str) -> str:
    """ "iOS" for "ios", "kiosk" for "open::kiosk"."""
    return PLATFORMS.get(device_type, device_type.removeprefix("open::"))


def platform_sentence(device_types: Sequence[Any]) -> str:
    """ "iOS, Android and web"; "no platform yet" for none."""
    return listed([platform_name(str(name)) for name in dict.fromkeys(map(str, device_types))]) or "no platform yet"


def channel_names(device_types: Sequence[Any], has_in_app: bool = False) -> tuple[str, ...]:
    """The kinds of message a test sends, each once: "Push", "Web", "Email", "SMS", "MMS", "In-app"."""
    names = [_CHANNELS.get(str(name), platform_name(str(name))) for name in device_types]
    return tuple(dict.fromkeys([*names, *(["In-app"] if has_in_app else [])]))


def listed(words: Sequence[str], last: str = "and") -> str:
    """ "a", "a and b", "a, b and c"."""
    return f" {last} ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def with_article(words: str) -> str:
    return f"{'an' if words[:1].lower() in 'aeio' or words.startswith(('SMS', 'MMS')) else 'a'} {words}"


def inside(pointer: str) -> str:
    """The object that a key stands in, inside a sentence: "variant A’s iOS message", "variant A", "the test"."""
    parent = pointer.rpartition("/")[0]
    whole = owner(pointer) if len(steps(parent)) <= 2 else subject(parent)
    return whole[:1].lower() + whole[1:]


_KINDS = {
    "string_type": ("not_text", "must be a text"),
    "int_type": ("not_whole_number", "must be a whole number"),
    "int_from_float": ("not_whole_number", "must be a whole number"),
    "float_type": ("not_number", "must be a number"),
    "bool_type": ("not_yes_no", "must be true or false"),
    "list_type": ("not_list", "must be a list"),
    "dict_type": ("not_object", "must be an object in braces"),
    "model_type": ("not_object", "must be an object in braces"),
    "model_attributes_type": ("not_object", "must be an object in braces"),
    "string_pattern_mismatch": ("wrong_form", "may only hold letters, digits, “_” and “-”"),
}


def shape_sentence(pointer: str, kind: str, message: str, context: dict[str, Any]) -> tuple[str, str]:
    """`(code, sentence)` for one error of the typed definition. `kind`, `message`, `context` are pydantic's."""
    if kind == "missing":
        return "missing", f"{owner(pointer)} has no {label(pointer)}. Airship needs it."
    if kind in _KINDS:
        code, words = _KINDS[kind]
    elif kind == "literal_error":
        code, words = "not_allowed", f"must be one of these: {context.get('expected', '')}".replace("'", "")
    elif kind == "string_too_short":
        code, words = "empty", "must not be empty"
    elif kind == "string_too_long" and "max_length" in context:
        code, words = "too_long", f"may have {context['max_length']:,} characters at most"
    elif kind == "too_short":
        code, words = "too_few", f"must have at least {context['min_length']}"
    elif kind == "too_long":
        code, words = "too_many", f"may have {context['max_length']} at most"
    elif kind in ("greater_than_equal", "less_than_equal"):
        bound = "at least" if kind == "greater_than_equal" else "at most"
        code, words = "out_of_range", f"must be {bound} {context.get('ge', context.get('le'))}"
    else:
        code, words = kind, message
    return code, f"{subject(pointer)} {words}."
