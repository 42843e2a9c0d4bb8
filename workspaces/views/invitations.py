"""The page behind the link of an invitation."""

from allauth.account.adapter import get_adapter
from allauth.core import ratelimit
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from workspaces import members
from workspaces.forms import JoinForm
from workspaces.models import Invitation, User


@login_not_required
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def invitation_accept(request: HttpRequest, token: str) -> HttpResponse:
    """Accept as the invited person, or make an account for the invited address. Works once."""
    if not ratelimit.consume(request, action="join"):
        return render(request, "429.html", status=429)
    invitation = members.find_invitation(token)
    if invitation is None:
        return _ended(request)
    if not request.user.is_authenticated:
        if User.objects.filter(email=invitation.email).exists():
            return _page(request, invitation, needs="sign_in")
        return _join(request, invitation)
    if request.user.email != invitation.email:
        return _page(request, invitation, needs="other_person")
    if request.method == "POST":
        try:
            members.accept(invitation, request.user)
        except members.Ended:
            return _ended(request)
        return redirect(invitation.workspace)
    return _page(request, invitation, needs="accept")


def _join(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    form = JoinForm(request.POST if request.method == "POST" else None, email=invitation.email)
    if request.method == "POST" and form.is_valid():
        try:
            user = members.join(invitation, form.cleaned_data["name"], form.cleaned_data["password"])
        except members.Ended:
            return _ended(request)
        get_adapter(request).login(request, user)
        return redirect(invitation.workspace)
    return _page(request, invitation, needs="account", form=form)


def _page(request: HttpRequest, invitation: Invitation, needs: str, form: JoinForm | None = None) -> HttpResponse:
    context = {"invitation": invitation, "needs": needs, "form": form}
    return render(request, "workspaces/invitation_accept.html", context, status=422 if form and form.errors else 200)


def _ended(request: HttpRequest) -> HttpResponse:
    return render(request, "workspaces/invitation_accept.html", {"needs": "new_link"}, status=404)
