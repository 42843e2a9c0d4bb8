"""The audience on the editor's page: rules, everybody or JSON, each problem at its field, nothing lost."""

import copy
import json

from tests.audience_cases import (
    NESTED,
    NUMBER,
    UUID,
)
from tests.editor_form import Editor


def test_every_control_has_a_name_of_its_own(write, visit, bob):
    page = Editor(visit(bob), write(audience=copy.deepcopy(NESTED)))
    for name in (
        "What rule 1 in group 1 looks at",
        "Value of rule 1 in group 1",
        "Attribute of rule 2 in group 2",
        "How to compare of rule 2 in group 2",
        "Tag group of rule 1 in group 3",
        "How the rules of group 3 combine",
    ):
        assert page.html.count(f'aria-label="{name}"') == 1
    assert "Move or copy rule 2 in group 2" in page.html
    assert "Remove rule 1 in group 3: Tag crm paused" in page.html


def test_a_mistake_is_told_at_the_field_of_its_rule(write, visit, bob):
    audience = {"and": [{"tag": "t" * 129}, {"or": [{"ios_channel": UUID}, {"newer": 1}]}]}
    page = Editor(visit(bob), write(audience=audience, device_types=["android"]))
    assert 'id="f-audience-and-0-tag"' in page.html
    told = page.html.split('id="f-audience-and-0-tag-error">')[1].split("</p>")[0]
    assert "128 characters at most" in told
    told = page.html.split('id="f-audience-and-1-or-0-ios_channel-error">')[1].split("</p>")[0]
    assert "The audience names iOS devices, but the test does not send to them." in told
    assert "#f-audience-and-1-or-1-json" in page.html
    assert "Splitdesk does not know the selector “newer”" in page.html


def test_a_number_that_is_none_stands_on_the_page_with_its_reason(write, visit, bob):
    draft = write(audience={"and": [NUMBER]})
    response = Editor(visit(bob), draft).post({"/audience/and/0:value": "three"})
    assert response.status_code == 422
    page = Editor(visit(bob), draft)
    assert page.fields["/audience/and/0:value"] == ["three"]
    told = page.html.split('id="f-audience-and-0-value-error">')[1].split("</p>")[0]
    assert "“three” is not a number." in told
    page.post({"/audience/and/0:value": "4"})
    assert page.document["audience"] == {"and": [NUMBER | {"value": 4}]}


def test_the_whole_audience_is_written_as_json(write, visit, bob):
    draft = write(audience=copy.deepcopy(NESTED))
    Editor(visit(bob), draft).post({"audience.mode": "json"})
    page = Editor(visit(bob), draft)
    assert json.loads(page.fields["part:/audience"][0]) == NESTED
    page.post({"part:/audience": '{"newer": [1.0]}'})
    assert json.dumps(page.document["audience"]) == '{"newer": [1.0]}'
    page = Editor(visit(bob), draft)
    page.post({"audience.mode": "rules"})
    assert Editor(visit(bob), draft).fields["/audience:json"]
    assert json.dumps(page.document["audience"]) == '{"newer": [1.0]}'


def test_a_button_answers_with_the_audience_alone(write, visit, bob):
    page = Editor(visit(bob), write(audience=copy.deepcopy(NESTED)))
    answer = page.post(do="rule-down:/audience/and/0", htmx=True).content.decode()
    assert 'hx-target="#audience-open"' in answer
    assert 'hx-target="#editor-body"' not in answer
    assert "The rule is now 2 of 3 in group 1." in answer
    assert answer.count("autofocus") == 1
    plain = Editor(visit(bob), page.draft).post({"/name": "x"}, htmx=True).content.decode()
    assert 'hx-target="#audience-words"' in plain


def test_what_a_save_changes_in_no_field_brings_no_new_fields(write, visit, bob):
    page = Editor(visit(bob), write(audience=copy.deepcopy(NESTED)))
    answer = page.post({"/audience/and/0:value": "other"}, htmx=True).content.decode()
    assert "People with the tag “other”" in answer
    assert 'hx-target="#editor-body"' not in answer
    answer = Editor(visit(bob), page.draft).post({"/audience/and/0:kind": "segment"}, htmx=True).content.decode()
    assert 'hx-target="#editor-body"' in answer


