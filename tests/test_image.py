"""Dockerfile and compose.yaml, as far as they can be judged without an engine."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE = (ROOT / "compose.yaml").read_text()
OURS = ("migrate", "web", "worker", "reader", "beat")


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE)["services"]
    return found


def words_of_container() -> set[str]:
    """The roles that scripts/container knows: the labels of its outer case."""
    return set(re.findall(r"^  ([a-z]+)\)$", (ROOT / "scripts" / "container").read_text(), re.MULTILINE))


def test_compose_runs_every_role_and_its_two_servers(services):
    assert set(services) == {*OURS, "postgres", "redis"}
    assert {services[name]["command"][0] for name in OURS} == {"manage", "web", "worker", "beat"}
    assert {"manage", "web", "worker", "beat", "health"} == words_of_container()


def test_compose_holds_no_password_and_no_default_for_one():
    named = re.findall(r"\$\{(\w+)([^}]*)\}", COMPOSE)
    assert {"SECRET_KEY", "CREDENTIAL_KEYS", "POSTGRES_PASSWORD"} <= {name for name, _ in named}
    assert {rest for _, rest in named} == {":?"}  # compose stops and names the missing one
    secret = re.compile(r"(?i)(secret|password|keys)\w*: (?!\$\{)")
    assert secret.search("POSTGRES_PASSWORD: postgres")
    assert not secret.search(COMPOSE)


def test_compose_sets_every_name_that_production_requires(services):
    settings = (ROOT / "dashboard" / "settings.py").read_text()
    required = re.search(r"for name in \(([^)]*)\)\n    if IS_PRODUCTION", settings)
    assert required is not None
    names = set(re.findall(r'"(\w+)"', required[1]))
    assert "CREDENTIAL_KEYS" in names
    for name in OURS:
        assert names <= set(services[name]["environment"]), name


def test_writes_have_a_worker_that_no_read_can_keep_busy(services):
    queues = [set(services[name]["environment"]["WORKER_QUEUES"].split(",")) for name in ("worker", "reader")]
    assert queues == [{"write", "sweep"}, {"read"}]


def test_nothing_starts_before_the_tables_are_there(services):
    for name in OURS[1:]:
        assert services[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert services["migrate"]["depends_on"]["postgres"]["condition"] == "service_healthy"


def test_only_the_web_role_listens_and_only_to_this_machine(services):
    assert {name: service["ports"] for name, service in services.items() if "ports" in service} == {
        "web": ["127.0.0.1:8000:8000"]
    }


def test_worker_may_take_as_long_to_end_as_its_tasks(services, settings):
    for name in ("worker", "reader"):
        assert int(services[name]["stop_grace_period"].removesuffix("s")) > settings.CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT


def test_image_runs_as_nobody_in_particular():
    last_stage = DOCKERFILE[DOCKERFILE.rindex("\nFROM ") :]
    after_user = last_stage.partition("\nUSER ")[2]
    assert int(after_user.splitlines()[0]) > 1000
    assert "RUN" not in after_user
    assert "HEALTHCHECK" in after_user


def test_image_installs_by_hash_alone():
    installs = [line for line in DOCKERFILE.splitlines() if "pip" in line and "install " in line]
    assert len(installs) == 1
    assert "--require-hashes -r /requirements.lock" in installs[0]


def test_image_holds_what_is_named_and_nothing_else():
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
    assert lines[0] == "*"
    named = {line.removeprefix("!") for line in lines if line.startswith("!")}
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["root_packages"]
    assert {*packages, "templates", "static", "manage.py", "gunicorn.conf.py", "scripts/container"} <= named
    assert all((ROOT / name).exists() for name in named)
    assert not named & {"var", ".env", "tests", ".git", ".venv", "scripts"}
