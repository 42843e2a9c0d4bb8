"""A workspace's keys at providers. A secret comes in by a form and never leaves by a page."""

import uuid
from datetime import datetime, timedelta

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from experiments.forms.connections import OFFERED, ConnectionForm
from experiments.models import Operation, State
from experiments.models.states import OPEN
from experiments.providers import PROVIDERS
from experiments.tasks import check_connection, hint
from workspaces.access import WorkspaceRequest, workspace_page
from workspaces.models import AuditEntry, Connection, Role, Workspace

# A test that no worker took in this time is not waited for any longer; the row says so and offers another look.
PATIENCE = timedelta(seconds=60)


@sensitive_post_parameters("secret", "key")
@require_http_methods(["GET", "POST"])
@workspace_page(Role.ADMIN)
def connection_new(request: WorkspaceRequest, workspace: Workspace) -> HttpResponse:
    posted = request.POST if request.method == "POST" else None
    form = ConnectionForm(posted, workspace=workspace, provider=request.GET.get("provider", ""))
    return _save(request, workspace, form) or _form_page(request, workspace, form, "connection_new")


@sensitive_post_parameters("secret", "key")
@require_http_methods(["GET", "POST"])
@workspace_page(Role.ADMIN)
def connection_edit(request: WorkspaceRequest, workspace: Workspace, pk: uuid.UUID) -> HttpResponse:
    connection = _find(workspace, pk)
    form = ConnectionForm(
        request.POST if request.method == "POST" else None, workspace=workspace, connection=connection
    )
    saved = _save(request, workspace, form)
    if saved is not None:
        return saved
    if form.is_bound:  # the form tried its values on the row it was given
        connection = _find(workspace, pk)
    return _form_page(request, workspace, form, "connection_edit", connection)


@require_http_methods(["GET", "POST"])
@workspace_page(Role.ADMIN)
def connection_test(request: WorkspaceRequest, workspace: Workspace, pk: uuid.UUID) -> HttpResponse:
    """POST asks for a test of the key. GET tells how it stands: the page asks again until the answer is there."""
    connection = _find(workspace, pk)
    since = timezone.now() if request.method == "POST" else _moment(request.GET)
    if request.method == "POST":
        hint(check_connection, connection.pk)
    if not request.htmx:
        return redirect(_testing_since(connection, workspace, since) if since else connection)
    context = {"workspace": workspace, "membership": request.membership, **health_of(connection, since)}
    return render(request, "experiments/_connection.html", context)


@require_http_methods(["GET", "POST"])
@workspace_page(Role.ADMIN)
def connection_remove(request: WorkspaceRequest, workspace: Workspace, pk: uuid.UUID) -> HttpResponse:
    connection = _find(workspace, pk)
    if request.method == "POST":
        with transaction.atomic():
            # Whoever comes second finds it gone, or finds the operation that was submitted meanwhile.
            connection = get_object_or_404(
                workspace.connections.select_for_update(), pk=connection.pk, is_removed=False
            )
            if not _open_operations(connection):
                # The secret goes too: what is not kept cannot leak.
                Connection.objects.filter(pk=connection.pk).update(is_removed=True, secret="")
                AuditEntry.record(workspace, "connection.remove", by=request.user, target=connection)
                messages.success(request, f"“{connection}” and its secret are gone.")
                return redirect(reverse("settings", args=[workspace.slug]) + "#connections")
    context = {
        "workspace": workspace,
        "membership": request.membership,
        "connection": connection,
        "open_operations": _open_operations(connection),
        "scheduled": connection.experiments.filter(gone_at=None, scheduled_at__gt=timezone.now()).count(),
    }
    status = 409 if request.method == "POST" else 200
    return render(request, "experiments/connection_remove.html", context, status=status)


def held_by(workspace: Workspace) -> QuerySet[Connection]:
    """A workspace's connections, each with `tests`: how many of its tests we hold, and `sync`, how far that is."""
    tests = Count("experiments", filter=Q(experiments__gone_at=None))
    connections = workspace.connections.filter(is_removed=False)
    return connections.select_related("secret_set_by", "sync").annotate(tests=tests)


def health_of(connection: Connection, since: datetime | None = None) -> dict[str, object]:
    """What the row of a connection shows. `since`: when a test was asked for whose answer is waited for."""
    since = since or (connection.secret_set_at if connection.health == Connection.Health.UNTESTED else None)
    is_waiting = since is not None and (connection.checked_at is None or connection.checked_at < since)
    is_late = is_waiting and since is not None and timezone.now() - since > PATIENCE
    spec = PROVIDERS[connection.provider]
    return {
        "connection": connection,
        "spec": spec,
        "region": next((region.label for region in spec.regions if region.code == connection.region), ""),
        "since": since,
        "is_testing": is_waiting and not is_late,
        "is_late": is_late,
    }


def _save(request: WorkspaceRequest, workspace: Workspace, form: ConnectionForm) -> HttpResponse | None:
    """Where the form came back good: save, ask for the test, and go to the page that waits for its answer."""
    if request.method != "POST" or not form.is_valid():
        return None
    try:
        connection, needs_test = form.save(request.user)
    except IntegrityError:
        form.add_error(form.key_field, form.in_use("Another connection"))
        return None
    for notice in form.notices:
        messages.info(request, notice)
    if not needs_test:
        messages.success(request, "Saved.")
        return redirect(connection)
    hint(check_connection, connection.pk)
    return redirect(_testing_since(connection, workspace, connection.secret_set_at))


def _form_page(
    request: WorkspaceRequest,
    workspace: Workspace,
    form: ConnectionForm,
    page: str,
    connection: Connection | None = None,
) -> HttpResponse:
    context = {
        "workspace": workspace,
        "membership": request.membership,
        "form": form,
        "offered": [(PROVIDERS[code], code == form.spec.code) for code, _ in OFFERED],
    }
    if connection is not None:
        context |= health_of(connection, _moment(request.GET))
    return render(request, f"experiments/{page}.html", context, status=422 if form.errors else 200)


def _find(workspace: Workspace, pk: uuid.UUID) -> Connection:
    return get_object_or_404(held_by(workspace), pk=pk)


def _open_operations(connection: Connection) -> int:
    states: list[State] = sorted(OPEN)
    return Operation.objects.filter(connection=connection, state__in=states).count()


def _testing_since(connection: Connection, workspace: Workspace, since: datetime) -> str:
    query = QueryDict(mutable=True)
    query["since"] = since.isoformat()
    return f"{reverse('connection_edit', args=[workspace.slug, connection.pk])}?{query.urlencode()}"


def _moment(query: QueryDict) -> datetime | None:
    """The moment in `since`, where it is one of the last minutes; anything else is as if it were not there."""
    try:
        moment = parse_datetime(query.get("since", ""))
    except ValueError:
        return None
    if moment is None or timezone.is_naive(moment):
        return None
    return moment if timedelta(0) <= timezone.now() - moment < timedelta(minutes=10) else None
