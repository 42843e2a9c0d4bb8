"""P6: the list's whole view beside the one SQL statement that it needs."""

import io
import time
from collections.abc import Callable
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.urls import reverse

from benchmarks.browser import session_of
from benchmarks.figures import Effort, Section, Spread, percentile, ratio_goal
from benchmarks.list import LIST_ROW, PAGE, SLUG, check_list, listed
from benchmarks.stage import Stage

WARM = 20


def measure(stage: Stage, effort: Effort) -> Section:
    workspace = listed(stage, effort.rows)
    session = session_of(workspace.memberships.get(user__email=f"alice@{SLUG}.example.com").user)
    path = reverse("experiment_list", args=[SLUG])
    view = page_of(WSGIHandler(), session)
    for _ in range(WARM):
        page = view(path)
    check_list(page.decode(), workspace)
    seen = {size: statements(lambda size=size: view(path, f"size={size}")) for size in (25, 50, 100)}  # type: ignore[misc]  # mypy cannot infer a lambda's default
    assert len({len(found) for found in seen.values()}) == 1, "The number of queries depends on the number of rows."
    (statement, values), *more = [found for found in seen[PAGE] if "AS rows_" in found[0]]
    assert not more, "The list's rows come from more than one statement."
    views, queries = [], []
    for _ in range(effort.rounds):
        view_times, query_times = [], []
        for _ in range(effort.pairs * 2):
            view_times.append(timed(lambda: check_rows(view(path))))
            query_times.append(timed(lambda: run(statement, values)))
        views.append(percentile(view_times, 50) * 1000)
        queries.append(percentile(query_times, 50) * 1000)
    ratios = [view_time / query_time for view_time, query_time in zip(views, queries, strict=True)]
    return Section(
        "P6",
        "View",
        "The list's page made in this process, through the real WSGI application with all its middleware (session, "
        "person, membership, counts, rows, template; no socket, no gzip) ÷ the statement that finds its rows, run and "
        f"fetched by a plain cursor on the same connection with the same values. {effort.rows:,} tests, {PAGE} a page.",
        [
            ratio_goal("whole view ÷ its statement", ratios, 8, digits=1),
            _query_goal(len(seen[PAGE])),
        ],
        [
            ["", "time"],
            ["whole view", Spread.over(views).words(" ms")],
            ["its statement", Spread.over(queries).words(" ms")],
        ],
        ["The number of queries is the same for 25, 50 and 100 rows."],
    )


def _query_goal(number: int) -> Any:
    return ratio_goal("queries", [number], 4, digits=0)


def page_of(application: WSGIHandler, session: str) -> Callable[..., bytes]:
    """A function that asks the application for a page, as a server would, and gives back its body."""

    def ask(path: str, query: str = "") -> bytes:
        status: list[str] = []

        def start(line: str, headers: list[tuple[str, str]], error: Any = None, /) -> Callable[[bytes], object]:
            status.append(line)
            return lambda written: None

        environ = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "127.0.0.1",
            "HTTP_COOKIE": f"session={session}",
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": io.StringIO(),
        }
        answer = application(environ, start)
        body = b"".join(answer)
        answer.close()
        assert status == ["200 OK"], status
        return body

    return ask


def check_rows(page: bytes) -> None:
    assert page.count(LIST_ROW.encode()) == PAGE, "A page does not hold 50 rows."


def statements(act: Callable[[], object]) -> list[tuple[str, Any]]:
    """The statements, with their values, that `act` runs."""
    found: list[tuple[str, Any]] = []

    def note(execute: Callable[..., Any], sql: str, values: Any, many: bool, context: Any) -> Any:
        found.append((sql, values))
        return execute(sql, values, many, context)

    with connection.execute_wrapper(note):
        act()
    return found


def run(statement: str, values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        assert len(cursor.fetchall()) == PAGE + 1, "The statement does not find its rows."


def timed(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started
