"""List, create, read, change and delete experiments.

Reference: https://documentation.qonversion.io/reference/v4/experiments
"""

from typing import Any

from sandbox.qonversion.answers import Refused, json_answer, not_found, refusal, refuse_unless_accepted
from sandbox.qonversion.call import Call
from sandbox.qonversion.fields import EXPERIMENT, experiment_fields
from sandbox.qonversion.life import settle
from sandbox.qonversion.listings import list_answer, shown_experiment
from sandbox.qonversion.store import Experiment
from sandbox.switches import Switches
from sandbox.wire import Answer


def experiment_list(call: Call) -> Answer:
    switches = call.switches
    rows = [row for row in call.store.listed(call.key, call.now) if _is_listed(row, switches)]
    if switches.word("list_order") == "newest":
        rows.reverse()
    return list_answer(call, "/v4/experiments", [shown_experiment(row, switches) for row in rows])


def _is_listed(row: Experiment, switches: Switches) -> bool:
    if row.deleted_at is not None and switches.word("deleted_in_list") == "no":
        return False
    return row.status != "finished" or switches.word("finished_in_list") == "yes"


def experiment_create(call: Call) -> Answer:
    switches = call.switches
    sent = experiment_fields(call.document(), switches, is_new=True)
    _check_alias(call, sent["alias_id"])
    fields = {name: value for name, value in (_defaults(switches) | sent).items() if value is not ...}
    visible_at = call.now + max(call.lag, switches.number("list_lag_seconds"))
    made = call.store.add_experiment(call.key, fields, switches.word("initial_status"), call.now, visible_at)
    call.record("created", made)
    return created(call, made.url, shown_experiment(made, switches))


def created(call: Call, url: str, shown: dict[str, Any]) -> Answer:
    """A new object, and where it is."""
    position = call.switches.word("created_location")
    root = f"http://{call.request.headers.get('host', 'localhost')}" if position == "absolute" else ""
    headers = {} if position == "absent" else {"Location": root + url}
    return json_answer(int(call.switches.word("create_answer")), shown, headers)


def _defaults(switches: Switches) -> dict[str, Any]:
    """All fields in the order in which they are shown; `...` stands for one that is left out."""
    defaults: dict[str, Any] = dict.fromkeys(EXPERIMENT)
    defaults["description"] = {"empty": "", "null": None, "absent": ...}[switches.word("default_description")]
    defaults["segment_percent"] = 100 if switches.word("default_segment_percent") == "100" else None
    defaults["context_key"] = "" if switches.word("default_context_key") == "empty" else ...
    defaults["is_context_specific"] = False if switches.word("default_is_context_specific") == "false" else ...
    return defaults


def _check_alias(call: Call, alias: str) -> None:
    """Raises Refused where the alias is taken."""
    position = call.switches.word("alias_taken")
    with_deleted = call.switches.word("deleted_alias") == "taken"
    if position == "accept" or call.store.by_alias(call.key, alias, with_deleted=with_deleted) is None:
        return
    message = "An experiment with this alias_id exists"
    if position == "409":
        raise Refused(409, "already_exists", message)
    raise refusal(position, message, "alias_id")


def experiment_read(call: Call, identity: str) -> Answer:
    return json_answer(200, shown_experiment(call.experiment(identity), call.switches))


def experiment_change(call: Call, identity: str) -> Answer:
    """Only what was sent changes, and `updated_at` only where something did."""
    switches = call.switches
    experiment = call.experiment(identity)
    content = call.document()
    sent = experiment_fields(content, switches, is_new=False)
    if not content and switches.word("empty_patch") == "400":
        raise Refused(400, "invalid_data", "Nothing to change was sent")
    if experiment.status != "draft":
        position = switches.word(f"edit_{experiment.status}")
        refuse_unless_accepted(position, f"The experiment is {experiment.status} and cannot be changed")
    _rule_on_alias(call, experiment, sent)
    fields = {**experiment.fields, **sent}
    if fields != experiment.fields:
        settle(call.store, call.clock, call.environment, experiment)
        call.store.write_fields(experiment, fields, call.now)
        experiment = call.store.experiment(experiment.id)
        call.record("changed", experiment)
    return json_answer(int(switches.word("change_answer")), shown_experiment(experiment, switches))


def _rule_on_alias(call: Call, experiment: Experiment, sent: dict[str, Any]) -> None:
    """Takes another alias out of what was sent, or raises Refused, or lets it be."""
    position = call.switches.word("alias_change")
    if sent.get("alias_id", experiment.fields["alias_id"]) == experiment.fields["alias_id"]:
        return
    if position == "accept":
        _check_alias(call, sent["alias_id"])
    elif position == "ignore":
        del sent["alias_id"]
    else:
        raise refusal(position, "alias_id cannot be changed", "alias_id")


def experiment_delete(call: Call, identity: str) -> Answer:
    call.check_id("experiment_id", identity)
    if call.store.was_deleted(call.key, identity):
        if call.switches.word("repeated_delete") == "404":
            raise not_found("Experiment")
        return Answer(204, b"", None)
    experiment = call.experiment(identity)
    if experiment.status == "active":
        refuse_unless_accepted(call.switches.word("delete_active"), "The experiment is active and cannot be deleted")
    frees_users = call.switches.word("attachments_of_deleted") == "freed"
    call.store.delete(experiment, call.now, frees_users=frees_users)
    call.record("deleted", experiment)
    return Answer(204, b"", None)
