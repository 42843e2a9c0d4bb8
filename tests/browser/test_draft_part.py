"""A variant written as JSON with the keyboard alone: keys are offered, mistakes told with their line, all is saved."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

SAVED = re.compile(r"^Saved\s+\d\d:\d\d:\d\d")


@pytest.fixture
def page(open_as, demo) -> Page:
    """The JSON of variant A of a draft that was begun just now."""
    page: Page = open_as("paula")
    page.goto(page.url.replace("/experiments/", "/drafts/new/"))
    page.locator("#name").fill("Written as JSON")
    page.get_by_role("button", name="Write the test").click()
    page.wait_for_url(re.compile(r"/drafts/[0-9a-f-]{36}/"))
    page.goto(page.url.split("?")[0] + "?variant=A&platform=json")
    return page


def area_of(page: Page):
    return page.locator("#f-part-variants-0")


def write(page: Page, text: str, back: int = 0) -> None:
    """The text in the field, the caret `back` characters before its end. Each letter is a key."""
    area_of(page).focus()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)
    for _ in range(back):
        page.keyboard.press("ArrowLeft")


def value(page: Page) -> str:
    return area_of(page).input_value()


def test_a_key_is_written_by_completion_broken_seen_mended_and_saved(page):
    write(page, '{"name": "A", "push": {"notification": {"alert": "Hi", }}}', back=3)
    page.keyboard.type('"and')
    listed = page.get_by_role("listbox")
    expect(listed.get_by_role("option")).to_have_count(1)
    expect(area_of(page)).to_have_attribute("aria-activedescendant", re.compile("-0$"))
    page.keyboard.press("Enter")
    expect(listed).to_have_count(0)
    assert value(page) == '{"name": "A", "push": {"notification": {"alert": "Hi", "android": {}}}}'
    page.keyboard.type('"deli')
    expect(listed.get_by_role("option").first).to_have_text(re.compile("^delivery_priority"))
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Tab")  # takes while the list is open
    expect(listed.get_by_role("option")).to_have_text([re.compile("high"), re.compile("normal")])
    page.keyboard.press("Enter")
    assert json.loads(value(page))["push"]["notification"]["android"] == {"delivery_priority": "high"}
    expect(page.locator("#saved")).to_have_text(SAVED)

    page.keyboard.press("Control+End")
    page.keyboard.press("Enter")
    page.keyboard.type("}")
    at_field = page.locator("#f-part-variants-0-problems")
    expect(at_field).to_contain_text("Line 2, column 1")
    expect(area_of(page)).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#saved")).to_contain_text("but not what is marked")
    broken = value(page)
    page.reload()
    assert value(page) == broken

    page.get_by_role("link", name="Line 2, column 1").focus()
    page.keyboard.press("Enter")
    expect(area_of(page)).to_be_focused()
    page.keyboard.press("Backspace")  # the place is selected
    expect(at_field).not_to_contain_text("Line 2")
    expect(page.locator("#saved")).to_have_text(SAVED)
    expect(area_of(page)).not_to_have_attribute("aria-invalid", "true")
    page.reload()
    assert json.loads(value(page)) == json.loads(broken[:-1])


def test_what_is_there_already_is_not_offered_and_escape_only_closes(page):
    write(page, '{"name": "A", "push": {}, }', back=1)
    page.keyboard.press("Control+Space")
    options = page.get_by_role("listbox").get_by_role("option")
    expect(options.filter(has_text="weight")).to_have_count(1)
    expect(options.filter(has_text="push")).to_have_count(0)
    before = value(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_have_count(0)
    assert value(page) == before
    page.keyboard.press("Tab")  # leaves, because no list is open
    expect(area_of(page)).not_to_be_focused()
    assert value(page) == before


def test_tidying_keeps_the_order_and_every_number(page):
    write(
        page,
        '{"push":{"notification":{}},"name":"A","big":12345678901234567890,"one":1.0,"none":[],"text":"a\\u00e4,{"}',
    )
    page.get_by_role("button", name="Tidy").press("Enter")
    assert value(page).split("\n") == [
        "{",
        '  "push": {',
        '    "notification": {}',
        "  },",
        '  "name": "A",',
        '  "big": 12345678901234567890,',
        '  "one": 1.0,',
        '  "none": [],',
        '  "text": "a\\u00e4,{"',
        "}",
    ]
    write(page, '{"name": }')
    page.get_by_role("button", name="Tidy").press("Enter")
    assert value(page) == '{"name": }'
    expect(page.locator(".json-tools [role=status]")).to_contain_text("not JSON yet")


def test_a_weight_from_the_json_moves_the_split_and_keeps_the_caret(page):
    write(page, '{"name": "A", "push": {"notification": {}}, "weight": }', back=1)
    page.keyboard.type("3")
    expect(page.locator("[id='f-variants-0-weight']")).to_have_value("3")
    expect(area_of(page)).to_be_focused()
    page.keyboard.type("7")
    expect(page.locator("[id='f-variants-0-weight']")).to_have_value("37")
    assert json.loads(value(page))["weight"] == 37
    page.locator("[id='f-variants-0-weight']").fill("5")
    expect(area_of(page)).to_have_value(re.compile('"weight": 5'))
    expect(page.locator("#saved")).to_have_text(SAVED)


def test_the_samples_are_copied(page):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("link", name="The whole test as JSON, curl, Python, Ruby or Java").click()
    page.get_by_role("link", name="curl", exact=True).click()
    page.get_by_role("button", name="Copy").click()
    expect(page.locator(".code [role=status]")).to_have_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == page.locator("#sample-text").text_content()
