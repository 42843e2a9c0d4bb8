"""Templates and snippets: keeping them, listing them, renaming, removing and bringing back."""

import uuid
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from experiments.forms.actions import CannotDo
from experiments.forms.editors import editor_of
from experiments.forms.templates import (
    LONGEST_NAME,
    LONGEST_SNIPPET,
    read_name,
    read_snippet,
    test_content,
    variant_content,
)
from experiments.forms.texts import NotKept, storable
from experiments.models import Draft, NameTaken, Template
from experiments.providers import PROVIDERS
from experiments.providers import document as document_module
from experiments.providers.names import plainly
from experiments.providers.shapes import Json
from workspaces.access import WorkspaceRequest, workspace_page
from workspaces.models import AuditEntry, Role, Workspace

TAKEN = "There is a {kind} of this name already. Choose another name; capital letters make no difference."
_HEADS = {
    Template.Kind.TEST: ("Tests", "A new test can start from one of these."),
    Template.Kind.VARIANT: ("Variants", "The editor adds one of these to a test, beside the button with the plus."),
    Template.Kind.SNIPPET: ("Snippets", "Pieces of text. The editor inserts them where you write."),
}


# -- the list


@require_GET
@workspace_page(Role.VIEWER)
def template_list(request: WorkspaceRequest, workspace: Workspace) -> HttpResponse:
    """Everything that the workspace keeps to start from, and what was removed."""
    held = list(workspace.templates.select_related("by"))
    sections = [
        {"kind": kind, "head": head, "words": words, "rows": _rows(held, kind)}
        for kind, (head, words) in _HEADS.items()
        if kind == Template.Kind.SNIPPET or _rows(held, kind)
    ]
    context = {
        "workspace": workspace,
        "membership": request.membership,
        "sections": sections,
        "removed": [_row(template) for template in held if template.removed_at],
        "is_empty": not any(template.removed_at is None for template in held),
    }
    return render(request, "experiments/template_list.html", context)


def _rows(held: list[Template], kind: Template.Kind) -> list[dict[str, Any]]:
    found = [template for template in held if template.kind == kind and template.removed_at is None]
    return [_row(template) for template in sorted(found, key=lambda one: one.name.casefold())]


def _row(template: Template) -> dict[str, Any]:
    provider = PROVIDERS.get(template.provider)
    return {"template": template, "provider": provider.label if provider else "", "said": said(template)}


def said(template: Template) -> str:
    """What is in a template, in a few words; a snippet says its text itself."""
    if template.kind == Template.Kind.SNIPPET or template.provider not in PROVIDERS:
        return ""
    module, content = document_module(template.provider), template.document
    if template.kind == Template.Kind.TEST:
        count = len(module.variants_of(content))
        word = PROVIDERS[template.provider].variant_word
        return f"{count} {word}{'' if count == 1 else 's'}, {', '.join(module.channels(content)) or 'no platform yet'}"
    key = editor_of(template.provider).VARIANTS
    texts = dict.fromkeys(editor_of(template.provider).searched({key: [content]}))
    return " · ".join(texts)[:200] or "No text yet"


# -- a template from a draft


@require_http_methods(["GET", "POST"])
@workspace_page(Role.EDITOR)
def draft_template(request: WorkspaceRequest, workspace: Workspace, pk: uuid.UUID) -> HttpResponse:
    """Keep a whole test, or with `variant` one of its variants, as a template."""
    draft = get_object_or_404(workspace.drafts, pk=pk)
    letter = (request.POST if request.method == "POST" else request.GET).get("variant", "")
    position = _position(draft, letter) if letter else None
    name, error = request.POST.get("name", ""), ""
    if request.method == "POST":
        try:
            template = _keep(request, draft, position, read_name(name))
        except (NotKept, NameTaken) as refused:
            kind = "template"
            error = TAKEN.format(kind=kind) if isinstance(refused, NameTaken) else str(refused)
        else:
            messages.info(request, f"Kept as the template “{plainly(template.name)}”.")
            return redirect(f"{draft.get_absolute_url()}?variant={letter}" if letter else draft)
    else:
        name = _suggested(draft, position)
    context = {
        "workspace": workspace,
        "membership": request.membership,
        "draft": draft,
        "letter": letter,
        "provider": PROVIDERS[draft.provider],
        "name": storable(name),
        "longest": LONGEST_NAME,
        "error": error,
    }
    return render(request, "experiments/draft_template.html", context, status=422 if error else 200)


def _position(draft: Draft, letter: str) -> int:
    module = document_module(draft.provider)
    letters = [module.variant_letter(place) for place in range(len(module.variants_of(draft.newest.document)))]
    if letter not in letters:
        raise Http404("The draft has no such variant.")
    return letters.index(letter)


def _suggested(draft: Draft, position: int | None) -> str:
    held: Any = draft.newest.document
    if position is not None:
        held = document_module(draft.provider).variants_of(held)[position]
    name = held.get("name") if isinstance(held, dict) else None
    return name[:LONGEST_NAME] if isinstance(name, str) else ""


