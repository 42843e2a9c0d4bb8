"""Put small faults into the classifier, the table of states and the relay, one by one: do the tests notice?

    scripts/mutate                                     # every target below
    scripts/mutate experiments/relay/moving.py         # one of them
    scripts/mutate some/module.py --tests tests/a.py   # any module with any tests

One process imports everything, runs the tests once and notes which test runs which line. Then it forks: each child
takes one fault, swaps the code in place, and runs the tests that reach it, fastest first, until one fails. Mutmut
changes only the bodies of functions and would leave the tables alone; cosmic-ray changes the files and starts anew for
each fault.

Prints each fault that no test noticed, and a table. Ends with 1 where fewer than 95 of 100 were noticed.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import os
import pickle
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

sys.path.insert(0, str(Path(__file__).resolve().parent))
from mutants import Mutant, mutants_of

WANTED = 0.95
LONGEST = 20.0  # seconds for the tests of one fault, and ten times what they took without it: it may loop for ever
_TOOL = sys.monitoring.PROFILER_ID


@dataclass(frozen=True)
class Target:
    """A module, its tests (patterns in tests/), and its functions that count; all of it where none are named."""

    tests: tuple[str, ...]
    only: frozenset[str] = frozenset()


_DECISIONS = ("decisions/test_*.py",)
TARGETS = {
    "experiments/providers/failures.py": Target(("test_failure_classes.py", "test_airship_client.py")),
    "experiments/providers/replies.py": Target(("test_replies.py", "test_airship_reading.py")),
    "experiments/providers/airship/client.py": Target(
        ("test_classification.py", "test_airship_client.py"),
        frozenset({"create", "delete", "look_up", "_accepted", "_unreadable", "_answer", "_is_no"}),
    ),
    "experiments/providers/airship/refusals.py": Target(("test_airship_refusals.py",)),
    "experiments/providers/qonversion/client.py": Target(
        ("test_classification.py", "test_qonversion_client.py", "test_qonversion_failures.py"),
        frozenset({"create", "attach_tester", "_deleted", "_done", "_accepted", "_unreadable"}),
    ),
    "experiments/providers/qonversion/refusals.py": Target(("test_qonversion_refusals.py",)),
    "experiments/models/states.py": Target(("test_state_table.py",)),
    "experiments/relay/moving.py": Target(("test_state_table.py",)),
    "experiments/relay/sending.py": Target(
        _DECISIONS,
        frozenset({"reason_to_stop", "is_too_late", "record_failure", "_record_no", "_move_even_late"})
        | {"_record_unknown", "_record_not_applied"},
    ),
    "experiments/relay/sweeping.py": Target(_DECISIONS),
    "experiments/relay/waiting.py": Target(_DECISIONS),
    "experiments/relay/searching.py": Target(
        _DECISIONS,
        frozenset({"_absent", "_absent_after_all", "_was_taken", "_refuses_late_copies", "_was_late"})
        | {"_has_taken_late"},
    ),
}


@dataclass
class Result:
    """What became of a module's faults."""

    path: str
    noticed: int = 0
    missed: list[tuple[Mutant, str]] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.noticed + len(self.missed)

    @property
    def score(self) -> float:
        return self.noticed / self.total if self.total else 1.0


def main(arguments: list[str]) -> int:
    """Each module in a process of its own, so that the tests of one are imported without those of another."""
    parser = argparse.ArgumentParser(prog="scripts/mutate", description="Do the tests notice small faults?")
    parser.add_argument("modules", nargs="*", help="paths such as experiments/relay/moving.py")
    parser.add_argument("--tests", nargs="+", help="test files, for modules that are no target")
    parser.add_argument("--seconds", type=float, default=LONGEST, help="for one fault, on top of ten times the usual")
    given = parser.parse_args(arguments)
    targets = {
        path: Target(tuple(given.tests)) if given.tests else TARGETS[path] for path in given.modules or list(TARGETS)
    }
    os.nice(10)
    results = [_in_a_process(path, target, given.seconds) for path, target in targets.items()]
    print("\n| Module | Faults | Noticed | Score |\n|---|---|---|---|")
    for result in results:
        print(f"| `{result.path}` | {result.total} | {result.noticed} | {result.score:.1%} |")
    return 0 if all(result.score >= WANTED for result in results) else 1


