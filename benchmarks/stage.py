"""Where benchmarks run: an own database, an own broker, the sandbox in its own process, and real web and worker.

PostgreSQL and Redis are used where they listen on the usual local ports (PGHOST, PGPORT and PGUSER are heeded), else
SQLite and the embedded Valkey. The database `bench_splitdesk` is made and dropped here; of Redis, database 11 is used,
if it is empty.
"""

import base64
import fcntl
import getpass
import json
import logging
import os
import secrets
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import django
import psycopg
import redis

from dashboard import broker, processes

ROOT = Path(__file__).resolve().parent.parent
MANAGE = [sys.executable, str(ROOT / "manage.py")]
DATABASE = "bench_splitdesk"
REDIS_NUMBER = 11
PATIENCE = 60.0  # seconds for a process to be ready
PROCESSORS = 2


@dataclass(frozen=True)
class Stage:
    """`url` is the web server's address to be, `sandbox` where the imitation of Airship listens."""

    directory: Path
    database: str
    queue: str
    redis_url: str
    port: int
    sandbox: str
    key: str
    secret: str

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @contextmanager
    def web(self) -> Iterator[None]:
        """gunicorn as in production: 2 processes of 4 threads, DEBUG off. Its processes are not renewed meanwhile."""
        command = [sys.executable, "-m", "gunicorn", "--max-requests", "0", "--log-level", "warning"]
        log = self.directory / "web.log"
        with running([*command, "benchmarks.wsgi:application"], log):
            wait_for(lambda: answers(f"{self.url}/healthz"), "the web server")
            try:
                yield
            except AssertionError as wrong:
                wrong.add_note(f"The web server's last lines:\n{log.read_text()[-2000:]}")
                raise

    def ask_sandbox(self, method: str, page: str, content: Any = None) -> Any:
        """Call one of the sandbox's own pages (sandbox/control.py)."""
        body = None if content is None else json.dumps(content).encode()
        request = urllib.request.Request(f"{self.sandbox}/_sandbox/{page}", body, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)


@contextmanager
def prepared(*, is_embedded: bool = False) -> Iterator[Stage]:
    """Everything that benchmarks share, taken away again at the end. Django is set up for it."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="splitdesk-bench-")))
        stack.enter_context(only_one())
        pin()
        database, database_url = stack.enter_context(new_database(directory, is_embedded))
        queue, redis_url = stack.enter_context(new_broker(directory, is_embedded))
        port = free_port()
        os.environ |= surroundings(directory, database_url, redis_url, port)
        airship = stack.enter_context(sandbox(directory))
        os.environ |= {"AIRSHIP_US_URL": airship["url"], "AIRSHIP_EU_URL": airship["url"]}
        subprocess.run([*MANAGE, "migrate", "--verbosity", "0", "--skip-checks"], check=True)
        django.setup()
        stack.enter_context(quiet_logs())
        yield Stage(directory, database, queue, redis_url, port, airship["url"], airship["key"], airship["secret"])
        from django.db import connection  # only known after the set-up above

        connection.close()


def surroundings(directory: Path, database_url: str, redis_url: str, port: int) -> dict[str, str]:
    """The environment of all processes. DEMO lets them call the sandbox on loopback; the rest is as in production."""
    return {
        "DJANGO_SETTINGS_MODULE": "dashboard.settings",
        "DEMO": "1",
        "DEBUG": "0",
        "TESTING": "0",
        "MAINTENANCE": "0",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "CREDENTIAL_KEYS": f"bench:{base64.b64encode(secrets.token_bytes(32)).decode()}",
        "DATA_DIR": str(directory),
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "PORT": str(port),
        "BIND": f"127.0.0.1:{port}",
        "BASE_URL": f"http://127.0.0.1:{port}",
        "ALLOWED_HOSTS": "127.0.0.1",
        "EMAIL_URL": "console:",
        "WEB_WORKERS": "2",
        "WEB_THREADS": "4",
        "PYTHONWARNINGS": "ignore",  # the official client never closes its session
        "REMAP_SIGTERM": "SIGQUIT",  # an idle worker ends at once
    }


@contextmanager
def only_one() -> Iterator[None]:
    """Two runs at once would share the database, and measure each other."""
    with (Path(tempfile.gettempdir()) / f"{DATABASE}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SystemExit("Another run of the benchmarks is under way. Nothing was measured.") from None
        yield


def pin() -> None:
    """On two processors, where the system lets us choose: figures of different machines are nearer then."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:PROCESSORS])


