"""The settings of a workspace on one page: every member may look, admins may change."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from experiments.views.connections import health_of, held_by
from experiments.words import zone_words
from workspaces.access import REASONS, WorkspaceRequest, workspace_page
from workspaces.forms import InviteForm, QuietHoursForm, TimeZoneForm, UndoWindowForm
from workspaces.models import AuditEntry, Role, Workspace
from workspaces.rules import change_rules

ENTRIES = 20  # of the activity, on one page


@require_http_methods(["GET", "POST"])
@workspace_page(Role.VIEWER)
def settings(request: WorkspaceRequest, workspace: Workspace) -> HttpResponse:
    if request.method == "GET":
        if request.htmx and request.htmx.target == "section#activity":
            context = {"workspace": workspace, **_activity(request, workspace)}
            return render(request, "experiments/settings.html#activity", context)
        return _page(request, workspace)
    if not request.membership.allows(Role.ADMIN):
        raise PermissionDenied(REASONS[Role.ADMIN])
    change = CHANGES.get(request.POST.get("change", ""))
    return change(request, workspace) if change else _page(request, workspace, status=422)


def _change_undo_window(request: WorkspaceRequest, workspace: Workspace) -> HttpResponse:
    form = UndoWindowForm(request.POST)
    if not form.is_valid():
        return _page(request, workspace, status=422, undo_form=form)
    seconds = form.cleaned_data["minutes"] * 60
    if change_rules(workspace, "undo_window.change", request.user, undo_window=seconds):
        messages.success(request, "Saved. It counts for what is confirmed from now on.")
    return _back(workspace, "rules")


def _change_time_zone(request: WorkspaceRequest, workspace: Workspace) -> HttpResponse:
    form = TimeZoneForm(request.POST, workspace=workspace)
    if not form.is_valid():
        return _page(request, workspace, status=422, zone_form=form)
    if change_rules(workspace, "time_zone.change", request.user, time_zone=form.cleaned_data["time_zone"]):
        messages.success(request, "Saved. What is scheduled keeps its moment; its clock time is shown in the new zone.")
    return _back(workspace, "zone")


def _change_quiet_hours(request: WorkspaceRequest, workspace: Workspace) -> HttpResponse:
    form = QuietHoursForm(request.POST, workspace=workspace)
    if not form.is_valid():
        return _page(request, workspace, status=422, quiet_form=form)
    if change_rules(workspace, "quiet_hours.change", request.user, **form.cleaned_data):
        messages.success(request, "Saved. A test planned inside the quiet hours is told of them, and still goes out.")
    return _back(workspace, "quiet")


def _stop_sending(request: WorkspaceRequest, workspace: Workspace) -> HttpResponse:
    if change_rules(workspace, "sending.stop", request.user, is_sending_stopped=True):
        messages.warning(request, "Sending is stopped. Tests that a provider already holds still go out as planned.")
    return _back(workspace, "rules")


def _resume_sending(request: WorkspaceRequest, workspace: Workspace) -> HttpResponse:
    if change_rules(workspace, "sending.resume", request.user, is_sending_stopped=False):
        messages.success(request, "Sending is on again.")
    return _back(workspace, "rules")


CHANGES = {
    "undo_window": _change_undo_window,
    "time_zone": _change_time_zone,
    "quiet_hours": _change_quiet_hours,
    "stop": _stop_sending,
    "resume": _resume_sending,
}


def _page(request: WorkspaceRequest, workspace: Workspace, status: int = 200, **forms: Any) -> HttpResponse:
    context = {
        "workspace": workspace,
        "membership": request.membership,
        "zone_words": zone_words(workspace.zone),
        "connections": [health_of(connection) for connection in held_by(workspace)],
        "members": workspace.memberships.select_related("user"),
        "invitations": workspace.invitations.filter(accepted_at=None).select_related("invited_by"),
        "roles": list(Role),
        "invite_form": InviteForm(workspace=workspace),
        "undo_form": UndoWindowForm(initial={"minutes": workspace.undo_window // 60}),
        "zone_form": TimeZoneForm(workspace=workspace),
        "quiet_form": QuietHoursForm(workspace=workspace),
        **_activity(request, workspace),
        **forms,
    }
    return render(request, "experiments/settings.html", context, status=status)


def _activity(request: WorkspaceRequest, workspace: Workspace) -> dict[str, Any]:
    """One page of the audit entries, newest first; `?before=` is the number of the entry that the page starts under."""
    entries = AuditEntry.objects.filter(workspace=workspace).order_by("-number")
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit() and len(before) < 19:
        entries = entries.filter(number__lt=int(before))
    found = list(entries[: ENTRIES + 1])
    return {
        "entries": found[:ENTRIES],
        "older_than": found[ENTRIES - 1].number if len(found) > ENTRIES else None,
        "is_newest": not before,
    }


def _back(workspace: Workspace, section: str) -> HttpResponse:
    return redirect(f"{reverse('settings', args=[workspace.slug])}#{section}")
