"""Selectors of an audience as the texts of a rule's fields, and back.

A part changes its own place in the selector and only where its text is another than the one that was shown. What no
kind can show is the kind "json": the selector as text.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from experiments.forms.messages.kinds import JSON, KINDS, SPANS, Kind, Part, is_shown
from experiments.forms.texts import NotKept, read_number
from experiments.providers.airship.audience import ON_UNITS
from experiments.providers.canonical import ABSENT
from experiments.providers.pointers import escape
from experiments.providers.text import MOST_DEPTH, depth_of, read_document

_PIECE = re.compile(r'\s*"((?:[^"]|"")*+)"\s*(?:,|$)|([^,]*)(?:,|$)')
_WHOLE = re.compile(r"-?[0-9]{1,15}", re.ASCII)
_TRUTHS = {"true": True, "false": False}
_BY_KEY: dict[str, list[str]] = {}
for _kind in KINDS.values():
    _BY_KEY.setdefault(_kind.key, []).append(_kind.name)


def natural_kind(selector: Any) -> str:
    """The kind that shows this selector best, "json" where none shows all of it."""
    keys = [key.lower() for key in selector] if isinstance(selector, dict) else []
    found = (name for key in keys for name in _BY_KEY.get(key, ()) if can_show(name, selector))
    return next(found, JSON)


def can_show(name: str, selector: Any) -> bool:
    """Whether the fields of this kind show everything that the selector holds."""
    kind = KINDS.get(name)
    if name == JSON:
        return True
    if kind is None or not isinstance(selector, dict) or own_key(kind, selector) is None:
        return False
    texts = texts_of(name, selector)
    return texts is not None and _is_such(name, selector)


def _is_such(name: str, selector: dict[str, Any]) -> bool:
    """Attributes of three kinds look alike; what tells them apart is the comparison and the kind of its value."""
    operator, value = selector.get("operator"), selector.get("value")
    is_dated = operator in ("before", "after", "range") or "precision" in selector or "relative_to" in selector
    if name == "text_attribute":
        return not is_dated and isinstance(value, str | None)
    if name == "number_attribute":
        return not is_dated
    return name != "json_attribute" or isinstance(selector.get("where"), dict)


def own_key(kind: Kind, selector: Mapping[str, Any]) -> str | None:
    """The selector's name as the document spells it: Airship reads it in any case."""
    return next((key for key in selector if key.lower() == kind.key), None)


def path_of(kind: Kind, part: Part, selector: Mapping[str, Any]) -> tuple[str, ...]:
    first, *rest = part.path
    return ((own_key(kind, selector) or first) if first == kind.key else first, *rest)


def place_of(kind: Kind, part: Part, selector: Any) -> str:
    """The pointer of a part within its selector."""
    known = selector if isinstance(selector, dict) else {}
    return "".join(f"/{escape(step)}" for step in path_of(kind, part, known))


def texts_of(name: str, selector: Any) -> dict[str, str] | None:
    """The text of each part, None where a value is not of the part's form or a key belongs to no part."""
    kind = KINDS[name]
    left = _leaves(selector)
    texts: dict[str, str] = {}
    for part in kind.parts:
        text = _shown(part, left.pop(path_of(kind, part, selector), ABSENT))
        if text is None:
            return None
        texts[part.name] = text
    return None if left else texts


def _leaves(selector: dict[str, Any]) -> dict[tuple[str, ...], Any]:
    """The selector's values by their keys, those of an object one level in by two."""
    found: dict[tuple[str, ...], Any] = {}
    for key, value in selector.items():
        if isinstance(value, dict) and value:
            found |= {(key, inner): item for inner, item in value.items()}
        else:
            found[(key,)] = value
    return found


def _shown(part: Part, value: Any) -> str | None:
    if value is ABSENT:
        return ""
    if part.form == "choice":
        is_known = isinstance(value, str) and value and value in dict(part.choices)
        return value if is_known else None
    if part.form == "values":
        return shown_values(value)
    if isinstance(value, bool):
        return ("true" if value else "false") if part.form == "scalar" else None
    if isinstance(value, str):
        return value if "\n" not in value and "\r" not in value and (part.form != "number" or not value) else None
    is_number = isinstance(value, int) or (isinstance(value, float) and part.form != "date")
    return str(value) if is_number and part.form != "text" else None


def shown_values(value: Any) -> str | None:
    """One value or several with commas; a value with a comma or edge spaces in it stands in straight quotes."""
    values = value if isinstance(value, list) else [value]
    if not values or any(not isinstance(text, str) or "\n" in text or "\r" in text for text in values):
        return None
    shown = ", ".join(_quoted(text, is_alone=not isinstance(value, list)) for text in values)
    return shown if read_values(shown) == values or value == "" else None


def _quoted(text: str, *, is_alone: bool) -> str:
    needs_quotes = "," in text or text.startswith('"') or text != text.strip() or not (text or is_alone)
    return '"' + text.replace('"', '""') + '"' if needs_quotes else text


def read_values(text: str) -> list[str]:
    """'a, "b, c"' is ["a", "b, c"]; what is empty without quotes is none."""
    values: list[str] = []
    position = 0
    while position < len(text):
        match = _PIECE.match(text, position)
        if match is None:
            break
        quoted, plain = match.groups()
        if quoted is not None:
            values.append(quoted.replace('""', '"'))
        elif plain.strip():
            values.append(plain.strip())
        position = max(match.end(), position + 1)
    return values


