"""What the page of one test shows: messages, audience, history, figures and the equal call in code."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from experiments import mirror, tasks, words
from experiments.forms.messages.previews import notification_of, previews, sizes
from experiments.models import Experiment, Kind, Operation, State, Status
from experiments.providers import PROVIDERS, document, samples
from experiments.providers.airship.wording import listed, platform_name
from experiments.providers.shapes import Json
from experiments.views import stages
from workspaces.access import REASONS, WorkspaceRequest
from workspaces.models import AuditEntry, Connection, Role, Workspace

LANGUAGES = {
    "json": ("JSON", "experiment.json"),
    "curl": ("curl", "send_test.sh"),
    "python": ("Python", "send_test.py"),
    "ruby": ("Ruby", "send_test.rb"),
    "java": ("Java", "SendTest.java"),
}
LOOK_AGAIN_FOR = timedelta(minutes=2)
_ASKED = {  # an icon, and what the provider was asked for
    Kind.DELETE: ("trash", "delete it"),
    Kind.STATUS: ("play", "{verb} it"),
    Kind.UPDATE: ("draft", "change it"),
    Kind.ATTACH: ("good", "pin a tester"),
    Kind.DETACH: ("x", "take a tester out"),
}


@dataclass
class Message:
    title: str
    body: str
    platforms: list[str] = field(default_factory=list)

    @property
    def where(self) -> str:
        return listed(self.platforms)


@dataclass(frozen=True)
class Arm:
    """One variant, or the holdout with no messages."""

    letter: str
    colour: int
    name: str
    percent: str
    messages: Sequence[Message]
    opens: str
    sizes: str
    is_holdout: bool


@dataclass(frozen=True)
class Line:
    """One line of the history."""

    at: datetime
    icon: str
    tone: str
    title: str
    text: str = ""
    address: str = ""
    address_words: str = ""


def experiment_page(request: WorkspaceRequest, workspace: Workspace, experiment: Experiment) -> dict[str, Any]:
    now, raw = timezone.now(), experiment.raw
    spec, speech = PROVIDERS[experiment.provider], document(experiment.provider)
    operations = list(experiment.operations.select_related("by"))
    is_ahead = experiment.status == Status.SCHEDULED and experiment.gone_at is None
    code = request.GET.get("code", "")
    tab = "code" if code else "results" if request.GET.get("tab") == "results" else "overview"
    context = {
        "workspace": workspace,
        "membership": request.membership,
        "now": now,
        "experiment": experiment,
        "provider": words.provider_name(experiment.provider),
        "state": _state(experiment, workspace, now),
        "when": experiment.scheduled_at or experiment.when_at,
        "is_ahead": is_ahead,
        "spec": spec,
        "since": stages.since(experiment, workspace.zone, now) if spec.is_staged else "",
        "can_delete": (is_ahead or (spec.is_staged and stages.is_held(experiment))) and request.membership.can_publish,
        "tab": tab,
        "sync": getattr(experiment.connection, "sync", None),
    }
    if tab == "overview" and spec.is_staged:
        context |= stages.overview(experiment) | {"history": _history(experiment, operations)}
    elif tab == "overview":
        context |= {
            "arms": _arms(experiment, raw),
            "audience": speech.audience_sentence(raw.get("audience")),
            "platforms": speech.platform_sentence(_texts(raw.get("device_types"))),
            "history": _history(experiment, operations),
            "utc": words.exact(experiment.scheduled_at, words.UTC) if experiment.scheduled_at else "",
            "local": words.exact(experiment.scheduled_at, workspace.zone) if experiment.scheduled_at else "",
            "zone_words": words.zone_words(workspace.zone),
        }
    elif tab == "results":
        context |= stages.figures(experiment, now) if spec.is_staged else figures(experiment, now)
        context["is_awaited"] = _is_awaited(experiment, now)
    else:
        language = code if code in LANGUAGES else "curl"
        context |= {
            "languages": [(name, label, name == language) for name, (label, _) in LANGUAGES.items()],
            "language": language,
            "file_name": LANGUAGES[language][1],
            "text": _sample(experiment, raw, language),
        }
    return context


def act(request: WorkspaceRequest, workspace: Workspace, experiment: Experiment) -> HttpResponse:
    """Read the figures again, or note that somebody has seen what was changed at the provider."""
    if request.POST.get("do") == "seen":
        if not request.membership.can_edit:
            raise PermissionDenied(REASONS[Role.EDITOR])
        mirror.settle_changes(experiment)
        AuditEntry.record(workspace, "experiment.seen", by=request.user, target=experiment)
        return redirect(experiment)
    if mirror.ask_report(experiment):
        tasks.hint(tasks.read_report, experiment.pk)
    return redirect(f"{experiment.get_absolute_url()}?tab=results")


def _state(experiment: Experiment, workspace: Workspace, now: datetime) -> words.State:
    return words.state_of(
        experiment.status,
        experiment.provider,
        needs_attention=experiment.needs_attention,
        left=experiment.scheduled_at - now if experiment.scheduled_at else None,
        undo_window=timedelta(seconds=workspace.undo_window),
        is_ours=experiment.operation_id is not None,
        is_gone=experiment.gone_at is not None,
    )


# -- what people get


def _arms(experiment: Experiment, raw: Json) -> list[Arm]:
    found = []
    raw = {**raw, "device_types": _texts(raw.get("device_types"))}
    for position, piece in enumerate(words.slices(experiment.shares)):
        notification = {} if piece.is_holdout else notification_of(raw, position)
        measured = [] if piece.is_holdout else sizes(raw, position)
        found.append(
            Arm(
                letter=piece.letter,
                colour=piece.colour,
                name="Held out" if piece.is_holdout else piece.name or f"Variant {piece.letter}",
                percent=words.number(piece.percent),
                messages=[] if piece.is_holdout else _messages(raw, position),
                opens=_opens(notification),
                sizes=", ".join(f"{size.name} {size.used:,}" for size in measured),
                is_holdout=piece.is_holdout,
            )
        )
    return found


def _messages(raw: Json, position: int) -> list[Message]:
    """What a variant says, each text once with the platforms that show it."""
    found: dict[tuple[str, str], Message] = {}
    for preview in previews(raw, position):
        if preview.title or preview.body:
            message = found.setdefault((preview.title, preview.body), Message(preview.title, preview.body))
            message.platforms.append("iOS" if preview.look == "ios" else preview.caption)
    notification = notification_of(raw, position)
    alert = notification.get("alert")
    if not found and isinstance(alert, str):
        found["", alert] = Message("", alert, [platform_name(name) for name in _texts(raw.get("device_types"))])
    in_app = _inside(_variant(raw, position), "push", "in_app").get("alert")
    if isinstance(in_app, str):
        found["in-app", in_app] = Message("", in_app, ["In the app"])
    return list(found.values())


def _variant(raw: Json, position: int) -> Json:
    variants = raw.get("variants")
    variant = variants[position] if isinstance(variants, list) and position < len(variants) else None
    return variant if isinstance(variant, dict) else {}


def _inside(part: Json, *keys: str) -> Json:
    for key in keys:
        inner = part.get(key)
        part = inner if isinstance(inner, dict) else {}
    return part


def _opens(notification: Json) -> str:
    target = _inside(notification, "actions", "open").get("content")
    return target if isinstance(target, str) else ""


def _texts(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


# -- what happened


def _history(experiment: Experiment, operations: Sequence[Operation]) -> list[Line]:
    name = words.provider_name(experiment.provider)
    lines = []
    if experiment.gone_at:
        lines.append(_gone(experiment, operations, name))
    for operation in operations:
        if operation.kind in _ASKED:
            who = operation.by or "Somebody"
            icon, what = _ASKED[Kind(operation.kind)]
            what = what.format(verb=operation.confirmed.get("verb", "move"))
            lines.append(Line(operation.created_at, icon, "", f"{who} asked {name} to {what}", *_reference(operation)))
    if experiment.operation:
        lines += _sending(experiment, experiment.operation, name)
    elif experiment.created_at:
        lines.append(Line(experiment.created_at, "good", "good", f"Made in {name}", "Not by Splitdesk."))
    return sorted(lines, key=lambda line: line.at, reverse=True)


def _gone(experiment: Experiment, operations: Sequence[Operation], name: str) -> Line:
    at = experiment.gone_at or experiment.updated_at
    is_ours = any(operation.kind == Kind.DELETE and operation.state == State.SUCCEEDED for operation in operations)
    if is_ours:
        after = "" if PROVIDERS[experiment.provider].is_staged else "Nobody gets a message."
        return Line(at, "trash", "good", f"{name} confirmed that it is deleted", after)
    if experiment.status == Status.DELETED:
        return Line(at, "trash", "warn", f"No longer listed by {name}", "Splitdesk did not delete it.")
    return Line(at, "info", "", f"No longer listed by {name}", "It was sent before. What we know of it stays here.")


def _sending(experiment: Experiment, operation: Operation, name: str) -> list[Line]:
    verb = "Made" if PROVIDERS[experiment.provider].is_staged else "Scheduled" if operation.fence_at else "Sent"
    who = operation.by or "somebody"
    lines = [
        Line(operation.finished_at or operation.created_at, "good", "good", f"{verb} by {who}", *_reference(operation))
    ]
    if operation.read_back_at:
        same = "The same as what we sent, field by field."
        differs = f"{name} holds something else than what was confirmed."
        is_other = bool(operation.differences)
        tone, text = ("warn", differs) if is_other else ("", same)
        lines.append(Line(operation.read_back_at, "refresh", tone, f"Read back from {name}", text))
    if operation.draft:
        owner = operation.draft.owner or "somebody"
        lines.append(Line(operation.draft.created_at, "draft", "", f"Draft by {owner}"))
    return lines


def _reference(operation: Operation) -> tuple[str, str, str]:
    tries = words.count(operation.attempt_count, "try", "tries")
    return f"{operation.get_state_display()}, {tries}.", operation.get_absolute_url(), f"Operation {operation.pk}"


# -- figures


def figures(experiment: Experiment, now: datetime) -> dict[str, Any]:
    """The provider's figures for each variant, and how old they are."""
    report = experiment.report or {}
    colours = {piece.letter: piece for piece in words.slices(experiment.shares)}
    rows = [_figure_row(row, colours) for row in report.get("variants", [])]
    most = max((row["rate"] for row in rows if row["rate"]), default=0)
    for row in rows:
        row["bar"] = round(100 * row["rate"] / most, 2) if most and row["rate"] else 0
    return {
        "report": report,
        "figures": rows,
        "is_sent": experiment.status == Status.FINISHED,
        "holdout_rate": _rate(report.get("holdout_responses"), report.get("holdout_people")),
    }


