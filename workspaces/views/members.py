"""Who works in a workspace: roles, leaving, invitations. The list itself is on the settings page."""

import uuid

from allauth.core import ratelimit
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from workspaces import members
from workspaces.access import WorkspaceRequest, workspace_page
from workspaces.forms import InviteForm, RoleForm
from workspaces.models import Role, Workspace

LAST_ADMIN = "{} is the only admin here. Make somebody else an admin first."


@require_http_methods(["GET", "POST"])
@workspace_page(Role.ADMIN)
def member_invite(request: WorkspaceRequest, workspace: Workspace) -> HttpResponse:
    form = InviteForm(request.POST if request.method == "POST" else None, workspace=workspace)
    if request.method == "POST" and form.is_valid():
        if not ratelimit.consume(request, action="invite"):
            return render(request, "429.html", status=429)
        email = form.cleaned_data["email"]
        if members.invite(workspace, email, form.cleaned_data["role"], request.user):
            messages.success(request, f"{email} has mail with a link that works once, for 72 hours.")
        else:
            messages.error(request, f"The mail to {email} could not be sent: nobody has the link. Send it again later.")
        return _back(workspace)
    context = {"workspace": workspace, "membership": request.membership, "form": form}
    return render(request, "workspaces/member_invite.html", context, status=422 if form.errors else 200)


@require_POST
@workspace_page(Role.ADMIN)
def member_role(request: WorkspaceRequest, workspace: Workspace, pk: int) -> HttpResponse:
    membership = get_object_or_404(workspace.memberships.select_related("user"), pk=pk)
    form = RoleForm(request.POST)
    if not form.is_valid():
        messages.error(request, "There is no such role. Nothing was changed.")
        return _back(workspace)
    role = Role(form.cleaned_data["role"])
    try:
        members.change_role(membership, role, request.user)
    except members.LastAdmin:
        messages.error(request, LAST_ADMIN.format(membership.user))
    else:
        messages.success(request, f"{membership.user} is now {role.label.lower()}: {role.may}.")
    return _back(workspace)


@require_http_methods(["GET", "POST"])
@workspace_page(Role.ADMIN)
def member_remove(request: WorkspaceRequest, workspace: Workspace, pk: int) -> HttpResponse:
    leaving = get_object_or_404(workspace.memberships.select_related("user"), pk=pk)
    if request.method == "POST":
        try:
            members.remove(leaving, request.user)
        except members.LastAdmin:
            messages.error(request, LAST_ADMIN.format(leaving.user))
            return _back(workspace)
        messages.success(request, f"{leaving.user} is no member of {workspace} any more.")
        return redirect("workspace_list") if leaving.user == request.user else _back(workspace)
    context = {"workspace": workspace, "membership": request.membership, "leaving": leaving}
    return render(request, "workspaces/member_remove.html", context)


@require_POST
@workspace_page(Role.ADMIN)
def invitation_revoke(request: WorkspaceRequest, workspace: Workspace, pk: uuid.UUID) -> HttpResponse:
    invitation = get_object_or_404(workspace.invitations, pk=pk)
    try:
        members.revoke(invitation, request.user)
    except members.Ended:
        messages.error(request, f"{invitation.email} has accepted it already and is a member now.")
    else:
        messages.success(request, f"The link that {invitation.email} was sent does not work any more.")
    return _back(workspace)


def _back(workspace: Workspace) -> HttpResponse:
    return redirect(reverse("settings", args=[workspace.slug]) + "#members")
