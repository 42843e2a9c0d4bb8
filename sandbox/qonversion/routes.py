"""Who may ask what: addresses, secret key, calls a minute. A trailing slash makes no difference.

Reference: https://documentation.qonversion.io/reference/v4/authentication
"""

import json
import logging
from collections.abc import Mapping

from sandbox.clock import Clock
from sandbox.qonversion.answers import Refused, not_found, with_request_id
from sandbox.qonversion.attachments import user_attach, user_detach
from sandbox.qonversion.call import Call
from sandbox.qonversion.experiments import (
    experiment_change,
    experiment_create,
    experiment_delete,
    experiment_list,
    experiment_read,
)
from sandbox.qonversion.groups import group_change, group_create, group_delete, group_list
from sandbox.qonversion.statuses import experiment_status
from sandbox.qonversion.store import Environment, Store
from sandbox.qonversion.summary import experiment_summary
from sandbox.state import State
from sandbox.switches import Switches
from sandbox.wire import Answer, Request

logger = logging.getLogger("sandbox")


def respond(state: State, clock: Clock, request: Request, lag: float = 0.0) -> Answer:
    """The right answer, with its effect; `lag` is a fault that keeps a created experiment out of the list."""
    switches = state.switches(app_key_of(request))
    try:
        answer = _respond(state, clock, request, switches, lag)
    except Refused as refused:
        answer = refused.answer(switches)
    except Exception:
        logger.exception("the sandbox itself failed at %s %s", request.method, request.target)
        answer = Refused(500, "unknown_error", "Internal server error").answer(switches)
    return with_request_id(answer, switches)


def _respond(state: State, clock: Clock, request: Request, switches: Switches, lag: float) -> Answer:
    store = Store(state)
    environment = _allowed_environment(store, request, switches)
    _count_call(store, environment, switches, clock.now())
    with state.step():
        call = Call(store, clock, environment, switches, request, clock.now(), lag)
        word = request.headers.get("idempotency-key", "")
        if not word or request.method != "POST" or switches.word("idempotency_key") == "ignore":
            return _dispatch(call)
        return _once(call, f"{request.path} {word}")


def _dispatch(call: Call) -> Answer:
    match call.request.method, call.request.path.strip("/").split("/")[1:]:
        case "GET", ["experiments"]:
            return experiment_list(call)
        case "POST", ["experiments"]:
            return experiment_create(call)
        case "GET", ["experiments", "summary"]:
            return experiment_summary(call)
        case "GET", ["experiments", identity]:
            return experiment_read(call, identity)
        case "PATCH", ["experiments", identity] if identity != "summary":
            return experiment_change(call, identity)
        case "DELETE", ["experiments", identity] if identity != "summary":
            return experiment_delete(call, identity)
        case method, ["experiments", identity, *rest] if rest:
            return _dispatch_nested(call, method, identity, rest)
    raise _no_such_call(call)


def _dispatch_nested(call: Call, method: str, identity: str, rest: list[str]) -> Answer:
    match method, rest:
        case "POST", ["status"]:
            return experiment_status(call, identity)
        case "GET", ["groups"]:
            return group_list(call, identity)
        case "POST", ["groups"]:
            return group_create(call, identity)
        case "PATCH", ["groups", group_id]:
            return group_change(call, identity, group_id)
        case "DELETE", ["groups", group_id]:
            return group_delete(call, identity, group_id)
        case "POST", ["users", user_id]:
            return user_attach(call, identity, user_id)
        case "DELETE", ["users", user_id]:
            return user_detach(call, identity, user_id)
    raise _no_such_call(call)


def _no_such_call(call: Call) -> Refused:
    allowed = _allowed_methods(call.request.path.strip("/").split("/")[1:])
    if allowed:
        status = int(call.switches.word("wrong_method"))
        return Refused(status, "invalid_request", "Method not allowed", headers={"Allow": allowed})
    if call.request.path.startswith("/v4/analytics/charts/experiment-"):
        return not_found("Chart")  # announced for later, and 404 until then
    return Refused(int(call.switches.word("unknown_path")), "invalid_request", "Unknown URL")


def _allowed_methods(steps: list[str]) -> str:
    match steps:
        case ["experiments"] | ["experiments", _, "groups"]:
            return "GET, POST"
        case ["experiments", "summary"]:
            return "GET"
        case ["experiments", _]:
            return "GET, PATCH, DELETE"
        case ["experiments", _, "status"]:
            return "POST"
        case ["experiments", _, "groups", _]:
            return "PATCH, DELETE"
        case ["experiments", _, "users", _]:
            return "POST, DELETE"
    return ""


def _allowed_environment(store: Store, request: Request, switches: Switches) -> Environment:
    """Raises Refused."""
    key = app_key_of(request)
    environment = store.environment(key)
    if environment is None:
        if store.is_project_key(key) and switches.word("project_key") == "403":
            raise Refused(403, "control_forbidden", "Operation is not permitted")
        raise Refused(401, "control_unauthorized", "Authorization error")
    permissions = switches.word("permissions")
    if permissions == "none" or (permissions == "read" and request.method != "GET"):
        raise Refused(403, "control_forbidden", "Operation is not permitted")
    return environment


def _count_call(store: Store, environment: Environment, switches: Switches, now: float) -> None:
    """Raises Refused for one call too many in the last minute."""
    most = int(switches.number("requests_per_minute"))
    if not most:
        return
    with store.state.step():
        store.run("DELETE FROM recent_calls WHERE at <= ?", now - 60)
        rows = store.run("SELECT at FROM recent_calls WHERE key = ? ORDER BY at", environment.key)
        if len(rows) < most:
            store.run("INSERT INTO recent_calls VALUES (?, ?)", environment.key, now)
    if len(rows) >= most:
        wait = {"Retry-After": str(max(1, round(rows[0][0] + 60 - now)))}
        headers: Mapping[str, str] = wait if switches.word("rate_limit_header") == "retry_after" else {}
        raise Refused(429, "too_many_requests", "Too many requests", headers=headers)


def _once(call: Call, word: str) -> Answer:
    """The first answer that this word got, again."""
    run = call.store.run
    before = run("SELECT status, body, headers FROM idempotency_keys WHERE key = ? AND word = ?", call.key, word)
    if before:
        status, body, headers = before[0]
        return Answer(status, body, "application/json" if body else None, json.loads(headers))
    answer = _dispatch(call)
    run(
        "INSERT INTO idempotency_keys VALUES (?, ?, ?, ?, ?)",
        *(call.key, word, answer.status, answer.body, json.dumps(answer.headers)),
    )
    return answer


def app_key_of(request: Request) -> str:
    """The key a request names, proven or not."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""
