"""The page behind the link of an invitation: bound to one address, works once, for 72 hours."""

import threading
from datetime import timedelta

import pytest
import time_machine
from django.db import connection as database
from django.utils import timezone

from tests.conftest import PASSWORD
from tests.threads import when_free
from workspaces import members
from workspaces.models import AuditEntry, Invitation, Membership, Role, User

ENDED = "This invitation does not work any more"
NEW_PERSON = {"name": "Sofia", "password": "a long and fine one"}


@pytest.fixture
def invited(workspace, alice):
    invitation, token = Invitation.make(workspace, "sofia@example.com", Role.EDITOR, alice)
    return invitation, f"/join/{token}/"


def make_sofia() -> User:
    return User.objects.create_user("sofia@example.com", PASSWORD, name="Sofia")


def test_a_new_person_makes_an_account_and_is_in(client, invited):
    page = client.get(invited[1]).text
    assert "Join Marlow Running" in page
    assert "sofia@example.com" in page
    response = client.post(invited[1], NEW_PERSON)
    assert response.headers["Location"] == "/w/marlow/experiments/"
    sofia = User.objects.get(email="sofia@example.com")
    assert sofia.memberships.get().role == Role.EDITOR
    assert client.get("/w/marlow/settings/").status_code == 200
    assert AuditEntry.objects.get(action="invitation.accept").by == sofia


def test_the_address_cannot_be_exchanged(client, invited):
    client.post(invited[1], {**NEW_PERSON, "email": "evil@example.com"})
    assert User.objects.filter(email="sofia@example.com").exists()
    assert not User.objects.filter(email="evil@example.com").exists()


@pytest.mark.parametrize("bad", [{"password": "short"}, {"password": "password1234"}, {"name": " "}, {"password": ""}])
def test_a_weak_password_or_an_empty_name_is_refused(client, invited, bad):
    response = client.post(invited[1], {**NEW_PERSON, **bad})
    assert response.status_code == 422
    assert "You have not joined yet." in response.text
    assert not User.objects.filter(email="sofia@example.com").exists()


def test_somebody_with_an_account_signs_in_first(client, invited):
    make_sofia()
    page = client.get(invited[1]).text
    assert f"/sign-in/?next={invited[1]}" in page
    assert 'name="password"' not in page
    client.post(invited[1], NEW_PERSON)
    assert not Membership.objects.filter(user__email="sofia@example.com").exists()


def test_somebody_signed_in_accepts_with_one_button(visit, invited):
    sofia = make_sofia()
    client = visit(sofia)
    assert "Join as Sofia" in client.get(invited[1]).text
    assert not sofia.memberships.exists()
    client.post(invited[1])
    assert sofia.memberships.get().role == Role.EDITOR


def test_another_person_cannot_accept_it(visit, invited, charlie):
    client = visit(charlie)
    assert "You are signed in as charlie@example.com." in client.get(invited[1]).text
    client.post(invited[1])
    assert not charlie.memberships.filter(workspace__slug="marlow").exists()
    assert invited[0].__class__.objects.get().is_open


def test_it_works_once(client, visit, invited):
    client.post(invited[1], NEW_PERSON)
    response = visit(None).get(invited[1])
    assert response.status_code == 404
    assert ENDED in response.text


def test_it_ends_after_72_hours(client, invited):
    with time_machine.travel(timezone.now() + timedelta(hours=71, minutes=59)):
        assert client.get(invited[1]).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(hours=72, seconds=1)):
        assert ENDED in client.post(invited[1], NEW_PERSON).text
    assert not User.objects.filter(email="sofia@example.com").exists()


def test_a_link_that_was_never_sent_opens_nothing(client, invited):
    assert ENDED in client.get("/join/" + "x" * 43 + "/").text


def test_it_ends_when_its_maker_is_no_admin_any_more(client, invited, alice):
    assert client.get(invited[1]).status_code == 200
    alice.memberships.update(role=Role.EDITOR)
    assert ENDED in client.get(invited[1]).text


def test_guessing_links_is_slowed_down(client, db):
    answers = [client.post(f"/join/{number}/").status_code for number in range(21)]
    assert answers == [404] * 20 + [429]


def test_only_the_hash_of_the_token_is_stored(invited):
    token = invited[1].split("/")[2]
    assert invited[0].token_hash == Invitation.hash(token)
    assert token not in str(Invitation.objects.values().get())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("has_account", [True, False])
def test_of_many_who_accept_at_once_exactly_one_comes_in(workspace, alice, has_account):
    invitation, _ = Invitation.make(workspace, "sofia@example.com", Role.EDITOR, alice)
    sofia = make_sofia() if has_account else None
    start, came_in = threading.Barrier(5), []

    def come() -> None:
        start.wait()
        try:
            if sofia:
                when_free(lambda: members.accept(invitation, sofia))
            else:
                when_free(lambda: members.join(invitation, "Sofia", NEW_PERSON["password"]))
            came_in.append(True)
        except members.Ended:
            pass
        finally:
            database.close()

    threads = [threading.Thread(target=come) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert came_in == [True]
    assert Membership.objects.filter(user__email="sofia@example.com").count() == 1
    assert AuditEntry.objects.filter(action="invitation.accept").count() == 1
