"""A sandbox for a test, and a caller whose requests and answers are all checked against the OpenAPI document."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import requests

from sandbox.server import Sandbox
from sandbox.state import App
from tests import openapi_check

ACCEPT = "application/vnd.urbanairship+json; version=3"
UNKNOWN = "7c9e6679-7425-40de-944b-e07fc1f90ae7"


def v0(**more: Any) -> dict[str, Any]:
    """The smallest valid experiment, with changes."""
    return {
        "audience": "all",
        "device_types": ["ios"],
        "variants": [{"push": {"notification": {"alert": "Ready for a run?"}}}],
        **more,
    }


def with_push(**push: Any) -> dict[str, Any]:
    return v0(variants=[{"push": push}])


def with_notification(device_types: Any, **notification: Any) -> dict[str, Any]:
    return v0(device_types=device_types, variants=[{"push": {"notification": notification}}])


def with_variants(count: int, **more: Any) -> dict[str, Any]:
    return v0(variants=[{"push": {"notification": {"alert": f"Text {n}"}}, **more} for n in range(count)])


def in_time(seconds: float, form: str = "%Y-%m-%dT%H:%M:%S") -> str:
    """So many seconds from now, as a schedule wants it."""
    return time.strftime(form, time.gmtime(time.time() + seconds))


def scheduled(seconds: float = 3600, **more: Any) -> dict[str, Any]:
    return v0(**more) | {
        "variants": [
            {
                "push": {"notification": {"alert": "Ready for a run?"}},
                "schedule": {"scheduled_time": in_time(seconds)},
            }
        ]
    }


@dataclass
class Caller:
    """Calls one app key of a sandbox. `is_checked` False for tests that bend the answers on purpose."""

    sandbox: Sandbox
    app: App
    is_checked: bool = True
    checked: int = 0
    session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        self.session.trust_env = False
        self.session.auth = (self.app.key, self.app.secret)
        self.session.headers["Accept"] = ACCEPT

    def call(self, method: str, path: str, document: Any = None, **more: Any) -> requests.Response:
        if document is not None:
            more["data"] = document if isinstance(document, bytes) else json.dumps(document).encode()
            more["headers"] = {"Content-Type": "application/json", **more.get("headers", {})}
        answer = self.session.request(method, self.sandbox.url + path, timeout=10, allow_redirects=False, **more)
        if self.is_checked and openapi_check.is_available():
            self._check(method, path, answer)
        return answer

    def _check(self, method: str, path: str, answer: requests.Response) -> None:
        body = answer.request.body or b""
        assert isinstance(body, bytes)
        if answer.status_code in (200, 201):
            complaints = openapi_check.complaints_about_request(method, path, body)
            assert not complaints, f"accepted, but not valid under the OpenAPI document: {complaints}"
        content_type = answer.headers.get("Content-Type", "")
        complaints = openapi_check.complaints_about_answer(
            method, path, answer.status_code, content_type, answer.content
        )
        assert not complaints, f"{method} {path} {answer.status_code}: {complaints}"
        self.checked += 1

    def create(self, document: Any = None, **more: Any) -> requests.Response:
        return self.call("POST", "/api/experiments", v0() if document is None else document, **more)

    def created(self, document: Any = None) -> dict[str, Any]:
        answer = self.create(document)
        assert answer.status_code == 201, answer.text
        content: dict[str, Any] = answer.json()
        return content

    def validate(self, document: Any) -> requests.Response:
        return self.call("POST", "/api/experiments/validate", document)

    def listing(self, query: str = "") -> dict[str, Any]:
        answer = self.call("GET", "/api/experiments" + query)
        assert answer.status_code == 200, answer.text
        content: dict[str, Any] = answer.json()
        return content

    def scheduled_listing(self, query: str = "") -> dict[str, Any]:
        answer = self.call("GET", "/api/experiments/scheduled" + query)
        assert answer.status_code == 200, answer.text
        content: dict[str, Any] = answer.json()
        return content

    def lookup(self, identity: str) -> requests.Response:
        return self.call("GET", f"/api/experiments/{identity}")

    def delete(self, identity: str) -> requests.Response:
        return self.call("DELETE", f"/api/experiments/scheduled/{identity}")

    def overview(self, push_id: str) -> requests.Response:
        return self.call("GET", f"/api/reports/experiment/overview/{push_id}")

    def detail(self, push_id: str, number: int | str) -> requests.Response:
        return self.call("GET", f"/api/reports/experiment/detail/{push_id}/{number}")

    def control(self, method: str, page: str, content: Any = None) -> Any:
        answer = self.session.request(method, f"{self.sandbox.url}/_sandbox/{page}", json=content, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def pass_time(self, seconds: float) -> None:
        self.sandbox.set_clock(offset_seconds=self.sandbox.clock.offset_seconds + seconds)


@contextmanager
def running(is_checked: bool = True, **how: Any) -> Iterator[Caller]:
    """A sandbox in memory on a free port, and a caller with its first app key."""
    with Sandbox(**how) as sandbox:
        caller = Caller(sandbox, sandbox.app, is_checked)
        with caller.session:
            yield caller
