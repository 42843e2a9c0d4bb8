"""Looking while typing: the posted form is drawn, and nothing of it is saved."""

import re
from typing import Any

from experiments.models import Revision
from tests.editor_form import Editor, message


def look(editor: Editor, changes: dict[str, Any] | None = None) -> Any:
    data = {**editor.fields, **(changes or {})}
    return editor.client.post(f"{editor.address}preview/", data, headers={"HX-Request": "true"})


def test_a_preview_shows_what_is_typed_and_saves_nothing(draft, visit, bob):
    editor = Editor(visit(bob), draft)
    response = look(editor, {message(0, "alert"): "not saved yet"})
    assert response.status_code == 200
    assert "not saved yet" in response.content.decode()
    draft.refresh_from_db()
    assert (draft.number, Revision.objects.filter(draft=draft).count()) == (1, 1)
    assert "not saved yet" not in str(editor.document)
    editor.post({message(0, "alert"): "not saved yet"}, htmx=True)  # the save does
    assert editor.document["variants"][0]["push"]["notification"]["alert"] == "not saved yet"


def test_a_preview_brings_no_fields_and_every_part_has_its_place(draft, visit, bob):
    editor = Editor(visit(bob), draft)
    parts = look(editor, {message(0, "alert"): "x"}).content.decode()
    targets = set(re.findall(r'hx-target="#([\w-]+)"', parts))
    assert {"sizes", "audience-words", "share-A"} <= targets
    assert all(f'id="{target}"' in editor.html for target in targets)
    assert not targets & {"editor-state", "editor-body", "saved", "problems"}
    assert "<textarea" not in parts


def test_a_preview_follows_the_weights(draft, visit, bob):
    editor = Editor(visit(bob), draft)
    assert look(editor).content != look(editor, {"/variants/0/weight": "9"}).content


def test_html_in_a_message_is_shown_as_text(draft, visit, bob):
    parts = look(Editor(visit(bob), draft), {message(0, "alert"): "<img src=x onerror=alert(1)>"}).content.decode()
    assert "<img" not in parts
    assert "&lt;img" in parts


def test_a_text_that_cannot_be_read_is_no_fault(draft, visit, bob):
    assert look(Editor(visit(bob), draft), {"/variants/0/weight": "abc"}).status_code == 200


def test_another_workspaces_draft_is_not_there(draft, visit, bob, charlie):
    editor = Editor(visit(bob), draft)
    data = {**editor.fields}
    assert visit(charlie).post(f"{editor.address}preview/", data).status_code == 404
    assert look(editor).status_code == 200


def test_who_only_looks_may_not_post_a_form(draft, visit, bob, vera):
    editor = Editor(visit(bob), draft)
    assert visit(vera).post(f"{editor.address}preview/", editor.fields).status_code == 403
    assert look(editor).status_code == 200


def test_a_form_without_its_revision_is_refused(draft, visit, bob):
    editor = Editor(visit(bob), draft)
    assert look(editor, {"revision": "99"}).status_code == 400


def test_a_draft_is_only_read_from_its_own_revision(draft, visit, bob):
    """What somebody else saved meanwhile is not mixed in: the preview is of this form."""
    editor, other = Editor(visit(bob), draft), Editor(visit(bob), draft)
    other.post({"/name": "theirs"}, htmx=True)
    assert look(editor, {message(0, "alert"): "mine"}).status_code == 200
    assert editor.document["name"] == "theirs"
