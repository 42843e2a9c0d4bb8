"""The exact document as text: the same rules, the same care."""

import json

import pytest

from experiments.models import Draft
from tests.conftest import DOCUMENT
from tests.editor_form import FormReader


class JsonPage:
    def __init__(self, client, draft):
        self.client, self.draft = client, draft
        self.address = f"/w/{draft.workspace.slug}/drafts/{draft.pk}/json/"
        self.html = client.get(self.address).content.decode()
        self.fields = FormReader(self.html, "").fields

    def save(self, text):
        return self.client.post(self.address, {**self.fields, "document": text})


def document_of(draft):
    draft.refresh_from_db()
    return draft.newest.document


def test_the_page_holds_the_exact_document(draft, visit, bob):
    page = JsonPage(visit(bob), draft)
    assert json.loads(page.fields["document"][0]) == DOCUMENT


def test_what_is_written_is_what_is_kept(draft, visit, bob):
    written = DOCUMENT | {"name": "By hand", "future_key": [1, 2.5, None], "audience": {"tag": "ünï"}}
    assert JsonPage(visit(bob), draft).save(json.dumps(written)).status_code == 302
    assert document_of(draft) == written
    assert draft.name == "By hand"
    assert "“future_key”" in JsonPage(visit(bob), draft).html  # told among the problems


def test_one_and_true_are_not_the_same(draft, visit, bob):
    for value in (1, True, 1.5):
        written = DOCUMENT | {"audience": {"attribute": "a", "operator": "equals", "value": value}}
        JsonPage(visit(bob), draft).save(json.dumps(written))
        kept = document_of(draft)["audience"]["value"]
        assert (type(kept), kept) == (type(value), value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"name": "a", "name": "b"}', "stands more than once"),
        ('{"name": "a",}', "Line 1, column 14"),
        ("{\n  // no\n}", "JSON has no comments"),
        ('\ufeff{"name": "a"}', "invisible mark"),
        ('{"control": 1e400}', "too large"),
        ('{"name": "\\ud800"}', "half of a character"),
        ('{"name": "a\\u0000"}', "NUL"),
        ("[1]", "one object in braces"),
        ("", "nothing here yet"),
        ("[" * 10_000, "nested deeper"),
    ],
)
def test_bad_18_19_a_text_that_reads_two_ways_is_refused_and_kept(draft, visit, bob, text, words):
    page = JsonPage(visit(bob), draft)
    response = page.save(text)
    assert response.status_code == 422
    shown = response.content.decode()
    assert words in shown
    assert FormReader(shown, "").fields["document"] == [text.replace("\n", "\r\n")]
    assert document_of(draft) == DOCUMENT
    assert page.save(json.dumps(DOCUMENT | {"name": "fine"})).status_code == 302


def test_a_schedule_written_by_hand_shows_in_the_form(draft, visit, bob):
    written = json.loads(json.dumps(DOCUMENT))
    for variant in written["variants"]:
        variant["schedule"] = {"scheduled_time": "2027-02-01T08:00:00"}
    JsonPage(visit(bob), draft).save(json.dumps(written))
    draft.refresh_from_db()
    assert draft.newest.plan["when"] == {"mode": "moment", "local": "2027-02-01T09:00", "fold": None}
    JsonPage(visit(bob), draft).save(json.dumps(DOCUMENT))
    draft.refresh_from_db()
    assert draft.newest.plan["when"]["mode"] == "soon"
    written["variants"][0]["schedule"] = {"best_time": {"send_date": "2027-02-01"}}
    JsonPage(visit(bob), draft).save(json.dumps(written))
    draft.refresh_from_db()
    assert draft.newest.plan["when"]["as_written"] is True


def test_bad_36_two_writers_of_the_json_see_both_versions(draft, visit, alice, bob):
    late = JsonPage(visit(bob), draft)
    JsonPage(visit(alice), draft).save(json.dumps(DOCUMENT | {"name": "Alice’s"}))
    response = late.save(json.dumps(DOCUMENT | {"name": "Bob’s"}))
    assert response.status_code == 409
    assert "Alice’s" in response.content.decode()
    assert "Bob’s" in response.content.decode()
    assert document_of(draft)["name"] == "Alice’s"


def test_viewers_read_the_json_and_cannot_save_it(draft, visit, vera, bob):
    page = JsonPage(visit(vera), draft)
    assert "save-json" not in page.html
    assert page.client.post(page.address, {"revision": "1", "document": "{}"}).status_code == 403
    assert JsonPage(visit(bob), draft).save(json.dumps(DOCUMENT | {"name": "x"})).status_code == 302


@pytest.mark.parametrize(
    ("name", "words"),
    [("curl", "--request POST"), ("python", "import urbanairship"), ("ruby", "require"), ("java", "import java")],
)
def test_the_equal_call_is_shown_without_the_secret(draft, visit, bob, sandbox, name, words):
    page = visit(bob).get(f"/w/marlow/drafts/{draft.pk}/json/?as={name}").content.decode()
    assert words in page
    assert sandbox.key in page
    assert sandbox.secret not in page
    assert "https://go.airship.eu/api/experiments" in page


def test_a_language_nobody_wrote_shows_the_json(draft, visit, bob):
    assert 'name="document"' in visit(bob).get(f"/w/marlow/drafts/{draft.pk}/json/?as=cobol").content.decode()


def test_strangers_find_no_json(draft, visit, charlie, bob):
    address = f"/w/marlow/drafts/{draft.pk}/json/"
    assert visit(charlie).get(address).status_code == 404
    assert visit(bob).get(address).status_code == 200


def test_problems_stand_below_the_document_with_their_lines(draft, visit, bob):
    page = JsonPage(visit(bob), draft)
    text = json.dumps(DOCUMENT | {"control": 7}, indent=2)
    assert page.save(text).status_code == 302
    shown = JsonPage(visit(bob), draft).html.partition('id="document-problems"')[2].partition("</ol>")[0]
    start = text.index('"control"')
    assert f'href="#document" data-start="{start}"' in shown
    assert f"Line {text.count(chr(10), 0, start) + 1}<" in shown
    assert "data-start" in page.save('{"name": "a",}').content.decode()


def test_keys_that_fit_are_told_to_everybody_who_may_read(draft, visit, vera, bob):
    address = f"/w/marlow/drafts/{draft.pk}/keys/"
    answer = visit(vera).get(address, {"at": "/variants/0/push/notification/ios"})
    keys = {key["name"]: key for key in answer.json()["keys"]}
    assert keys["interruption_level"]["values"] == ["passive", "active", "time-sensitive", "critical"]
    assert "max-age=" in answer.headers["Cache-Control"]
    assert "private" in answer.headers["Cache-Control"]
    assert visit(bob).get(address, {"at": "/nix\0"}).json()["keys"] == []
    assert visit(bob).get(address).json()["keys"][0]["name"] == "name"
    assert f'data-json="{address}"' in JsonPage(visit(bob), draft).html
    assert f'data-json="{address}"' not in JsonPage(visit(vera), draft).html


def test_where_nobody_wrote_what_fits_nothing_is_offered(paywalls, visit, bob):
    draft = Draft.objects.create(workspace=paywalls.workspace, connection=paywalls, owner=bob, provider="qonversion")
    draft.append({"name": "Paywall"}, {}, by=bob, based_on=0, name="Paywall")
    assert visit(bob).get(f"/w/marlow/drafts/{draft.pk}/keys/").json()["keys"] == []
    assert 'data-json=""' in JsonPage(visit(bob), draft).html