def _is_awaited(experiment: Experiment, now: datetime) -> bool:
    due = experiment.report_due_at
    is_due = due is not None and due <= now < due + LOOK_AGAIN_FOR
    return is_due and experiment.connection.health == Connection.Health.ACTIVE


def _figure_row(row: Json, pieces: dict[str, words.Slice]) -> dict[str, Any]:
    letter = chr(ord("A") + row["position"]) if 0 <= row["position"] < 26 else "?"
    piece = pieces.get(letter)
    responses = row["direct_responses"] + row["indirect_responses"]
    rate = _rate(responses, row["sends"])
    return {
        **row,
        "letter": letter,
        "colour": piece.colour if piece else 6,
        "name": row["name"] or (piece.name if piece else "") or f"Variant {letter}",
        "share": words.number(row["percent"]) if row["percent"] is not None else "",
        "rate": rate,
        "rate_words": f"{rate:.1f} %" if rate is not None else "–",
    }


def _rate(responses: int | None, people: int | None) -> float | None:
    return 100 * responses / people if people and responses is not None else None


# -- code


def _sample(experiment: Experiment, raw: Json, language: str) -> str:
    if language == "json":
        return json.dumps(raw, ensure_ascii=False, indent=2)
    speech, writer = document(experiment.provider), samples(experiment.provider)
    again = speech.from_remote(raw)
    if experiment.status == Status.SCHEDULED and experiment.scheduled_at and experiment.is_fenced:
        again = speech.at_time(again, experiment.scheduled_at)
    text = json.dumps(again, ensure_ascii=False, indent=2)
    connection = experiment.connection
    written: str = getattr(writer, language)(text, f"{connection.host}{writer.PATH}", connection.key)
    return written
