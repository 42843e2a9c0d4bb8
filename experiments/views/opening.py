"""What every page of a draft begins with: the draft, its page, the revision its form was made from, and saving."""

import copy
import re
import uuid
from typing import Any

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render

from experiments.forms.actions import Done
from experiments.forms.editing import Editing
from experiments.forms.messages.parts import PREFIX
from experiments.forms.saving import Saved, save
from experiments.forms.texts import storable
from experiments.models import Draft, Revision
from experiments.providers.shapes import Json, Problem
from experiments.views.editor_page import EditorPage
from experiments.views.messages.page import MessagePage
from experiments.views.paywall_page import PaywallPage
from experiments.views.plain_page import PlainPage
from workspaces.access import REASONS, WorkspaceRequest
from workspaces.models import Role, Workspace

PAGES: dict[str, type[EditorPage]] = {"airship": MessagePage, "qonversion": PaywallPage}
LONGEST_PAGE_ID = 40
NOTHING_DONE = Done()
_UNDO = re.compile(r"\d{1,9}(:\d{1,3})?", re.ASCII)


def draft_of(request: WorkspaceRequest, workspace: Workspace, pk: uuid.UUID) -> Draft:
    draft: Draft = get_object_or_404(workspace.drafts.select_related("connection", "owner"), pk=pk)
    draft.workspace = workspace
    if request.method == "POST" and not request.membership.can_edit:
        raise PermissionDenied(REASONS[Role.EDITOR])
    return draft


def page_of(
    request: WorkspaceRequest,
    workspace: Workspace,
    draft: Draft,
    revision: Revision,
    done: Done = NOTHING_DONE,
    problems: tuple[Problem, ...] | None = None,
) -> EditorPage:
    asked = request.POST if request.method == "POST" else request.GET
    letter = asked.get("variant", "A")
    position = ord(letter) - ord("A") if len(letter) == 1 and "A" <= letter <= "Z" else 0
    return PAGES.get(draft.provider, PlainPage)(
        draft,
        revision,
        workspace,
        position=position if done.position is None else done.position,
        platform=asked.get("platform", "") if done.platform is None else done.platform,
        is_checked="checked" in asked or request.POST.get("do") == "check",
        problems=problems,
        typed={name: str(text) for name, text in request.POST.items() if name.startswith(PREFIX)},
    )


def context_of(request: WorkspaceRequest, page: EditorPage, **more: Any) -> dict[str, Any]:
    undo = request.GET.get("undo", "")
    return {
        "workspace": page.workspace,
        "membership": request.membership,
        "draft": page.draft,
        "revision": page.revision,
        "page": page,
        "page_id": storable(request.POST.get("page", ""))[:LONGEST_PAGE_ID] or uuid.uuid4().hex,
        "turn": number_of(request.POST.get("turn")),
        "undo": undo if _UNDO.fullmatch(undo) else "",
        **more,
    }


def whole_page(request: WorkspaceRequest, page: EditorPage, status: int = 200, **more: Any) -> HttpResponse:
    return render(request, "experiments/draft_edit.html", context_of(request, page, **more), status=status)


def editing_of(request: WorkspaceRequest, draft: Draft, revision: Revision) -> Editing:
    return Editing(
        revision.document,  # read from its text each time it is asked for
        copy.deepcopy(revision.plan),
        draft.workspace.zone,
        can_publish=request.membership.can_publish,
        provider=draft.provider,
        can_endanger=request.membership.can_administer,
    )


def go_to(request: WorkspaceRequest, address: str) -> HttpResponse:
    """To another page, by the browser itself also where htmx asked."""
    if request.htmx:
        return HttpResponse(headers={"HX-Redirect": address})
    return HttpResponseRedirect(address, status=303)


def base_of(request: WorkspaceRequest, draft: Draft) -> Revision:
    """The revision that the form was made from. What it does not name cannot be saved against anything."""
    number = number_of(request.POST.get("revision"))
    base = draft.revisions.filter(number=number).first()
    if base is None:
        raise SuspiciousOperation("The form names no revision of this draft.")
    return base


def number_of(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 10 else 0


def save_posted(
    request: WorkspaceRequest, workspace: Workspace, draft: Draft, document: Json, plan: Json, based_on: int
) -> Saved:
    return save(
        draft,
        workspace,
        document,
        plan,
        by=request.user,
        based_on=based_on,
        page=storable(request.POST.get("page", ""))[:LONGEST_PAGE_ID],
        turn=number_of(request.POST.get("turn")),
    )