def _keep(request: WorkspaceRequest, draft: Draft, position: int | None, name: str) -> Template:
    newest, provider = draft.newest, draft.provider
    template = Template(workspace=draft.workspace, provider=provider, by=request.user)
    if position is None:
        template.kind = Template.Kind.TEST
        content, template.plan = test_content(newest.document, newest.plan, provider)
    else:
        template.kind = Template.Kind.VARIANT
        content = variant_content(newest.document, position, provider, editor_of(provider).VARIANTS)
    _write(request, template, "template.new", name, content)
    return template


def _write(request: WorkspaceRequest, template: Template, action: str, name: str, content: Json | None) -> None:
    """Save and record it with what it was before, both or neither. Raises NameTaken."""
    before = {} if template._state.adding else {"from": _kept(template)}
    with transaction.atomic():
        template.write(name=name, document=content)
        AuditEntry.record(template.workspace, action, by=request.user, target=template, kind=template.kind, **before)


def _kept(template: Template) -> Json:
    return {"name": template.name, **({"text": template.text} if template.kind == Template.Kind.SNIPPET else {})}


# -- snippets, names, removing


@require_http_methods(["GET", "POST"])
@workspace_page(Role.EDITOR)
def snippet_new(request: WorkspaceRequest, workspace: Workspace) -> HttpResponse:
    """A new piece of text."""
    snippet = Template(workspace=workspace, kind=Template.Kind.SNIPPET, by=request.user, document_text='{"text": ""}')
    return _edit(request, snippet, is_new=True)


@require_http_methods(["GET", "POST"])
@workspace_page(Role.EDITOR)
def template_edit(request: WorkspaceRequest, workspace: Workspace, pk: uuid.UUID) -> HttpResponse:
    """Rename a template, write a snippet's text anew, remove either or bring it back."""
    template = get_object_or_404(workspace.templates, pk=pk)
    template.workspace = workspace
    do = request.POST.get("do", "")
    if do == "remove":
        return _remove(request, template)
    if do == "restore":
        return _bring_back(request, template)
    return _edit(request, template)


def _edit(request: WorkspaceRequest, template: Template, *, is_new: bool = False) -> HttpResponse:
    is_snippet = template.kind == Template.Kind.SNIPPET
    name, text, errors = template.name, template.text if is_snippet else "", {}
    if request.method == "POST":
        name, text = request.POST.get("name", ""), request.POST.get("text", "")
        errors = _save(request, template, name, text, is_new=is_new)
        if not errors:
            messages.info(request, f"“{plainly(template.name)}” is saved.")
            return redirect("template_list", template.workspace.slug)
    context = {
        "workspace": template.workspace,
        "membership": request.membership,
        "template": template,
        "is_new": is_new,
        "is_snippet": is_snippet,
        "name": storable(name),
        "lines": f"\n{storable(text)}",  # HTML drops the first line end in a text area
        "longest": {"name": LONGEST_NAME, "text": LONGEST_SNIPPET},
        "errors": errors,
    }
    return render(request, "experiments/template_edit.html", context, status=422 if errors else 200)


def _save(request: WorkspaceRequest, template: Template, name: str, text: str, *, is_new: bool) -> dict[str, str]:
    """What is wrong by field; nothing where it is saved."""
    errors, read_as, content = {}, "", None
    try:
        read_as = read_name(name)
    except NotKept as refused:
        errors["name"] = str(refused)
    try:
        content = read_snippet(text) if template.kind == Template.Kind.SNIPPET else None
    except NotKept as refused:
        errors["text"] = str(refused)
    if not errors:
        try:
            _write(request, template, "template.new" if is_new else "template.change", read_as, content)
        except NameTaken:
            kind = "snippet" if template.kind == Template.Kind.SNIPPET else "template"
            errors["name"] = TAKEN.format(kind=kind)
    return errors


def _remove(request: WorkspaceRequest, template: Template) -> HttpResponse:
    with transaction.atomic():
        if template.remove():
            AuditEntry.record(template.workspace, "template.remove", by=request.user, target=template)
    messages.info(request, f"“{plainly(template.name)}” is removed. You can bring it back below.")
    return redirect(f"{reverse('template_list', args=[template.workspace.slug])}#removed")


def _bring_back(request: WorkspaceRequest, template: Template) -> HttpResponse:
    try:
        with transaction.atomic():
            if template.bring_back():
                AuditEntry.record(template.workspace, "template.restore", by=request.user, target=template)
    except NameTaken:
        words = f"“{plainly(template.name)}” is not back: another one has this name now. Rename one of them first."
        messages.warning(request, words)
    else:
        messages.info(request, f"“{plainly(template.name)}” is back.")
    return redirect("template_list", template.workspace.slug)


# -- for the editor


def variant_template(workspace: Workspace, provider: str, id: str) -> Template:
    """The variant's template with this id. CannotDo where it is none of this workspace and provider."""
    try:
        pk = uuid.UUID(id)
    except ValueError:
        raise CannotDo("This template is not known here. Nothing was changed.") from None
    found = workspace.templates.filter(kind=Template.Kind.VARIANT, provider=provider, removed_at=None, pk=pk).first()
    if found is None:
        raise CannotDo("This template is no longer there. Nothing was changed.")
    return found
