"""Writing a draft: the editor, its autosave, and the exact document as JSON."""

import json
import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from experiments.forms.actions import CannotDo, Done, act
from experiments.forms.conflicts import Version, differences, merged
from experiments.forms.drafts import Editing
from experiments.forms.editors import editor_of
from experiments.forms.saving import Conflict, Saved, save, start
from experiments.forms.texts import storable
from experiments.models import Draft, Revision
from experiments.models.states import HOLDS_DRAFT, Kind
from experiments.providers import PROVIDERS
from experiments.providers import document as document_module
from experiments.providers import samples as samples_module
from experiments.providers.shapes import Json, Problem
from experiments.views.editor_page import EditorPage
from experiments.views.message_page import MessagePage
from experiments.views.paywall_page import PaywallPage
from experiments.views.plain_page import PlainPage
from workspaces.access import REASONS, WorkspaceRequest, workspace_page
from workspaces.models import Role, Workspace

PAGES: dict[str, type[EditorPage]] = {"airship": MessagePage, "qonversion": PaywallPage}
LONGEST_PAGE_ID = 40
NOTHING_DONE = Done()
SAMPLES = (("curl", "curl"), ("python", "Python"), ("ruby", "Ruby"), ("java", "Java"))
_MERGE = {"keep-mine", "keep-both", "copy-mine"}


@never_cache
@require_http_methods(["GET", "POST"])
@workspace_page(Role.VIEWER)
def draft_edit(request: WorkspaceRequest, workspace: Workspace, pk: uuid.UUID) -> HttpResponse:
    """One form. Every POST saves all its fields first and then does what its button says."""
    draft = _draft(request, workspace, pk)
    if request.method == "POST":
        return _post(request, workspace, draft)
    if not draft.is_open or not request.membership.can_edit:
        return _read_only(request, workspace, draft)
    return _whole_page(request, _page(request, workspace, draft, draft.newest))


def _draft(request: WorkspaceRequest, workspace: Workspace, pk: uuid.UUID) -> Draft:
    draft: Draft = get_object_or_404(workspace.drafts.select_related("connection", "owner"), pk=pk)
    draft.workspace = workspace
    if request.method == "POST" and not request.membership.can_edit:
        raise PermissionDenied(REASONS[Role.EDITOR])
    return draft


def _page(
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
    )


def _context(request: WorkspaceRequest, page: EditorPage, **more: Any) -> dict[str, Any]:
    undo = request.GET.get("undo", "")
    return {
        "workspace": page.workspace,
        "membership": request.membership,
        "draft": page.draft,
        "revision": page.revision,
        "page": page,
        "page_id": storable(request.POST.get("page", ""))[:LONGEST_PAGE_ID] or uuid.uuid4().hex,
        "turn": _number(request.POST.get("turn")),
        "undo": undo if undo.isascii() and undo.isdecimal() else "",
        **more,
    }


def _whole_page(request: WorkspaceRequest, page: EditorPage, status: int = 200, **more: Any) -> HttpResponse:
    return render(request, "experiments/draft_edit.html", _context(request, page, **more), status=status)


def _read_only(request: WorkspaceRequest, workspace: Workspace, draft: Draft) -> HttpResponse:
    held_by = draft.operations.filter(kind=Kind.CREATE, state__in=HOLDS_DRAFT, undone_at=None).first()
    page = _page(request, workspace, draft, draft.newest)
    return render(request, "experiments/draft_read.html", _context(request, page, held_by=held_by))


# -- saving


def _post(request: WorkspaceRequest, workspace: Workspace, draft: Draft) -> HttpResponse:
    do = request.POST.get("do", "")
    if do in _MERGE:
        return _settle_conflict(request, workspace, draft, do)
    base = _base(request, draft)
    editor = editor_of(draft.provider)
    editing = _editing(request, draft, base)
    editor.post_form(editing, request.POST)
    if not draft.is_open:
        return _closed(request, draft, Version(editing.document, editing.plan, draft.provider))
    try:
        saved = _save(request, workspace, draft, editing.document, editing.plan, base.number)
        acted, done = _act(request, workspace, draft, saved, do)
    except Conflict as conflict:
        return _conflict(request, draft, base, conflict)
    page = _page(request, workspace, draft, acted.revision, done, acted.problems)
    status = 422 if page.plan.get("unparsed") else 200
    if do == "check" and status == 200:
        return _go(request, reverse("draft_check", args=[workspace.slug, draft.pk]))
    if not request.htmx:
        return _whole_page(request, page, 422) if status == 422 else _after_post(request, page, saved.revision, done)
    is_same_form = not do and editor.fields_of(base.document, base.plan) == editor.fields_of(page.document, page.plan)
    partial = "saved" if is_same_form else "body"
    context = _context(request, page, done=done, undo=str(saved.revision.number) if done.is_removal else "")
    response = render(request, f"experiments/draft_saved.html#{partial}", context, status=status)
    if done.position is not None:
        response.headers["HX-Replace-Url"] = page.address + page.query
    return response


def _editing(request: WorkspaceRequest, draft: Draft, revision: Revision) -> Editing:
    return Editing.of(
        revision.document,
        revision.plan,
        draft.workspace.zone,
        can_publish=request.membership.can_publish,
        provider=draft.provider,
    )


def _go(request: WorkspaceRequest, address: str) -> HttpResponse:
    """To another page, by the browser itself also where htmx asked."""
    if request.htmx:
        return HttpResponse(headers={"HX-Redirect": address})
    return HttpResponseRedirect(address, status=303)


