"""What the page of one test shows where its provider makes tests in steps: groups, moves, figures by name."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from experiments import words
from experiments.models import Experiment, Status
from experiments.providers import PROVIDERS, Move, staged_document
from experiments.providers.shapes import Json

ENDED = (Status.FINISHED.value, Status.DELETED.value)


@dataclass(frozen=True)
class Group:
    """One group as it is held, with its share of the people who may enter."""

    letter: str
    colour: int
    name: str
    percent: str
    weight: str
    is_control: bool
    facts: list[tuple[str, str]]
    remote_id: str


def overview(experiment: Experiment) -> dict[str, Any]:
    """What a test is, and what may be done with it."""
    spec, speech = PROVIDERS[experiment.provider], staged_document(experiment.provider)
    raw = experiment.raw
    return {
        "spec": spec,
        "groups": groups_of(experiment),
        "facts": speech.facts(raw),
        "raw": json.dumps(raw, ensure_ascii=False, indent=2),
        "alias": str(raw.get("alias_id") or ""),
        "moves": moves_of(experiment),
        "is_held": is_held(experiment),
    }


def groups_of(experiment: Experiment) -> list[Group]:
    speech = staged_document(experiment.provider)
    pieces = {piece.letter: piece for piece in words.slices(experiment.shares)}
    found = []
    for group in speech.held_groups(experiment.raw):
        letter = speech.variant_letter(group.position)
        piece = pieces.get(letter)
        found.append(
            Group(
                letter=letter,
                colour=piece.colour if piece else 6,
                name=group.name or f"{PROVIDERS[experiment.provider].variant_word.capitalize()} {letter}",
                percent=words.number(piece.percent) if piece else "",
                weight=f"{group.weight:g}",
                is_control=group.is_control,
                facts=speech.group_facts(group),
                remote_id=group.remote_id,
            )
        )
    return found


def is_held(experiment: Experiment) -> bool:
    """Whether the provider still has it, as far as the last read tells."""
    return experiment.gone_at is None and experiment.status != Status.DELETED


def moves_of(experiment: Experiment) -> tuple[Move, ...]:
    """The moves that make sense from where the test is."""
    return PROVIDERS[experiment.provider].moves_from(experiment.status) if is_held(experiment) else ()


def since(experiment: Experiment, zone: ZoneInfo, now: datetime) -> str:
    """ "Since Tue 6 Oct 09:00, for 12 days"; "No time yet" for a test that nobody has started."""
    if experiment.status == Status.DRAFT:
        return "No time yet"
    said = words.moment(experiment.when_at, zone, now)
    if experiment.status in (Status.RUNNING, Status.PAUSED):
        return f"Since {words.moment_inside(experiment.when_at, zone, now)}, for {words.span(now - experiment.when_at)}"
    return f"{said}, {words.relative(experiment.when_at, now)}"


def figures(experiment: Experiment, now: datetime) -> dict[str, Any]:
    """The figures of each group under the provider's own names: known ones as a table, everything as JSON."""
    report: Json = experiment.report or {}
    groups = report.get("groups") or []
    columns = list(dict.fromkeys((one["name"], one["label"]) for group in groups for one in group["figures"]))
    labels = [label for _, label in columns]
    by_id = {group.remote_id: group for group in groups_of(experiment)}
    rows = []
    for group in groups:
        held = by_id.get(group["remote_id"])
        values = {one["name"]: f"{one['value']:,}" for one in group["figures"]}
        rows.append(
            {
                "letter": held.letter if held else "?",
                "colour": held.colour if held else 6,
                "name": group["name"] or (held.name if held else "No name"),
                "is_control": group["is_control"],
                "weight": f"{group['weight']:g}",
                "values": [values.get(name, "–") for name, _ in columns],
            }
        )
    return {
        "report": report,
        # Two figures under one label are told apart by the provider's own names; else those stay in the JSON.
        "columns": [(label, name if labels.count(label) > 1 else "") for name, label in columns],
        "rows": rows,
        "whole": [(one["label"], one["name"], f"{one['value']:,}") for one in report.get("figures") or []],
        "raw_figures": json.dumps(report.get("raw") or {}, ensure_ascii=False, indent=2),
        "has_begun": experiment.status != Status.DRAFT,
        "spec": PROVIDERS[experiment.provider],
    }
