"""What every answer tells the browser: run our own files only, and keep no copy."""

import re

import pytest
from django.contrib.staticfiles import finders
from django.test import Client, override_settings

PAGES = ["/sign-in/", "/account/", "/w/marlow/settings/", "/nowhere/", "/join/x/", "/operators/", "/workspaces/"]


@pytest.mark.parametrize("page", PAGES)
def test_every_page_carries_the_headers(visit, alice, page):
    headers = visit(alice).get(page).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == policy["form-action"] == "'self'"
    assert policy["base-uri"] == policy["frame-ancestors"] == policy["object-src"] == "'none'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.parametrize("page", PAGES)
def test_no_page_is_kept_by_a_cache(visit, alice, page):
    assert "no-store" in visit(alice).get(page).headers["Cache-Control"]


def test_signing_out_clears_what_the_browser_holds(visit, alice):
    client = visit(alice)
    assert "Clear-Site-Data" not in client.get("/sign-out/").headers
    assert client.post("/sign-out/").headers["Clear-Site-Data"] == '"cache", "storage"'


def test_static_files_may_be_kept(visit, alice):
    assert finders.find("splitdesk.css")
    response = visit(None).get("/static/splitdesk.css")
    assert response.status_code == 200
    assert "no-store" not in response.headers["Cache-Control"]
    response.close()


@pytest.mark.parametrize("page", PAGES)
def test_no_page_holds_inline_script_or_style(visit, alice, page):
    html = visit(alice).get(page, follow=True).text
    assert "</html>" in html
    assert re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", html) == []
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=|hx-on|javascript:|js:", html) == []


def test_the_session_cookie_is_for_the_browser_alone(client, alice):
    client.post("/sign-in/", {"login": "alice@example.com", "password": "correct horse battery"})
    cookie = client.cookies["session"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_behind_https_cookies_are_secure(client, alice):
    with override_settings(SESSION_COOKIE_SECURE=True, CSRF_COOKIE_SECURE=True):
        client.get("/sign-in/", secure=True)
        client.post("/sign-in/", {"login": "alice@example.com", "password": "correct horse battery"}, secure=True)
    assert client.cookies["session"]["secure"]
    assert client.cookies["csrf"]["secure"]


def test_a_form_from_another_site_is_refused(alice):
    strict = Client(enforce_csrf_checks=True)
    data = {"login": "alice@example.com", "password": "correct horse battery"}
    response = strict.post("/sign-in/", data)
    assert response.status_code == 403
    assert "This page is too old to be sent" in response.text
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', strict.get("/sign-in/").text)
    assert token is not None
    assert strict.post("/sign-in/", {**data, "csrfmiddlewaretoken": token[1]}).status_code == 302


def test_the_token_may_come_in_the_header_that_htmx_sends(visit, alice):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = strict.get("/w/marlow/settings/").text
    token = re.search(r'"X-CSRFToken": "(\w+)"', page)
    assert token is not None
    assert strict.post("/w/marlow/settings/", {"change": "stop"}).status_code == 403
    headers = {"X-CSRFToken": token[1]}
    assert strict.post("/w/marlow/settings/", {"change": "stop"}, headers=headers).status_code == 302