def _base(request: WorkspaceRequest, draft: Draft) -> Revision:
    """The revision that the form was made from. What it does not name cannot be saved against anything."""
    number = _number(request.POST.get("revision"))
    base = draft.revisions.filter(number=number).first()
    if base is None:
        raise SuspiciousOperation("The form names no revision of this draft.")
    return base


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 10 else 0


def _save(
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
        turn=_number(request.POST.get("turn")),
    )


def _act(request: WorkspaceRequest, workspace: Workspace, draft: Draft, saved: Saved, do: str) -> tuple[Saved, Done]:
    """Do what the button says, as a revision of its own, so that what was typed before it can be restored."""
    if not do or do == "check":
        return saved, NOTHING_DONE
    before = saved.revision
    editing = _editing(request, draft, before)
    try:
        done = _restore(draft, editing, do) if do.startswith("restore:") else act(editing, do)
    except CannotDo as cannot:
        return saved, Done(words=str(cannot))
    editing.finish()
    return _save(request, workspace, draft, editing.document, editing.plan, before.number), done


def _restore(draft: Draft, editing: Editing, do: str) -> Done:
    earlier = draft.revisions.filter(number=_number(do.removeprefix("restore:"))).first()
    if earlier is None:
        raise CannotDo("This version is not there. Nothing was changed.")
    editing.document, editing.plan = earlier.document, dict(earlier.plan)
    return Done("It is back as it was.")


def _after_post(request: WorkspaceRequest, page: EditorPage, saved: Revision, done: Done) -> HttpResponse:
    if done.words:
        messages.info(request, done.words)
    undo = f"&undo={saved.number}" if done.is_removal else ""
    sections = editor_of(page.draft.provider).SECTIONS
    step = f"#{sections.get(done.focus, sections[''])}" if done.focus else ""
    return HttpResponseRedirect(f"{page.address}{page.query}{undo}{step}", status=303)


# -- two versions


def _conflict(request: WorkspaceRequest, draft: Draft, base: Revision, conflict: Conflict) -> HttpResponse:
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


def _closed(request: WorkspaceRequest, draft: Draft, mine: Version) -> HttpResponse:
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


def _settle_conflict(request: WorkspaceRequest, workspace: Workspace, draft: Draft, do: str) -> HttpResponse:
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
        return _go(request, copied.get_absolute_url())
    base = _base(request, draft)
    if not draft.is_open:
        return _closed(request, draft, version)
    try:
        save(draft, workspace, version.document, version.plan, by=request.user, based_on=base.number)
    except Conflict as conflict:
        return _conflict(request, draft, base, conflict)
    return _go(request, draft.get_absolute_url())


def _read_version(text: str, provider: str) -> Version:
    document, problems = document_module(provider).read_document(text)
    inner, plan = document.get("document"), document.get("plan")
    if any(problem.severity == "error" for problem in problems) or not isinstance(inner, dict):
        raise SuspiciousOperation("This is not a version that the page had offered.")
    return Version(inner, plan if isinstance(plan, dict) else {}, provider)


# -- JSON


@never_cache
@require_http_methods(["GET", "POST"])
@workspace_page(Role.VIEWER)
def draft_json(request: WorkspaceRequest, workspace: Workspace, pk: uuid.UUID) -> HttpResponse:
    """The exact document, as text that can be edited; the same rules, and the same care for two writers."""
    draft = _draft(request, workspace, pk)
    if request.method == "POST":
        return _post_json(request, workspace, draft)
    return _json_page(request, workspace, draft, draft.newest)


def _post_json(request: WorkspaceRequest, workspace: Workspace, draft: Draft) -> HttpResponse:
    base = _base(request, draft)
    text = request.POST.get("document", "")
    document, problems = document_module(draft.provider).read_document(text)
    if any(problem.severity == "error" for problem in problems):
        return _json_page(request, workspace, draft, base, text=storable(text), refused=problems, status=422)
    plan = {key: value for key, value in base.plan.items() if key != "unparsed"}
    if document != base.document:
        editor_of(draft.provider).follow_document(document, plan, workspace.zone)
    if not draft.is_open:
        return _closed(request, draft, Version(document, plan, draft.provider))
    try:
        _save(request, workspace, draft, document, plan, base.number)
    except Conflict as conflict:
        return _conflict(request, draft, base, conflict)
    messages.info(request, "The JSON is saved.")
    return redirect("draft_json", workspace.slug, draft.pk)


def _json_page(
    request: WorkspaceRequest, workspace: Workspace, draft: Draft, revision: Revision, status: int = 200, **more: Any
) -> HttpResponse:
    page = _page(request, workspace, draft, revision)
    sample = request.GET.get("as", "")
    more = {"lines": f"\n{more.pop('text', page.json_text)}", "samples": SAMPLES} | more
    if sample in dict(SAMPLES):
        more |= {"sample": sample, "sample_text": _sample(draft, page.document, sample)}
    context = _context(request, page, can_write=draft.is_open and request.membership.can_edit, **more)
    return render(request, "experiments/draft_json.html", context, status=status)


def _sample(draft: Draft, document: Json, name: str) -> str:
    """The equal call in one language, to the host of the draft's connection, with a placeholder for the secret."""
    connection, provider = draft.connection, PROVIDERS[draft.provider]
    hosts = {region.code: region.host for region in provider.regions}
    host = hosts.get(connection.region if connection else "", provider.regions[0].host)
    samples = samples_module(draft.provider)
    write = {"curl": samples.curl, "python": samples.python, "ruby": samples.ruby, "java": samples.java}[name]
    text = document_module(draft.provider).to_bytes(document).decode()
    key = connection.key if connection else f"<{provider.key_label.lower()}>"
    return write(text, f"{host}{samples.PATH}", key)
