"""Two versions of one draft: what differs, and what the person chooses."""

import json
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.http import HttpResponse
from django.shortcuts import redirect, render

from experiments.forms.conflicts import Version, differences, merged
from experiments.forms.saving import Conflict, save, start
from experiments.models import Draft, Revision
from experiments.providers import document as document_module
from experiments.views.opening import base_of, go_to
from workspaces.access import WorkspaceRequest
from workspaces.models import Workspace


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
            {key: value for key, value in version.plan.items() if key in ("goal", "measure", "tags")},
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
