"""What has changed in a draft since somebody looked at it."""

from django import template

from experiments.forms.conflicts import Difference, Version, differences
from experiments.models import Draft, Kind

register = template.Library()


@register.simple_tag
def changed_since_check(draft: Draft) -> list[Difference]:
    """Where the newest version differs from the one that was checked last; `mine` is what the reader has seen."""
    checked = draft.operations.filter(kind=Kind.VALIDATE).select_related("revision").order_by("-created_at").first()
    if checked is None or checked.revision is None or checked.revision.number == draft.number:
        return []
    newest = draft.newest
    seen = Version(checked.revision.document, checked.revision.plan, draft.provider)
    return differences(seen, Version(newest.document, newest.plan, draft.provider), seen)
