"""Pages for when something is wrong: they say what is true, and need neither script nor database."""

from urllib.parse import quote_from_bytes

import pytest
from django.core.exceptions import SuspiciousOperation
from django.db import OperationalError, connection
from django.test import Client
from django.urls import path

from dashboard.views import server_error
from workspaces.models import Membership


def broken(request):
    raise RuntimeError("canary-of-a-traceback")


def suspicious(request):
    raise SuspiciousOperation("canary-of-a-traceback")


class Urls:
    from dashboard.urls import handler400, handler403, handler404, handler500, urlpatterns

    urlpatterns = [*urlpatterns, path("broken/", broken), path("suspicious/", suspicious)]


@pytest.fixture
def patient(visit, alice, settings):
    """Alice's browser, which shows what a server would answer instead of raising."""
    settings.ROOT_URLCONF = Urls
    client = visit(alice)
    client.raise_request_exception = False
    return client


def test_a_missing_page_and_a_foreign_workspace_read_alike(visit, alice, elsewhere):
    missing = visit(alice).get("/w/nowhere/settings/")
    foreign = visit(alice).get("/w/halden/settings/")
    assert missing.status_code == foreign.status_code == 404
    assert "There is nothing here" in missing.text
    assert "There is nothing here" in foreign.text
    assert "Halden" not in foreign.text


def test_a_role_too_low_is_told_why_and_what_did_not_happen(visit, vera):
    response = visit(vera).post("/w/marlow/settings/", {"change": "stop"})
    assert response.status_code == 403
    assert "Only admins change connections, members and settings." in response.text
    assert "Nothing was changed and nothing was sent." in response.text


def test_our_own_mistake_is_called_that_and_shows_nothing_inside(patient):
    response = patient.get("/broken/")
    assert response.status_code == 500
    assert "Splitdesk made a mistake" in response.text
    assert "canary" not in response.text


def test_the_page_of_our_own_mistake_asks_the_database_nothing(rf):
    # Without the `db` fixture a query would fail this test.
    assert "Splitdesk made a mistake" in server_error(rf.get("/")).content.decode()


def test_a_request_that_no_form_sends_is_called_unreadable(patient):
    response = patient.get("/suspicious/")
    assert response.status_code == 400
    assert "This request cannot be read" in response.text
    assert "canary" not in response.text


@pytest.mark.parametrize(("method", "words"), [("get", "Load the page again"), ("post", "press again")])
def test_bad_68_a_database_that_is_away_is_a_503_that_promises_only_what_is_known(patient, monkeypatch, method, words):
    assert patient.get("/w/marlow/settings/").status_code == 200

    def away(*args, **kwargs):
        raise OperationalError("the connection is closed")

    monkeypatch.setattr(connection, "cursor", away)
    response = getattr(patient, method)("/w/marlow/settings/")
    monkeypatch.undo()
    assert response.status_code == 503
    assert "Splitdesk cannot reach its database" in response.text
    assert words in response.text


def test_maintenance_covers_every_page_but_health_and_static_files(visit, alice, settings):
    client = visit(alice)
    pages = ["/", "/sign-in/", "/w/marlow/settings/", "/operators/", "/nowhere/"]
    assert [client.get(page).status_code for page in pages] == [302, 302, 200, 302, 404]
    settings.MAINTENANCE = True
    for page in pages:
        response = client.get(page)
        assert response.status_code == 503
        assert "Splitdesk is being looked after" in response.text
        assert response.headers["Retry-After"] == "120"
    assert client.post("/sign-out/").status_code == 503
    assert client.get("/healthz").status_code == 200
    style = client.get("/static/splitdesk.css")
    assert style.status_code == 200
    style.close()


def test_maintenance_works_without_a_database(settings):
    settings.MAINTENANCE = True
    assert Client().get("/").status_code == 503  # without the `db` fixture a query would fail this test


def test_bad_02_a_body_of_many_megabytes_is_refused(visit, alice):
    response = visit(alice).post("/account/", {"name": "x" * 3_000_000, "theme": "dark"})
    assert response.status_code == 413
    alice.refresh_from_db()
    assert alice.name == "Alice"


@pytest.mark.parametrize("body", [b"name=\xff\xfe&theme=dark", b"name=%ED%A0%80&theme=dark", b"\x00\x01\x02"])
def test_bad_04_bytes_that_are_no_text_do_not_break_a_form(visit, alice, body):
    response = visit(alice).post("/account/", body, content_type="application/x-www-form-urlencoded")
    assert response.status_code in {302, 400, 422}
    assert visit(alice).get("/account/").status_code == 200


def test_a_lowered_role_counts_at_the_next_click(visit, paula):
    client = visit(paula)
    assert client.get("/w/marlow/settings/").status_code == 200
    Membership.objects.filter(user=paula).delete()
    assert client.get("/w/marlow/settings/").status_code == 404


NASTY = [
    "\x00",
    "a\x00b",
    "\ud800",
    "\u202eevil",
    "<script>alert(1)</script>",
    "{{7*7}}${7*7}",
    "'; DROP TABLE users --",
    "=cmd()",
    "line\r\nSet-Cookie: a=b",
    "𝟙𝟚𝟛" * 40,
    "é" * 5000,
    "%00%0d%0a",
    "../../etc/passwd",
]
FORMS = [
    ("/account/", ["name", "theme", "has_single_keys"]),
    ("/account/password/", ["oldpassword", "password1", "password2"]),
    ("/w/marlow/settings/connections/new/", ["provider", "name", "region", "key", "secret"]),
    ("/w/marlow/settings/members/invite/", ["email", "role"]),
    ("/w/marlow/settings/", ["change", "minutes", "time_zone"]),
    ("/sign-in/reset/", ["email"]),
]


@pytest.mark.parametrize("text", NASTY)
@pytest.mark.parametrize(("page", "fields"), FORMS)
def test_bad_07_no_text_breaks_a_form_or_leaves_it_as_markup(visit, alice, page, fields, text):
    value = text.encode("utf-8", "surrogatepass")
    body = b"&".join(field.encode() + b"=" + quote_from_bytes(value).encode() for field in fields)
    response = visit(alice).post(page, body, content_type="application/x-www-form-urlencoded")
    assert response.status_code in {200, 302, 400, 422}
    assert "<script>alert" not in response.text
    assert "Set-Cookie: a=b" not in str(response.headers)


def test_bad_07_a_name_is_shown_as_it_was_typed(visit, alice):
    client = visit(alice)
    client.post("/account/", {"name": "<b>{{7*7}}</b> \u202eevil", "theme": "dark"})
    page = client.get("/w/marlow/settings/").text
    assert "&lt;b&gt;{{7*7}}&lt;/b&gt; \u202eevil" in page
    assert "<b>{{7*7}}</b>" not in page
