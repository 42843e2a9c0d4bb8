"""The list of what was asked of providers."""

import contextlib
import uuid

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from experiments import ledger
from experiments.models import Kind, Operation, State
from experiments.models.operations import UNCLEAR
from workspaces.access import WorkspaceRequest, workspace_page
from workspaces.models import Role, Workspace

PAGE = 50

TABS: dict[str, tuple[str, Q]] = {
    "": ("All", Q()),
    "waiting": ("Queued", Q(state__in=[State.QUEUED, State.RETRY_WAIT])),
    "sending": ("Sending", Q(state__in=[State.CLAIMED, State.ON_WIRE])),
    "unknown": ("Unknown", Q(state__in=sorted(UNCLEAR))),
    "failed": ("Failed", Q(state__in=[State.REJECTED, State.EXPIRED, State.NOT_APPLIED])),
    "succeeded": ("Succeeded", Q(state=State.SUCCEEDED, undone_at=None)),
    "undone": ("Undone", Q(undone_at__isnull=False)),
}


@require_GET
@workspace_page(Role.VIEWER)
def operation_list(request: WorkspaceRequest, workspace: Workspace) -> HttpResponse:
    """All effects ever asked for, newest first. Checks have no effect and are left out."""
    tab = request.GET.get("state", "")
    tab = tab if tab in TABS else ""
    operations = workspace.operations.exclude(kind=Kind.VALIDATE).filter(TABS[tab][1])
    page = list(_before(operations, request.GET.get("before", ""))[: PAGE + 1])
    context = {
        "workspace": workspace,
        "membership": request.membership,
        "tabs": [(code, label) for code, (label, _) in TABS.items()],
        "tab": tab,
        "rows": [{"operation": row, "shown": ledger.show(row), "does": ledger.does(row)} for row in page[:PAGE]],
        "older": page[PAGE - 1].pk if len(page) > PAGE else None,
        "is_first": "before" not in request.GET,
    }
    return render(request, "experiments/operation_list.html", context)


def _before(operations: QuerySet[Operation], cursor: str) -> QuerySet[Operation]:
    """Ids sort by the time they were made, so the id alone is the place in the list."""
    with contextlib.suppress(ValueError):
        operations = operations.filter(pk__lt=uuid.UUID(cursor))
    return operations.select_related("connection", "by", "workspace").defer("payload").order_by("-pk")
