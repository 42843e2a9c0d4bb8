"""`manage.py demo`: all of Splitdesk in one terminal, on embedded defaults, with an imitation of the providers."""

import fcntl
import json
import os
import shutil
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from dashboard import broker
from dashboard.processes import Children

PATIENCE = 60.0  # seconds for a process to be ready; a cold disk is slow
TICK = 0.2  # seconds between two looks at the children
MANAGE = [sys.executable, str(settings.BASE_DIR / "manage.py")]
WEB = [sys.executable, "-m", "gunicorn"]
CELERY = [sys.executable, "-m", "celery", "--app", "dashboard.celery", "--quiet"]
# Nobody reads a worker's heartbeats, and without a broker one that wants to send its last waits for ever.
QUIET = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
WORKER = ["worker", "--concurrency", "2", "--queues", "write,read,sweep", *QUIET]

# A shell that still holds the values of a real installation must not lend them to the demo: it makes people with known
# passwords, and its worker would take the messages of others.
NOT_FOR_THE_DEMO = (
    *("SECRET_KEY", "CREDENTIAL_KEYS", "DATABASE_URL", "REDIS_URL", "BASE_URL", "ALLOWED_HOSTS", "EMAIL_URL"),
    *("BEHIND_PROXY", "MAINTENANCE", "DEBUG", "BIND", "STATIC_ROOT"),
)


class Command(BaseCommand):
    help = "Run web, worker, beat and the sandbox in this terminal, with a demo workspace. Ctrl-C ends it all."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--port", type=int, default=int(os.environ.get("PORT") or 8000), help="default: PORT or 8000"
        )

    def handle(self, *, port: int, **options: Any) -> None:
        if not is_free(port):
            raise CommandError(f"Port {port} is taken; choose another one, for example PORT={port + 1} scripts/demo.")
        os.umask(0o077)  # the database and the keys under var/ are for this user alone
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(name, signal.default_int_handler)
        with only_one(settings.DATA_DIR), suppress(KeyboardInterrupt):
            Demo(port, self.say).run()
        self.say("demo", "Stopped. Everything is kept for the next start.")

    def say(self, name: str, line: str) -> None:
        self.stdout.write(f"{name:>8} | {line}" if line else "")
        self.stdout.flush()


