"""A private PostgreSQL of this machine's binaries: made and started without pg_ctl, so that it can be killed."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg

OWNER = "splitdesk"  # the superuser of a private cluster
DATABASE = "splitdesk"
FAST_STOP = signal.SIGINT  # ends sessions at once, but in order; SIGTERM would wait for them
LONGEST_SOCKET_PATH = 100  # bytes; the system's limit is 104 to 108

# Becomes another user, asks the kernel for SIGQUIT (1 is PR_SET_PDEATHSIG; changing the user forgets an earlier wish),
# then becomes the command. PostgreSQL does not run as root.
AS_USER = """
import ctypes, os, sys
parent, name, group, user = os.getppid(), sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
os.initgroups(name, group), os.setgid(group), os.setuid(user)
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, 3)
    if os.getppid() != parent:
        sys.exit(1)
os.execv(sys.argv[4], sys.argv[4:])
"""

SETTINGS = {
    "listen_addresses": "",
    "max_connections": "80",
    "shared_buffers": "32MB",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "max_wal_size": "256MB",
    "checkpoint_timeout": "30s",  # little to recover after a kill
    "log_min_messages": "warning",
}
if sys.platform == "linux":
    # Before it recovers: one call instead of one for each of a thousand files. The kernel has not lost anything here.
    SETTINGS["recovery_init_sync_method"] = "syncfs"


class Unavailable(RuntimeError):
    """This machine lacks what a private installation is made of. The text says what."""


def find_binaries() -> Path:
    """The directory of the newest PostgreSQL's `initdb` and `postgres`. Raises Unavailable."""
    installed = Path("/usr/lib/postgresql").glob("*/bin")
    found = sorted(installed, key=lambda path: int(path.parent.name.split(".")[0]), reverse=True)
    on_path = shutil.which("initdb")
    for directory in [*found, *([Path(on_path).resolve().parent] if on_path else [])]:
        if os.access(directory / "initdb", os.X_OK) and os.access(directory / "postgres", os.X_OK):
            return directory
    raise Unavailable("No initdb and postgres were found under /usr/lib/postgresql or on the PATH.")


def version(binaries: Path) -> str:
    """For example “PostgreSQL 15.18”."""
    said = subprocess.run([str(binaries / "postgres"), "--version"], capture_output=True, text=True, check=True)  # noqa: S603  (a found server)
    return f"PostgreSQL {said.stdout.split(')')[1].split()[0]}"


def new_home() -> Path:
    """A new directory, with a short path, that the server's user can enter: not below one that only root can."""
    home = Path(tempfile.mkdtemp(prefix="splitdesk-pg-"))
    if len(str(home)) > LONGEST_SOCKET_PATH - len("/.s.PGSQL.5432"):
        home.rmdir()
        home = Path(tempfile.mkdtemp(prefix="splitdesk-pg-", dir="/tmp"))
    give(home)
    return home


def make(binaries: Path, home: Path) -> None:
    """initdb: an empty cluster in `home`/data with the one superuser `OWNER`, whom the socket lets in."""
    options = ["--username", OWNER, "--auth", "trust", "--encoding", "UTF8", "--no-locale", "--no-sync"]
    command = [str(binaries / "initdb"), *options, "--pgdata", str(home / "data")]
    done = subprocess.run(_as_user(command), capture_output=True, text=True, cwd=home)  # noqa: S603
    if done.returncode != 0:
        raise Unavailable(f"initdb failed: {done.stderr[-1000:]}")


def copy(source: Path, home: Path) -> None:
    """A cluster that is not running, into `home`/data."""
    shutil.copytree(source, home / "data", symlinks=True)
    for path in [home / "data", *(home / "data").rglob("*")]:
        give(path)
    (home / "data").chmod(0o700)


def command(binaries: Path, home: Path) -> list[str]:
    """The command that serves `home`/data on a socket in `home` alone."""
    settings = {**SETTINGS, "unix_socket_directories": str(home)}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return _as_user([str(binaries / "postgres"), "-D", str(home / "data"), *options])


def url(home: Path, database: str = DATABASE) -> str:
    """Fit for DATABASE_URL and for libpq."""
    return f"postgres://{OWNER}@/{database}?host={home}"


def answers(home: Path, database: str = "postgres") -> bool:
    try:
        with psycopg.connect(url(home, database), connect_timeout=2) as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)
    except psycopg.Error:
        return False


def make_database(home: Path) -> None:
    with psycopg.connect(url(home, "postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {DATABASE}")


def forget_the_dead(home: Path) -> None:
    """Of a server that was killed: its lock files name a process id that may belong to another process by now."""
    (home / "data" / "postmaster.pid").unlink(missing_ok=True)
    for path in home.glob(".s.PGSQL.*"):
        path.unlink(missing_ok=True)


def give(path: Path) -> None:
    """To the user that the server runs as."""
    user = _server_user()
    if user:
        os.lchown(path, user.pw_uid, user.pw_gid)


def _server_user() -> pwd.struct_passwd | None:
    """Root must not run PostgreSQL: the user of the packaged server does, or nobody at all."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise Unavailable("PostgreSQL does not run as root, and this machine has no user postgres or nobody.")


def _as_user(arguments: list[str]) -> list[str]:
    user = _server_user()
    if user is None:
        return arguments
    # The system's Python would do; this one may lie where only root can read, but it is running before it changes.
    return [
        sys.executable, "-I", "-S", "-c", AS_USER, user.pw_name, str(user.pw_gid), str(user.pw_uid), *arguments
    ]  # fmt: skip
