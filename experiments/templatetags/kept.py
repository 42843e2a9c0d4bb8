"""What the editor offers of the workspace's templates: variants to add, pieces of text to insert."""

from typing import Any

from django import template

from experiments.models import Template

register = template.Library()


@register.simple_tag(takes_context=True)
def kept_for(context: template.Context, provider: str) -> dict[str, list[Any]]:
    """`{"variants": …, "snippets": …}` of the page's workspace, each by name; one query."""
    kinds = [Template.Kind.VARIANT, Template.Kind.SNIPPET]
    held = context["workspace"].templates.filter(kind__in=kinds, provider__in=["", provider], removed_at=None)
    ranked = sorted(held, key=lambda one: one.name.casefold())
    return {
        "variants": [one for one in ranked if one.kind == Template.Kind.VARIANT],
        "snippets": [one for one in ranked if one.kind == Template.Kind.SNIPPET],
    }
