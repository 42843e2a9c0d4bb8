"""The button that reaches a provider: its page mints the id of the operation that pressing it will make.

The id is signed together with who read the page, where, and what it was about. So a double click, the back button or a
POST that is repeated after a timeout can only ever lead to one operation, and no id can be used for anything else.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core import signing
from django.utils import timezone

from experiments.models import Draft, Experiment, Kind
from experiments.models.ids import new_id
from workspaces.access import WorkspaceRequest

SALT = "splitdesk.confirm"
HOLDS = timedelta(hours=1)  # a page that lay open longer is asked for anew; what it made before is still found


@dataclass(frozen=True)
class Minted:
    """What a pressed button stands for. `content` is what its page added."""

    operation_id: uuid.UUID
    at: datetime
    content: dict[str, Any]

    @property
    def is_old(self) -> bool:
        return timezone.now() - self.at > HOLDS


def mint(
    request: WorkspaceRequest,
    kind: Kind,
    about: Draft | Experiment,
    *,
    operation_id: uuid.UUID | None = None,
    **content: Any,
) -> str:
    """The token for a hidden field of the form that asks for `kind`."""
    bound = {**_bound(request, kind, about), "operation": str(operation_id or new_id())}
    return signing.dumps({**content, **bound, "at": timezone.now().isoformat()}, salt=SALT, compress=True)


def redeem(request: WorkspaceRequest, kind: Kind, about: Draft | Experiment) -> Minted | None:
    """What the posted token stands for; None where it is not ours, or for another person, place or purpose."""
    try:
        content: dict[str, Any] = signing.loads(request.POST.get("token", ""), salt=SALT)
    except signing.BadSignature:
        return None
    bound = _bound(request, kind, about)
    if {name: content.pop(name, None) for name in bound} != bound:
        return None
    return Minted(uuid.UUID(content.pop("operation")), datetime.fromisoformat(content.pop("at")), content)


def _bound(request: WorkspaceRequest, kind: Kind, about: Draft | Experiment) -> dict[str, Any]:
    return {"kind": kind.value, "user": request.user.pk, "workspace": about.workspace_id, "about": str(about.pk)}
