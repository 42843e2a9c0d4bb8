"""The editor in a real browser: nothing typed is lost, whatever happens between two keys."""

import contextlib
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, Route, expect

PASSWORD = "splitdesk-demo"
SAVED = re.compile(r"^Saved\s+\d\d:\d\d:\d\d")
SAVES = re.compile(r"/drafts/[0-9a-f-]{36}/(\?.*)?$")  # not the signs of presence
KEEPS_NOTHING = "!Object.keys(localStorage).some((name) => name.startsWith('splitdesk.unsent.'))"


def is_save(answer: Any) -> bool:
    return answer.request.method == "POST" and bool(SAVES.search(answer.url))


def until(page: Page, expression: str) -> None:
    """Wait until it is true in the page; Playwright's own wait needs an eval, which the page forbids."""
    end = time.monotonic() + 15
    while not page.evaluate(expression):
        assert time.monotonic() < end, expression
        page.wait_for_timeout(50)


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
    with page.expect_response(is_save, timeout=2000):
        type_goal(page, "More runs on Sunday")
    expect(page.locator("#saved")).to_have_text(SAVED)
    assert kept(page) == "More runs on Sunday"


def test_text_typed_while_the_line_is_cut_is_saved_when_it_is_back(page):
    page.route(SAVES, lambda route: route.abort())
    type_goal(page, "Typed into the void. ")
    expect(page.locator("#saved")).to_contain_text("Not saved since")
    type_goal(page, "And more.")
    expect(page.locator("#f-goal")).to_have_value("Typed into the void. And more.")
    page.unroute(SAVES)
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

    page.route(SAVES, lose_the_answer)
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

    page.route(SAVES, slowly)
    with page.expect_request(lambda asked: asked.method == "POST" and bool(SAVES.search(asked.url))):
        page.get_by_label("People who match rules").check()
    type_goal(page, "Typed before the rules came")
    expect(page.get_by_label("Value of rule 1")).to_have_count(1)
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


def unsent(page: Page) -> list[str]:
    """What this browser keeps of what is not saved."""
    entries = "Object.entries(localStorage).filter(([name]) => name.startsWith('splitdesk.unsent.'))"
    return list(page.evaluate(f"{entries}.map(([, entry]) => entry)"))


