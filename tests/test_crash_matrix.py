"""A worker, a web server, a look or a sweep dies at each named point: never twice, nothing lost, no word untrue.

Real processes on a private PostgreSQL against the sandbox, whose ledger of effects is the oracle. MATRIX=full plays
every point × action × truth × order; without it each point, action, truth and kind is played with one order.
"""

import os

import pytest

from tests.crash_cases import Case, full, usual, violations
from tests.installations import installed

pytestmark = pytest.mark.crash
CASES = full() if os.environ.get("MATRIX") == "full" else usual()
CONTROLS = [
    Case("create", "after_last_byte", "exit", sabotage="sends again"),
    Case("now", "after_last_byte", "exit", sabotage="sends again"),
    Case("create", "after_last_byte", "exit", sabotage="says unsent"),
    Case("create", "wire_after_commit", "exit", sabotage="says sent"),
    Case("create", "claim_after_commit", "exit", sabotage="forgets"),
    Case("start", "after_last_byte", "exit", sabotage="says unsent"),
    Case("undo", "after_last_byte", "exit", sabotage="says unsent"),
    Case("paywall", "wire_after_commit", "exit", sabotage="says sent"),
]


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    """An installation without workers of its own: the cases bring theirs. Its undo window is an hour."""
    directory = tmp_path_factory.mktemp("matrix")
    template = tmp_path_factory.getbasetemp().parent / "matrix-template"
    with installed(directory, workers=0, beat=False, template=template) as it:
        it.driver.make_world(3600)
        yield it


def play(it, case: Case):
    play_it = "from tests import crash_stage; result = crash_stage.play(case)"
    return it.driver.execute(play_it, case=case.as_json)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_never_twice_and_nothing_lost(stage, case):
    seen = play(stage, case)
    found = violations(case, seen)
    assert not found, f"{case}: {found}\n{seen['end']} {seen['trace']}"


@pytest.mark.parametrize("case", CONTROLS, ids=str)
def test_a_relay_that_is_broken_on_purpose_is_caught(stage, case):
    assert violations(case, play(stage, case))


@pytest.mark.parametrize("case", CONTROLS, ids=str)
def test_the_same_cases_pass_with_a_sound_relay(stage, case):
    sound = Case(case.kind, case.point, case.action)
    assert not violations(sound, play(stage, sound))
