"""The moves that are the same at every provider: messages, processes, time, people and the network."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from experiments import mirror, relay
from experiments.failpoints import POINTS
from experiments.models import Draft, Kind, Operation, State
from experiments.models.drafts import StaleRevision
from experiments.models.states import FINAL
from tests.model.rules import Rules
from tests.model.workers import Run
from tests.model.world import Stage, World
from workspaces.models import Role

AT_REST = FINAL | {State.NEEDS_PERSON, State.CONFLICT, State.PARKED}
ROUNDS = 60  # of 60 seconds: longer than the patience with a listing that cannot be read

SENDING = tuple(point for point in POINTS if not point.startswith(("submit", "hint", "reconcile", "sweep")))
LOOKING = tuple(point for point in POINTS if point.startswith(("reconcile", "read_back")) or "byte" in point)
SUBMITTING = ("submit_before_commit", "submit_after_commit")
SWEEPING = ("sweep_between_rows", "read_back_before")

type Crash = tuple[int, str]  # at which of the points, and how; "" is not at all
CALM: Crash = (0, "")
HOWS = ("", "", "kill", "freeze", "freeze", "stumble")

picks = st.integers(0, 11)
crashes = st.tuples(st.integers(0, 2 * len(SENDING) - 1), st.sampled_from(HOWS))
moments = st.sampled_from([1, 3, 10, 21, 61, 61, 130, 400, 1000])

type Fault = dict[str, object]
# Answers that prove nothing, of a provider that may have done it or not; and refusals, which prove that it has not.
AMBIGUOUS: tuple[Fault, ...] = (
    {"kind": "reset"},
    {"kind": "close"},
    {"kind": "garbage"},
    {"kind": "html"},
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 503, "retry_after": 7},
    {"kind": "cut", "bytes": 12},
    {"kind": "status", "status": 200, "body": "{}"},
)
REFUSALS: tuple[Fault, ...] = (
    {"kind": "status", "status": 400},
    {"kind": "status", "status": 401, "body": "Unauthorized", "content_type": "text/plain"},
    {"kind": "status", "status": 429, "retry_after": 7, "body": "{}"},
    {"kind": "redirect", "status": 307},
)
troubles = st.sampled_from(AMBIGUOUS + REFUSALS)
BENDS = ("stop", "stop", "role", "network", "messages", "key", "faults", "switch", "switch")


def one_of_its(name: str) -> st.SearchStrategy[Any]:
    """One of the game's own tuple of that name."""
    return st.runner().flatmap(lambda game: st.sampled_from(getattr(game, name)))


