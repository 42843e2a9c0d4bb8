"""The sandbox as a server, Qonversion under /v4 and Airship everywhere else.

One thread listens, one serves each connection, one starts tests when their time comes.

In tests: `with Sandbox() as sandbox: ...` listens on a free port of 127.0.0.1 and keeps everything in memory.
"""

import contextlib
import socket
import struct
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from sandbox import control
from sandbox.airship import examples as airship_examples
from sandbox.airship import routes as airship
from sandbox.airship.life import start_due
from sandbox.clock import Clock, http_date
from sandbox.faults import Fault, FaultBook, fault_from, replacement, with_ok_string
from sandbox.ledger import Effect, RequestLog, Seen, fingerprint
from sandbox.qonversion import examples as qonversion_examples
from sandbox.qonversion import routes as qonversion
from sandbox.qonversion.store import Environment, Project, Store
from sandbox.state import App, State
from sandbox.wire import Answer, Gone, Reader, Request, Unreadable

IDLE_SECONDS = 75.0
RESET = struct.pack("ii", 1, 0)  # linger on, zero seconds: close sends RST


class Vendor(Protocol):
    """What a vendor's `routes` module offers."""

    def respond(self, state: State, clock: Clock, request: Request, lag: float = 0.0) -> Answer: ...

    def app_key_of(self, request: Request) -> str: ...


class Hangup(Exception):
    """The connection is over, on purpose."""


