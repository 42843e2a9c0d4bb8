"""A whole test of 26 variants, written and sent without a pointer."""

import json
import re

from playwright.sync_api import Page, expect

NAMES = [f"Runner {chr(ord('A') + number)}" for number in range(26)]


def tab_to(page: Page, selector: str, limit: int = 90) -> None:
    """Press Tab until the element has the focus, as somebody who cannot see the page would."""
    for _ in range(limit):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement?.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} was not reached by Tab")


def begin(page: Page, name: str) -> None:
    page.keyboard.press("n")
    page.wait_for_url("**/drafts/new/")
    page.keyboard.type(name)  # the field has the focus
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/drafts/[0-9a-f-]{36}/"))


def choose_people(page: Page) -> None:
    tab_to(page, "#audience input[name='audience.mode']")
    page.keyboard.press("Space")
    expect(page.get_by_label("People who match rules")).to_be_checked()
    value = page.locator("#audience .rule input[id*='-tag']").first
    expect(value).to_be_visible()
    tab_to(page, f"[id='{value.get_attribute('id')}']")
    page.keyboard.type("long-run-plan")
    for platform in ("ios", "android", "web"):
        tab_to(page, f"input[name=device_types][value={platform}]")
        page.keyboard.press("Space")


def write_variant(page: Page, position: int) -> None:
    name = page.locator(f"[id='f-variants-{position}-name']")
    expect(name).to_be_focused()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type(NAMES[position])
    tab_to(page, f"#f-title-{position}", 12)
    page.keyboard.type(f"{position + 5} km for you")
    tab_to(page, f"[id='f-variants-{position}-push-notification-alert']", 12)
    page.keyboard.type(f"Run number {position}, easy pace.")
    page.keyboard.press("Escape")
    expect(page.locator(".variant-tabs [aria-current]")).to_be_focused()


def test_26_variants_are_written_and_sent_by_keyboard(open_as, demo):
    page = open_as("paula")
    begin(page, "Twenty-six by hand")
    choose_people(page)
    tab_to(page, "[id='f-variants-0-name']")
    write_variant(page, 0)
    page.keyboard.press("]")
    tab_to(page, "[id='f-variants-1-name']")
    write_variant(page, 1)
    for position in range(2, 26):
        page.keyboard.press("a")
        write_variant(page, position)
    expect(page.locator(".variant-tabs a")).to_have_count(26)
    page.keyboard.press("ControlOrMeta+Enter")
    expect(page.get_by_role("heading", name="Check and send")).to_be_visible()
    tab_to(page, "#check form button")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Airship accepts it as it is.")).to_be_visible(timeout=30_000)
    tab_to(page, "button[name=confirm]")
    page.keyboard.press("Enter")
    expect(page.locator("#undo")).to_be_visible(timeout=30_000)
    [effect] = [effect for effect in demo.effects("created") if "Twenty-six by hand" in effect["body"]]
    document = json.loads(effect["body"])
    assert [variant["name"] for variant in document["variants"]] == NAMES
    for position, variant in enumerate(document["variants"]):
        notification = variant["push"]["notification"]
        assert notification["alert"] == f"Run number {position}, easy pace."
        assert {part: notification[part]["title"] for part in ("ios", "android", "web")} == dict.fromkeys(
            ("ios", "android", "web"), f"{position + 5} km for you"
        )
    page.keyboard.press("u")
    expect(page.get_by_text("Taken back before it went out.").first).to_be_visible(timeout=20_000)
