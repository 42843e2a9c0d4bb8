"""A document as the calls that make it: one for the experiment, one for each group, and what is still missing."""

from collections.abc import Sequence
from typing import Any

from experiments.providers.marker import alias_with_marker
from experiments.providers.qonversion.canonical import same_content, same_name
from experiments.providers.qonversion.definition import EMPTY, EXPERIMENT, GROUP, SET_IN_DASHBOARD, groups_of
from experiments.providers.qonversion.wording import written_metric
from experiments.providers.shapes import Json, RemoteVariant


def marked(document: Json, marker: str) -> Json:
    """The document as it is confirmed and sent: our reference ends its alias, and metrics are spelled as written.

    Marking a marked document again changes nothing; another marker takes the place of the old one.
    """
    metric = document.get("primary_metric")
    changed = {**document, "alias_id": alias_with_marker(_text(document.get("alias_id")), marker)}
    return changed | ({"primary_metric": written_metric(metric)} if isinstance(metric, str) else {})


def create_body(document: Json, marker: str = "") -> Json:
    """The body of the create call. Without `marker`, the document must be marked already.

    Neither groups nor a status: the API has no place for them there, and the test lands as a draft.
    """
    whole = marked(document, marker) if marker else document
    return {key: value for key, value in whole.items() if key != "groups" and value is not None}


def group_bodies(document: Json) -> list[Json]:
    """The bodies of the calls that make the groups, in the document's order."""
    return [
        {key: value for key, value in group.items() if key not in SET_IN_DASHBOARD and value is not None}
        for group in groups_of(document)
        if isinstance(group, dict)
    ]


def missing_groups(document: Json, held: Sequence[RemoteVariant]) -> tuple[int, ...]:
    """The positions of the groups that are still to be made, where the provider holds `held`.

    Found by name, so that a half made test can be completed after any loss: read the groups, make the first missing
    one, read again. A group of that name with another content counts as made; reading back tells the difference.
    """
    return _matched(document, held)[0]


def extra_groups(document: Json, held: Sequence[RemoteVariant]) -> tuple[str, ...]:
    """The ids of groups that the document does not ask for: a late second copy, or one that somebody added there."""
    return _matched(document, held)[1]


def _matched(document: Json, held: Sequence[RemoteVariant]) -> tuple[tuple[int, ...], tuple[str, ...]]:
    left, missing = list(held), []
    for position, body in enumerate(group_bodies(document)):
        named = [group for group in left if same_name(body.get("name"), group.name)]
        # Of two by the same name, the one that is as it was sent is ours.
        exact = [group for group in named if not same_content({"groups": [body]}, {"groups": [group.raw]})]
        if named:
            left.remove((exact or named)[0])
        else:
            missing.append(position)
    return tuple(missing), tuple(group.remote_id for group in left)


def changes(before: Json, after: Json) -> Json:
    """The body of the PATCH that makes `before` into `after`: only what differs, and never the alias or the groups.

    A value that is taken out becomes null, or the empty value where the API has no null.
    Reference: https://documentation.qonversion.io/api-reference/experiments/partially-update-an-experiment
    """
    return _changed(before, after, [key for key in EXPERIMENT if key != "alias_id"])


def group_changes(before: Json, after: Json) -> Json:
    """The body of the PATCH that makes one group `before` into `after`: only what differs."""
    return _changed(before, after, list(GROUP))


def _changed(before: Json, after: Json, keys: Sequence[str]) -> Json:
    body: Json = {}
    for key in keys:
        old, new = _written(key, before.get(key)), _written(key, after.get(key))
        if old != new or isinstance(old, bool) is not isinstance(new, bool):
            body[key] = new
    return body


def _written(key: str, value: Any) -> Any:
    if value is None or value == "":
        return False if key == "is_control" else EMPTY.get(key)
    return written_metric(value) if key == "primary_metric" and isinstance(value, str) else value


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
