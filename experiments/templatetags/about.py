"""What a page can say about the request that made it, without asking the database or anybody who is signed in."""

from django import template

from experiments import logs

register = template.Library()


@register.simple_tag
def request_id() -> str:
    """The id by which the log lines of this request are found; "" where there is none."""
    return logs.bound().get("request_id", "")
