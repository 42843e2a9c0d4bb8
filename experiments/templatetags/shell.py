"""Parts of every page: icons, the main navigation, and what waits too long."""

from functools import lru_cache
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from experiments.models.counts import Counts, count_tests
from experiments.waits import waits

register = template.Library()

SECTIONS = {
    "operation": "operations",
    "settings": "settings",
    "connection": "settings",
    "member": "settings",
    "invitation": "settings",
}


@register.simple_tag
@lru_cache(maxsize=256)  # a page draws the same few dozen over and over
def icon(name: str, extra: str = "") -> SafeString:
    """One icon of the page's sprite (templates/icons.html)."""
    return format_html(
        '<svg class="icon{}" aria-hidden="true"><use href="#i-{}"/></svg>', f" {extra}" if extra else "", name
    )


@register.inclusion_tag("navigation.html", takes_context=True)
def main_navigation(context: template.Context) -> dict[str, Any]:
    """The navigation, with counts."""
    workspace = context["workspace"]
    match = context["request"].resolver_match
    noun = (match.url_name or "").split("_")[0] if match else ""
    return {
        "workspace": workspace,
        "current": SECTIONS.get(noun, "tests"),
        "counts": _counts(context),
    }


@register.inclusion_tag("banner.html", takes_context=True)
def banner(context: template.Context) -> dict[str, Any]:
    """What waits too long, or for a person, in this workspace: from the counts that the navigation needs anyway."""
    counts, workspace = _counts(context), context["workspace"]
    standing = getattr(context["request"], "standing", None)  # of the installation, where the page has asked for it
    is_held = workspace.is_sending_stopped or (standing and (standing.is_stopped or standing.closed_because))
    found = waits(counts, is_held=bool(is_held))
    return {"workspace": workspace, "first": found[0] if found else None, "others": found[1:]}


def _counts(context: template.Context) -> Counts:
    """The view's own `counts` where it has them, else one query for all parts of the page."""
    kept = context.render_context
    if "counts" not in kept:
        kept["counts"] = context.get("counts") or count_tests(context["workspace"])
    counts: Counts = kept["counts"]
    return counts
