"""One's own name, colours and keys, and the password."""

import pytest

from tests.conftest import PASSWORD

NEW = "four other words here"


def test_somebody_changes_name_and_colours(visit, alice):
    response = visit(alice).post("/account/", {"name": " Alice \r\n Adams ", "theme": "dark"})
    assert response.headers["Location"] == "/account/"
    alice.refresh_from_db()
    assert (alice.name, alice.theme, alice.has_single_keys) == ("Alice Adams", "dark", False)
    assert 'data-theme="dark"' in visit(alice).get("/account/").text


def test_the_page_shows_what_is_set(visit, alice):
    page = visit(alice).get("/account/").text
    assert 'value="Alice"' in page
    assert "alice@example.com" in page


@pytest.mark.parametrize("name", ["", "   ", "\u200b\u200b", "\x00", "x" * 151])
def test_a_name_that_nobody_can_read_is_refused(visit, alice, name):
    response = visit(alice).post("/account/", {"name": name, "theme": "dark"})
    assert response.status_code == 422
    assert "id_name_error" in response.text
    alice.refresh_from_db()
    assert alice.name == "Alice"


def test_fields_that_are_not_on_the_page_cannot_be_set(visit, bob):
    visit(bob).post("/account/", {"name": "Bobby", "theme": "light", "is_superuser": "on", "email": "x@example.com"})
    bob.refresh_from_db()
    assert bob.name == "Bobby"
    assert (bob.is_superuser, bob.email) == (False, "bob@example.com")


@pytest.mark.parametrize(
    ("typed", "kept"), [("America/New_York", "America/New_York"), (" europe/berlin ", "Europe/Berlin"), ("", "")]
)
def test_somebody_chooses_the_own_clock(visit, alice, typed, kept):
    visit(alice).post("/account/", {"name": "Alice", "theme": "dark", "time_zone": typed})
    alice.refresh_from_db()
    assert alice.time_zone == kept


@pytest.mark.parametrize("zone", ["Mars/Base", "../../etc/passwd", "Europe/Berlin\x00", "x" * 61])
def test_a_clock_that_does_not_exist_is_refused(visit, alice, zone):
    response = visit(alice).post("/account/", {"name": "Alice", "theme": "dark", "time_zone": zone})
    assert response.status_code == 422
    assert "id_time_zone_error" in response.text
    alice.refresh_from_db()
    assert alice.time_zone == ""


def change(client, old, new=NEW):
    return client.post("/account/password/", {"oldpassword": old, "password1": new, "password2": new})


def test_a_new_password_keeps_this_session_and_ends_the_others(visit, alice):
    here, there = visit(alice), visit(alice)
    assert change(here, PASSWORD).status_code == 302
    alice.refresh_from_db()
    assert alice.check_password(NEW)
    assert here.get("/account/").status_code == 200
    assert there.get("/account/").status_code == 302


def test_the_old_password_must_be_right(visit, alice):
    assert "That is not your password of today." in change(visit(alice), "wrong").text
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)
