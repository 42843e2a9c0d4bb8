"""A marketer's whole job, as a person does it."""

import re

from playwright.sync_api import Page, expect


def write_test(page: Page, name: str) -> None:
    """From scratch: two variants to people with a tag, on iOS and Android."""
    page.get_by_role("link", name="New test").click()
    page.locator("#name").fill(name)
    page.get_by_role("button", name="Write the test").click()
    page.wait_for_url(re.compile(r"/drafts/[0-9a-f-]{36}/"))
    page.locator("#f-goal").fill("More runs on Sunday")
    page.get_by_label("iOS", exact=True).check()
    page.get_by_label("Android", exact=True).check()
    page.get_by_label("People who match rules").check()
    value = page.locator("#audience .rule input[id$='-tag']")
    expect(value).to_have_count(1)
    value.fill("long-run-plan")
    page.locator("[id='f-variants-0-push-notification-alert']").fill("14 km is waiting for you.")
    expect(page.get_by_text(re.compile("^Saved"))).to_be_visible()
    page.locator(".variant-tabs a").nth(1).click()
    page.locator("[id='f-variants-1-push-notification-alert']").fill("Dry until noon.")
    expect(page.get_by_text(re.compile("^Saved"))).to_be_visible()


def check(page: Page) -> None:
    page.get_by_role("button", name="Check and send").first.click()
    expect(page.get_by_role("heading", name="Check and send")).to_be_visible()
    ask = page.get_by_role("button", name="Ask Airship")
    if ask.is_visible():
        ask.click()
    expect(page.get_by_text("Airship accepts it as it is.")).to_be_visible(timeout=20_000)


def test_write_check_send_and_undo(open_as, demo):
    page = open_as("paula")
    write_test(page, "Taper week")
    check(page)
    expect(page.locator(".sentence")).to_contain_text("people with the tag “long-run-plan” on iOS and Android")
    sha256 = page.locator("#sha256").inner_text() if page.locator("#exactly[open]").count() else ""
    if not sha256:
        page.get_by_text("Exactly what will be sent").click()
        sha256 = page.locator("#sha256").inner_text()
    page.locator("button[name=confirm]").click()
    expect(page.locator("#undo")).to_be_visible(timeout=20_000)
    [effect] = [effect for effect in demo.effects("created") if "Taper week" in effect["body"]]
    assert effect["sha256"] == sha256
    page.locator("#undo").click()
    expect(page.get_by_text("Taken back before it went out.").first).to_be_visible(timeout=20_000)
    assert effect["experiment_id"] in [gone["experiment_id"] for gone in demo.effects("deleted")]


def test_an_editor_writes_and_a_publisher_sends(open_as, demo):
    bob = open_as("bob")
    write_test(bob, "Shoe rotation")
    check(bob)
    expect(bob.get_by_text("Editors can write this test but not send it.")).to_be_visible()
    paula = open_as("paula")
    paula.goto(bob.url)
    paula.locator("button[name=confirm]").click()
    expect(paula.locator("#undo")).to_be_visible(timeout=20_000)


def test_everybody_has_to_be_typed_and_sent_once_by_a_double_click(open_as, demo):
    page = open_as("paula")
    write_test(page, "To everybody")
    page.get_by_label("Everybody").first.check()
    expect(page.get_by_text(re.compile("^Saved"))).to_be_visible()
    check(page)
    page.get_by_label("Type the word “everybody”").fill("everybody")
    page.locator("button[name=confirm]").dblclick()
    expect(page.locator("#undo")).to_be_visible(timeout=20_000)
    assert len([effect for effect in demo.effects("created") if "To everybody" in effect["body"]]) == 1


def test_a_lost_answer_is_shown_as_unknown_then_found(open_as, demo):
    page = open_as("paula")
    write_test(page, "Lost on the way")
    check(page)
    demo.order(kind="reset", method="POST", path="/api/experiments", when="after")
    page.locator("button[name=confirm]").click()
    expect(page.locator("#undo")).to_be_visible(timeout=40_000)
    expect(page.locator("#ledger")).to_contain_text("Unknown: no answer")
    expect(page.locator("#ledger")).to_contain_text("It was not sent a second time.")
    assert len([effect for effect in demo.effects("created") if "Lost on the way" in effect["body"]]) == 1


def test_a_scheduled_test_of_the_list_is_opened_copied_and_deleted(open_as, demo):
    page = open_as("paula")
    page.get_by_role("link", name=re.compile("^Scheduled")).click()
    expect(page).to_have_url(re.compile("status=scheduled"))
    page.locator("table.tests tbody a").first.click()
    page.wait_for_url(re.compile(r"/experiments/[0-9a-f-]{36}/"))
    name = page.locator("h1").inner_text()
    page.get_by_role("link", name=re.compile("Delete")).first.click()
    page.get_by_label("Delete it, so that it does not go out").check()
    page.get_by_role("button", name="Delete at Airship").click()
    expect(page.get_by_text("Airship deleted it. Nobody received anything.").first).to_be_visible(timeout=20_000)
    page.goto(f"{demo.url}/w/marlow-running/experiments/?status=scheduled")
    expect(page.locator("table.tests").get_by_text(name, exact=True)).to_have_count(0)


def test_the_list_searches_filters_and_goes_back(open_as, demo):
    page = open_as("vera")
    rows = page.locator("table.tests tbody tr")
    expect(rows.nth(20)).to_be_visible(timeout=30_000)  # the first read from Airship takes a moment
    before = rows.count()
    page.get_by_label("Search tests").fill("Sunday long")
    page.get_by_label("Search tests").press("Enter")
    expect(page).to_have_url(re.compile("q=Sunday"))
    expect(rows).not_to_have_count(before)
    assert 0 < rows.count() < before
    page.go_back()
    expect(rows).to_have_count(before)
