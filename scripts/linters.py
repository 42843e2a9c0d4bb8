"""Run every linter and consistency check, one line each, and fail at the end if one of them did.

With --fix the formatters mend what they can first.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-uv.lock")
DJADE = ("--target-version", "6.1")
DJHTML = ("--tabwidth", "2")
# H015 wants a line break after each heading, H020 forbids the empty spans that bars are drawn with, H043 wants a type
# on buttons that submit (all do), H030 and H031 want keywords for search engines on pages behind a sign-in.
DJLINT = ("--profile", "django", "--ignore", "H015,H020,H030,H031,H043")

# `check --deploy` judges the settings of a real installation, so it gets the environment of one. Nothing is connected.
PRODUCTION = {
    "SECRET_KEY": secrets.token_urlsafe(48),
    "CREDENTIAL_KEYS": f"check:{base64.b64encode(secrets.token_bytes(32)).decode()}",
    "DATABASE_URL": "postgres://splitdesk@localhost/splitdesk",
    "REDIS_URL": "redis://localhost/0",
    "ALLOWED_HOSTS": "tests.example.com",
    "BASE_URL": "https://tests.example.com",
    "EMAIL_URL": "smtp://mail.example.com",
}

type Problems = tuple[bool, str]  # did it pass, and what is there to read if not


def tool(name: str, *arguments: str, **environment: str) -> Callable[[], Problems]:
    """A check that runs a program of .venv, in the environment of production, and passes if it ends with 0."""

    def check() -> Problems:
        keep = {name: os.environ[name] for name in ("HOME", "LANG", "PATH", "TMPDIR") if name in os.environ}
        result = subprocess.run(
            [str(BIN / name), *arguments],
            cwd=ROOT,
            env={**keep, **PRODUCTION, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return result.returncode == 0, result.stdout

    return check


def own(find: Callable[[], list[str]]) -> Callable[[], Problems]:
    """A check of ours: it passes if `find` returns no problem."""

    def check() -> Problems:
        problems = find()
        return not problems, "\n".join(problems)

    return check


def lock_problems() -> list[str]:
    """Locks hold no addresses, a hash for every pin, everything that is asked for, and the same pins as each other."""
    problems = [
        f"{name}:{number}: holds an address"
        for name in LOCKS
        for number, line in enumerate(lines(name), start=1)
        if "://" in line or line.startswith("-")
    ]
    pins = {name: pinned(name) for name in LOCKS}
    problems += [f"{name}: {pin} has no hash" for name in LOCKS for pin in pins[name] if not has_hash(name, pin)]
    for asked_for in ("requirements.in", "requirements-dev.in"):
        lock = asked_for.replace(".in", ".lock")
        names = {pin.partition("==")[0] for pin in pins[lock]}
        problems += [f"{lock}: {name} of {asked_for} is missing" for name in required(asked_for) if name not in names]
    absent = pins["requirements.lock"] - pins["requirements-dev.lock"]
    return problems + [f"requirements-dev.lock: lacks {pin} of requirements.lock" for pin in sorted(absent)]


def lines(name: str) -> list[str]:
    return (ROOT / name).read_text().splitlines()


def pinned(lock: str) -> set[str]:
    """The `name==version` of a lock; a package may have two of them for different platforms."""
    return {match[0] for line in lines(lock) if (match := re.match(r"[A-Za-z0-9._-]+==[^ ;\\]+", line))}


def has_hash(lock: str, pin: str) -> bool:
    following = (ROOT / lock).read_text().split(f"{pin} ", 1)
    return len(following) == 2 and "--hash=sha256:" in following[1].split("\n")[1]


def required(name: str) -> list[str]:
    """The package names of a .in file, spelled as in the locks."""
    found = [re.match(r"[A-Za-z0-9._-]+", line) for line in lines(name) if not line.startswith(("-", "#"))]
    return [match[0].lower().replace("_", "-").replace(".", "-") for match in found if match]


def vendored_problems() -> list[str]:
    """Every copied file is the one that static/vendor.txt names, and none is missing from that list."""
    rows = [line.split()[:4] for line in lines("static/vendor.txt") if line.strip() and not line.startswith("#")]
    problems = [
        f"{path}: not the file that static/vendor.txt names"
        for path, _, _, digest in rows
        if hashlib.sha256((ROOT / path).read_bytes()).hexdigest() != digest
    ]
    copied = {path.relative_to(ROOT).as_posix() for path in ROOT.glob("*/vendor/*")}
    return problems + [f"{path}: not listed in static/vendor.txt" for path in sorted(copied - {row[0] for row in rows})]


def templates() -> list[str]:
    return sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "templates").rglob("*.html"))


def fixes() -> list[Callable[[], Problems]]:
    """The formatters, in an order in which none undoes another's work: djade goes last."""
    return [
        tool("ruff", "check", "--fix", "--quiet", "."),
        tool("ruff", "format", "--quiet", "."),
        tool("djhtml", *DJHTML, "templates"),
        tool("djade", *DJADE, *templates()),
    ]


def checks() -> dict[str, Callable[[], Problems]]:
    """Every check by its name, in the order of the report."""
    manage = ("python", "manage.py")
    return {
        "ruff check": tool("ruff", "check", "."),
        "ruff format": tool("ruff", "format", "--check", "."),
        "mypy --strict": tool("mypy", "."),
        "import contracts": tool("lint-imports", "--no-cache"),
        "djade": tool("djade", "--check", *DJADE, *templates()),
        "djlint": tool("djlint", "--lint", "--quiet", *DJLINT, "templates"),
        "djhtml": tool("djhtml", "--check", *DJHTML, "templates"),
        "migrations": tool(*manage, "makemigrations", "--check", "--dry-run", DATABASE_URL="sqlite:///:memory:"),
        "check --deploy": tool(*manage, "check", "--deploy", "--fail-level", "WARNING"),
        "hadolint": tool("hadolint", "Dockerfile"),
        "locks": own(lock_problems),
        "vendored files": own(vendored_problems),
    }


def timed(check: Callable[[], Problems]) -> tuple[bool, str, float]:
    started = time.monotonic()
    passed, output = check()
    return passed, output, time.monotonic() - started


def main() -> int:
    """Run them all, two at a time, and return 1 if one failed."""
    for fix in fixes() if "--fix" in sys.argv[1:] else []:
        fix()  # what it cannot mend, the checks say
    failed = 0
    with ThreadPoolExecutor(2) as pool:
        for name, (passed, output, seconds) in zip(checks(), pool.map(timed, checks().values()), strict=True):
            print(f"{'✓' if passed else '✗'} {name:<17} {seconds:5.1f} s", flush=True)
            if not passed:
                failed += 1
                print(output.rstrip(), flush=True)
    print("All checks passed." if not failed else f"{failed} of {len(checks())} checks failed.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
