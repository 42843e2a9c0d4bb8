"""Saving while somebody types: small answers, nothing lost when an answer, a session or the order of requests is."""

import json
import re

import pytest

from tests.conftest import DOCUMENT
from tests.editor_form import Editor, message

LARGEST_ANSWER = 2048  # bytes on the wire


def test_a_save_answers_with_parts_and_never_with_the_fields(draft, visit, bob):
    editor = Editor(visit(bob), draft)
    response = editor.post({message(0, "alert"): "typing"}, htmx=True)
    parts = response.content.decode()
    assert response.status_code == 200
    assert "<html" not in parts
    assert "<textarea" not in parts
    assert 'hx-target="#editor-body"' not in parts
    targets = set(re.findall(r'hx-target="#([\w-]+)"', parts))
    assert {"editor-state", "saved", "steps", "problems", "drawn", "share-A"} <= targets
    assert all(f'id="{target}"' in editor.html for target in targets)
    assert 'name="revision" value="2"' in parts
    assert "typing" in parts  # the preview


def test_a_save_says_when_in_the_workspaces_zone(draft, visit, bob):
    parts = Editor(visit(bob), draft).post({"/name": "x"}, htmx=True).content.decode()
    draft.refresh_from_db()
    assert f"{draft.newest.at.astimezone(draft.workspace.zone):%H:%M:%S}" in parts


def test_an_unchanged_page_saves_no_revision(draft, visit, bob):
    editor = Editor(visit(bob), draft)
    assert editor.post(htmx=True).status_code == 200
    draft.refresh_from_db()
    assert draft.number == 1
    editor.post({"/name": "x"}, htmx=True)
    draft.refresh_from_db()
    assert draft.number == 2


def test_what_cannot_be_read_is_told_in_the_parts(draft, visit, bob):
    response = Editor(visit(bob), draft).post({"/variants/0/weight": "abc"}, htmx=True)
    assert response.status_code == 422
    assert 'data-field="f-variants-0-weight"' in response.content.decode()
    assert "but not what is marked" in response.content.decode()


@pytest.mark.parametrize(
    "changes",
    [
        {"audience.mode": "all"},
        {"/audience:kind": "segment"},
        {"device_types": ["ios", "web"]},
        {"when.mode": "moment"},
        {message(0, "actions/open/type"): "url"},
    ],
)
def test_a_choice_that_needs_other_fields_brings_them(draft, visit, bob, changes):
    parts = Editor(visit(bob), draft).post(changes, htmx=True).content.decode()
    assert 'hx-target="#editor-body"' in parts


def test_a_tab_saves_first_and_then_shows_the_variant(draft, visit, bob):
    editor = Editor(visit(bob), draft)
    response = editor.post({message(0, "alert"): "half a sen"}, do="show:1:ios", htmx=True)
    assert editor.document["variants"][0]["push"]["notification"]["alert"] == "half a sen"
    assert 'name="/variants/1/push/notification/ios/title"' in response.content.decode()
    assert response.headers["HX-Replace-Url"] == f"{editor.address}?variant=B&platform=ios"


def test_the_check_button_leaves_the_page_by_the_browser(draft, visit, bob):
    response = Editor(visit(bob), draft).post(do="check", htmx=True)
    assert response.headers["HX-Redirect"].endswith("/check/")


def test_a_save_whose_answer_was_lost_is_no_conflict(draft, visit, bob):
    editor = Editor(visit(bob), draft)
    editor.post({"/name": "first"}, turn=1, htmx=True)  # the page never sees this answer
    response = editor.post({"/name": "first and more"}, turn=2, htmx=True)
    assert response.status_code == 200
    assert editor.document["name"] == "first and more"


def test_a_late_copy_of_an_earlier_save_changes_nothing(draft, visit, bob):
    editor = Editor(visit(bob), draft)
    editor.post({"/name": "new text"}, turn=2, htmx=True)
    assert editor.post({"/name": "old text"}, turn=1, htmx=True).status_code == 200
    assert editor.document["name"] == "new text"


def test_two_pages_of_one_person_are_two_writers(draft, visit, bob):
    one, other = Editor(visit(bob), draft), Editor(visit(bob), draft)
    assert one.post({"/name": "one"}, turn=1, htmx=True).status_code == 200
    assert other.post({"/name": "other"}, turn=2, htmx=True).status_code == 409
    assert one.document["name"] == "one"


def test_bad_38_an_ended_session_gets_a_note_and_the_save_is_made_later(draft, visit, bob):
    browser = visit(bob)
    editor = Editor(browser, draft)
    browser.logout()
    response = editor.post({"/name": "typed while signed out"}, htmx=True)
    assert response.status_code == 401
    assert response.headers["HX-Retarget"] == "#notice"
    assert "You are signed out" in response.content.decode()
    browser.force_login(bob, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert editor.post({"/name": "typed while signed out"}, htmx=True).status_code == 200
    assert editor.document["name"] == "typed while signed out"


def test_twenty_six_variants_on_all_platforms_are_saved_with_a_small_answer(write, visit, bob):
    texts = {"title": "14 km is waiting for you", "alert": "Your Sunday long run is ready. Rain holds off until noon."}
    email = {
        "subject": "Run",
        "plaintext_body": "Run. unsubscribe " * 20,
        "html_body": "<p>Run. unsubscribe</p>" * 20,
        "message_type": "commercial",
        "sender_name": "Marlow",
        "sender_address": "run@marlow.example",
        "reply_to": "run@marlow.example",
    }
    variants = [
        {
            "name": f"Idea {number}",
            "weight": number + 1,
            "push": {
                "notification": {
                    "alert": f"{number} {texts['alert']}",
                    **{name: dict(texts) for name in ("ios", "android", "amazon", "web")},
                    "sms": {"alert": texts["alert"]},
                    "email": dict(email),
                }
            },
        }
        for number in range(26)
    ]
    draft = write(variants=variants, device_types=["ios", "android", "amazon", "web", "sms", "email"])
    assert len(json.dumps(draft.newest.document)) > 30_000
    editor = Editor(visit(bob), draft)
    for turn in range(1, 8):
        response = editor.client.post(
            editor.address,
            {**editor.fields, message(0, "alert"): "x" * turn, "turn": turn},
            headers={"HX-Request": "true", "Accept-Encoding": "gzip"},
        )
        assert response.status_code == 200
    assert editor.document["variants"][0]["push"]["notification"]["alert"] == "x" * 7
    assert editor.document["variants"][1:] == variants[1:]
    assert len(response.content) < 2 * LARGEST_ANSWER


def test_a_save_asks_the_database_little(draft, visit, bob, django_assert_max_num_queries):
    editor = Editor(visit(bob), draft)
    editor.post({"/name": "warm"}, turn=1, htmx=True)
    with django_assert_max_num_queries(20):
        editor.post({"/name": "warmer"}, turn=2, htmx=True)
    assert DOCUMENT["name"] != editor.document["name"] == "warmer"
