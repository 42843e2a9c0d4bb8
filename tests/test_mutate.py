"""scripts/mutate: it makes the faults it should, notices which tests notice them, and leaves no file changed."""

import ast
import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPTS = Path(__file__).resolve().parent.parent / "scripts"


@pytest.fixture(scope="module")
def mutants() -> ModuleType:
    spec = importlib.util.spec_from_file_location("scripts_mutants", SCRIPTS / "mutants.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("source", "forms"),
    [
        ("a = b < c", {"a = b <= c", "a = b >= c"}),
        ("a = b == c", {"a = b != c"}),
        ("a = b in c", {"a = b not in c"}),
        ("a = b is None", {"a = b is not None"}),
        ("a = b and c", {"a = b or c", "a = b", "a = c"}),
        ("a = not b", {"a = b"}),
        ("a = b - c", {"a = b + c"}),
        ("a = b | c", {"a = b", "a = c"}),
        ("a = True", {"a = False"}),
        ("a = 7", {"a = 8"}),
        ("a = -1", {"a = 1", "a = -2"}),
        ("a = 'code'", {"a = 'codex'"}),
        ("a = 'Nothing was sent.'", set()),
        ("a = {b, c}", {"a = {c}", "a = {b}"}),
        ("a = {b: c, d: e}", {"a = {d: e}", "a = {b: c}"}),
        ("a = S.ONE, S.TWO", {"a = (S.TWO,)", "a = (S.ONE,)", "a = (S.TWO, S.TWO)", "a = (S.ONE, S.ONE)"}),
        ("a = b(c, d=e)", {"a = b(c)"}),
        ("a = min(b)", {"a = max(b)"}),
        ("a = b if c else d", {"a = b if not c else d"}),
        ("def a():\n    return b", {"def a():\n    return None"}),
        ("def a():\n    b()", {"def a():\n    pass"}),
        ("def a():\n    raise b", {"def a():\n    pass"}),
        ("def a():\n    if b:\n        c = d", {"def a():\n    if not b:\n        c = d"}),
        ("def a():\n    log.info('b', c=1)", set()),
        ("def a(b: 'c') -> 'd':\n    'e'\n    c = b", set()),
        ("class A(models.TextChoices):\n    B = 'b'", set()),
        ("import a", set()),
    ],
)
def test_every_way_to_go_wrong_is_found(mutants, source, forms):
    assert {ast.unparse(mutant.statement) for mutant in mutants.mutants_of(source)} == forms


def test_a_fault_knows_its_function_and_the_lines_that_a_test_must_run(mutants):
    source = "A = 1\n\ndef b(c=2):\n    if c:\n        return 3\n    return c\n"
    found = {(mutant.function, mutant.what): set(mutant.lines) for mutant in mutants.mutants_of(source)}
    assert found == {
        ("", "1 → 2"): set(),  # any test may notice it
        ("b", "2 → 3"): {3, 4, 5, 6},
        ("b", "condition c turned round"): {4},
        ("b", "3 → 4"): {5},
        ("b", "return … → return None"): {6},
    }
    assert {mutant.function for mutant in mutants.mutants_of(source, frozenset({"b"}))} == {"b"}


MODULE = """
PROVEN = {400, 404}
DOUBLED = {status * 2 for status in PROVEN}

def is_proven(status):
    while status < 0:
        status += 400
    return status in PROVEN
"""
USER = """
from module import DOUBLED, PROVEN, is_proven

def proves(status):
    return is_proven(status), status in PROVEN, status in DOUBLED
"""
GOOD = """
import pytest
from user import proves

@pytest.mark.parametrize("status", [400, 404, 500, 800, 808, 0, -1, -400])
def test_all(status):
    assert proves(status) == (status in (400, 404), status in (400, 404), status in (800, 808))
"""
POOR = """
from user import proves

def test_one():
    assert proves(404)[0]
"""


@pytest.mark.parametrize(("tests", "code", "score"), [(GOOD, 0, "100.0%"), (POOR, 1, "%")])
def test_the_score_tells_good_tests_from_poor_ones(tmp_path, tests, code, score):
    for name, text in {"module.py": MODULE, "user.py": USER, "test_it.py": tests}.items():
        (tmp_path / name).write_text(text)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "DJANGO"))}
    environment["PYTHONPATH"] = str(tmp_path)
    command = [sys.executable, str(SCRIPTS / "mutate.py"), "module.py", "--tests", "test_it.py", "--seconds", "2"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == code, done.stdout + done.stderr
    assert score in done.stdout.splitlines()[-1]
    assert ("400 left out (no test fails)" in done.stdout) == (tests is POOR)
    assert ("status += 400 left out (no test runs it)" in done.stdout) == (tests is POOR)
    assert (tmp_path / "module.py").read_text() == MODULE


def test_tests_that_fail_anyway_are_told_instead_of_a_score(tmp_path):
    (tmp_path / "module.py").write_text(MODULE)
    (tmp_path / "test_it.py").write_text("def test_it():\n    assert False\n")
    command = [sys.executable, str(SCRIPTS / "mutate.py"), "module.py", "--tests", "test_it.py", "--seconds", "2"]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert "did not pass without any fault" in done.stderr
    assert "Score" not in done.stdout
