"""A real browser in front of the real demo: web, worker, beat, broker and sandbox as processes of their own."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, Page

ROOT = Path(__file__).parent.parent.parent
PASSWORD = "splitdesk-demo"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Demo:
    """A running demo: its address, and the sandbox behind it."""

    url: str
    sandbox_url: str

    def effects(self, kind: str) -> list[dict[str, Any]]:
        answer = requests.get(f"{self.sandbox_url}/_sandbox/ledger", params={"kind": kind}, timeout=10)
        found: Any = answer.json()
        return list(found["effects"] if isinstance(found, dict) else found)

    def order(self, **fault: Any) -> None:
        requests.post(f"{self.sandbox_url}/_sandbox/faults", json=fault, timeout=10).raise_for_status()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    data, port = tmp_path_factory.mktemp("demo"), _free_port()
    unset = ("DATABASE_URL", "REDIS_URL", "DEBUG")
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), "demo", "--port", str(port)],
        env={**environment, "DATA_DIR": str(data), "DEMO": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    seen: list[str] = []

    def read() -> None:
        for line in process.stdout or ():
            seen.append(line)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    until = time.monotonic() + 90
    while not any("Splitdesk is at" in line for line in seen):
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError("the demo did not start:\n" + "".join(seen))
        time.sleep(0.1)
    yield Demo(f"http://localhost:{port}", f"http://127.0.0.1:{(data / 'sandbox_port').read_text().strip()}")
    process.send_signal(signal.SIGINT)
    process.wait(timeout=60)
    reader.join(timeout=10)
    if process.stdout:
        process.stdout.close()


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    executable = os.environ.get("CHROMIUM") or "/usr/bin/chromium"
    if not Path(executable).exists():
        pytest.skip("No Chromium was found.")
    return {"executable_path": executable, "args": FLAGS}


@pytest.fixture
def open_as(browser: Browser, demo: Demo) -> Iterator[Callable[..., Page]]:
    """`open_as("paula")` is a page of somebody signed in; complaints of the browser's console fail the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def sign_in(name: str, **how: Any) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, "locale": "en-GB", **how})
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if is_complaint(said) else None)
        page.goto(demo.url)
        page.get_by_label("Work email").fill(f"{name}@example.com")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.wait_for_url("**/experiments/")
        return page

    yield sign_in
    for number, context in enumerate(contexts):
        if os.environ.get("SHOTS"):
            context.pages[0].screenshot(path=f"{os.environ['SHOTS']}/last-{number}.png", full_page=True)
        context.close()
    assert complaints == []


def is_complaint(said: Any) -> bool:
    """Errors and refusals of the content security policy; an answer of 4xx that a test asks for is none."""
    return said.type == "error" and "Failed to load resource" not in said.text
