"""Checking, confirming and deleting: the pages from which something reaches a provider."""

import hashlib
import uuid
from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from experiments import ledger, providers, relay, tasks, words
from experiments.announcement import Announcement, announce
from experiments.forms.problems import find_draft_problems, locate
from experiments.forms.sending import ConfirmForm, DeleteForm
from experiments.models import Draft, Kind, Operation, State
from experiments.models.states import FINAL
from experiments.providers.shapes import Problem
from experiments.views import confirming
from workspaces.access import WorkspaceRequest, workspace_page
from workspaces.models import Role, Workspace

SKEW_WORTH_A_WARNING = 5  # seconds


@require_http_methods(["GET", "POST"])
@workspace_page(Role.EDITOR)
def draft_check(request: WorkspaceRequest, workspace: Workspace, pk: uuid.UUID) -> HttpResponse:
    """What will happen, what stands against it, and the one button that sends. POST asks the provider."""
    draft = _draft(workspace, pk)
    if request.method == "POST":
        try:
            check = relay.propose(draft, request.user)
        except relay.Refused as refused:
            return _check_page(request, draft, refused=refused, status=409)
        tasks.hint(tasks.send, check.pk)
        return redirect("draft_check", workspace.slug, draft.pk)
    return _check_page(request, draft)


@require_POST
@workspace_page(Role.PUBLISHER)
def draft_send(request: WorkspaceRequest, workspace: Workspace, pk: uuid.UUID) -> HttpResponse:
    """Write down the send that was confirmed. Pressed twice, or again days later, it is the same operation."""
    draft = _draft(workspace, pk)
    check = _check_in(request, draft)
    if check is None or check.future_id is None:
        reason = relay.Refused("stale", "This page is not valid any more. Nothing was sent. Check it again.")
        return _check_page(request, draft, refused=reason, status=409)
    try:
        made = relay.made_before(check.future_id, Kind.CREATE, draft=draft, sha256=check.sha256)
    except relay.Refused as refused:
        return _check_page(request, draft, refused=refused, status=409)
    if made:
        return redirect(made)
    announcement = _announcement(draft, check)
    form = ConfirmForm(request.POST, announcement=announcement)
    if not form.is_valid():
        return _check_page(request, draft, form=form, status=422)
    try:
        operation = relay.submit(check, request.user, {"sentence": str(announcement), **form.typed})
    except relay.Refused as refused:
        return _check_page(request, draft, refused=refused, status=409)
    tasks.hint(tasks.send, operation.pk)
    return redirect(operation)


@require_http_methods(["GET", "POST"])
@workspace_page(Role.PUBLISHER)
def experiment_delete(request: WorkspaceRequest, workspace: Workspace, pk: uuid.UUID) -> HttpResponse:
    """Delete a test that can still be taken back, after one question."""
    experiment = get_object_or_404(workspace.experiments.select_related("connection"), pk=pk)
    spec = providers.PROVIDERS[experiment.provider]
    form = DeleteForm(request.POST if request.method == "POST" else None, spec=spec)
    refused = None
    if request.method == "POST" and form.is_valid():
        minted = confirming.redeem(request, Kind.DELETE, experiment)
        try:
            if minted is None:
                raise relay.Refused("stale", "This page is not valid any more. Nothing was deleted. Look at it again.")
            operation = relay.delete_experiment(experiment, request.user, minted.operation_id)
        except relay.Refused as error:
            refused = error
        else:
            tasks.hint(tasks.send, operation.pk)
            return redirect(operation)
    context = {"workspace": workspace, "membership": request.membership, "experiment": experiment, "spec": spec}
    context["token"] = confirming.mint(request, Kind.DELETE, experiment)
    return render(
        request,
        "experiments/experiment_delete.html",
        {**context, "form": form, "refused": refused, "label": spec.label},
        status=409 if refused else 422 if form.errors else 200,
    )


def _draft(workspace: Workspace, pk: uuid.UUID) -> Draft:
    return get_object_or_404(
        workspace.drafts.select_related("workspace", "connection", "owner"), pk=pk, removed_at=None
    )


def _latest_check(draft: Draft) -> Operation | None:
    """The newest check of what stands in the draft now. One whose send was made and undone, or failed, is used up."""
    checks = draft.operations.filter(kind=Kind.VALIDATE, revision__number=draft.number)
    check = checks.select_related("workspace", "connection", "draft", "revision").order_by("-created_at").first()
    if check and check.future_id and draft.is_open and draft.operations.filter(pk=check.future_id).exists():
        return None
    return check


def _token(check: Operation, request: WorkspaceRequest) -> str:
    """Binds the button to what its reader saw: this send of these bytes of this revision."""
    assert check.draft is not None
    assert check.revision is not None
    about = {"check": str(check.pk), "revision": check.revision.number, "sha": check.sha256}
    return confirming.mint(request, Kind.CREATE, check.draft, operation_id=check.future_id, **about)


def _check_in(request: WorkspaceRequest, draft: Draft) -> Operation | None:
    """The check that the pressed button stands for, None where the token is not ours, or not this person's."""
    minted = confirming.redeem(request, Kind.CREATE, draft)
    if minted is None:
        return None
    return (
        draft.operations.filter(
            pk=minted.content["check"],
            kind=Kind.VALIDATE,
            future_id=minted.operation_id,
            revision__number=minted.content["revision"],
            sha256=minted.content["sha"],
        )
        .select_related("workspace", "connection", "draft", "revision")
        .first()
    )


