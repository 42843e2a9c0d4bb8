"""Who else is in a draft now, and whether somebody saved it since the page was made."""

import hashlib
import uuid
from typing import Any

from django.db import OperationalError
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from experiments.forms.changes import changes, summary
from experiments.forms.texts import storable
from experiments.models import Draft, Presence, Revision
from experiments.views.opening import LONGEST_PAGE_ID, number_of
from experiments.views.versions import version_of
from workspaces.access import WorkspaceRequest, workspace_page
from workspaces.models import Role, Workspace

MOST_SHOWN = 20


@never_cache
@require_POST
@workspace_page(Role.VIEWER)
def draft_presence(request: WorkspaceRequest, workspace: Workspace, pk: uuid.UUID) -> HttpResponse:
    """A sign of one opened page, every few seconds. 204 where nothing is new; it never makes anybody wait.

    Who may only look sees who writes and is not shown: the row says that somebody writes.
    """
    draft = workspace.drafts.filter(pk=pk).only("workspace", "provider", "number", "status", "removed_at").first()
    if draft is None:
        raise Http404("No such draft.")
    page = storable(request.POST.get("page", ""))[:LONGEST_PAGE_ID]
    try:
        others = _exchange(request, draft, page)
    except OperationalError:  # locked, for longer than a sign of presence is worth waiting for
        return HttpResponse(status=204)
    newer = _newer(draft, page, number_of(request.POST.get("revision")))
    seen = _token(draft, others, newer)
    if seen == request.POST.get("seen"):
        return HttpResponse(status=204)
    draft.workspace = workspace
    context = {"workspace": workspace, "draft": draft, "others": others[:MOST_SHOWN], "seen": seen}
    return render(request, "experiments/_presence.html", context | _news(request, draft, newer))


def _exchange(request: WorkspaceRequest, draft: Draft, page: str) -> list[Presence]:
    if page and "leaving" in request.POST:
        Presence.leave(draft, request.user, page)
        return []
    if page and draft.is_open and request.membership.can_edit:
        Presence.sign(draft, request.user, page, storable(request.POST.get("place", "")).strip())
    return Presence.others(draft, page)


def _newer(draft: Draft, page: str, known: int) -> int:
    """The number of a revision that the page does not know and did not send itself, 0 for none."""
    if not known or draft.number <= known:
        return 0
    saved_from = draft.revisions.filter(number=draft.number).values_list("plan__saved_from", flat=True).first() or {}
    is_own = page and page in (saved_from.get("page"), saved_from.get("for"))
    return 0 if is_own else draft.number


def _token(draft: Draft, others: list[Presence], newer: int) -> str:
    said = [str(newer), str(draft.is_open), *(f"{row.user_id}\n{row.place}" for row in others)]
    return hashlib.sha256("\n\n".join(said).encode()).hexdigest()[:16]


def _news(request: WorkspaceRequest, draft: Draft, newer: int) -> dict[str, Any]:
    if not newer:
        return {}
    known = number_of(request.POST.get("revision"))
    found = {each.number: each for each in draft.revisions.filter(number__in=[known, newer]).select_related("by")}
    base, newest = found.get(known), found.get(newer)
    if newest is None:
        return {}
    what = summary(changes(version_of(draft, base), version_of(draft, newest))) if base else ""
    return {
        "newest": newest,
        "known": known,
        "what": what,
        "by": _name(request, newest),
        "is_open": draft.is_open,
        "saved_at": f"{newest.at.astimezone(draft.workspace.zone):%H:%M}",
    }


def _name(request: WorkspaceRequest, revision: Revision) -> str:
    return "You, in another window," if revision.by == request.user else str(revision.by or "Somebody")
