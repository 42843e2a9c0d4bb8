"""Changing a test that a provider holds: its status, its values and groups, its testers. Each confirm is one page."""

import uuid
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from experiments import relay, tasks, words
from experiments.forms.changing import ChangeForm, MoveForm, TesterForm
from experiments.models import Experiment, Kind, Operation
from experiments.providers import PROVIDERS, Move, staged_document
from experiments.providers.shapes import Json, Problem
from experiments.views import confirming, stages
from workspaces.access import WorkspaceRequest, workspace_page
from workspaces.models import Role, Workspace

TESTERS_SHOWN = 20
_STALE = "This page is not valid any more: the test changed, or an hour went by. Nothing was changed. Look at it again."


@require_http_methods(["GET", "POST"])
@workspace_page(Role.PUBLISHER)
def experiment_move(request: WorkspaceRequest, workspace: Workspace, pk: uuid.UUID, verb: str) -> HttpResponse:
    """Start, pause, resume, finish: what it does and does not do, and one button."""
    experiment = _staged(workspace, pk)
    made = _made_before(request, Kind.STATUS, experiment)
    if made:
        return redirect(made)
    move = next((move for move in stages.moves_of(experiment) if move.verb == verb), None)
    if move is None:
        if not any(move.verb == verb for move in PROVIDERS[experiment.provider].moves):
            raise Http404
        return _move_page(request, experiment, None, None, status=409)
    form = MoveForm(request.POST if request.method == "POST" else None, move=move)
    if request.method == "POST" and form.is_valid():
        try:
            operation_id = _minted(request, Kind.STATUS, experiment, verb).operation_id
            return _sent(relay.move_status(experiment, move, request.user, operation_id))
        except relay.Refused as refused:
            return _move_page(request, experiment, move, form, refused=refused, status=409)
    return _move_page(request, experiment, move, form, status=422 if form.errors else 200)


