"""Variants in a real browser: their order by keyboard and pointer, Undo, and what a tab brings."""

import re
import time
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.test_draft_autosave import SAVES

NAMES = ("Distance", "Weather", "Running friends")


@pytest.fixture
def page(open_as: Any) -> Page:
    """The editor of a draft that was begun just now, with three named variants; A is shown."""
    page: Page = open_as("paula")
    page.goto(page.url.replace("/experiments/", "/drafts/new/"))
    page.locator("#name").fill(f"Variants at {time.monotonic_ns()}")
    page.get_by_role("button", name="Write the test").click()
    page.wait_for_url(re.compile(r"/drafts/[0-9a-f-]{36}/"))
    page.locator("#add-variant").click()
    for position, name in reversed(list(enumerate(NAMES))):
        page.locator(f"#tab-{'ABC'[position]}").click()
        page.locator(f"#f-variants-{position}-name").fill(name)
    page.locator("#save").click()
    expect(page.locator("#variant-tabs")).to_contain_text(NAMES[0])
    expect_order(page, *NAMES)
    return page


def expect_order(page: Page, *names: str) -> None:
    tabs = page.locator("#variant-tabs > a > span:last-child")
    expect(tabs).to_have_text(list(names))


def drag(page: Page, start: str, end: str, *, after: bool = True, drop: bool = True) -> None:
    """Drag the tab `start` to the far or near edge of the tab `end`, in steps as a hand does."""
    one, other = page.locator(start).bounding_box(), page.locator(end).bounding_box()
    assert one is not None
    assert other is not None
    page.mouse.move(one["x"] + one["width"] / 2, one["y"] + one["height"] / 2)
    page.mouse.down()
    x = other["x"] + other["width"] - 2 if after else other["x"] + 2
    page.mouse.move(x, other["y"] + other["height"] / 2, steps=8)
    if drop:
        page.mouse.up()


def test_a_tab_is_moved_by_keys_and_keeps_the_focus(page):
    page.locator("#tab-A").focus()
    page.keyboard.press("Alt+ArrowRight")
    expect_order(page, "Weather", "Distance", "Running friends")
    expect(page.locator("#tab-B")).to_be_focused()
    expect(page.locator("#variants-said")).to_contain_text("Variant B, “Distance”, is now 2 of 3.")
    page.keyboard.press("Alt+ArrowRight")
    expect_order(page, "Weather", "Running friends", "Distance")
    page.keyboard.press("Alt+ArrowRight")  # there is no place behind the last
    page.keyboard.press("Alt+ArrowLeft")
    expect_order(page, "Weather", "Distance", "Running friends")
    expect(page.locator("#tab-B")).to_be_focused()


def test_keys_that_are_faster_than_the_line_are_not_lost_and_leave_the_page_open(page):
    def slowly(route: Route) -> None:
        page.wait_for_timeout(400)
        route.continue_()

    address = page.url.partition("?")[0]
    page.locator("#tab-A").focus()
    page.route(SAVES, slowly)
    page.keyboard.press("Alt+ArrowRight")
    page.keyboard.press("Alt+ArrowRight")
    expect_order(page, "Weather", "Running friends", "Distance")
    page.locator("#tab-C").focus()
    page.keyboard.press("Alt+ArrowLeft")
    page.keyboard.press("Alt+ArrowLeft")
    expect_order(page, "Distance", "Weather", "Running friends")
    assert page.url.partition("?")[0] == address


def test_a_tab_is_dragged_to_a_new_place(page):
    page.locator("#tab-B").click()
    expect(page.locator("#tab-B")).to_have_attribute("aria-current", "true")
    drag(page, "#tab-A", "#tab-C", drop=False)
    expect(page.locator("#tab-C")).to_have_attribute("data-drop", "after")
    page.mouse.up()
    expect_order(page, "Weather", "Running friends", "Distance")
    expect(page.locator("#tab-C")).to_have_attribute("aria-current", "true")
    drag(page, "#tab-C", "#tab-A", after=False)
    expect_order(page, "Distance", "Weather", "Running friends")
    expect(page.locator("[data-drop], [data-dragged], .dragging")).to_have_count(0)


def test_a_drag_is_given_up_by_escape_or_far_away_and_a_click_still_shows_a_variant(page):
    drag(page, "#tab-A", "#tab-C", drop=False)
    page.keyboard.press("Escape")
    expect(page.locator("[data-drop]")).to_have_count(0)
    page.mouse.up()
    drag(page, "#tab-A", "#tab-C", drop=False)
    page.mouse.move(700, 890, steps=4)
    expect(page.locator("[data-drop]")).to_have_count(0)
    page.mouse.up()
    page.locator("#tab-B").click()
    expect(page.locator("#tab-B")).to_have_attribute("aria-current", "true")
    expect_order(page, *NAMES)


