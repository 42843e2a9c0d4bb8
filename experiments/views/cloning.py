"""Copying a test to another connection or workspace of the same provider, with a choice for everything it names."""

import uuid
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import F
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from experiments.forms import mapping
from experiments.forms.mapping import Outcome, Refused
from experiments.forms.saving import start
from experiments.forms.texts import storable
from experiments.models import Draft, Experiment, Revision
from experiments.providers import PROVIDERS
from experiments.providers.names import plainly
from experiments.providers.references import Choice, Name, Reference
from experiments.providers.shapes import Json
from experiments.views.drafts import copied
from workspaces.access import WorkspaceRequest, workspace_page
from workspaces.models import AuditEntry, Connection, Role, Workspace

MOST_READ = 2_000  # the newest tests, and as many drafts, of the other connection
_KEPT_PLAN = ("goal", "measure", "sample", "tags")
_WRITES = [role for role in Role if role.allows(Role.EDITOR)]


@dataclass(frozen=True)
class Source:
    """What is copied. `document` is the copy's already: without ids, time and marker, and with its new name."""

    workspace: Workspace
    held: Draft | Experiment
    document: Json
    plan: Json

    @property
    def provider(self) -> str:
        return self.held.provider


@require_http_methods(["GET", "POST"])
@workspace_page(Role.EDITOR)
def draft_clone(request: WorkspaceRequest, workspace: Workspace, pk: uuid.UUID) -> HttpResponse:
    """Copy a draft to another connection."""
    draft = get_object_or_404(workspace.drafts.select_related("connection"), pk=pk)
    newest = draft.newest
    plan = {key: newest.plan[key] for key in _KEPT_PLAN if newest.plan.get(key)}
    return _clone(request, Source(workspace, draft, copied(newest.document, draft.provider), plan))


@require_http_methods(["GET", "POST"])
@workspace_page(Role.EDITOR)
def experiment_clone(request: WorkspaceRequest, workspace: Workspace, pk: uuid.UUID) -> HttpResponse:
    """Copy a test that a provider holds to another connection, as a draft."""
    held = get_object_or_404(workspace.experiments.select_related("connection"), pk=pk)
    plan = {"tags": held.tags} if held.tags else {}
    return _clone(request, Source(workspace, held, copied(held.raw, held.provider), plan))


def _clone(request: WorkspaceRequest, source: Source) -> HttpResponse:
    targets = _targets(request, source)
    chosen = (request.POST if request.method == "POST" else request.GET).get("to", "")
    if not chosen:
        return _choose(request, source, targets)
    target = next((one for one in targets if str(one.pk) == chosen), None)
    if target is None:
        raise Http404("No such connection for you.")
    return _Mapping(request, source, target).answer()


def _targets(request: WorkspaceRequest, source: Source) -> list[Connection]:
    """The connections of the same provider, of the workspaces in which this person may write; not its own.

    Those of the workspace that the person is in come first.
    """
    found = Connection.objects.filter(
        workspace__memberships__user=request.user,
        workspace__memberships__role__in=_WRITES,
        provider=source.provider,
        is_removed=False,
    )
    if source.held.connection_id:
        found = found.exclude(pk=source.held.connection_id)
    ranked = found.select_related("workspace").order_by("workspace__name", "name", "pk")
    return sorted(ranked, key=lambda one: one.workspace_id != source.workspace.pk)


def _choose(request: WorkspaceRequest, source: Source, targets: list[Connection]) -> HttpResponse:
    context = {
        **_frame(request, source),
        "targets": targets,
        "error": "Choose a connection." if request.method == "POST" else "",
    }
    return render(request, "experiments/draft_clone.html", context, status=422 if context["error"] else 200)


def _frame(request: WorkspaceRequest, source: Source) -> dict[str, Any]:
    return {
        "workspace": source.workspace,
        "membership": request.membership,
        "source": source.held,
        "provider": PROVIDERS[source.provider],
    }


