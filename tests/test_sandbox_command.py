"""`manage.py sandbox` as a process of its own."""

import ast
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.sandbox_server import ACCEPT

ROOT = Path(__file__).resolve().parents[1]


@contextmanager
def command(tmp_path: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The running command; its state lies under tmp_path."""
    environment = {**os.environ, "DATA_DIR": str(tmp_path), "PYTHONWARNINGS": "error", "DEBUG": "1"}
    with subprocess.Popen(
        [sys.executable, "manage.py", "sandbox", "--port", "0", *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], 30)
    assert ready, "the command said nothing"
    return process.stdout.readline()


def ended(process: subprocess.Popen[str], number: signal.Signals) -> tuple[int, str, str]:
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    return process.returncode, out, err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_command_tells_address_and_key_and_ends_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    with command(tmp_path, "--json", "--examples", "--speed", "60") as process:
        told = json.loads(first_line(process))
        assert list(told) == ["airship", "qonversion"]
        airship = told["airship"]
        assert set(airship) == {"url", "key", "secret"}
        answer = requests.get(
            f"{airship['url']}/api/experiments",
            auth=(airship["key"], airship["secret"]),
            headers={"Accept": ACCEPT},
            timeout=10,
        )
        assert answer.json()["total_count"] > 40
        qonversion = told["qonversion"]
        assert set(qonversion) == {"url", "secret_key", "test_secret_key"}
        for key, count in (("secret_key", 8), ("test_secret_key", 0)):
            headers = {"Authorization": f"Bearer {qonversion[key]}"}
            answer = requests.get(f"{qonversion['url']}/v4/experiments", headers=headers, timeout=10)
            assert len(answer.json()["data"]) == count
        assert ended(process, number) == (0, "", "")


def test_command_keeps_key_and_data_between_starts(tmp_path: Path) -> None:
    told = []
    for _ in range(2):
        with command(tmp_path, "--json") as process:
            told.append(json.loads(first_line(process)))
            ended(process, signal.SIGTERM)
    for vendor, name in (
        *(("airship", "key"), ("airship", "secret")),
        *(("qonversion", "secret_key"), ("qonversion", "test_secret_key")),
    ):
        assert told[0][vendor][name] == told[1][vendor][name]
    assert (tmp_path / "sandbox.sqlite3").exists()


def test_command_can_keep_its_state_elsewhere_or_nowhere(tmp_path: Path) -> None:
    for state in (str(tmp_path / "other.sqlite3"), ":memory:"):
        with command(tmp_path, "--json", "--state", state) as process:
            first_line(process)
            ended(process, signal.SIGTERM)
    assert (tmp_path / "other.sqlite3").exists()
    assert not (tmp_path / "sandbox.sqlite3").exists()


def test_command_speaks_to_people_without_json(tmp_path: Path) -> None:
    with command(tmp_path, "--state", ":memory:") as process:
        assert first_line(process).startswith("The sandbox imitates Airship on http://127.0.0.1:")
        assert process.stdout is not None
        rest = "".join(process.stdout.readline() for _ in range(7))
        assert "Master secret" in rest
        assert "Test secret key" in rest
        assert rest.endswith("Ctrl-C ends it.\n")
        assert ended(process, signal.SIGINT) == (0, "", "")


def test_a_taken_port_is_told_in_one_sentence(tmp_path: Path) -> None:
    with command(tmp_path, "--json", "--state", ":memory:") as process:
        port = json.loads(first_line(process))["airship"]["url"].rpartition(":")[2]
        with command(tmp_path, "--state", ":memory:", "--port", port) as second:
            out, err = second.communicate(timeout=30)
        assert second.returncode == 1
        assert out == ""
        assert err.startswith(f"CommandError: The sandbox cannot listen on port {port}")


def imported(module: Path) -> set[str]:
    """Top packages that a module imports."""
    nodes = list(ast.walk(ast.parse(module.read_text())))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    return {name.partition(".")[0] for name in names}


def test_the_sandbox_is_a_stranger() -> None:
    """Standard library only; Django only where `manage.py` needs it; nothing of Splitdesk's own."""
    modules = list((ROOT / "sandbox").rglob("*.py"))
    assert len(modules) > 20
    with_django = {module.name for module in modules if "django" in imported(module)}
    assert with_django == {"apps.py", "sandbox.py"}
    others = set().union(*map(imported, modules)) - {"django", "sandbox"}
    assert others <= sys.stdlib_module_names
