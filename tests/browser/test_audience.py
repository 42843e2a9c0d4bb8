"""The audience in a real browser: built with the keyboard alone, moved with a finger, and helped with what was used."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

SAVED = re.compile(r"^Saved\s+\d\d:\d\d:\d\d")


@pytest.fixture
def begin(open_as: Callable[..., Page]) -> Callable[[Any], Page]:
    """The editor of a draft that was begun just now, with this audience."""

    def make(audience: Any) -> Page:
        page = open_as("paula")
        page.goto(page.url.replace("/experiments/", "/drafts/new/"))
        page.locator("#name").fill("Audience")
        page.get_by_role("button", name="Write the test").click()
        page.wait_for_url(re.compile(r"/drafts/[0-9a-f-]{36}/"))
        address = page.url
        if audience is not None:
            document = read(page) | {"audience": audience}
            page.locator("textarea[name=document]").fill(json.dumps(document))
            page.get_by_role("button", name=re.compile("^Save")).first.click()
            expect(page.get_by_text("The JSON is saved.")).to_be_visible()
        page.goto(address)
        return page

    return make


def read(page: Page) -> dict[str, Any]:
    """The document as the JSON page has it."""
    page.goto(re.sub(r"(/drafts/[0-9a-f-]{36}/).*", r"\1json/", page.url))
    document: dict[str, Any] = json.loads(page.locator("textarea[name=document]").input_value())
    return document


def focused(page: Page) -> str:
    name: str = page.evaluate("document.activeElement.getAttribute('aria-label') || document.activeElement.id")
    return name


def tab_to(page: Page, *, id: str = "", button: str = "") -> None:
    """Press Tab until the field or button has the focus, as somebody without a pointer does."""
    wanted = f"#{id}" if id else f'button[value="{button}"]'
    for _ in range(150):
        if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no way by keyboard to {wanted}")


def press(page: Page, button: str) -> None:
    """Go to a button by keyboard and press it; the answer's new fields are there afterwards."""
    tab_to(page, button=button)
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.keyboard.press("Enter")
    expect(page.locator("#saved")).to_have_text(SAVED)
    expect(page.locator("#editor-body:not([inert])")).to_be_attached()


def test_a_nested_audience_is_built_with_the_keyboard_alone(begin):
    page = begin({"and": [{"tag": ""}]})
    page.locator("#name, #f-name").first.focus()
    tab_to(page, id="f-audience-and-0-tag")
    page.keyboard.type("plan")
    press(page, "add-group:/audience")
    expect(page.get_by_label("What rule 1 in group 2 looks at")).to_be_focused()
    page.keyboard.type("Segment")
    expect(page.get_by_label("Value of rule 1 in group 2")).to_have_id("f-audience-and-1-or-0-segment")
    expect(page.get_by_label("What rule 1 in group 2 looks at")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.type("s1")
    press(page, "add-rule:/audience/and/1")
    expect(page.get_by_label("What rule 2 in group 2 looks at")).to_be_focused()
    tab_to(page, id="f-audience-and-1-or-1-tag")
    page.keyboard.type("b, c")
    expect(page.locator("#audience-words")).to_have_text(
        "People with the tag “plan” who (are in the segment “s1” or have the tag “b” or “c”)."
    )
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.keyboard.press("Alt+ArrowUp")
    expect(page.get_by_label("What rule 1 in group 2 looks at")).to_be_focused()
    expect(page.locator("#audience-said")).to_have_text("The rule is now 1 of 2 in group 2.")
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.keyboard.press("Alt+ArrowLeft")
    expect(page.get_by_label("What rule 3 in group 1 looks at")).to_be_focused()
    assert read(page)["audience"] == {"and": [{"tag": "plan"}, {"or": [{"segment": "s1"}]}, {"tag": ["b", "c"]}]}


def test_a_removed_rule_is_put_back(begin):
    page = begin({"and": [{"tag": "a"}, {"tag": "b"}]})
    page.get_by_role("button", name="Remove rule 2 in group 1").click()
    expect(page.locator("#audience .rule")).to_have_count(1)
    page.locator("#audience-said").get_by_role("button", name="Undo").click()
    expect(page.locator("#audience .rule")).to_have_count(2)
    assert read(page)["audience"] == {"and": [{"tag": "a"}, {"tag": "b"}]}


def test_a_rule_is_dragged_into_another_group(begin):
    page = begin({"and": [{"tag": "a"}, {"tag": "b"}, {"or": [{"segment": "s"}, {"segment": "t"}]}]})
    grip = page.locator('[data-node="/audience/and/0"] [data-grip]')
    target = page.locator('[data-node="/audience/and/2/or/1"]')
    target.scroll_into_view_if_needed()
    start, end = grip.bounding_box(), target.bounding_box()
    assert start
    assert end
    page.mouse.move(start["x"] + 8, start["y"] + 8)
    page.mouse.down()
    page.mouse.move(end["x"] + 60, end["y"] - 30, steps=4)
    page.mouse.move(end["x"] + 60, end["y"] + 4, steps=4)
    expect(page.locator(".rule-mark")).to_be_visible()
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.mouse.up()
    expect(page.locator("#audience-said")).to_have_text("The rule is now 2 of 3 in group 2.")
    expect(page.locator(".rule-mark")).to_have_count(0)
    assert read(page)["audience"] == {"and": [{"tag": "b"}, {"or": [{"segment": "s"}, {"tag": "a"}, {"segment": "t"}]}]}


def test_a_drag_that_is_broken_off_changes_nothing_and_a_press_opens_the_menu(begin):
    audience = {"and": [{"tag": "a"}, {"tag": "b"}]}
    page = begin(audience)
    grip = page.locator('[data-node="/audience/and/0"] [data-grip]')
    grip.scroll_into_view_if_needed()
    box = grip.bounding_box()
    assert box
    page.mouse.move(box["x"] + 8, box["y"] + 8)
    page.mouse.down()
    page.mouse.move(box["x"] - 60, box["y"] + 70, steps=5)
    page.keyboard.press("Escape")
    page.mouse.up()
    expect(page.locator(".rule-mark")).to_have_count(0)
    grip.click()
    expect(page.locator("#audience").get_by_role("button", name="Duplicate")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#audience").get_by_role("button", name="Duplicate")).to_have_count(0)
    assert read(page)["audience"] == audience


def test_tags_of_earlier_tests_are_offered_where_one_is_typed(begin):
    page = begin({"and": [{"tag": ""}]})
    field = page.get_by_label("Value of rule 1 in group 1")
    with page.expect_response(lambda answer: "/seen/?kind=tag" in answer.url) as told:
        field.focus()
    values = told.value.json()["values"]
    assert values
    expect(page.locator("#seen-tag option")).to_have_count(len(values))
    field.press_sequentially(f"{values[0]},")
    expect(page.locator("#seen-tag option")).to_have_count(len(values) - 1)


def test_everybody_keeps_the_rules_and_the_focus_stays(begin):
    page = begin({"and": [{"tag": "a"}]})
    page.locator("#audience input[value=rules]").focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_text("This test goes to everybody.")).to_be_visible()
    expect(page.locator("#audience input[value=all]")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_label("Value of rule 1 in group 1")).to_have_value("a")
    expect(page.locator("#audience input[value=rules]")).to_be_focused()
