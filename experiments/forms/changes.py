"""What changed between two versions of a draft, in words: for the list of versions, and for the page of one."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from experiments.forms.conflicts import PLAN_LABELS, Version
from experiments.forms.editors import Editor, editor_of
from experiments.forms.word_difference import Piece, word_difference, words_of
from experiments.providers import document as document_module
from experiments.providers.canonical import ABSENT
from experiments.providers.letters import variant_letter
from experiments.providers.shapes import Json, Problem
from experiments.providers.text import places

MOST_NAMED = 6  # places in one line of the list of versions
_KEPT_AROUND = 12  # words of unchanged text beside a mark
_PLAN_PLACES = {
    "goal": "Expectation",
    "measure": "Success",
    "sample": "Sample person",
    "tags": "Tags",
    "when": "When",
    "unparsed": "Unread texts",
}


@dataclass(frozen=True)
class Change:
    """One place that changed. `owner` is the variant's letter or "", `label` what the place is called within it.

    `pieces` are the marks of a text that was there before and after, else `before` and `after` say the values.
    """

    place: str
    owner: str
    label: str
    before: str = ""
    after: str = ""
    pieces: tuple[Piece, ...] = field(default=())


def changes(before: Version, after: Version) -> list[Change]:
    """Every place where the two differ, in reading order. A variant that only moved is said to have moved."""
    editor = editor_of(after.provider)
    found = [
        _change(label, "", _PLAN_PLACES[key], before.plan.get(key), after.plan.get(key))
        for key, label in PLAN_LABELS.items()
        if (before.plan.get(key) or None) != (after.plan.get(key) or None)
    ]
    key = editor.VARIANTS
    old, new = before.document.get(key), after.document.get(key)
    if not (isinstance(old, list) and isinstance(new, list)):
        return found + list(_places(before.document, after.document, after.provider))
    rest = [{name: value for name, value in each.document.items() if name != key} for each in (before, after)]
    found += _places(rest[0], rest[1], after.provider)
    return found + list(_variants(old, new, key, after.provider))


def summary(found: Sequence[Change]) -> str:
    """One line: "B: title, message; Split". "Nothing" where nothing changed."""
    named: dict[str, list[str]] = {}
    for change in found:
        labels = named.setdefault(change.owner or f"/{change.label}", [])
        if change.label not in labels:
            labels.append(change.label)
    parts, count = [], 0
    for owner, labels in named.items():
        if count >= MOST_NAMED:
            break
        shown = labels[: MOST_NAMED - count]
        count += len(shown)
        parts.append(", ".join(shown) if owner.startswith("/") else f"{owner}: {', '.join(shown)}")
    left = sum(map(len, named.values())) - count
    more = [f"{left} more {'place' if left == 1 else 'places'}"] if left else []
    return "; ".join([*parts, *more]) or "Nothing"


def shortened(pieces: Sequence[Piece]) -> list[Piece]:
    """For reading: of long unchanged stretches only the words beside a mark are shown."""
    found = []
    for number, piece in enumerate(pieces):
        words = words_of(piece.text) if piece.kind == "same" and len(piece.text) > 300 else []
        if len(words) <= 4 * _KEPT_AROUND:
            found.append(piece)
            continue
        start = "".join(words[: 2 * _KEPT_AROUND]) if number else ""
        end = "".join(words[-2 * _KEPT_AROUND :]) if number < len(pieces) - 1 else ""
        found.append(Piece("same", f"{start} … {end}"))
    return found


# -- places


def _places(before: Json, after: Json, provider: str) -> Iterator[Change]:
    """The document without its variants. The audience is one place: its conditions have no names of their own."""
    editor = editor_of(provider)
    if before.get("audience") != after.get("audience"):
        values = [each.get("audience", ABSENT) for each in (before, after)]
        yield _change("The audience", "", "Audience", *values)
    cut = [{key: value for key, value in each.items() if key != "audience"} for each in (before, after)]
    for pointer, old, new in document_module(provider).difference(*cut):
        owner, label = _named(editor, pointer)
        yield _change(editor.subject(pointer), owner, label, old, new)


def _named(editor: Editor, pointer: str) -> tuple[str, str]:
    """The variant's letter and what the place is called in it; else "" and the step or the place."""
    found = editor.locate(Problem(pointer, ""))
    if found.step in ("split", "when", "audience"):
        return "", editor.STEPS.get(found.step, found.step)
    whose, _, label = editor.subject(pointer).rpartition("’s ")
    if whose.startswith(("Variant ", "Group ")):
        return whose.rpartition(" ")[2], label
    return "", label[:1].upper() + label[1:]