class Demo:
    """One run of the demo."""

    def __init__(self, port: int, say: Any) -> None:
        self.port = port
        self.say = say
        self.environment = environment(port, settings.DATA_DIR)
        self.children = Children(self.environment, say)
        self.socket: Path | None = None

    def run(self) -> None:
        """Start everything in order and stay until Ctrl-C (KeyboardInterrupt). Raises CommandError if a start fails."""
        try:
            self.start_broker()
            keys = self.start_sandbox()
            self.manage("migrate", "--verbosity", "0", "--skip-checks")
            # A random secret may start with a dash, hence the equals signs.
            airship, qonversion = keys["airship"], keys["qonversion"]
            given = [
                f"--airship-key={airship['key']}",
                f"--airship-secret={airship['secret']}",
                f"--qonversion-secret={qonversion['secret_key']}",
            ]
            log_ins = self.manage("demo_data", "--skip-checks", *given)
            self.start_servers()
            self.greet(log_ins)
            while True:
                self.children.restart_the_dead()
                time.sleep(TICK)
        finally:
            for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(name, signal.SIG_IGN)  # an impatient second Ctrl-C must not leave half of it running
            self.children.say = lambda name, line: None  # how Celery says goodbye is of no use to anybody here
            self.children.stop()
            if self.socket:
                shutil.rmtree(self.socket.parent, ignore_errors=True)

    def start_broker(self) -> None:
        """Start the embedded server."""
        self.socket = broker.new_socket()
        try:
            self.children.start("broker", broker.command(settings.DATA_DIR / "broker", self.socket))
            broker.wait(self.socket)
        except (broker.BrokerMissing, TimeoutError) as error:
            raise CommandError(str(error)) from error
        self.environment["REDIS_URL"] = broker.url(self.socket)

    def start_sandbox(self) -> dict[str, dict[str, str]]:
        """Start the imitations on the port they had last time. Returns the address and the keys of each provider."""
        lines: SimpleQueue[str] = SimpleQueue()
        port = kept_port(settings.DATA_DIR / "sandbox_port")

        def on_line(line: str) -> None:
            # The first line of each start holds the keys; they are for this process, not for the terminal.
            if line.startswith('{"airship"'):
                lines.put(line)
            else:
                self.say("sandbox", line)

        child = self.children.start(
            "sandbox", [*MANAGE, "sandbox", "--port", str(port), "--json", "--examples"], on_line
        )
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and (child.poll() is None or not lines.empty()):
            with suppress(Empty):
                keys: dict[str, dict[str, str]] = json.loads(lines.get(timeout=TICK))
                # An address that was given stays: somebody puts an imitation of their own in the sandbox's place.
                for name in ("AIRSHIP_US_URL", "AIRSHIP_EU_URL"):
                    self.environment.setdefault(name, keys["airship"]["url"])
                self.environment.setdefault("QONVERSION_URL", keys["qonversion"]["url"])
                return keys
        raise CommandError("The sandbox did not start; its last lines are above.")

    def manage(self, *arguments: str) -> list[str]:
        """Run a management command. Returns its lines. Raises CommandError with them if it fails."""
        code, lines = self.children.run(arguments[0], [*MANAGE, *arguments])
        if code != 0:
            raise CommandError("\n".join([*lines, f"`manage.py {arguments[0]}` failed, so the demo did not start."]))
        return lines

    def start_servers(self) -> None:
        """Start web, worker and beat, and return when a page answers."""
        schedule = ["--schedule", str(settings.DATA_DIR / "beat_schedule"), "--pidfile="]
        web = self.children.start("web", [*WEB, "--log-level", "warning"])
        self.children.start("worker", [*CELERY, *WORKER, "--loglevel", "WARNING"])
        self.children.start("beat", [*CELERY, "beat", *schedule, "--loglevel", "WARNING"])
        until = time.monotonic() + PATIENCE
        while not answers(f"http://127.0.0.1:{self.port}/healthz"):
            if web.poll() is not None or time.monotonic() > until:
                raise CommandError("The web server did not start; its last lines are above.")
            time.sleep(TICK / 2)

    def greet(self, log_ins: list[str]) -> None:
        """Print the address and who can sign in: `demo_data` prints one line a person."""
        for line in ["", f"Splitdesk is at http://localhost:{self.port}", *log_ins, "Ctrl-C stops it.", ""]:
            self.say("demo", line)


def environment(port: int, directory: Path) -> dict[str, str]:
    """What the demo's processes see: this shell's environment without the values of a real installation."""
    dropped = {f"{name}{suffix}" for name in NOT_FOR_THE_DEMO for suffix in ("", "_FILE")}
    return {
        **{name: value for name, value in os.environ.items() if name not in dropped},
        "DEMO": "1",
        "PORT": str(port),
        "DATA_DIR": str(directory),
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "ignore",  # the terminal is for its user; the tests turn warnings into errors
        "REMAP_SIGTERM": "SIGQUIT",  # an idle worker ends at once
    }


@contextmanager
def only_one(directory: Path) -> Iterator[None]:
    """Hold the data directory: two brokers on one append-only file would spoil it. Raises CommandError."""
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CommandError(f"A demo already runs on {directory}; stop it first.") from error
        yield


def is_free(port: int) -> bool:
    """True if this machine lets us listen on the port."""
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            server.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def kept_port(path: Path) -> int:
    """The port written in `path` if it is still free, else a free one, written there for the next start."""
    with suppress(OSError, ValueError):
        port = int(path.read_text())
        if is_free(port):
            return port
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        port = int(server.getsockname()[1])
    path.write_text(str(port))
    return port


def answers(url: str) -> bool:
    """True if the address answers 200 within a second."""
    try:
        with urllib.request.urlopen(url, timeout=1) as response:  # noqa: S310  (our own loopback address)
            return bool(response.status == 200)
    except OSError:
        return False
