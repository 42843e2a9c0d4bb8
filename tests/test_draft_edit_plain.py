"""The editor of a provider that nobody wrote one for: a few fields, and the document as JSON."""

import json

import pytest

from experiments import providers
from experiments.forms.editors import EDITORS
from experiments.models import Draft
from experiments.views.opening import PAGES
from tests.editor_form import Editor, FormReader
from tests.third_provider import PROVIDER
from workspaces.models import Connection


@pytest.fixture
def letters(monkeypatch, workspace, alice):
    monkeypatch.setitem(providers.PROVIDERS, PROVIDER.code, PROVIDER)
    made = Connection(workspace=workspace, provider="letterbox", name="Letters", region="home", key="box")
    made.seal_secret("key", "http://127.0.0.1:9", alice)
    made.save()
    return made


@pytest.fixture
def letter(letters, visit, bob):
    page = visit(bob).get("/w/marlow/drafts/new/").content.decode()
    assert "Letter test · " in page
    assert visit(bob).post("/w/marlow/drafts/new/", {"name": "Hello", "connection": letters.pk}).status_code == 302
    return Draft.objects.get()


def test_every_provider_of_the_product_has_an_editor_of_its_own():
    assert set(providers.PROVIDERS) == set(EDITORS) == set(PAGES)


def test_name_goal_and_tags_are_fields(letter, visit, bob):
    editor = Editor(visit(bob), letter)
    before = editor.document
    assert before["name"] == "Hello"
    editor.post({"/name": "Hello again", "goal": "More letters", "tags": "paper", "/description": "no field"})
    assert editor.document == before | {"name": "Hello again"}
    assert (editor.plan["goal"], editor.plan["tags"]) == ("More letters", ["paper"])
    assert (letter.name, letter.channels, letter.problems) == ("Hello again", "Letter", 2)


def test_a_text_that_cannot_be_kept_is_shown_again(letter, visit, bob):
    response = Editor(visit(bob), letter).post({"/name": "a\0b"})
    assert response.status_code == 422
    assert Editor(visit(bob), letter).fields["/name"] == ["a␀b"]
    assert Editor(visit(bob), letter).post({"/name": "ab"}).status_code == 303


def test_everything_else_is_written_as_json(letter, visit, bob):
    editor = Editor(visit(bob), letter)
    address = f"{letter.get_absolute_url()}json/"
    assert "There is no form for what Letterbox takes" in editor.html
    assert f'<a href="{address}">Write it</a>' in editor.html
    document = editor.document | {"variants": [{"name": "A", "text": "Dear runner"}]}
    fields = FormReader(visit(bob).get(address).content.decode(), "").fields
    assert visit(bob).post(address, {**fields, "document": json.dumps(document)}).status_code == 302
    assert editor.document == document
    assert "Dear runner" in Editor(visit(bob), letter).html
    assert "dear runner" in letter.search_text


def test_a_save_answers_with_parts_that_are_on_the_page(letter, visit, bob):
    editor = Editor(visit(bob), letter)
    parts = editor.post({"/name": "Typed"}, htmx=True).content.decode()
    targets = {part.split('"')[0] for part in parts.split('hx-target="#')[1:]}
    assert {"saved", "document-text", "problems"} <= targets
    assert all(f'id="{target}"' in editor.html for target in targets)


def test_those_who_only_look_see_the_document(letter, visit, vera):
    page = visit(vera).get(letter.get_absolute_url()).content.decode()
    assert "You can look at this draft but not write in it" in page
    assert "&quot;text&quot;" in page
