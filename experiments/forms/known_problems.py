"""The problems of a revision that is only looked at, remembered for a minute: nothing of it has changed.

For pages alone. Whether a draft may be sent is always asked anew, of find_draft_problems.
"""

import json
from functools import lru_cache
from typing import Any

from django.utils import timezone

from experiments.forms.problems import find_draft_problems
from experiments.models import Revision
from experiments.providers.shapes import Problem
from workspaces.models import Workspace

MOST_REMEMBERED = 32  # documents of up to a megabyte, in every process


def problems_of(revision: Revision, workspace: Workspace, provider: str) -> tuple[Problem, ...]:
    """As find_draft_problems, at most a minute old where a time has come near or passed meanwhile."""
    values = tuple((field.attname, getattr(workspace, field.attname)) for field in workspace._meta.concrete_fields)
    minute = int(timezone.now().timestamp() // 60)
    return _problems_of(revision.document_text, json.dumps(revision.plan), values, provider, minute)


@lru_cache(maxsize=MOST_REMEMBERED)
def _problems_of(
    document_text: str, plan_text: str, values: tuple[tuple[str, Any], ...], provider: str, minute: int
) -> tuple[Problem, ...]:
    workspace = Workspace(**dict(values))
    return find_draft_problems(json.loads(document_text), json.loads(plan_text), workspace, timezone.now(), provider)
