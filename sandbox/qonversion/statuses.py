"""Start, pause, finish: the one call that changes an experiment's status.

Documented are draft to active, active to paused and active to finished; each of the others is a switch.

Reference: https://documentation.qonversion.io/api-reference/experiments/change-experiment-status
"""

from sandbox.qonversion.answers import invalid, json_answer, refusal, refuse_unless_accepted
from sandbox.qonversion.call import Call
from sandbox.qonversion.life import planned_counts, settle
from sandbox.qonversion.listings import shown_experiment
from sandbox.qonversion.store import Experiment
from sandbox.switches import Switches
from sandbox.wire import Answer

STATUSES = ("draft", "active", "paused", "finished")
DOCUMENTED = {("draft", "active"), ("active", "paused"), ("active", "finished")}
EFFECTS = {"active": "started", "paused": "paused", "finished": "finished", "draft": "redrafted"}


def experiment_status(call: Call, identity: str) -> Answer:
    experiment = call.experiment(identity)
    status = call.document().get("status")
    if status not in STATUSES:
        raise invalid("status", f"must be one of {', '.join(STATUSES)}" if status is not None else "is required")
    _check_move(experiment.status, status, call.switches)
    if status == "active" and experiment.status != "active":
        _check_start(call, experiment)
    if status != experiment.status:
        experiment = _move(call, experiment, status)
    return json_answer(int(call.switches.word("status_answer")), shown_experiment(experiment, call.switches))


def _check_move(old: str, new: str, switches: Switches) -> None:
    """Raises Refused."""
    if (old, new) in DOCUMENTED:
        return
    name = "same_status" if old == new else "to_draft" if new == "draft" else f"{old}_to_{new}"
    refuse_unless_accepted(switches.word(name), f"The status cannot change from {old} to {new}")


def _check_start(call: Call, experiment: Experiment) -> None:
    """Conditions that the vendor does not mention. Raises Refused."""
    switches = call.switches
    groups = call.store.groups(experiment)
    needed = {"none": 0, "one": 1, "two": 2}[switches.word("start_needs_groups")]
    conditions = (
        ("more groups", len(groups) >= needed),
        ("a control group", switches.word("start_needs_control") == "no" or any(group.is_control for group in groups)),
        ("weights above 0", switches.word("start_needs_weight") == "no" or any(group.weight for group in groups)),
        ("segment_percent", switches.word("start_needs_segment") == "no" or experiment.fields.get("segment_percent")),
    )
    wanting = [what for what, is_met in conditions if not is_met]
    if wanting:
        raise refusal(switches.word("start_refusal"), f"The experiment cannot start without {', '.join(wanting)}")


def _move(call: Call, experiment: Experiment, status: str) -> Experiment:
    settle(call.store, call.clock, call.environment, experiment)
    call.store.write_status(experiment, status, *_moments(call, experiment, status), call.now)
    moved = call.store.experiment(experiment.id)
    kind = "resumed" if (experiment.status, status) == ("paused", "active") else EFFECTS[status]
    lets_in = status == "active"
    counts = planned_counts(call.environment, moved, call.store.groups(moved)) if lets_in else None
    call.record(kind, moved, counts=counts)
    return moved


def _moments(call: Call, experiment: Experiment, status: str) -> tuple[float | None, float | None]:
    """started_at and finished_at after the move."""
    started_at, finished_at = experiment.started_at, experiment.finished_at
    if status == "active" and (started_at is None or call.switches.word("started_at_again") == "renewed"):
        started_at = call.now
    if status == "finished":
        finished_at = call.now
    elif call.switches.word("finished_at_again") == "cleared":
        finished_at = None
    return started_at, finished_at
