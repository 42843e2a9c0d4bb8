"""Who may open which page. A view never holds a workspace that its visitor may not see."""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse

from workspaces.models import Membership, Role, Standing, User, Workspace, standing

if TYPE_CHECKING:
    from django_htmx.middleware import HtmxDetails


class WorkspaceRequest(HttpRequest):
    """The request of a signed-in member on a page of a workspace."""

    user: User  # LoginRequiredMiddleware let nobody else through
    membership: Membership
    standing: Standing
    htmx: "HtmxDetails"


class UserRequest(HttpRequest):
    """The request of somebody signed in, on a page of no workspace."""

    user: User  # LoginRequiredMiddleware let nobody else through
    htmx: "HtmxDetails"


type WorkspaceView[**P] = Callable[Concatenate[WorkspaceRequest, Workspace, P], HttpResponse]

REASONS = {
    Role.EDITOR: "Viewers can look at tests but not write them. Ask an admin of the workspace for the editor role.",
    Role.PUBLISHER: "Editors can write this test but not send it. Ask a publisher or an admin to do it.",
    Role.ADMIN: "Only admins change connections, members and settings.",
}


def workspace_page[**P](role: Role) -> Callable[[WorkspaceView[P]], Callable[..., HttpResponse]]:
    """Turn the address' slug into the workspace, for members who have `role` or more.

    Strangers get 404, the same as for a workspace that does not exist; members without the role get 403.
    """

    def decorate(view: WorkspaceView[P]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def page(request: WorkspaceRequest, workspace: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            membership = find_membership(request.user, workspace)
            if not membership.allows(role):
                raise PermissionDenied(REASONS.get(role, ""))
            request.membership = membership
            request.standing = Standing.of(getattr(membership, "installation", None))
            return view(request, membership.workspace, *args, **kwargs)

        page.needed_role = role  # type: ignore[attr-defined]  # read by the test that walks every address
        return page

    return decorate


def find_membership(user: User, slug: str) -> Membership:
    try:
        membership: Membership = (
            user.memberships.select_related("workspace").annotate(installation=standing()).get(workspace__slug=slug)
        )
    except Membership.DoesNotExist:
        raise Http404("No such workspace for you.") from None
    membership.user = user
    return membership


def has_role(user: User | None, workspace: Workspace, role: Role) -> bool:
    """Asked again by workers at the moment of the deed: roles may have changed since the click."""
    if user is None or not user.is_active:
        return False
    membership: Any = Membership.objects.filter(user=user, workspace=workspace).first()
    return membership is not None and membership.allows(role)