def _in_a_process(path: str, target: Target, seconds: float) -> Result:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reader)
            result = _examined(path, target, seconds)
            with os.fdopen(writer, "wb") as pipe:
                pickle.dump((result.noticed, [(m.function, m.line, m.what, why) for m, why in result.missed]), pipe)
            os._exit(0)
        except BaseException as error:  # whatever it was, the parent must not run on twice
            print(f"{path}: {error!r}", file=sys.stderr, flush=True)
            os._exit(1)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    if not said:
        sys.exit(f"{path}: the tests did not pass without any fault.")
    noticed, missed = pickle.loads(said)
    empty = ast.Pass()
    return Result(path, noticed, [(Mutant(f, line, frozenset(), what, empty), why) for f, line, what, why in missed])


def _examined(path: str, target: Target, seconds: float) -> Result:
    found = mutants_of(Path(path).read_text(), target.only)
    examiner = Examiner(path, found, seconds)
    tests = [str(f) for name in target.tests for f in (sorted(Path("tests").glob(name)) or sorted(Path().glob(name)))]
    code = pytest.main(["-q", "-x", "-p", "no:randomly", "-p", "no:cacheprovider", *tests], plugins=[examiner])
    if not examiner.is_done:
        raise RuntimeError(f"pytest said {code}")
    return examiner.result


class Examiner:
    """A plugin of pytest in the place of its loop over the tests."""

    def __init__(self, path: str, mutants: list[Mutant], seconds: float) -> None:
        self.path, self.mutants, self.seconds = path, mutants, seconds
        self.result = Result(path)
        self.is_done = False
        self._seconds: dict[str, float] = {}
        self._reached: dict[str, set[int]] = {}

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        module = importlib.import_module(self.path.removesuffix(".py").replace("/", "."))
        if session.testsfailed or not self._passes_without_a_fault(session, module):
            return True
        _close_database()
        started = time.monotonic()
        for number, mutant in enumerate(self.mutants, start=1):
            why = self._why_missed(session, module, mutant)
            if why:
                self.result.missed.append((mutant, why))
                print(f"\r{self.path}:{mutant.line} {mutant.function or 'module'}: {mutant.what} ({why})", flush=True)
            else:
                self.result.noticed += 1
            if sys.stderr.isatty():
                print(f"\r{number}/{len(self.mutants)} {time.monotonic() - started:.0f} s", end="", file=sys.stderr)
        self.is_done = True
        return True

    def _passes_without_a_fault(self, session: pytest.Session, module: ModuleType) -> bool:
        lines: set[int] = set()

        def note(code: CodeType, line: int) -> object:
            lines.add(line)
            return sys.monitoring.DISABLE

        sys.monitoring.use_tool_id(_TOOL, "mutate")
        sys.monitoring.register_callback(_TOOL, sys.monitoring.events.LINE, note)
        for code in _codes(module):
            sys.monitoring.set_local_events(_TOOL, code, sys.monitoring.events.LINE)
        for item in session.items:
            lines.clear()
            sys.monitoring.restart_events()
            started = time.monotonic()
            if failure := _failure(item):
                print(f"{item.nodeid} fails without any fault.\n{failure}", file=sys.stderr)
                return False
            self._seconds[item.nodeid], self._reached[item.nodeid] = time.monotonic() - started, set(lines)
        sys.monitoring.free_tool_id(_TOOL)
        return bool(session.items)

    def _why_missed(self, session: pytest.Session, module: ModuleType, mutant: Mutant) -> str:
        """ "" where a test noticed the fault."""
        items = [item for item in session.items if not mutant.lines or mutant.lines & self._reached[item.nodeid]]
        if not items:
            return "no test runs it"
        items.sort(key=lambda item: self._seconds[item.nodeid])
        limit = self.seconds + 10 * sum(self._seconds[item.nodeid] for item in items)
        directory = tempfile.mkdtemp(prefix="mutate-")
        child = os.fork()
        if child == 0:
            os.setpgid(0, 0)
            signal.setitimer(signal.ITIMER_REAL, limit)  # SIGALRM ends the process
            _be_quiet()
            status = 1
            try:
                _copy_database(directory)
                swap(module, mutant)
                status = 0 if not any(_failure(item) for item in items) else 1
            finally:
                os._exit(status)
        _, status = os.waitpid(child, 0)
        shutil.rmtree(directory, ignore_errors=True)
        return "" if status else "no test fails"


