"""The exact document of a draft as JSON, and the equal call in four languages."""

import dataclasses
import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_GET, require_http_methods

from experiments.forms.conflicts import Version
from experiments.forms.editors import editor_of
from experiments.forms.saving import Conflict
from experiments.forms.texts import storable
from experiments.models import Draft, Revision
from experiments.providers import PROVIDERS, completion
from experiments.providers import document as document_module
from experiments.providers import samples as samples_module
from experiments.providers.shapes import Fitting, Json, Problem
from experiments.views.editor_page import EditorPage
from experiments.views.opening import base_of, context_of, draft_of, page_of, save_posted
from experiments.views.part import Part, placed
from experiments.views.versions import no_longer_open, two_versions
from workspaces.access import WorkspaceRequest, workspace_page
from workspaces.models import Role, Workspace

SAMPLES = (("curl", "curl"), ("python", "Python"), ("ruby", "Ruby"), ("java", "Java"))
_KEPT = 3600  # seconds that a browser keeps what fits at a place; it changes with a release only
_LONGEST_POINTER = 2000


@never_cache
@require_http_methods(["GET", "POST"])
@workspace_page(Role.VIEWER)
def draft_json(request: WorkspaceRequest, workspace: Workspace, pk: uuid.UUID) -> HttpResponse:
    """The exact document, as text that can be edited; the same rules, and the same care for two writers."""
    draft = draft_of(request, workspace, pk)
    if request.method == "POST":
        return _post_json(request, workspace, draft)
    return _json_page(request, workspace, draft, draft.newest)


@require_GET
@cache_control(private=True, max_age=_KEPT)
@workspace_page(Role.VIEWER)
def draft_keys(request: WorkspaceRequest, workspace: Workspace, pk: uuid.UUID) -> HttpResponse:
    """What fits at a place (`at`, a pointer) of the document: its keys, and values where only some are known."""
    draft = draft_of(request, workspace, pk)
    module = completion(draft.provider)
    found = module.fitting(request.GET.get("at", "")[:_LONGEST_POINTER]) if module else Fitting()
    return JsonResponse(dataclasses.asdict(found))


def _post_json(request: WorkspaceRequest, workspace: Workspace, draft: Draft) -> HttpResponse:
    base = base_of(request, draft)
    text = request.POST.get("document", "")
    document, problems = document_module(draft.provider).read_document(text)
    if any(problem.severity == "error" for problem in problems):
        return _json_page(request, workspace, draft, base, text=storable(text), refused=problems, status=422)
    plan = {key: value for key, value in base.plan.items() if key != "unparsed"}
    if document != base.document:
        editor_of(draft.provider).follow_document(document, plan, workspace.zone)
    if not draft.is_open:
        return no_longer_open(request, draft, Version(document, plan, draft.provider))
    try:
        save_posted(request, workspace, draft, document, plan, base.number)
    except Conflict as conflict:
        return two_versions(request, draft, base, conflict)
    messages.info(request, "The JSON is saved.")
    return redirect("draft_json", workspace.slug, draft.pk)


def _json_page(
    request: WorkspaceRequest, workspace: Workspace, draft: Draft, revision: Revision, status: int = 200, **more: Any
) -> HttpResponse:
    page = page_of(request, workspace, draft, revision)
    sample = request.GET.get("as", "")
    can_write = draft.is_open and request.membership.can_edit
    part = _whole(page, more.pop("text", page.json_text), more.get("refused"), can_write=can_write)
    more = {"part": part, "samples": SAMPLES} | more
    if sample in dict(SAMPLES):
        more |= {"sample": sample, "sample_text": _sample(draft, page.document, sample)}
    context = context_of(request, page, can_write=can_write, **more)
    return render(request, "experiments/draft_json.html", context, status=status)


def _whole(page: EditorPage, text: str, refused: tuple[Problem, ...] | None, *, can_write: bool) -> Part:
    """The whole document in one text area. `refused` are the mistakes of a text that was not saved."""
    found = [(problem, problem.severity) for problem in refused] if refused else page.marks.problems
    return Part(
        pointer="",
        id="document",
        name="document",
        label="Document",
        text=text,
        problems=placed(text, [(problem, kind) for problem, kind in found if problem.code != "unread"]),
        is_completed=can_write and completion(page.draft.provider) is not None,
        is_readonly=not can_write,
    )


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
