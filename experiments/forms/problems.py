"""What is wrong with a draft, each thing with its step and its field; and what lists show of a draft."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from experiments.forms.editors import editor_of
from experiments.forms.quiet import find_quiet_problems
from experiments.providers import document as document_module
from experiments.providers.letters import variant_letter
from experiments.providers.shapes import Json, Problem
from workspaces.models import Workspace

_MOST_SEARCHED = 20_000


@dataclass(frozen=True)
class Found:
    """A problem with its place in the editor. `field` is the id to jump to, "" where only the JSON shows the place."""

    problem: Problem
    step: str
    position: int | None
    platform: str
    field: str
    is_missing: bool = False  # it is only not written yet

    @property
    def is_error(self) -> bool:
        return self.problem.severity == "error"

    @property
    def letter(self) -> str:
        return variant_letter(self.position) if self.position is not None else ""


def find_draft_problems(
    document: Json, plan: Json, workspace: Workspace, now: datetime, provider: str
) -> tuple[Problem, ...]:
    """Everything that stands between a draft and sending it: its document, its time, and texts that no value came of.

    A draft may only be checked and sent where none of these is an error.
    """
    zone = workspace.zone
    lead = timedelta(seconds=workspace.undo_window)
    editor = editor_of(provider)
    planned = editor.find_plan_problems(document, plan, zone)
    found = document_module(provider).find_problems(document, now=now, lead=lead, zone=zone)
    if planned:
        found = tuple(problem for problem in found if problem.code != "schedule_empty")
    unread = [
        _unread(name, editor.subject(name), kept.get("why", "")) for name, kept in (plan.get("unparsed") or {}).items()
    ]
    replaced = {problem.pointer for problem in unread}
    quiet = find_quiet_problems(document, plan, workspace, now, provider)
    return (*unread, *(problem for problem in (*found, *planned, *quiet) if problem.pointer not in replaced))


def _unread(name: str, place: str, why: str) -> Problem:
    """A typed text that no value came of, with the place in words, because the list stands far from the field."""
    return Problem(name if name.startswith("/") else f"/{name}", f"{place}: {why}", "unread")


def locate(problems: tuple[Problem, ...], provider: str) -> list[Found]:
    """The problems with their places; what is said of every variant's one shared time is said once."""
    editor = editor_of(provider)
    missing = document_module(provider).MISSING | editor.MISSING
    located: list[Found] = []
    told: set[str] = set()
    for problem in problems:
        found = replace(editor.locate(problem), is_missing=problem.code in missing)
        if found.step == "when":
            if problem.message in told:
                continue
            told.add(problem.message)
        located.append(found)
    return located


def shown_columns(document: Json, plan: Json, problems: tuple[Problem, ...], provider: str) -> dict[str, Any]:
    """What lists show and search of a draft, for `Draft.append`."""
    document_of = document_module(provider)
    name = document.get("name")
    return {
        "name": name.strip()[:255] if isinstance(name, str) else "",
        "search_text": " ".join(_words(document, plan, provider)).lower()[:_MOST_SEARCHED],
        "shares": [
            {"letter": share.letter, "name": share.name, "percent": share.percent}
            for share in document_of.shares(document)
        ],
        "channels": ", ".join(document_of.channels(document))[:100],
        "tags": plan.get("tags", []),
        "problems": sum(problem.severity == "error" for problem in problems),
        "scheduled_at": document_of.scheduled_at(document),
    }


def _words(document: Json, plan: Json, provider: str) -> Iterator[str]:
    named = [document.get("name"), document.get("description"), plan.get("goal"), plan.get("measure")]
    yield from (text for text in [*named, *plan.get("tags", [])] if isinstance(text, str))
    for variant in document_module(provider).variants_of(document):
        if isinstance(variant, dict) and isinstance(variant.get("name"), str):
            yield variant["name"]
    yield from editor_of(provider).searched(document)
