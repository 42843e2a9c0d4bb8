"""Saving a draft: a new revision with what lists show of it, or the two versions that stand against each other."""

import json
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from experiments.forms.problems import find_draft_problems, shown_columns
from experiments.models import Draft, Revision
from experiments.models.drafts import StaleRevision
from experiments.providers.shapes import Json, Problem
from workspaces.models import User, Workspace


class Conflict(Exception):
    """Somebody else saved since. `newest` is theirs; `document` and `plan` are what was to be saved, nothing was."""

    def __init__(self, newest: Revision, document: Json, plan: Json) -> None:
        super().__init__(f"revision {newest.number} is newer")
        self.newest, self.document, self.plan = newest, document, plan


@dataclass(frozen=True)
class Saved:
    """The newest revision. `problems` are those that were looked for on the way, None where nothing had changed.

    `merged` is what somebody else had saved meanwhile and is kept beside what was posted.
    """

    revision: Revision
    problems: tuple[Problem, ...] | None = None
    merged: "Merged | None" = None


@dataclass(frozen=True)
class Merged:
    """Names of those who wrote meanwhile, what they changed in words, and the revision that the page had begun from."""

    who: str
    what: str
    since: int


def save(
    draft: Draft,
    workspace: Workspace,
    document: Json,
    plan: Json,
    *,
    by: User,
    based_on: int,
    page: str = "",
    turn: int = 0,
    origin: Json | None = None,
) -> Saved:
    """Append a revision, or give back the newest one where nothing changed. Raises Conflict.

    `page` is one opened page and `turn` the count of its saves. A save whose answer was lost on the way is followed by
    one of the same page that still names the revision before: that is no conflict, the page knows what it sent. A copy
    that arrives after its follower (the lower turn) changes nothing.

    `origin` says where a revision came from that nobody typed as it is: {"restored": number of the version brought
    back} or {"merged": number, "who": names, "for": page}. No page knows such a revision by having sent it, so it names
    none: whoever saves next against an older one is shown both, or merged again.
    """
    newest = draft.revisions.filter(number=draft.number).first()
    if newest is not None and _content(document, plan) == _content(newest.document, newest.plan):
        return Saved(newest)
    if newest is not None and newest.number != based_on:
        last = newest.plan.get("saved_from") or {}
        if not page or last.get("page") != page or turn == last.get("turn", 0):
            raise Conflict(newest, document, plan)
        if turn < last.get("turn", 0):
            return Saved(newest)
        based_on = newest.number
    kept = {**plan, "saved_from": {"page": "", "turn": 0, **origin} if origin else {"page": page, "turn": turn}}
    problems = find_draft_problems(document, plan, workspace, timezone.now(), draft.provider)
    columns = shown_columns(document, plan, problems, draft.provider)
    try:
        return Saved(draft.append(document, kept, by=by, based_on=based_on, **columns), problems)
    except StaleRevision as stale:
        raise Conflict(stale.newest, document, plan) from None


def _content(document: Json, plan: Json) -> tuple[str, dict[str, Any]]:
    """Compared as text: to Python 1, 1.0 and True are the same, to a provider they are not."""
    return json.dumps(document), {key: value for key, value in plan.items() if key != "saved_from"}


def start(
    workspace: Workspace, document: Json, plan: Json, *, by: User, provider: str = "airship", **columns: Any
) -> Draft:
    """A new draft with its first revision. `columns` are its connection and what it was copied from."""
    draft = Draft.objects.create(workspace=workspace, provider=provider, owner=by, **columns)
    save(draft, workspace, document, plan, by=by, based_on=0)
    return draft