def _close_database() -> None:
    """A connection must not be shared with a child."""
    if "django.db" in sys.modules:
        from django.db import connections

        connections.close_all()


def _copy_database(directory: str) -> None:
    """A child that is stopped half-way must not leave its rows to the next."""
    if "django.db" not in sys.modules:
        return
    from django.db import connection

    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite" and os.path.exists(name):
        connection.settings_dict["NAME"] = shutil.copy(name, directory)


def swap(module: ModuleType, mutant: Mutant) -> None:
    """Put the fault into the running module, and wherever its names were imported."""
    statement = mutant.statement
    if isinstance(statement, ast.FunctionDef):
        _swap_function(module.__dict__[statement.name], _executed(module, statement)[statement.name])
        return
    tree = ast.parse(Path(str(module.__file__)).read_text()).body
    position = next(index for index, other in enumerate(tree) if other.lineno == statement.lineno)
    changed: dict[str, tuple[Any, Any]] = {}
    for other in [statement, *tree[position + 1 :]]:
        uses = {node.id for node in ast.walk(other) if isinstance(node, ast.Name)}
        if other is not statement and (isinstance(other, ast.FunctionDef) or not uses & changed.keys()):
            continue
        for name, value in _executed(module, other).items():
            changed[name] = (module.__dict__.get(name), value)
            module.__dict__[name] = value
    for user in list(sys.modules.values()):
        for name, (old, new) in changed.items():
            if getattr(user, "__dict__", {}).get(name) is old and old is not None:
                user.__dict__[name] = new


def _executed(module: ModuleType, statement: ast.stmt) -> dict[str, Any]:
    """The names that a top-level statement makes, without touching the module."""
    made: dict[str, Any] = {}
    exec(compile(ast.Module([statement], []), str(module.__file__), "exec"), module.__dict__, made)
    return made


def _swap_function(old: Any, new: Any) -> None:
    """Everybody who imported the function has this very object, so it gets the other's code."""
    old, new = getattr(old, "__wrapped__", old), getattr(new, "__wrapped__", new)
    old.__code__, old.__defaults__, old.__kwdefaults__ = new.__code__, new.__defaults__, new.__kwdefaults__


def _codes(module: ModuleType) -> Iterator[CodeType]:
    todo: list[object] = [value for value in module.__dict__.values() if _is_of(value, module)]
    while todo:
        value = todo.pop()
        value = getattr(value, "__wrapped__", value)
        if isinstance(value, type):
            todo += [member for member in vars(value).values() if isinstance(member, FunctionType | property)]
        elif isinstance(value, property):
            todo.append(value.fget)
        elif isinstance(value, FunctionType):
            todo.append(value.__code__)
        elif isinstance(value, CodeType) and value.co_filename == module.__file__:
            yield value
            todo += [constant for constant in value.co_consts if isinstance(constant, CodeType)]


def _is_of(value: object, module: ModuleType) -> bool:
    return getattr(value, "__module__", None) == module.__name__


def _failure(item: pytest.Item) -> str:
    """Run one test. "" where it passed."""
    reports = runtestprotocol(item, nextitem=item.session, log=False)  # type: ignore[arg-type]  # what all share
    return next((report.longreprtext or "failed" for report in reports if report.failed), "")


def _be_quiet() -> None:
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