def type_unsaved(page: Page, text: str) -> None:
    """Type while no save gets through, and wait until the browser holds it."""
    page.route(SAVES, lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    type_goal(page, text)
    until(page, f"Object.values(localStorage).some((entry) => entry.includes({text.strip()!r}))")


def test_what_was_typed_in_a_tab_that_was_killed_can_be_brought_back(page, context):
    address = page.url
    type_unsaved(page, "Typed before the crash")
    page.close(run_before_unload=False)
    again = context.new_page()
    again.goto(address)
    note = again.locator("[data-unsent]")
    expect(note).to_contain_text("was not saved")
    expect(note).to_contain_text("Goal › What do you expect?")
    expect(again.locator("#f-goal")).to_have_value("")
    note.get_by_role("button", name="Bring it back").click()
    expect(again.locator("#f-goal")).to_have_value("Typed before the crash")
    expect(again.locator("[data-unsent]")).to_have_count(0)
    assert unsent(again) == []
    assert kept(again) == "Typed before the crash"


def test_a_crashed_renderer_loses_nothing_that_was_typed(page, context):
    address = page.url
    type_unsaved(page, "Typed before the renderer died")
    with page.expect_event("crash"), contextlib.suppress(Error):  # nothing answers a page that dies
        page.goto("chrome://crash", wait_until="commit")
    again = context.new_page()
    again.goto(address)
    again.get_by_role("button", name="Bring it back").click()
    expect(again.locator("#f-goal")).to_have_value("Typed before the renderer died")


def test_what_was_kept_can_be_thrown_away(page, context):
    address = page.url
    type_unsaved(page, "Not worth it")
    page.close(run_before_unload=False)
    again = context.new_page()
    again.goto(address)
    again.get_by_role("button", name="Throw it away").click()
    expect(again.locator("[data-unsent]")).to_have_count(0)
    assert unsent(again) == []
    assert kept(again) == ""
    expect(again.locator("[data-unsent]")).to_have_count(0)


def test_what_is_brought_back_does_not_write_over_what_was_saved_since(page, context):
    address = page.url
    type_unsaved(page, "Mine from before")
    page.close(run_before_unload=False)
    other = context.new_page()
    other.goto(address)
    type_goal(other, "Theirs since")
    expect(other.locator("#saved")).to_have_text(SAVED)
    other.get_by_role("button", name="Bring it back").click()
    expect(other.locator("#versions")).to_contain_text("Theirs since")
    expect(other.locator("#versions")).to_contain_text("Mine from before")
    other.get_by_role("button", name="Keep mine", exact=True).click()
    expect(other.locator("#f-goal")).to_have_value("Mine from before")
    expect(other.locator("[data-unsent]")).to_have_count(0)


def test_nothing_is_kept_once_it_is_saved_and_never_a_token(page):
    type_unsaved(page, "A text")
    token = page.locator("#editor [name=csrfmiddlewaretoken]").input_value()
    assert len(unsent(page)) == 1
    assert token not in unsent(page)[0]
    page.unroute(SAVES)
    expect(page.locator("#saved")).to_have_text(SAVED)
    until(page, KEEPS_NOTHING)


def test_what_another_page_still_holds_is_not_offered(page, context):
    type_unsaved(page, "Still being written")
    other = context.new_page()
    other.goto(page.url)
    expect(other.locator("#saved")).to_have_text(SAVED)
    until(other, "navigator.locks.query().then((locks) => locks.held.length === 2)")
    expect(other.locator("[data-unsent]")).to_have_count(0)


def test_signing_out_leaves_nothing_typed_behind(page):
    type_unsaved(page, "Private words")
    page.on("dialog", lambda dialog: dialog.accept())
    page.locator("details.me summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in/")
    assert unsent(page) == []


def test_signing_in_again_in_place_saves_what_was_typed(page, context):
    address = page.url
    context.clear_cookies()
    type_goal(page, "Typed while signed out.")
    expect(page.locator("#saved")).to_contain_text("you are signed out")
    page.locator("#saved").get_by_role("button", name="Sign in again…").click()
    dialog = page.get_by_role("dialog", name="Sign in again")
    dialog.get_by_label("Password").fill("not this one")
    dialog.get_by_role("button", name="Sign in").click()
    expect(dialog).to_contain_text("do not match")
    expect(dialog.get_by_label("Password")).to_have_value("")
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in").click()
    expect(dialog).to_be_hidden()
    expect(page.locator("#saved")).to_have_text(SAVED)
    expect(page.locator("#notice")).to_be_empty()
    assert page.url == address
    assert PASSWORD not in str(page.evaluate("JSON.stringify([localStorage, sessionStorage])"))
    assert kept(page) == "Typed while signed out."


def test_somebody_else_who_signs_in_is_asked_before_anything_is_saved(page, context):
    context.clear_cookies()
    type_goal(page, "Paula wrote this.")
    page.locator("#saved").get_by_role("button", name="Sign in again…").click()
    dialog = page.get_by_role("dialog", name="Sign in again")
    dialog.get_by_label("Work email").fill("bob@example.com")
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in").click()
    note = page.locator("[data-somebody-else]")
    expect(note).to_contain_text("Bob")
    expect(dialog).to_be_hidden()
    type_goal(page, " And more.")
    expect(page.locator("#saved")).to_contain_text("somebody else is signed in")
    with page.expect_navigation():
        note.get_by_role("button", name="Load the page again without it").click()
    expect(page.locator("#f-goal")).to_have_value("")
    expect(page.locator("[data-unsent]")).to_have_count(0)  # it is Paula's
    assert len(unsent(page)) == 1


def test_somebody_else_can_take_over_what_is_on_the_page(page, context):
    context.clear_cookies()
    type_goal(page, "Paula wrote this.")
    page.locator("#saved").get_by_role("button", name="Sign in again…").click()
    dialog = page.get_by_role("dialog", name="Sign in again")
    dialog.get_by_label("Work email").fill("bob@example.com")
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in").click()
    page.locator("[data-save-as]").click()
    expect(page.locator("#saved")).to_have_text(SAVED)
    page.goto(page.url.split("?")[0] + "versions/")
    expect(page.locator(".history li").first).to_contain_text("Bob")


def test_somebody_who_types_without_a_pause_is_saved_meanwhile(page):
    saves: list[str] = []
    page.on("request", lambda asked: saves.append(asked.post_data or "") if SAVES.search(asked.url) else None)
    page.locator("#f-goal").click()
    until = time.monotonic() + 7
    while time.monotonic() < until:
        page.keyboard.type("go on ", delay=40)
    assert any("go+on" in body and "turn=1" in body for body in saves)


def test_ctrl_s_saves_now(page):
    page.locator("#f-goal").click()
    with page.expect_response(lambda answer: is_save(answer) and "goal=Now" in answer.request.post_data):
        page.keyboard.type("Now")
        page.keyboard.press("Control+s")
    expect(page.locator("#saved")).to_have_text(SAVED)
    assert kept(page) == "Now"


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
    page.route(SAVES, late)
    page.locator("#add-variant").click()
    expect(page.locator("#editor-body[inert]")).to_have_count(1)
    expect(page.locator("#editor-body[inert]")).to_have_count(0)
    page.unroute(SAVES)
    with page.expect_response(is_save):
        type_goal(page, " After.")
    assert kept(page) == "Before. After."
    expect(page.locator(".variant-tabs a")).to_have_count(3)