def test_a_drag_goes_from_one_row_of_tabs_to_the_other(page):
    for _ in range(23):
        count = page.locator("#variant-tabs > a").count()
        page.locator("#add-variant").click()
        expect(page.locator("#variant-tabs > a")).to_have_count(count + 1)
    rows = {round(box["y"]) for box in (tab.bounding_box() for tab in page.locator("#variant-tabs > a").all()) if box}
    assert len(rows) == 2
    drag(page, "#tab-B", "#tab-Y")
    expect(page.locator("#tab-Y")).to_have_attribute("aria-label", re.compile("^Y Weather"))
    drag(page, "#tab-Y", "#tab-B", after=False)
    expect(page.locator("#tab-B")).to_have_attribute("aria-label", re.compile("^B Weather"))


def test_undo_stands_where_the_variant_was_and_keeps_what_was_typed_since(page):
    page.locator("#tab-B").click()
    page.locator("[id='f-variants-1-push-notification-alert']").fill("Dry until noon")
    page.locator("#remove-variant").click()
    expect(page.locator("#variants-said")).to_contain_text("Variant B, “Weather”, is removed.")
    expect_order(page, "Distance", "Running friends")
    expect(page.locator("#tab-B")).to_be_focused()
    page.locator("#tab-A").click()
    page.locator("[id='f-variants-0-push-notification-alert']").fill("Typed since")
    page.locator("#undo-removal").click()
    expect_order(page, "Distance", "Weather", "Running friends")
    expect(page.locator("[id='f-variants-1-push-notification-alert']")).to_have_value("Dry until noon")
    expect(page.locator("#tab-B")).to_be_focused()
    expect(page.locator("#undo-removal")).to_have_count(0)
    page.locator("#tab-A").click()
    expect(page.locator("[id='f-variants-0-push-notification-alert']")).to_have_value("Typed since")


def test_a_tab_leaves_the_other_sections_alone_and_changes_the_address(page):
    page.evaluate("document.getElementById('f-goal').dataset.kept = 'yes'")
    page.locator("#tab-C").click()
    expect(page.locator("#f-variants-2-name")).to_have_value("Running friends")
    expect(page).to_have_url(re.compile(r"\?variant=C$"))
    expect(page.locator("#tab-C")).to_be_focused()
    page.locator("#platform-json").click()
    expect(page).to_have_url(re.compile(r"\?variant=C&platform=json$"))
    assert page.locator("#f-goal").get_attribute("data-kept") == "yes"


def test_fields_say_whether_they_differ_from_the_control_while_somebody_types(page):
    message = page.locator("[id='f-variants-1-push-notification-alert']")
    said = page.locator("[id='f-variants-1-push-notification-alert-compared']")
    page.locator("[id='f-variants-0-push-notification-alert']").fill("Go")
    page.locator("#tab-B").click()
    expect(said).to_have_text("Differs from A", timeout=15_000)
    message.fill("Go")
    expect(said).to_have_text("As in A", timeout=15_000)
    message.fill("Stay")
    expect(said).to_have_text("Differs from A", timeout=15_000)


def test_what_is_typed_just_before_variants_change_places_stays_with_its_variant(page):
    """A save that was asked for while the places changed must not write into the variant that stands there now."""

    def slowly(route: Route) -> None:
        if route.request.method == "POST":
            page.wait_for_timeout(1500)
        route.continue_()

    page.route(SAVES, slowly)
    page.locator("[id='f-variants-0-push-notification-alert']").fill("Only of Distance")
    page.locator("#move-after").click()
    expect_order(page, "Weather", "Distance", "Running friends")
    page.unroute_all(behavior="wait")
    page.locator("#save").click()
    expect(page.locator("#saved")).to_contain_text("Saved")
    page.reload()
    page.locator("#tab-B").click()
    expect(page.locator("#f-variants-1-name")).to_have_value("Distance")
    expect(page.locator("[id='f-variants-1-push-notification-alert']")).to_have_value("Only of Distance")
    page.locator("#tab-A").click()
    expect(page.locator("#f-variants-0-name")).to_have_value("Weather")
    expect(page.locator("[id='f-variants-0-push-notification-alert']")).to_have_value("")