def _variants(old: list[Any], new: list[Any], key: str, provider: str) -> Iterator[Change]:
    """Variants are matched by what they say, so that one taken out does not make all after it look changed."""
    before = [json.dumps(variant, sort_keys=True) for variant in old]
    after = [json.dumps(variant, sort_keys=True) for variant in new]
    gone: list[int] = []
    come: list[int] = []
    pairs: list[tuple[int, int]] = []
    for kind, start, end, new_start, new_end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        if end - start == new_end - new_start:
            pairs += zip(range(start, end), range(new_start, new_end), strict=True)
        else:
            gone += range(start, end)
            come += range(new_start, new_end)
    for position in list(gone):
        moved = next((other for other in come if after[other] == before[position]), None)
        if moved is not None:
            gone.remove(position)
            come.remove(moved)
            letter = variant_letter(moved)
            yield Change(f"Variant {letter}", letter, "moved", variant_letter(position), letter)
    pairs += _same_names(old, new, gone, come)
    for position, other in sorted(pairs, key=lambda pair: pair[1]):
        yield from _in_variant(old[position], new[other], key, other, provider)
    for position in gone:
        letter = variant_letter(position)
        yield Change(f"Variant {letter}, as it was", letter, "taken out", readable(old[position]), "–")
    for position in come:
        letter = variant_letter(position)
        yield Change(f"Variant {letter}", letter, "new", "–", readable(new[position]))


def _same_names(old: list[Any], new: list[Any], gone: list[int], come: list[int]) -> list[tuple[int, int]]:
    """Of variants that came and went those that bear the same name, which are the same one, changed."""
    pairs = []
    for position in list(gone):
        name = old[position].get("name") if isinstance(old[position], dict) else None
        same = [at for at in come if name and isinstance(new[at], dict) and new[at].get("name") == name]
        if len(same) == 1:
            pairs.append((position, same[0]))
            gone.remove(position)
            come.remove(same[0])
    return pairs


def _in_variant(before: Any, after: Any, key: str, position: int, provider: str) -> Iterator[Change]:
    editor = editor_of(provider)
    for pointer, old, new in document_module(provider).difference({key: [before]}, {key: [after]}):
        moved = pointer.replace(f"/{key}/0", f"/{key}/{position}", 1)
        owner, label = _named(editor, moved)
        yield _change(editor.subject(moved), owner, label, old, new)


# -- values


def _change(place: str, owner: str, label: str, before: Any, after: Any) -> Change:
    if isinstance(before, str) and isinstance(after, str) and before and after:
        return Change(place, owner, label, before, after, tuple(word_difference(before, after)))
    return Change(place, owner, label, readable(before), readable(after))


def readable(value: Any) -> str:
    """A value for people: texts as they are, lists with commas, objects one line for each thing in them."""
    if value is ABSENT or value is None or value in ("", [], {}):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and not any(isinstance(item, dict | list) for item in value):
        return ", ".join(map(readable, value))
    if isinstance(value, dict | list):
        lines = (
            f"{' › '.join(_step_words(step) for step in pointer.split('/')[1:])}: {readable(inner)}"
            for pointer, inner in places(value)
            if not isinstance(inner, dict | list) or not inner
        )
        return "\n".join(lines)
    return str(value)


def _step_words(step: str) -> str:
    step = step.replace("~1", "/").replace("~0", "~")
    return str(int(step) + 1) if step.isascii() and step.isdecimal() and len(step) < 6 else step.replace("_", " ")
