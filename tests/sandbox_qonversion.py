"""A caller of the sandbox's Qonversion, and the smallest experiments and groups."""

import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import requests

from sandbox.server import Sandbox

UNKNOWN = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
FILTER = "filter[experiment_uid][]"
EXPERIMENTS = "/v4/experiments"

aliases = (f"test_{number}" for number in itertools.count(1))


def experiment(**more: Any) -> dict[str, Any]:
    """The smallest experiment, under an alias of its own, with changes."""
    return {"name": "Annual first", "alias_id": next(aliases), **more}


@dataclass
class Caller:
    """Calls the sandbox with one secret key."""

    sandbox: Sandbox
    key: str
    session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        self.session.trust_env = False
        self.session.headers["Authorization"] = f"Bearer {self.key}"

    def call(self, method: str, path: str, document: Any = None, **more: Any) -> requests.Response:
        if document is not None:
            more["data"] = document if isinstance(document, bytes) else json.dumps(document).encode()
            more["headers"] = {"Content-Type": "application/json", **more.get("headers", {})}
        return self.session.request(method, self.sandbox.url + path, timeout=10, allow_redirects=False, **more)

    def with_key(self, key: str) -> "Caller":
        return Caller(self.sandbox, key)

    # experiments

    def create(self, document: Any = None, **more: Any) -> requests.Response:
        return self.call("POST", EXPERIMENTS, experiment() if document is None else document, **more)

    def created(self, **fields: Any) -> dict[str, Any]:
        return self._content(self.create(experiment(**fields)))

    def read(self, identity: str) -> requests.Response:
        return self.call("GET", f"{EXPERIMENTS}/{identity}")

    def shown(self, identity: str) -> dict[str, Any]:
        return self._content(self.read(identity))

    def listing(self, query: str = "") -> dict[str, Any]:
        return self._content(self.call("GET", EXPERIMENTS + query))

    def ids(self, query: str = "") -> list[str]:
        return [row["id"] for row in self.listing(query)["data"]]

    def change(self, identity: str, document: Any) -> requests.Response:
        return self.call("PATCH", f"{EXPERIMENTS}/{identity}", document)

    def delete(self, identity: str) -> requests.Response:
        return self.call("DELETE", f"{EXPERIMENTS}/{identity}")

    def move(self, identity: str, status: object) -> requests.Response:
        return self.call("POST", f"{EXPERIMENTS}/{identity}/status", {"status": status})

    def moved(self, *statuses: str, **fields: Any) -> dict[str, Any]:
        """A new experiment that went through these statuses."""
        shown = self.created(**fields)
        for status in statuses:
            shown = self._content(self.move(shown["id"], status))
        return shown

    def summary(self, *identities: str) -> requests.Response:
        return self.call("GET", f"{EXPERIMENTS}/summary", params={FILTER: list(identities)})

    def item(self, identity: str) -> dict[str, Any]:
        items: list[dict[str, Any]] = self._content(self.summary(identity))["items"]
        return items[0]

    # groups and users

    def group(self, identity: str, document: Any) -> requests.Response:
        return self.call("POST", f"{EXPERIMENTS}/{identity}/groups", document)

    def grouped(self, identity: str, **fields: Any) -> dict[str, Any]:
        return self._content(self.group(identity, {"weight": 1, **fields}))

    def groups(self, identity: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self._content(self.call("GET", f"{EXPERIMENTS}/{identity}/groups"))["data"]
        return rows

    def change_group(self, identity: str, group_id: str, document: Any) -> requests.Response:
        return self.call("PATCH", f"{EXPERIMENTS}/{identity}/groups/{group_id}", document)

    def delete_group(self, identity: str, group_id: str) -> requests.Response:
        return self.call("DELETE", f"{EXPERIMENTS}/{identity}/groups/{group_id}")

    def attach(self, identity: str, user_id: str, group_id: object) -> requests.Response:
        return self.call("POST", f"{EXPERIMENTS}/{identity}/users/{user_id}", {"group_id": group_id})

    def detach(self, identity: str, user_id: str) -> requests.Response:
        return self.call("DELETE", f"{EXPERIMENTS}/{identity}/users/{user_id}")

    def running_with_group(self, **fields: Any) -> tuple[str, str]:
        """Ids of an active experiment and of its one group."""
        identity = self.created(**fields)["id"]
        group_id = self.grouped(identity, is_control=True)["id"]
        assert self.move(identity, "active").status_code == 200
        return identity, group_id

    # the sandbox itself

    def effects(self, *kinds: str) -> list[str]:
        """The kinds of all effects, or of these kinds."""
        return [effect.kind for effect in self.sandbox.effects() if not kinds or effect.kind in kinds]

    def control(self, method: str, page: str, content: Any = None) -> Any:
        answer = self.session.request(method, f"{self.sandbox.url}/_sandbox/{page}", json=content, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def pass_time(self, seconds: float) -> None:
        self.sandbox.set_clock(offset_seconds=self.sandbox.clock.offset_seconds + seconds)

    @staticmethod
    def _content(answer: requests.Response) -> dict[str, Any]:
        assert answer.ok, answer.text
        content: dict[str, Any] = answer.json()
        return content


def error_of(answer: requests.Response) -> tuple[int, str, str]:
    """Status, type and code; the envelope has no other key than these, message and details."""
    assert set(answer.json()) == {"error"}, answer.text
    error = answer.json()["error"]
    assert set(error) <= {"type", "code", "message", "details"}
    assert error["message"]
    return answer.status_code, error["type"], error["code"]


def fields_of(answer: requests.Response) -> list[str]:
    """The fields that an error names; none where it has no details."""
    error = answer.json()["error"]
    assert error.get("details") != []
    return [detail["field"] for detail in error.get("details", ())]


@contextmanager
def running(**how: Any) -> Iterator[Caller]:
    """A sandbox in memory on a free port, and a caller with the production key of its first project."""
    with Sandbox(**how) as sandbox:
        caller = Caller(sandbox, sandbox.secret_key)
        with caller.session:
            yield caller
