"""What a log line is about, beside its words: bound where it becomes known, shown by every line until its block ends.

    with logs.bind(operation=operation.pk):
        log.info("…")  # has operation=… in production's JSON and behind the words in a terminal

The formatters of `dashboard.logs` read it. Values become text; nothing secret is ever bound.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

# Everything a line may be about, in the order in which lines show it.
NAMES = ("request_id", "task", "worker", "workspace", "connection", "operation", "attempt")

_bound: ContextVar[Mapping[str, str] | None] = ContextVar("what_log_lines_are_about", default=None)


@contextmanager
def bind(**values: object) -> Iterator[None]:
    """Every line inside of the block is about `values` too. Those that are None or "" say nothing."""
    token = _bound.set({**bound(), **_said(values)})
    try:
        yield
    finally:
        _bound.reset(token)


def add(**values: object) -> None:
    """The same for the rest of the surrounding block. Outside of any block it does nothing, so that nothing stays."""
    if _bound.get() is not None:
        _bound.set({**bound(), **_said(values)})


def bound() -> Mapping[str, str]:
    return _bound.get() or {}


def _said(values: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in values.items() if value not in (None, "")}
