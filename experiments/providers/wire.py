"""Below `transport`: one connection, made, reported and used once, under one deadline that nothing can stretch.

requests and urllib3 build and read the message; the socket, the moment of sending and the end of patience are ours.
"""

import enum
import functools
import http.client
import io
import socket
import ssl
import time
from collections.abc import Buffer, Callable
from email.errors import FirstHeaderLineIsContinuationDefect, MissingHeaderBodySeparatorDefect
from typing import Any

import certifi
import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, Retry
from urllib3.connection import HTTPConnection

from experiments.failpoints import armed, reach
from experiments.providers.addresses import Address, Origin
from experiments.providers.outcomes import NotSent

HEAD_LIMIT = 64 * 1024
RAW_LIMIT = 1024 * 1024
_FRAMING = 64 * 1024  # chunk sizes and read-ahead, on top of the body
_CONNECT_SHARE = 0.5  # an answer always keeps half of the patience: an unknown outcome costs more than a late start
_OLD_TLS = {"UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION", "NO_PROTOCOLS_AVAILABLE"}
_LOST_LINES = (FirstHeaderLineIsContinuationDefect, MissingHeaderBodySeparatorDefect)
_NO_RETRY = Retry(total=0, connect=0, read=0, redirect=0, status=0, other=0, respect_retry_after_header=False)
# Linux's boot-time clock also counts the time a machine was suspended, so a call that slept through it does not go out.
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def now() -> float:
    """Seconds on a clock that only goes forward."""
    return time.clock_gettime(_CLOCK)


class _TlsSocket(ssl.SSLSocket):
    """Closes itself where it is lost while being wrapped: `wrap_socket` raises then and hands nobody the socket."""

    def __del__(self) -> None:
        if self.version() is None:  # no handshake
            self.close()
        super().__del__()  # type: ignore[misc]  # warns of a line that was really left open; typeshed does not know it


@functools.cache
def tls_context() -> ssl.SSLContext:
    """TLS 1.2 or newer with the certificate and its name checked. No environment variable changes that."""
    context = ssl.create_default_context(cafile=certifi.where())
    context.sslsocket_class = _TlsSocket
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


class Stage(enum.Enum):
    """How far a call has come. Until SENDING no byte of the request has left this machine."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    SENDING = "sending"


class Line:
    """One call's connection and what became of it."""

    def __init__(self, origin: Origin, deadline: float, on_connected: Callable[[], None] | None = None) -> None:
        self.origin = origin
        self.started = now()
        self.deadline = deadline
        self.on_connected = on_connected
        self.stage = Stage.CONNECTING
        self.refusal: BaseException | None = None  # what `on_connected` raised
        self.trouble = ""  # what went wrong while sending or reading
        self.is_ended = False  # the other side has closed
        self.status = 0
        self.received = 0
        self.limit = HEAD_LIMIT
        self._socket: socket.socket | None = None

    def left(self) -> float:
        """Seconds left. Raises TimeoutError when there are none."""
        seconds = self.deadline - now()
        if seconds <= 0:
            raise TimeoutError("The time for this call is over.")
        return seconds

    def connect(self) -> "_TimedSocket":
        connect_by = self.started + _CONNECT_SHARE * (self.deadline - self.started)
        reach("before_connect")
        self._socket = _dial(self.origin.addresses, connect_by)
        if self.origin.is_tls:
            self._socket = _shake_hands(self._socket, self.origin.host, connect_by)
        return _TimedSocket(self._socket, self)

    def report_connected(self) -> None:
        """Tell the caller, once, that the next thing to happen is sending. It may refuse by raising anything."""
        if self.stage is not Stage.CONNECTING:
            raise RuntimeError("A line is used once.")
        self.stage = Stage.CONNECTED
        reach("after_connect")
        try:
            if self.on_connected:
                self.on_connected()
        except BaseException as refusal:
            # Without this frame, whose locals reach the request's headers.
            self.refusal = refusal.with_traceback(refusal.__traceback__ and refusal.__traceback__.tb_next)
            raise _Refused from None
        reach("before_first_byte")
        if now() >= self.deadline:
            raise NotSent("deadline_passed", "The time for this call was over before it began, so nothing was sent.")
        self.stage = Stage.SENDING
        reach("deadline_checked")

    def accept_body(self) -> None:
        self.limit = self.received + RAW_LIMIT + _FRAMING

    def hang_up(self) -> None:
        if self._socket is not None:
            self._socket.close()


class OneShotAdapter(HTTPAdapter):
    """requests' adapter for one call: a fresh connection, no pool to reuse, no retry, no redirect, no proxy."""

    def __init__(self, line: Line) -> None:
        self._line = line
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=_NO_RETRY)

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> HTTPConnectionPool:
        origin = self._line.origin
        pool = HTTPConnectionPool(origin.host, origin.port, maxsize=1)
        pool.scheme = "https" if origin.is_tls else "http"  # for its debug log
        pool.ConnectionCls = functools.partial(_Connection, line=self._line)  # type: ignore[assignment]  # a factory
        return pool

    def cert_verify(self, *args: Any, **kwargs: Any) -> None:
        """Nothing to do: `_shake_hands` verifies, with no way to switch it off."""

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("Splitdesk uses no proxies.")

    def send_once(self, request: requests.PreparedRequest) -> requests.Response:
        return self.send(request, stream=True, timeout=None, verify=True, proxies={})


