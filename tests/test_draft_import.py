"""Pasting a test: nothing is sent, nothing is changed on the way, and nothing pasted is lost."""

import json

import pytest

from experiments.models import Draft, Operation
from experiments.providers.airship import samples
from tests.conftest import DOCUMENT
from tests.editor_form import FormReader
from workspaces.models import AuditEntry

PUSH = {"audience": {"tag": "a"}, "device_types": ["ios"], "notification": {"alert": "Run"}}


def page(client):
    return client.get("/w/marlow/drafts/import/").content.decode()


def paste(client, text, **more):
    fields = FormReader(page(client), "").fields
    return client.post("/w/marlow/drafts/import/", {**fields, "pasted": text, **more})


def only_draft():
    return Draft.objects.get()


def test_a_pasted_test_becomes_a_draft_with_the_very_same_document(connection, visit, bob):
    pasted = DOCUMENT | {"future": {"key": [1, 1.0, -0.5, 2**60]}, "control": 0.1}
    assert paste(visit(bob), json.dumps(pasted, indent=1)).status_code == 302
    draft = only_draft()
    assert draft.newest.document_text == json.dumps(pasted, ensure_ascii=False)
    assert draft.connection == connection
    assert AuditEntry.objects.filter(action="draft.import", by=bob).exists()
    assert not Operation.objects.exists()


def test_unknown_keys_are_flagged_in_the_editor_and_do_not_block(connection, visit, bob):
    newer = json.loads(json.dumps(DOCUMENT))
    newer["variants"][0]["push"]["notification"]["glow"] = {"colour": "gold"}
    paste(visit(bob), json.dumps(newer))
    draft = only_draft()
    html = visit(bob).get(draft.get_absolute_url()).content.decode()
    assert "Splitdesk does not know “glow”" in html
    assert draft.problems == 0
    wrong = newer | {"shedule": 1}
    paste(visit(bob), json.dumps(wrong))
    assert Draft.objects.exclude(pk=draft.pk).get().problems == 1


def test_a_curl_command_is_read_and_its_key_is_kept_nowhere(connection, visit, bob):
    command = samples.curl(json.dumps(DOCUMENT), "https://go.urbanairship.com/api/experiments", "appkey")
    command = command.replace(samples.SECRET, "very-secret-value")
    assert paste(visit(bob), command).status_code == 302
    draft = only_draft()
    assert draft.newest.document == DOCUMENT
    assert "very-secret" not in draft.newest.document_text + str(draft.newest.plan)


def test_a_schedule_in_the_paste_is_the_time_of_the_draft(connection, visit, bob):
    timed = json.loads(json.dumps(DOCUMENT))
    for variant in timed["variants"]:
        variant["schedule"] = {"scheduled_time": "2031-05-05T10:00:00"}
    paste(visit(bob), json.dumps(timed))
    draft = only_draft()
    assert draft.newest.document == timed
    assert draft.newest.plan["when"]["local"] == "2031-05-05T12:00"  # Berlin


def test_an_answer_of_airship_gives_a_copy_without_its_ids_and_time(connection, visit, bob):
    plain = DOCUMENT["variants"]
    variants = [
        {**variant, "id": n, "schedule": {"scheduled_time": "2031-05-05T10:00:00"}} for n, variant in enumerate(plain)
    ]
    answer = {
        "ok": True,
        "experiment": DOCUMENT | {"id": "x", "created_at": "2026-01-01T00:00:00", "push_id": "y", "variants": variants},
    }
    client = visit(bob)
    response = paste(client, json.dumps(answer))
    assert only_draft().newest.document == DOCUMENT
    assert "own ids were left out" in client.get(response.url).content.decode()


def test_of_several_tests_one_is_chosen(connection, visit, bob):
    answer = {"ok": True, "experiments": [DOCUMENT | {"name": "First"}, DOCUMENT | {"name": "Second"}]}
    response = paste(visit(bob), json.dumps(answer))
    html = response.content.decode()
    assert response.status_code == 422
    assert "holds 2 tests" in html
    assert "Second" in html
    assert not Draft.objects.exists()
    fields = FormReader(html, "").fields
    assert visit(bob).post("/w/marlow/drafts/import/", {**fields, "test": "1"}).status_code == 302
    assert only_draft().name == "Second"


@pytest.mark.parametrize("number", ["2", "-1", "x", "²", "9" * 50])
def test_a_choice_that_is_not_there_asks_again(connection, visit, bob, number):
    answer = json.dumps({"experiments": [DOCUMENT, DOCUMENT]})
    assert paste(visit(bob), answer, test=number).status_code == 422
    assert not Draft.objects.exists()


@pytest.mark.parametrize(
    ("pasted", "variants"),
    [
        (PUSH, [{"name": "A", "push": {"notification": {"alert": "Run"}}}]),
        ({"alert": "Run"}, [{"name": "A", "push": {"notification": {"alert": "Run"}}}]),
        (
            {"open::kiosk": {"alert": "Run"}},
            [{"name": "A", "push": {"notification": {"open::kiosk": {"alert": "Run"}}}}],
        ),
        (
            {"push": PUSH, "schedule": {"scheduled_time": "2031-01-01T00:00:00"}},
            [
                {
                    "name": "A",
                    "schedule": {"scheduled_time": "2031-01-01T00:00:00"},
                    "push": {"notification": {"alert": "Run"}},
                }
            ],
        ),
        ({"push": [PUSH, PUSH]}, [{"name": name, "push": {"notification": {"alert": "Run"}}} for name in "AB"]),
    ],
    ids=["a push", "a notification", "an open channel", "a scheduled push", "two pushes"],
)
def test_a_message_becomes_a_variant(connection, visit, bob, pasted, variants):
    assert paste(visit(bob), json.dumps(pasted)).status_code == 302
    document = only_draft().newest.document
    assert document["variants"] == variants
    if "audience" in json.dumps(pasted):
        assert document["audience"] == {"tag": "a"}
        assert document["device_types"] == ["ios"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "nothing here yet"),
        ("hello", "Line 1, column 1"),
        ("[]", "one object in braces"),
        ("{}", "nothing in it looks like a test"),
        ('{"ok": true}', "holds no test"),
        ('{"experiments": []}', "lists no tests"),
        ('{"push": []}', "nothing in it looks like a test"),
        ('{"name": "a", "name": "b"}', "more than once"),
        ("curl https://x.example", "sends no body"),
        ("curl -d '{\"a\": }' x", "Line 1"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told_and_stays_in_its_field(connection, visit, bob, text, words):
    response = paste(visit(bob), text)
    html = response.content.decode()
    assert response.status_code == 422
    assert words in html
    assert FormReader(html, "").fields["pasted"] == [text]
    assert not Draft.objects.exists()


def test_viewers_and_strangers_cannot_paste(connection, visit, vera, bob, charlie):
    data = {"pasted": json.dumps(DOCUMENT), "connection": str(connection.pk)}
    assert visit(vera).post("/w/marlow/drafts/import/", data).status_code == 403
    assert visit(charlie).post("/w/marlow/drafts/import/", data).status_code == 404
    assert visit(charlie).post("/w/halden/drafts/import/", data).status_code in (200, 422)
    assert not Draft.objects.exists()
    assert visit(bob).post("/w/marlow/drafts/import/", data).status_code == 302
