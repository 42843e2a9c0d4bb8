"""The moment of a draft on the clock of the person who looks."""

from typing import Protocol

from django import template

from workspaces.models import User

register = template.Library()


class HasOwnClock(Protocol):
    def own_clock(self, reader: User) -> dict[str, str] | None: ...


@register.filter
def clock_of(section: HasOwnClock, reader: User) -> dict[str, str] | None:
    return section.own_clock(reader)
