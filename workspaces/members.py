"""Joining and leaving a workspace: each change with its record in one transaction, and never without an admin."""

import logging
from smtplib import SMTPException
from urllib.parse import urljoin

from django.conf import settings
from django.core.mail import send_mail
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from workspaces.access import has_role
from workspaces.models import AuditEntry, Invitation, Membership, Role, User, Workspace

log = logging.getLogger(__name__)


class LastAdmin(Exception):
    """A workspace without an admin could never be changed again."""


class Ended(Exception):
    """The invitation has been used, withdrawn, or is too old."""


def change_role(membership: Membership, role: Role, by: User) -> None:
    """Raises LastAdmin, and changes nothing then."""
    with transaction.atomic():
        before = _lock_and_read(membership)
        if before.role == role:
            return
        if role != Role.ADMIN:
            _keep_an_admin(before)
            _end_invitations_by(before)
        Membership.objects.filter(pk=membership.pk).update(role=role)
        AuditEntry.record(
            before.workspace, "member.role", by=by, target=before.user, **{"from": before.role, "to": str(role)}
        )


def remove(membership: Membership, by: User) -> None:
    """Effective at the member's next request and for every operation not yet on the wire. Raises LastAdmin."""
    with transaction.atomic():
        before = _lock_and_read(membership)
        _keep_an_admin(before)
        _end_invitations_by(before)
        AuditEntry.record(before.workspace, "member.remove", by=by, target=before.user, role=before.role)
        before.delete()


def invite(workspace: Workspace, email: str, role: str, by: User) -> bool:
    """Make an invitation, in place of an older one to the same address, and mail its link.

    False where the mail could not be handed over: the invitation stands, but nobody holds its link.
    """
    with transaction.atomic():
        workspace.invitations.filter(email=email, accepted_at=None).delete()
        invitation, token = Invitation.make(workspace, email, role, by)
        AuditEntry.record(workspace, "invitation.send", by=by, target=invitation, role=role)
    return _mail(invitation, token)


def revoke(invitation: Invitation, by: User) -> None:
    """Raises Ended where somebody accepted it first."""
    with transaction.atomic():
        deleted, _ = Invitation.objects.filter(pk=invitation.pk, accepted_at=None).delete()
        if not deleted:
            raise Ended
        AuditEntry.record(invitation.workspace, "invitation.withdraw", by=by, target=invitation)


def find_invitation(token: str) -> Invitation | None:
    """The open invitation that this token belongs to. Its maker must still be an admin."""
    invitation = (
        Invitation.objects.select_related("workspace", "invited_by").filter(token_hash=Invitation.hash(token)).first()
    )
    if invitation is None or not invitation.is_open:
        return None
    return invitation if has_role(invitation.invited_by, invitation.workspace, Role.ADMIN) else None


def accept(invitation: Invitation, user: User) -> None:
    """Make `user` a member. Raises Ended: of any number of visitors at once exactly one comes in."""
    with transaction.atomic():
        _use_up(invitation, user)
        _enter(invitation, user)


def join(invitation: Invitation, name: str, password: str) -> User:
    """Make an account for the invited address and its membership. Raises Ended."""
    try:
        with transaction.atomic():
            _use_up(invitation, None)
            user = User.objects.create_user(invitation.email, password, name=name)
            Invitation.objects.filter(pk=invitation.pk).update(accepted_by=user)
            _enter(invitation, user)
    except IntegrityError:  # an account with this address was made meanwhile
        raise Ended from None
    return user


def _use_up(invitation: Invitation, user: User | None) -> None:
    now = timezone.now()
    still_open = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, expires_at__gt=now)
    if still_open.update(accepted_at=now, accepted_by=user) != 1:
        raise Ended


def _enter(invitation: Invitation, user: User) -> None:
    Membership.objects.get_or_create(workspace=invitation.workspace, user=user, defaults={"role": invitation.role})
    AuditEntry.record(invitation.workspace, "invitation.accept", by=user, target=user, role=invitation.role)


def _lock_and_read(membership: Membership) -> Membership:
    # The workspace's row is the lock: two admins who demote each other must not both find the other one.
    Workspace.objects.select_for_update().get(pk=membership.workspace_id)
    return Membership.objects.select_related("workspace", "user").get(pk=membership.pk)


def _keep_an_admin(leaving: Membership) -> None:
    others = leaving.workspace.memberships.filter(role=Role.ADMIN, user__is_active=True).exclude(pk=leaving.pk)
    if leaving.role == Role.ADMIN and not others.exists():
        raise LastAdmin


def _end_invitations_by(leaving: Membership) -> None:
    leaving.workspace.invitations.filter(invited_by=leaving.user, accepted_at=None).delete()


def _mail(invitation: Invitation, token: str) -> bool:
    link = urljoin(settings.BASE_URL, reverse("invitation_accept", args=[token]))
    body = render_to_string("workspaces/invitation_mail.txt", {"invitation": invitation, "link": link})
    subject = " ".join(f"{invitation.invited_by} invites you to {invitation.workspace}".split())
    try:
        send_mail(subject, body, None, [invitation.email])
    except (OSError, SMTPException) as error:
        log.error("the invitation %s could not be mailed: %s", invitation.pk, error)
        return False
    return True