def test_everybody_is_warned_of_and_says_that_the_rules_are_kept(write, visit, bob):
    draft = write(audience=copy.deepcopy(NESTED))
    Editor(visit(bob), draft).post({"audience.mode": "all"})
    page = Editor(visit(bob), draft)
    assert "This test goes to everybody." in page.html
    assert "Your rules are kept" in page.html
    page = Editor(visit(bob), write(audience="all"))
    assert "This test goes to everybody." in page.html
    assert "Your rules are kept" not in page.html


def test_everybody_is_a_choice_and_the_rules_come_back(draft, visit, bob):
    editor = Editor(visit(bob), draft)
    editor.post({"audience.mode": "all"})
    assert editor.document["audience"] == "all"
    page = Editor(visit(bob), draft)
    assert page.fields["audience.mode"] == ["all"]
    assert "Everybody." in page.html
    page.post({"audience.mode": "rules"})
    assert editor.document["audience"] == {"tag": "long-run-plan"}


def test_a_new_draft_has_no_audience_and_everybody_is_not_ticked(write, visit, bob):
    page = Editor(visit(bob), write(audience=None))
    assert "audience.mode" not in page.fields
    page.post({"audience.mode": "rules"})
    assert page.document["audience"] == {"and": [{"tag": ""}]}


def test_rules_and_groups_are_added_and_removed_by_buttons(write, visit, bob):
    draft = write(audience=copy.deepcopy(NESTED))
    editor = Editor(visit(bob), draft)
    assert "add-rule:/audience/and/1" in editor.buttons
    editor.post({"/audience/and/0:value": "typed before"}, do="add-rule:/audience/and/1")
    audience = editor.document["audience"]
    assert audience["and"][0] == {"tag": "typed before"}
    assert audience["and"][1]["or"][2] == {"tag": ""}
    assert audience["and"][2] == NESTED["and"][2]
    editor = Editor(visit(bob), draft)
    editor.post(do="add-group:/audience")
    assert editor.document["audience"]["and"][3] == {"or": [{"tag": ""}]}
    editor = Editor(visit(bob), draft)
    editor.post(do="remove:/audience/and/3/or/0")
    assert len(editor.document["audience"]["and"]) == 3  # a group without rules goes with its last one
    editor = Editor(visit(bob), draft)
    response = editor.post(do="remove:/audience/and/2")
    assert len(editor.document["audience"]["and"]) == 2
    again = visit(bob).get(response["Location"]).content.decode()
    undo = again.split('value="restore:')[1].split('"')[0]
    Editor(visit(bob), draft).post(do=f"restore:{undo}")
    assert editor.document["audience"]["and"][2] == NESTED["and"][2]


def test_a_button_for_a_rule_that_is_gone_changes_nothing(write, visit, bob):
    draft = write(audience=copy.deepcopy(NESTED))
    editor = Editor(visit(bob), draft)
    for do in ("remove:/audience/and/9", "add-rule:/nowhere", "remove:", "frobnicate", "remove-variant:x"):
        assert editor.post(do=do).status_code == 303
    assert editor.document["audience"] == NESTED
    assert draft.number == 1


def test_an_audience_that_no_form_can_say_is_shown_and_never_changed(write, visit, bob):
    draft = write(audience={"location": {"id": "berlin"}})
    editor = Editor(visit(bob), draft)
    assert "berlin" in editor.html
    editor.post({"/name": "Other"})
    assert editor.document["audience"] == {"location": {"id": "berlin"}}
    assert editor.document["name"] == "Other"


def test_platforms_that_no_tick_stands_for_stay(write, visit, bob):
    draft = write(device_types=["watch", "ios", "open::kiosk"])
    editor = Editor(visit(bob), draft)
    assert editor.fields["device_types"] == ["ios", "open::kiosk"]
    editor.post({"device_types": ["ios", "web", "open::kiosk"]})
    assert editor.document["device_types"] == ["ios", "web", "watch", "open::kiosk"]
    Editor(visit(bob), draft).post({"device_types": ["ios"]})
    assert editor.document["device_types"] == ["ios", "watch"]


def test_the_audience_is_said_in_a_sentence_without_a_number_of_people(write, visit, bob):
    page = Editor(visit(bob), write(audience=copy.deepcopy(NESTED)))
    assert "People with the tag “plan”" in page.html
    assert "Airship does not tell how many people" in page.html