class Sandbox:
    """One running imitation.

    `state_path` None keeps everything in memory; `port` 0 takes a free one; `speed` is how fast a sent test lives.
    """

    def __init__(
        self,
        state_path: Path | str | None = None,
        port: int = 0,
        *,
        host: str = "127.0.0.1",
        speed: float = 1.0,
        examples: bool = False,
    ) -> None:
        in_memory = state_path is None or str(state_path) == ":memory:"
        self.state = State(None if in_memory else Path(str(state_path)))
        self.clock = Clock(self.state.offset_seconds(), speed)
        self.faults = FaultBook()
        self.requests = RequestLog()
        self.host, self.port = host, port
        self.stopping = threading.Event()
        self._wake = threading.Event()
        self._listener: socket.socket | None = None
        self._connections: dict[threading.Thread, socket.socket] = {}
        self._lock = threading.Lock()
        self.app = self._first_app()
        self.project = self._first_project()
        if examples:
            airship_examples.add_examples(self.state, self.app, self.clock.now())
            environment = Environment(self.secret_key, self.project)
            qonversion_examples.add_examples(Store(self.state), environment, self.clock.now())

    def _first_app(self) -> App:
        apps = self.state.apps()
        return apps[0] if apps else self.state.add_app("Marlow Running", 187_400)

    def _first_project(self) -> Project:
        projects = self.projects()
        return projects[0] if projects else self.new_project("Marlow Running", 64_000)

    # for tests, in process

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def key(self) -> str:
        return self.app.key

    @property
    def secret(self) -> str:
        return self.app.secret

    @property
    def secret_key(self) -> str:
        """Of the project's production environment."""
        return self.project.secret_key

    @property
    def test_secret_key(self) -> str:
        """Of the same project's sandbox environment, whose data are its own."""
        return self.project.test_secret_key

    def new_app(self, name: str = "Another app", size: int = 60_000) -> App:
        return self.state.add_app(name, size)

    def new_project(self, name: str = "Another project", size: int = 20_000) -> Project:
        return Store(self.state).add_project(name, size)

    def projects(self) -> list[Project]:
        return Store(self.state).projects()

    def order(self, kind: str, **more: object) -> Fault:
        """Orders a fault; the keys are listed in sandbox/faults.py."""
        return self.accept_order({"kind": kind, **more})

    def switch(self, name: str, value: object, app_key: str = "") -> None:
        self.state.switch(name, value, app_key)

    def effects(self, app_key: str = "", kind: str = "") -> list[Effect]:
        self.start_due()
        return self.state.effects(app_key, kind)

    def set_clock(self, offset_seconds: float | None = None, speed: float | None = None) -> None:
        if offset_seconds is not None:
            self.clock.offset_seconds = offset_seconds
            self.state.remember_offset(offset_seconds)
        if speed is not None:
            self.clock.speed = speed
        self.start_due()
        self.wake()

    def reset(self) -> None:
        """As after a first start without examples; app keys and projects stay."""
        self.faults.clear()
        self.requests.clear()
        self.state.forget()
        self.clock.offset_seconds = 0.0

    def wake(self) -> None:
        """Lets the thread that starts tests look at the time again."""
        self._wake.set()

    def start_due(self) -> None:
        start_due(self.state, self.clock.now())

    def accept_order(self, order: dict[str, object]) -> Fault:
        """Raises BadOrder."""
        fault = fault_from(order)
        if fault.kind == "refuse" and fault.seconds:
            threading.Thread(target=self._refuse, args=(fault.seconds,), daemon=True).start()
            return fault
        return self.faults.order(fault)

    # life

    def start(self) -> Self:
        self._listener = self._listen()
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, name="sandbox-accept", daemon=True).start()
        threading.Thread(target=self._tick, name="sandbox-tick", daemon=True).start()
        return self

    def stop(self) -> None:
        self.stopping.set()
        self.wake()
        self._close_listener()
        with self._lock:
            connections = dict(self._connections)
        for connection in connections.values():
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in connections:
            thread.join(timeout=2)
        self.state.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _listen(self) -> socket.socket:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((self.host, self.port))
        listener.listen(512)
        return listener

    def _close_listener(self) -> None:
        listener, self._listener = self._listener, None
        if listener is None:
            return
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits in accept
        listener.close()

    def _refuse(self, seconds: float) -> None:
        self._close_listener()
        if self.stopping.wait(seconds):
            return
        self._listener = self._listen()
        threading.Thread(target=self._accept, name="sandbox-accept", daemon=True).start()

    def _tick(self) -> None:
        while not self.stopping.is_set():
            with contextlib.suppress(Exception):  # stopping closes the state under this thread
                self.start_due()
                upcoming = self.state.next_start()
                pause = 0.5 if upcoming is None else min(0.5, max(0.01, upcoming - self.clock.now()))
                self._wake.wait(pause)
                self._wake.clear()

    def _accept(self) -> None:
        listener = self._listener
        while listener is not None:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            if self.faults.refuses_connection():
                _reset(connection)
                continue
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.settimeout(IDLE_SECONDS)
            threading.Thread(target=self._serve, args=(connection,), name="sandbox-serve", daemon=True).start()

    # one connection

    def _serve(self, connection: socket.socket) -> None:
        with self._lock:
            self._connections[threading.current_thread()] = connection
        reader = Reader(connection)
        try:
            while not self.stopping.is_set():
                request = reader.read_request()
                self._serve_one(connection, request)
                if not request.keeps_alive:
                    break
        except Unreadable as problem:
            with contextlib.suppress(OSError):
                answer = Answer(problem.status, b"", None)
                connection.sendall(answer.encode(http_date(self.clock.now()), keep_alive=False))
        except (Gone, Hangup, OSError):
            pass
        finally:
            with self._lock:
                del self._connections[threading.current_thread()]
            connection.close()

    def _serve_one(self, connection: socket.socket, request: Request) -> None:
        if request.path.startswith("/_sandbox/"):
            answer = control.respond(self, request)
            connection.sendall(answer.encode(http_date(self.clock.now()), request.keeps_alive))
            return
        app_key = _vendor(request).app_key_of(request)
        seen = Seen(
            *(request.method, request.path, request.target, app_key, fingerprint(request.body), len(request.body)),
            *(request.accepted_ns, request.first_byte_ns, request.last_byte_ns, time.time()),
        )
        self.requests.add(seen)
        faults = self.faults.take(request, app_key)
        seen.fault = " ".join(fault.kind for fault in faults)
        Exchange(self, connection, request, seen, faults).run()


