"""Tags, segments, lists and attributes that earlier tests of one connection used, for suggestions while somebody types.

Read from the mirror and from drafts, of this workspace and this connection alone, and no further back than the newest
few hundred of them.
"""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from experiments.forms.messages import selectors
from experiments.models import Draft, Experiment, Revision
from experiments.providers.airship.audience import operator_of

# Not named users, channels or numbers: those are single people.
KINDS = ("tag", "group", "segment", "static_list", "subscription_list", "attribute", "sms_sender")
MOST_TESTS = 300
MOST_DRAFTS = 100
MOST_VALUES = 200
_LONGEST = 128


def seen_values(draft: Draft, kind: str, group: str | None = None) -> list[str]:
    """Values seen in tests of the draft's connection, those in most tests first; none for a draft without one.

    `kind` is one of KINDS. With a `group`, only tags of this tag group; "" is that of tags without one.
    """
    if draft.connection_id is None or kind not in KINDS:
        return []
    counted: Counter[str] = Counter()
    for audience in _audiences(draft):
        counted.update(dict.fromkeys(_values_in(audience, kind, group), 1))
    return [value for value, _ in counted.most_common(MOST_VALUES)]


def _audiences(draft: Draft) -> Iterator[Any]:
    of_connection = {"workspace_id": draft.workspace_id, "connection_id": draft.connection_id}
    tests = Experiment.objects.filter(**of_connection).order_by("-when_at").values_list("raw_text", flat=True)
    for text in tests[:MOST_TESTS]:
        yield _audience_of(text)
    drafts = Draft.objects.filter(**of_connection, removed_at=None).exclude(pk=draft.pk).order_by("-updated_at")
    newest = dict(drafts.values_list("pk", "number")[:MOST_DRAFTS])
    revisions = Revision.objects.filter(draft_id__in=newest, number__in=set(newest.values()))
    for pk, number, text in revisions.values_list("draft_id", "number", "document_text"):
        if newest[pk] == number:
            yield _audience_of(text)


def _audience_of(text: str) -> Any:
    try:
        test: Any = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return None
    return test.get("audience") if isinstance(test, dict) else None


def _values_in(audience: Any, kind: str, group: str | None) -> Iterator[str]:
    waiting = [audience]
    while waiting:
        selector = waiting.pop(0)
        if isinstance(selector, list):
            waiting += selector
        elif isinstance(selector, dict):
            operator = operator_of(selector)
            if operator:
                waiting.append(selector[operator])
            else:
                yield from (text for text in _values_of(selector, kind, group) if 0 < len(text.strip()) <= _LONGEST)


def _values_of(selector: dict[str, Any], kind: str, group: str | None) -> Iterator[str]:
    named = {key.lower(): value for key, value in selector.items()}
    if kind == "tag" and group is not None and named.get("group", "") != group:
        return
    value = named.get(kind)
    for text in value if isinstance(value, list) else [value]:
        if isinstance(text, str) and selectors.shown_values(text) == text:
            yield text
