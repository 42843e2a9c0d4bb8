"""What tests read afterwards: the effects that really happened, and the requests that were seen.

An Airship effect is `created`, `deleted` or `started`; Qonversion has more (sandbox/qonversion/store.py). It is written
in the same transaction as the change itself (state.py), so the ledger tells the truth also where an answer was lost on
purpose.
"""

import hashlib
import json
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

REQUESTS_KEPT = 20_000


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing that happened to one experiment. `at` is seconds since the epoch on the sandbox's clock.

    `sha256` and `body` are those of the create request; `counts` is set for `started`:
    {"variants": [{"id", "name", "count"}], "control", "audience"}. With Qonversion they are those of the request that
    had this effect, `app_key` is the secret key, `project` (its name; empty with Airship) and what follows it say the
    rest, `push_id` is empty, and `counts` of `started` and `resumed` is
    {"audience", "groups": [{"id", "name", "is_control", "count"}]}.
    """

    number: int
    kind: str
    app_key: str
    experiment_id: str
    push_id: str
    at: float
    sha256: str
    body: str
    name: str
    description: str
    counts: dict[str, object] | None
    project: str = ""
    alias_id: str = ""
    group_id: str = ""
    user_id: str = ""

    @classmethod
    def from_row(cls, row: Sequence[Any]) -> "Effect":
        """From the columns in this order; counts as JSON, NULL where an effect has no more to say."""
        counts = json.loads(row[10]) if row[10] else None
        details = [value or "" for value in row[11:]]
        return cls(*[*row[:10], counts, *details])

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def fingerprint(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def text_of(body: bytes) -> str:
    return body.decode("utf-8", "replace")


def headline(body: bytes) -> tuple[str, str]:
    """Name and description inside a create body, as far as there are any."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return "", ""
    name, description = (str(document.get(key, "")) for key in ("name", "description"))
    return name.encode("utf-8", "replace").decode(), description.encode("utf-8", "replace").decode()


@dataclass(slots=True)
class Seen:
    """One request that reached the sandbox. The `_ns` times are `time.monotonic_ns()`, `at` is real wall time.

    `accepted_ns`: the connection; `first_byte_ns`, `last_byte_ns`: the request's; `answered_ns`: the answer has left
    (0 while it has not). `status` is 0 when no whole answer was sent.
    """

    method: str
    path: str
    target: str
    app_key: str
    sha256: str
    bytes: int
    accepted_ns: int
    first_byte_ns: int
    last_byte_ns: int
    at: float
    answered_ns: int = 0
    status: int = 0
    fault: str = ""

    def answered(self, status: int) -> None:
        self.status = status
        self.answered_ns = time.monotonic_ns()


class RequestLog:
    """The last requests seen, oldest first."""

    def __init__(self) -> None:
        self._seen: deque[Seen] = deque(maxlen=REQUESTS_KEPT)
        self._lock = threading.Lock()

    def add(self, seen: Seen) -> None:
        with self._lock:
            self._seen.append(seen)

    def last(self, count: int = REQUESTS_KEPT) -> list[Seen]:
        with self._lock:
            return list(self._seen)[-count:]

    def clear(self) -> None:
        with self._lock:
            self._seen.clear()
