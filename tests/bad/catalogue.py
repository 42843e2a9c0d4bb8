"""Writes the names of the tests into docs/bad-inputs.md: `python -m tests.bad.catalogue`. The rest is kept by hand."""

import ast
import functools
import re
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "bad-inputs.md"
NUMBERS = range(1, 73)
_NUMBERED = re.compile(r"test_bad_((?:\d+_)+)")
_ROW = re.compile(r"^\| (\d+) \| ([^|]+) \| ([^|]+) \| ([^|]*) \|$", re.MULTILINE)


@functools.cache
def tests() -> dict[int, list[str]]:
    """The names of all tests by number, "file::name". A test may have several numbers: test_bad_13_15_…"""
    found: dict[int, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            match = _NUMBERED.match(node.name) if isinstance(node, ast.FunctionDef) else None
            if match and isinstance(node, ast.FunctionDef):
                for number in match[1].strip("_").split("_"):
                    found[int(number)].append(f"{path.relative_to(ROOT / 'tests')}::{node.name}")
    return dict(found)


def rows() -> dict[int, tuple[str, str, list[str]]]:
    """Of the page: number to (input, behaviour, names of tests)."""
    found = {}
    for number, wrong, right, named in _ROW.findall(PAGE.read_text()):
        found[int(number)] = (wrong.strip(), right.strip(), re.findall(r"`([^`]+)`", named))
    return found


def write() -> None:
    known = tests()

    def row(match: re.Match[str]) -> str:
        named = "<br>".join(f"`{name}`" for name in known.get(int(match[1]), []))
        return f"| {match[1]} | {match[2].strip()} | {match[3].strip()} | {named} |"

    PAGE.write_text(_ROW.sub(row, PAGE.read_text()))


if __name__ == "__main__":
    write()
