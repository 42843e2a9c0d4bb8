"""The commands of a fresh clone: scripts/demo, scripts/test, scripts/check, and what .ci/run makes of them."""

import ast
import importlib.util
import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent
COMMANDS = ["bootstrap", "demo", "test", "check", "container"]


def load(name: str) -> ModuleType:
    """A script as a module of its own, so that a test may bend it."""
    spec = importlib.util.spec_from_file_location(f"scripts_{name}", ROOT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def bootstrap(monkeypatch, tmp_path: Path) -> ModuleType:
    """scripts/bootstrap.py in an empty clone with two locks."""
    module = load("bootstrap")
    for name, value in {
        "ROOT": tmp_path,
        "VENV": tmp_path / ".venv",
        "VENV_PYTHON": tmp_path / ".venv" / "bin" / "python",
        "STAMP": tmp_path / ".venv" / "installed.json",
    }.items():
        monkeypatch.setattr(module, name, value)
    (tmp_path / "requirements.lock").write_text("one==1\n")
    (tmp_path / "requirements-dev.lock").write_text("one==1\ntwo==2\n")
    module.VENV_PYTHON.parent.mkdir(parents=True)
    module.VENV_PYTHON.symlink_to(sys.executable)
    return module


@pytest.fixture
def path_of(tmp_path: Path):
    """A PATH with what the shell needs and whatever else is given by name, as the text of a script."""

    def make(**programs: str) -> str:
        directory = tmp_path / "bin"
        directory.mkdir()
        for name in ("sh", "dirname"):
            (directory / name).symlink_to(str(shutil.which(name)))
        for name, content in programs.items():
            (directory / name).write_text(content)
            (directory / name).chmod(0o700)
        return str(directory)

    return make


class Calls(list[list[str]]):
    """Stands in for running a command: it records it and says `answer`."""

    def __init__(self, answer: object) -> None:
        super().__init__()
        self.answer = answer

    def __call__(self, command: list[str], **options: object) -> object:
        self.append(command)
        return self.answer


def run(script: str, path: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": path, "HOME": "/nonexistent"}
    return subprocess.run([ROOT / "scripts" / script, *arguments], env=environment, capture_output=True, text=True)


# -- the start


@pytest.mark.parametrize("script", ["demo", "test", "check"])
def test_machine_without_python_is_told_so_in_one_sentence(path_of, script):
    result = run(script, path_of())
    assert result.returncode == 1
    assert result.stderr == "Splitdesk needs Python 3.12 or newer, and no Python was found on this machine.\n"


def test_python_that_is_only_a_stub_is_passed_over(path_of):
    stub = "#!/bin/sh\necho 'python3: command not found' >&2\nexit 127\n"
    recorder = '#!/bin/sh\n[ "$1" = -c ] && exit 0\necho "started $*"\nexit 7\n'
    result = run("bootstrap", path_of(python3=stub, python=recorder), "requirements.lock", "manage.py", "demo")
    assert (result.returncode, result.stdout) == (7, "started scripts/bootstrap.py requirements.lock manage.py demo\n")


def test_machine_with_an_old_python_alone_is_told_so_in_one_sentence(bootstrap, monkeypatch):
    old = Path("/usr/bin/python3.9")
    monkeypatch.setattr(bootstrap, "candidates", lambda: [old])
    monkeypatch.setattr(bootstrap, "runs", lambda python, code: False)
    with pytest.raises(SystemExit) as ending:
        bootstrap.install("requirements.lock")
    assert str(ending.value).startswith("Splitdesk needs Python 3.12 or newer")
    assert "\n" not in str(ending.value)


def test_first_python_that_really_runs_makes_the_environment(bootstrap, monkeypatch, tmp_path: Path):
    stub = tmp_path / "python3.12"
    stub.write_text("#!/bin/sh\nexit 1\n")
    stub.chmod(0o700)
    made = Calls(True)
    monkeypatch.setattr(bootstrap, "candidates", lambda: [stub, tmp_path / "absent", Path(sys.executable)])
    monkeypatch.setattr(bootstrap, "runs", lambda python, code: subprocess_ends_well(python))
    monkeypatch.setattr(bootstrap, "runs_quietly", made)
    bootstrap.make_venv()
    assert made == [[sys.executable, "-m", "venv", "--clear", str(bootstrap.VENV)]]


def subprocess_ends_well(python: Path) -> bool:
    return python.exists() and subprocess.run([python, "-c", ""]).returncode == 0


def test_pythons_of_pyenv_and_uv_are_found(bootstrap, monkeypatch, tmp_path: Path):
    expected = [
        tmp_path / "pyenv" / "versions" / "3.13.0" / "bin" / "python",
        tmp_path / "uv" / "cpython-3.12.1" / "bin" / "python3",
    ]
    for python in expected:
        python.parent.mkdir(parents=True)
        python.touch(0o700)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(tmp_path / "uv"))
    assert bootstrap.candidates() == [Path(sys.executable), *expected]


def test_bootstrap_uses_no_syntax_newer_than_python_3_8():
    assert ast.parse((ROOT / "scripts" / "bootstrap.py").read_text(), feature_version=(3, 8))
    with pytest.raises(SyntaxError):
        ast.parse("match x:\n  case 1: pass", feature_version=(3, 8))


# -- the locks


def test_lock_is_installed_once(bootstrap, monkeypatch):
    calls = Calls(True)
    monkeypatch.setattr(bootstrap, "runs_quietly", calls)
    bootstrap.install("requirements.lock")
    assert calls
    assert bootstrap.is_installed("requirements.lock")
    assert not bootstrap.is_installed("requirements-dev.lock")
    (bootstrap.ROOT / "requirements.lock").write_text("one==2\n")
    assert not bootstrap.is_installed("requirements.lock")


def test_development_lock_serves_the_demo_too(bootstrap, monkeypatch):
    monkeypatch.setattr(bootstrap, "runs_quietly", lambda command: True)
    bootstrap.install("requirements-dev.lock")
    assert bootstrap.is_installed("requirements.lock")


def test_demo_does_not_take_the_tools_of_a_developer_away(bootstrap, monkeypatch):
    bootstrap.STAMP.write_text(json.dumps({"requirements-dev.lock": "older", "requirements.lock": "older"}))
    monkeypatch.setattr(bootstrap, "runs_quietly", lambda command: True)
    monkeypatch.setattr(bootstrap.os, "execv", lambda *arguments: None)
    monkeypatch.chdir(bootstrap.ROOT)
    bootstrap.main("requirements.lock", ["manage.py", "demo"])
    assert bootstrap.is_installed("requirements-dev.lock")


def test_pip_installs_where_uv_cannot(bootstrap, monkeypatch):
    calls = Calls(0)
    monkeypatch.setattr(bootstrap, "runs_quietly", lambda command: "uv" not in command)
    monkeypatch.setattr(bootstrap.subprocess, "call", calls)
    bootstrap.install("requirements.lock")
    assert calls[0][-3:] == ["--require-hashes", "-r", "requirements.lock"]
    assert bootstrap.is_installed("requirements.lock")


def test_failed_install_is_not_taken_for_a_good_one(bootstrap, monkeypatch):
    bootstrap.STAMP.write_text(json.dumps({"requirements.lock": bootstrap.digest("requirements.lock")}))
    monkeypatch.setattr(bootstrap, "runs_quietly", lambda command: "-c" in command)
    monkeypatch.setattr(bootstrap.subprocess, "call", lambda command, cwd: 1)
    with pytest.raises(SystemExit, match="failed"):
        bootstrap.install("requirements.lock")
    assert not bootstrap.is_installed("requirements.lock")


def import_all(hidden: str, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "DEMO": "1", "DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "dashboard.settings"}
    environment |= {"DATABASE_URL": "postgres://localhost/x", "REDIS_URL": "redis://localhost/0"}
    command = [sys.executable, "-W", "ignore", "tests/import_all.py", hidden]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)


def test_production_needs_nothing_but_its_own_lock(tmp_path: Path):
    assert import_all("", tmp_path).stderr == ""
    without_one = import_all("packaging", tmp_path)  # which the Redis transport of kombu imports
    assert "hidden: packaging" in without_one.stderr


# -- the checks


@pytest.fixture
def linters(monkeypatch, tmp_path: Path) -> ModuleType:
    """scripts/linters.py on a copy of the locks and the copied files."""
    module = load("linters")
    for path in [*ROOT.glob("requirements*"), ROOT / "static" / "vendor.txt", *ROOT.glob("*/vendor/*")]:
        copy = tmp_path / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    return module


def test_locks_and_copied_files_are_as_they_should_be(linters):
    assert linters.lock_problems() == []
    assert linters.vendored_problems() == []


@pytest.mark.parametrize(
    ("lock", "old", "new", "problem"),
    [
        (
            "requirements.lock",
            "amqp==",
            "--index-url https://x.example\namqp==",
            "requirements.lock:1: holds an address",
        ),
        (
            "requirements.lock",
            "\ndjango==6.1",
            "\nangjo==6.1",
            "requirements.lock: django of requirements.in is missing",
        ),
        ("requirements-dev.lock", "\ncelery==", "\ncelery==9", "requirements-dev.lock: lacks celery=="),
        ("requirements-uv.lock", "--hash=sha256:", "# ", "requirements-uv.lock: uv=="),
    ],
)
def test_wrong_lock_is_found(linters, lock, old, new, problem):
    path = linters.ROOT / lock
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    assert any(found.startswith(problem) for found in linters.lock_problems())


def test_changed_or_unlisted_copy_is_found(linters):
    with (linters.ROOT / "static" / "vendor" / "htmax.min.js").open("a") as file:
        file.write("evil()")
    (linters.ROOT / "static" / "vendor" / "new.js").touch()
    assert linters.vendored_problems() == [
        "static/vendor/htmax.min.js: not the file that static/vendor.txt names",
        "static/vendor/new.js: not listed in static/vendor.txt",
    ]


def test_all_checks_run_although_one_fails(linters, monkeypatch, capsys):
    checks = {"first": lambda: (False, "line 7 is wrong\n"), "second": lambda: (True, "")}
    monkeypatch.setattr(linters, "checks", lambda: checks)
    assert linters.main() == 1
    assert [line[:8] for line in capsys.readouterr().out.splitlines()] == [
        "✗ first ",
        "line 7 i",
        "✓ second",
        "1 of 2 c",
    ]
    del checks["first"]
    assert linters.main() == 0


# -- the suite


@pytest.fixture
def passes(suite, monkeypatch) -> list[tuple[list[str], dict[str, str]]]:
    """What pytest was told, and in which environment, instead of running it."""
    made: list[tuple[list[str], dict[str, str]]] = []

    def call(command: list[str], cwd: Path, env: dict[str, str]) -> int:
        made.append((command, env))
        return 0

    monkeypatch.setattr(suite.subprocess, "call", call)
    return made


@pytest.fixture
def suite(monkeypatch) -> ModuleType:
    """scripts/suite.py that finds PostgreSQL and Chromium, but no Redis."""
    monkeypatch.delenv("COVERAGE", raising=False)  # of the run that these tests are in
    module = load("suite")
    monkeypatch.setattr(module, "find_postgres", lambda: module.Backend(["postgres://localhost/x"], "PostgreSQL 15"))
    monkeypatch.setattr(module, "find_redis", lambda: None)
    monkeypatch.setattr(module, "find_chromium", lambda: "/usr/bin/chromium")
    monkeypatch.setattr(module, "install_chromium", lambda: "")
    monkeypatch.setattr(module, "IS_CI", False)
    return module


def test_suite_runs_on_the_real_and_on_the_embedded_backends(suite, passes, capsys):
    assert suite.main([]) == 0
    (first, its_environment), (browsers, same_environment), (second, other_environment) = passes
    assert its_environment["DATABASE_URL"] == same_environment["DATABASE_URL"] == "postgres://localhost/x"
    assert other_environment["DATABASE_URL"].startswith("sqlite:///")
    assert "not browser" in first
    assert browsers[3:5] == ["-m", "browser"]
    assert "database and not browser" in second
    words = capsys.readouterr().out
    assert "Ran on PostgreSQL 15 and embedded Valkey" in words
    assert "Ran on SQLite" in words


def test_suite_with_arguments_makes_one_pass(suite, passes):
    assert suite.main(["tests/test_access.py"]) == 0
    [(command, _)] = passes
    assert command[3] == "tests/test_access.py"


@pytest.mark.parametrize(
    ("failed", "codes", "result", "is_unsteady"),
    [
        (["a"], [1, 0], 0, True),
        (["a"], [1, 1], 1, False),
        (["a", "b", "c", "d"], [1], 1, False),
        ([], [2], 2, False),
        ([], [0], 0, False),
    ],
    ids=["passes alone", "fails again", "too many", "could not run", "passes"],
)
def test_a_few_failed_tests_run_once_more_and_are_named(suite, monkeypatch, failed, codes, result, is_unsteady):
    commands, left = [], iter(codes)

    def call(command: list[str], cwd: Path, env: dict[str, str]) -> int:
        commands.append(command)
        if len(commands) == 1 and failed:
            cache = Path(command[-1].removeprefix("cache_dir="), "v", "cache")
            cache.mkdir(parents=True)
            (cache / "lastfailed").write_text(json.dumps(dict.fromkeys(failed, True)))
        return next(left)

    monkeypatch.setattr(suite.subprocess, "call", call)
    assert suite.call(["pytest"], {}) == result
    assert len(commands) == len(codes)
    assert suite.unsteady == (failed if is_unsteady else [])


def test_missing_backend_fails_in_ci_alone(suite, passes, monkeypatch, capsys):
    assert suite.main([]) == 0
    assert len(passes) == 3
    monkeypatch.setattr(suite, "IS_CI", True)
    assert suite.main([]) == 1
    assert "were not used: Redis." in capsys.readouterr().out


def test_missing_browser_is_said_and_fails_in_ci(suite, monkeypatch, capsys):
    monkeypatch.setattr(suite, "find_redis", lambda: suite.Backend([], "Redis 7"))
    monkeypatch.setattr(suite, "run", lambda *arguments, **options: 0)
    monkeypatch.setattr(suite, "IS_CI", True)
    assert suite.main([]) == 0
    monkeypatch.setattr(suite, "find_chromium", lambda: "")
    assert suite.main([]) == 1
    assert "Browser tests did not run: no Chromium was found." in capsys.readouterr().out


def test_failed_pass_fails_the_suite(suite, monkeypatch):
    codes = iter([1, 0])
    monkeypatch.setattr(suite, "run", lambda *arguments, **options: next(codes))
    assert suite.main([]) == 1


def test_two_runs_never_take_the_same_redis_database(suite, monkeypatch, tmp_path: Path):
    monkeypatch.setattr(suite.tempfile, "tempdir", str(tmp_path))
    assert suite.claim(3)
    assert not suite.claim(3)
    assert suite.claim(4)


# -- the files


@pytest.mark.parametrize("name", COMMANDS)
def test_script_is_a_shell_script_that_can_be_run(name):
    path = ROOT / "scripts" / name
    assert path.stat().st_mode & stat.S_IXUSR
    assert subprocess.run(["sh", "-n", path]).returncode == 0


def test_ci_runs_the_two_commands_and_nothing_else():
    path = ROOT / ".ci" / "run"
    assert path.stat().st_mode & stat.S_IXUSR
    assert path.read_text().splitlines()[3:] == ["scripts/check", "scripts/test"]


def test_container_says_which_roles_there_are():
    result = subprocess.run([ROOT / "scripts" / "container", "wep"], capture_output=True, text=True)
    assert result.returncode == 2
    assert result.stderr == "There is no role wep: say web, worker, beat, manage <command> or health.\n"
