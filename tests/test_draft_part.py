"""A variant as JSON: everything a variant can be, one text, saved like any other field."""

import copy
import json

import pytest

from tests.conftest import DOCUMENT
from tests.editor_form import Editor, message

NAME = "part:/variants/0"
EXACT = """{
  "push": {"notification": {"alert": "Häng fest 🏃", "ios": {"badge": 1, "extra": {"a": "1"}}}},
  "name": "Distance",
  "future": [1, 1.0, 12345678901234567890, 0.1, true, null],
  "weight": 2
}"""


@pytest.fixture
def panel(draft, visit, bob):
    def open_panel(query="?variant=A&platform=json"):
        return Editor(visit(bob), draft, query)

    return open_panel


def text_of(page):
    return page.fields[NAME][0].replace("\r\n", "\n")


def typed(page, text, **more):
    return page.post({NAME: text.replace("\n", "\r\n")}, **more)


def written(**changes):
    return json.dumps(DOCUMENT["variants"][0] | changes, indent=2)


def problems_at_the_field(html):
    return html.partition('id="f-part-variants-0-problems"')[2].partition("</ol>")[0]


# -- what it shows


def test_the_last_tab_shows_the_whole_variant(panel):
    page = panel()
    assert json.loads(text_of(page)) == DOCUMENT["variants"][0]
    tabs = page.html.partition('aria-label="Platform"')[2].partition("</span>")[0]
    assert tabs.rstrip().endswith(">JSON</a>")
    assert message(0, "alert") not in page.fields
    assert message(0, "alert") in panel("?variant=A").fields
    assert NAME not in panel("?variant=A").fields


def test_saving_the_page_untouched_changes_nothing(panel, draft):
    number = draft.number
    page = panel()
    assert page.post().status_code == 303
    draft.refresh_from_db()
    assert draft.number == number
    typed(page, written(name="Other"))
    draft.refresh_from_db()
    assert draft.number == number + 1


# -- what is kept


def test_order_and_numbers_are_kept_as_they_were_typed(panel, draft):
    page = panel()
    assert typed(page, EXACT).status_code == 303
    kept = json.dumps(page.document["variants"][0], ensure_ascii=False)
    assert kept == json.dumps(json.loads(EXACT), ensure_ascii=False)
    assert "12345678901234567890" in kept
    assert "[1, 1.0," in kept
    assert json.dumps(page.document["variants"][1]) == json.dumps(DOCUMENT["variants"][1])
    assert text_of(panel()) == json.dumps(json.loads(EXACT), ensure_ascii=False, indent=2)


def test_only_another_order_of_keys_is_kept_too(panel):
    page = panel()
    turned = dict(reversed(DOCUMENT["variants"][0].items()))
    typed(page, json.dumps(turned))
    assert list(page.document["variants"][0]) == list(turned)


def test_other_lines_and_spaces_alone_change_nothing(panel, draft):
    page, number = panel(), draft.number
    assert typed(page, json.dumps(DOCUMENT["variants"][0]), htmx=True).status_code == 200
    draft.refresh_from_db()
    assert draft.number == number


# -- what cannot be read


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{\n  "name": "A",\n}', "The comma before this bracket has nothing after it"),
        ('{\n  "name": "A"\n  "weight": 1\n}', "A comma or a closing bracket is missing"),
        ('{\n  "name": "A",\n  "name": "B"\n}', "stands more than once in one object"),
        ("{\n  'name': 1\n}", "straight double quotes"),
        ('{\n  "x": 1e999\n}', "too large, or no number at all"),
        ("[1]", "One object in braces is expected here"),
        ("", "There is nothing here yet"),
        ("null", "One object in braces is expected here"),
        ("{" * 5000, "nested deeper than"),
        ('{"a": "\\ud800"}', "half of a character"),
        ("  \u0000  ", "A value is expected"),
    ],
)
def test_a_text_that_cannot_be_read_is_kept_told_and_blocks_sending(panel, draft, text, words):
    page = panel()
    response = typed(page, text)
    assert response.status_code == 422
    html = response.content.decode()
    assert words in html
    assert "Variant A’s JSON: " in html.partition('id="problems"')[2]
    assert words in problems_at_the_field(html)
    assert page.document == DOCUMENT
    again = panel()
    assert text_of(again) == text.replace("\0", "␀")
    assert words in problems_at_the_field(again.html)
    assert "#f-part-variants-0" in again.html
    assert again.post(do="check").status_code == 422
    assert typed(again, written(name="Mended")).status_code == 303
    assert page.document["variants"][0]["name"] == "Mended"
    assert "unparsed" not in page.plan


def test_the_line_of_a_mistake_is_told_and_leads_to_its_place(panel):
    text = '{\n  "name": "A",\n  "weight": 1,\n}'
    at_field = problems_at_the_field(typed(panel(), text).content.decode())
    assert "Line 4" in at_field
    assert f'data-start="{text.rindex("}")}"' in at_field
    doubled = '{\n  "name": "🏃",\n  "name": "B"\n}'
    at_field = problems_at_the_field(typed(panel(), doubled).content.decode())
    assert "Line 3" in at_field
    start = len(doubled[: doubled.rindex('"name"')]) + 1  # browsers count the runner as two
    assert f'data-start="{start}"' in at_field


