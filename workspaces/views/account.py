"""The first page after sign-in, the workspaces to choose from, and one's own account."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from workspaces.access import UserRequest
from workspaces.forms import AccountForm


@require_GET
def home(request: UserRequest) -> HttpResponse:
    membership = request.user.memberships.select_related("workspace").order_by("workspace__name").first()
    if membership is None:
        return redirect("workspace_list")
    return redirect(membership.workspace)


@require_GET
def workspace_list(request: UserRequest) -> HttpResponse:
    """All workspaces of a person. For the switcher only its entries, with a tick at the one in `?in=`."""
    context = {
        "memberships": request.user.memberships.select_related("workspace").order_by("workspace__name"),
        "current": request.GET.get("in", ""),
    }
    template = "workspaces/workspace_list.html"
    return render(request, f"{template}#menu" if request.htmx else template, context)


@require_http_methods(["GET", "POST"])
def account(request: UserRequest) -> HttpResponse:
    held = {name: getattr(request.user, name) for name in AccountForm.base_fields}
    form = AccountForm(request.POST if request.method == "POST" else None, initial=held)
    if request.method == "POST" and form.is_valid():
        form.save(request.user)
        messages.success(request, "Saved.")
        return redirect("account")
    return render(request, "workspaces/account.html", {"form": form}, status=422 if form.errors else 200)
