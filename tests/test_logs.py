"""Log lines: one line each, with what it is about, never with a secret, never in the way of the work."""

import base64
import errno
import io
import json
import logging
import os
import subprocess
import sys
from typing import Any
from urllib.parse import quote

import pytest

from dashboard.celery import forget_task, name_task
from dashboard.logs import JsonFormatter, LineFormatter
from experiments import logs, relay, tasks
from experiments.models import State

log = logging.getLogger("experiments.tests")
BREAKS = ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x1b[2K", "\x85", "\u2028", "\u2029", "\0"]


def carry_out(task, operation):
    """What a worker does around a task and in it."""
    name_task(task_id="1", task=task)
    task(str(operation.pk))
    forget_task(task_id="1")


class Paper(io.StringIO):
    """Where lines of a test go; `lines` are those that were written, as objects."""

    @property
    def lines(self):
        return [json.loads(line) for line in self.getvalue().splitlines()]


@pytest.fixture
def written():
    """Writes all logs to paper while a test runs: `written(JsonFormatter)`."""
    root, handlers = logging.getLogger(), []
    before = root.level

    def begin(formatter=JsonFormatter, paper=None, level=logging.DEBUG):
        paper = paper or Paper()
        handler = logging.StreamHandler(paper)
        handler.setFormatter(formatter())
        handlers.append(handler)
        root.addHandler(handler)
        root.setLevel(level)
        return paper

    yield begin
    root.setLevel(before)
    for handler in handlers:
        root.removeHandler(handler)


def test_a_line_is_one_json_object_with_what_it_is_about(written):
    paper = written()
    with logs.bind(workspace="marlow", operation=7):
        logs.add(attempt=2, connection=None)
        log.warning("It is “%s”.", "so")
    log.info("and no more", extra={"operation": "x"})
    first, second = paper.lines
    about = {"level": "WARNING", "logger": "experiments.tests", "message": "It is “so”."}
    assert first == {**about, "at": first["at"], "workspace": "marlow", "operation": "7", "attempt": "2"}
    assert first["at"].endswith("+00:00")
    assert second["operation"] == "x"
    assert "workspace" not in second


def test_what_is_added_outside_of_any_block_stays_with_nobody():
    logs.add(operation="7")
    assert logs.bound() == {}
    with logs.bind():
        logs.add(operation="7")
        assert logs.bound() == {"operation": "7"}
    assert logs.bound() == {}


@pytest.mark.parametrize("formatter", [JsonFormatter, LineFormatter])
@pytest.mark.parametrize("end", BREAKS, ids=repr)
def test_bad_8_nothing_that_was_typed_begins_a_line_of_its_own(written, formatter, end):
    paper = written(formatter)
    with logs.bind(workspace=f"marlow{end}2026 ERROR bound"):
        log.warning("named %s", f"a{end}2026 ERROR forged")
    text = paper.getvalue()
    assert len(text.splitlines()) == 1
    assert text.endswith("\n")
    assert "forged" in text
    assert "\x1b" not in text


def test_bad_8_a_traceback_is_moved_in_or_kept_inside_of_its_object(written):
    plain, objects = written(LineFormatter), written(JsonFormatter)
    try:
        raise RuntimeError("broken\n2026 ERROR forged")
    except RuntimeError:
        log.exception("it broke")
    first, *rest = plain.getvalue().splitlines()
    assert first.endswith("it broke")
    assert rest
    assert all(line.startswith("    ") for line in rest)
    [line] = objects.lines
    assert line["error"].endswith("2026 ERROR forged")


def test_a_request_and_its_lines_carry_one_id_of_our_own(written, visit, vera, settings, monkeypatch):
    paper = written(level=logging.INFO)
    browser = visit(vera)
    monkeypatch.setattr("experiments.views.operation_list.render", _logged(browser))
    first = browser.get("/w/marlow/operations/", headers={"X-Request-ID": "theirs"})
    second = browser.get("/w/marlow/operations/")
    [line] = [line for line in paper.lines if line["message"] == "drawn"][:1]
    assert line["request_id"] == first.headers["X-Request-ID"] != "theirs"
    assert line["workspace"] == "marlow"
    assert second.headers["X-Request-ID"] != first.headers["X-Request-ID"]
    assert logs.bound() == {}


def _logged(browser):
    from django.http import HttpResponse

    def render(*args, **kwargs):
        log.info("drawn")
        return HttpResponse()

    return render


@pytest.mark.django_db
def test_a_page_that_is_not_there_is_told_with_the_id_of_its_request(written, client):
    paper = written(level=logging.INFO)
    response = client.get("/nowhere/")
    [line] = [line for line in paper.lines if "/nowhere/" in line["message"]]
    assert line["request_id"] == response.headers["X-Request-ID"]


def test_a_page_of_our_own_mistake_names_the_id_that_its_line_has(written, visit, vera, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("canary")

    paper = written(level=logging.ERROR)
    monkeypatch.setattr("experiments.views.operation_list.render", broken)
    browser = visit(vera)
    browser.raise_request_exception = False
    response = browser.get("/w/marlow/operations/")
    assert response.status_code == 500
    [line] = [line for line in paper.lines if "error" in line]
    assert line["request_id"] == response.headers["X-Request-ID"]
    assert line["request_id"] in response.text
    assert "RuntimeError" in line["error"]


def test_lines_of_a_task_name_task_worker_operation_and_attempt(written, confirmed, draft):
    operation = confirmed(draft)
    paper = written(level=logging.INFO)
    carry_out(tasks.send, operation)
    moves = [line for line in paper.lines if line["logger"] == "experiments.relay.moving"]
    assert [line["operation"] for line in moves] == [str(operation.pk)] * len(moves)
    assert moves[-1]["task"] == "send"
    assert moves[-1]["worker"].endswith(f":{os.getpid()}")
    assert moves[-1]["attempt"] == "1"
    assert moves[-1]["workspace"] == "marlow"
    assert moves[-1]["connection"] == str(operation.connection_id)
    assert logs.bound() == {}


FAULTS: list[dict[str, Any]] = [
    {"kind": "status", "status": 422, "body": "no"},
    {"kind": "status", "when": "after", "status": 500, "body": "no"},
    {"kind": "reset", "when": "after"},
    {"kind": "garbage", "when": "after"},
    {"kind": "refuse"},
    {"kind": "status", "status": 401, "body": "no"},
]


def test_no_log_line_of_a_send_holds_the_secret_in_any_spelling(written, connection, write, checked, paula, sandbox):
    papers = [written(JsonFormatter), written(LineFormatter)]
    told = logging.getLogger("experiments.tests")
    for fault in [None, *FAULTS]:
        operation = relay.submit(checked(write(name=f"Sunday {fault}")), paula, {})
        if fault and fault["kind"] == "refuse":
            sandbox.order(**fault)
        elif fault:
            sandbox.order(method="POST", path="/api/experiments", **fault)
        carry_out(tasks.send, operation)
        carry_out(tasks.reconcile, operation)
    told.info("written")
    secret = sandbox.secret
    pair = f"{sandbox.key}:{secret}".encode()
    spellings = {
        "plain": secret,
        "base64": base64.b64encode(secret.encode()).decode().rstrip("="),
        "basic": base64.b64encode(pair).decode().rstrip("="),
        "hex": secret.encode().hex(),
        "quoted": quote(secret, safe=""),
        "escaped": json.dumps(secret)[1:-1],
    }
    text = "\n".join(paper.getvalue() for paper in papers)
    assert "written" in text
    assert "on_wire" in text
    assert "unknown" in text
    assert [name for name, spelling in spellings.items() if spelling in text] == []


class FullDisk(io.StringIO):
    tries = 0

    def write(self, text):
        self.tries += 1
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("raises", [True, False], ids=["told-on-stderr", "in-silence"])
def test_bad_69_a_log_that_cannot_be_written_stops_no_send(
    written, confirmed, draft, sandbox, monkeypatch, capsys, raises
):
    operation = confirmed(draft)
    monkeypatch.setattr(logging, "raiseExceptions", raises)  # False in production
    disk = written(paper=FullDisk())
    carry_out(tasks.send, operation)
    operation.refresh_from_db()
    assert operation.state == State.SUCCEEDED
    assert len(sandbox.effects(kind="created")) == 1
    assert disk.tries > 0
    assert bool(capsys.readouterr().err) is raises


PRODUCTION = {
    "SECRET_KEY": "x" * 50,
    "CREDENTIAL_KEYS": f"k1:{base64.b64encode(b'k' * 32).decode()}",
    "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "ALLOWED_HOSTS": "tests.example.com",
    "BASE_URL": "https://tests.example.com",
    "DJANGO_SETTINGS_MODULE": "dashboard.settings",
}
SAY = "import django, logging; django.setup(); logging.getLogger('a').warning('said'); print(logging.raiseExceptions)"


@pytest.mark.parametrize(("more", "is_json"), [({}, True), ({"LOG_FORMAT": "line"}, False), ({"DEBUG": "1"}, False)])
def test_production_writes_json_unless_it_is_told_otherwise(more, is_json, tmp_path):
    environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), **PRODUCTION, **more}
    ran = subprocess.run(
        [sys.executable, "-c", SAY], env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    [line] = ran.stderr.splitlines()
    assert line.startswith("{") is is_json
    assert "said" in line
    assert ran.stdout.strip() == str("DEBUG" in more)
