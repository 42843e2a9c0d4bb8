"""Parts of every page: icons and the main navigation."""

from functools import lru_cache
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from experiments.models.counts import count_tests

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
    """The navigation, with counts: the view's own `counts` where it has them, else one query."""
    workspace = context["workspace"]
    match = context["request"].resolver_match
    noun = (match.url_name or "").split("_")[0] if match else ""
    return {
        "workspace": workspace,
        "current": SECTIONS.get(noun, "tests"),
        "counts": context.get("counts") or count_tests(workspace),
    }
