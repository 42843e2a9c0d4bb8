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
from experiments.forms.templates import started
from experiments.forms.texts import NotKept, read_text
from experiments.models import Draft, Template
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
    """Choose a connection, a name and what to start from; everything else is written in the editor."""
    connections, templates = _connections(workspace), _templates(workspace)
    asked = request.POST if request.method == "POST" else request.GET
    from_id, name, errors = asked.get("template", ""), request.POST.get("name", ""), {}
    template = next((one for one in templates if str(one.pk) == from_id), None)
    if request.method == "POST" and connections:
        chosen = next((one for one in connections if str(one.pk) == request.POST.get("connection", "")), None)
        name, error = _read_name(name)
        found = {"name": error, "connection": _connection_error(chosen), "template": _misfit(from_id, template, chosen)}
        errors = {field: words for field, words in found.items() if words}
        if chosen and not errors:
            return redirect(_begin(request, workspace, chosen, name, template))
    context = {
        "workspace": workspace,
        "membership": request.membership,
        "offered": [{"connection": one, "kind": PROVIDERS[one.provider].test_kind} for one in connections],
        "chosen": request.POST.get("connection", "") or _fitting(template, connections),
        "templates": [{"template": one, "label": PROVIDERS[one.provider].label} for one in templates],
        "from_id": from_id,
        "name": name,
        "errors": errors,
    }
    return render(request, "experiments/draft_new.html", context, status=422 if errors else 200)


def _begin(
    request: WorkspaceRequest, workspace: Workspace, connection: Connection, name: str, template: Template | None
) -> Draft:
    blank = document_module(connection.provider).blank(name)
    document, plan = started(template, name) if template else (blank, {})
    more = {"template": str(template.pk)} if template else {}
    with transaction.atomic():
        draft = start(workspace, document, plan, by=request.user, provider=connection.provider, connection=connection)
        AuditEntry.record(workspace, "draft.new", by=request.user, target=draft, **more)
    return draft


def _templates(workspace: Workspace) -> list[Template]:
    """The tests to start from, of the providers that the workspace has connections of."""
    codes = [one.provider for one in _connections(workspace)]
    held = workspace.templates.filter(kind=Template.Kind.TEST, removed_at=None, provider__in=codes)
    return sorted(held, key=lambda one: (one.provider, one.name.casefold()))


def _connection_error(chosen: Connection | None) -> str:
    return "" if chosen else "Choose a connection of this workspace."


def _misfit(from_id: str, template: Template | None, connection: Connection | None) -> str:
    if from_id and template is None:
        return "This template is no longer there. Choose another one, or start empty."
    if template and connection and template.provider != connection.provider:
        label = PROVIDERS[template.provider].label
        return f"“{plainly(template.name)}” is a test of {label}. Choose a connection of {label}, or another template."
    return ""


def _fitting(template: Template | None, connections: QuerySet[Connection]) -> str:
    """The connection to begin with: the first one that the template fits."""
    fits = (str(one.pk) for one in connections if template is None or one.provider == template.provider)
    return next(fits, "")


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


def copied(document: Json, provider: str) -> Json:
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
    plan = {key: value for key, value in newest.plan.items() if key in ("goal", "measure", "sample", "tags", "rules")}
    with transaction.atomic():
        draft = start(
            workspace,
            copied(newest.document, source.provider),
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
            copied(source.raw, source.provider),
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
