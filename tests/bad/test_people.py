"""Numbers 33 to 44: what people do with buttons, tabs and sessions, and what happens to them meanwhile."""

import re
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings as django_settings
from django.db import connection as database
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from experiments import mirror, relay
from experiments.models import Draft, Kind, Operation, State
from sandbox.server import Sandbox
from tests.bad.pages import ask, check_page, confirm, send_address, token_in, words
from tests.conftest import PASSWORD
from tests.editor_form import Editor, message
from tests.threads import when_free
from workspaces.models import Invitation, Membership, Role

SCRIPT = Path(django_settings.BASE_DIR / "static" / "editor" / "saving.js")


def sends():
    return Operation.objects.filter(kind=Kind.CREATE)


@pytest.mark.django_db(transaction=True)
def test_bad_33_twenty_parallel_clicks_are_one_operation(checked, draft, visit, paula, work, sandbox):
    checked(draft)
    client = visit(paula)
    token, start, answers = token_in(check_page(client, draft)), threading.Barrier(20), []

    def click(browser: Client) -> None:
        start.wait()
        try:
            answers.append(when_free(lambda: browser.post(send_address(draft), {"token": token})))
        finally:
            database.close()

    threads = [threading.Thread(target=click, args=[visit(paula)]) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {(answer.status_code, answer.headers.get("Location")) for answer in answers} == {
        (302, sends().get().get_absolute_url())
    }
    assert len(answers) == 20
    work()
    work()
    assert len(sandbox.effects(kind="created")) == 1


def test_bad_34_going_back_and_pressing_again_leads_to_the_same_operation(checked, draft, visit, paula, work, sandbox):
    checked(draft)
    client = visit(paula)
    token = token_in(check_page(client, draft))
    first = client.post(send_address(draft), {"token": token})
    for _ in range(2):
        work()
        again = client.post(send_address(draft), {"token": token})
        assert again.headers["Location"] == first.headers["Location"]
    assert len(sandbox.effects(kind="created")) == 1
    assert sends().count() == 1


def test_bad_35_a_check_page_three_days_old_sends_nothing(checked, draft, visit, paula):
    checked(draft)
    token = token_in(check_page(visit(paula), draft))
    with time_machine.travel(timezone.now() + timedelta(days=3), tick=True):
        response = visit(paula).post(send_address(draft), {"token": token})
    assert response.status_code == 409
    assert "othing was sent" in response.text
    assert not sends().exists()
    assert visit(paula).post(send_address(draft), {"token": token}).status_code == 302


def test_bad_35_a_check_page_of_an_older_version_sends_nothing(checked, draft, visit, bob, paula):
    checked(draft)
    token = token_in(check_page(visit(paula), draft))
    Editor(visit(bob), draft).post({message(0, "alert"): "15 km is waiting for you."})
    response = visit(paula).post(send_address(draft), {"token": token})
    assert response.status_code == 409
    assert "othing was sent" in response.text
    assert not sends().exists()
    text = words(response.text)
    assert "As it was checked Now, Bob" in text
    assert "14 km is waiting for you. 15 km is waiting for you." in text  # both, beside each other
    assert (
        "Dry until noon." not in text.split("As it was checked")[1].split("15 km")[0]
    )  # what did not change is not there


def test_bad_36_neither_of_two_texts_is_lost_whatever_is_chosen(draft, visit, alice, bob):
    one, other = Editor(visit(alice), draft), Editor(visit(bob), draft)
    assert one.post({message(0, "alert"): "Text of Alice"}).status_code == 303
    page = other.post({message(0, "alert"): "Text of Bob"})
    assert page.status_code == 409
    assert "Text of Alice" in page.text
    assert "Text of Bob" in page.text
    assert "Text of Alice" in draft.revisions.get(number=2).document_text


def test_bad_37_who_edits_while_another_confirms_is_told_and_can_keep_the_text(confirmed, draft, visit, bob):
    editor = Editor(visit(bob), draft)
    operation = confirmed(draft)
    page = editor.post({message(0, "alert"): "A moment too late"})
    assert page.status_code == 409
    assert "This test is no longer a draft" in page.text
    assert b"A moment too late" not in operation.body
    mine = re.findall(r'name="mine" value="([^"]*)"', page.text)[0].replace("&quot;", '"')
    kept = visit(bob).post(draft.get_absolute_url(), {"do": "copy-mine", "mine": mine, "revision": "1"})
    assert kept.status_code == 303
    copy = Draft.objects.exclude(pk=draft.pk).get()
    assert "A moment too late" in copy.newest.document_text


@pytest.mark.parametrize("how", ["flushed", "password"])
def test_bad_38_a_session_that_ends_keeps_the_page_and_the_save_is_repeated(draft, visit, bob, how):
    browser = visit(bob)
    editor = Editor(browser, draft)
    if how == "flushed":
        browser.session.flush()
    else:
        bob.set_password("another long pass phrase")
        bob.save()
    refused = editor.post({"/name": "Typed meanwhile"}, htmx=True)
    assert (refused.status_code, refused.headers["HX-Retarget"]) == (401, "#notice")
    draft.refresh_from_db()
    assert draft.number == 1
    browser.force_login(bob, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert editor.post({"/name": "Typed meanwhile"}, htmx=True).status_code == 200
    assert editor.document["name"] == "Typed meanwhile"


def token_of_form(page: str) -> str:
    return re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[-1]


def test_bad_39_after_signing_in_elsewhere_a_save_works_with_a_fresh_token_once(draft, bob):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(bob, backend="allauth.account.auth_backends.AuthenticationBackend")
    editor = Editor(browser, draft)
    browser.cookies.pop("csrf")  # another tab signed in: the cookie is another one
    browser.get("/account/")
    old = {"csrfmiddlewaretoken": "x" * 64}
    refused = editor.post({"/name": "Typed meanwhile"} | old, htmx=True)
    assert refused.status_code == 403
    draft.refresh_from_db()
    assert draft.number == 1
    fresh = {"csrfmiddlewaretoken": token_of_form(browser.get(editor.address).text)}
    assert editor.post({"/name": "Typed meanwhile"} | fresh, htmx=True).status_code == 200
    assert "renewToken" in SCRIPT.read_text()


def test_bad_39_an_old_token_never_sends_and_a_fresh_page_does(checked, draft, paula):
    checked(draft)
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(paula, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = check_page(browser, draft)
    form = {"token": token_in(page)}
    refused = browser.post(send_address(draft), form | {"csrfmiddlewaretoken": "x" * 64})
    assert refused.status_code == 403
    assert not sends().exists()
    fresh = check_page(browser, draft)
    answer = browser.post(send_address(draft), {"token": token_in(fresh), "csrfmiddlewaretoken": token_of_form(fresh)})
    assert answer.status_code == 302


def lower(user):
    Membership.objects.filter(user=user).update(role=Role.EDITOR)


def remove(user):
    Membership.objects.filter(user=user).delete()


def switch_off(user):
    user.is_active = False
    user.save()


@pytest.mark.parametrize("change", [lower, remove, switch_off, lambda user: None])
def test_bad_40_who_may_not_send_any_more_when_it_is_taken_sends_nothing(
    confirmed, draft, paula, work, sandbox, change
):
    operation = confirmed(draft)
    change(paula)
    work()
    operation.refresh_from_db()
    is_refused = change in (lower, remove, switch_off)
    assert (operation.state == State.CANCELLED) is is_refused
    assert (operation.message != "") is is_refused
    assert len(sandbox.effects(kind="created")) == (0 if is_refused else 1)
    draft.refresh_from_db()
    assert draft.is_open is is_refused


def test_bad_41_a_page_saves_where_its_address_says_whatever_was_opened_since(draft, visit, bob, elsewhere):
    Membership.objects.create(workspace=elsewhere, user=bob, role=Role.ADMIN)
    browser = visit(bob)
    editor = Editor(browser, draft)
    for page in ("/w/halden/experiments/", "/w/halden/settings/"):
        assert browser.get(page).status_code == 200
    assert editor.post({"/name": "Saved at Marlow"}).status_code == 303
    assert editor.document["name"] == "Saved at Marlow"
    there = draft.get_absolute_url().replace("/marlow/", "/halden/")
    assert browser.post(there, {**editor.fields, "/name": "Saved at Halden"}).status_code == 404
    assert not any("workspace" in key for key in browser.session.keys())  # noqa: SIM118  a session is no dict


@pytest.fixture
def sent(confirmed, draft, work):
    operation = confirmed(draft)
    work()
    operation.refresh_from_db()
    return operation


def press_undo(visit, who, operation):
    return visit(who).post(reverse("operation_undo", args=["marlow", operation.pk]))


def test_bad_42_undo_pressed_twice_deletes_once(sent, visit, paula, work, sandbox):
    assert [press_undo(visit, paula, sent).status_code for _ in range(2)] == [302, 302]
    work()
    assert press_undo(visit, paula, sent).status_code in (302, 409)
    work()
    assert len(sandbox.effects(kind="deleted")) == 1
    assert Operation.objects.filter(kind=Kind.DELETE).count() == 1


def test_bad_42_undo_in_the_last_second_is_tried_and_told_as_what_it_was(sent, visit, paula, work):
    with time_machine.travel(sent.fence_at - timedelta(seconds=1), tick=True):
        answer = press_undo(visit, paula, sent)
    assert answer.status_code in (302, 409)
    work()
    page = visit(paula).get(sent.get_absolute_url()).text
    undo = Operation.objects.filter(kind=Kind.DELETE).first()
    assert ("Taken back before it went out." in page) is (undo is not None and undo.state == State.SUCCEEDED)


def test_bad_42_undo_after_the_start_is_too_late_and_never_deleted(sent, visit, paula, work, sandbox):
    assert press_undo(visit, paula, sent).status_code == 302
    sandbox.set_clock(offset_seconds=3600)
    work()
    undo = Operation.objects.get(kind=Kind.DELETE)
    assert (undo.state, undo.reason) == (State.REJECTED, "too_late")
    page = visit(paula).get(undo.get_absolute_url()).text
    assert "Too late" in page
    assert "Taken back" not in page


def test_bad_43_after_a_lost_line_the_page_finds_the_operation_and_never_says_failed(
    checked, draft, visit, paula, work, sandbox
):
    checked(draft)
    client = visit(paula)
    token = token_in(check_page(client, draft))
    client.post(send_address(draft), {"token": token})  # its answer never reached the browser
    page = check_page(client, draft)
    assert "failed" not in page.lower().replace("i-failed", "").replace("#failed", "")
    assert "is being sent or was sent already" in page
    again = client.post(send_address(draft), {"token": token})
    assert again.headers["Location"] == sends().get().get_absolute_url()
    sandbox.order("reset", method="POST", path="/api/experiments", when="after")
    relay.send(sends().get().pk)
    page = client.get(sends().get().get_absolute_url()).text
    assert "We do not know whether Airship got this." in page


def test_bad_44_without_script_a_draft_is_written_checked_sent_and_undone(
    connection, visit, bob, paula, work, sandbox, alice
):
    """Plain forms only: no header of htmx anywhere."""
    values = {"name": "By hand", "connection": str(connection.pk)}
    made = visit(bob).post(reverse("draft_new", args=["marlow"]), values)
    draft = Draft.objects.get()
    assert made.headers["Location"] == draft.get_absolute_url()
    steps: list[dict[str, Any]] = [
        {"device_types:shown": "1", "device_types": ["ios"]},
        {"audience.mode": "rules"},
        {"/audience/and/0:kind": "tag", "/audience/and/0:value": "runners", message(0, "alert"): "One"},
    ]
    for fields in steps:
        assert Editor(visit(bob), draft).post(fields).status_code == 303
    page = Editor(visit(bob), draft, "?variant=B")
    if message(1, "alert") in page.fields:
        assert page.post({message(1, "alert"): "Two", "variant": "B"}).status_code == 303
    assert ask(visit(paula), draft) == 302
    work()
    assert confirm(visit(paula), draft).status_code == 302
    work()
    assert len(sandbox.effects(kind="created")) == 1
    operation = sends().get()
    assert press_undo(visit, paula, operation).status_code == 302
    work()
    assert len(sandbox.effects(kind="deleted")) == 1
    draft.refresh_from_db()
    assert draft.is_open


def test_bad_44_every_link_and_form_works_without_script():
    asks = re.compile(r"\bhx-(get|post|put|patch|delete)=")
    seen = 0
    for path in (django_settings.BASE_DIR / "templates").rglob("*.html"):
        for tag in re.findall(r"<(?:a|form|button)\b(?:[^>{]|\{[^>]*?\})*>", path.read_text()):
            seen += 1
            assert not asks.search(tag) or re.search(r"\b(href|action|formaction)=", tag), (path, tag)
    assert seen > 200


def test_bad_47_an_invitation_lets_exactly_the_invited_person_in_once(visit, client, workspace, alice, charlie):
    def join(invitation_token, browser):
        return browser.post(f"/join/{invitation_token}/", {"name": "Sofia", "password": PASSWORD + " and more"})

    invitation, token = Invitation.make(workspace, "sofia@example.com", Role.EDITOR, alice)
    assert "You are signed in as charlie@example.com." in join(token, visit(charlie)).text
    assert not charlie.memberships.filter(workspace=workspace).exists()
    with time_machine.travel(timezone.now() + timedelta(hours=73), tick=True):
        assert join(token, client).status_code == 404
    assert join(token, client).status_code == 302
    reused = join(token, visit())
    assert reused.status_code == 404
    assert workspace.memberships.filter(user__email="sofia@example.com").count() == 1
    invitation.refresh_from_db()
    assert invitation.accepted_at is not None


@pytest.mark.django_db(transaction=True)
def test_bad_47_of_two_who_accept_at_once_one_comes_in_and_the_other_is_told(workspace, alice, visit):
    _, token = Invitation.make(workspace, "sofia@example.com", Role.EDITOR, alice)
    start, answers = threading.Barrier(2), []

    def come(browser: Client) -> None:
        start.wait()
        values = {"name": "Sofia", "password": PASSWORD + " and more"}
        try:
            answers.append(when_free(lambda: browser.post(f"/join/{token}/", values)).status_code)
        finally:
            database.close()

    threads = [threading.Thread(target=come, args=[visit()]) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.count(302) == 1
    assert set(answers) <= {302, 404, 200}  # ended, or: sign in first, as there is an account now
    assert workspace.memberships.filter(user__email="sofia@example.com").count() == 1


def test_bad_49_a_key_of_the_other_region_is_told_and_tried_nowhere_else(visit, alice, workspace, sandbox, settings):
    other = Sandbox(None, port=0)
    other.start()
    settings.PROVIDER_URLS = {("airship", "us"): other.url, ("airship", "eu"): sandbox.url}
    try:
        values = {"provider": "airship", "name": "US", "region": "us", "key": sandbox.key, "secret": sandbox.secret}
        answer = visit(alice).post(reverse("connection_new", args=["marlow"]), values)
        assert answer.status_code == 302, answer.text
        made = workspace.connections.get()
        mirror.check_connection(str(made.pk))
        page = visit(alice).get(reverse("connection_edit", args=["marlow", made.pk])).text
        assert "the project lives on the other site" in page
        assert len(other.requests.last(10)) == 1
        assert not sandbox.requests.last(10)  # the secret was shown to the host it was entered for, and to no other
    finally:
        other.stop()
