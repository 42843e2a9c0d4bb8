"""Installation: everything that Splitdesk is made of, started in order in a directory of its own."""

import atexit
import base64
import hashlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from dashboard import broker
from rig import clusters
from rig.clusters import Unavailable
from rig.driver import Driver
from rig.servers import NotReady, Server, wait_for

__all__ = ["Installation", "NotReady", "Sandbox", "Server", "Unavailable", "wait_for"]

ROOT = Path(__file__).resolve().parent.parent
MANAGE = [sys.executable, str(ROOT / "manage.py")]
CELERY = [sys.executable, "-m", "celery", "--app", "dashboard.celery", "--quiet"]
QUIET = ["--without-gossip", "--without-mingle", "--without-heartbeat"]  # as in the demo and in the image
QUEUES = "write,read,sweep"
KEPT = ("HOME", "LANG", "LC_ALL", "PATH", "TMPDIR", "COVERAGE_PROCESS_START", "LD_LIBRARY_PATH")

_templates: Path | None = None


class Sandbox(Server):
    """The imitation of the providers, with what tests ask of it (sandbox/control.py)."""

    keys: dict[str, dict[str, str]]
    url: str

    def ask(self, method: str, page: str, content: object = None) -> Any:
        """Call one of its own pages. Raises OSError where it does not answer."""
        body = None if content is None else json.dumps(content).encode()
        request = urllib.request.Request(f"{self.url}/_sandbox/{page}", body, method=method)  # noqa: S310  (loopback)
        for _ in range(5):
            with suppress(ConnectionError), urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
                return json.load(answer)
            time.sleep(0.2)  # an ordered fault, which makes no difference between callers
        raise ConnectionError(f"{method} {page}: the sandbox does not answer")

    def ledger(self, kind: str = "", after: int = 0) -> list[dict[str, Any]]:
        """The effects that really happened, oldest first (sandbox/ledger.py: Effect)."""
        effects: list[dict[str, Any]] = self.ask("GET", f"ledger?kind={kind}&after={after}")
        return effects

    def order(self, kind: str, **more: object) -> None:
        """Order a fault (sandbox/faults.py)."""
        self.ask("POST", "faults", {"kind": kind, **more})

    def take_faults_back(self) -> None:
        self.ask("DELETE", "faults")


