"""One operation: what became of it, and what a person may do about it."""

import hashlib
import uuid
from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from experiments import ledger, providers, relay, tasks
from experiments.forms.operations import SettleForm
from experiments.models import Experiment, Kind, Operation, State, Status
from experiments.models.states import FINAL
from experiments.views import stages
from experiments.views.candidates import candidates_of
from workspaces.access import WorkspaceRequest, workspace_page
from workspaces.models import Role, Workspace


@require_GET
@workspace_page(Role.VIEWER)
def operation_detail(request: WorkspaceRequest, workspace: Workspace, pk: uuid.UUID) -> HttpResponse:
    """One operation, followed live until it is final and can no longer be undone."""
    operation = _operation(workspace, pk)
    if request.htmx and request.GET.get("part") == "left":
        return render(request, "experiments/operation_detail.html#left", _countdown(operation))
    if request.htmx and request.GET.get("seen") == _fingerprint(operation):
        return HttpResponse(status=204)
    return _page(request, operation)


@require_POST
@workspace_page(Role.PUBLISHER)
def operation_undo(request: WorkspaceRequest, workspace: Workspace, pk: uuid.UUID) -> HttpResponse:
    operation = _operation(workspace, pk)
    try:
        made = relay.undo(operation, request.user)
    except relay.Refused as refused:
        return _page(request, operation, refused=refused, status=409)
    tasks.hint(tasks.send, made.pk)
    return redirect(operation)


@require_POST
@workspace_page(Role.PUBLISHER)
def operation_cancel(request: WorkspaceRequest, workspace: Workspace, pk: uuid.UUID) -> HttpResponse:
    operation = _operation(workspace, pk)
    try:
        relay.cancel(operation, request.user)
    except relay.Refused as refused:
        return _page(request, operation, refused=refused, status=409)
    return redirect(operation)


@require_POST
@workspace_page(Role.EDITOR)
def operation_look(request: WorkspaceRequest, workspace: Workspace, pk: uuid.UUID) -> HttpResponse:
    """Look an unknown outcome up now. A read: it can be pressed as often as one likes."""
    operation = _operation(workspace, pk)
    relay.look_now(operation)
    tasks.hint(tasks.reconcile, operation.pk)
    return redirect(operation)


@require_POST
@workspace_page(Role.ADMIN)
def operation_resolve(request: WorkspaceRequest, workspace: Workspace, pk: uuid.UUID) -> HttpResponse:
    """An admin says what nobody could find out, has it looked up once more, or deletes the extra one of two."""
    operation = _operation(workspace, pk)
    form = SettleForm(request.POST)
    if not form.is_valid():
        return _page(request, operation, form=form, status=422)
    try:
        if form.cleaned_data["extra"]:
            made = relay.delete_extra(operation, form.cleaned_data["extra"], request.user)
            tasks.hint(tasks.send, made.pk)
        elif form.cleaned_data["decision"] == "again":
            relay.look_again(operation, request.user)
            tasks.hint(tasks.reconcile, operation.pk)
        else:
            remote_id, why = form.cleaned_data["remote_id"], form.cleaned_data["why"]
            relay.settle(operation, request.user, remote_id=remote_id, reason=why)
            tasks.hint(tasks.reconcile, operation.pk)
    except relay.Refused as refused:
        return _page(request, operation, refused=refused, status=409)
    return redirect(operation)


def _operation(workspace: Workspace, pk: uuid.UUID) -> Operation:
    operations = workspace.operations.select_related(
        "workspace", "connection", "draft", "revision", "experiment", "by", "undoes"
    )
    return get_object_or_404(operations, pk=pk)