class _Refused(Exception):
    """The caller did not want to go on. Its own exception is in `Line.refusal`."""


class _Answer(http.client.HTTPResponse):
    """http.client takes a head that was cut off, or lost a line, for a whole one: its status must not be believed."""

    def begin(self) -> None:
        super().begin()
        reader = self.fp.raw if self.fp else None
        is_cut = isinstance(reader, _TimedReader) and reader.line.is_ended
        if is_cut or any(isinstance(defect, _LOST_LINES) for defect in self.msg.defects):
            raise http.client.HTTPException("The head of the answer is not whole.")


class _Connection(HTTPConnection):
    """Gathers the whole request, connects, reports, and only then sends it, in one write."""

    response_class = _Answer

    def __init__(self, *args: Any, line: Line, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._line = line
        self._outgoing = bytearray()
        self.default_port = 443 if line.origin.is_tls else 80  # type: ignore[misc]  # decides the Host header

    def connect(self) -> None:
        self.sock = self._line.connect()  # quacks like the socket http.client needs

    def send(self, data: Any) -> None:
        self._outgoing += data

    def request(self, *args: Any, **kwargs: Any) -> None:
        super().request(*args, **kwargs)
        self.connect()
        self._line.report_connected()
        try:
            self.sock.sendall(self._outgoing)
            reach("after_last_byte")
        except TimeoutError:
            self._line.trouble = "timeout"
            raise
        except OSError:
            # The other side stopped listening; it may have said why before it did.
            self._line.trouble = "connection_lost"
        finally:
            self._outgoing.clear()


class _TimedSocket:
    """The part of a socket that http.client uses; each wait is as long as the deadline still allows."""

    def __init__(self, sock: socket.socket, line: Line) -> None:
        self._sock = sock
        self._line = line

    def sendall(self, data: Buffer) -> None:
        rest = memoryview(data)
        try:
            if "mid_body" in armed:
                rest = rest[self._sock.send(rest[: len(rest) // 2]) :]
                reach("mid_body")
            while rest:
                self._sock.settimeout(self._line.left())
                rest = rest[self._sock.send(rest) :]
        finally:
            rest.release()

    def makefile(self, mode: str = "rb", *_: Any) -> io.BufferedReader:
        return io.BufferedReader(_TimedReader(self._sock, self._line))

    def settimeout(self, _: float | None) -> None:
        """Ignored: the deadline decides."""

    def shutdown(self, how: int) -> None:
        self._sock.shutdown(how)

    def close(self) -> None:
        self._sock.close()


class _TimedReader(io.RawIOBase):
    def __init__(self, sock: socket.socket, line: Line) -> None:
        self._sock = sock
        self.line = line
        self._raw = sock.makefile("rb", buffering=0)  # keeps the socket open until the answer is read

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        line = self.line
        if line.received >= line.limit:
            line.trouble = "too_large"
            raise OSError("The answer is too large.")
        try:
            self._sock.settimeout(line.left())
            size = self._raw.readinto(buffer) or 0
        except TimeoutError:
            line.trouble = "timeout"
            raise
        except OSError:
            line.trouble = "connection_lost"
            raise
        line.received += size
        if size == 0:
            line.is_ended = True
            line.trouble = line.trouble or "connection_lost"
        return size

    def close(self) -> None:
        self._raw.close()
        super().close()


def _dial(addresses: tuple[Address, ...], connect_by: float) -> socket.socket:
    failure = NotSent("connect_timeout", "No connection could be made in time, so nothing was sent.")
    for position, address in enumerate(addresses):
        seconds = (connect_by - now()) / (len(addresses) - position)
        if seconds <= 0:
            break
        sock = socket.socket(address.family, socket.SOCK_STREAM)
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.settimeout(seconds)
            sock.connect(address.sockaddr)
        except OSError as error:
            sock.close()
            failure = _not_connected(error)
        except BaseException:
            sock.close()
            raise
        else:
            return sock
    raise failure


def _not_connected(error: OSError) -> NotSent:
    if isinstance(error, TimeoutError):
        return NotSent("connect_timeout", "No connection could be made in time, so nothing was sent.")
    if isinstance(error, ConnectionRefusedError):
        return NotSent("refused", "The connection was refused, so nothing was sent.")
    return NotSent("unreachable", "There is no way to the provider right now, so nothing was sent.")


def _shake_hands(sock: socket.socket, host: str, connect_by: float) -> socket.socket:
    try:
        sock.getpeername()  # a line that is dead already would be wrapped without a handshake
        sock = tls = tls_context().wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False)
        sock.settimeout(max(connect_by - now(), 0.001))
        tls.do_handshake()
        return tls
    except ssl.SSLCertVerificationError as error:
        why = error.verify_message.rstrip(".") or "it does not fit"
        message = f"The certificate of {host} cannot be trusted ({why}), so nothing was sent."
        failure = NotSent("certificate", message, is_permanent=True)
    except ssl.SSLError as error:
        is_old = error.reason in _OLD_TLS
        message = f"{host} speaks no encryption that is safe today" if is_old else f"No safe line to {host} came about"
        failure = NotSent("tls_version" if is_old else "tls", f"{message}, so nothing was sent.", is_permanent=is_old)
    except OSError as error:
        failure = _not_connected(error)
    sock.close()
    raise failure
