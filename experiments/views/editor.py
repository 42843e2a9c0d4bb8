"""Writing a draft: the editor and its autosave."""

import uuid
from urllib.parse import quote

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from experiments.forms.actions import LOOKS, CannotDo, Done, act, add_template, put_back
from experiments.forms.conflicts import Version
from experiments.forms.editing import Editing
from experiments.forms.editors import Editor, editor_of
from experiments.forms.saving import Conflict, Saved
from experiments.models import Draft, Revision
from experiments.models.states import HOLDS_DRAFT, Kind
from experiments.views.editor_page import EditorPage
from experiments.views.opening import (
    NOTHING_DONE,
    base_of,
    context_of,
    draft_of,
    editing_of,
    go_to,
    number_of,
    page_of,
    save_posted,
    whole_page,
)
from experiments.views.templates import variant_template
from experiments.views.versions import no_longer_open, save_or_merge, settle, two_versions
from workspaces.access import WorkspaceRequest, workspace_page
from workspaces.models import Role, Workspace

SOMEBODY_ELSE = (
    "Somebody else is signed in now than the person who wrote this. Nothing was saved. Load the page again to go on."
)
_MERGE = {"keep-mine", "keep-both", "copy-mine"}
# Buttons that save and lead to another page about the draft; what follows their colon is a variant's letter.
_ONWARD = {"save-template": "draft_template", "save-variant-template": "draft_template", "clone": "draft_clone"}


@never_cache
@require_http_methods(["GET", "POST"])
@workspace_page(Role.VIEWER)
def draft_edit(request: WorkspaceRequest, workspace: Workspace, pk: uuid.UUID) -> HttpResponse:
    """One form. Every POST saves all its fields first and then does what its button says."""
    draft = draft_of(request, workspace, pk)
    if request.method == "POST":
        return _post(request, workspace, draft)
    if not draft.is_open or not request.membership.can_edit:
        return _read_only(request, workspace, draft)
    return whole_page(request, page_of(request, workspace, draft, draft.newest))


def _read_only(request: WorkspaceRequest, workspace: Workspace, draft: Draft) -> HttpResponse:
    held_by = draft.operations.filter(kind=Kind.CREATE, state__in=HOLDS_DRAFT, undone_at=None).first()
    page = page_of(request, workspace, draft, draft.newest)
    return render(request, "experiments/draft_read.html", context_of(request, page, held_by=held_by))


# -- saving


def _post(request: WorkspaceRequest, workspace: Workspace, draft: Draft) -> HttpResponse:
    do = request.POST.get("do", "")
    if do in _MERGE:
        return settle(request, workspace, draft, do)
    if request.POST.get("person", str(request.user.pk)) != str(request.user.pk):
        raise PermissionDenied(SOMEBODY_ELSE)
    base = base_of(request, draft)
    editor = editor_of(draft.provider)
    editing = editing_of(request, draft, base)
    editor.post_form(editing, request.POST)
    if not draft.is_open:
        return no_longer_open(request, draft, Version(editing.document, editing.plan, draft.provider))
    try:
        saved = save_or_merge(request, workspace, draft, base, editing, do)
        acted, done = _act(request, workspace, draft, saved, do)
    except Conflict as conflict:
        return two_versions(request, draft, base, conflict)
    page = page_of(request, workspace, draft, acted.revision, done, acted.problems)
    status = 422 if page.plan.get("unparsed") else 200
    if do == "check" and status == 200:
        return go_to(request, reverse("draft_check", args=[workspace.slug, draft.pk]))
    verb, _, letter = do.partition(":")
    if verb in _ONWARD:
        query = f"?variant={quote(letter)}" if letter else ""
        return go_to(request, reverse(_ONWARD[verb], args=[workspace.slug, draft.pk]) + query)
    if not request.htmx:
        return whole_page(request, page, 422) if status == 422 else _after_post(request, page, saved.revision, done)
    context = context_of(request, page, done=done, merged=saved.merged, undo=_undo_of(saved.revision, done))
    is_same_form = not saved.merged and _has_same_form(editor, base, saved.revision if do else acted.revision)
    is_same_form = is_same_form and not page.falls_behind(base.document)
    context["is_new"] = acted.revision.number != base.number
    context["swap"] = page.swaps.get(done.swap, "") if is_same_form else ""
    partial = "swap" if context["swap"] else "saved" if is_same_form and not do else "body"
    response = render(request, f"experiments/draft_saved.html#{partial}", context, status=status)
    if done.position is not None:
        response.headers["HX-Replace-Url"] = page.address + page.query
    return response


def _has_same_form(editor: Editor, before: Revision, after: Revision) -> bool:
    """Whether the fields on the page are still the ones that the form has."""
    if before.number == after.number:
        return True
    return editor.fields_of(before.document, before.plan) == editor.fields_of(after.document, after.plan)


def _undo_of(saved: Revision, done: Done) -> str:
    """What Undo restores: the revision before the button, of a removed variant that variant alone ("12:1")."""
    if done.removed is not None:
        return f"{saved.number}:{done.removed}"
    return str(saved.number) if done.is_removal else ""


def _act(request: WorkspaceRequest, workspace: Workspace, draft: Draft, saved: Saved, do: str) -> tuple[Saved, Done]:
    """Do what the button says, as a revision of its own, so that what was typed before it can be restored."""
    verb, _, place = do.partition(":")
    if not do or do == "check" or verb in _ONWARD:
        return saved, NOTHING_DONE
    before = saved.revision
    editing = editing_of(request, draft, before)
    try:
        if verb in LOOKS:
            return saved, act(editing, do)
        if verb == "restore":
            done = _restore(draft, editing, do)
        elif verb == "use-template":
            done = add_template(editing, variant_template(workspace, draft.provider, place))
        else:
            done = act(editing, do)
    except CannotDo as cannot:
        return saved, Done(words=str(cannot))
    editing.finish()
    return save_posted(request, workspace, draft, editing.document, editing.plan, before.number), done


def _restore(draft: Draft, editing: Editing, do: str) -> Done:
    number, _, place = do.removeprefix("restore:").partition(":")
    earlier = draft.revisions.filter(number=number_of(number)).first()
    if earlier is None:
        raise CannotDo("This version is not there. Nothing was changed.")
    if place:
        return put_back(editing, earlier.document, earlier.plan, place)
    editing.document, editing.plan = earlier.document, dict(earlier.plan)
    return Done("It is back as it was.")


def _after_post(request: WorkspaceRequest, page: EditorPage, saved: Revision, done: Done) -> HttpResponse:
    if done.words:
        messages.info(request, done.words)
    undo = f"&undo={_undo_of(saved, done)}" if done.is_removal else ""
    sections = editor_of(page.draft.provider).SECTIONS
    step = f"#{sections.get(done.focus, sections[''])}" if done.focus else ""
    return HttpResponseRedirect(f"{page.address}{page.query}{undo}{step}", status=303)


# -- JSON