class Installation:
    """One private installation. Every server is a `Server`; those that were not asked for are None.

    `directory` keeps logs and data. `database` is "postgres" or "sqlite", or the address of a database that exists.
    `concurrency` is a worker's processes. `environment` is added to what the children see. `template` is a directory
    that keeps an empty, migrated database for the next installation; without one it lives as long as this process.

    Raises Unavailable where PostgreSQL or a broker is not on this machine, NotReady where something does not start.
    """

    def __init__(
        self,
        directory: Path | str,
        *,
        database: Literal["postgres", "sqlite"] = "postgres",
        workers: int = 1,
        concurrency: int = 2,
        web: bool = False,
        beat: bool = True,
        environment: dict[str, str] | None = None,
        template: Path | None = None,
        start: bool = True,
    ) -> None:
        self.directory = Path(directory).resolve()
        self.directory.mkdir(parents=True, exist_ok=True)
        self.port = _free_port()
        self.environment = self._environment(environment or {})
        self.postgres: Server | None = None
        self.web = self._web() if web else None
        self.beat = self._beat() if beat else None
        self.workers = [self._worker(number, concurrency) for number in range(1, workers + 1)]
        self._database = database
        self._template = template
        self._starts = start
        self._ends = ExitStack()
        self._driver: Driver | None = None

    def __enter__(self) -> Self:
        try:
            self._prepare_database()
            self._prepare_broker()
            self._prepare_sandbox()
            self.manage("migrate", "--verbosity", "0", "--skip-checks")
            if self._starts:
                self.start()
        except BaseException:
            self._ends.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ends.close()

    @property
    def url(self) -> str:
        """The address of the pages."""
        return f"http://localhost:{self.port}"

    @property
    def servers(self) -> list[Server]:
        """All of them, in the order of their start."""
        first = [server for server in (self.postgres, self.broker, self.sandbox) if server]
        return [*first, *self.roles]

    @property
    def roles(self) -> list[Server]:
        """What is Splitdesk's own: web, beat and workers."""
        return [server for server in (self.web, self.beat, *self.workers) if server]

    def start(self) -> None:
        """Start everything that does not run, web, beat and workers side by side."""
        for server in self.servers:
            server.thaw()
        for server in self.servers[: -len(self.roles) or None]:
            server.start()
        for server in self.roles:
            server.launch()
        for server in self.roles:
            server.wait_until_ready()

    def manage(self, *arguments: str, **environment: str) -> str:
        """Run a management command to its end. Returns what it printed. Raises RuntimeError with it if it fails."""
        done = self.run_child([*MANAGE, *arguments], **environment)
        if done.returncode != 0:
            raise RuntimeError(f"manage.py {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}")
        return done.stdout

    def run_child(self, arguments: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
        """Run any command inside the installation to its end; `stdout` of the answer is everything it printed."""
        return subprocess.run(  # noqa: S603  (the tests' own commands)
            arguments,
            cwd=ROOT,
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
        )

    @property
    def driver(self) -> Driver:
        """The hands of a test inside the installation; started by the first use."""
        if self._driver is None:
            self._driver = self.new_driver()
        return self._driver

    def new_driver(self, **environment: str) -> Driver:
        """One more, for calls side by side, or with failpoints of its own. Ends with the installation."""
        driver = Driver({**self.environment, **environment}, self._log("driver"))
        self._ends.callback(driver.stop)
        return driver

    def add_worker(self, concurrency: int = 2, queues: str = QUEUES) -> Server:
        """One more worker, which does not run yet."""
        worker = self._worker(len(self.workers) + 1, concurrency, queues)
        self.workers.append(worker)
        self._ends.callback(worker.kill)
        return worker

    # what the children see

    def _environment(self, more: dict[str, str]) -> dict[str, str]:
        key = base64.b64encode(secrets.token_bytes(32)).decode()
        return {
            **{name: os.environ[name] for name in KEPT if name in os.environ},
            "DJANGO_SETTINGS_MODULE": "dashboard.settings",
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            "PYTHONWARNINGS": "ignore",
            "DEMO": "1",  # loopback providers, plain HTTP
            "ALLOW_LOOPBACK_PROVIDERS": "1",
            "PORT": str(self.port),
            "DATA_DIR": str(self.directory / "data"),
            "SECRET_KEY": secrets.token_urlsafe(48),
            "CREDENTIAL_KEYS": f"rig:{key}",
            "SWEEP_EVERY": "1",
            "SYNC_EVERY": "30",
            "REMAP_SIGTERM": "SIGQUIT",  # an idle worker ends at once
            **more,
        }

    # the servers

    def _server(self, name: str, arguments: list[str], ready: Callable[[Server], object], **more: Any) -> Server:
        return Server(name, arguments, self.environment, self._log(name), ready=ready, **more)

    def _log(self, name: str) -> Path:
        return self.directory / "logs" / f"{name}.log"

    def _prepare_database(self) -> None:
        if self._database == "sqlite":
            path = self.directory / "splitdesk.sqlite3"
            self.environment["DATABASE_URL"] = f"sqlite:///{path}"
            template = self._template_path(f"SQLite {_migrations()}")
            if not template.exists():
                self.manage("migrate", "--verbosity", "0", "--skip-checks")
                _keep(path, template)
            elif not path.exists():
                shutil.copyfile(template, path)
            return
        binaries = clusters.find_binaries()
        home = clusters.new_home()
        self._ends.callback(shutil.rmtree, home, ignore_errors=True)
        self.environment["DATABASE_URL"] = clusters.url(home)
        template = self._template_path(f"{clusters.version(binaries)} {_migrations()}")
        self.postgres = _Postgres(
            "postgres",
            clusters.command(binaries, home),
            self.environment,
            self._log("postgres"),
            ready=lambda server: clusters.answers(home),
            stop_signal=clusters.FAST_STOP,
            home=home,
        )
        self._ends.callback(self.postgres.kill)
        if not template.exists():
            clusters.make(binaries, home)
            self.postgres.start()
            clusters.make_database(home)
            self.manage("migrate", "--verbosity", "0", "--skip-checks")
            self.postgres.stop()
            _keep(home / "data", template)
        else:
            clusters.copy(template, home)
        self.postgres.start()

    def _template_path(self, what: str) -> Path:
        name = hashlib.sha256(what.encode()).hexdigest()[:16]
        return (self._template or _own_templates()) / f"{what.split()[0].lower()}-{name}"

    def _prepare_broker(self) -> None:
        path = broker.new_socket()
        self._ends.callback(shutil.rmtree, path.parent, ignore_errors=True)
        try:
            command = broker.command(self.directory / "broker", path)
        except broker.BrokerMissing as missing:
            raise Unavailable(str(missing)) from missing
        # The real thing where it is there; the embedded one came with the Python packages.
        command[0] = shutil.which("redis-server") or command[0]
        self.environment["REDIS_URL"] = broker.url(path)
        self.broker = self._server("broker", command, lambda server: _speaks(path))
        self._ends.callback(self.broker.kill)
        self.broker.start()

    def _prepare_sandbox(self) -> None:
        port = _free_port()
        state = ["--state", str(self.directory / "sandbox.sqlite3")]
        command = [*MANAGE, "sandbox", "--port", str(port), "--json", *state]
        self.sandbox = Sandbox(
            "sandbox", command, self.environment, self._log("sandbox"), ready=lambda server: '{"airship"' in server.said
        )
        self._ends.callback(self.sandbox.kill)
        self.sandbox.start()
        line = next(line for line in self.sandbox.said.splitlines() if line.startswith('{"airship"'))
        self.sandbox.keys = json.loads(line)
        self.sandbox.url = f"http://127.0.0.1:{port}"
        for name in ("AIRSHIP_US_URL", "AIRSHIP_EU_URL", "QONVERSION_URL"):
            self.environment.setdefault(name, self.sandbox.url)
        airship, qonversion = self.sandbox.keys["airship"], self.sandbox.keys["qonversion"]
        self.environment |= {
            "RIG_AIRSHIP_KEY": airship["key"],
            "RIG_AIRSHIP_SECRET": airship["secret"],
            "RIG_QONVERSION_SECRET": qonversion["secret_key"],
        }
        for server in reversed(self.roles):
            self._ends.callback(server.kill)

    def _web(self) -> Server:
        command = [sys.executable, "-m", "gunicorn", "--log-level", "warning"]
        return self._server("web", command, lambda server: _is_healthy(f"{self.url}/healthz"))

    def _beat(self) -> Server:
        schedule = ["--schedule", str(self.directory / "beat_schedule"), "--pidfile="]
        command = [*CELERY, "beat", *schedule, "--loglevel", "INFO"]
        return self._server("beat", command, self._has_written_schedule)

    def _has_written_schedule(self, beat: Server) -> bool:
        """What beat does first; it says nothing. The name's ending depends on Python's database."""
        return any(path.stat().st_mtime >= beat.launched_at for path in self.directory.glob("beat_schedule*"))

    def _worker(self, number: int, concurrency: int, queues: str = QUEUES) -> Server:
        name = f"worker{number}"
        options = ["--hostname", f"{name}@%h", "--concurrency", str(concurrency), "--queues", queues]
        command = [*CELERY, "worker", *options, *QUIET, "--loglevel", "INFO"]
        return self._server(name, command, lambda server: " ready." in server.said, grace=45.0)


class _Postgres(Server):
    """Like any server, but one that was killed leaves locks behind."""

    def __init__(self, *arguments: Any, home: Path, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._home = home

    def launch(self, **environment: str) -> None:
        if not self.is_running:
            clusters.forget_the_dead(self._home)
        super().launch(**environment)


def _migrations() -> str:
    """What a template depends on."""
    digest = hashlib.sha256()
    for path in sorted(ROOT.glob("*/migrations/*.py")):
        digest.update(path.read_bytes())
    digest.update((ROOT / "requirements.lock").read_bytes())  # others' migrations
    return digest.hexdigest()


def _own_templates() -> Path:
    global _templates
    if _templates is None:
        _templates = Path(tempfile.mkdtemp(prefix="splitdesk-templates-"))
        atexit.register(shutil.rmtree, _templates, ignore_errors=True)
    return _templates


def _keep(source: Path, template: Path) -> None:
    """Copy it there in one step: another process may do the same."""
    template.parent.mkdir(parents=True, exist_ok=True)
    part = template.with_name(f"{template.name}.{os.getpid()}")
    if source.is_dir():
        shutil.copytree(source, part, symlinks=True)
    else:
        shutil.copyfile(source, part)
    try:
        part.rename(template)
    except OSError:  # somebody else was faster
        shutil.rmtree(part, ignore_errors=True)


def _free_port() -> int:
    with closing(socket.socket()) as server:
        server.bind(("127.0.0.1", 0))
        return int(server.getsockname()[1])


def _speaks(path: Path) -> bool:
    try:
        broker.wait(path, patience=0)
    except TimeoutError:
        return False
    return True


def _is_healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310  (loopback)
            return bool(answer.status == 200)
    except OSError:
        return False
