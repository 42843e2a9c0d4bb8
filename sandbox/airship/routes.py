"""Who may ask what: addresses, key check, version header. A trailing slash makes no difference.

Reference: https://docs.airship.com/developer/rest-api/ua/introduction
"""

import base64
import binascii
import hmac
import logging
import re

from sandbox.airship.answers import not_allowed, not_found, problem, unauthorized
from sandbox.airship.experiments import experiment_create, experiment_delete, experiment_validate
from sandbox.airship.life import start_due
from sandbox.airship.listings import experiment_list, experiment_lookup, scheduled_list
from sandbox.airship.reports import NoReport, Reports
from sandbox.clock import Clock
from sandbox.state import App, State
from sandbox.wire import Answer, Request

logger = logging.getLogger("sandbox")

VERSION = re.compile(r"application/vnd\.urbanairship\+json\s*;\s*version\s*=\s*3\s*(;|,|$)")


def respond(state: State, clock: Clock, request: Request, lag: float = 0.0) -> Answer:
    """The right answer, with its effect; `lag` is a fault that keeps a created experiment out of listings."""
    try:
        start_due(state, clock.now())
        return _respond(state, clock, request, lag)
    except NoReport as none:
        return none.answer
    except Exception:
        logger.exception("the sandbox itself failed at %s %s", request.method, request.target)
        return problem(500, "Internal server error", 50000)


def _respond(state: State, clock: Clock, request: Request, lag: float) -> Answer:
    steps = request.path.strip("/").split("/")
    if steps[0] != "api":
        return not_found()
    app = _allowed_app(state, request, is_report=steps[1:2] == ["reports"])
    if isinstance(app, Answer):
        return app
    if not VERSION.search(request.headers.get("accept", "")):
        return problem(406, "Not acceptable", 40600, {"error": "Accept must name version 3"})
    if steps[1:2] == ["experiments"]:
        return _experiments(state, clock, app, request, steps[2:], lag)
    if steps[1:2] == ["reports"]:
        return _reports(state, clock, app, request, steps[2:])
    return not_found()


def _experiments(state: State, clock: Clock, app: App, request: Request, steps: list[str], lag: float) -> Answer:
    match request.method, steps:
        case "GET", []:
            return experiment_list(state, app.key, request, clock.now())
        case "POST", []:
            return experiment_create(state, clock, app, request, lag)
        case "POST", ["validate"]:
            return experiment_validate(state, clock, app, request)
        case "GET", ["scheduled"]:
            return scheduled_list(state, app.key, request, clock.now())
        case "DELETE", ["scheduled", identity]:
            return experiment_delete(state, clock, app, identity)
        case "GET", [identity] if identity != "validate":
            return experiment_lookup(state, app.key, identity)
    allow = {(): "GET, POST", ("validate",): "POST", ("scheduled",): "GET"}.get(tuple(steps))
    if allow is None:
        allow = "DELETE" if steps[0] == "scheduled" and len(steps) == 2 else "GET" if len(steps) == 1 else None
    return not_allowed(allow) if allow else not_found()


def _reports(state: State, clock: Clock, app: App, request: Request, steps: list[str]) -> Answer:
    reports = Reports(state, clock, app)
    match steps:
        case ["experiment", "overview", push_id]:
            return reports.overview(push_id) if request.method == "GET" else not_allowed("GET")
        case ["experiment", "detail", push_id, number]:
            return reports.detail(push_id, number) if request.method == "GET" else not_allowed("GET")
        case ["responses", push_id]:
            return reports.responses(push_id) if request.method == "GET" else not_allowed("GET")
        case ["perpush", "detail", push_id]:
            return reports.per_push(push_id) if request.method == "GET" else not_allowed("GET")
    return not_found()


def _allowed_app(state: State, request: Request, is_report: bool) -> App | Answer:
    scheme, _, credential = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return _app_by_token(state, request, credential.strip(), is_report)
    key, secret = _basic(request)
    app = state.app(key)
    if app is None or not hmac.compare_digest(app.secret.encode(), secret.encode()):
        return unauthorized()
    return app


def _app_by_token(state: State, request: Request, token: str, is_report: bool) -> App | Answer:
    """A bearer token opens the reports only."""
    app = state.app(request.headers.get("x-ua-appkey", ""))
    if app is None or not hmac.compare_digest(app.token.encode(), token.encode()):
        return unauthorized()
    if is_report:
        return app
    if state.switches(app.key).word("bearer_status") == "403":
        return problem(403, "Forbidden", 40300)
    return unauthorized()


def _basic(request: Request) -> tuple[str, str]:
    scheme, _, credential = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        key, _, secret = base64.b64decode(credential.strip(), validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return key, secret


def app_key_of(request: Request) -> str:
    """The app key a request names, proven or not."""
    return _basic(request)[0] or request.headers.get("x-ua-appkey", "")
