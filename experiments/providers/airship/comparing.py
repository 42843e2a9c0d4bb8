"""What differs between the variants of a test. Variant A is the control: the others are compared with it.

Names, descriptions, weights and ids are no differences: nobody who gets the message sees them.
"""

import difflib
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from experiments.providers.airship.payload import Message, messages, platform_payload
from experiments.providers.airship.variants import variant_letter, variants_of
from experiments.providers.airship.wording import PLATFORMS, escape, listed, platform_name, steps
from experiments.providers.canonical import ABSENT
from experiments.providers.graphemes import cut, graphemes
from experiments.providers.shapes import Json, Problem

# How many letters of title and message a locked phone shows before it cuts them, and how many lines of the message at
# most. Our estimate from usual phones at their usual letter size: neither Apple nor Google documents a number.
SHOWN_LETTERS = {"ios": (40, 178), "android": (40, 48)}
SHOWN_LINES = {"ios": 4, "android": 1}

_LONGEST_REMEMBERED = 200  # characters of a pointer
_UNSEEN = frozenset({"name", "description", "weight", "id"})
_SILENT = frozenset({"template", "fields"})
# What a person would say has changed, by the key that decides it. Any other key goes by its own name.
_THINGS = {
    "alert": "message",
    "body": "message",
    "plaintext_body": "message",
    "html_body": "message",
    "fallback_text": "message",
    "text": "message",
    "big_text": "message",
    "lines": "message",
    "slides": "picture",
    "big_picture": "picture",
    "image": "picture",
    "media": "picture",
    "media_attachment": "picture",
    "background_image": "picture",
    "icon_color": "icon",
    "interactive": "buttons",
    "open": "link",
    "add_tag": "tags",
    "remove_tag": "tags",
    "sender_name": "sender",
    "sender_address": "sender",
    "reply_to": "sender",
    "template_id": "template",
    "external_id": "template",
    "time_to_live": "expiry",
    "expires_after": "expiry",
}
_WITHIN = {"alert": frozenset({"title", "subtitle"}), "slides": frozenset({"media", "text"})}
_READING_ORDER = ("subject", "title", "subtitle", "summary", "message", "picture", "buttons", "link", "sound", "badge")

# Thai and Lao, Burmese, Khmer, kana and Chinese characters.
_WITHOUT_SPACES = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


def differs_from_control(document: Json, position: int) -> frozenset[str]:
    """Where the variant at `position` says another thing than A: pointers below the variant, such as
    "/push/notification/ios/title". Empty for A itself and where one of the two is no object.
    """
    variants = variants_of(document)
    if not 0 < position < len(variants):
        return frozenset()
    control, variant = variants[0], variants[position]
    if not isinstance(control, dict) or not isinstance(variant, dict):
        return frozenset()
    return frozenset(_differing(_seen(control), _seen(variant)))


def touches(differing: frozenset[str], pointer: str) -> bool:
    """Whether something differs at `pointer`, below it, or at an object that it is in."""
    return any(
        place == pointer or place.startswith(f"{pointer}/") or pointer.startswith(f"{place}/") for place in differing
    )


def things_that_differ(document: Json, position: int) -> tuple[str, ...]:
    """What differs between A and the variant at `position`, each thing once: ("title", "picture").

    A title that differs on two platforms is one thing; what is written for a platform that is not chosen is none.
    """
    chosen = document.get("device_types")
    names = frozenset(name for name in chosen if isinstance(name, str)) if isinstance(chosen, list) else frozenset()
    found = {
        _thing_at(pointer, names) if len(pointer) <= _LONGEST_REMEMBERED else _thing(steps(pointer), names)
        for pointer in differs_from_control(document, position)
    } - {""}
    return tuple(sorted(found, key=lambda thing: (_rank(thing), thing)))


@lru_cache(maxsize=4096)
def _thing_at(pointer: str, chosen: frozenset[str]) -> str:
    return _thing(steps(pointer), chosen)


def _rank(thing: str) -> int:
    return _READING_ORDER.index(thing) if thing in _READING_ORDER else len(_READING_ORDER)


def _seen(variant: Json) -> Json:
    return {key: value for key, value in variant.items() if key not in _UNSEEN}


def _differing(control: Json, variant: Json) -> Iterator[str]:
    """Pointers of the values that differ. An empty object or list says as little as none."""
    waiting: list[tuple[str, Any, Any]] = [("", control, variant)]
    while waiting:
        pointer, ours, theirs = waiting.pop()
        left, right = _children(ours), _children(theirs)
        if left is None or right is None or (left and right and type(ours) is not type(theirs)):
            if type(ours) is not type(theirs) or ours != theirs:
                yield pointer
            continue
        for key in left | right:
            mine, other = left.get(key, ABSENT), right.get(key, ABSENT)
            if type(mine) is not str or mine != other:  # most texts are the same: they are not looked at twice
                waiting.append((f"{pointer}/{key}", mine, other))


def _children(value: Any) -> dict[str, Any] | None:
    """What a value holds by the step to it; nothing for ABSENT, None for a value that holds nothing."""
    if isinstance(value, dict):
        if any("~" in key or "/" in key for key in value):
            return {escape(key): item for key, item in value.items()}
        return value
    if isinstance(value, list):
        return {str(position): item for position, item in enumerate(value)}
    return {} if value is ABSENT else None


