"""Run the tests on PostgreSQL and Redis where they are found, and on the embedded SQLite and Valkey.

Environment: DATABASE_URL and REDIS_URL say where to look first; COVERAGE=1 measures coverage; CI=true makes it an error
if PostgreSQL, Redis or Chromium were not used. With arguments there is one pass, and they all go to pytest.
"""

from __future__ import annotations

import fcntl
import getpass
import glob
import json
import os
import platform
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
import pytest
import redis

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from dashboard import broker, processes  # noqa: E402  (importable from here on)

IS_CI = os.environ.get("CI", "").lower() in {"1", "true"}
OLDEST_POSTGRES = 150000
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MOST_UNSTEADY = 3  # more failures than these are no accident
WORKERS = 2  # pytest-xdist's; each has a database and a Redis database of its own

unsteady: list[str] = []


@dataclass(frozen=True)
class Backend:
    """A database or broker that really answered: its addresses for the tests, and its name with version."""

    urls: list[str]
    name: str


def main(arguments: list[str]) -> int:
    """Run the passes, say what they ran on, and return the exit code."""
    postgres, redis_server = find_postgres(), find_redis()
    chromium = find_chromium() or ("" if arguments else install_chromium())
    with tempfile.TemporaryDirectory(prefix="splitdesk-") as directory:
        valkey, address = broker.start(Path(directory) / "broker")
        try:
            numbered = [address.replace("db=0", f"db={number}") for number in range(WORKERS)]
            embedded_broker = Backend(numbered, f"embedded {server_name(redis.from_url(address).info('server'))}")
            embedded_database = Backend([f"sqlite:///{directory}/tests.sqlite3"], f"SQLite {sqlite3.sqlite_version}")
            passes = [(postgres or embedded_database, redis_server or embedded_broker)]
            if not arguments and passes[0] != (embedded_database, embedded_broker):
                passes.append((embedded_database, embedded_broker))
            codes = [
                run(database, queue, chromium, arguments, is_first=number == 0, is_last=number == len(passes) - 1)
                for number, (database, queue) in enumerate(passes)
            ]
        finally:
            processes.stop(valkey)
            shutil.rmtree(broker.socket_directory(address), ignore_errors=True)
            for url in redis_server.urls if redis_server else []:
                redis.from_url(url).flushdb()
    for (database, queue), code in zip(passes, codes, strict=True):
        print(f"Ran on {database.name} and {queue.name}: {'passed' if code == 0 else f'failed (pytest said {code})'}.")
    for name in unsteady:
        print(f"Unsteady, which is a fault of the test or of the code: {name} failed once and passed alone.")
    print(f"Browser tests use {chromium}." if chromium else "Browser tests did not run: no Chromium was found.")
    missing = [
        name
        for name, found in {"PostgreSQL": postgres, "Redis": redis_server, "Chromium": chromium}.items()
        if not found
    ]
    if missing and IS_CI:
        print(f"This counts as a failure, because CI is set and these were not used: {', '.join(missing)}.")
        return 1
    return max(codes, key=abs)


def run(
    database: Backend, queue: Backend, chromium: str, arguments: list[str], *, is_first: bool, is_last: bool
) -> int:
    """One pass: one call of pytest, or two where a browser takes part. Returns the worst exit code."""
    environment = {
        **os.environ,
        "DATABASE_URL": database.urls[0],
        "REDIS_URL": queue.urls[0],
        "REDIS_URLS": " ".join(queue.urls),  # tests/conftest.py gives each worker one of them
        "CHROMIUM": chromium,
    }
    print(f"\n== {database.name} and {queue.name}", flush=True)
    codes = []
    for number, selection in enumerate(selections(chromium, arguments, is_first=is_first)):
        command = [sys.executable, "-m", "pytest", *selection]
        if os.environ.get("COVERAGE"):
            command += ["--cov", "--cov-report=term:skip-covered" if is_last else "--cov-report="]
            command += [] if is_first and number == 0 else ["--cov-append"]
        codes.append(call(command, environment))
    return max(codes, key=abs)


def call(command: list[str], environment: dict[str, str]) -> int:
    """Run pytest. A few failed tests run once more, alone: what passes then is unsteady, and named so at the end."""
    with tempfile.TemporaryDirectory(prefix="splitdesk-") as directory:
        command = [*command, "-o", f"cache_dir={directory}"]
        code = subprocess.call(command, cwd=ROOT, env=environment)
        memory = Path(directory, "v", "cache", "lastfailed")
        failed = (
            list(json.loads(memory.read_text())) if code == pytest.ExitCode.TESTS_FAILED and memory.exists() else []
        )
        if not 0 < len(failed) <= MOST_UNSTEADY:
            return code
        print(f"\n== once more, alone: {', '.join(failed)}", flush=True)
        code = subprocess.call([sys.executable, "-m", "pytest", *failed], cwd=ROOT, env=environment)
        unsteady.extend(failed if code == 0 else [])
        return code


