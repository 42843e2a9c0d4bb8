"""How a stored experiment is shown again: both listings, and lookup.

Reference: https://docs.airship.com/developer/rest-api/ua/operations/a-b-tests
"""

import json
from typing import Any

from sandbox.airship.answers import answer, not_found, problem
from sandbox.airship.schedules import written_moment
from sandbox.airship.shapes import is_uuid
from sandbox.clock import iso
from sandbox.state import State, Stored
from sandbox.switches import Switches
from sandbox.wire import Answer, Request

DEFAULT_LIMIT, MOST = 10, 100
RESPONSE_ONLY = ("id", "push_id", "created_at")


def experiment_list(state: State, app_key: str, request: Request, now: float) -> Answer:
    switches = state.switches(app_key)
    page = _page_wanted(request, switches)
    if isinstance(page, Answer):
        return page
    limit, offset = page
    rows, total = state.newest(
        *(app_key, now, limit, offset),
        with_scheduled=switches.word("scheduled_in_listing") == "yes",
        with_deleted=switches.word("deleted_in_listing") == "yes",
    )
    shown = [shown_experiment(row, switches) for row in rows]
    headers = {"Data-Attribute": "experiments", "Count": str(len(shown)), "Total-Count": str(total)}
    return _page("/api/experiments", shown, total, limit, offset, switches, headers)


def scheduled_list(state: State, app_key: str, request: Request, now: float) -> Answer:
    switches = state.switches(app_key)
    page = _page_wanted(request, switches)
    if isinstance(page, Answer):
        return page
    limit, offset = page
    rows, total = state.upcoming(app_key, now, limit, offset)
    shown = [shown_experiment(row, switches, in_scheduled_list=True) for row in rows]
    return _page("/api/experiments/scheduled", shown, total, limit, offset, switches, {"Data-Attribute": "experiments"})


def experiment_lookup(state: State, app_key: str, identity: str) -> Answer:
    switches = state.switches(app_key)
    if not is_uuid(identity) and switches.word("non_uuid_id") == "400":
        return problem(400, "Could not parse request.", 40000, {"error": "the experiment id is not a UUID"})
    stored = state.experiment(app_key, identity.lower())
    if stored is None or (stored.deleted_at is not None and switches.word("deleted_in_lookup") == "no"):
        return not_found()
    content = {"ok": True, "experiment": shown_experiment(stored, switches)}
    return answer(200, content, switches, {"Data-Attribute": "experiment"})


def _page_wanted(request: Request, switches: Switches) -> tuple[int, int] | Answer:
    """Limit and offset, or the refusal."""
    clamp = switches.word("page_out_of_range") == "clamp"
    limit, offset = _whole(request.query.get("limit"), DEFAULT_LIMIT), _whole(request.query.get("offset"), 0)
    if clamp:
        return min(max(limit or DEFAULT_LIMIT, 1), MOST), max(offset or 0, 0)
    if limit is None or not 1 <= limit <= MOST:
        return problem(400, "Could not parse request.", 40000, {"error": f"limit must be 1 to {MOST}"})
    if offset is None or offset < 0:
        return problem(400, "Could not parse request.", 40000, {"error": "offset must be 0 or more"})
    return limit, offset


def _whole(value: str | None, absent: int) -> int | None:
    if value is None:
        return absent
    digits = value.removeprefix("-")
    return int(value) if digits.isascii() and digits.isdigit() and len(digits) < 19 else None


def _page(
    path: str,
    shown: list[dict[str, Any]],
    total: int,
    limit: int,
    offset: int,
    switches: Switches,
    headers: dict[str, str],
) -> Answer:
    content: dict[str, object] = {"ok": True, "count": len(shown), "total_count": total, "experiments": shown}
    if offset + len(shown) < total and shown:
        content["next_page"] = f"{path}?limit={limit}&offset={offset + limit}"
    return answer(200, content, switches, headers)


def shown_experiment(stored: Stored, switches: Switches, in_scheduled_list: bool = False) -> dict[str, Any]:
    """The experiment as the vendor echoes it: what was sent, plus ids."""
    document: dict[str, Any] = {
        name: value for name, value in json.loads(stored.body).items() if name not in RESPONSE_ONLY
    }
    shown: dict[str, Any] = {"id": stored.id}
    hides_push_id = stored.started_at is None and switches.word("scheduled_push_id") == "absent"
    if not hides_push_id and (not in_scheduled_list or switches.word("scheduled_listing_push_id") == "present"):
        shown["push_id"] = stored.push_id
    if switches.word("scheduled_listing_created_at" if in_scheduled_list else "lookup_created_at") == "present":
        shown["created_at"] = iso(stored.created_at) + ("Z" if switches.word("created_at_zone") == "z" else "")
    shown |= document
    _bend_description(shown, switches)
    if switches.word("reads_add_defaults") == "yes":
        shown.setdefault("control", 0)
    shown["variants"] = [_shown_variant(index, item, switches) for index, item in enumerate(document["variants"])]
    return shown


def _shown_variant(index: int, variant: dict[str, Any], switches: Switches) -> dict[str, Any]:
    shown = {**variant, "id": index}
    if switches.word("reads_add_defaults") == "yes":
        shown.setdefault("weight", 1)
    if switches.word("schedule_echo") == "z" and "scheduled_time" in shown.get("schedule", {}):
        moment = written_moment(shown["schedule"]).strftime("%Y-%m-%dT%H:%M:%SZ")
        shown["schedule"] = {"scheduled_time": moment}
    return shown


def _bend_description(shown: dict[str, Any], switches: Switches) -> None:
    position = switches.word("description")
    if position == "dropped":
        shown.pop("description", None)
    elif position == "cut" and "description" in shown:
        shown["description"] = shown["description"][: int(switches.number("description_cut"))]
