"""Beginning a draft from something pasted: JSON of the provider's API, or a curl command."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from experiments.forms.editors import editor_of
from experiments.forms.importing import Reading, read_pasted
from experiments.forms.saving import start
from experiments.forms.texts import storable
from experiments.models import Draft
from experiments.providers import PROVIDERS
from experiments.providers.shapes import Json, Pasted, Problem
from workspaces.access import WorkspaceRequest, workspace_page
from workspaces.models import AuditEntry, Connection, Role, Workspace

_NOT_CHOSEN = Problem("", "Choose a connection of this workspace.", "connection")


@require_http_methods(["GET", "POST"])
@workspace_page(Role.EDITOR)
def draft_import(request: WorkspaceRequest, workspace: Workspace) -> HttpResponse:
    """Paste, choose where it goes, and go on in the editor. The pasted text itself is not kept."""
    connections = list(workspace.connections.filter(is_removed=False, provider__in=PROVIDERS))
    if request.method == "GET" or not connections:
        return _page(request, workspace, connections)
    chosen = next((one for one in connections if str(one.pk) == request.POST.get("connection", "")), None)
    if chosen is None:
        return _page(request, workspace, connections, Reading(problems=(_NOT_CHOSEN,)))
    reading = read_pasted(request.POST.get("pasted", ""), chosen.provider)
    pasted = _chosen_test(reading, request.POST.get("test", ""))
    if pasted is None:
        return _page(request, workspace, connections, reading)
    draft = _begin(request, workspace, chosen, pasted)
    for note in (*pasted.notes, *reading.warnings):
        messages.info(request, note)
    return redirect(draft)


def _chosen_test(reading: Reading, position: str) -> Pasted | None:
    """The only test, or the one that was picked of several."""
    if len(reading.tests) == 1:
        return reading.tests[0]
    is_number = position.isascii() and position.isdecimal() and len(position) < 6
    return reading.tests[int(position)] if is_number and int(position) < len(reading.tests) else None


def _begin(request: WorkspaceRequest, workspace: Workspace, connection: Connection, pasted: Pasted) -> Draft:
    plan: Json = {}
    editor_of(connection.provider).follow_document(pasted.document, plan, workspace.zone)
    with transaction.atomic():
        draft = start(
            workspace, pasted.document, plan, by=request.user, provider=connection.provider, connection=connection
        )
        AuditEntry.record(workspace, "draft.import", by=request.user, target=draft)
    return draft


def _page(
    request: WorkspaceRequest, workspace: Workspace, connections: list[Connection], reading: Reading | None = None
) -> HttpResponse:
    context: dict[str, Any] = {
        "workspace": workspace,
        "membership": request.membership,
        "offered": [{"connection": one, "kind": PROVIDERS[one.provider].test_kind} for one in connections],
        "chosen": request.POST.get("connection", ""),
        # HTML drops the first line end in a text area, so that one more has to stand there.
        "pasted": f"\n{storable(request.POST.get('pasted', ''))}",
        "problems": reading.problems if reading else (),
        "tests": [_label(pasted) for pasted in reading.tests] if reading else [],
    }
    return render(request, "experiments/draft_import.html", context, status=422 if reading else 200)


def _label(pasted: Pasted) -> str:
    name = pasted.document.get("name")
    return name.strip()[:120] if isinstance(name, str) and name.strip() else "Without a name"
