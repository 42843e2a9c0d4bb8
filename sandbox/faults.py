"""Faults that tests order: each bends the next matching requests, with or without their effect having happened.

A fault is ordered as JSON; `kind` alone is required:

    kind      what happens                                                          more keys
    delay     service time before anything else (goes together with other faults)   ms
    ok_string `ok` is the text "true" in this answer (goes together)
    clock     the Date header is off by so much (goes together)                     seconds
    lag       what this create makes stays out of listings (goes together)          seconds
    refuse    the listening socket is closed for so long: connection refused        seconds
              or, without seconds: the next `times` connections are reset at once
    reset     the connection is reset (RST) instead of an answer                    when
    close     the connection is closed (FIN) instead of an answer                   when
    hang      nothing for so long, then the answer (then=answer), or close, reset   when, seconds, then
    drip      the answer comes slowly                                               bytes_per_second
    cut       head and the first bytes of the body, then close or reset             bytes, then
    status    this status instead of the right answer                               when, status, retry_after, body,
                                                                                    content_type, headers
    html      an HTML error page                                                    when, status (502)
    redirect  status (307) and Location                                             when, status, location
    garbage   bytes that are not HTTP                                               when
    endless   a body without end                                                    when
    bomb      a gzip body that inflates to so much                                  when, megabytes

`when`: "before" (default) means that the effect never happens (for hang: that it happens late), "after" that it did.
Which requests: `method`, `path` (shell pattern on the path without trailing slash), `app` (app key), `skip` (let so
many pass first), `times` (default 1; 0 = until taken back).
"""

import fnmatch
import gzip
import itertools
import json
import threading
from dataclasses import asdict, dataclass, field, fields
from functools import lru_cache

from sandbox.wire import Answer, Request

GO_TOGETHER = frozenset({"delay", "ok_string", "clock", "lag"})
INSTEAD = frozenset({"status", "html", "redirect", "bomb"})
KINDS = GO_TOGETHER | INSTEAD | {"refuse", "reset", "close", "hang", "drip", "cut", "garbage", "endless"}
ERROR_PAGE = b"<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"


class BadOrder(ValueError):
    """The ordered fault makes no sense."""


@dataclass(slots=True)
class Fault:
    """One ordered fault; `left` counts down, None means without end."""

    kind: str
    method: str = "*"
    path: str = "*"
    app: str = ""
    when: str = "before"
    times: int = 1
    skip: int = 0
    ms: float = 0.0
    seconds: float = 0.0
    then: str = "answer"
    status: int = 0
    retry_after: str | int | None = None
    body: str | None = None
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    location: str = "/"
    bytes_per_second: float = 20.0
    bytes: int = 10
    megabytes: int = 200
    number: int = 0

    @property
    def is_after(self) -> bool:
        return self.when == "after"

    def matches(self, method: str, path: str, app_key: str) -> bool:
        return (
            self.method in ("*", method)
            and fnmatch.fnmatchcase(path.rstrip("/"), self.path)
            and self.app in ("", app_key)
        )


ORDER_KEYS = frozenset(item.name for item in fields(Fault)) - {"number"}
DEFAULTS = asdict(Fault("delay"))


def fault_from(order: dict[str, object]) -> Fault:
    """Raises BadOrder."""
    unknown = sorted(set(order) - ORDER_KEYS)
    if unknown or order.get("kind") not in KINDS:
        raise BadOrder(f"unknown keys {unknown}" if unknown else f"kind is one of {', '.join(sorted(KINDS))}")
    for name, value in order.items():
        _check_value(name, value)
    fault = Fault(**order)  # type: ignore[arg-type]  # each value's type was compared with its default's above
    fault.method, fault.path = fault.method.upper(), fault.path.rstrip("/") or "/"
    if fault.when not in ("before", "after") or fault.then not in ("answer", "close", "reset"):
        raise BadOrder("when is before or after; then is answer, close or reset")
    if fault.kind == "status" and not 200 <= fault.status <= 599:
        raise BadOrder("status is missing or out of range")
    return fault


def _check_value(name: str, value: object) -> None:
    expected = type(DEFAULTS[name])
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if expected in (int, float):
        fits = is_number and (isinstance(value, int) or expected is float)
    else:
        fits = isinstance(value, (str, int) if DEFAULTS[name] is None else expected)
    if not fits or (is_number and name != "seconds" and float(str(value)) < 0):
        raise BadOrder(f"{name} cannot be {value!r}")


class FaultBook:
    """All ordered faults, oldest first."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)

    def order(self, fault: Fault) -> Fault:
        with self._lock:
            fault.number = next(self._numbers)
            self._faults.append(fault)
        return fault

    def open(self) -> list[Fault]:
        with self._lock:
            return list(self._faults)

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def take(self, request: Request, app_key: str) -> list[Fault]:
        """The faults for this request: all that go together, and at most one of the others (the oldest)."""
        taken: list[Fault] = []
        if not self._faults:
            return taken
        with self._lock:
            for fault in list(self._faults):
                if fault.kind == "refuse" or not fault.matches(request.method, request.path, app_key):
                    continue
                if fault.kind not in GO_TOGETHER and any(other.kind not in GO_TOGETHER for other in taken):
                    continue
                if self._spend(fault):
                    taken.append(fault)
        return taken

    def refuses_connection(self) -> bool:
        if not self._faults:
            return False
        with self._lock:
            fault = next((fault for fault in self._faults if fault.kind == "refuse"), None)
            return fault is not None and self._spend(fault)

    def _spend(self, fault: Fault) -> bool:
        if fault.skip > 0:
            fault.skip -= 1
            return False
        if fault.times > 0:
            fault.times -= 1
            if fault.times == 0:
                self._faults.remove(fault)
        return True


def replacement(fault: Fault) -> Answer | None:
    """The answer that goes out instead of the right one, for the kinds that answer properly."""
    if fault.kind == "status":
        return _status_answer(fault)
    if fault.kind == "html":
        return Answer(fault.status or 502, ERROR_PAGE, "text/html; charset=utf-8")
    if fault.kind == "redirect":
        return Answer(fault.status or 307, b"", None, {"Location": fault.location})
    if fault.kind == "bomb":
        return Answer(fault.status or 200, gzip_bomb(fault.megabytes), headers={"Content-Encoding": "gzip"})
    return None


def _status_answer(fault: Fault) -> Answer:
    headers = dict(fault.headers)
    if fault.retry_after is not None:
        headers["Retry-After"] = str(fault.retry_after)
    if fault.body is not None:
        return Answer(fault.status, fault.body.encode("utf-8", "surrogatepass"), fault.content_type, headers)
    content = {"ok": fault.status < 400, "error": "ordered by a test", "error_code": fault.status * 100}
    return Answer(fault.status, json.dumps(content).encode(), fault.content_type, headers)


@lru_cache(maxsize=2)
def gzip_bomb(megabytes: int) -> bytes:
    return gzip.compress(bytes(megabytes * 1024 * 1024), compresslevel=9)


def with_ok_string(answer: Answer) -> Answer:
    """The same answer with `ok` as text, as the vendor's printed examples have it."""
    body = answer.body.replace(b'"ok":true', b'"ok":"true"').replace(b'"ok":false', b'"ok":"false"')
    return Answer(answer.status, body, answer.content_type, answer.headers)
