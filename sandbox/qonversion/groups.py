"""List, create, change and delete the groups of an experiment. There is no call that reads one.

Reference: https://documentation.qonversion.io/api-reference/experiments/create-an-experiment-group
"""

import uuid
from typing import Any

from sandbox.qonversion.answers import Refused, json_answer, missing, not_found, refuse_unless_accepted, wordless
from sandbox.qonversion.call import Call
from sandbox.qonversion.experiments import created
from sandbox.qonversion.fields import group_fields
from sandbox.qonversion.life import settle
from sandbox.qonversion.listings import list_answer, shown_group
from sandbox.qonversion.store import Experiment, Group
from sandbox.wire import Answer


def group_list(call: Call, identity: str) -> Answer:
    experiment = call.experiment(identity)
    shown = [shown_group(group, experiment, call.switches) for group in call.store.groups(experiment)]
    return list_answer(call, f"{experiment.url}/groups", shown)


def group_create(call: Call, identity: str) -> Answer:
    experiment = call.experiment(identity)
    sent = group_fields(call.document(), call.switches, is_new=True)
    _check_time(call, experiment)
    groups = call.store.groups(experiment)
    is_first = not groups
    fields = {
        "name": f"Group {len(groups) + 1}" if call.switches.word("default_group_name") == "numbered" else None,
        "is_control": is_first and call.switches.word("default_is_control") == "first",
        "weight": 0,
        "remote_config_uid": None,
        **sent,
    }
    _check_remote_config(call, fields)
    settle(call.store, call.clock, call.environment, experiment)
    _keep_one_control(call, groups, fields)
    made = call.store.add_group(experiment, fields, call.now)
    call.record("group_created", experiment, group_id=made.id)
    return created(call, f"{experiment.url}/groups/{made.id}", shown_group(made, experiment, call.switches))


def group_change(call: Call, identity: str, group_id: str) -> Answer:
    experiment = call.experiment(identity)
    group = _group(call, experiment, group_id)
    content = call.document()
    sent = group_fields(content, call.switches, is_new=False)
    if not content and call.switches.word("empty_patch") == "400":
        raise Refused(400, "invalid_data", "Nothing to change was sent")
    _check_time(call, experiment)
    fields = {**group.fields, **sent}
    _check_remote_config(call, fields)
    if fields != group.fields:
        settle(call.store, call.clock, call.environment, experiment)
        others = [other for other in call.store.groups(experiment) if other.id != group.id]
        _keep_one_control(call, others, fields)
        call.store.write_group(group, fields, call.now)
        call.record("group_changed", experiment, group_id=group.id)
    changed = _group(call, experiment, group_id)
    return json_answer(int(call.switches.word("change_answer")), shown_group(changed, experiment, call.switches))


def group_delete(call: Call, identity: str, group_id: str) -> Answer:
    experiment = call.experiment(identity)
    group = _group(call, experiment, group_id)
    _check_time(call, experiment)
    if len(call.store.groups(experiment)) == 1:
        refuse_unless_accepted(call.switches.word("delete_last_group"), "The last group cannot be deleted")
    if group.is_control:
        refuse_unless_accepted(call.switches.word("delete_control_group"), "The control group cannot be deleted")
    settle(call.store, call.clock, call.environment, experiment)
    call.store.delete_group(group)
    call.record("group_deleted", experiment, group_id=group.id)
    return wordless(int(call.switches.word("group_delete_answer")))


def _group(call: Call, experiment: Experiment, group_id: str) -> Group:
    """Raises Refused."""
    call.check_id("group_id", group_id)
    found = next((group for group in call.store.groups(experiment) if group.id == group_id), None)
    if found is None:
        raise not_found("Experiment group")
    return found


def _check_time(call: Call, experiment: Experiment) -> None:
    """Raises Refused for groups of an experiment that is no draft, where the switch says so."""
    if experiment.status != "draft":
        position = call.switches.word("edit_groups_after_start")
        refuse_unless_accepted(position, f"The experiment is {experiment.status} and its groups cannot be changed")


def _check_remote_config(call: Call, fields: dict[str, Any]) -> None:
    """Raises Refused for one that is not there, where the switch says so."""
    uid = fields["remote_config_uid"]
    position = call.switches.word("unknown_remote_config")
    if uid is not None and position != "accept" and not _is_uuid(uid):
        raise missing(position, "Remote configuration not found", "remote_config_uid")


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def _keep_one_control(call: Call, others: list[Group], fields: dict[str, Any]) -> None:
    """What happens to a second control group. Raises Refused."""
    controls = [other for other in others if other.is_control]
    position = call.switches.word("second_control")
    if not fields["is_control"] or not controls or position == "accept":
        return
    if position != "replace":
        refuse_unless_accepted(position, "The experiment has a control group", "is_control")
    for other in controls:
        call.store.write_group(other, {**other.fields, "is_control": False}, call.now)
