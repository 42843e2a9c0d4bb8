"""What is chosen, not typed, is saved at once: new fields hang on it, and they leave the focus where it was."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.test_draft_autosave import KEEPS_NOTHING, SAVED, SAVES, context, is_save, page, until

AS_JSON = "document.querySelector('[name=\"audience.mode\"][value=json]')"
__all__ = ["context", "page"]  # fixtures


def press_space(page: Page, choice: Locator) -> None:
    """Choose it by keyboard, and wait until other fields stand in the place of the old ones."""
    choice.focus()
    page.evaluate("document.getElementById('editor-body').firstElementChild.dataset.old = 'yes'")
    with page.expect_response(is_save):
        page.keyboard.press("Space")
    expect(page.locator("[data-old]")).to_have_count(0)


def test_a_platform_ticked_by_keyboard_keeps_the_focus(page):
    tick = page.locator("#audience").get_by_role("checkbox", name="Android")
    was_on, mark = tick.is_checked(), tick.get_attribute("id")
    press_space(page, tick)
    assert tick.get_attribute("id") == mark
    expect(tick).to_be_focused()
    expect(tick).to_be_checked(checked=not was_on)
    page.keyboard.press("Tab")
    expect(tick).not_to_be_focused()
    assert page.evaluate("document.activeElement.matches('#editor-body *')")
    expect(page.locator("#saved")).to_have_text(SAVED)
    until(page, KEEPS_NOTHING)


def test_an_answer_chosen_by_keyboard_keeps_the_focus_and_brings_its_fields(page):
    choice = page.get_by_role("radio", name="As JSON")
    press_space(page, choice)
    expect(choice).to_be_focused()
    expect(choice).to_be_checked()
    expect(page.locator("[id='f-part-audience']")).to_be_visible()


def test_the_caret_stays_where_it_was_when_new_fields_come(page):
    page.locator("#f-goal").fill("Runs")
    with page.expect_response(is_save):
        page.locator("#f-goal").evaluate(f"field => {{ field.setSelectionRange(2, 2); {AS_JSON}.click(); }}")
    expect(page.locator("[id='f-part-audience']")).to_be_visible()
    expect(page.locator("#f-goal")).to_be_focused()
    assert page.locator("#f-goal").evaluate("field => field.selectionStart") == 2


def test_what_was_chosen_is_sent_once(page):
    asked: list[str] = []
    page.on("request", lambda sent: asked.append(sent.method) if SAVES.search(sent.url) else None)
    with page.expect_response(is_save):
        page.get_by_role("radio", name=re.compile("^Everybody")).check()
    until(page, KEEPS_NOTHING)
    page.wait_for_timeout(1200)  # longer than the pause that typing waits for
    assert asked == ["POST"]
    page.locator("#f-goal").fill("And typing is saved as before")
    until(page, KEEPS_NOTHING)
    assert asked == ["POST", "POST"]