def selections(chromium: str, arguments: list[str], *, is_first: bool) -> list[list[str]]:
    """What each call of pytest runs.

    Playwright keeps an event loop running, beside which Django refuses to touch the database: browsers run apart. On
    the second pair of backends only what uses a database can differ.
    """
    if arguments:
        return [[*arguments, *([] if chromium else ["-m", "not browser"])]]
    several = ["-n", str(WORKERS)]
    if not is_first:
        return [[*several, "-m", "database and not browser"]]
    without = [*several, "-m", "not browser"]
    return [without, ["-m", "browser"]] if chromium else [without]


def find_postgres() -> Backend | None:
    """The server of DATABASE_URL, else one on the usual port that lets a usual user create databases."""
    given = os.environ.get("DATABASE_URL", "")
    host, port = os.environ.get("PGHOST", "127.0.0.1"), os.environ.get("PGPORT", "5432")
    users = dict.fromkeys([os.environ.get("PGUSER") or "postgres", "postgres", getpass.getuser()])
    usual = [f"postgres://{quote(user)}@{quote(host, safe='')}:{port}/splitdesk" for user in users]
    for url in [given] if given.startswith("postgres") else usual:
        parts = urlsplit(url)
        try:
            with psycopg.connect(urlunsplit(parts._replace(path="/postgres")), connect_timeout=3) as connection:
                allowed = connection.execute(
                    "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
                ).fetchone()
                number = connection.info.server_version
                version = connection.info.parameter_status("server_version") or ""
        except psycopg.Error:
            continue
        if allowed and allowed[0] and number >= OLDEST_POSTGRES:
            # Django puts test_ in front; the process id keeps two runs on one machine apart.
            own = parts._replace(path=f"/{parts.path.strip('/') or 'splitdesk'}_{os.getpid()}")
            return Backend([urlunsplit(own)], f"PostgreSQL {version.split()[0]}")
    return None


def find_redis() -> Backend | None:
    """The server of REDIS_URL, else one on the usual port, with an empty database of it for each worker."""
    given = os.environ.get("REDIS_URL") or "redis://127.0.0.1:6379"
    if not given.startswith(("redis://", "rediss://")):
        return None
    urls = []
    for number in range(15, 0, -1):
        url = urlunsplit(urlsplit(given)._replace(path=f"/{number}"))
        try:
            with redis.from_url(url, socket_connect_timeout=3, socket_timeout=3) as client:
                if client.dbsize() == 0 and claim(number):
                    urls.append(url)
                if len(urls) == WORKERS:
                    return Backend(urls, server_name(client.info("server")))
        except redis.RedisError:
            return None
    return None


def claim(number: int) -> bool:
    """Take a Redis database for this run, as against other runs on this machine; the tests empty it again and again."""
    try:
        lock = os.open(os.path.join(tempfile.gettempdir(), f"splitdesk-tests-{number}.lock"), os.O_RDWR | os.O_CREAT)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # let go when this process ends, however it ends
    except OSError:
        return False
    return True


def server_name(info: dict[str, str]) -> str:
    """What a server calls itself in its INFO, with its version."""
    if "valkey_version" in info:
        return f"Valkey {info['valkey_version']}"
    return f"Redis {info['redis_version']}"


def find_chromium() -> str:
    """The path of a Chromium: CHROMIUM, one on the PATH, or the newest one Playwright has fetched. Empty if none."""
    for name in [os.environ.get("CHROMIUM", ""), *BROWSERS]:
        path = shutil.which(name) if name else None
        if path and subprocess.run([path, "--version"], capture_output=True).returncode == 0:
            return path
    cache = os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or os.path.expanduser("~/.cache/ms-playwright")
    return max(glob.glob(os.path.join(cache, "chromium-*", "chrome-linux*", "chrome")), default="")


def install_chromium() -> str:
    """Install Debian's Chromium where that is possible without asking anybody. Returns its path, empty if it is not."""
    is_possible = platform.system() == "Linux" and os.geteuid() == 0 and shutil.which("apt-get")
    if not is_possible:
        return ""
    print("Installing Chromium for the browser tests.", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "--yes", "--no-install-recommends", "chromium"]):
        subprocess.call(["apt-get", "--quiet", "--quiet", *command], env=environment, stdout=subprocess.DEVNULL)
    return find_chromium()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
