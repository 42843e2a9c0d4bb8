"""The list of what was asked of providers."""

from typing import Any, NamedTuple

from django.db.models import Count, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from experiments import broker, ledger, words
from experiments.models import Kind, Operation, Worker, workers
from experiments.models.counts import Overview, look_over
from experiments.providers import PROVIDERS
from experiments.views import operation_filters
from experiments.views.operation_filters import KINDS, TABS, Filters
from workspaces.access import WorkspaceRequest, workspace_page
from workspaces.models import Membership, Role, Workspace

PAGE = 50
ALWAYS_SHOWN = ("", "waiting", "sending", "unknown", "failed", "succeeded", "undone")
HOT = ("unknown", "person", "parked")  # somebody has to look


class Choice(NamedTuple):
    value: str
    label: str
    is_chosen: bool


class Tab(NamedTuple):
    label: str
    query: str
    number: str
    is_current: bool
    is_hot: bool


@require_GET
@workspace_page(Role.VIEWER)
def operation_list(request: WorkspaceRequest, workspace: Workspace) -> HttpResponse:
    """All effects ever asked for, newest first. Checks have no effect and are left out."""
    chosen = operation_filters.read(request.GET)
    overview = look_over(workspace)
    found = list(_rows(workspace, request, chosen))
    tabs = _tabs(workspace, chosen)
    context = {
        "workspace": workspace,
        "membership": request.membership,
        "counts": overview.counts,
        "filters": chosen,
        "tabs": tabs,
        "is_untouched": not chosen.query() and tabs[0].number == "0",
        "menus": _menus(chosen, overview),
        "all_off": Filters(state=chosen.state).query(),
        "dates_off": chosen.query(since=None, until=None),
        "newest": chosen.query(),
        "rows": [{"operation": row, "shown": ledger.show(row), "does": ledger.does(row)} for row in found[:PAGE]],
        "older": chosen.query(before=str(found[PAGE - 1].pk)) if len(found) > PAGE else "",
        "nothing": _nothing(chosen),
        "processes": _processes(request.membership),
    }
    name = "experiments/operation_list.html"
    is_part = bool(request.htmx) and request.headers.get("HX-Request-Type") != "full"
    return render(request, f"{name}#operations" if is_part else name, context)


def _rows(workspace: Workspace, request: WorkspaceRequest, chosen: Filters) -> QuerySet[Operation]:
    """Ids sort by the time they were made, so the id alone is the place in the list."""
    operations = workspace.operations.exclude(kind=Kind.VALIDATE).filter(chosen.wanted(workspace, request.user))
    if chosen.before:
        operations = operations.filter(pk__lt=chosen.before)
    rows = operations.select_related("connection", "by", "workspace").prefetch_related("undos")
    return rows.defer("payload").order_by("-pk")[: PAGE + 1]


def _tabs(workspace: Workspace, chosen: Filters) -> list[Tab]:
    """With the counts of the whole workspace, from the index `operation_by_state`."""
    states = workspace.operations.exclude(kind=Kind.VALIDATE).order_by().values_list("state")
    counted = states.annotate(total=Count("pk"), undone=Count("undone_at"))
    totals = {state: (total, undone) for state, total, undone in counted}
    tabs = []
    for code, (label, wanted) in TABS.items():
        number = sum(_in_tab(code, *totals.get(state, (0, 0))) for state in wanted)
        if number or code in ALWAYS_SHOWN or code == chosen.state:
            is_hot = code in HOT and number > 0
            tabs.append(Tab(label, chosen.query(state=code), f"{number:,}", code == chosen.state, is_hot))
    return tabs


def _in_tab(code: str, total: int, undone: int) -> int:
    return {"succeeded": total - undone, "undone": undone}.get(code, total)


def _menus(chosen: Filters, overview: Overview) -> list[dict[str, Any]]:
    """The filters that are lists of ticks: name, label, the choices, what is ticked in words, how to take it away."""
    connections = {str(reading.id): reading.name for reading in overview.connections}
    options = {
        "kind": ("What", {code: label for code, (label, _) in KINDS.items()}),
        "provider": ("Provider", {code: provider.label for code, provider in PROVIDERS.items()}),
        "connection": ("Connection", connections),
        "by": ("By", {"me": "Me", **{str(pk): name for pk, name in overview.members}}),
    }
    menus = []
    for name, (label, values) in options.items():
        ticked = getattr(chosen, name)
        if name == "connection" and len(values) < 2 and not ticked:
            continue
        choices = [Choice(value, text, value in ticked) for value, text in values.items()]
        said = ", ".join(choice.label for choice in choices if choice.is_chosen) or ("others" if ticked else "")
        menus.append(
            {"name": name, "label": label, "choices": choices, "said": said, "off": chosen.query(**{name: ()})}
        )
    return menus


def _nothing(chosen: Filters) -> str:
    """ "Nothing matches “long run” in these dates." """
    if chosen.are_on:
        what = f" “{chosen.q}”" if chosen.q else " these filters"
        return f"Nothing matches{what}{' in these dates' if chosen.dates else ''}."
    return "No operation is in this state" if chosen.state else "Nothing was asked of a provider yet"


def _processes(membership: Membership) -> dict[str, Any]:
    """Who does the work, in short: it tells whether something waits for its turn or for a repair.

    Admins also get the names of those that are silent.
    """
    signs = workers.signs()
    there = [sign for sign in signs if sign.role == Worker.Role.WORKER]
    swept = next((sign for sign in signs if sign.role == Worker.Role.SWEEP), None)
    alive = [sign for sign in there if not sign.is_silent]
    silent = [sign for sign in signs if sign.is_silent and sign.role != Worker.Role.SWEEP]
    return {
        "workers": words.count(len(alive), "worker"),
        "seen": words.span(min(sign.silence for sign in alive)) if alive else "",
        "swept": words.span(swept.silence) if swept else "",
        "is_sweep_late": swept is None or swept.is_silent,
        "is_broker_there": broker.look() is not None,
        "silent": [(sign.name, words.span(sign.silence)) for sign in silent] if membership.can_administer else [],
        "silent_count": len(silent),
    }
