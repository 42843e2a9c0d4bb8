"""How a test looks while somebody types: the posted form put into a copy of its revision, drawn, and forgotten."""

import json
import uuid

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from experiments.forms.editors import editor_of
from experiments.models import Revision
from experiments.views.opening import base_of, context_of, draft_of, editing_of, page_of
from workspaces.access import WorkspaceRequest, workspace_page
from workspaces.models import Role, Workspace


@never_cache
@require_POST
@workspace_page(Role.EDITOR)
def draft_preview(request: WorkspaceRequest, workspace: Workspace, pk: uuid.UUID) -> HttpResponse:
    """The parts of the page that show the form, for the same form as the editor's. Nothing is saved, nothing judged.

    Problems are left to the save that follows: looking for them costs more than all the rest.
    """
    draft = draft_of(request, workspace, pk)
    base = base_of(request, draft)
    editing = editing_of(request, draft, base)
    editor_of(draft.provider).post_form(editing, request.POST)
    text = json.dumps(editing.document)
    typed = Revision(draft=draft, number=base.number, document_text=text, plan=editing.plan, at=base.at)
    page = page_of(request, workspace, draft, typed, problems=())
    if not page.preview:
        return HttpResponse(status=204)
    return render(request, page.preview, context_of(request, page))