def put_text(name: str, selector: dict[str, Any], part: Part, text: str) -> None:
    """Put what was typed into one part at its place; an empty one is taken out, but never the selector's own name.

    NotKept where a number was asked for and the text is none.
    """
    kind = KINDS[name]
    *parents, last = path_of(kind, part, selector)
    inside: Any = selector
    for key in parents:
        if not isinstance(inside.get(key), dict):
            inside[key] = {}
        inside = inside[key]
    value = _read(part, text, inside.get(last, ABSENT), selector)
    if value is not ABSENT:
        inside[last] = value
        return
    inside.pop(last, None)
    if parents and not inside and parents[-1].lower() != kind.key:
        selector.pop(parents[0])


def _read(part: Part, text: str, before: Any, selector: dict[str, Any]) -> Any:
    if part.form == "values":
        values = read_values(text)
        return values if len(values) > 1 or (isinstance(before, list) and values) else "".join(values)
    text = text.strip() if part.form in ("number", "date") or part.path[-1] in ("attribute", "activity") else text
    if not text:
        return "" if part.path[-1] in _ALWAYS or part.path == ("value",) else ABSENT
    if part.form == "number":
        return read_number(text)
    if part.form == "date":
        return int(text) if _WHOLE.fullmatch(text) else text
    if part.form == "scalar":
        return _read_scalar(text, before, selector)
    return text


_ALWAYS = ("attribute", "activity", "msisdn", "sender", "property")


def _read_scalar(text: str, before: Any, selector: dict[str, Any]) -> Any:
    where = selector.get("where")
    wanted = where.get("compare_as", "") if isinstance(where, dict) else ""
    was_number = isinstance(before, int | float) and not isinstance(before, bool)
    if wanted == "number" or (not wanted and was_number):
        return read_number(text)
    if (wanted == "boolean" or isinstance(before, bool)) and text.strip().lower() in _TRUTHS:
        return _TRUTHS[text.strip().lower()]
    return int(text) if wanted == "date" and _WHOLE.fullmatch(text.strip()) else text


def settled(name: str, selector: dict[str, Any], before: Mapping[str, str], after: Mapping[str, str]) -> None:
    """After a choice changed: what its new state has no field for goes, and a unit that it needs is there."""
    kind = KINDS[name]
    changed = {key for key in after if after[key] != before.get(key)} & {"operator", "metric", "where", "property"}
    if not changed:
        return
    if name == "date_attribute":
        _settle_unit(selector, after)
    if name == "activity" and not after.get("property"):
        selector.pop("where", None)
    elif name == "activity" and isinstance(selector.get("where"), dict):
        selector["where"].setdefault("operator", "equals")
    shown = dict(after)
    for part in kind.parts:
        hides = not is_shown(name, part, {**shown, part.name: ""})
        if hides and part.path != (kind.key,) and before.get(part.name) == after.get(part.name):
            _take_out(selector, path_of(kind, part, selector))


def _settle_unit(selector: dict[str, Any], after: Mapping[str, str]) -> None:
    wanted = {"before": SPANS, "after": SPANS, "equals": tuple(ON_UNITS)}
    units = wanted.get(after.get("operator", ""), ())
    if units and selector.get("precision") not in units:
        selector["precision"] = "days" if "days" in units else "year_month_day"
    if not units:
        selector.pop("precision", None)


def _take_out(selector: dict[str, Any], path: tuple[str, ...]) -> None:
    inside = selector.get(path[0]) if len(path) == 2 else selector
    if isinstance(inside, dict):
        inside.pop(path[-1], None)


def converted(name: str, texts: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, dict[str, str]]]:
    """A selector of another kind, with what the rule held where the new kind has a place for it.

    Beside it the texts that no value of the new kind came of: name of the part to {"text", "why"}.
    """
    kind = KINDS[name]
    selector: dict[str, Any] = {kind.key: ""}
    unread: dict[str, dict[str, str]] = {}
    if name == "json_attribute":
        selector["where"] = {"property": "", "operator": "equals"}
    first = {"activity": "greater_eq", "date_attribute": "before"}.get(name, "equals")
    for part in kind.parts:
        text = texts.get(part.name, "")
        if part.form == "choice":
            text = text if text in dict(part.choices) else ""
            text = text or (first if part.name == "operator" else "")
        if not text and part.path[-1] not in _ALWAYS and part.path != ("value",):
            continue
        try:
            put_text(name, selector, part, text)
        except NotKept as error:
            unread[part.name] = {"text": text, "why": str(error)}
            put_text(name, selector, part, "")
    settled(name, selector, {}, texts_of(name, selector) or {})
    return selector, unread


def shown_json(selector: Any) -> str:
    """The selector as text, "" where it is nested deeper than any text that could be read again."""
    if depth_of(selector) > MOST_DEPTH:
        return ""
    return json.dumps(selector, ensure_ascii=False, indent=2)


def read_json(text: str) -> dict[str, Any]:
    """One selector from its JSON text. NotKept with the first thing that is wrong with it."""
    selector, problems = read_document(text)
    wrong = next((problem.message for problem in problems if problem.severity == "error"), "")
    if wrong or not selector:
        raise NotKept(wrong or 'The rule is empty. Write one selector, such as {"tag": "plan"}.')
    return selector
