"""scripts/demo: everything in one terminal, gone with one Ctrl-C, and back with its data."""

import fcntl
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
import requests
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command

from dashboard.management.commands import demo

READY = "demo | Ctrl-C stops it."


@dataclass
class Terminal:
    """A terminal in which the demo was started."""

    process: subprocess.Popen[bytes]
    log: Path
    port: int

    @property
    def text(self) -> str:
        return self.log.read_text()

    @property
    def address(self) -> str:
        return f"http://localhost:{self.port}"

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def child(self, word: str) -> psutil.Process:
        [found] = [one for one in psutil.Process(self.process.pid).children() if word in " ".join(one.cmdline())]
        return found

    def press_ctrl_c(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)


@pytest.fixture
def start(tmp_path: Path, tmp_path_factory) -> Iterator[Callable[[], Terminal]]:
    """Starts the demo on the data of this test and returns when it says that it is ready."""
    terminals: list[Terminal] = []
    temporary = tmp_path_factory.mktemp("t")

    def begin() -> Terminal:
        port, log = free_port(), tmp_path / f"terminal{len(terminals)}"
        environment = {**os.environ, "DEMO": "1", "DATA_DIR": str(tmp_path / "var"), "TMPDIR": str(temporary)}
        with log.open("wb") as output:
            command = [sys.executable, str(django_settings.BASE_DIR / "manage.py"), "demo", "--port", str(port)]
            process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)
        terminal = Terminal(process, log, port)
        terminals.append(terminal)
        assert until(lambda: READY in terminal.text or process.poll() is not None, 90), terminal.text
        assert process.poll() is None, terminal.text
        return terminal

    yield begin
    for terminal in terminals:
        if terminal.process.poll() is None:
            terminal.press_ctrl_c()
    assert list(temporary.iterdir()) == [] or any(one.process.returncode == -signal.SIGKILL for one in terminals)


def free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return int(server.getsockname()[1])


def until(is_so: Callable[[], bool], seconds: float = 30) -> bool:
    end = time.monotonic() + seconds
    while not is_so() and time.monotonic() < end:
        time.sleep(0.05)
    return is_so()


def are_gone(family: list[psutil.Process]) -> bool:
    return not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in family)


def answers(terminal: Terminal) -> bool:
    try:
        return requests.get(f"{terminal.address}/healthz", timeout=5).ok
    except requests.RequestException:
        return False


def sign_in(terminal: Terminal, email: str, password: str) -> str:
    """The address at which a person ends who fills the sign-in form."""
    with requests.Session() as browser:
        page = browser.get(f"{terminal.address}/", timeout=10)
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
        assert token is not None
        form = {"csrfmiddlewaretoken": token[1], "login": email, "password": password}
        return browser.post(page.url, data=form, headers={"Referer": page.url}, timeout=10).url


@pytest.mark.crash
def test_everybody_on_the_printed_list_can_sign_in(start):
    terminal = start()
    log_ins = re.findall(r"demo \| (\S+@\S+) +(\S+) +(.*)", terminal.text)
    assert {email.partition("@")[0]: role.partition(" ")[0] for email, _, role in log_ins} == {
        "alice": "Admin",
        "paula": "Publisher",
        "bob": "Editor",
        "vera": "Viewer",
        "charlie": "Admin",
    }
    assert f"Splitdesk is at {terminal.address}" in terminal.text
    assert "/w/" in sign_in(terminal, *log_ins[1][:2])
    assert "/sign-in/" in sign_in(terminal, log_ins[1][0], "another password")


@pytest.mark.crash
def test_ctrl_c_ends_everything_and_the_next_start_keeps_the_data(start, tmp_path: Path):
    first = start()
    family = first.family()
    assert len(family) >= 6
    assert first.press_ctrl_c() == 0
    assert are_gone(family)
    kept = [(tmp_path / "var" / name).read_text() for name in ("secret_key", "credential_keys", "sandbox_port")]
    with sqlite3.connect(tmp_path / "var" / "splitdesk.sqlite3") as database:
        people = database.execute("SELECT id, password FROM workspaces_user ORDER BY id").fetchall()
    assert len(people) == 5
    start().press_ctrl_c()
    assert kept == [(tmp_path / "var" / name).read_text() for name in ("secret_key", "credential_keys", "sandbox_port")]
    with sqlite3.connect(tmp_path / "var" / "splitdesk.sqlite3") as database:
        assert database.execute("SELECT id, password FROM workspaces_user ORDER BY id").fetchall() == people


@pytest.mark.crash
def test_only_this_user_can_read_what_the_demo_keeps(start, tmp_path: Path):
    start()
    kept = [path for path in (tmp_path / "var").rglob("*") if path.is_file()]
    assert len(kept) >= 5
    assert [path.name for path in kept if path.stat().st_mode & 0o077] == []


@pytest.mark.crash
def test_child_that_was_killed_comes_back(start):
    terminal = start()
    before = terminal.child("gunicorn")
    before.kill()
    assert until(lambda: "web | ended by signal SIGKILL; it starts again" in terminal.text)
    assert until(lambda: answers(terminal))
    assert terminal.child("gunicorn").pid != before.pid


@pytest.mark.crash
def test_killed_demo_leaves_no_process_behind(start):
    terminal = start()
    family = terminal.family()
    assert not are_gone(family)
    terminal.process.kill()
    terminal.process.wait()
    assert until(lambda: are_gone(family), 60), [one.cmdline() for one in family if one.is_running()]


def test_taken_port_is_told_in_one_sentence():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        with pytest.raises(CommandError, match=rf"^Port {port} is taken; choose another one, for example PORT="):
            call_command("demo", port=port)


def test_second_demo_on_the_same_data_is_told_in_one_sentence(tmp_path: Path):
    with demo.only_one(tmp_path):
        pass
    with (tmp_path / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(CommandError, match="A demo already runs"), demo.only_one(tmp_path):
            pytest.fail("two demos at once")


def test_demo_takes_nothing_from_a_real_installation(monkeypatch, tmp_path: Path):
    real = ("DATABASE_URL", "REDIS_URL_FILE", "SECRET_KEY", "CREDENTIAL_KEYS_FILE", "EMAIL_URL", "BASE_URL")
    for name in real:
        monkeypatch.setenv(name, "of a real installation")
    monkeypatch.setenv("LANG", "C.UTF-8")
    made = demo.environment(8123, tmp_path)
    assert not set(real) & set(made)
    assert (made["LANG"], made["DEMO"], made["PORT"], made["DATA_DIR"]) == ("C.UTF-8", "1", "8123", str(tmp_path))


def test_sandbox_keeps_its_port_while_that_is_free(tmp_path: Path):
    path = tmp_path / "port"
    port = demo.kept_port(path)
    assert demo.kept_port(path) == port
    with socket.socket() as server:
        server.bind(("127.0.0.1", port))
        server.listen()
        assert demo.kept_port(path) != port
