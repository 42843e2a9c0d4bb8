"""Failpoints are off unless a test arms them, refuse what they do not know, and never reach production."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import OperationalError

from dashboard import checks
from experiments import failpoints

SOURCES = Path(failpoints.__file__).parent


@pytest.fixture
def arm(monkeypatch):
    def act(point: str, action: str) -> None:
        monkeypatch.setitem(failpoints.armed, point, action)

    return act


def test_every_point_stands_in_the_code_and_the_code_names_no_other():
    reached = {
        call.args[0].value
        for path in SOURCES.rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "reach"
        if isinstance(call.args[0], ast.Constant)
    }
    assert reached == set(failpoints.POINTS)


def test_nothing_is_armed_by_itself():
    assert failpoints.armed == {}
    failpoints.reach("after_record")


def test_a_point_that_does_not_exist_cannot_be_armed():
    assert failpoints._read("after_record=exit,mid_body=raise") == {"after_record": "exit", "mid_body": "raise"}
    with pytest.raises(ValueError, match="no failpoint nowhere"):
        failpoints._read("nowhere=exit")


def test_raise_stumbles_only_there(arm):
    arm("after_record", "raise")
    failpoints.reach("before_connect")
    with pytest.raises(failpoints.Stumbled, match="after_record"):
        failpoints.reach("after_record")


@pytest.mark.django_db
def test_lost_breaks_the_line_to_the_database(arm):
    arm("after_record", "lost")
    with pytest.raises(OperationalError, match="broke at after_record"):
        failpoints.reach("after_record")


def test_a_point_acts_once_for_all_who_share_a_directory(arm, monkeypatch, tmp_path):
    monkeypatch.setenv("FAILPOINTS_ONCE", str(tmp_path))
    arm("after_record", "raise")
    with pytest.raises(failpoints.Stumbled):
        failpoints.reach("after_record")
    failpoints.reach("after_record")


def test_exit_ends_the_process_as_a_kill_would():
    code = "from experiments import failpoints; failpoints.reach('mid_body'); print('alive')"
    for armed, expected in (("mid_body=exit", 137), ("", 0)):
        run = subprocess.run(
            [sys.executable, "-c", code], env={"FAILPOINTS": armed}, capture_output=True, cwd=SOURCES.parent
        )
        assert run.returncode == expected
        assert (b"alive" in run.stdout) == (expected == 0)


@pytest.mark.parametrize(("is_production", "count"), [(True, 1), (False, 0)])
def test_production_does_not_start_with_failpoints(monkeypatch, settings, is_production, count):
    settings.IS_PRODUCTION = is_production
    monkeypatch.setenv("FAILPOINTS", "mid_body=exit")
    assert len(checks.failpoints(None)) == count