class Exchange:
    """One request and what becomes of it under the faults ordered for it."""

    def __init__(
        self, sandbox: Sandbox, connection: socket.socket, request: Request, seen: Seen, faults: list[Fault]
    ) -> None:
        self.sandbox, self.connection, self.request, self.seen = sandbox, connection, request, seen
        self.faults = {fault.kind: fault for fault in faults}
        self.fault = next((fault for fault in faults if fault.kind not in ("delay", "ok_string", "clock", "lag")), None)

    def run(self) -> None:
        if "delay" in self.faults:
            self.sandbox.stopping.wait(self.faults["delay"].ms / 1000)
        fault = self.fault
        if fault is None:
            self._send(self._effect())
            return
        if fault.kind == "hang":
            self._hang(fault)
            return
        answer = self._effect() if fault.is_after or fault.kind in ("drip", "cut") else None
        self._misbehave(fault, answer)

    def _effect(self) -> Answer:
        lag = self.faults["lag"].seconds if "lag" in self.faults else 0.0
        sandbox = self.sandbox
        answer = _vendor(self.request).respond(sandbox.state, sandbox.clock, self.request, lag)
        sandbox.wake()
        return with_ok_string(answer) if "ok_string" in self.faults else answer

    def _date(self) -> str:
        off = self.faults["clock"].seconds if "clock" in self.faults else 0.0
        return http_date(self.sandbox.clock.now() + off)

    def _send(self, answer: Answer) -> None:
        whole = answer.encode(self._date(), self.request.keeps_alive)
        if self.request.method == "HEAD" and answer.body:
            whole = whole[: -len(answer.body)]
        self.connection.sendall(whole)
        self.seen.answered(answer.status)

    def _hang(self, fault: Fault) -> None:
        answer = self._effect() if fault.is_after else None
        if self.sandbox.stopping.wait(fault.seconds):
            raise Hangup
        if fault.then == "answer":
            self._send(answer or self._effect())
        elif fault.then == "reset":
            _reset(self.connection)
        if fault.then != "answer":
            raise Hangup

    def _misbehave(self, fault: Fault, answer: Answer | None) -> None:
        instead = replacement(fault)
        if instead is not None:
            self._send(instead)
            return
        if fault.kind == "drip" and answer is not None:
            self._drip(answer, fault.bytes_per_second)
            return
        if fault.kind == "cut" and answer is not None:
            self.connection.sendall(answer.head(self._date(), keep_alive=True) + answer.body[: fault.bytes])
        elif fault.kind == "garbage":
            self.connection.sendall(b"\x00\xff\x13\x37 this is no HTTP \x80\x81\r\n\r\n")
        elif fault.kind == "endless":
            self._endless(fault)
        if fault.kind == "reset" or fault.then == "reset":
            _reset(self.connection)
        raise Hangup

    def _drip(self, answer: Answer, bytes_per_second: float) -> None:
        for byte in answer.encode(self._date(), self.request.keeps_alive):
            self.connection.sendall(bytes((byte,)))
            if self.sandbox.stopping.wait(1 / max(bytes_per_second, 0.01)):
                raise Hangup
        self.seen.answered(answer.status)

    def _endless(self, fault: Fault) -> None:
        answer = Answer(fault.status or 200, headers={"Transfer-Encoding": "chunked"})
        self.connection.sendall(answer.head(self._date(), keep_alive=True))
        piece = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
        while not self.sandbox.stopping.is_set():
            self.connection.sendall(piece)


def _vendor(request: Request) -> Vendor:
    """Whose addresses these are."""
    return qonversion if f"{request.path}/".startswith("/v4/") else airship


def _reset(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    connection.close()