def _announcement(draft: Draft, check: Operation | None) -> Announcement:
    return announce(draft.newest, check, draft.workspace.zone)


def _own_problems(draft: Draft) -> list[Problem]:
    revision = draft.newest
    return list(find_draft_problems(revision.document, revision.plan, draft.workspace, timezone.now(), draft.provider))


def _check_page(
    request: WorkspaceRequest,
    draft: Draft,
    *,
    refused: relay.Refused | None = None,
    form: ConfirmForm | None = None,
    status: int = 200,
) -> HttpResponse:
    check = _latest_check(draft)
    document_of = providers.document(draft.provider)
    problems = _own_problems(draft)
    announcement = _announcement(draft, check)
    errors = [problem for problem in problems if problem.severity == "error"]
    context: dict[str, Any] = {
        "workspace": draft.workspace,
        "membership": request.membership,
        "draft": draft,
        "revision": draft.newest,
        "check": check,
        "shown": ledger.show(check) if check else None,
        "was_refused": check is not None and check.attempts.filter(outcome="rejected").exists(),
        "is_asking": check is not None and check.state not in FINAL,
        "announcement": announcement,
        "errors": _placed(draft, errors),
        "warnings": _placed(draft, [problem for problem in problems if problem.severity == "warning"]),
        "refusals": _placed(draft, [Problem(**problem) for problem in check.problems]) if check else [],
        "closed_because": _closed_because(request, draft, check, errors),
        "form": form or ConfirmForm(announcement=announcement),
        "token": _token(check, request) if check else "",
        "refused": refused,
        "slices": words.slices([asdict(share) for share in document_of.shares(draft.newest.document)]),
        "now": timezone.now(),
        "skew": _skew(check),
        "label": providers.PROVIDERS[draft.provider].label,
        "provider": providers.PROVIDERS[draft.provider],
        "payload": check.body.decode() if check else "",
        "undo_closes_at": ledger.undo_closes_at(check) if check else None,
        "send_words": _send_words(announcement, providers.PROVIDERS[draft.provider]),
    }
    template = "experiments/draft_check.html"
    seen = context["seen"] = _fingerprint(context)
    if _is_poll(request):
        if request.GET.get("seen") == seen:
            return HttpResponse(status=204)
        template += "#check"
    return render(request, template, context, status=status)


def _skew(check: Operation | None) -> int:
    """Seconds between the provider's clock and ours where that is worth a warning, else 0."""
    skew = relay.skew_of(check) if check else None
    seconds = round(abs(skew).total_seconds()) if skew else 0
    return seconds if seconds > SKEW_WORTH_A_WARNING else 0


def _fingerprint(context: dict[str, Any]) -> str:
    """Changes whenever anything on the page but its clocks does: a poll that has seen it gets nothing new."""
    check: Operation | None = context["check"]
    parts = (
        *((check.pk, check.state, check.message) if check else ()),
        *(context["revision"].number, context["draft"].status, context["closed_because"]),
        *(item["problem"].message for item in (*context["errors"], *context["warnings"])),
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def _is_poll(request: HttpRequest) -> bool:
    return request.method == "GET" and request.headers.get("HX-Request") == "true"


def _placed(draft: Draft, problems: list[Problem]) -> list[dict[str, Any]]:
    """Problems with the address of the field that mends them, or of the JSON where no field shows the place."""
    placed = []
    for found in locate(tuple(problems), draft.provider):
        query = {"checked": "1", "variant": found.letter, "platform": found.platform}
        asked = urlencode({name: value for name, value in query.items() if value})
        address = f"{draft.get_absolute_url()}?{asked}#{found.field}"
        if not found.field and found.problem.pointer:
            address = reverse("draft_json", args=[draft.workspace.slug, draft.pk])
        placed.append({"problem": found.problem, "variant": found.letter, "address": address})
    return placed


def _closed_because(request: WorkspaceRequest, draft: Draft, check: Operation | None, errors: list[Problem]) -> str:
    """Why the button is closed, in a sentence; "" where it is open. The relay asks all of it again."""
    label = providers.PROVIDERS[draft.provider].label
    if not draft.is_open:
        return "This draft is being sent or was sent already. Copy it to send it again."
    if not request.membership.can_publish:
        return "Editors can write this test but not send it. Ask a publisher or an admin to do it."
    if draft.workspace.is_sending_stopped:
        return "Sending is stopped in this workspace. An admin can turn it on again in the settings."
    if errors:
        return "Mend what is listed, then ask again."
    if check is None:
        can_validate = providers.PROVIDERS[draft.provider].can_validate
        return f"{label} has not been asked about this version yet." if can_validate else "Check this version first."
    if check.state not in FINAL:
        return f"{label} is being asked."
    if check.state != State.SUCCEEDED:
        return f"{label} has not accepted this version."
    try:
        relay.check_is_sendable(check, request.user)
    except relay.Refused as refused:
        return refused.message
    return ""


def _send_words(announcement: Announcement, provider: providers.Provider) -> str:
    if provider.is_staged:
        return f"Create at {provider.label}"
    if announcement.is_immediate:
        return "Send at once"
    return "Send to everybody" if announcement.is_to_everybody else "Schedule it"
