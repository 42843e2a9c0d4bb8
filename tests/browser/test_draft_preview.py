"""The previews in a real browser: they follow the typing before anything is saved."""

import re
import time
from typing import Any

from playwright.sync_api import expect

TYPED = "Not saved yet, only drawn"


def test_the_preview_shows_a_text_before_it_is_saved(open_as: Any) -> None:
    page = open_as("paula")
    page.goto(page.url.replace("/experiments/", "/drafts/new/"))
    page.locator("#name").fill(f"Preview at {time.monotonic_ns()}")
    page.get_by_role("button", name="Write the test").click()
    page.wait_for_url(re.compile(r"/drafts/[0-9a-f-]{36}/"))
    page.locator("[name=device_types][value=sms]").check()
    expect(page.locator("#drawn .bubble")).to_be_visible()  # the save of the platform has brought it
    page.route(lambda address: address.split("?")[0].rstrip("/") == page.url.split("?")[0].rstrip("/"), _hold)
    page.locator("[name='/variants/0/push/notification/alert']").press_sequentially(TYPED)
    expect(page.locator("#drawn .bubble")).to_contain_text(TYPED)  # every save is held back
    page.unroute_all(behavior="ignoreErrors")
    page.locator("#save").click()
    expect(page.locator("#drawn .bubble")).to_contain_text(TYPED)


def _hold(route: Any) -> None:
    """Answer no save: what is shown can only come from the preview."""
    if route.request.method != "POST":
        route.continue_()
