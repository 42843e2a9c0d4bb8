"""The list of problems in the editor: our own checks, what the provider said, and where each is mended."""

import copy
from typing import Any

from experiments import relay
from experiments.models import State
from tests.conftest import DOCUMENT
from tests.editor_form import Editor, message


def glowing():
    """A test with a key that we do not know and that the sandbox refuses, as Airship does with unknown keys."""
    variants = copy.deepcopy(DOCUMENT["variants"])
    variants[1]["push"]["notification"]["glow"] = 1
    return variants


def refuse(draft, paula, work):
    operation = relay.propose(draft, paula)
    work()
    operation.refresh_from_db()
    assert operation.state == State.REJECTED
    return operation


def test_what_airship_refused_stands_in_the_list_until_its_place_is_changed(write, visit, bob, paula, work):
    draft = write(variants=glowing())
    assert "Airship says" not in Editor(visit(bob), draft).html
    refuse(draft, paula, work)
    editor = Editor(visit(bob), draft, "?variant=B")
    assert "Airship says" in editor.html
    assert 'data-mark="fix"><a href="#variants"' in editor.html
    editor.post({message(1, "alert"): "Another text"})  # elsewhere: it still stands
    assert "Airship says" in Editor(visit(bob), draft).html
    changed = copy.deepcopy(draft.newest.document)
    del changed["variants"][1]["push"]["notification"]["glow"]
    draft.refresh_from_db()
    draft.append(changed, draft.newest.plan, by=bob, based_on=draft.number)
    assert "Airship says" not in Editor(visit(bob), draft).html


def test_a_check_that_was_accepted_says_nothing_in_the_list(draft, visit, bob, checked):
    checked(draft)
    assert "Airship says" not in Editor(visit(bob), draft).html


def test_every_entry_leads_to_a_field_that_is_on_its_page(write, visit, bob):
    variants = copy.deepcopy(DOCUMENT["variants"])
    variants[1]["weight"] = 0
    variants[1]["push"]["notification"] = {"ios": {"badge": "many"}}
    draft = write(
        variants=variants, control=2, audience={"and": [{"tag": ""}]}, campaigns={"categories": [""]}, newer=1
    )
    listed = Editor(visit(bob), draft, "?checked=1").response.context["page"].listed
    assert len(listed) > 5
    for entry in listed:
        address, _, field = entry["href"].partition("#")
        html = visit(bob).get(address).content.decode()
        assert not field or f'id="{field}"' in html, entry


def test_many_remarks_are_folded_and_what_has_to_be_done_is_not(write, visit, bob):
    variants: list[dict[str, Any]] = [
        {"name": str(number), "push": {"notification": {"alert": f"Text {number}", "ios": {"title": str(number)}}}}
        for number in range(12)
    ]
    variants[3]["weight"] = 0
    page = Editor(visit(bob), write(variants=variants)).response.context["page"]
    assert [entry["kind"] for entry in page.listed_first] == ["error"] + ["warning"] * 5
    assert len(page.listed_rest) > 3
    assert page.listed == [*page.listed_first, *page.listed_rest]
    few = Editor(visit(bob), write()).response.context["page"]
    assert few.listed_rest == []
