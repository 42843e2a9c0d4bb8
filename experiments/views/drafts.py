"""Beginning a draft, from scratch or as a copy, and taking it away."""

import uuid

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from experiments.forms.saving import start
from experiments.forms.texts import NotKept, read_text
from experiments.models import Draft
from experiments.providers import PROVIDERS
from experiments.providers import document as document_module
from experiments.providers.names import plainly
from experiments.providers.shapes import Json
from experiments.providers.text import is_unseen
from workspaces.access import WorkspaceRequest, workspace_page
from workspaces.models import AuditEntry, Connection, Role, Workspace

LONGEST_NAME = 255


@require_http_methods(["GET", "POST"])
@workspace_page(Role.EDITOR)
def draft_new(request: WorkspaceRequest, workspace: Workspace) -> HttpResponse:
    """Choose a connection and a name; everything else is written in the editor."""
    connections = _connections(workspace)
    name, error = request.POST.get("name", ""), ""
    if request.method == "POST" and connections:
        chosen = next((one for one in connections if str(one.pk) == request.POST.get("connection", "")), None)
        name, error = _read_name(name)
        if chosen and not error:
            with transaction.atomic():
                blank = document_module(chosen.provider).blank(name)
                draft = start(workspace, blank, {}, by=request.user, provider=chosen.provider, connection=chosen)
                AuditEntry.record(workspace, "draft.new", by=request.user, target=draft)
            return redirect(draft)
        error = error or "Choose a connection of this workspace."
    context = {
        "workspace": workspace,
        "membership": request.membership,
        "offered": [{"connection": one, "kind": PROVIDERS[one.provider].test_kind} for one in connections],
        "chosen": request.POST.get("connection", ""),
        "name": name,
        "error": error,
    }
    return render(request, "experiments/draft_new.html", context, status=422 if error else 200)


def _connections(workspace: Workspace) -> QuerySet[Connection]:
    return workspace.connections.filter(is_removed=False, provider__in=PROVIDERS)


def _read_name(raw: str) -> tuple[str, str]:
    """`(name, error)`. The text comes back also where it cannot be a name."""
    try:
        name = read_text(raw, is_line=True).strip()
    except NotKept as error:
        return raw.replace("\0", "␀"), str(error)
    if is_unseen(name):
        return name, "The test has no name. Give it one that your team will know it by."
    if len(name) > LONGEST_NAME:
        return name, f"The name has {len(name):,} characters; {LONGEST_NAME} are the most."
    return name, ""


def _copied(document: Json, provider: str) -> Json:
    """A copy's document: no ids, no marker, no schedule, and a name that says what it is."""
    copied = document_module(provider).from_remote(document)
    name = copied.get("name")
    copied["name"] = f"{(name if isinstance(name, str) else '')[: LONGEST_NAME - 7]} (copy)".strip()
    return copied


@require_POST
@workspace_page(Role.EDITOR)
def draft_copy(request: WorkspaceRequest, workspace: Workspace, pk: uuid.UUID) -> HttpResponse:
    """A new draft with the same content. Its time is a new decision."""
    source = get_object_or_404(workspace.drafts, pk=pk)
    newest = source.newest
    plan = {key: value for key, value in newest.plan.items() if key in ("goal", "measure", "tags", "rules")}
    with transaction.atomic():
        draft = start(
            workspace,
            _copied(newest.document, source.provider),
            plan,
            by=request.user,
            provider=source.provider,
            connection=source.connection,
            from_draft=source,
            from_experiment=source.from_experiment,
        )
        AuditEntry.record(workspace, "draft.copy", by=request.user, target=draft, source=str(source.pk))
    return redirect(draft)


@require_POST
@workspace_page(Role.EDITOR)
def experiment_copy(request: WorkspaceRequest, workspace: Workspace, pk: uuid.UUID) -> HttpResponse:
    """A new draft from a test that exists at a provider."""
    source = get_object_or_404(workspace.experiments.select_related("connection"), pk=pk)
    with transaction.atomic():
        draft = start(
            workspace,
            _copied(source.raw, source.provider),
            {"tags": source.tags} if source.tags else {},
            by=request.user,
            provider=source.provider,
            connection=None if source.connection.is_removed else source.connection,
            from_experiment=source,
        )
        AuditEntry.record(workspace, "experiment.copy", by=request.user, target=draft, source=str(source.pk))
    return redirect(draft)


@require_http_methods(["GET", "POST"])
@workspace_page(Role.EDITOR)
def draft_delete(request: WorkspaceRequest, workspace: Workspace, pk: uuid.UUID) -> HttpResponse:
    """Take a draft out of the lists, or bring it back. Its revisions stay."""
    draft = get_object_or_404(workspace.drafts, pk=pk)
    if request.method == "POST":
        return _bring_back(request, draft) if request.POST.get("do") == "restore" else _remove(request, draft)
    return render(
        request,
        "experiments/draft_delete.html",
        {
            "workspace": workspace,
            "membership": request.membership,
            "draft": draft,
            "label": PROVIDERS[draft.provider].label,
        },
    )


def _remove(request: WorkspaceRequest, draft: Draft) -> HttpResponse:
    with transaction.atomic():
        # Conditional: a send that was confirmed a moment ago keeps its draft.
        changed = Draft.objects.filter(pk=draft.pk, status=Draft.status.field.default, removed_at=None).update(
            removed_at=timezone.now(), updated_at=timezone.now()
        )
        if changed:
            AuditEntry.record(draft.workspace, "draft.remove", by=request.user, target=draft)
    return redirect("draft_delete", draft.workspace.slug, draft.pk)


def _bring_back(request: WorkspaceRequest, draft: Draft) -> HttpResponse:
    with transaction.atomic():
        changed = Draft.objects.filter(pk=draft.pk, removed_at__isnull=False).update(
            removed_at=None, updated_at=timezone.now()
        )
        if changed:
            AuditEntry.record(draft.workspace, "draft.restore", by=request.user, target=draft)
            messages.info(request, f"“{plainly(str(draft))}” is back.")
    return redirect(draft)