class Game(RuleBasedStateMachine):
    """`broker` holds the messages under way: the task's name and the operation's id."""

    MODES: tuple[str, ...]  # when a draft goes out
    WRITES: tuple[tuple[str, str], ...]  # what can be troubled: method and path
    READS: tuple[tuple[str, str], ...]
    SWITCHES: tuple[tuple[str, object], ...]  # what the provider may turn out to be
    VERBS: tuple[str, ...]  # the other buttons: methods that take a pick

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.stage = stage
        self.world = World(stage)
        self.law = Rules(self.world)
        self.broker: list[tuple[str, str]] = []
        self.drafts: list[Draft] = []
        self.checks: list[Operation] = []
        self.made: dict[object, object] = {}  # check -> the operation that its page has made
        self.is_sound = True
        stage.games += 1

    # processes

    def run(self, call: Callable[[], object], points: Sequence[str], crash: Crash) -> Run:
        return self.stage.workers.run(call, *self.stop_at(points, crash))

    @property
    def is_fenced(self) -> bool:
        """Whether the provider refuses every late copy of what may be under way."""
        return False

    def stop_at(self, points: Sequence[str], crash: Crash) -> tuple[str, str]:
        """Between its last look at the clock and the first byte a frozen process is past every check of ours.

        Only the provider refuses its late copy then, so that is played where the provider does (see `is_fenced`).
        """
        number, how = crash
        point = points[number % len(points)] if how else ""
        if (point, how) == ("deadline_checked", "freeze") and not self.is_fenced:
            point = "before_first_byte"
        return point, how

    @precondition(lambda self: self.broker)
    @rule(pick=picks, crash=crashes)
    def deliver(self, pick: int, crash: Crash) -> None:
        """A message reaches a worker while there is something to do."""
        self.work_on(self.take(pick), crash)

    @precondition(lambda self: self.broker)
    @rule(pick=picks, crash=crashes)
    def deliver_twice(self, pick: int, crash: Crash) -> None:
        """The broker delivers a message and keeps it; often the work was done long ago."""
        self.work_on(self.broker[pick % len(self.broker)], crash)

    def take(self, pick: int) -> tuple[str, str]:
        states = {str(one.pk): one.state for one in self.world.operations()}
        fitting = {"send": State.QUEUED, "look": State.UNKNOWN}
        due = [(task, pk) for task, pk in self.broker if states[pk] == fitting[task]] or self.broker
        message = due[pick % len(due)]
        self.broker.remove(message)
        return message

    def work_on(self, message: tuple[str, str], crash: Crash = CALM) -> None:
        task, pk = message
        if task == "send":
            self.run(lambda: relay.send(pk), SENDING, crash)
        else:
            self.run(lambda: relay.reconcile(pk), LOOKING, crash)

    @precondition(lambda self: self.stage.workers.frozen)
    @rule(pick=picks, crash=crashes, is_killed=st.booleans())
    def go_on(self, pick: int, crash: Crash, is_killed: bool) -> None:
        """A frozen process wakes up, however long it slept, or is killed in its sleep."""
        frozen = self.stage.workers.frozen
        run = frozen[pick % len(frozen)]
        self.stage.workers.go_on(run, *(("", "kill") if is_killed else self.stop_at(SENDING, crash)))

    @rule(crash=crashes)
    def sweep(self, crash: Crash) -> None:
        found: list[relay.Found] = []
        self.run(lambda: found.append(relay.sweep()), SWEEPING, crash)
        for these in found:
            self.broker += [("send", pk) for pk in these.to_send] + [("look", pk) for pk in these.to_look_up]

    def carry_on(self) -> None:
        """Nothing goes wrong for a moment: one sweep, and all its messages arrive."""
        self.sweep(CALM)
        while self.broker:
            self.work_on(self.broker.pop(0))

    # time and surroundings

    @rule(seconds=moments, is_swept=st.booleans())
    def wait(self, seconds: int, is_swept: bool) -> None:
        self.world.wait(seconds)
        if is_swept:
            self.sweep(CALM)

    @precondition(lambda self: self.broker)
    @rule(pick=picks, trouble=troubles, is_after=st.booleans(), crash=crashes)
    def deliver_in_trouble(self, pick: int, trouble: Fault, is_after: bool, crash: Crash) -> None:
        """The answer of the very next write is lost, garbled or a refusal."""
        for aim in self.WRITES:
            self.order(trouble, aim, is_after)
        self.work_on(self.take(pick), crash)
        self.world.sandbox.faults.clear()

    def order(self, fault: Fault, aim: tuple[str, str], is_after: bool, times: int = 1) -> None:
        """No provider refuses what it has done, and none says yes to a change that it has not made.

        A create is answered with an id; a yes without one is as good as no answer.
        """
        method, path = aim
        is_yes = fault.get("status") == 200 and not path.endswith("/experiments")
        when = "after" if (is_after or is_yes) and fault not in REFUSALS else "before"
        self.world.sandbox.accept_order({**fault, "method": method, "path": path, "when": when, "times": times})

    @rule(
        how=st.sampled_from(BENDS),
        aim=one_of_its("WRITES") | one_of_its("READS"),
        fault=troubles,
        times=st.integers(1, 6),
        position=one_of_its("SWITCHES"),
    )
    def bend(self, how: str, aim: tuple[str, str], fault: Fault, times: int, position: tuple[str, object]) -> None:
        """Sending is stopped or goes on, a role or all messages are lost, the network breaks, a key is replaced.

        Or for a while every call of a kind fails, or the provider turns out to be another kind.
        """
        if how == "faults":
            self.order(fault, aim, is_after=False, times=times)
        elif how == "switch":
            self.world.sandbox.switch(*position)
        elif how == "stop":
            self.stop_sending(not self.world.workspace.is_sending_stopped)
        elif how == "role":
            self.world.paula.memberships.update(role=Role.VIEWER)
        elif how == "network":
            self.stage.is_network_down = True
        elif how == "messages":
            self.broker.clear()
        else:
            self.rotate_key()

    def stop_sending(self, is_stopped: bool) -> None:
        self.world.workspace.is_sending_stopped = is_stopped
        self.world.workspace.save()
        self.law.writes_when_stopped = None
        self.law.in_flight = list(self.stage.workers.frozen)

    def rotate_key(self) -> None:
        raise NotImplementedError

    @rule(is_worked=st.booleans())
    def put_right(self, is_worked: bool) -> None:
        """Whatever was bent is straight again; what was lost on the way is not found by that."""
        self.world.paula.memberships.update(role=Role.PUBLISHER)
        self.world.sandbox.faults.clear()
        self.stage.is_network_down = False
        self.stop_sending(False)
        if is_worked:
            self.carry_on()

    # people

    def write(self, mode: str) -> None:
        raise NotImplementedError

    def document(self, name: str) -> dict[str, object]:
        raise NotImplementedError

    @rule(pick=picks, number=st.integers(1, 3), is_stale=st.booleans())
    def edit(self, pick: int, number: int, is_stale: bool) -> None:
        draft = self.drafts[pick % len(self.drafts)]
        if not is_stale:
            draft.refresh_from_db()
        self.append(draft, draft.newest.plan, f"Sunday, take {number}")

    def append(self, draft: Draft, plan: dict[str, object], name: str) -> None:
        document = self.document(name)
        try:
            saved = draft.append(document, plan, by=self.world.bob, based_on=draft.number, name=name)
        except StaleRevision:
            return
        self.law.revisions.add((draft.pk, saved.number, saved.document_text))

    @rule(pick=picks, mode=one_of_its("MODES"), crash=crashes)
    def confirm(self, pick: int, mode: str, crash: Crash) -> None:
        """Check it, have a worker ask the provider, and press the button; a new one where all were sent."""
        self.put_right(is_worked=False)
        drafts = list(Draft.objects.filter(pk__in=[draft.pk for draft in self.drafts]).order_by("created_at"))
        if not any(draft.is_open for draft in drafts) and len(drafts) < 4:
            self.write(mode)
            drafts = self.drafts[-1:]
        draft = Draft.objects.get(pk=drafts[pick % len(drafts)].pk)
        check = self.ask(lambda: relay.propose(draft, self.world.paula))
        if check:
            self.checks.append(check)
            self.work_on(self.broker.pop())
            self.press(len(self.checks) - 1, crash)

    @precondition(lambda self: self.checks)
    @rule(pick=picks, crash=crashes)
    def press(self, pick: int, crash: Crash) -> None:
        """The button of a confirm page, for the first time or again: one page, one operation, for ever."""
        check = Operation.objects.get(pk=self.checks[pick % len(self.checks)].pk)
        made = self.ask(lambda: relay.submit(check, self.world.paula, {}), crash)
        if made:
            assert self.made.setdefault(check.pk, made.pk) == made.pk, "one page made two operations"

    @rule(pick=picks, verb=one_of_its("VERBS"))
    def press_another_button(self, pick: int, verb: str) -> None:
        getattr(self, verb)(pick)

    def operations(self, kind: Kind, *states: State) -> list[Operation]:
        return [one for one in self.world.operations() if one.kind == kind and (not states or one.state in states)]

    def ask(self, call: Callable[[], Operation], crash: Crash = CALM) -> Operation | None:
        """Somebody presses a button: the operation, and a message about it; None where it was refused."""
        made: list[Operation] = []
        self.world.wait(0.001)  # no two are asked for in the same millisecond: their order is that of their times

        def pressed() -> None:
            with suppress(relay.Refused):
                made.append(call())

        self.run(pressed, SUBMITTING, crash)
        self.broker += [("send", str(operation.pk)) for operation in made]
        return made[0] if made else None

    def cancel(self, pick: int) -> None:
        mine = [one for one in self.world.operations() if one.state in {State.QUEUED, State.RETRY_WAIT, State.PARKED}]
        if mine:
            with suppress(relay.Refused):
                relay.cancel(mine[pick % len(mine)], self.world.paula)

    def look_now(self, pick: int) -> None:
        unclear = [one for one in self.world.operations() if one.state == State.UNKNOWN]
        if unclear:
            relay.look_now(unclear[pick % len(unclear)])
            self.broker.append(("look", str(unclear[pick % len(unclear)].pk)))

    def send_on(self, pick: int) -> None:
        parked = [one for one in self.world.operations() if one.state == State.PARKED]
        if parked:
            with suppress(relay.Refused):
                relay.send_on(parked[pick % len(parked)], self.world.paula)

    def drop(self, pick: int) -> None:
        parked = [one for one in self.world.operations() if one.state == State.PARKED]
        if parked:
            with suppress(relay.Refused):
                relay.drop(parked[pick % len(parked)], self.world.paula)

    def read_lists(self, pick: int) -> None:
        """The mirror reads a connection to the end, and what it shows is compared with what we think we did."""
        connection = (self.world.airship, self.world.paywalls)[pick % 2]
        self.run(lambda: (mirror.sync(str(connection.pk)), relay.notice(connection.pk)), SWEEPING, CALM)

    # what must hold

    @invariant()
    def nothing_is_broken(self) -> None:
        self.is_sound = False
        self.stage.steps += 1
        self.law.check()
        self.is_sound = True

    def teardown(self) -> None:
        try:
            if self.is_sound:
                self.come_to_rest()
        finally:
            self.world.close()

    def come_to_rest(self) -> None:
        """Faults end, time goes on, sweeps and messages come: then nothing is left hanging in the air."""
        for run in list(self.stage.workers.frozen):
            self.stage.workers.go_on(run)
        self.put_right(is_worked=False)
        for _ in range(ROUNDS):
            self.carry_on()
            self.law.check()
            if all(one.state in AT_REST for one in self.world.operations()):
                return
            self.world.wait(60)
        left = [f"{one.kind} {one.state} {one.reason}" for one in self.world.operations() if one.state not in AT_REST]
        raise AssertionError(f"never came to an end: {', '.join(left)}")
