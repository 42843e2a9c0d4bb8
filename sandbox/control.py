"""The sandbox's own addresses under /_sandbox/, for tests and people; never on the vendor's paths.

    GET    /_sandbox/healthz                 {"ok": true}
    GET    /_sandbox/apps                    [{"key", "secret", "app_secret", "token", "name", "size"}]
    POST   /_sandbox/apps                    {"name"?, "size"?} -> one more app key with its own data
    GET    /_sandbox/projects                [{"name", "size", "project_key", "secret_key", "test_secret_key", ...}]
    POST   /_sandbox/projects                {"name"?, "size"?} -> one more Qonversion project with its own data
    GET    /_sandbox/ledger                  ?app=&kind=&after=  effects, oldest first (sandbox/ledger.py: Effect)
                                             app: an Airship app key or a Qonversion secret key, here and below
    GET    /_sandbox/requests                ?last=100  requests seen, oldest first (sandbox/ledger.py: Seen)
    GET    /_sandbox/faults                  faults still to come
    POST   /_sandbox/faults                  order one (sandbox/faults.py) -> it
    DELETE /_sandbox/faults                  take all back
    GET    /_sandbox/switches                ?app=  {"switches": positions, "choices": {name: [words]}}
    POST   /_sandbox/switches                {name: value, ..., "app"?: key}
    GET    /_sandbox/clock                   {"now", "offset_seconds", "speed"}
    POST   /_sandbox/clock                   {"offset_seconds"?, "speed"?}
    POST   /_sandbox/pushes                  {"app"?: key} -> {"push_id"} of a plain push, known to reports only
    POST   /_sandbox/reset                   forgets everything but the app keys and projects

Answers are JSON; what cannot be understood gets 400 {"error"}. There is no key: the sandbox listens on loopback.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

from sandbox.switches import ALL_CHOICES
from sandbox.wire import Answer, Request, json_answer

if TYPE_CHECKING:
    from sandbox.server import Sandbox

type Page = Callable[["Sandbox", Request], object]


def healthz(sandbox: "Sandbox", request: Request) -> object:
    return {"ok": True}


def apps(sandbox: "Sandbox", request: Request) -> object:
    return [asdict(app) for app in sandbox.state.apps()]


def app_new(sandbox: "Sandbox", request: Request) -> object:
    wish = _body(request)
    return asdict(sandbox.new_app(str(wish.get("name", "Another app")), int(str(wish.get("size", 60_000)))))


def projects(sandbox: "Sandbox", request: Request) -> object:
    return [asdict(project) for project in sandbox.projects()]


def project_new(sandbox: "Sandbox", request: Request) -> object:
    wish = _body(request)
    return asdict(sandbox.new_project(str(wish.get("name", "Another project")), int(str(wish.get("size", 20_000)))))


def ledger(sandbox: "Sandbox", request: Request) -> object:
    sandbox.start_due()
    after = int(request.query.get("after", 0))
    effects = sandbox.state.effects(request.query.get("app", ""), request.query.get("kind", ""), after)
    return [effect.as_json() for effect in effects]


def requests(sandbox: "Sandbox", request: Request) -> object:
    return [asdict(seen) for seen in sandbox.requests.last(int(request.query.get("last", 100)))]


def faults(sandbox: "Sandbox", request: Request) -> object:
    return [asdict(fault) for fault in sandbox.faults.open()]


def fault_order(sandbox: "Sandbox", request: Request) -> object:
    return asdict(sandbox.accept_order(_body(request)))


def faults_clear(sandbox: "Sandbox", request: Request) -> object:
    sandbox.faults.clear()
    return []


def switches(sandbox: "Sandbox", request: Request) -> object:
    return {"switches": sandbox.state.switches(request.query.get("app", "")).all(), "choices": ALL_CHOICES}


def switches_set(sandbox: "Sandbox", request: Request) -> object:
    wish = _body(request)
    app_key = str(wish.pop("app", ""))
    for name, value in wish.items():
        sandbox.switch(name, value, app_key)
    return sandbox.state.switches(app_key).all()


def clock(sandbox: "Sandbox", request: Request) -> object:
    own = sandbox.clock
    return {"now": own.now(), "offset_seconds": own.offset_seconds, "speed": own.speed}


def clock_set(sandbox: "Sandbox", request: Request) -> object:
    wish = {name: float(str(value)) for name, value in _body(request).items()}
    sandbox.set_clock(wish.get("offset_seconds"), wish.get("speed"))
    return clock(sandbox, request)


def push_new(sandbox: "Sandbox", request: Request) -> object:
    app_key = str(_body(request).get("app", sandbox.key))
    return {"push_id": sandbox.state.add_push(app_key, sandbox.clock.now())}


def reset(sandbox: "Sandbox", request: Request) -> object:
    sandbox.reset()
    return {"ok": True}


PAGES: Mapping[tuple[str, str], Page] = {
    ("GET", "healthz"): healthz,
    ("GET", "apps"): apps,
    ("POST", "apps"): app_new,
    ("GET", "projects"): projects,
    ("POST", "projects"): project_new,
    ("GET", "ledger"): ledger,
    ("GET", "requests"): requests,
    ("GET", "faults"): faults,
    ("POST", "faults"): fault_order,
    ("DELETE", "faults"): faults_clear,
    ("GET", "switches"): switches,
    ("POST", "switches"): switches_set,
    ("GET", "clock"): clock,
    ("POST", "clock"): clock_set,
    ("POST", "pushes"): push_new,
    ("POST", "reset"): reset,
}


def respond(sandbox: "Sandbox", request: Request) -> Answer:
    page = PAGES.get((request.method, request.path.removeprefix("/_sandbox/").rstrip("/")))
    if page is None:
        return json_answer(404, {"error": "no such page under /_sandbox/"})
    try:
        return json_answer(200, page(sandbox, request))
    except (ValueError, TypeError) as problem:
        return json_answer(400, {"error": str(problem)})


def _body(request: Request) -> dict[str, object]:
    content = json.loads(request.body or b"{}")
    if not isinstance(content, dict):
        raise ValueError("a JSON object is expected")
    return content
