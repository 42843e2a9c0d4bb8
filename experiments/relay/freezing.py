"""The exact bytes of a send, made once: the check asks about them, the person confirms them, the worker sends them."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from experiments import providers
from experiments.models import Revision
from experiments.providers.marker import marker_for
from workspaces.models import Workspace

# "Soon" is the undo window from the click; the bytes must be fixed before it, so this much is left for reading.
READING_TIME = timedelta(minutes=2)


@dataclass(frozen=True)
class Frozen:
    """`payload` goes on the wire as it is. `fence_at` is None where no single moment protects against a late copy."""

    payload: bytes
    sha256: str
    marker: str
    fence_at: datetime | None
    is_immediate: bool


def lead_for(workspace: Workspace) -> timedelta:
    """The shortest time between a click and the moment a test goes out, so that Undo is real."""
    return timedelta(seconds=workspace.undo_window)


def mode_of(revision: Revision) -> str:
    """When it goes out: "soon", "moment" or "now"; "" for a draft at the provider, which reaches nobody yet.

    A provider without schedules that is no place for drafts either can only send at once, and that has to be said.
    """
    provider = providers.PROVIDERS[revision.draft.provider]
    if provider.can_schedule:
        return str(revision.plan.get("when", {}).get("mode", "soon"))
    return "" if provider.is_staged else "now"


def freeze(revision: Revision, workspace: Workspace, send_id: uuid.UUID, now: datetime) -> Frozen:
    """The bytes that `revision` becomes when it is sent under the operation id `send_id`.

    The plan's mode decides the schedule: "soon" puts the same moment into every variant, "moment" keeps the
    document's own, "now" has none, which to the provider means: at once. Where a provider has no schedules, a create
    makes a draft there, which reaches nobody.
    """
    document_of = providers.document(revision.draft.provider)
    document = revision.document
    mode = mode_of(revision)
    if mode == "soon":
        moment = now + lead_for(workspace) + READING_TIME
        document = document_of.at_time(document, moment.replace(microsecond=0) + timedelta(seconds=1))
    elif mode == "now":
        document = document_of.without_time(document)
    marker = marker_for(send_id)
    document = document_of.marked(document, marker)
    payload = document_of.to_bytes(document)
    return Frozen(
        payload=payload,
        sha256=document_of.sha256(payload),
        marker=marker,
        fence_at=document_of.scheduled_at(document),
        is_immediate=mode == "now",
    )
