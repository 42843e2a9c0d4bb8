"""Create, validate, delete.

Reference: https://docs.airship.com/developer/rest-api/ua/operations/a-b-tests
"""

from datetime import UTC, datetime
from typing import Any

from sandbox.airship.answers import answer, not_allowed, not_found, operation_id, problem, refusal
from sandbox.airship.document import check_document, timing
from sandbox.airship.life import planned_counts
from sandbox.airship.reader import read
from sandbox.airship.shapes import Invalid, Rules, is_uuid
from sandbox.clock import Clock
from sandbox.state import App, State, Stored
from sandbox.switches import Switches
from sandbox.wire import Answer, Request


def experiment_create(state: State, clock: Clock, app: App, request: Request, lag: float) -> Answer:
    """201 with ids and Location; an experiment without schedule has started when this answers."""
    switches = state.switches(app.key)
    now = clock.now()
    document = checked(state, app, request, switches, now)
    if isinstance(document, Answer):
        return document
    when = timing(document, now)
    hidden = max(lag, switches.number("listing_lag_seconds"))
    with state.step():
        stored = state.add_experiment(
            *(app.key, request.body),
            created_at=now,
            starts_at=when.starts_at,
            sort_at=when.sort_at,
            scheduled=when.scheduled,
            visible_at=now + hidden,
        )
        if not when.scheduled:
            state.start(stored, planned_counts(app, stored))
    return _created(request, stored, switches)


def experiment_validate(state: State, clock: Clock, app: App, request: Request) -> Answer:
    """The same checks as create; nothing is stored, nothing is sent."""
    switches = state.switches(app.key)
    document = checked(state, app, request, switches, clock.now())
    if isinstance(document, Answer):
        return document
    return answer(200, {"ok": True, "operation_id": operation_id()}, switches)


def experiment_delete(state: State, clock: Clock, app: App, identity: str) -> Answer:
    """200 before the start, 405 after it, 404 for what is not there."""
    switches = state.switches(app.key)
    if not is_uuid(identity) and switches.word("non_uuid_id") == "400":
        return problem(400, "Could not parse request.", 40000, {"error": "the experiment id is not a UUID"})
    with state.step():
        stored = state.experiment(app.key, identity.lower())
        if stored is None:
            return not_found()
        if stored.deleted_at is not None:
            if switches.word("second_delete") == "404":
                return not_found()
        elif stored.started_at is not None:
            return not_allowed("GET", "experiment already started")
        else:
            state.delete(stored, clock.now())
    return answer(200, {"ok": True, "operation_id": operation_id()}, switches)


def checked(state: State, app: App, request: Request, switches: Switches, now: float) -> dict[str, Any] | Answer:
    """The document in the body, or the refusal."""
    if len(request.body) > switches.number("body_limit"):
        return problem(413, "Request body too large", 41300)
    wrong_type = switches.word("wrong_content_type")
    if wrong_type != "accept" and not _says_json(request.headers.get("content-type", "")):
        return problem(int(wrong_type), "Unexpected content type", int(wrong_type) * 100)
    text = ""
    try:
        text, document = read(request.body, switches.accepts("duplicate_keys"))
        check_document(document, Rules(switches, datetime.fromtimestamp(now, UTC).replace(tzinfo=None)))
    except Invalid as invalid:
        return refusal(invalid, text, switches)
    except RecursionError:
        return refusal(Invalid((), "the body is nested too deeply"), text, switches)
    name = document.get("name")
    if name and not switches.accepts("duplicate_names") and state.has_name(app.key, name):
        return refusal(Invalid(("name",), "an experiment of this name exists"), text, switches)
    assert isinstance(document, dict)
    return document


def _says_json(content_type: str) -> bool:
    essence = content_type.partition(";")[0].strip().lower()
    return essence == "application/json" or essence.endswith("+json")


def _created(request: Request, stored: Stored, switches: Switches) -> Answer:
    content: dict[str, object] = {"ok": True, "operation_id": operation_id(), "experiment_id": stored.id}
    if not stored.scheduled or switches.word("scheduled_push_id") == "present":
        content["push_id"] = stored.push_id
    path = f"/api/experiments/{stored.id}"
    position = switches.word("location_header")
    headers = {}
    if position != "absent":
        root = f"http://{request.headers.get('host', 'localhost')}" if position == "absolute" else ""
        headers["Location"] = root + path
    return answer(201, content, switches, headers)
