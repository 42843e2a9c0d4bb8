"""One request with all it takes to answer it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from sandbox.clock import Clock
from sandbox.qonversion.answers import Refused, invalid, not_found
from sandbox.qonversion.store import Environment, Experiment, Store
from sandbox.switches import Switches
from sandbox.wire import Request

IDENTITY = re.compile(r"[a-zA-Z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Call:
    """`lag` is a fault that keeps what this request creates out of the list; `now` is the same for the whole call."""

    store: Store
    clock: Clock
    environment: Environment
    switches: Switches
    request: Request
    now: float
    lag: float = 0.0

    @property
    def key(self) -> str:
        return self.environment.key

    def query(self) -> list[tuple[str, str]]:
        """Names and values in the order they were sent; a name may come more than once."""
        return parse_qsl(urlsplit(self.request.target).query, keep_blank_values=True)

    def document(self) -> dict[str, Any]:
        """The JSON object in the body. Raises Refused."""
        if len(self.request.body) > self.switches.number("largest_body"):
            raise Refused(413, "invalid_data", "Request body is too large")
        position = self.switches.word("other_content_type")
        if position != "accept" and not _says_json(self.request.headers.get("content-type", "")):
            raise Refused(int(position), "invalid_data", "Content-Type must be application/json")
        try:
            content = json.loads(self.request.body.decode(), parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            raise Refused(400, self.switches.word("malformed_json"), "Request body is not valid JSON") from None
        if not isinstance(content, dict):
            raise Refused(400, "invalid_data", "Request body must be an object")
        return content

    def experiment(self, identity: str) -> Experiment:
        """The experiment of this key. Raises Refused."""
        self.check_id("experiment_id", identity)
        found = self.store.find(self.key, identity, with_alias=self.switches.word("alias_as_id") == "yes")
        if found is None:
            raise not_found("Experiment")
        return found

    def check_id(self, field: str, identity: str) -> None:
        """Raises Refused for what cannot be an id."""
        if IDENTITY.fullmatch(identity) and len(identity) <= 256:
            return
        if self.switches.word("illegal_id") == "400":
            raise invalid(field, "must match ^[a-zA-Z0-9._-]+$ and have at most 256 characters")
        raise not_found("Resource")

    def record(
        self,
        kind: str,
        experiment: Experiment,
        *,
        group_id: str = "",
        user_id: str = "",
        counts: Mapping[str, object] | None = None,
    ) -> None:
        """An effect of this request."""
        project, body = self.environment.project, self.request.body
        self.store.record(
            *(kind, experiment, project, body, self.now), group_id=group_id, user_id=user_id, counts=counts
        )


def _says_json(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() == "application/json"


def _refuse_constant(word: str) -> object:
    raise ValueError(word)
