"""A test that goes to another connection: what it names there, what was seen there before, what becomes of each name.

`references` and `apply` are pure. Nothing is asked of a provider: “seen” means in tests and drafts of that connection.
"""

import hashlib
import importlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from django.http import QueryDict

from experiments.forms.texts import NotKept, read_text, storable
from experiments.providers import document as document_module
from experiments.providers.letters import variant_letter
from experiments.providers.pointers import steps
from experiments.providers.references import KEEP, CannotCarry, Choice, Choices, Name, Reference, References
from experiments.providers.shapes import Json
from experiments.providers.text import MOST_BYTES, is_unseen

LONGEST_VALUE = 255
MOST_SUGGESTED = 200
FINDERS = {
    "airship": "experiments.providers.airship.references",
    "qonversion": "experiments.providers.qonversion.references",
}


def references(document: Json, provider: str) -> tuple[Reference, ...]:
    """What the document names of its project, each thing once with its pointers; nothing for other providers."""
    return _finder(provider).find_references(document) if provider in FINDERS else ()


def kind_label(kind: str, provider: str) -> str:
    return _finder(provider).KINDS[kind]


def _finder(provider: str) -> References:
    return cast(References, importlib.import_module(FINDERS[provider]))


# -- what comes of it


@dataclass(frozen=True)
class Outcome:
    """The document after all choices, and its audience before and after in words.

    `wider` are the names whose leaving out lets more people in; `token` stands for exactly this audience, so that a
    person's “yes” counts for what was shown and nothing else.
    """

    document: Json
    before: str
    after: str
    wider: tuple[Name, ...]
    token: str
    is_changed: bool  # whether the audience is another one


class Refused(Exception):
    """The choices make no test that was meant. `str(error)` is a sentence for the person who chose."""


def outcome(document: Json, choices: Choices, provider: str) -> Outcome:
    """What the choices would make of the document. Raises Refused."""
    module = document_module(provider)
    audience = document.get("audience")
    if provider not in FINDERS:
        return Outcome(document, "", "", (), _token(audience), is_changed=False)
    try:
        carried = _finder(provider).carry_over(document, choices)
    except CannotCarry as cannot:
        raise Refused(str(cannot)) from None
    if len(json.dumps(carried.document, ensure_ascii=False).encode("utf-8", "surrogatepass")) > MOST_BYTES:
        raise Refused(f"The test would be larger than {MOST_BYTES:,} bytes.")
    after = carried.document.get("audience")
    before_words = module.audience_sentence(audience) if "audience" in document else ""
    after_words = module.audience_sentence(after) if "audience" in document else ""
    return Outcome(
        carried.document, before_words, after_words, carried.wider, _token(after), _token(after) != _token(audience)
    )


def apply(document: Json, choices: Choices, provider: str, accepted: str = "") -> Json:
    """The document with every reference as chosen. Raises Refused, also where more people would be let in than
    before, unless `accepted` is the token of exactly that audience."""
    found = outcome(document, choices, provider)
    if found.wider and accepted != found.token:
        raise Refused("More people would be let in than before. Say that this is meant.")
    return found.document


def _token(audience: object) -> str:
    return hashlib.sha256(json.dumps(audience).encode()).hexdigest()[:20]


# -- the form


def id_of(name: Name) -> str:
    """What the fields of a reference are called after."""
    return hashlib.sha256(json.dumps(name).encode()).hexdigest()[:12]


def read_choices(
    found: Sequence[Reference], data: QueryDict, default: str = ""
) -> tuple[dict[Name, Choice], dict[str, str]]:
    """The choices that were posted, and by id what is wrong with the others. `default` is for what has no choice."""
    choices: dict[Name, Choice] = {}
    errors: dict[str, str] = {}
    for reference in found:
        id = id_of(reference.name)
        try:
            choices[reference.name] = _read_choice(reference, data.get(f"how:{id}", default), data.get(f"new:{id}", ""))
        except NotKept as refused:
            errors[id] = str(refused)
    return choices, errors


def _read_choice(reference: Reference, how: str, new: str) -> Choice:
    """Who only wrote what stands in its place has chosen to replace it."""
    how = how or ("replace" if new.strip() else "")
    if how == "keep":
        return KEEP
    if how == "leave" and reference.can_leave_out:
        return Choice("leave")
    if how != "replace" or not reference.can_replace:
        raise NotKept("Choose what becomes of it.")
    text = read_text(new, is_line=True).strip()
    if is_unseen(text):
        raise NotKept("Write what stands in its place.")
    if len(text) > LONGEST_VALUE:
        raise NotKept(f"This has {len(text):,} characters; {LONGEST_VALUE} are the most.")
    return Choice("replace", text)


def typed(data: QueryDict, id: str) -> str:
    return storable(data.get(f"new:{id}", ""))


# -- what was seen


def seen_names(documents: Iterable[str], provider: str) -> dict[Name, int]:
    """Every name in these documents (JSON texts) and in how many of them. What is no JSON object says nothing."""
    counts: dict[Name, int] = {}
    for text in documents:
        try:
            document = json.loads(text or "{}")
        except ValueError:
            continue
        if isinstance(document, dict):
            for reference in references(document, provider):
                counts[reference.name] = counts.get(reference.name, 0) + 1
    return counts


def suggestions(seen: Mapping[Name, int], kinds: Iterable[str]) -> dict[str, list[str]]:
    """By kind the values that were seen there, the most used first."""
    ranked = sorted(seen, key=lambda name: (-seen[name], name.value.casefold()))
    return {
        kind: list(dict.fromkeys(name.value for name in ranked if name.kind == kind))[:MOST_SUGGESTED] for kind in kinds
    }


def places(reference: Reference) -> str:
    """Where a reference stands, in words: "Audience, Variant A, Variant C"."""
    return ", ".join(dict.fromkeys(_place(pointer) for pointer in reference.pointers))


def _place(pointer: str) -> str:
    path = steps(pointer)
    if len(path) > 1 and path[0] in ("variants", "groups"):
        return f"{'Variant' if path[0] == 'variants' else 'Group'} {variant_letter(int(path[1]))}"
    return "Audience" if path[0] == "audience" else "Platforms"
