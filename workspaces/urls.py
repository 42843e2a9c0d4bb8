"""Sign-in, one's account, and the members of a workspace.

Of allauth only these pages exist. Their names are the ones allauth looks for; sign-up, e-mail changes and the rest
have no address, so they cannot be opened.
"""

from allauth.account import views as allauth
from django.urls import path, re_path

from workspaces.views import account, invitations, members

urlpatterns = [
    path("", account.home, name="home"),
    path("workspaces/", account.workspace_list, name="workspace_list"),
    path("account/", account.account, name="account"),
    path("account/password/", allauth.password_change, name="account_change_password"),
    path("sign-in/", allauth.login, name="account_login"),
    path("sign-out/", allauth.logout, name="account_logout"),
    path("sign-in/disabled/", allauth.account_inactive, name="account_inactive"),
    path("sign-in/reset/", allauth.password_reset, name="account_reset_password"),
    path("sign-in/reset/sent/", allauth.password_reset_done, name="account_reset_password_done"),
    path("sign-in/reset/done/", allauth.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    re_path(
        r"^password/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        allauth.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("join/<str:token>/", invitations.invitation_accept, name="invitation_accept"),
    path("w/<slug:workspace>/settings/members/invite/", members.member_invite, name="member_invite"),
    path("w/<slug:workspace>/settings/members/<int:pk>/role/", members.member_role, name="member_role"),
    path("w/<slug:workspace>/settings/members/<int:pk>/remove/", members.member_remove, name="member_remove"),
    path(
        "w/<slug:workspace>/settings/invitations/<uuid:pk>/revoke/",
        members.invitation_revoke,
        name="invitation_revoke",
    ),
]
