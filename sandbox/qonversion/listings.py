"""How experiments and groups are shown, and the list envelope.

Reference: https://documentation.qonversion.io/api-reference/experiments/list-experiments
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sandbox.qonversion.answers import Refused, invalid, json_answer
from sandbox.qonversion.call import Call
from sandbox.qonversion.store import Experiment, Group
from sandbox.switches import Switches
from sandbox.wire import Answer

PARAMETERS = frozenset({"limit", "starting_after"})
OFFERING: Mapping[str, Mapping[str, Any]] = {
    "null": {"offering_uid": None, "offering_tag": None},
    "typed": {"offering_uid": "", "offering_tag": 0},
    "absent": {},
}
EARLIER_WORDS = {"active": "running", "finished": "stopped"}


def shown_experiment(experiment: Experiment, switches: Switches) -> dict[str, Any]:
    fields = dict(experiment.fields)
    if switches.word("alias_in_answers") == "absent":
        del fields["alias_id"]
    if experiment.status == "paused" and switches.word("paused_segment_percent") == "zero":
        fields["segment_percent"] = 0
    shown = {
        "object": "experiment",
        "id": experiment.id,
        "url": experiment.url,
        **fields,
        "status": shown_status(experiment, switches),
        "started_at": _moment(experiment.started_at, switches),
        "finished_at": _moment(experiment.finished_at, switches),
        **_changes(experiment, switches),
    }
    if switches.word("extra_fields") == "present":
        shown |= {"segments": [], "revision": 7}
    return _without_nulls(shown, switches)


def shown_group(group: Group, experiment: Experiment, switches: Switches) -> dict[str, Any]:
    shown = {
        "object": "experiment_group",
        "id": group.id,
        "url": f"{experiment.url}/groups/{group.id}",
        **group.fields,
        **OFFERING[switches.word("offering_fields")],
        **_changes(group, switches),
    }
    if switches.word("extra_fields") == "present":
        shown["screens"] = []
    return _without_nulls(shown, switches)


def shown_status(experiment: Experiment, switches: Switches) -> str:
    if experiment.status == "finished" and switches.word("unknown_status") == "yes":
        return "archived"
    if switches.word("status_words") == "running":
        return EARLIER_WORDS.get(experiment.status, experiment.status)
    return experiment.status


def _changes(row: Experiment | Group, switches: Switches) -> dict[str, Any]:
    return {"created_at": _moment(row.created_at, switches), "updated_at": _moment(row.updated_at, switches)}


def _moment(moment: float | None, switches: Switches) -> str | None:
    """ISO 8601, always UTC; siblings print whole seconds and Z."""
    if moment is None:
        return None
    when = datetime.fromtimestamp(moment, UTC)
    form = switches.word("time_form")
    if form == "fraction":
        return when.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return when.strftime("%Y-%m-%dT%H:%M:%S") + ("Z" if form == "z" else "+00:00")


def _without_nulls(shown: Mapping[str, Any], switches: Switches) -> dict[str, Any]:
    sparse = switches.word("sparse_answers") == "yes"
    return {name: value for name, value in shown.items() if not (sparse and value is None)}


def list_answer(call: Call, url: str, rows: Sequence[dict[str, Any]]) -> Answer:
    """All rows, or one page of them: the pages of these lists name no parameters, the overview names two."""
    check_query(call, PARAMETERS)
    if call.switches.word("list_paging") == "none":
        return json_answer(200, {"object": "list", "url": url, "data": list(rows), "has_more": False})
    start, headers = _start(call, rows)
    page = rows[start : start + _limit(call)]
    has_more = start + len(page) < len(rows)
    content: dict[str, object] = {"object": "list", "url": url, "data": page, "has_more": has_more}
    position = call.switches.word("next_cursor")
    if position == "always" or (position == "when_more" and has_more):
        content["next_cursor"] = page[-1]["id"] if has_more else None
    return json_answer(200, content, headers)


def check_query(call: Call, known: frozenset[str]) -> None:
    """Raises Refused for parameters that no page lists, where the switch says so."""
    unknown = [name for name, _ in call.query() if name not in known]
    if unknown and call.switches.word("unknown_query") == "400":
        raise invalid(unknown[0], "is not a known parameter")


def _start(call: Call, rows: Sequence[dict[str, Any]]) -> tuple[int, dict[str, str]]:
    """Where the page begins; a cursor that names no row begins again, and says so."""
    cursor = dict(call.query()).get("starting_after")
    if cursor is None:
        return 0, {}
    ids = [row["id"] for row in rows]
    if cursor in ids:
        return ids.index(cursor) + 1, {}
    if call.switches.word("unknown_cursor") == "400":
        raise invalid("starting_after", "names no row")
    return 0, {"X-Qon-Pagination-Restarted": "true"}


def _limit(call: Call) -> int:
    written = dict(call.query()).get("limit")
    if written is None:
        return max(1, int(call.switches.number("page_length")))
    limit = int(written) if written.isascii() and written.isdigit() and len(written) < 10 else 0
    if 1 <= limit <= 100:
        return limit
    if call.switches.word("page_limit_out_of_range") == "clamp":
        return 100 if limit else 1
    raise Refused(400, "invalid_data", "Request data is invalid", [("limit", "must be between 1 and 100")])
