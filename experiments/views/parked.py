"""What waits for a decision: sent on as it was confirmed, or cancelled. Both are buttons on the operation's page."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from experiments import relay, tasks
from experiments.models import Operation
from workspaces.access import WorkspaceRequest, workspace_page
from workspaces.models import Role, Workspace


@require_POST
@workspace_page(Role.PUBLISHER)
def operation_send_on(request: WorkspaceRequest, workspace: Workspace, pk: uuid.UUID) -> HttpResponse:
    """Let it go out now. Pressed twice, the second time tells that it does not wait any more."""
    operation = _operation(workspace, pk)
    if not request.POST.get("sure"):
        messages.error(request, "Tick that it is right to go out now. Nothing was sent.")
        return redirect(operation)
    try:
        relay.send_on(operation, request.user)
    except relay.Refused as refused:
        messages.error(request, refused.message)
    else:
        tasks.hint(tasks.send, operation.pk)
    return redirect(operation)


@require_POST
@workspace_page(Role.PUBLISHER)
def operation_drop(request: WorkspaceRequest, workspace: Workspace, pk: uuid.UUID) -> HttpResponse:
    operation = _operation(workspace, pk)
    try:
        relay.drop(operation, request.user)
    except relay.Refused as refused:
        messages.error(request, refused.message)
    return redirect(operation)


def _operation(workspace: Workspace, pk: uuid.UUID) -> Operation:
    operations = workspace.operations.select_related("workspace", "connection", "draft", "by")
    return get_object_or_404(operations, pk=pk)
