"""The editor in a real browser: nothing typed is lost, whatever happens between two keys."""

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

PASSWORD = "splitdesk-demo"
SAVED = re.compile(r"^Saved\s+\d\d:\d\d:\d\d")


def sign_in(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_label("Work email").fill("paula@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/experiments/")


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Its console may complain: these tests cut the line on purpose."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(15_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, demo: Any) -> Page:
    """The editor of a draft that was begun just now."""
    page = context.new_page()
    sign_in(page, demo.url)
    page.goto(page.url.replace("/experiments/", "/drafts/new/"))
    page.locator("#name").fill(f"Typed at {time.monotonic_ns()}")
    page.get_by_role("button", name="Write the test").click()
    page.wait_for_url(re.compile(r"/drafts/[0-9a-f-]{36}/"))
    return page


def kept(page: Page) -> str:
    """What the server holds: the text after a reload."""
    page.reload()
    return page.locator("#f-goal").input_value()


def type_goal(page: Page, text: str) -> None:
    page.locator("#f-goal").click()
    page.keyboard.press("Control+End")
    page.keyboard.type(text, delay=15)


def test_what_is_typed_is_saved_within_two_seconds_of_the_last_key(page):
    with page.expect_response(lambda answer: answer.request.method == "POST", timeout=2000):
        type_goal(page, "More runs on Sunday")
    expect(page.locator("#saved")).to_have_text(SAVED)
    assert kept(page) == "More runs on Sunday"


def test_text_typed_while_the_line_is_cut_is_saved_when_it_is_back(page):
    page.route("**/drafts/**", lambda route: route.abort())
    type_goal(page, "Typed into the void. ")
    expect(page.locator("#saved")).to_contain_text("Not saved since")
    type_goal(page, "And more.")
    expect(page.locator("#f-goal")).to_have_value("Typed into the void. And more.")
    page.unroute("**/drafts/**")
    expect(page.locator("#saved")).to_have_text(SAVED)
    assert kept(page) == "Typed into the void. And more."


def test_a_save_whose_answer_was_lost_is_followed_without_a_conflict(page):
    lost: list[int] = []

    def lose_the_answer(route: Route) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch().status)
            route.abort()
        else:
            route.continue_()

    page.route("**/drafts/**", lose_the_answer)
    type_goal(page, "Half. ")
    expect(page.locator("#saved")).to_contain_text("Not saved since")
    type_goal(page, "Whole.")
    expect(page.locator("#saved")).to_have_text(SAVED)
    assert lost == [200]
    assert page.locator("#conflict").count() == 0
    assert kept(page) == "Half. Whole."


def test_signing_in_again_in_another_tab_saves_what_was_typed_meanwhile(page, context, demo):
    context.clear_cookies()
    type_goal(page, "Typed while signed out.")
    expect(page.locator("#notice")).to_contain_text("You are signed out.")
    sign_in(context.new_page(), demo.url)
    expect(page.locator("#saved")).to_have_text(SAVED, timeout=15_000)
    expect(page.locator("#notice")).to_be_empty()
    assert kept(page) == "Typed while signed out."


def test_the_last_keys_before_a_tab_is_clicked_are_saved(page):
    message = page.locator("[id='f-variants-0-push-notification-alert']")
    message.fill("Typed right before the click")
    page.locator("#tab-B").click()
    expect(page.locator("[id='f-variants-1-push-notification-alert']")).to_be_visible()
    page.locator("#tab-A").click()
    expect(message).to_have_value("Typed right before the click")


def test_new_fields_do_not_replace_what_is_typed_meanwhile(page):
    def slowly(route: Route) -> None:
        if route.request.method == "POST":
            page.wait_for_timeout(600)
        route.continue_()

    page.route("**/drafts/**", slowly)
    page.get_by_label("People who match rules").check()
    page.wait_for_timeout(900)  # the save that brings the rules is on its way
    type_goal(page, "Typed before the rules came")
    expect(page.get_by_label("Value", exact=True)).to_have_count(1)
    assert page.locator("#f-goal").input_value() == "Typed before the rules came"
    expect(page.locator("#saved")).to_have_text(SAVED)
    assert kept(page) == "Typed before the rules came"


def test_an_error_is_told_at_its_field_and_goes_when_it_is_mended(page):
    weight = page.locator("[id='f-variants-0-weight']")
    weight.fill("abc")
    error = page.locator("[id='f-variants-0-weight-error']")
    expect(error).to_contain_text("is not a whole number")
    expect(weight).to_have_attribute("aria-invalid", "true")
    weight.fill("3")
    expect(error).to_be_hidden()
    expect(page.locator("#share-A")).to_have_text("75.0 %")


def test_two_people_see_both_versions_and_neither_text_is_lost(page, context):
    other = context.new_page()
    other.goto(page.url)
    type_goal(other, "Theirs")
    expect(other.locator("#saved")).to_have_text(SAVED)
    type_goal(page, "Mine")
    expect(page.locator("#conflict")).to_contain_text("Theirs")
    expect(page.locator("#conflict")).to_contain_text("Mine")
    page.get_by_role("button", name="Keep mine", exact=True).click()
    expect(page.locator("#f-goal")).to_have_value("Mine")


def test_single_keys_work_outside_fields_only(page):
    page.locator("h1").click()
    page.keyboard.press("]")
    expect(page.locator("#tab-B")).to_have_attribute("aria-current", "true")
    page.keyboard.press("[")
    expect(page.locator("#tab-A")).to_have_attribute("aria-current", "true")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    page.keyboard.press("4")
    expect(page).to_have_url(re.compile("#split$"))
    type_goal(page, "[]?4")
    assert page.locator("#f-goal").input_value() == "[]?4"
    expect(page.locator("#keys")).to_be_hidden()
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/check/")


def test_nothing_can_be_typed_into_fields_that_an_action_is_about_to_replace(page):
    def late(route: Route) -> None:
        time.sleep(0.8)
        route.continue_()

    type_goal(page, "Before.")
    expect(page.locator("#saved")).to_have_text(SAVED)
    page.route("**/drafts/**", late)
    page.locator("#add-variant").click()
    expect(page.locator("#editor-body[inert]")).to_have_count(1)
    expect(page.locator("#editor-body[inert]")).to_have_count(0)
    page.unroute("**/drafts/**")
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        type_goal(page, " After.")
    assert kept(page) == "Before. After."
    expect(page.locator(".variant-tabs a")).to_have_count(3)
