"""A server that does to its callers exactly what a test tells it, byte by byte, and counts what it saw."""

import contextlib
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from types import TracebackType

type Act = Callable[["ScriptedServer", socket.socket], None]

RESET = struct.pack("ii", 1, 0)  # SO_LINGER with no time: closing sends RST instead of FIN


class ScriptedServer:
    """Listens on a free loopback port; every connection is handed to the next act, the last one over and over.

    `requests` holds each whole request that was read; `connections` counts who came, with or without one.
    """

    def __init__(self, *acts: Act, context: ssl.SSLContext | None = None) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self.stopping = threading.Event()
        self._acts = list(acts)
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._listen, daemon=True)]

    @property
    def url(self) -> str:
        return f"{'https' if self._context else 'http'}://127.0.0.1:{self.port}"

    def __enter__(self) -> "ScriptedServer":
        self._threads[0].start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self.stopping.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(5)

    def _listen(self) -> None:
        while not self.stopping.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            act = self._acts.pop(0) if len(self._acts) > 1 else self._acts[0]
            thread = threading.Thread(target=self._perform, args=(connection, act), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _perform(self, connection: socket.socket, act: Act) -> None:
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            stack.enter_context(connection)
            connection.settimeout(5)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._context:
                connection = stack.enter_context(self._context.wrap_socket(connection, server_side=True))
            act(self, connection)

    def read(self, connection: socket.socket) -> bytes:
        """Read one whole request and remember it."""
        data = b""
        while b"\r\n\r\n" not in data:
            data += _some(connection)
        head, _, body = data.partition(b"\r\n\r\n")
        length = next(
            (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
        )
        while len(body) < length:
            body += _some(connection)
        self.requests.append(head + b"\r\n\r\n" + body)
        return self.requests[-1]


# The acts. Those that answer read one whole request first.


def says(*pieces: bytes, pause: float = 0.0) -> Act:
    """Send the pieces one by one, then close."""

    def act(server: ScriptedServer, connection: socket.socket) -> None:
        server.read(connection)
        for piece in pieces:
            connection.sendall(piece)
            if pause:
                time.sleep(pause)

    return act


def drips(data: bytes, pause: float) -> Act:
    return says(*(data[position : position + 1] for position in range(len(data))), pause=pause)


def floods(head: bytes, piece: bytes) -> Act:
    """Send the head, then the piece without end."""

    def act(server: ScriptedServer, connection: socket.socket) -> None:
        server.read(connection)
        connection.sendall(head)
        while not server.stopping.is_set():
            connection.sendall(piece)

    return act


def hangs(server: ScriptedServer, connection: socket.socket) -> None:
    server.read(connection)
    server.stopping.wait(5)


def resets(server: ScriptedServer, connection: socket.socket) -> None:
    server.read(connection)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)


def resets_unread(_: ScriptedServer, connection: socket.socket) -> None:
    """Wait until the request arrives, and reset the connection without reading it."""
    connection.recv(1, socket.MSG_PEEK)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)


def answers_early(data: bytes) -> Act:
    """Answer without having read the body, as a server does that was told of a too large one."""

    def act(_: ScriptedServer, connection: socket.socket) -> None:
        connection.recv(10)
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(1 << 20):
            pass

    return act


def resets_midway(_: ScriptedServer, connection: socket.socket) -> None:
    """Reset the connection while the request is still being sent."""
    connection.recv(10)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)


def reads_nothing(server: ScriptedServer, _: socket.socket) -> None:
    server.stopping.wait(5)


def blurts(data: bytes) -> Act:
    """Say this to whatever comes first."""

    def act(_: ScriptedServer, connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(data)

    return act


def goes_away(_: ScriptedServer, connection: socket.socket) -> None:
    """Take the first bytes and close without a word."""
    connection.recv(65536)


def resets_at_once(_: ScriptedServer, connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)


def answer(status: int, body: bytes = b"", *headers: str, reason: str = "Said") -> bytes:
    """The bytes of a proper answer."""
    lines = [f"HTTP/1.1 {status} {reason}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def _some(connection: socket.socket) -> bytes:
    data = connection.recv(65536)
    if not data:
        raise ConnectionError("The caller has gone.")
    return data
