"""The versions of a draft: who saved what and when, what differs, and bringing one back."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.contrib import messages
from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from experiments.forms.changes import changes, shortened, summary
from experiments.forms.conflicts import Version
from experiments.forms.editors import editor_of
from experiments.forms.saving import Conflict, save
from experiments.models import Draft, Revision
from experiments.views.opening import draft_of, number_of
from experiments.views.versions import version_of
from workspaces.access import WorkspaceRequest, workspace_page
from workspaces.models import Role, Workspace

SPAN = timedelta(minutes=5)  # saves of one person within it are one entry
ENTRIES = 20  # a page
ROWS = 600  # light rows read for one page; somebody who types is saved about once a second or two


@dataclass
class Save:
    """One revision without its document."""

    number: int
    at: datetime
    by: int | None
    who: str


@dataclass
class Entry:
    """Consecutive saves of one person, newest first, and what they changed together."""

    saves: list[Save] = field(default_factory=list)
    words: str = ""
    origin: str = ""

    @property
    def newest(self) -> Save:
        return self.saves[0]

    @property
    def oldest(self) -> Save:
        return self.saves[-1]

    @property
    def before(self) -> int:
        """The version that the entry is compared with: the one before it, or the first one with itself."""
        return max(self.oldest.number - 1, 1)

    def takes(self, save: Save) -> bool:
        return not self.saves or (self.newest.by == save.by and abs(self.newest.at - save.at) <= SPAN)


@never_cache
@require_GET
@workspace_page(Role.VIEWER)
def draft_history(request: WorkspaceRequest, workspace: Workspace, pk: uuid.UUID) -> HttpResponse:
    """Newest first, a page at a time by number. Only the documents at the ends of the entries shown are read."""
    draft = draft_of(request, workspace, pk)
    before = number_of(request.GET.get("before"))
    entries, older = _entries(draft, before)
    _describe(draft, entries)
    context = {
        "workspace": workspace,
        "membership": request.membership,
        "draft": draft,
        "entries": entries,
        "older": older,
        "before": before,
        "restored": None if before else _restored(draft),
        "can_restore": draft.is_open and request.membership.can_edit,
    }
    return render(request, "experiments/draft_history.html", context)


def _entries(draft: Draft, before: int) -> tuple[list[Entry], int]:
    """The entries of one page, and the number before which the next page begins (0: there is none)."""
    rows = draft.revisions.order_by("-number").values_list("number", "at", "by", "by__name", "by__email")
    if before:
        rows = rows.filter(number__lt=before)
    entries: list[Entry] = []
    last = 0
    for number, at, by, name, email in rows[:ROWS]:
        save = Save(number, at, by, name or email or "Somebody")
        if not entries or not entries[-1].takes(save):
            if len(entries) == ENTRIES:
                break
            entries.append(Entry())
        entries[-1].saves.append(save)
        last = number
    return entries, last if last > 1 else 0


def _describe(draft: Draft, entries: list[Entry]) -> None:
    wanted = {entry.newest.number for entry in entries} | {entry.before for entry in entries}
    found = {revision.number: revision for revision in draft.revisions.filter(number__in=wanted)}
    for entry in entries:
        newest, before = found[entry.newest.number], found[entry.before]
        entry.origin = _origin(newest)
        words = summary(changes(version_of(draft, before), version_of(draft, newest)))
        is_first = entry.oldest.number == 1
        entry.words = "Begun" if newest is before else f"Begun; {words}" if is_first else words


def _origin(revision: Revision) -> str:
    """Where a revision came from that nobody typed as it is."""
    saved_from = revision.plan.get("saved_from") or {}
    if saved_from.get("restored"):
        return f"Version {saved_from['restored']} was brought back."
    if saved_from.get("merged"):
        return f"Put together with version {saved_from['merged']} by {saved_from.get('who') or 'somebody'}."
    return ""


def _restored(draft: Draft) -> int:
    """The version that the newest one brought back, 0 where it is a version of its own."""
    saved_from = draft.newest.plan.get("saved_from") or {}
    return int(saved_from.get("restored") or 0)


@never_cache
@require_http_methods(["GET", "POST"])
@workspace_page(Role.VIEWER)
def draft_version(request: WorkspaceRequest, workspace: Workspace, pk: uuid.UUID, number: int) -> HttpResponse:
    """One version against the one before it, the newest, or any other."""
    draft = draft_of(request, workspace, pk)
    revision = draft.revisions.filter(number=number).select_related("by").first()
    if revision is None:
        raise Http404("No such version.")
    if request.method == "POST":
        return _restore(request, workspace, draft, revision)
    other = _other(draft, revision, request.GET.get("with", ""))
    old, new = sorted([revision, other], key=lambda each: each.number) if other else (None, revision)
    found = changes(version_of(draft, old) if old else _nothing(draft), version_of(draft, new))
    context = {
        "workspace": workspace,
        "membership": request.membership,
        "draft": draft,
        "revision": revision,
        "origin": _origin(revision),
        "other": other,
        "old": old,
        "new": new,
        "changes": [(change, shortened(change.pieces)) for change in found],
        "is_newest": revision.number == draft.number,
        "can_restore": draft.is_open and request.membership.can_edit and revision.number != draft.number,
        "previous": revision.number - 1,
        "following": revision.number + 1 if revision.number < draft.number else 0,
        "is_with_newest": other is not None and other.number == draft.number,
        "is_with_another": other is not None and other.number not in (draft.number, revision.number - 1),
    }
    return render(request, "experiments/draft_version.html", context)


def _nothing(draft: Draft) -> Version:
    return Version({editor_of(draft.provider).VARIANTS: []}, {}, draft.provider)


def _other(draft: Draft, revision: Revision, wanted: str) -> Revision | None:
    """What to compare with: "newest", a number, else the version before. None for the first version alone."""
    number = draft.number if wanted == "newest" else number_of(wanted) or revision.number - 1
    if number == revision.number:
        number -= 1
    return draft.revisions.filter(number=number).select_related("by").first()


def _restore(request: WorkspaceRequest, workspace: Workspace, draft: Draft, revision: Revision) -> HttpResponse:
    """Append the version as the newest one. What the draft said until now stays a version too."""
    based_on = number_of(request.POST.get("revision"))
    if request.POST.get("do") != "restore" or not based_on:
        raise SuspiciousOperation("The form does not say what to bring back.")
    if not draft.is_open:
        messages.warning(request, "This test is no longer a draft. Nothing was brought back.")
        return redirect("draft_history", workspace.slug, draft.pk)
    plan = {key: value for key, value in revision.plan.items() if key != "saved_from"}
    origin = {"restored": revision.number}
    before = draft.number
    try:
        save(draft, workspace, revision.document, plan, by=request.user, based_on=based_on, origin=origin)
    except Conflict as conflict:
        who = conflict.newest.by or "Somebody"
        words = f"{who} saved version {conflict.newest.number} meanwhile. Nothing was brought back. Look at it first."
        messages.warning(request, words)
        address = reverse("draft_version", args=[workspace.slug, draft.pk, revision.number])
        return redirect(f"{address}?with=newest")
    if draft.number == before:
        messages.info(request, f"Version {revision.number} says the same as the newest one. Nothing was changed.")
    return redirect("draft_history", workspace.slug, draft.pk)
