"""Writing a paywall test in a real browser: the fields save themselves, and groups come and go without losing text."""

import re
import time
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

AXE = Path(__file__).parent.parent / "vendor" / "axe.min.js"
SAVED = re.compile(r"^Saved\s+\d\d:\d\d:\d\d")


@pytest.fixture
def page(open_as: Any) -> Page:
    """The editor of a paywall test that was begun just now."""
    page: Page = open_as("paula")
    page.goto(page.url.replace("/experiments/", "/drafts/new/"))
    page.locator("#name").fill(f"Yearly at {time.monotonic_ns()}")
    page.get_by_text("Paywall test · ").first.click()
    page.get_by_role("button", name="Write the test").click()
    page.wait_for_url(re.compile(r"/drafts/[0-9a-f-]{36}/"))
    return page


def field(page: Page, name: str) -> Any:
    return page.locator(f"[id='f-{name}']")


def test_a_paywall_test_is_written_and_found_again_after_a_reload(page):
    values = {
        "goal": "The yearly plan sells better on top.",
        "primary_metric": "trial-to-paid",
        "goal_value": "4",
        "segment_percent": "50",
        "context_key": "main_paywall",
        "groups-0-weight": "3",
        "groups-1-name": "Yearly first",
        "groups-1-remote_config_uid": "7d0c-uid",
    }
    for name, text in values.items():
        field(page, name).fill(text)
    field(page, "goal_direction").select_option("increase")
    field(page, "groups-1-is_control").check()
    expect(page.locator("#share-A")).to_have_text("37.5 %")
    expect(page.locator("#share-outside")).to_have_text("50.0 %")
    expect(page.locator("#metric-words")).to_contain_text("Sent as trial_to_paid.")
    expect(page.locator("#saved")).to_have_text(SAVED)
    page.reload()
    for name, text in (values | {"primary_metric": "trial_to_paid"}).items():
        expect(field(page, name)).to_have_value(text)
    expect(field(page, "goal_direction")).to_have_value("increase")
    expect(field(page, "groups-1-is_control")).to_be_checked()


def test_a_group_is_added_with_the_focus_in_its_name_and_removed_with_a_way_back(page):
    field(page, "groups-0-name").fill("As it is today")
    page.get_by_role("button", name="Add a group").click()
    expect(field(page, "groups-2-name")).to_be_focused()
    expect(field(page, "groups-0-name")).to_have_value("As it is today")
    field(page, "groups-2-name").fill("Weekly")
    page.get_by_role("button", name="Remove C").click()
    expect(field(page, "groups-2-name")).to_have_count(0)
    page.locator("#done").get_by_role("button", name="Undo").click()
    expect(field(page, "groups-2-name")).to_have_value("Weekly")


def test_an_error_is_told_at_its_field_and_goes_when_it_is_mended(page):
    error = page.locator("[id='f-groups-0-weight-error']")
    field(page, "groups-0-weight").fill("abc")
    expect(error).to_contain_text("is not a number")
    expect(field(page, "groups-0-weight")).to_have_attribute("aria-invalid", "true")
    field(page, "groups-0-weight").fill("1.5")
    expect(error).to_be_hidden()
    field(page, "alias_id").fill("has a blank")
    expect(page.locator("#f-alias_id-error")).to_contain_text("The alias holds a blank")


def test_the_suggested_alias_follows_the_name_and_waits_for_a_click(page):
    field(page, "alias_id").fill("mine")
    field(page, "name").fill("Monthly first")
    button = page.locator("#suggest-alias")
    expect(button).to_have_text("Use monthly-first")
    expect(field(page, "alias_id")).to_have_value("mine")
    button.click()
    expect(field(page, "alias_id")).to_have_value("monthly-first")
    expect(button).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_it(page, scheme):
    page.emulate_media(color_scheme=scheme)
    field(page, "groups-0-weight").fill("abc")
    expect(page.locator("[id='f-groups-0-weight-error']")).to_be_visible()
    page.evaluate(AXE.read_text())
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        result = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        serious = [one["id"] for one in result["violations"] if one["impact"] in {"serious", "critical"}]
        assert serious == []


@pytest.mark.parametrize("width", [1440, 390, 320])
def test_nothing_is_wider_than_the_screen(page, width):
    page.set_viewport_size({"width": width, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    expect(page.locator("#group-A")).to_be_visible()
