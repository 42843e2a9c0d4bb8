"""Single keys: they move and open, they never send, and they can be turned off."""

import re

from playwright.sync_api import expect


def test_search_rows_new_test_and_pages_are_reached_by_keys(open_as, demo):
    page = open_as("bob")
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("?gn")  # inside a field, keys are letters
    expect(page.locator("#q")).to_have_value("?gn")
    page.goto(f"{demo.url}/w/marlow-running/experiments/")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(page.locator("table.tests tbody tr").first.locator("td.name a").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).not_to_have_url(re.compile(r"/experiments/$"))
    page.keyboard.press("g")
    page.keyboard.press("o")
    page.wait_for_url("**/operations/")
    page.keyboard.press("g")
    page.keyboard.press("t")
    page.wait_for_url("**/experiments/")
    page.keyboard.press("n")
    page.wait_for_url("**/drafts/new/")


def test_the_list_of_keys_opens_and_closes(open_as):
    page = open_as("bob")
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys).to_be_visible()
    expect(keys).to_contain_text("next and last row")
    page.keyboard.press("n")  # behind the list nothing happens
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    expect(page).to_have_url(re.compile(r"/experiments/$"))


def test_keys_can_be_turned_off(open_as, demo):
    page = open_as("vera")
    page.goto(f"{demo.url}/account/")
    page.get_by_label("Single-key shortcuts").uncheck()
    page.get_by_role("button", name="Save").click()
    page.goto(f"{demo.url}/w/marlow-running/experiments/")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_hidden()
    page.keyboard.press("g")
    page.keyboard.press("o")
    expect(page).to_have_url(re.compile(r"/experiments/$"))
    page.goto(f"{demo.url}/account/")
    page.get_by_label("Single-key shortcuts").check()
    page.get_by_role("button", name="Save").click()
    page.goto(f"{demo.url}/w/marlow-running/experiments/")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