def _page(
    request: WorkspaceRequest,
    operation: Operation,
    *,
    refused: relay.Refused | None = None,
    form: SettleForm | None = None,
    status: int = 200,
) -> HttpResponse:
    undoing = operation.undos.exclude(state__in=FINAL).first()
    can_undo = ledger.can_undo(operation) and undoing is None
    experiment = operation.experiments.first() or operation.experiment
    is_gone = _is_gone(operation, experiment)
    shown, doubt = ledger.show(operation, is_gone=is_gone), ledger.doubt(operation)
    can_move = operation.kind == Kind.STATUS and operation.is_final and request.membership.can_publish
    context: dict[str, Any] = {
        "workspace": operation.workspace,
        "membership": request.membership,
        "operation": operation,
        "shown": shown,
        "does": ledger.does(operation),
        "lines": ledger.lines(operation),
        "attempts": operation.attempts.all(),
        "label": providers.PROVIDERS[operation.connection.provider].label,
        "provider": providers.PROVIDERS[operation.connection.provider],
        "can_undo": can_undo,
        "doubt": doubt,
        "doubt_text": shown.sentence.removeprefix(doubt).strip(),
        "has_alarm": relay.has_alarm(operation),
        "is_over": relay.is_over(operation),
        "candidates": candidates_of(operation) if operation.is_unclear or relay.has_alarm(operation) else [],
        "is_gone": is_gone,
        "undoing": undoing,
        **_countdown(operation),
        "seen": _fingerprint(operation),
        "poll": _poll(operation, can_undo, undoing is not None),
        "experiment": experiment,
        "moves": stages.moves_of(experiment) if experiment and can_move else (),
        "payload": operation.body.decode() if operation.kind == Kind.CREATE else "",
        "form": form or SettleForm(),
        "refused": refused,
    }
    template = "experiments/operation_detail.html"
    if request.htmx and request.method == "GET":
        template += "#operation"
    return render(request, template, context, status=status)


def _is_gone(operation: Operation, experiment: Experiment | None) -> bool:
    """Somebody deleted it at the provider, by what the mirror last read; we did not."""
    return (
        operation.kind == Kind.CREATE
        and operation.undone_at is None
        and experiment is not None
        and experiment.status == Status.DELETED
    )


def _countdown(operation: Operation) -> dict[str, Any]:
    """How much time is left to undo, always by the server's clock."""
    now, closes_at = timezone.now(), ledger.undo_closes_at(operation)
    begun = operation.finished_at or now
    left = max(closes_at - now, timedelta(0)) if closes_at else timedelta(0)
    return {
        "workspace": operation.workspace,
        "operation": operation,
        "left": _left(left),
        "gone": int((now - begun).total_seconds()),
        "whole": max(int((closes_at - begun).total_seconds()), 1) if closes_at else 1,
    }


def _fingerprint(operation: Operation) -> str:
    """Changes whenever anything on the page but the countdown does: a poll that has seen it gets nothing new."""
    last = operation.events.order_by("-pk").values_list("pk", flat=True).first()
    undos = operation.undos.values_list("pk", "state")
    # Of those deletes of one of two that are under way, or were refused:
    deletes = Operation.objects.filter(
        connection_id=operation.connection_id, kind=Kind.DELETE, target_id__in=operation.matches
    ).values_list("pk", "state")
    parts = (
        *(operation.state, operation.undone_at, operation.read_back_at, operation.not_before, last, list(undos)),
        *(ledger.can_undo(operation), operation.has_sent_schedule, operation.matches),
        list(deletes) if operation.matches else [],
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def _left(left: timedelta) -> str:
    """ "3:47", and with hours "2:03:47"; days are told in words elsewhere."""
    minutes, seconds = divmod(int(left.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _poll(operation: Operation, can_undo: bool, is_undoing: bool) -> str:
    """How often the page looks again; "" when nothing can change any more."""
    if operation.is_unclear or relay.has_alarm(operation):
        return "3s"
    if operation.state == State.PARKED:
        return "15s"  # only a person moves it
    if operation.state not in FINAL or is_undoing:
        return "1s"
    if can_undo:
        return "2s"
    is_fresh = operation.finished_at is not None and timezone.now() - operation.finished_at < timedelta(minutes=2)
    is_ahead = operation.has_sent_schedule
    is_read_back = operation.kind != Kind.CREATE or operation.state != State.SUCCEEDED or operation.read_back_at
    return "2s" if is_ahead or (is_fresh and not is_read_back) else ""
