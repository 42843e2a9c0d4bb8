"""A load generator: some kept connections, each asking again as soon as it was answered, all in one thread."""

import selectors
import socket
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class Load:
    """`answers` are whole, unread: they are looked at when the clock has stopped. `own` is the generator's CPU time."""

    answers: list[bytes] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)  # seconds from each request to the end of its answer
    seconds: float = 0.0
    own: float = 0.0

    @property
    def per_second(self) -> float:
        return len(self.answers) / self.seconds


class Line:
    """One connection with at most one request under way."""

    def __init__(self, address: tuple[str, int], request: bytes) -> None:
        self.request = request
        self.socket = socket.create_connection(address, timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.got = bytearray()
        self.whole = 0
        self.asked_at = 0.0

    def ask(self) -> None:
        self.got, self.whole, self.asked_at = bytearray(), 0, time.perf_counter()
        self.socket.sendall(self.request)

    def is_answered(self) -> bool:
        """Read what is there. Raises ConnectionError where the server hangs up."""
        piece = self.socket.recv(262_144)
        if not piece:
            raise ConnectionError("The server ended a connection in the middle of the measurement.")
        self.got += piece
        if not self.whole:
            end = self.got.find(b"\r\n\r\n")
            if end < 0:
                return False
            at = self.got.lower().index(b"\r\ncontent-length:", 0, end + 2) + len(b"\r\ncontent-length:")
            self.whole = end + 4 + int(self.got[at : self.got.index(b"\r\n", at)])
        return len(self.got) >= self.whole


def request_for(url: str, path: str, session: str) -> bytes:
    host = urlsplit(url).netloc
    lines = [f"GET {path} HTTP/1.1", f"Host: {host}", f"Cookie: session={session}", "Accept-Encoding: gzip"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def put_on(url: str, request: bytes, seconds: float, connections: int = 8) -> Load:
    """Ask for so long; what is under way then is still waited for, and counted with its time."""
    parts, load = urlsplit(url), Load()
    address = (parts.hostname or "127.0.0.1", parts.port or 80)
    lines = [Line(address, request) for _ in range(connections)]
    with selectors.DefaultSelector() as selector:
        for line in lines:
            selector.register(line.socket, selectors.EVENT_READ, line)
        own, started = time.thread_time(), time.perf_counter()
        for line in lines:
            line.ask()
        under_way, until = len(lines), started + seconds
        while under_way:
            for key, _ in selector.select(30):
                line = key.data
                if not line.is_answered():
                    continue
                now = time.perf_counter()
                load.answers.append(bytes(line.got))
                load.waits.append(now - line.asked_at)
                if now < until:
                    line.ask()
                else:
                    under_way -= 1
        load.seconds, load.own = time.perf_counter() - started, time.thread_time() - own
    for line in lines:
        line.socket.close()
    return load