# -- database and broker


@contextmanager
def new_database(directory: Path, is_embedded: bool) -> Iterator[tuple[str, str]]:
    """An empty database: its name for the report, and its address."""
    server = None if is_embedded else find_postgres()
    if server is None:
        yield f"SQLite {sqlite3.sqlite_version}", f"sqlite:///{directory}/bench.sqlite3"
        return
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        version = (connection.info.parameter_status("server_version") or "").split()[0]
        connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {DATABASE}")
        try:
            yield f"PostgreSQL {version}", f"{server}/{DATABASE}"
        finally:
            connection.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")


def find_postgres() -> str | None:
    """The address, without a database, of a server that lets a usual user make databases."""
    host, port = os.environ.get("PGHOST", "127.0.0.1"), os.environ.get("PGPORT", "5432")
    for user in dict.fromkeys([os.environ.get("PGUSER") or "postgres", "postgres", getpass.getuser()]):
        server = f"postgres://{quote(user)}@{quote(host, safe='')}:{port}"
        try:
            with psycopg.connect(f"{server}/postgres", connect_timeout=3) as connection:
                allowed = connection.execute(
                    "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
                ).fetchone()
        except psycopg.Error:
            continue
        if allowed and allowed[0]:
            return server
    return None


@contextmanager
def new_broker(directory: Path, is_embedded: bool) -> Iterator[tuple[str, str]]:
    """An empty broker: its name for the report, and its address."""
    url = f"redis://127.0.0.1:6379/{REDIS_NUMBER}"
    with redis.from_url(url, socket_connect_timeout=3) as client:
        if not is_embedded and is_ours(client):
            client.set(DATABASE, "1")  # so that nobody takes it for an empty one
            try:
                yield server_name(client), url
            finally:
                client.flushdb()
            return
    server, url = broker.start(directory / "broker")
    try:
        with redis.from_url(url) as client:
            name = f"embedded {server_name(client)}"
        yield name, url
    finally:
        processes.stop(server)
        shutil.rmtree(broker.socket_directory(url), ignore_errors=True)


def is_ours(client: "redis.Redis") -> bool:
    """Whether the server answers and the database holds nothing, or what a run that was killed has left."""
    try:
        if client.exists(DATABASE):
            client.flushdb()
        return client.dbsize() == 0
    except redis.RedisError:
        return False


def server_name(client: "redis.Redis") -> str:
    info: dict[str, str] = client.info("server")
    return f"Valkey {info['valkey_version']}" if "valkey_version" in info else f"Redis {info['redis_version']}"


# -- processes


@contextmanager
def running(command: list[str], log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that ends with the block; what it says goes to `log`."""
    with log.open("ab") as output:
        process = processes.spawn(command, output=output.fileno())
        try:
            yield process
        finally:
            processes.stop(process)


@contextmanager
def sandbox(directory: Path) -> Iterator[dict[str, str]]:
    """The imitation of Airship: its url, key and secret."""
    log = directory / "sandbox.log"
    with running([*MANAGE, "sandbox", "--port", "0", "--json", "--state", ":memory:"], log):
        wait_for(lambda: log.read_text().startswith('{"airship"') and log.read_text().endswith("\n"), "the sandbox")
        airship: dict[str, str] = json.loads(log.read_text().splitlines()[0])["airship"]
        yield airship


def wait_for(is_ready: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
    """Raises TimeoutError."""
    until = time.monotonic() + seconds
    while not is_ready():
        if time.monotonic() > until:
            raise TimeoutError(f"Waited {seconds:g} s for {what}.")
        time.sleep(0.05)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return int(server.getsockname()[1])


@contextmanager
def quiet_logs() -> Iterator[None]:
    """Log lines are formatted and written as always, only to nowhere."""
    with Path(os.devnull).open("w") as nowhere:
        for handler in logging.getLogger().handlers:
            if isinstance(handler, logging.StreamHandler):
                handler.setStream(nowhere)
        yield
