"""The moment of a draft on the clock of the person who looks."""

from django import template

from experiments.views.messages.when import WhenSection
from workspaces.models import User

register = template.Library()


@register.filter
def clock_of(section: WhenSection, reader: User) -> dict[str, str] | None:
    return section.own_clock(reader)
