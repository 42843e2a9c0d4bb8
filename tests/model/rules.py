"""What must be true after every move of a game, whatever has happened. The sandbox's ledger of effects is the truth."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable
from uuid import UUID

from experiments.models import Event, Kind, Operation, Revision, State
from experiments.models.states import BY_ENDS
from sandbox.ledger import Effect
from tests.model.workers import Run
from tests.model.world import World

# Where we say, or are about to say, that nothing has happened at the provider.
SAYS_NOTHING_HAPPENED = frozenset(
    {State.QUEUED, State.CLAIMED, State.RETRY_WAIT, State.PARKED}
    | {State.REJECTED, State.EXPIRED, State.CANCELLED, State.NOT_APPLIED}
)
WRITES = frozenset({"created", "deleted", "group_created", "changed", "resumed", "paused", "finished"})


class Rules:
    """Remembers what earlier moves have shown, so that each is asked only about what is new."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.ends: dict[object, str] = defaultdict(str)  # operation -> the state its events have led to
        self.revisions: set[tuple[UUID, int, str]] = set()  # acknowledged: draft, number, text
        self.strangers: list[str] = []  # ids of tests that somebody else made at the provider, oldest first
        self.in_flight: list[Run] = []  # processes that stood between claim and end when sending was stopped
        self._last_event = 0
        self.writes_when_stopped: int | None = None

    def check(self) -> None:
        operations, effects = self.world.operations(), self.world.effects()
        self.events_are_a_chain_of_legal_moves(operations)
        self.every_effect_is_ours_once(operations, effects)
        self.a_draft_is_live_once(operations, effects)
        self.nothing_happened_where_we_say_so(operations, effects)
        self.what_we_call_deleted_is_deleted(operations, effects)
        self.steps_are_taken_once(operations, effects)
        self.no_revision_is_lost()
        self.nothing_is_written_while_stopped(effects)

    def events_are_a_chain_of_legal_moves(self, operations: Iterable[Operation]) -> None:
        for event in Event.objects.filter(pk__gt=self._last_event).order_by("pk"):
            self._last_event = event.pk
            assert event.from_state == self.ends[event.operation_id], f"a gap before {event}"
            self.ends[event.operation_id] = event.to_state
            if event.from_state:
                ends = (State(event.from_state), State(event.to_state))
                self.world.stage.moves.add(ends)
                assert ends in BY_ENDS, f"no such move: {event}"
        for operation in operations:
            assert operation.state == self.ends[operation.pk], f"{operation.state} without an event"

    def every_effect_is_ours_once(self, operations: Iterable[Operation], effects: Iterable[Effect]) -> None:
        """A1 and A5: at most one test for each send, and byte for byte what was confirmed."""
        sends = [operation for operation in operations if operation.kind == Kind.CREATE]
        made = [effect for effect in made_by_us(effects, self.strangers) if not effect.project]
        for effect in made:
            [send] = [send for send in sends if send.marker in effect.description]
            assert effect.body.encode() == send.body, "other bytes than confirmed"
            assert effect.sha256 == hashlib.sha256(send.body).hexdigest()
        held = {effect.experiment_id for effect in effects if effect.kind == "created"}
        for send in sends:
            ids = made_by(send, effects, self.strangers)
            assert len(ids) <= 1, f"{send.pk} was sent {len(ids)} times"
            if send.state == State.SUCCEEDED and send.reason != "said_there":
                assert send.remote_id in held, "shown as sent, and nobody holds it"

    def a_draft_is_live_once(self, operations: Iterable[Operation], effects: list[Effect]) -> None:
        deleted = {effect.experiment_id for effect in effects if effect.kind == "deleted"}
        live: dict[object, dict[str, str]] = defaultdict(dict)
        for send in operations:
            if send.kind == Kind.CREATE and send.draft_id and not is_told(send):
                for made in made_by(send, effects, self.strangers) - deleted:
                    live[send.draft_id][made] = f"{send.state} {send.reason} {send.message}"
        for ids in live.values():
            assert len(ids) <= 1, f"one draft is out twice: {', '.join(ids.values())}"

    def nothing_happened_where_we_say_so(self, operations: Iterable[Operation], effects: list[Effect]) -> None:
        """A7. A delete that says so may be one of several of the same test."""
        deleted = {effect.experiment_id for effect in effects if effect.kind == "deleted"}
        undone = {one.target_id for one in operations if one.kind == Kind.DELETE and one.state == State.SUCCEEDED}
        for operation in operations:
            if operation.state not in SAYS_NOTHING_HAPPENED:
                continue
            if operation.kind == Kind.CREATE:
                made = made_by(operation, effects, self.strangers)
                assert not made or is_told(operation), f"{operation.state}, yet it is there: {operation.reason}"
            elif operation.kind == Kind.DELETE and operation.state != State.QUEUED:
                assert operation.target_id not in deleted - undone, f"{operation.state}, yet it is deleted"

    def what_we_call_deleted_is_deleted(self, operations: Iterable[Operation], effects: list[Effect]) -> None:
        deleted = {effect.experiment_id for effect in effects if effect.kind == "deleted"}
        for operation in operations:
            if operation.kind == Kind.DELETE and operation.state == State.SUCCEEDED:
                assert operation.target_id in deleted, "shown as deleted, and it is still there"
            if operation.undone_at:
                assert operation.remote_id in deleted, "shown as undone, and it is still there"

    def steps_are_taken_once(self, operations: Iterable[Operation], effects: list[Effect]) -> None:
        """No group twice, none missing where we say it is all there, and nobody let in but by a start of ours."""
        groups = [
            (effect.experiment_id, json.loads(effect.body)["name"])
            for effect in effects
            if effect.kind == "group_created"
        ]
        assert len(groups) == len(set(groups)), "a group was made twice"
        entered = [effect for effect in effects if effect.project and effect.kind in {"started", "resumed"}]
        starts = 0
        for operation in operations:
            if operation.kind == Kind.STATUS and operation.document["status"] == "active":
                # Known: a lost start that a later pause or delete of ours covered up is called “did not change”.
                is_covered = operation.state == State.NOT_APPLIED and any(
                    later.target_id == operation.target_id and later.created_at > operation.created_at
                    for later in operations
                )
                starts += is_covered or operation.state not in SAYS_NOTHING_HAPPENED
            if operation.kind == Kind.CREATE and operation.state == State.SUCCEEDED:
                held = {name for experiment, name in groups if experiment == operation.remote_id}
                wanted = {group["name"] for group in operation.document.get("groups", [])}
                assert held == wanted, "a group is missing"
        assert len(entered) <= starts, "started, and nothing says so"

    def no_revision_is_lost(self) -> None:
        drafts = {draft for draft, _, _ in self.revisions}
        kept = Revision.objects.filter(draft__in=drafts).values_list("draft", "number", "document_text")
        assert self.revisions <= set(kept), "a saved version is gone"

    def nothing_is_written_while_stopped(self, effects: list[Effect]) -> None:
        """Stopping takes hold within one claim: what a worker had taken before may still come to its end."""
        writes = [effect for effect in effects if effect.kind in WRITES and effect.experiment_id not in self.strangers]
        if not self.world.workspace.is_sending_stopped:
            return
        if self.writes_when_stopped is not None and all(run.is_over for run in self.in_flight):
            assert len(writes) == self.writes_when_stopped, f"{writes[-1].kind} although sending is stopped"
        self.writes_when_stopped = len(writes)


def is_told(send: Operation) -> bool:
    """Refused half-way, and it says so: a draft at the provider, which reaches nobody, with a group missing."""
    return send.state == State.REJECTED and "was made as a draft" in send.message


def made_by_us(effects: Iterable[Effect], strangers: Collection[str]) -> list[Effect]:
    return [effect for effect in effects if effect.kind == "created" and effect.experiment_id not in strangers]


def made_by(send: Operation, effects: Iterable[Effect], strangers: Collection[str]) -> set[str]:
    """The ids of the tests that this send has made at the provider."""
    return {
        effect.experiment_id
        for effect in made_by_us(effects, strangers)
        if send.marker and send.marker in f"{effect.description} {effect.alias_id}"
    }