def _thing(path: list[str], chosen: frozenset[str]) -> str:
    """What the place is about, "" for what reaches nobody or only says how another place is meant."""
    if path[:1] != ["push"] or len(path) < 2:
        return "time" if path[0] == "schedule" else "message" if path[0] == "push" else _words(path[0])
    if path[1] != "notification":
        return "in-app message" if path[1] == "in_app" else _words(path[1])
    inner = path[2:]
    if inner and (inner[0] in PLATFORMS or inner[0].startswith("open::")):
        if chosen and inner[0] not in chosen:
            return ""
        inner = inner[1:]
    inner = [step for step in inner if step not in _SILENT]
    return _thing_of_message(inner) if inner else "message"


def _thing_of_message(inner: list[str]) -> str:
    key = inner[0]
    if key in ("actions", "style") and len(inner) > 1:
        key = inner[1]
        if inner[:2] == ["style", "type"]:
            return ""  # it only says which of the style's other keys counts
    last = next((step for step in inner[1:] if step in _WITHIN.get(key, ())), key)
    return _words(last)


def _words(key: str) -> str:
    return _THINGS.get(key, key.replace("_", " "))


# -- rules


def reads_the_same_when_cut(document: Json, check: object) -> Iterator[Problem]:
    """Two variants whose texts differ only where a lock screen has cut them are one to most people. Source: own.

    Personalised texts are cut as they are written, because how long they become is not known.
    """
    found: dict[tuple[int, int], list[str]] = {}
    for platform in SHOWN_LETTERS:
        for pair in _pairs_read_the_same(document, platform):
            found.setdefault(pair, []).append(platform_name(platform))
    for (first, position), names in sorted(found.items()):
        message = (
            f"Variant {variant_letter(position)} reads the same as variant {variant_letter(first)} on a locked "
            f"{listed(names)} phone: what differs is cut off. We estimate that about {_estimate(names)} are shown."
        )
        yield Problem(f"/variants/{position}", message, "reads_the_same", "warning")


def _estimate(names: list[str]) -> str:
    said = [
        f"{body} letters of the message" + (f" on {name}" if len(names) > 1 else "")
        for platform, (_, body) in SHOWN_LETTERS.items()
        if (name := platform_name(platform)) in names
    ]
    return listed([f"{SHOWN_LETTERS['ios'][0]} letters of the title", *said])


def _pairs_read_the_same(document: Json, platform: str) -> Iterator[tuple[int, int]]:
    """Positions of the first variant with a cut text and of each later one that has the same, but another whole."""
    first_with: dict[tuple[str, str], tuple[int, tuple[str, str]]] = {}
    for message in messages(document):
        texts = texts_on(message, platform)
        if platform not in message.device_types or not any(texts):
            continue
        first, whole = first_with.setdefault(_cut(texts, platform), (message.position, texts))
        if texts != whole:
            yield first, message.position


def texts_on(message: Message, platform: str) -> tuple[str, str]:
    """Title and message as one platform gets them, "" for what is not said."""
    part = platform_payload(message.notification, platform)
    template = part.get("template")
    fields = template.get("fields") if isinstance(template, dict) else None
    if isinstance(fields, dict):
        part = {**part, **fields}
    alert, title = part.get("alert"), part.get("title")
    if isinstance(alert, dict):
        title, alert = alert.get("title") or title, alert.get("body")
    return title if isinstance(title, str) else "", alert if isinstance(alert, str) else ""


def _cut(texts: tuple[str, str], platform: str) -> tuple[str, str]:
    letters_of_title, letters_of_message = SHOWN_LETTERS[platform]
    title, message = texts
    lines = message.strip().splitlines() if SHOWN_LINES[platform] > 1 else [message]
    shown = "\n".join(" ".join(line.split()) for line in lines[: SHOWN_LINES[platform]])
    return cut(" ".join(title.split()), letters_of_title), cut(shown, letters_of_message)


def differs_in_more_than_one_thing(document: Json, check: object) -> Iterator[Problem]:
    """Where a variant differs from the control in several things, its result cannot be put down to one. Source: own."""
    written = {message.position for message in messages(document) if message.notification or message.in_app}
    for position in sorted(written - {0} if 0 in written else ()):
        things = things_that_differ(document, position)
        if len(things) > 1:
            message = (
                f"Variant {variant_letter(position)} differs from A in {len(things)} things: {listed(things)}. "
                "A result will not tell which one did it."
            )
            yield Problem(f"/variants/{position}", message, "differs_in_several", "warning")


# -- words


def words_that_differ(control: str, text: str) -> tuple[tuple[str, bool], ...]:
    """`text` in pieces, each with whether its words are others than the control's; together they are the text."""
    ours, theirs = _tokens(control), _tokens(text)
    pieces: list[tuple[str, bool]] = []
    for kind, _, _, start, end in difflib.SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        piece = "".join(theirs[start:end])
        if not piece:
            continue
        is_new = kind != "equal" and not piece.isspace()
        if pieces and pieces[-1][1] == is_new:
            pieces[-1] = (pieces[-1][0] + piece, is_new)
        else:
            pieces.append((piece, is_new))
    return tuple(pieces)


def _tokens(text: str) -> list[str]:
    """Words and what stands between them. Scripts without spaces are compared letter by letter."""
    return [token for word in re.findall(r"\s+|\S+", text) for token in _letters_or_word(word)]


def _letters_or_word(word: str) -> list[str]:
    return graphemes(word) if _WITHOUT_SPACES.search(word) else [word]
