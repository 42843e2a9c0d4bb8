"""Find a Python that can run Splitdesk, install a lock into .venv once, then become the given command.

Any Python 3.8 can start this file, so it uses the standard library and that version's syntax only.
"""

from __future__ import annotations

import glob
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed.json"  # {lock file name: sha256 of the lock that .venv was filled from}
INSTALLER_LOCK = "requirements-uv.lock"
DEVELOPMENT = "requirements-dev.lock"
INCLUDED = {DEVELOPMENT: ["requirements.lock"]}  # the development lock holds every pin of the other
NAMES = ("python3.12", "python3.13", "python3.14", "python3", "python")
SUITABLE = "import sys, ensurepip, sqlite3, ssl, venv; sys.exit(sys.version_info < (3, 12))"


def main(lock: str, command: list[str]) -> None:
    """Install ``lock`` unless .venv already has exactly it, then replace this process by ``command``."""
    if not is_installed(lock):
        # The demo must not take the tools away from a developer whose locks have changed.
        install(DEVELOPMENT if DEVELOPMENT in stamp() else lock)
    os.chdir(str(ROOT))
    os.execv(str(VENV_PYTHON), [str(VENV_PYTHON), *command])


def is_installed(lock: str) -> bool:
    """True if .venv was filled from this very lock. Needs no network, so a second start works offline."""
    return VENV_PYTHON.exists() and stamp().get(lock) == digest(lock)


def stamp() -> dict[str, str]:
    """What .venv was filled from; empty if that is not known."""
    try:
        found: dict[str, str] = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return found


def digest(lock: str) -> str:
    """SHA-256 of a lock file, in hex."""
    return hashlib.sha256((ROOT / lock).read_bytes()).hexdigest()


def install(lock: str) -> None:
    """Fill .venv from ``lock``; the stamp is written last, so that an interrupted install is done again."""
    if STAMP.exists():
        STAMP.unlink()
    if not runs(VENV_PYTHON, SUITABLE + " or __import__('pip')"):
        make_venv()
    print(f"Installing what {lock} lists into .venv. This happens once.", flush=True)
    pip = [str(VENV_PYTHON), "-m", "pip", "--quiet", "--disable-pip-version-check", "install", "--require-hashes", "-r"]
    uv = [str(VENV_PYTHON), "-m", "uv", "--quiet", "pip", "sync", "--require-hashes", "--python", str(VENV_PYTHON)]
    # uv is three times as fast. Where it cannot be had, or does not know this machine's package index, pip does it.
    with_uv = runs_quietly([*pip, INSTALLER_LOCK]) and runs_quietly([*uv, lock])
    if not with_uv and subprocess.call([*pip, lock], cwd=str(ROOT)) != 0:
        sys.exit(f"Installing {lock} into .venv failed; pip says why above.")
    STAMP.write_text(json.dumps({name: digest(name) for name in [lock, *INCLUDED.get(lock, [])]}))


def make_venv() -> None:
    """Create .venv with the first suitable Python, or say in one sentence that there is none."""
    for python in candidates():
        if runs(python, SUITABLE) and runs_quietly([str(python), "-m", "venv", "--clear", str(VENV)]):
            return
    sys.exit(
        "Splitdesk needs Python 3.12 or newer with its venv module (Debian and Ubuntu: python3-venv), "
        "and found none on this machine."
    )


def candidates() -> list[Path]:
    """Every Python worth trying, best first: this one, those on the PATH, then those of pyenv and uv."""
    directories = [directory for directory in os.environ.get("PATH", "").split(os.pathsep) if directory]
    found = [sys.executable] + [os.path.join(directory, name) for name in NAMES for directory in directories]
    pyenv = os.environ.get("PYENV_ROOT") or os.path.expanduser("~/.pyenv")
    found += sorted(glob.glob(os.path.join(pyenv, "versions", "3.*", "bin", "python")))
    data = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
    uv = os.environ.get("UV_PYTHON_INSTALL_DIR") or os.path.join(data, "uv", "python")
    found += sorted(glob.glob(os.path.join(uv, "*", "bin", "python3")))
    return [Path(path) for path in dict.fromkeys(found) if path and os.access(path, os.X_OK)]


def runs(python: Path, code: str) -> bool:
    """True if ``python`` exists, really runs, and ends ``code`` with 0."""
    return runs_quietly([str(python), "-c", code])


def runs_quietly(command: list[str]) -> bool:
    """True if ``command`` could be started and ended with 0; what it prints is dropped."""
    try:
        return subprocess.run(command, cwd=str(ROOT), capture_output=True).returncode == 0
    except OSError:
        return False


if __name__ == "__main__":
    try:
        main(sys.argv[1], sys.argv[2:])
    except KeyboardInterrupt:
        sys.exit(130)
