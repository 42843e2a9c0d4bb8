"""The parent's end of a driver: calls go as lines of JSON to a child that lives in the installation's Django."""

import contextlib
import json
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from rig.servers import PATIENCE, TICK, NotReady

ROOT = Path(__file__).resolve().parent.parent


class DriverError(RuntimeError):
    """The call failed inside the installation. `kind` is the exception's class name, for example OperationalError."""

    def __init__(self, kind: str, message: str, where: str) -> None:
        super().__init__(f"{kind}: {message}\n{where}")
        self.kind = kind
        self.message = message


class DriverGone(RuntimeError):
    """The child died during the call, or did not answer in time: whether the call was done is unknown."""


class Driver:
    """One child. Threads may share it: their calls wait for each other. After DriverGone the next call starts anew."""

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        self.environment = environment
        self.log = log
        self.patience = 60.0  # seconds for one call
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._rest = b""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """Every public function of rig/world.py."""
        if name.startswith("_"):
            raise AttributeError(name)

        def call(*arguments: Any, **named: Any) -> Any:
            return self.call(name, *arguments, **named)

        return call

    def call(self, name: str, /, *arguments: Any, **named: Any) -> Any:
        """Raises DriverError, DriverGone."""
        with self._lock:
            process = self._running()
            question = json.dumps({"name": name, "arguments": arguments, "named": named})
            try:
                assert process.stdin is not None
                process.stdin.write(question.encode() + b"\n")
                process.stdin.flush()
                answer = json.loads(self._line(process))
            except (OSError, DriverGone) as error:
                self._end()
                raise DriverGone(f"{name}: {error}") from None
        if "error" in answer:
            raise DriverError(**answer["error"])
        return answer["result"]

    def evaluate(self, expression: str, /, **names: Any) -> Any:
        """The value of a Python expression inside the installation, as JSON has it."""
        return self.call("evaluate", expression, **names)

    def execute(self, statements: str, /, **names: Any) -> Any:
        """Run Python statements inside the installation. Returns what they leave in `result`, if anything."""
        return self.call("execute", statements, **names)

    def wait_until_settled(self, operations: list[str], patience: float = PATIENCE) -> dict[str, dict[str, Any]]:
        """Their rows by id, once each is final or waits for a person. Raises NotReady."""
        until = time.monotonic() + patience
        while True:
            rows: dict[str, dict[str, Any]] = self.call("states", operations)
            if len(rows) == len(operations) and all(row["is_settled"] for row in rows.values()):
                return rows
            if time.monotonic() > until:
                raise NotReady(f"Not settled after {patience:g} seconds: {rows}")
            time.sleep(TICK * 5)

    def wait_for(self, operation: str, *states: str, patience: float = PATIENCE) -> dict[str, Any]:
        """The operation's row, once it is in one of the states. Raises NotReady."""
        until = time.monotonic() + patience
        while True:
            row: dict[str, Any] = self.call("states", [operation]).get(operation, {})
            if row.get("state") in states:
                return row
            if time.monotonic() > until:
                raise NotReady(f"Not {' or '.join(states)} after {patience:g} seconds: {row}")
            time.sleep(TICK)

    @property
    def pid(self) -> int:
        return self._running().pid

    def kill(self) -> None:
        """SIGKILL, also in the middle of a call."""
        process = self._process
        if process is not None:
            process.kill()
            process.wait()

    def stop(self) -> None:
        with contextlib.suppress(DriverGone):
            self._end()

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is None or self._process.poll() is not None:
            self._end()
            self.log.parent.mkdir(parents=True, exist_ok=True)
            with self.log.open("ab") as log:
                # Ends at the end of its input, which is also how the death of this process looks.
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "rig.world"],
                    cwd=ROOT,
                    env=dict(self.environment),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log.fileno(),
                    start_new_session=True,
                )
            self._rest = b""
        return self._process

    def _line(self, process: "subprocess.Popen[bytes]") -> bytes:
        assert process.stdout is not None
        until = time.monotonic() + self.patience
        while b"\n" not in self._rest:
            left = until - time.monotonic()
            if left <= 0 or not select.select([process.stdout], [], [], left)[0]:
                raise DriverGone(f"no answer within {self.patience:g} seconds")
            part = process.stdout.read1(65536)  # type: ignore[attr-defined]  # a BufferedReader
            if not part:
                raise DriverGone("the child died")
            self._rest += part
        line, _, self._rest = self._rest.partition(b"\n")
        return line

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                with contextlib.suppress(OSError):
                    pipe.close()
