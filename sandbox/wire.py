"""HTTP/1.1 on a socket, both directions, small enough that every byte and every write is under control."""

import json
import socket
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qsl, unquote, urlsplit

HEAD_LIMIT = 64 * 1024
BODY_LIMIT = 64 * 1024 * 1024  # what is read at all; the vendor's own limit is a switch and answered with 413


class Gone(Exception):
    """The client left; nobody is there to answer."""


class Unreadable(Exception):
    """What arrived is not a request that can be answered by its content."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass(slots=True)
class Request:
    """One request. Times are `time.monotonic_ns()`; header names are lower case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    target: str
    accepted_ns: int
    first_byte_ns: int
    last_byte_ns: int

    @property
    def keeps_alive(self) -> bool:
        return self.headers.get("connection", "").lower() != "close"


@dataclass(slots=True)
class Answer:
    """One answer. A body of None means that no body and no content type are sent."""

    status: int
    body: bytes = b""
    content_type: str | None = "application/json"
    headers: dict[str, str] = field(default_factory=dict)

    def head(self, date: str, keep_alive: bool, length: int | None = None) -> bytes:
        lines = [f"HTTP/1.1 {self.status} {reason(self.status)}", f"Date: {date}"]
        if self.content_type:
            lines.append(f"Content-Type: {self.content_type}")
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if "Transfer-Encoding" not in self.headers:
            lines.append(f"Content-Length: {len(self.body) if length is None else length}")
        if not keep_alive:
            lines.append("Connection: close")
        return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")

    def encode(self, date: str, keep_alive: bool = True) -> bytes:
        """Status line, headers and body as one piece, so that they leave in one write."""
        return self.head(date, keep_alive) + self.body


def json_answer(status: int, content: object, headers: dict[str, str] | None = None) -> Answer:
    return Answer(status, json.dumps(content, separators=(",", ":")).encode(), headers=headers or {})


def reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unassigned"


class Reader:
    """Reads requests from one connection, one after the other."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.buffer = bytearray()
        self.accepted_ns = time.monotonic_ns()
        self.first_byte_ns = 0

    def read_request(self) -> Request:
        """The next request. Raises Gone at the end of the connection and Unreadable for what is no request."""
        self.first_byte_ns = time.monotonic_ns() if self.buffer else 0
        method, target, headers = self._read_head()
        if headers.get("expect", "").lower() == "100-continue":
            self.connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = self._read_body(headers)
        parts = urlsplit(target)
        return Request(
            method=method,
            path=unquote(parts.path),
            query=dict(reversed(parse_qsl(parts.query, keep_blank_values=True))),  # the first of a repeated name wins
            headers=headers,
            body=body,
            target=target,
            accepted_ns=self.accepted_ns,
            first_byte_ns=self.first_byte_ns,
            last_byte_ns=time.monotonic_ns(),
        )

    def _fill(self) -> None:
        chunk = self.connection.recv(65536)
        if not chunk:
            raise Gone
        if not self.first_byte_ns:
            self.first_byte_ns = time.monotonic_ns()
        self.buffer += chunk

    def _read_until(self, mark: bytes, limit: int) -> bytes:
        searched = 0
        while (end := self.buffer.find(mark, max(0, searched - len(mark)))) < 0:
            if len(self.buffer) > limit:
                raise Unreadable(431)
            searched = len(self.buffer)
            self._fill()
        taken = bytes(self.buffer[:end])
        del self.buffer[: end + len(mark)]
        return taken

    def _read_exactly(self, length: int) -> bytes:
        if length > BODY_LIMIT:
            raise Unreadable(413)
        while len(self.buffer) < length:
            self._fill()
        taken = bytes(self.buffer[:length])
        del self.buffer[:length]
        return taken

    def _read_head(self) -> tuple[str, str, dict[str, str]]:
        first, *rest = self._read_until(b"\r\n\r\n", HEAD_LIMIT).decode("latin-1").lstrip("\r\n").split("\r\n")
        words = first.split(" ")
        if len(words) != 3 or not words[2].startswith("HTTP/1.") or not words[1].startswith("/"):
            raise Unreadable(400)
        pairs = (line.partition(":") for line in rest)
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        if words[2] == "HTTP/1.0":
            headers.setdefault("connection", "close")
        return words[0], words[1], headers

    def _read_body(self, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return self._read_chunks()
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()):
            raise Unreadable(400)
        return self._read_exactly(int(length))

    def _read_chunks(self) -> bytes:
        body = bytearray()
        while True:
            try:
                size = int(self._read_until(b"\r\n", HEAD_LIMIT).split(b";")[0], 16)
            except ValueError:
                raise Unreadable(400) from None
            if size < 0:
                raise Unreadable(400)
            if size == 0:
                while self._read_until(b"\r\n", HEAD_LIMIT):
                    pass
                return bytes(body)
            body += self._read_exactly(size)
            self._read_exactly(2)
            if len(body) > BODY_LIMIT:
                raise Unreadable(413)
