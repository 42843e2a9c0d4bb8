"""The way in and out: one door with a limit on wrong passwords, for operators too."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from tests.conftest import PASSWORD
from workspaces.models import User

MISMATCH = "That email and password do not match."
PAUSED = "Too many wrong tries."


def sign_in(client, email, password=PASSWORD, **more):
    return client.post("/sign-in/", {"login": email, "password": password, **more})


def is_signed_in(client) -> bool:
    return bool(client.get("/account/").status_code == 200)


def test_a_page_sends_a_stranger_to_sign_in_and_back(client, alice):
    response = client.get("/w/marlow/settings/")
    assert response.headers["Location"] == "/sign-in/?next=/w/marlow/settings/"
    response = sign_in(client, "alice@example.com", next="/w/marlow/settings/")
    assert response.headers["Location"] == "/w/marlow/settings/"
    assert is_signed_in(client)


def test_the_address_may_be_written_in_capitals(client, alice):
    sign_in(client, "Alice@Example.com")
    assert is_signed_in(client)


def test_nobody_is_led_to_another_site_after_sign_in(client, alice):
    response = sign_in(client, "alice@example.com", next="https://evil.example/")
    assert is_signed_in(client)
    assert response.headers["Location"] == "/"


def test_a_wrong_password_and_an_unknown_address_look_alike(client, alice):
    wrong = sign_in(client, "alice@example.com", "not this one at all")
    unknown = sign_in(client, "nobody@example.com", "not this one at all")
    assert MISMATCH in wrong.text
    assert wrong.text.replace("alice", "nobody").count("nobody") == unknown.text.count("nobody")
    assert MISMATCH in unknown.text
    assert not is_signed_in(client)


def test_a_password_is_never_written_back_into_the_page(client, alice):
    response = sign_in(client, "alice@example.com", "canary-of-a-password")
    assert MISMATCH in response.text
    assert "canary-of-a-password" not in response.text


def test_after_five_wrong_tries_even_the_right_password_waits(client, alice):
    for _ in range(5):
        assert MISMATCH in sign_in(client, "alice@example.com", "wrong").text
    assert PAUSED in sign_in(client, "alice@example.com").text
    assert not is_signed_in(client)


def test_the_pause_ends_after_fifteen_minutes(client, alice):
    for _ in range(6):
        sign_in(client, "alice@example.com", "wrong")
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        sign_in(client, "alice@example.com")
        assert is_signed_in(client)


def test_wrong_tries_with_one_address_do_not_stop_another(client, alice, bob):
    for _ in range(6):
        sign_in(client, "alice@example.com", "wrong")
    sign_in(client, "bob@example.com")
    assert is_signed_in(client)


def test_ten_wrong_tries_a_minute_from_one_place_stop_that_place(client, alice):
    for number in range(10):
        sign_in(client, f"somebody{number}@example.com", "wrong")
    assert PAUSED in sign_in(client, "alice@example.com").text


def test_a_ticked_box_keeps_somebody_signed_in_for_14_days(client, alice):
    sign_in(client, "alice@example.com", remember="on")
    assert client.cookies["session"]["max-age"] == 14 * 24 * 3600


def test_without_the_tick_the_session_ends_with_the_browser(client, alice):
    sign_in(client, "alice@example.com")
    assert is_signed_in(client)
    assert client.cookies["session"]["max-age"] == ""


def test_signing_in_changes_the_session_key(client, alice):
    client.get("/sign-in/")
    session = client.session
    session["seen"] = True
    session.save()
    before = session.session_key
    client.cookies["session"] = before
    sign_in(client, "alice@example.com")
    assert client.session.session_key != before


def test_signing_out_takes_a_post(client, visit, alice):
    alices = visit(alice)
    assert "Sign out?" in alices.get("/sign-out/").text
    assert is_signed_in(alices)
    assert alices.post("/sign-out/").headers["Location"] == "/sign-in/"
    assert not is_signed_in(alices)


def test_a_session_that_was_signed_out_is_dead_on_the_server(client, visit, alice):
    alices = visit(alice)
    cookie = alices.cookies["session"].value
    alices.post("/sign-out/")
    client.cookies["session"] = cookie
    assert not is_signed_in(client)


def test_a_switched_off_account_is_told_so_and_stays_outside(client, alice):
    User.objects.filter(pk=alice.pk).update(is_active=False)
    response = client.post("/sign-in/", {"login": "alice@example.com", "password": PASSWORD}, follow=True)
    assert "This account is switched off" in response.text
    assert not is_signed_in(client)


def test_switching_an_account_off_ends_its_sessions(visit, alice):
    alices = visit(alice)
    assert is_signed_in(alices)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert not is_signed_in(alices)


def test_operators_use_the_same_door(client, alice):
    assert client.get("/operators/", follow=True).redirect_chain[-1][0] == "/sign-in/?next=%2Foperators%2F"
    olga = User.objects.create_superuser("olga@example.com", PASSWORD, name="Olga")
    assert client.get("/operators/login/").headers["Location"].startswith("/sign-in/?next=")
    assert client.post("/operators/login/", {"username": olga.email, "password": PASSWORD}).status_code == 302
    assert not is_signed_in(client)
    response = sign_in(client, olga.email, next="/operators/")
    assert client.get(response.headers["Location"]).status_code == 200


def test_wrong_tries_of_an_operator_count(client, db):
    User.objects.create_superuser("olga@example.com", PASSWORD)
    for _ in range(5):
        sign_in(client, "olga@example.com", "wrong", next="/operators/")
    assert PAUSED in sign_in(client, "olga@example.com", next="/operators/").text


@pytest.mark.parametrize("name", ["account_signup", "account_email", "account_set_password", "account_reauthenticate"])
def test_allauth_pages_that_nobody_needs_have_no_address(name):
    assert reverse("account_login") == "/sign-in/"
    with pytest.raises(NoReverseMatch):
        reverse(name)


def test_an_htmx_request_of_an_ended_session_gets_a_note_not_a_sign_in_page(client, alice):
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/w/marlow/settings/?before=4"}
    response = client.get("/workspaces/", headers=headers)
    assert response.status_code == 401
    assert response.headers["HX-Retarget"] == "#notice"
    assert "/sign-in/?next=%2Fw%2Fmarlow%2Fsettings%2F%3Fbefore%3D4" in response.text
    assert "<form" not in response.text
