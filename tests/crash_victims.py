"""Who dies in a case of the crash matrix: what is done, to which operation, by which call, with which effects."""

from collections.abc import Callable

from experiments import relay, tasks
from experiments.models import Kind, Operation
from rig import world
from tests.crash_processes import ROUND, Json, ask, fork, travel, wait

GROUPS = ("Annual first", "Monthly first", "Both")


type Call = tuple[str, str]  # method and path (a shell pattern) of the call that has the effect
type Counts = Callable[[Json, Operation], bool]  # whether an effect in the provider's ledger is the operation's
type Prepared = tuple[str, Call, Counts]  # the operation's id comes first


def lose_answers(truth: str, call: Call) -> None:
    """The provider's truth: whether the answer is lost before or after the effect, or not at all."""
    if truth != "healthy":
        method, path = call
        ask("POST", "faults", {"kind": "reset", "when": truth.removeprefix("lost "), "method": method, "path": path})


def _sending(kind: str) -> Callable[[Json], Json]:
    def prepare(case: Json) -> Json:
        pk, call, counts = PREPARED[kind]()
        return {"operation": pk, "act": lambda: tasks.send(pk), "call": call, "counts": counts}

    return prepare


def _is_create(effect: Json, operation: Operation) -> bool:
    return effect["kind"] == "created" and bool(operation.marker) and operation.marker in effect["body"]


def _is_of_target(kind: str) -> Callable[[Json, Operation], bool]:
    return lambda effect, operation: effect["kind"] == kind and effect["experiment_id"] == operation.target_id


def _create(mode: str = "soon") -> Prepared:
    return world.confirm(_checked(mode)), ("POST", "/api/experiments"), _is_create


def _checked(mode: str) -> str:
    check = world.propose(world.write("airship", mode))
    relay.send(check)
    return check


def _undo() -> Prepared:
    sent = world.confirm(_checked("soon"))
    relay.send(sent)
    return world.undo(sent), ("DELETE", "/api/experiments/scheduled/*"), _is_of_target("deleted")


def _paywall() -> Prepared:
    groups = [{"name": name, "weight": 1, "is_control": name == GROUPS[0]} for name in GROUPS]
    check = world.propose(world.write("qonversion", groups=groups))
    return world.confirm(check), ("POST", "/v4/experiments"), _is_create


def _held() -> str:
    """A paywall test that the provider holds and the mirror knows. Returns the provider's id."""
    pk, _, _ = _paywall()
    relay.send(pk)
    world.sync("qonversion")
    return str(Operation.objects.get(pk=pk).remote_id)


def _start() -> Prepared:
    return world.move(_held(), "start"), ("POST", "/v4/experiments/*/status"), _is_of_target("started")


def _update() -> Prepared:
    asked = world.change(_held(), description="Does the year come first?")
    return asked, ("PATCH", "/v4/experiments/*"), _is_of_target("changed")


PREPARED: dict[str, Callable[[], Prepared]] = {
    "create": _create,
    "now": lambda: _create("now"),
    "undo": _undo,
    "paywall": _paywall,
    "start": _start,
    "update": _update,
}


def _confirming(case: Json) -> Json:
    """The victim is the web server that writes the confirmed send down."""
    check = _checked("soon")

    def find() -> str:
        made = relay.made_before(Operation.objects.get(pk=check).future_id, Kind.CREATE)
        return str(made.pk) if made else ""

    call = ("POST", "/api/experiments")
    return {"operation": "", "find": find, "act": lambda: world.confirm(check), "call": call, "counts": _is_create}


def _looking(case: Json) -> Json:
    """The victim is the process that looks an unclear send up."""
    pk, call, counts = _create()
    lose_answers("lost after", call)
    relay.send(pk)
    return {"operation": pk, "act": lambda: tasks.reconcile(pk), "call": call, "counts": counts}


def _sweeping(case: Json) -> Json:
    """The victim is the sweep, between two operations whose workers died."""
    others = [_create()[0], _create()[0]]
    for pk in others:
        wait(fork(lambda pk=pk: tasks.send(pk), "claim_after_commit", "exit"))  # type: ignore[misc]  # bound at once
    travel(ROUND)
    return {"operation": others[0], "act": relay.sweep, "call": ("POST", "/api/experiments"), "counts": _is_create}


VICTIMS: dict[str, Callable[[Json], Json]] = {
    **{kind: _sending(kind) for kind in PREPARED},
    "confirm": _confirming,
    "look": _looking,
    "sweep": _sweeping,
}
