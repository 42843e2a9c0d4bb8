"""P2: from the click that confirms a send to its first byte at the provider, beside bare Celery on the same broker."""

import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import pairwise

import redis
from django.urls import reverse

from benchmarks import bare, content
from benchmarks.browser import Browser, Form, session_of
from benchmarks.figures import Effort, Goal, Section, Spread, percentile, ratio_goal
from benchmarks.stage import PATIENCE, Stage, running, wait_for
from dashboard.management.commands.demo import CELERY, QUIET, WORKER
from experiments.models import Operation, State
from workspaces.models import Connection, User, Workspace

TEAM = "confirm"
BARE_WORKER = ["worker", "--concurrency", "2", "--queues", bare.QUEUE, *QUIET, "--loglevel", "WARNING"]
WARM = 4
LOOK_AFTER = 0.1  # seconds; looking sooner would take the processor from what is measured


def measure(stage: Stage, effort: Effort) -> Section:
    workspace, alice, connection = content.team(stage, TEAM)
    session = session_of(alice)
    clicks, tasks = [], []
    steps: list[tuple[float, ...]] = []
    with stage.web(), workers(stage), Browser(stage.url, session) as browser:
        for _ in range(WARM):
            bare_start(stage)
            confirm(stage, browser, workspace, connection, alice)
        for _ in range(effort.rounds):
            click_times, task_times = [], []
            for _ in range(effort.pairs):
                seconds, parts = confirm(stage, browser, workspace, connection, alice)
                click_times.append(seconds)
                steps.append(parts)
                task_times.append(bare_start(stage))
            clicks.append(click_times)
            tasks.append(task_times)
    ratios = [percentile(ours, 50) / percentile(bares, 50) for ours, bares in zip(clicks, tasks, strict=True)]
    every = [seconds * 1000 for times in clicks for seconds in times]
    p99 = percentile(every, 99)
    return Section(
        "P2",
        "Confirm",
        "From the POST of the confirm button (HTTP to gunicorn) to the first byte of the create at the sandbox: person "
        "and role, row and audit entry, message, worker, claim, connection, on wire ÷ bare Celery, from `.delay()` to "
        "the first line of an empty task. Two worker processes with the demo's own options, on the same broker, both "
        "up all the time. Each send is then followed to its success, and the sandbox must hold it once.",
        [
            ratio_goal("confirm ÷ bare Celery, p50", ratios, 2),
            Goal("confirm to first byte, p99", p99, 250, f"{p99:.0f} ms (of {len(every)})", " ms"),
        ],
        [
            ["", "p50", "p95", "longest"],
            _row("confirm to first byte", clicks),
            _row("bare Celery", tasks),
        ],
        [
            "Of the first, p50 of its parts: "
            + ", ".join(
                f"{name} {percentile([part[number] * 1000 for part in steps], 50):.1f} ms"
                for number, name in enumerate(("click to row", "row to claim", "claim to on wire", "on wire to byte"))
            )
            + "."
        ],
    )


def _row(name: str, rounds: list[list[float]]) -> list[str]:
    p50, p95 = (Spread.over([percentile(times, percent) * 1000 for times in rounds]) for percent in (50, 95))
    longest = max(seconds for times in rounds for seconds in times) * 1000
    return [name, p50.words(" ms"), p95.words(" ms"), f"{longest:.1f} ms"]


@contextmanager
def workers(stage: Stage) -> Iterator[None]:
    """The product's worker and the bare one."""
    with ExitStack() as stack:
        ours = [*CELERY, *WORKER, "--loglevel", "WARNING"]
        stack.enter_context(running(ours, stage.directory / "worker.log"))
        theirs = [sys.executable, "-m", "celery", "--app", "benchmarks.bare", "--quiet", *BARE_WORKER]
        stack.enter_context(running(theirs, stage.directory / "bare.log"))
        yield


def bare_start(stage: Stage) -> float:
    """Seconds from `.delay()` to the start of a task that does nothing."""
    key = f"bare-{uuid.uuid4().hex}"
    sent = time.monotonic_ns()
    bare.start.delay(key)
    with redis.from_url(stage.redis_url, socket_timeout=PATIENCE + 5) as client:
        told = client.blpop([key], timeout=PATIENCE)
    assert told, "The bare worker did not start the task."
    return (int(told[1]) - sent) / 1e9


def confirm(
    stage: Stage, browser: Browser, workspace: Workspace, connection: Connection, alice: User
) -> tuple[float, tuple[float, ...]]:
    """Seconds from the click to the first byte, and the parts of it as the ledger and the sandbox tell them."""
    check = content.checked(content.new_draft(workspace, connection, alice), alice)
    address = reverse("draft_send", args=[TEAM, check.draft_id])
    page = browser.get(reverse("draft_check", args=[TEAM, check.draft_id]))
    assert page.status == 200, (page.status, page.body[-600:])
    answer = browser.post(address, Form(page.body, f'action="{address}"').fields)
    operation = Operation.objects.get(check_operation=check)
    assert (answer.status, answer.location) == (302, operation.get_absolute_url()), answer.body[:500]
    time.sleep(LOOK_AFTER)
    wait_for(lambda: is_done(operation), "the worker to send")
    time.sleep(LOOK_AFTER / 2)  # the read-back, so that the next one begins in silence
    seen = [one for one in stage.ask_sandbox("GET", "requests?last=50") if one["sha256"] == operation.sha256]
    arrived = [one for one in seen if one["path"].rstrip("/") == "/api/experiments"]
    assert len(arrived) == 1, f"The send arrived {len(arrived)} times."
    attempt = operation.attempts.get()
    assert attempt.wire_at
    seconds = (arrived[0]["first_byte_ns"] - answer.sent_ns) / 1e9
    moments = (
        answer.sent_at,
        operation.created_at.timestamp(),
        attempt.claimed_at.timestamp(),
        attempt.wire_at.timestamp(),
        answer.sent_at + seconds,
    )
    parts = tuple(after - before for before, after in pairwise(moments))
    return seconds, parts


def is_done(operation: Operation) -> bool:
    operation.refresh_from_db()
    assert operation.state in {State.QUEUED, State.CLAIMED, State.ON_WIRE, State.SUCCEEDED}, operation.message
    return operation.state == State.SUCCEEDED and operation.read_back_at is not None