def _move_page(
    request: WorkspaceRequest,
    experiment: Experiment,
    move: Move | None,
    form: MoveForm | None,
    *,
    refused: relay.Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    spec = PROVIDERS[experiment.provider]
    context = {
        "token": confirming.mint(request, Kind.STATUS, experiment, verb=move.verb) if move else "",
        "move": move,
        "form": form,
        "refused": refused,
        "remarks": _remarks(experiment) if move and move.reaches_people else [],
        "afterwards": spec.moves_from(move.to_status) if move else (),
        "slices": words.slices(experiment.shares),
    }
    return _render(request, experiment, "experiment_move", context, status)


@require_http_methods(["GET", "POST"])
@workspace_page(Role.PUBLISHER)
def experiment_change(request: WorkspaceRequest, workspace: Workspace, pk: uuid.UUID) -> HttpResponse:
    """Values and groups. The first POST shows what would change, field by field; the second confirms just that."""
    experiment = _staged(workspace, pk)
    if "token" in request.POST:
        return _confirm_change(request, experiment)
    speech = staged_document(experiment.provider)
    form = ChangeForm(speech, experiment.raw, request.POST if request.method == "POST" else None)
    if request.method == "GET":
        return _change_page(request, experiment, form)
    problems = [] if form.errors else _problems(experiment, form.after)
    errors = [problem for problem in problems if problem.severity == "error"]
    if form.errors or errors:
        return _change_page(request, experiment, form, problems=errors, status=422)
    changes = _differences(experiment, form.before, form.after)
    if not changes:
        return _change_page(request, experiment, form, is_same=True)
    token = confirming.mint(request, Kind.UPDATE, experiment, after=form.after, before=form.before)
    context = {"changes": changes, "token": token, "warnings": problems, "form": form}
    return _render(request, experiment, "experiment_change", context)


def _confirm_change(request: WorkspaceRequest, experiment: Experiment) -> HttpResponse:
    made = _made_before(request, Kind.UPDATE, experiment)
    if made:
        return redirect(made)
    form = ChangeForm(staged_document(experiment.provider), experiment.raw)
    try:
        minted = _minted(request, Kind.UPDATE, experiment)
        before, after = minted.content["before"], minted.content["after"]
        if before != form.before:
            raise relay.Refused("stale", _STALE)
        return _sent(relay.change(experiment, before, after, request.user, minted.operation_id))
    except relay.Refused as refused:
        return _change_page(request, experiment, form, refused=refused, status=409)


def _change_page(
    request: WorkspaceRequest,
    experiment: Experiment,
    form: ChangeForm,
    *,
    problems: list[Problem] | None = None,
    refused: relay.Refused | None = None,
    is_same: bool = False,
    status: int = 200,
) -> HttpResponse:
    context = {"form": form, "problems": problems or [], "refused": refused, "is_same": is_same}
    return _render(request, experiment, "experiment_change", context, status)


def _differences(experiment: Experiment, before: Json, after: Json) -> list[dict[str, str]]:
    """What would change, as place, before and after. A group is told by its id, whatever its place."""
    speech, word = staged_document(experiment.provider), PROVIDERS[experiment.provider].variant_word
    labels = {one.key: one.label for one in (*speech.TEST_FIELDS, *speech.GROUP_FIELDS)}
    found = [
        {"where": labels.get(key, key), "before": _said(before.get(key)), "after": _said(value)}
        for key, value in speech.changes(before, after).items()
    ]
    kept = {group["id"]: group for group in after["groups"] if "id" in group}
    for position, group in enumerate(before["groups"]):
        owner = f"{word.capitalize()} {speech.variant_letter(position)}"
        if group["id"] not in kept:
            found.append({"where": owner, "before": _said(group.get("name")), "after": "Removed"})
            continue
        for key, value in speech.group_changes(group, kept[group["id"]]).items():
            place = f"{owner}: {labels.get(key, key).lower()}"
            found.append({"where": place, "before": _said(group.get(key)), "after": _said(value)})
    for group in after["groups"]:
        if "id" not in group:
            parts = [f"{labels[key].lower()} {_said(value)}" for key, value in group.items() if key != "name" and value]
            words_of = ", ".join([_said(group.get("name")), *parts])
            found.append({"where": f"New {word}", "before": "–", "after": words_of})
    return found


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "not set" if value is None or value == "" else str(value)


def _problems(experiment: Experiment, after: Json) -> list[Problem]:
    """What would be wrong with the test afterwards. Its alias is the provider's by now, and is not judged."""
    groups = [{key: value for key, value in group.items() if key != "id"} for group in after.get("groups") or []]
    whole = {**after, "alias_id": experiment.raw.get("alias_id"), "groups": groups}
    found = staged_document(experiment.provider).find_problems(whole, now=timezone.now())
    return [problem for problem in found if not problem.pointer.startswith("/alias_id")]


def _remarks(experiment: Experiment) -> list[Problem]:
    """What our own check would object to in a test that is about to reach people; the provider may see it otherwise."""
    return _problems(experiment, ChangeForm(staged_document(experiment.provider), experiment.raw).before)


@require_http_methods(["GET", "POST"])
@workspace_page(Role.PUBLISHER)
def experiment_testers(request: WorkspaceRequest, workspace: Workspace, pk: uuid.UUID) -> HttpResponse:
    """Pin somebody of the team to a group, to look at it, and take that away again."""
    experiment = _staged(workspace, pk)
    groups = stages.groups_of(experiment)
    form = TesterForm(
        request.POST if request.method == "POST" else None,
        speech=staged_document(experiment.provider),
        groups=[group.remote_id for group in groups],
    )
    refused = None
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            return _sent(_pin(request, experiment, values))
        except relay.Refused as error:
            refused = error
    tokens = {kind.value: confirming.mint(request, kind, experiment) for kind in (Kind.ATTACH, Kind.DETACH)}
    context = {"form": form, "groups": groups, "refused": refused, "asked": _asked(experiment), "tokens": tokens}
    return _render(request, experiment, "experiment_testers", context, 409 if refused else 422 if form.errors else 200)


def _pin(request: WorkspaceRequest, experiment: Experiment, values: dict[str, Any]) -> Operation:
    user_id, by = values["user_id"], request.user
    if values["do"] == "attach":
        minted = _minted(request, Kind.ATTACH, experiment)
        return relay.attach_tester(experiment, values["group_id"], user_id, by, minted.operation_id)
    minted = _minted(request, Kind.DETACH, experiment)
    return relay.detach_tester(experiment, user_id, by, minted.operation_id)


def _asked(experiment: Experiment) -> list[dict[str, Any]]:
    """What was asked about testers from here, newest first: no provider lists them."""
    names = {group.remote_id: f"{group.letter}, {group.name}" for group in stages.groups_of(experiment)}
    operations = experiment.operations.filter(kind__in=[Kind.ATTACH, Kind.DETACH]).select_related("by")
    return [
        {
            "operation": operation,
            "user_id": operation.document.get("user_id", ""),
            "group": names.get(operation.document.get("group_id", ""), ""),
            "is_attached": operation.kind == Kind.ATTACH,
        }
        for operation in operations.order_by("-created_at")[:TESTERS_SHOWN]
    ]


def _staged(workspace: Workspace, pk: uuid.UUID) -> Experiment:
    """A test whose provider can change it. 404 for any other."""
    codes = [code for code, spec in PROVIDERS.items() if spec.is_staged]
    experiments = workspace.experiments.select_related("workspace", "connection__workspace")
    experiment: Experiment = get_object_or_404(experiments, pk=pk, provider__in=codes)
    return experiment


def _sent(operation: Operation) -> HttpResponse:
    tasks.hint(tasks.send, operation.pk)
    return redirect(operation)


def _minted(request: WorkspaceRequest, kind: Kind, experiment: Experiment, verb: str = "") -> confirming.Minted:
    """What the pressed button stands for. Raises Refused where its page is not valid any more."""
    minted = confirming.redeem(request, kind, experiment)
    if minted is None or minted.is_old or minted.content.get("verb", "") != verb:
        raise relay.Refused("stale", _STALE)
    return minted


def _made_before(request: WorkspaceRequest, kind: Kind, experiment: Experiment) -> Operation | None:
    """What this very button has made already: the page may have moved on since."""
    minted = confirming.redeem(request, kind, experiment) if request.method == "POST" else None
    return experiment.operations.filter(pk=minted.operation_id, kind=kind).first() if minted else None


def _render(
    request: WorkspaceRequest, experiment: Experiment, page: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    spec = PROVIDERS[experiment.provider]
    common = {
        "workspace": experiment.workspace,
        "membership": request.membership,
        "experiment": experiment,
        "spec": spec,
        "label": spec.label,
        "is_held": stages.is_held(experiment),
        "state": words.state_of(
            experiment.status,
            experiment.provider,
            remote_status=experiment.remote_status,
            is_gone=experiment.gone_at is not None,
        ),
    }
    return render(request, f"experiments/{page}.html", {**common, **context}, status=status)
