"""Roles, leaving, and invitations from the settings page. A workspace is never without an admin."""

import threading
from smtplib import SMTPException

import pytest
from django.core.mail import EmailMessage
from django.db import connection as database

from tests.threads import when_free
from workspaces import members
from workspaces.models import AuditEntry, Invitation, Membership, Role


def pk_of(user) -> int:
    return int(user.memberships.get().pk)


def set_role(client, user, role):
    return client.post(f"/w/marlow/settings/members/{pk_of(user)}/role/", {"role": role}, follow=True)


def test_an_admin_changes_a_role_and_it_is_written_down(visit, alice, bob):
    assert "Bob is now publisher" in set_role(visit(alice), bob, "publisher").text
    assert bob.memberships.get().role == Role.PUBLISHER
    entry = AuditEntry.objects.get(action="member.role")
    assert (entry.by, entry.object_name, entry.data) == (alice, "Bob", {"from": "editor", "to": "publisher"})


def test_a_role_that_does_not_exist_changes_nothing(visit, alice, bob):
    assert "There is no such role." in set_role(visit(alice), bob, "owner").text
    assert bob.memberships.get().role == Role.EDITOR


def test_the_same_role_again_writes_nothing_down(visit, alice, bob):
    set_role(visit(alice), bob, "editor")
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("who", ["paula", "bob", "vera"])
def test_nobody_below_admin_changes_members(request, visit, alice, who):
    person = request.getfixturevalue(who)
    client = visit(person)
    assert set_role(client, person, "admin").status_code == 403
    assert client.post(f"/w/marlow/settings/members/{pk_of(alice)}/remove/").status_code == 403
    assert (
        client.post("/w/marlow/settings/members/invite/", {"email": "x@example.com", "role": "admin"}).status_code
        == 403
    )
    assert not Invitation.objects.exists()
    assert person.memberships.get().role != Role.ADMIN


def test_the_last_admin_can_neither_step_down_nor_leave(visit, alice, bob):
    client = visit(alice)
    assert "Alice is the only admin here." in set_role(client, alice, "viewer").text
    page = client.post(f"/w/marlow/settings/members/{pk_of(alice)}/remove/", follow=True)
    assert "Alice is the only admin here." in page.text
    assert alice.memberships.get().role == Role.ADMIN
    set_role(client, bob, "admin")
    set_role(client, alice, "viewer")
    assert alice.memberships.get().role == Role.VIEWER


def test_a_switched_off_admin_does_not_count_as_one(visit, alice, bob):
    client = visit(alice)
    set_role(client, bob, "admin")
    bob.is_active = False
    bob.save()
    assert "Alice is the only admin here." in set_role(client, alice, "viewer").text


def test_removing_asks_first_and_then_shuts_the_door(visit, alice, bob):
    address = f"/w/marlow/settings/members/{pk_of(bob)}/remove/"
    bobs = visit(bob)
    assert bobs.get("/w/marlow/settings/").status_code == 200
    assert "Remove Bob from Marlow Running?" in visit(alice).get(address).text
    assert bob.memberships.exists()
    visit(alice).post(address)
    assert not bob.memberships.exists()
    assert bobs.get("/w/marlow/settings/").status_code == 404
    assert AuditEntry.objects.get(action="member.remove").object_name == "Bob"


def test_a_member_of_another_workspace_cannot_be_reached(visit, alice, charlie):
    for verb in ("role", "remove"):
        address = f"/w/marlow/settings/members/{pk_of(charlie)}/{verb}/"
        assert visit(alice).post(address, {"role": "viewer"}).status_code == 404
    assert charlie.memberships.get().role == Role.ADMIN


def invite(client, email="sofia@example.com", role="editor"):
    return client.post("/w/marlow/settings/members/invite/", {"email": email, "role": role}, follow=True)


def test_an_invitation_is_mailed_and_written_down(visit, alice, mailoutbox):
    assert "sofia@example.com has mail" in invite(visit(alice), "Sofia@Example.com").text
    assert mailoutbox[0].to == ["sofia@example.com"]
    assert "Alice invites you to Marlow Running" in mailoutbox[0].subject
    invitation = Invitation.objects.get()
    assert invitation.token_hash not in mailoutbox[0].body
    assert AuditEntry.objects.get(action="invitation.send").data == {"role": "editor"}


def test_the_audit_entry_does_not_hold_the_token(visit, alice, mailoutbox):
    invite(visit(alice))
    token = mailoutbox[0].body.split("/join/")[1].split("/")[0]
    entry = AuditEntry.objects.get()
    assert len(token) > 40
    assert token not in str(vars(entry))


def test_sending_again_ends_the_older_link(visit, alice, mailoutbox):
    client = visit(alice)
    invite(client)
    invite(client, role="viewer")
    first, second = (mail.body.split("/join/")[1].split("/")[0] for mail in mailoutbox)
    assert members.find_invitation(first) is None
    found = members.find_invitation(second)
    assert found is not None
    assert found.role == Role.VIEWER


@pytest.mark.parametrize("email", ["bob@example.com", "BOB@example.com", "no address", "", "a\x00@example.com"])
def test_no_invitation_for_members_or_nonsense(visit, alice, bob, mailoutbox, email):
    response = invite(visit(alice), email)
    assert response.status_code == 422
    assert "No invitation was sent." in response.text
    assert mailoutbox == []


def test_a_mail_server_that_is_away_is_told(visit, alice, monkeypatch):
    def refuse(*args, **kwargs):
        raise SMTPException("no")

    monkeypatch.setattr(EmailMessage, "send", refuse)
    assert "could not be sent: nobody has the link" in invite(visit(alice)).text


def test_a_withdrawn_invitation_ends(visit, alice, mailoutbox):
    client = visit(alice)
    invite(client)
    token = mailoutbox[0].body.split("/join/")[1].split("/")[0]
    assert members.find_invitation(token) is not None
    client.post(f"/w/marlow/settings/invitations/{Invitation.objects.get().pk}/revoke/")
    assert members.find_invitation(token) is None


def test_invitations_end_with_the_admin_who_made_them(visit, alice, bob, mailoutbox):
    set_role(visit(alice), bob, "admin")
    invite(visit(bob))
    assert Invitation.objects.count() == 1
    set_role(visit(alice), bob, "editor")
    assert not Invitation.objects.exists()


def test_too_many_invitations_are_slowed_down(visit, alice, mailoutbox):
    client = visit(alice)
    answers = [
        client.post(
            "/w/marlow/settings/members/invite/", {"email": f"n{number}@example.com", "role": "viewer"}
        ).status_code
        for number in range(31)
    ]
    assert answers == [302] * 30 + [429]


@pytest.mark.django_db(transaction=True)
def test_two_admins_who_demote_each_other_leave_one(alice, bob, workspace):
    Membership.objects.filter(user=bob).update(role=Role.ADMIN)
    start = threading.Barrier(2)

    def demote(user, by):
        membership = Membership.objects.get(user=user)
        start.wait()
        try:
            when_free(lambda: members.change_role(membership, Role.VIEWER, by))
        except members.LastAdmin:
            pass
        finally:
            database.close()

    pairs = [(alice, bob), (bob, alice)]
    threads = [threading.Thread(target=demote, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert workspace.memberships.filter(role=Role.ADMIN).count() == 1
