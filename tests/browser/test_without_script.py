"""The whole job works in a browser that runs no script."""

import re

from playwright.sync_api import expect


def test_write_check_and_send_without_script(open_as, demo):
    page = open_as("paula", java_script_enabled=False)
    page.goto(f"{demo.url}/w/marlow-running/drafts/new/")
    page.locator("#name").fill("No script at all")
    page.get_by_role("button", name="Write the test").click()
    page.get_by_label("iOS", exact=True).check()
    page.get_by_label("Everybody").first.check()
    page.locator("[id='f-variants-0-push-notification-alert']").fill("14 km is waiting for you.")
    page.get_by_role("button", name="Save", exact=True).click()
    page.locator(".variant-tabs a").nth(1).click()
    page.locator("[id='f-variants-1-push-notification-alert']").fill("Dry until noon.")
    page.get_by_role("button", name="Check and send").first.click()
    ask = page.get_by_role("button", name="Ask Airship")
    if ask.is_visible():
        ask.click()
    for _ in range(40):
        if page.get_by_text("Airship accepts it as it is.").is_visible():
            break
        page.wait_for_timeout(250)
        page.reload()
    page.get_by_label("Type the word “everybody”").fill("everybody")
    page.locator("button[name=confirm]").click()
    page.wait_for_url(re.compile("/operations/"))
    for _ in range(40):
        if page.locator("#undo").is_visible():
            break
        page.wait_for_timeout(250)
        page.reload()
    expect(page.locator("#undo")).to_be_visible()
    assert len([effect for effect in demo.effects("created") if "No script at all" in effect["body"]]) == 1
