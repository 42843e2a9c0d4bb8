"""The analytics summary, which speaks a dialect of its own: Unix seconds, whole numbers, hyphens in metric names.

Which figures the vendor's summary holds, and under which keys, is not documented; those here are invented.

Reference: https://documentation.qonversion.io/api-reference/experiments/get-experiments-analytics-summary
"""

from typing import Any

from sandbox.qonversion.answers import Refused, invalid, json_answer, missing
from sandbox.qonversion.call import Call
from sandbox.qonversion.life import Figures, entered_now, figures, span_now
from sandbox.qonversion.listings import check_query, shown_status
from sandbox.qonversion.store import Experiment, Group
from sandbox.wire import Answer

FILTER = "filter[experiment_uid][]"
DATA = "Request data is invalid"


def experiment_summary(call: Call) -> Answer:
    check_query(call, frozenset({FILTER}))
    items = [_item(call, experiment) for experiment in _asked_for(call)]
    return json_answer(200, {"total_count": len(items), "items": items})


def _asked_for(call: Call) -> list[Experiment]:
    """In the order of the request. Raises Refused."""
    switches = call.switches
    uids = [value for name, value in call.query() if name == FILTER]
    most = int(switches.number("summary_uids"))
    if not uids and switches.word("summary_filter") == "optional":
        return [row for row in call.store.listed(call.key, call.now) if row.deleted_at is None]
    if not 1 <= len(uids) <= most:
        raise Refused(400, "invalid_data", DATA, [("filter[experiment_uid]", f"must have 1 to {most} values")])
    if switches.word("summary_repeated") == "once":
        uids = list(dict.fromkeys(uids))
    found = [(uid, call.store.find(call.key, uid)) for uid in uids]
    unknown = [uid for uid, experiment in found if experiment is None]
    if unknown and switches.word("summary_unknown") == "400":
        raise invalid("filter[experiment_uid]", f"{unknown[0]} is not known")
    if unknown and switches.word("summary_unknown") == "404":
        raise missing("404", "Experiment not found", "filter[experiment_uid]")
    return [experiment for _, experiment in found if experiment is not None]


def _item(call: Call, experiment: Experiment) -> dict[str, Any]:
    switches, fields = call.switches, experiment.fields
    groups = call.store.groups(experiment)
    span = span_now(experiment, call.clock, switches.number("summary_delay_seconds"))
    entered = entered_now(call.environment, experiment, groups, span)
    counts = [figures(experiment, group, users, span.aged) for group, users in zip(groups, entered, strict=True)]
    unset = 0 if switches.word("summary_unset_time") == "zero" else None
    percent = fields.get("segment_percent")
    is_paused_out = experiment.status == "paused" and switches.word("paused_segment_percent") == "zero"
    item = {
        "uid": experiment.id,
        "experiment_id": experiment.number,
        "project_id": call.environment.project.number,
        "name": fields["name"],
        "alias_id": fields["alias_id"],
        "desc": fields.get("description") or "",
        "segment_percent": 0 if is_paused_out else percent,
        "primary_metric": _metric(fields.get("primary_metric"), switches.word("summary_metric")),
        "goal_direction": fields.get("goal_direction"),
        "goal_value": fields.get("goal_value"),
        "context_key": experiment.context_key,
        "context_specific": bool(fields.get("is_context_specific")),
        "status": shown_status(experiment, switches),
        "finished_at": unset if experiment.finished_at is None else int(experiment.finished_at),
        "created_at": int(experiment.created_at),
        "updated_at": int(experiment.updated_at),
        "groups": [_group(call, experiment, group, count) for group, count in zip(groups, counts, strict=True)],
    }
    if switches.word("summary_figures") == "beside_groups":
        item["metrics"] = [
            {"group_uid": group.id, "metric": name, "value": value}
            for group, count in zip(groups, counts, strict=True)
            for name, value in count.as_metrics().items()
        ]
    return item


def _group(call: Call, experiment: Experiment, group: Group, count: Figures) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "uid": group.id,
        "experiment_group_id": group.number,
        "experiment_id": experiment.number,
        "project_id": call.environment.project.number,
        "name": group.fields["name"],
        "control": int(group.is_control),
        "weight": group.fields["weight"],
        "created_at": int(group.created_at),
        "updated_at": int(group.updated_at),
    }
    if group.fields["remote_config_uid"] is not None:
        shown["remote_config_uid"] = group.fields["remote_config_uid"]
    if call.switches.word("summary_figures") == "in_groups":
        shown["metrics"] = count.as_metrics()
    return shown


def _metric(name: str | None, spelling: str) -> str | None:
    return name.replace("_", "-") if name and spelling == "hyphens" else name
