"""Two people in one draft, each in a browser of their own: they see each other, and neither loses a word."""

import re
import time

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_draft_autosave import KEEPS_NOTHING, SAVED, SAVES, until

ALERT = "[id='f-variants-0-push-notification-alert']"


def look(page: Page) -> None:
    """What the page does every ten seconds, now."""
    with page.expect_response(lambda answer: answer.url.endswith("/presence/")):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


@pytest.fixture
def two(open_as) -> tuple[Page, Page]:
    """Paula and Bob in the editor of a draft that Paula has begun just now."""
    paula, bob = open_as("paula"), open_as("bob")
    paula.goto(paula.url.replace("/experiments/", "/drafts/new/"))
    paula.locator("#name").fill(f"Together at {time.monotonic_ns()}")
    paula.get_by_role("button", name="Write the test").click()
    paula.wait_for_url(re.compile(r"/drafts/[0-9a-f-]{36}/"))
    bob.goto(paula.url)
    return paula, bob


def write(page: Page, field: str, text: str) -> None:
    """Type, and wait until the server has it."""
    page.locator(field).click()
    page.keyboard.type(text)
    until(page, KEEPS_NOTHING)
    expect(page.locator("#saved")).to_have_text(SAVED)


def test_each_sees_who_is_here_and_where(two):
    paula, bob = two
    with bob.expect_request(lambda asked: asked.url.endswith("/presence/") and "Message" in asked.post_data) as sign:
        bob.locator(ALERT).focus()
    sign.value.response()
    look(paula)
    expect(paula.locator("#presence")).to_contain_text("Bob Lindqvist is here, in A › Message")
    bob.close()
    expect(paula.locator("#presence")).to_be_empty(timeout=25_000)  # at her next sign, ten seconds after the last one


def test_a_newer_version_is_told_before_anybody_types_into_an_old_one(two):
    paula, bob = two
    write(bob, ALERT, "Words of Bob")
    look(paula)
    news = paula.locator("#meanwhile")
    expect(news).to_contain_text("Bob Lindqvist saved version 2")
    expect(news).to_contain_text("A: message")
    news.get_by_role("link", name="load it").click()
    expect(paula.locator(ALERT)).to_have_value("Words of Bob")
    expect(paula.locator("#meanwhile")).to_be_empty()


def test_changes_in_different_parts_are_both_kept_and_both_can_write_on(two):
    paula, bob = two
    write(bob, ALERT, "Words of Bob")
    paula.locator("#f-goal").click()
    paula.keyboard.type("Goal of Paula", delay=10)
    expect(paula.locator("#meanwhile")).to_contain_text("are both kept")
    expect(paula.locator(ALERT)).to_have_value("Words of Bob")
    expect(paula.locator("#f-goal")).to_be_focused()
    paula.keyboard.press("Control+End")
    paula.keyboard.type(", written on", delay=10)
    expect(paula.locator("#saved")).to_have_text(SAVED)
    until(paula, KEEPS_NOTHING)
    paula.reload()
    expect(paula.locator("#f-goal")).to_have_value("Goal of Paula, written on")
    expect(paula.locator(ALERT)).to_have_value("Words of Bob")


def test_what_is_typed_while_both_are_put_together_is_kept_too(two):
    paula, bob = two
    write(bob, ALERT, "Words of Bob")

    def slowly(route):
        if route.request.method == "POST":
            answer = route.fetch()
            paula.keyboard.type(" and typed meanwhile")
            route.fulfill(response=answer)
        else:
            route.continue_()

    paula.route(SAVES, slowly, times=1)
    paula.locator("#f-goal").click()
    paula.keyboard.type("Goal of Paula")
    expect(paula.locator("#meanwhile")).to_contain_text("are both kept")
    expect(paula.locator("#f-goal")).to_have_value("Goal of Paula and typed meanwhile")
    until(paula, KEEPS_NOTHING)
    paula.reload()
    expect(paula.locator("#f-goal")).to_have_value("Goal of Paula and typed meanwhile")
    expect(paula.locator(ALERT)).to_have_value("Words of Bob")
    assert paula.locator("#conflict").count() == 0


def test_the_same_place_written_by_both_is_asked_about_with_both_texts(two):
    paula, bob = two
    write(bob, ALERT, "Words of Bob")
    paula.locator(ALERT).click()
    paula.keyboard.type("Words of Paula")
    expect(paula.locator("#conflict")).to_contain_text("Words of Bob")
    expect(paula.locator("#conflict")).to_contain_text("Words of Paula")
    paula.get_by_role("link", name="Take theirs").click()
    expect(paula.locator(ALERT)).to_have_value("Words of Bob")
    expect(paula.locator("[data-unsent]")).to_have_count(0)


def test_a_version_is_brought_back_and_that_is_undone(two):
    paula, _ = two
    write(paula, "#f-goal", "First")
    until(paula, KEEPS_NOTHING)
    paula.get_by_role("link", name="Versions").first.click()
    paula.locator(".history summary").first.click()
    paula.locator(".history ul a").last.click()
    paula.get_by_role("button", name="Bring version 1 back").click()
    expect(paula.get_by_text("The draft says what version 1 said")).to_be_visible()
    paula.get_by_role("button", name="Undo: bring version 2 back").click()
    expect(paula.get_by_text("The draft says what version 2 said")).to_be_visible()
    paula.get_by_role("link", name="Back to the draft").click()
    expect(paula.locator("#f-goal")).to_have_value("First")
