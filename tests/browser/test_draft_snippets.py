"""Snippets in a real browser: the text lands at the caret, exactly, and is saved like anything typed."""

import re

from playwright.sync_api import expect

TEXT = "Hi {{#name}}{{name}}{{/name}}, "


def test_a_snippet_goes_to_the_caret_and_is_saved(open_as, demo):
    page = open_as("bob")
    page.goto(f"{demo.url}/w/marlow-running/templates/snippets/new/")
    page.locator("#name").fill("Greeting")
    page.locator("#text").fill(TEXT)
    page.get_by_role("button", name="Keep the snippet").click()
    page.wait_for_url("**/templates/")
    page.goto(f"{demo.url}/w/marlow-running/drafts/new/")
    page.locator("#name").fill("With a snippet")
    page.get_by_role("button", name="Write the test").click()
    page.wait_for_url(re.compile(r"/drafts/[0-9a-f-]{36}/"))

    page.locator("#snippets summary").click()
    page.locator("[data-snippet]").first.click()  # nothing had the focus yet: it says so and changes nothing
    expect(page.locator("[data-snippet-note]")).to_have_text("Click into a text first, then choose the snippet.")
    page.locator("#snippets summary").click()

    message = page.locator("[id='f-variants-0-push-notification-alert']")
    message.fill("one two")
    message.evaluate("field => { field.focus(); field.setSelectionRange(4, 7); }")
    page.locator("#snippets summary").click()
    page.locator("[data-snippet]").first.click()
    expect(message).to_have_value(f"one {TEXT}")
    expect(message).to_be_focused()
    expect(page.locator("#saved")).to_contain_text("Saved")
    page.wait_for_load_state("networkidle")
    page.reload()
    expect(message).to_have_value(f"one {TEXT}")
