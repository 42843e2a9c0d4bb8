"""Inside a private installation: one case of the crash matrix, played by real processes on a clock that can be moved.

A driver of the rig (rig/driver.py) plays cases, each step in a process that is forked from it, warm, for that step:

    the victim       does what a web server or a worker does, until the armed point ends or freezes it
    the recovery     duplicated hints, sweeps and looks, round after round, until nothing moves any more
    the zombie       a frozen victim, woken at a chosen moment

All of them read one clock, which goes forward by as much as a lease between two rounds; the provider's goes with it.
After every step the provider's ledger is read, then the row: what a page would have shown then is the trace.
"""

import os
import signal
import traceback

from django.db import connection

from experiments import ledger, providers, relay
from experiments.accounts import account_for
from experiments.models import Operation
from rig import world
from tests import crash_sabotage
from tests.crash_processes import ROUND, Json, ask, fork, move_clocks, run, set_clock, travel, wait
from tests.crash_victims import VICTIMS, lose_answers

PAST_FENCE = 70 * 60.0  # seconds; the undo window of the installation is an hour
BEFORE_FENCE = 3  # rounds
FENCED = {"create", "now", "confirm", "look", "sweep"}  # “now” has no fence, and is given up in less time
ROUNDS = 12
DRAINED = 2  # looks in a row that find it settled: another round must change nothing


def play(case: Json) -> Json:
    """Play `case` (tests/crash_cases.py: Case). Returns what was seen, for the oracle.

    `end` and `zombie`: how those processes ended (crash_processes.wait) · `trace`: one look after each step · `row`:
    the operation at the end (rig/world.py: row) · `body`: its stored bytes · `effects`: the provider's whole ledger ·
    `target`: what the provider holds at the end.
    """
    move_clocks()
    _clean()
    return _Play(case).play()


class _Play:
    def __init__(self, case: Json) -> None:
        self.case = case
        self.order = case["order"]
        self.victim = VICTIMS[case["kind"]](case)
        self.operation: str = self.victim["operation"]
        self.trace: list[Json] = []
        self.zombie = 0  # its process id, while it is frozen
        self.zombie_end = ""

    def play(self) -> Json:
        lose_answers(self.case["truth"], self.victim["call"])
        end = self.strike()
        crash_sabotage.sabotage(self.case["sabotage"])
        if self.order == "hinted again":
            run(lambda: _work(self.operation))
            self.look("hint")
        self.recover()
        operation = Operation.objects.get(pk=self.operation)
        return {
            "end": end,
            "zombie": self.zombie_end,
            "trace": self.trace,
            "row": world.row(operation),
            "body": operation.body.decode(),
            "effects": ask("GET", "ledger"),
            "target": _target(operation),
        }

    def strike(self) -> str:
        """Let the victim do its work until the armed point ends or freezes it. Returns how it ended."""
        case, act = self.case, self.victim["act"]
        pid = fork(act, case["point"], case["action"], case["nth"], is_asleep=case["is_asleep"])
        end = wait(pid)
        self.zombie = pid if end == "frozen" else 0
        self.operation = self.operation or self.victim["find"]()
        self.look("victim")
        if self.order == "thawed first":
            self.wake()
        if not self.operation:
            # It died before anything was written down: the person presses again.
            wait(fork(act))
            self.operation = self.victim["find"]()
        return end

    def recover(self) -> None:
        """Rounds of what beat and the workers do, with a lease of time between them, until nothing moves any more."""
        settled_for = 0
        for number in range(ROUNDS):
            travel(PAST_FENCE if number == BEFORE_FENCE and self.case["kind"] in FENCED else ROUND)
            if self.order == "thawed after the sweep" and self.zombie:
                run(relay.sweep)
                self.look("sweep")
                self.wake()
            for pid in [fork(_round) for _ in range(3 if self.order == "all at once" else 1)]:
                wait(pid)
            self.look("round")
            if self.order == "thawed after a look":
                self.wake()
            settled_for = settled_for + 1 if self.trace[-1]["is_settled"] else 0
            if settled_for and self.zombie:
                self.wake()
                settled_for = 0
            if settled_for == DRAINED:
                return

    def wake(self) -> None:
        if self.zombie:
            os.kill(self.zombie, signal.SIGCONT)
            self.zombie_end = wait(self.zombie)
            self.zombie = 0
            self.look("zombie")

    def look(self, step: str) -> None:
        """What the provider did, and then what a page would say."""
        effects = ask("GET", "ledger")
        seen: Json = {"step": step, "state": "", "effects": 0, "says": "", "is_settled": False}
        if self.operation:
            operation = Operation.objects.select_related("connection", "workspace").get(pk=self.operation)
            seen |= {
                "state": operation.state,
                "effects": sum(self.victim["counts"](effect, operation) for effect in effects),
                "says": ledger.show(operation).sentence,
                "is_settled": world.row(operation)["is_settled"],
            }
        self.trace.append(seen)


def _clean() -> None:
    set_clock(0.0)
    ask("POST", "reset", {})
    ask("POST", "clock", {"offset_seconds": 0})
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for table in ("event", "attempt", "operation", "experiment", "revision", "draft"):
            cursor.execute(f"DELETE FROM experiments_{table}")
        cursor.execute("UPDATE workspaces_connection SET health = 'active'")
        cursor.execute("SET session_replication_role = origin")


def _target(operation: Operation) -> Json | None:
    """What the provider holds at the end under the operation's id, None where it holds nothing."""
    remote_id = operation.target_id or operation.remote_id
    if not remote_id:
        return None
    found = providers.client(operation.connection.provider).look_up(account_for(operation.connection), remote_id)
    return dict(found.raw) if found else None


def _round() -> None:
    """What beat and the workers do every few seconds."""
    found = relay.sweep()
    for act, pks in ((relay.send, found.to_send), (relay.reconcile, found.to_look_up)):
        for pk in pks:
            try:
                act(pk)
            except Exception:
                traceback.print_exc()
                connection.close()


def _work(pk: str) -> None:
    """A message that was delivered a second time."""
    relay.send(pk)
    relay.reconcile(pk)
