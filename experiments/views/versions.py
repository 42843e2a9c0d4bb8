"""Two versions of one draft: what differs, and what the person chooses."""

import json
from dataclasses import replace
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.http import HttpResponse
from django.shortcuts import redirect, render

from experiments.forms.changes import changes, summary
from experiments.forms.conflicts import Version, differences, merged
from experiments.forms.editing import Editing
from experiments.forms.merging import merged_alone
from experiments.forms.saving import Conflict, Merged, Saved, save, start
from experiments.forms.texts import storable
from experiments.models import Draft, Revision
from experiments.providers import document as document_module
from experiments.views.opening import LONGEST_PAGE_ID, base_of, go_to, save_posted
from workspaces.access import WorkspaceRequest
from workspaces.models import Workspace

# Buttons that mean the same whatever somebody else has changed meanwhile.
_ANYWHERE = frozenset({"", "save", "check", "show"})


def save_or_merge(
    request: WorkspaceRequest, workspace: Workspace, draft: Draft, base: Revision, editing: Editing, do: str
) -> Saved:
    """Save what was posted. What somebody else saved meanwhile is kept too, where nobody has to be asked.

    Only for a page with a script, which shows at once that it was done; else, and where somebody has to choose, it
    raises Conflict and nothing is saved.
    """
    try:
        return save_posted(request, workspace, draft, editing.document, editing.plan, base.number)
    except Conflict as conflict:
        theirs = conflict.newest
        both = None
        if request.htmx and do.partition(":")[0] in _ANYWHERE:
            both = merged_alone(
                version_of(draft, base),
                version_of(draft, theirs),
                Version(conflict.document, conflict.plan, draft.provider),
            )
        if both is None:
            raise
        names = _writers(request, draft, base, theirs)
        origin = {
            "merged": theirs.number,
            "who": names,
            "for": storable(request.POST.get("page", ""))[:LONGEST_PAGE_ID],
        }
        try:
            saved = save(
                draft,
                workspace,
                both.document,
                both.plan,
                by=request.user,
                based_on=theirs.number,
                origin=origin,
            )
        except Conflict as again:  # a third one was quicker: everybody is asked
            raise Conflict(again.newest, conflict.document, conflict.plan) from None
        what = summary(changes(version_of(draft, base), version_of(draft, theirs)))
        return replace(saved, merged=Merged(names, what, base.number))


def version_of(draft: Draft, revision: Revision) -> Version:
    return Version(revision.document, revision.plan, draft.provider)


def _writers(request: WorkspaceRequest, draft: Draft, base: Revision, newest: Revision) -> str:
    """Who saved since: "Paula", "Paula and Alice"."""
    since = draft.revisions.filter(number__gt=base.number, number__lte=newest.number).select_related("by")
    names = ["you, in another window" if each.by == request.user else str(each.by or "somebody") for each in since]
    return " and ".join(dict.fromkeys(names))


def two_versions(request: WorkspaceRequest, draft: Draft, base: Revision, conflict: Conflict) -> HttpResponse:
    theirs, mine = conflict.newest, Version(conflict.document, conflict.plan, draft.provider)
    original = Version(base.document, base.plan, draft.provider)
    others = Version(theirs.document, theirs.plan, draft.provider)
    both = merged(original, others, mine)
    return _versions(
        request,
        draft,
        mine,
        theirs=theirs,
        differences=differences(original, others, mine),
        both=both and json.dumps({"document": both.document, "plan": both.plan}),
    )


def no_longer_open(request: WorkspaceRequest, draft: Draft, mine: Version) -> HttpResponse:
    newest = draft.newest
    others = Version(newest.document, newest.plan, draft.provider)
    if others == mine and not request.htmx:
        return redirect(draft)
    return _versions(request, draft, mine, theirs=newest, differences=differences(others, others, mine), is_closed=True)


def _versions(request: WorkspaceRequest, draft: Draft, mine: Version, **more: Any) -> HttpResponse:
    context = {
        "workspace": draft.workspace,
        "membership": request.membership,
        "draft": draft,
        "mine": json.dumps({"document": mine.document, "plan": mine.plan}),
        "saved_at": f"{draft.newest.at.astimezone(draft.workspace.zone):%H:%M}",
        **more,
    }
    template = "experiments/draft_conflict.html" + ("#swap" if request.htmx else "")
    return render(request, template, context, status=409)


def settle(request: WorkspaceRequest, workspace: Workspace, draft: Draft, do: str) -> HttpResponse:
    """Save what the person chose of two versions. The other one stays among the revisions."""
    version = _read_version(request.POST.get("both" if do == "keep-both" else "mine", ""), draft.provider)
    if do == "copy-mine":
        copied = start(
            workspace,
            document_module(draft.provider).from_remote(version.document),
            {key: value for key, value in version.plan.items() if key in ("goal", "measure", "sample", "tags")},
            by=request.user,
            provider=draft.provider,
            connection=draft.connection,
            from_draft=draft,
        )
        return go_to(request, copied.get_absolute_url())
    base = base_of(request, draft)
    if not draft.is_open:
        return no_longer_open(request, draft, version)
    try:
        save(draft, workspace, version.document, version.plan, by=request.user, based_on=base.number)
    except Conflict as conflict:
        return two_versions(request, draft, base, conflict)
    return go_to(request, draft.get_absolute_url())


def _read_version(text: str, provider: str) -> Version:
    document, problems = document_module(provider).read_document(text)
    inner, plan = document.get("document"), document.get("plan")
    if any(problem.severity == "error" for problem in problems) or not isinstance(inner, dict):
        raise SuspiciousOperation("This is not a version that the page had offered.")
    return Version(inner, plan if isinstance(plan, dict) else {}, provider)
