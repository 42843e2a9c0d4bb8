"""The list of tests and the page of one test."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from experiments import mirror, tasks, words
from experiments.models import Status
from experiments.models.counts import Counts, Overview, Reading, look_over, shown
from experiments.models.listing import NOT_STARTED, SIZES, SORTS, Leaf, leaf
from experiments.providers import PROVIDERS
from experiments.templatetags.tests import test_rows
from experiments.views import details, filters
from experiments.views.filters import Filters
from experiments.views.freshness import freshness
from workspaces.access import WorkspaceRequest, workspace_page
from workspaces.models import Connection, Role, Workspace

READ_AT_MOST_EVERY = 10  # seconds, for each workspace
TABS = {
    "": "All",
    Status.DRAFT.value: "Drafts",
    NOT_STARTED: "Not started",
    Status.SCHEDULED.value: "Scheduled",
    Status.SENDING.value: "Sending",
    "attention": "Needs attention",
    Status.RUNNING.value: "Running",
    Status.PAUSED.value: "Paused",
    Status.FINISHED.value: "Finished",
    Status.DELETED.value: "Deleted",
}
ALWAYS_SHOWN = {"", "draft", "scheduled", "sending", "finished"}


@dataclass(frozen=True)
class Tab:
    label: str
    query: str
    count: str
    is_current: bool
    is_hot: bool


@dataclass(frozen=True)
class Choice:
    value: str
    label: str
    is_chosen: bool


@require_safe
@workspace_page(Role.VIEWER)
def experiment_list(request: WorkspaceRequest, workspace: Workspace) -> HttpResponse:
    """Tests that providers hold and drafts, together. Everything that narrows or orders them is in the address."""
    chosen = filters.read(request.GET)
    overview = look_over(workspace)
    found = leaf(workspace, chosen.wanted(workspace, request.user))
    membership = request.membership
    context = {
        "workspace": workspace,
        "membership": membership,
        "counts": overview.counts,
        "connections": overview.connections,
        "freshness": freshness(workspace, overview.connections),
        "filters": chosen,
        "here": chosen.query(after=chosen.after, before=chosen.before),
        "all_off": Filters(sort=chosen.sort, size=chosen.size).query(),
        "tag_off": chosen.query(tag=""),
        "dates_off": chosen.query(since=None, until=None),
        "zone_words": words.zone_words(workspace.zone),
        "tabs": _tabs(chosen, overview.counts),
        "menus": _menus(chosen, overview.connections, overview.members),
        "sorts": [(label, chosen.query(sort=sort), sort == chosen.sort) for sort, label in SORTS.items()],
        "sort_label": SORTS[chosen.sort],
        "when_query": chosen.query(sort="newest" if chosen.sort == "next" else "next"),
        "name_query": chosen.query(sort="name"),
        "sizes": [(size, chosen.query(size=size), size == chosen.size) for size in SIZES],
        "is_empty": not found.rows,
        "is_untouched": _is_untouched(chosen, overview),
        "nothing": _nothing(chosen),
        "shown": words.count(len(found.rows), "test") + " on this page",
        "rows": test_rows(found.rows, workspace.slug, workspace.zone, workspace.undo_window, membership.can_edit),
        **_neighbours(chosen, found),
    }
    name = "experiments/experiment_list.html"
    return render(request, f"{name}#tests" if _wants_part(request) else name, context)


def _wants_part(request: WorkspaceRequest) -> bool:
    """Whether htmx will swap a part of the page. Going back in history it wants the whole page again."""
    return bool(request.htmx) and request.headers.get("HX-Request-Type") != "full"


def _tabs(chosen: Filters, counts: Counts) -> list[Tab]:
    tabs = []
    for status, label in TABS.items():
        number = counts.by_status.get(status, 0)
        if status == "":
            number = counts.tests
        elif status == "attention":
            number = counts.needing_attention
        if number or status in ALWAYS_SHOWN or status == chosen.status:
            is_hot = status == "attention" and number > 0
            tabs.append(Tab(label, chosen.query(status=status), shown(number), status == chosen.status, is_hot))
    return tabs


def _menus(chosen: Filters, connections: list[Reading], members: list[tuple[int, str]]) -> list[dict[str, Any]]:
    """The filters that are lists of ticks: name, label, what is ticked in words, and how to take it away."""
    providers = {code: provider.label for code, provider in PROVIDERS.items()}
    options = {
        "provider": ("Provider", providers),
        "connection": ("Connection", {str(reading.id): reading.name for reading in connections}),
        "owner": ("Owner", {"me": "Me", **{str(pk): name for pk, name in members}}),
    }
    menus = []
    for name, (label, values) in options.items():
        ticked = getattr(chosen, name)
        if len(values) < 2 and name == "connection" and not ticked:
            continue
        choices = [Choice(value, text, value in ticked) for value, text in values.items()]
        said = ", ".join(choice.label for choice in choices if choice.is_chosen) or ("others" if ticked else "")
        menus.append(
            {"name": name, "label": label, "choices": choices, "said": said, "off": chosen.query(**{name: ()})}
        )
    return menus


def _is_untouched(chosen: Filters, overview: Overview) -> bool:
    """Whether there is nothing yet: no test in any state, and no first reading that may still bring some."""
    is_coming = any(
        reading.finished_at is None and reading.health != Connection.Health.REFUSED for reading in overview.connections
    )
    return not (sum(overview.counts.by_status.values()) or is_coming or chosen.are_on)


def _nothing(chosen: Filters) -> str:
    """ "Nothing matches “long run” in these dates." """
    if not chosen.are_on:
        return {"draft": "No drafts.", "attention": "Nothing needs attention."}.get(
            chosen.status, f"No test is {TABS[chosen.status].lower()}." if chosen.status else "No tests."
        )
    what = f" “{chosen.q}”" if chosen.q else " these filters"
    return f"Nothing matches{what}{' in these dates' if chosen.dates else ''}."


def _neighbours(chosen: Filters, found: Leaf) -> dict[str, str]:
    return {
        "earlier": chosen.query(before=str(found.earlier)) if found.earlier else "",
        "later": chosen.query(after=str(found.later)) if found.later else "",
    }


@require_POST
@workspace_page(Role.VIEWER)
def mirror_read(request: WorkspaceRequest, workspace: Workspace) -> HttpResponse:
    """Read the providers again, soon; pressing it over and over asks them once."""
    if cache.add(f"mirror-read-{workspace.pk}", 1, READ_AT_MOST_EVERY):
        for connection_id in mirror.ask(workspace):
            tasks.hint(tasks.sync, connection_id)
    query = filters.read(QueryDict(request.POST.get("back", "")[:4000])).query()
    page = reverse("experiment_list", args=[workspace.slug])
    return redirect(f"{page}?{query}" if query else page)


@require_http_methods(["GET", "HEAD", "POST"])
@workspace_page(Role.VIEWER)
def experiment_detail(request: WorkspaceRequest, workspace: Workspace, pk: uuid.UUID) -> HttpResponse:
    """One test as its provider holds it. A POST asks for its figures again, or settles what was changed elsewhere."""
    experiment = get_object_or_404(
        workspace.experiments.select_related("connection__sync", "owner", "operation__by", "operation__draft__owner"),
        pk=pk,
    )
    if request.method == "POST":
        return details.act(request, workspace, experiment)
    context = details.experiment_page(request, workspace, experiment)
    name = "experiments/experiment_detail.html"
    part = request.GET.get("part", "") if _wants_part(request) else ""
    return render(request, f"{name}#{part}" if part in ("code", "results") else name, context)