def test_what_other_tabs_say_meanwhile_is_not_lost_when_the_text_is_mended(panel, visit, bob, draft):
    typed(panel(), written(name="Renamed") + ",")
    other = panel("?variant=A")
    other.post({message(0, "alert"): "Written on the other tab"})
    page = panel()
    typed(page, text_of(page).rstrip(","))
    kept = page.document["variants"][0]
    assert kept["name"] == "Renamed"
    assert kept["push"]["notification"]["alert"] == "Written on the other tab"


def test_unreadable_json_stays_with_its_variant(panel, draft):
    typed(panel(), "{ oops")
    panel("?variant=B").post(do="move-variant:0:1")
    moved = panel("?variant=B&platform=json")
    assert moved.fields["part:/variants/1"] == ["{ oops"]
    moved.post(do="remove-variant:1")
    assert "unparsed" not in moved.plan


# -- what is wrong in it


def test_every_problem_of_the_variant_stands_below_it_with_its_line_and_keys(panel, draft):
    text = """{
  "name": "Distance",
  "weight": 2,
  "push": {
    "notification": {"alert": "Hi",
      "ios": {"badge": true, "soundd": "x"}}}
}"""
    response = typed(panel(), text, htmx=True)
    at_field = (
        response.content.decode().partition('hx-target="#f-part-variants-0-problems"')[2].partition("</hx-partial>")[0]
    )
    assert at_field.count("Line 6") == 2
    assert "push › notification › ios › badge" in at_field
    assert "Did you mean “sound”?" in at_field
    assert f'data-start="{text.index(chr(34) + "soundd")}"' in at_field
    assert "soundd" not in problems_at_the_field(panel("?variant=B&platform=json").html)


def test_a_problem_that_no_field_shows_leads_to_the_json_of_its_variant(panel):
    page = panel()
    typed(page, written(whatever=1))
    html = panel("?variant=B").html
    assert "?variant=A&amp;platform=json#f-part-variants-0" in html


# -- beside other fields


def test_a_weight_from_the_split_and_a_name_from_the_json_are_both_kept(panel):
    page = panel()
    page.post({NAME: written(name="By JSON"), "/variants/0/weight": "7"})
    assert page.document["variants"][0]["name"] == "By JSON"
    assert page.document["variants"][0]["weight"] == 7


def test_a_weight_from_the_json_brings_the_split_anew(panel):
    page = panel()
    body = typed(page, written(weight=5), htmx=True).content.decode()
    assert 'hx-target="#editor-body"' in body
    assert 'name="/variants/0/weight" value="5"' in body
    only_text = typed(panel(), written(weight=5, name="Other"), htmx=True).content.decode()
    assert 'hx-target="#editor-body"' not in only_text


def test_a_time_from_the_json_is_the_time_of_the_test(panel, write, visit, bob):
    page = panel()
    body = typed(page, written(schedule={"scheduled_time": "2027-02-01T08:00:00"}), htmx=True).content.decode()
    assert 'hx-target="#editor-body"' in body
    assert page.plan["when"]["mode"] == "moment"


def test_a_time_chosen_beside_the_json_is_not_undone_by_it(panel):
    page = panel()
    page.post({"when.mode": "moment"}, htmx=True)
    page = panel()
    page.post(
        {"when.day": "2027-02-01", "when.time": "09:00", NAME: written(name="By JSON", schedule={"scheduled_time": ""})}
    )
    assert page.document["variants"][0]["name"] == "By JSON"
    assert page.document["variants"][0]["schedule"] == {"scheduled_time": "2027-02-01T08:00:00"}


# -- who may


def test_a_part_that_is_not_there_is_not_made(panel):
    page = panel()
    page.post({"part:/variants/7": "{}", "part:/name": '{"a": 1}', "part:/variants/99999": "{}", "part:": "{}"})
    assert page.document == DOCUMENT


def test_viewers_cannot_save_a_part(panel, visit, vera, bob):
    page = panel()
    page.client = visit(vera)
    assert typed(page, written(name="Vera’s")).status_code == 403
    page.client = visit(bob)
    assert typed(page, written(name="Bob’s")).status_code == 303


def test_the_audience_is_a_part_too(panel):
    page = panel()
    audience = {"or": [{"tag": "b", "group": "g"}, {"TAG": "a"}]}
    page.post({"part:/audience": json.dumps(audience)})
    assert json.dumps(page.document["audience"]) == json.dumps(audience)
    response = panel().post({"part:/audience": '{"tag": }'})
    assert "The audience’s JSON: Line 1, column 9" in response.content.decode()
    assert page.document["audience"] == audience
    assert copy.deepcopy(page.document)["variants"] == DOCUMENT["variants"]