class _Mapping:
    """One look at, or one press on, the page that asks what becomes of each name."""

    def __init__(self, request: WorkspaceRequest, source: Source, target: Connection) -> None:
        self.request, self.source, self.target = request, source, target
        self.data: QueryDict = request.POST
        self.do = request.POST.get("do", "look") if request.method == "POST" else ""
        self.found = mapping.references(source.document, source.provider)
        self.choices: dict[Name, Choice] = {}
        self.errors: dict[str, str] = {}
        self.refusal = ""
        self.outcome: Outcome | None = None

    @cached_property
    def seen(self) -> dict[Name, int]:
        """What tests and drafts there name. Thousands may be read for it, so only where the page shows it."""
        return mapping.seen_names(_documents_of(self.target), self.source.provider) if self.found else {}

    def answer(self) -> HttpResponse:
        if not self.do:
            return self._page()
        self.choices, self.errors = mapping.read_choices(self.found, self.data, "keep" if self.do == "keep" else "")
        if self.do == "look":
            self._look()
            self.errors = {}
            return self._page()
        if not self.errors:
            self._look()
        if self.errors or self.refusal or self.outcome is None or self._is_unseen(self.outcome):
            return self._page(422)
        return self._copy(self.outcome.document)

    def _look(self) -> None:
        try:
            self.outcome = mapping.outcome(self.source.document, self.choices, self.source.provider)
        except Refused as refused:
            self.refusal = str(refused)

    def _is_unseen(self, outcome: Outcome) -> bool:
        """Whether the audience changes and this person has not been shown exactly how, or has not agreed to more."""
        if outcome.wider:
            return self.data.get("wider", "") != outcome.token
        return outcome.is_changed and self.data.get("shown", "") != outcome.token

    def _copy(self, document: Json) -> HttpResponse:
        source, target, by = self.source, self.target, self.request.user
        is_draft, is_same = isinstance(source.held, Draft), source.workspace.pk == target.workspace_id
        # What it was copied from is named on its page, so only where its readers may see that too.
        origin = {"from_draft" if is_draft else "from_experiment": source.held} if is_same else {}
        with transaction.atomic():
            # Both chains are written: in one order, so that two copies that cross do not wait for each other.
            both = Workspace.objects.filter(pk__in=[source.workspace.pk, target.workspace_id])
            list(both.order_by("pk").select_for_update())
            draft = start(
                target.workspace,
                document,
                source.plan,
                by=by,
                provider=source.provider,
                connection=target,
                **origin,
            )
            out = {"into": str(target.workspace), "connection": str(target), "draft": str(draft.pk)}
            AuditEntry.record(source.workspace, "draft.clone.out", by=by, target=source.held, **out)
            came = {"out_of": str(source.workspace), "source": str(source.held.pk)}
            AuditEntry.record(target.workspace, "draft.clone", by=by, target=draft, **came)
        where = f"{plainly(target.name)} of {plainly(target.workspace.name)}"
        messages.info(self.request, f"This is the copy, for {where}. It has no time yet, and nothing was sent.")
        return redirect(draft)

    # -- the page

    def _page(self, status: int = 200) -> HttpResponse:
        context = {
            **_frame(self.request, self.source),
            "target": self.target,
            "errors": self.errors,
            "refusal": self.refusal,
            "outcome": self.outcome,
            "wider": [self._called(name) for name in self.outcome.wider] if self.outcome else [],
            "is_asked": status == 422 and not self.errors and not self.refusal,
        }
        if self.request.htmx and self.do == "look":
            return render(self.request, "experiments/draft_clone.html#outcome", context)
        return render(self.request, "experiments/draft_clone.html", context | self._rows(), status=status)

    def _rows(self) -> dict[str, Any]:
        rows = [self._row(reference) for reference in self.found]
        return {
            "rows": [row for row in rows if not row["is_seen"]],
            "seen_rows": [row for row in rows if row["is_seen"]],
            "open_seen": any(row["is_seen"] and (row["error"] or row["how"] != "keep") for row in rows),
            "suggestions": mapping.suggestions(self.seen, dict.fromkeys(one.name.kind for one in self.found)),
        }

    def _row(self, reference: Reference) -> dict[str, Any]:
        name, id = reference.name, mapping.id_of(reference.name)
        is_seen, new = name in self.seen, mapping.typed(self.data, id)
        default = "keep" if is_seen or self.do == "keep" else ""
        return {
            "id": id,
            "kind": mapping.kind_label(name.kind, self.source.provider),
            "list": name.kind,
            "name": name,
            "places": mapping.places(reference),
            "is_seen": is_seen,
            "count": self.seen.get(name, 0),
            "how": self.data.get(f"how:{id}", default) or ("replace" if new else ""),
            "new": new,
            "can_replace": reference.can_replace,
            "can_leave_out": reference.can_leave_out,
            "error": self.errors.get(id, ""),
        }

    def _called(self, name: Name) -> str:
        return f"{mapping.kind_label(name.kind, self.source.provider).lower()} “{plainly(storable(name.value))}”"


def _documents_of(target: Connection) -> list[str]:
    """The newest tests that the mirror holds of a connection, and the newest versions of its drafts, as JSON texts."""
    tests = Experiment.objects.filter(connection=target).order_by("-when_at").values_list("raw_text", flat=True)
    drafts = Revision.objects.filter(draft__connection=target, draft__removed_at=None, number=F("draft__number"))
    texts = drafts.order_by("-at").values_list("document_text", flat=True)
    return [*tests[:MOST_READ], *texts[:MOST_READ]]
