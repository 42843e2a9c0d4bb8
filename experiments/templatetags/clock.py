"""Moments in the zone of the page's workspace."""

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from experiments import words

register = template.Library()


@register.simple_tag(takes_context=True)
def moment(context: template.Context, at: datetime | None) -> SafeString | str:
    """“Today 14:36” as a <time> with the exact moment; "" for None."""
    if at is None:
        return ""
    zone = context["workspace"].zone
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        at.isoformat(timespec="seconds"),
        f"{words.exact(at, zone)} {words.zone_words(zone)}",
        words.moment(at, zone, timezone.now()),
    )


@register.simple_tag(takes_context=True)
def clock(context: template.Context, at: datetime | None) -> str:
    """“14:36:00”, and the day in front where it is not today."""
    if at is None:
        return ""
    zone = context["workspace"].zone
    local, today = at.astimezone(zone), timezone.now().astimezone(zone)
    day = "" if local.date() == today.date() else f"{local.day} {local:%b} "
    return f"{day}{local:%H:%M:%S}"


@register.filter
def ago(at: datetime | None) -> str:
    """“29 min ago”, “in 4 days 19 h”."""
    return words.relative(at, timezone.now()) if at else ""


@register.filter
def utc(at: datetime | None) -> str:
    return f"{at:%H:%M} UTC" if at else ""
