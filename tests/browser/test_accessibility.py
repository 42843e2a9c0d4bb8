"""No page has a serious fault that axe-core can find, in both themes, wide and narrow."""

import re
from pathlib import Path

import pytest

AXE = Path(__file__).parent.parent / "vendor" / "axe.min.js"
PAGES = {
    "experiment_list": "/w/marlow-running/experiments/",
    "empty list": "/w/marlow-running/experiments/?q=nothing+is+named+like+this",
    "experiment_detail": "first:table.tests tbody tr:last-child a",
    "draft_new": "/w/marlow-running/drafts/new/",
    "draft_edit": "first:a[href*='/drafts/']:not([href$='new/'])",
    "draft_check": "first:a[href*='/drafts/']:not([href$='new/'])+check/",
    "contact_sheet": "first:a[href*='/drafts/']:not([href$='new/'])+contact-sheet/",
    "draft_history": "first:a[href*='/drafts/']:not([href$='new/'])+versions/",
    "draft_version": "first:a[href*='/drafts/']:not([href$='new/'])+versions/1/",
    "draft_clone": "first:a[href*='/drafts/']:not([href$='new/'])+clone/",
    "draft_template": "first:a[href*='/drafts/']:not([href$='new/'])+template/",
    "draft_json": "first:a[href*='/drafts/']:not([href$='new/'])+json/",
    "draft_json as curl": "first:a[href*='/drafts/']:not([href$='new/'])+json/?as=curl",
    "a variant as JSON": "first:a[href*='/drafts/']:not([href$='new/'])+?platform=json",
    "snippet_new": "/w/marlow-running/templates/snippets/new/",
    "template_list": "/w/marlow-running/templates/",
    "operation_list": "/w/marlow-running/operations/",
    "settings": "/w/marlow-running/settings/",
    "connection_new": "/w/marlow-running/settings/connections/new/",
    "account": "/account/",
    "paywall list": "/w/marlow-running/experiments/?provider=qonversion",
    "paywall connection_new": "/w/marlow-running/settings/connections/new/?provider=qonversion",
    "paywall experiment_detail": "running:",
    "paywall results": "running:?tab=results",
    "experiment_move": "running:move/pause/",
    "experiment_change": "running:change/",
    "experiment_testers": "running:testers/",
    "experiment_delete": "running:delete/",
    "not found": "/w/marlow-running/nowhere/",
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing_serious(open_as, demo, scheme, width):
    page = open_as("alice", viewport={"width": width, "height": 900}, color_scheme=scheme)
    listing = f"{demo.url}/w/marlow-running/experiments/?status=draft"
    found: dict[str, list[str]] = {}
    for name, address in PAGES.items():
        page.goto(_address(page, demo.url, listing, address))
        page.evaluate(AXE.read_text())
        result = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        serious = [
            f"{violation['id']}: {violation['nodes'][0]['html'][:120]}"
            for violation in result["violations"]
            if violation["impact"] in {"serious", "critical"}
        ]
        if serious:
            found[name] = serious
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} scrolls sideways"
    assert found == {}


def _address(page, base, listing, address):
    if address.startswith("running:"):
        page.goto(f"{base}/w/marlow-running/experiments/?status=running")
        return f"{base}{page.locator('table.tests td.name a').first.get_attribute('href')}{address[8:]}"
    if not address.startswith("first:"):
        return base + address
    selector, _, rest = address.removeprefix("first:").partition("+")
    page.goto(f"{base}/w/marlow-running/experiments/" if "drafts" not in selector else listing)
    href = page.locator(selector).first.get_attribute("href")
    return base + re.sub(r"[?#].*", "", href) + rest


def test_axe_would_find_something(open_as, demo):
    """The positive control: a page with a fault is caught."""
    page = open_as("vera")
    page.evaluate(AXE.read_text())
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<main><img src=\"x.png\"><input></main>')")
    result = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert {"image-alt", "label"} <= {violation["id"] for violation in result["violations"]}
