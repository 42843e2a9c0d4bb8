"""Pin a user to a group, and let them go again. Success has no body.

Reference: https://documentation.qonversion.io/api-reference/experiments/attach-a-user-to-an-experiment-group
"""

from sandbox.qonversion.answers import Refused, invalid, missing, not_found, refuse_unless_accepted, wordless
from sandbox.qonversion.call import IDENTITY, Call
from sandbox.qonversion.store import Experiment
from sandbox.wire import Answer

ALREADY = "client already attached to experiment"


def user_attach(call: Call, identity: str, user_id: str) -> Answer:
    experiment = call.experiment(identity)
    call.check_id("user_id", user_id)
    group_id = _group_id(call)
    _check_group(call, experiment, group_id)
    if experiment.status != "active":
        position = call.switches.word("attach_inactive")
        refuse_unless_accepted(position, f"The experiment is {experiment.status}, not active")
    position = call.switches.word("attach_unknown_user")
    if position != "accept" and not user_id.startswith("QON_"):
        raise missing(position, "User not found", "user_id")
    _check_others(call, experiment, user_id)
    before = call.store.attached_group(experiment, user_id)
    if before is not None:
        _check_own(call, is_same=before == group_id)
    if before != group_id:
        call.store.attach(experiment, user_id, group_id)
        call.record("attached", experiment, group_id=group_id, user_id=user_id)
    return wordless(int(call.switches.word("attach_answer")))


def user_detach(call: Call, identity: str, user_id: str) -> Answer:
    experiment = call.experiment(identity)
    call.check_id("user_id", user_id)
    group_id = call.store.attached_group(experiment, user_id)
    if group_id is None:
        if call.switches.word("detach_stranger") == "404":
            raise not_found("User")
    else:
        call.store.detach(experiment, user_id)
        call.record("detached", experiment, group_id=group_id, user_id=user_id)
    return wordless(int(call.switches.word("detach_answer")))


def _group_id(call: Call) -> str:
    """Raises Refused."""
    group_id = call.document().get("group_id")
    limit = int(call.switches.word("attach_group_id_length"))
    if group_id is None:
        raise invalid("group_id", "is required")
    if not isinstance(group_id, str) or len(group_id) > limit or not IDENTITY.fullmatch(group_id):
        raise invalid("group_id", f"must match ^[a-zA-Z0-9._-]+$ and have at most {limit} characters")
    return group_id


def _check_group(call: Call, experiment: Experiment, group_id: str) -> None:
    """Raises Refused for a group that is not there, or another experiment's."""
    owner = call.store.group_owner(call.key, group_id)
    if owner == experiment.number:
        return
    name = "attach_unknown_group" if owner is None else "attach_foreign_group"
    raise missing(call.switches.word(name), "Experiment group not found", "group_id")


def _check_others(call: Call, experiment: Experiment, user_id: str) -> None:
    """Raises Refused where another experiment holds the user."""
    position = call.switches.word("attach_second_experiment")
    others = [other for other in call.store.attached_to(call.key, user_id) if other.number != experiment.number]
    if position == "other_context":
        others = [other for other in others if other.context_key == experiment.context_key]
    if others and position != "accept":
        raise Refused(409, "conflict", ALREADY)


def _check_own(call: Call, *, is_same: bool) -> None:
    """Raises Refused where the experiment itself holds the user and the switch forbids doing it again."""
    if call.switches.word("attach_again" if is_same else "attach_other_group") == "409":
        raise Refused(409, "conflict", ALREADY)
