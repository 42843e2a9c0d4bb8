"""The life of an operation as data: its states, and every move between them with who may make it and when.

The relay moves operations by this table (`experiments.relay.moving`), the database refuses every other move
(`experiments.models.triggers`), and the picture in docs/states.md is drawn from it (`manage.py states`).
"""

from dataclasses import dataclass
from enum import StrEnum

from django.db import models

from workspaces.models import Role


class Kind(models.TextChoices):
    CREATE = "create", "Send"
    DELETE = "delete", "Delete"
    VALIDATE = "validate", "Check"
    STATUS = "status", "Change of status"
    UPDATE = "update", "Change"
    ATTACH = "attach", "Pin a tester"
    DETACH = "detach", "Unpin a tester"


class State(models.TextChoices):
    QUEUED = "queued", "Queued"
    CLAIMED = "claimed", "Sending"
    ON_WIRE = "on_wire", "Sending"
    RETRY_WAIT = "retry_wait", "Waiting to try again"
    PARKED = "parked", "Parked"
    UNKNOWN = "unknown", "Unknown"
    RECONCILING = "reconciling", "Unknown, looking it up"
    NEEDS_PERSON = "needs_person", "Needs a person"
    CONFLICT = "conflict", "Found twice"
    SUCCEEDED = "succeeded", "Succeeded"
    REJECTED = "rejected", "Failed"
    EXPIRED = "expired", "Not sent in time"
    CANCELLED = "cancelled", "Cancelled"
    NOT_APPLIED = "not_applied", "Not sent"


class Machine(StrEnum):
    """What moves an operation without a person."""

    WORKER = "worker"  # the one that holds the claim
    SWEEP = "sweep"
    LOOK_UP = "look-up"  # reads the provider, or takes a harmless step again
    ADOPTION = "adoption"  # after a restore from backup


@dataclass(frozen=True)
class Move:
    """One legal move: by one of `machines`, or by a person with at least `role`. `when` is its guard in words."""

    source: State
    to: State
    when: str
    machines: tuple[Machine, ...] = ()
    role: Role | None = None


S, M = State, Machine
TABLE = (
    Move(S.QUEUED, S.CLAIMED, "it is due and sending is not stopped", (M.WORKER,)),
    Move(S.QUEUED, S.CANCELLED, "nobody has taken it yet", role=Role.PUBLISHER),
    Move(S.QUEUED, S.PARKED, "it is late, or the data was restored or copied", (M.WORKER, M.SWEEP, M.ADOPTION)),
    Move(S.CLAIMED, S.QUEUED, "worker gone, or sending stopped, before the wire: provably unsent", (M.SWEEP, M.WORKER)),
    Move(S.CLAIMED, S.ON_WIRE, "connected, claim still held; committed before the first byte", (M.WORKER,)),
    Move(S.CLAIMED, S.RETRY_WAIT, "no connection could be made", (M.WORKER,)),
    Move(S.CLAIMED, S.REJECTED, "a guard refused: nothing left Splitdesk", (M.WORKER,)),
    Move(S.CLAIMED, S.EXPIRED, "too near to its time to send it safely", (M.WORKER,)),
    Move(S.CLAIMED, S.CANCELLED, "who asked for it may not do it any more", (M.WORKER,)),
    Move(S.CLAIMED, S.PARKED, "it is late, or the data was restored or copied", (M.WORKER, M.ADOPTION)),
    Move(S.ON_WIRE, S.SUCCEEDED, "the provider said yes", (M.WORKER,)),
    Move(S.ON_WIRE, S.REJECTED, "the provider said no: provably not applied", (M.WORKER,)),
    Move(S.ON_WIRE, S.RETRY_WAIT, "refused for now: provably not applied", (M.WORKER, M.SWEEP)),
    Move(S.ON_WIRE, S.UNKNOWN, "no answer, or none that proves anything", (M.WORKER, M.SWEEP)),
    Move(S.RETRY_WAIT, S.QUEUED, "its pause is over and time is left", (M.SWEEP,)),
    Move(S.RETRY_WAIT, S.EXPIRED, "tried often enough, or too late", (M.SWEEP,)),
    Move(S.RETRY_WAIT, S.CANCELLED, "nobody has taken it again yet", role=Role.PUBLISHER),
    Move(S.RETRY_WAIT, S.PARKED, "it is late, or the data was restored or copied", (M.SWEEP, M.ADOPTION)),
    Move(S.PARKED, S.QUEUED, "a person wants it to go out now", role=Role.PUBLISHER),
    Move(S.PARKED, S.CANCELLED, "a person does not want it any more", role=Role.PUBLISHER),
    Move(S.PARKED, S.EXPIRED, "its time has come", (M.SWEEP,)),
    Move(S.PARKED, S.UNKNOWN, "it may have been sent before the restore", (M.ADOPTION,)),
    Move(S.UNKNOWN, S.RECONCILING, "its next look is due", (M.LOOK_UP,)),
    Move(S.UNKNOWN, S.SUCCEEDED, "a late answer of the same claim said yes", (M.WORKER,)),
    Move(S.UNKNOWN, S.REJECTED, "a late answer of the same claim said no", (M.WORKER,)),
    Move(S.UNKNOWN, S.NEEDS_PERSON, "nothing can be found out any more", (M.LOOK_UP,)),
    Move(S.RECONCILING, S.UNKNOWN, "not settled yet", (M.LOOK_UP, M.SWEEP)),
    Move(S.RECONCILING, S.SUCCEEDED, "found exactly once, or done again without harm", (M.LOOK_UP, M.WORKER)),
    Move(S.RECONCILING, S.REJECTED, "the provider refused it for good", (M.LOOK_UP, M.WORKER)),
    Move(S.RECONCILING, S.CONFLICT, "found twice", (M.LOOK_UP,)),
    Move(S.RECONCILING, S.NOT_APPLIED, "in no listing, and its fence has passed or an admin says so", (M.LOOK_UP,)),
    Move(S.RECONCILING, S.NEEDS_PERSON, "reading cannot settle it", (M.LOOK_UP,)),
    Move(S.NEEDS_PERSON, S.RECONCILING, "an admin says what became of it: looked up", role=Role.ADMIN),
    Move(S.NEEDS_PERSON, S.UNKNOWN, "it has turned up at the provider after all", (M.LOOK_UP,)),
    Move(S.NEEDS_PERSON, S.SUCCEEDED, "a late answer of the same claim said yes", (M.WORKER,)),
    Move(S.NEEDS_PERSON, S.REJECTED, "a late answer of the same claim said no", (M.WORKER,)),
    Move(S.CONFLICT, S.SUCCEEDED, "the extra one was deleted", (M.WORKER, M.LOOK_UP)),
)
BY_ENDS = {(move.source, move.to): move for move in TABLE}
MOVES: dict[State, frozenset[State]] = {
    state: frozenset(move.to for move in TABLE if move.source == state) for state in State
}
FINAL = frozenset(state for state, moves in MOVES.items() if not moves)
OPEN = frozenset(State) - FINAL
UNCLEAR = frozenset({S.UNKNOWN, S.RECONCILING, S.NEEDS_PERSON, S.CONFLICT})
UNSENT = frozenset({S.QUEUED, S.CLAIMED, S.RETRY_WAIT, S.PARKED})
# A draft in one of these must not be sent a second time; an undone send frees it again.
HOLDS_DRAFT = OPEN | {S.SUCCEEDED}
