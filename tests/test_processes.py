"""The processes of one terminal: they end with it, in order, and come back after a crash."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from dashboard import processes
from dashboard.processes import Children

SLEEP = "import time; time.sleep(60)"
DEAF = f"""
import signal, subprocess, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(subprocess.Popen([sys.executable, "-c", "{SLEEP}"]).pid, flush=True)
{SLEEP}
"""
PARENT = f"""
import sys, time
from dashboard.processes import spawn
print(spawn([sys.executable, "-c", "{SLEEP}"], kernel_tells=sys.argv[1] == "kernel").pid, flush=True)
time.sleep(60)
"""
LAST_WORDS = """
import pathlib, signal, sys
def end(*_):
    with pathlib.Path(sys.argv[1]).open("a") as file:
        file.write(sys.argv[2] + "\\n")
    sys.exit()
signal.signal(signal.SIGTERM, end)
print("up", flush=True)
signal.pause()
"""
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent has died")


@pytest.fixture
def said() -> list[tuple[str, str]]:
    """What stands in the terminal: (process, line)."""
    return []


@pytest.fixture
def children(said):
    made = Children(os.environ, lambda name, line: said.append((name, line)))
    yield made
    made.stop()


def python(code: str, *arguments: object) -> list[str]:
    return [sys.executable, "-c", code, *map(str, arguments)]


def until(is_so: Callable[[], bool], seconds: float = 15) -> bool:
    end = time.monotonic() + seconds
    while not is_so() and time.monotonic() < end:
        time.sleep(0.02)
    return is_so()


def is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize("watcher", ["shell", pytest.param("kernel", marks=linux_only)])
def test_child_ends_when_its_parent_is_killed(watcher):
    with subprocess.Popen(python(PARENT, watcher), stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        time.sleep(0.3)
        assert is_alive(child)
        parent.kill()
        assert until(lambda: not is_alive(child))


@linux_only
def test_child_of_a_parent_that_is_already_gone_does_not_start(tmp_path):
    command = python("import pathlib, sys; pathlib.Path(sys.argv[1]).touch()", tmp_path / "started")
    follow = python(processes.FOLLOW)
    subprocess.run([*follow, "1", *command], check=True)  # its parent is this process, not number 1
    assert not (tmp_path / "started").exists()
    subprocess.run([*follow, str(os.getpid()), *command], check=True)
    assert (tmp_path / "started").exists()


def test_child_does_not_get_the_ctrl_c_of_the_terminal(children):
    child = children.start("web", python(SLEEP))
    assert os.getsid(child.pid) == child.pid != os.getsid(0)


def test_line_of_a_child_carries_its_name(children, said):
    children.start("web", python(f"print('one'); print('two', flush=True); {SLEEP}"))
    assert until(lambda: len(said) == 2)
    assert said == [("web", "one"), ("web", "two")]


def test_line_goes_elsewhere_if_asked(children, said):
    lines: list[str] = []
    children.start("web", python(f"print('one', flush=True); {SLEEP}"), lines.append)
    assert until(lambda: lines == ["one"])
    assert said == []


def test_command_tells_its_exit_code_and_lines(children):
    assert children.run("migrate", python("print('a'); print('b'); raise SystemExit(3)")) == (3, ["a", "b"])


def test_children_end_last_started_first(children, said, tmp_path: Path):
    for name in ("broker", "web", "beat"):
        children.start(name, python(LAST_WORDS, tmp_path / "ends", name))
    assert until(lambda: len(said) == 3)
    children.stop()
    assert (tmp_path / "ends").read_text().split() == ["beat", "web", "broker"]


def test_stop_kills_a_deaf_child_and_its_children():
    child = processes.spawn(python(DEAF), output=subprocess.PIPE)
    assert child.stdout is not None
    with child.stdout:
        grandchild = int(child.stdout.readline())
    assert is_alive(grandchild)
    processes.stop(child, grace=0.2)
    assert child.returncode == -9
    assert until(lambda: not is_alive(grandchild))


def test_crashed_child_starts_again_after_ever_longer_pauses(children, said):
    children.start("web", python("raise SystemExit(3)"))
    web = children.children[0]
    for pause in ("1", "2", "4"):
        web.process.wait()
        first = web.process.pid
        children.restart_the_dead()
        assert said[-1] == ("web", f"ended with code 3; it starts again in {pause} s.")
        children.restart_the_dead()
        assert web.process.pid == first  # the pause is not over
        web.start_again_at = 0.0
        children.restart_the_dead()
        assert web.process.pid != first


def test_crash_long_ago_does_not_count(children, said):
    children.start("web", python(SLEEP))
    web = children.children[0]
    web.crashes, web.started_at = 5, web.started_at - processes.STEADY_AFTER - 1
    web.process.kill()
    web.process.wait()
    children.restart_the_dead()
    assert said[-1] == ("web", "ended by signal SIGKILL; it starts again in 0.5 s.")


def test_running_child_is_left_alone(children, said):
    first = children.start("web", python(SLEEP)).pid
    children.restart_the_dead()
    assert children.children[0].process.pid == first
    assert said == []
