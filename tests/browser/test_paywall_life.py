"""The whole life of a paywall test, as a person lives it."""

import re

from playwright.sync_api import Page, expect


def press(page: Page, verb: str, done: str) -> None:
    """One move from the test's page through its confirm page to the operation that carried it out."""
    page.get_by_role("link", name=re.compile(f"^{verb}")).first.click()
    expect(page.get_by_role("heading", name=f"{verb} this test")).to_be_visible()
    word = page.get_by_label("Type the word “start”")
    if word.is_visible():
        word.fill("start")
    page.locator("form.commit button").click()
    page.wait_for_url(re.compile("/operations/"))
    expect(page.get_by_text("Qonversion has changed its status.").first).to_be_visible(timeout=20_000)
    page.get_by_role("link", name="Open the test").click()
    expect(page.locator("main")).to_contain_text(done)


def test_write_create_start_pause_and_finish(open_as, demo):
    page = open_as("paula")
    page.goto(f"{demo.url}/w/marlow-running/drafts/new/")
    page.locator("#name").fill("Yearly first")
    page.get_by_text("Qonversion", exact=False).first.click()
    page.get_by_role("button", name="Write the test").click()
    page.wait_for_url(re.compile(r"/drafts/[0-9a-f-]{36}/"))
    page.get_by_role("button", name="Check and create").first.click()
    expect(page.get_by_role("heading", name="Check and create")).to_be_visible()
    if page.get_by_role("button", name="Check it").is_visible():
        page.get_by_role("button", name="Check it").click()
    expect(page.get_by_text("Nothing stands against it.")).to_be_visible()
    page.locator("button[name=confirm]").click()
    page.wait_for_url(re.compile("/operations/"))
    expect(page.get_by_text("holds it, not started").first).to_be_visible(timeout=30_000)
    assert len([one for one in demo.effects("created") if "Yearly first" in one["body"]]) == 1
    assert not [one for one in demo.effects("started") if one["project"] and "yearly-first" in one["alias_id"]]
    page.get_by_role("link", name="Open the test").click()
    press(page, "Start", "Active")
    press(page, "Pause", "Paused")
    press(page, "Finish", "Finished")
    ours = [one["kind"] for one in demo.effects("") if "yearly-first" in (one["alias_id"] or "")]
    assert [kind for kind in ours if kind in {"started", "paused", "finished"}] == ["started", "paused", "finished"]
