"""Each Qonversion switch in each of its positions; and who a switch is set for."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import switches as airship
from sandbox.qonversion.choices import CHOICES, NUMBERS
from sandbox.switches import UnknownSwitch
from tests.sandbox_qonversion import Caller, running
from tests.sandbox_qonversion_answer_looks import ANSWER_LOOKS
from tests.sandbox_qonversion_looks import REQUEST_LOOKS, Look

LOOKS = (*REQUEST_LOOKS, *ANSWER_LOOKS)
HANDBOOK = Path(__file__).resolve().parents[1] / "docs" / "sandbox.md"


@pytest.fixture
def qonversion() -> Iterator[Caller]:
    with running() as caller:
        yield caller


@pytest.mark.parametrize(
    ("look", "position"),
    [pytest.param(look, position, id=f"{look.switch}-{position}") for look in LOOKS for position in look.expected],
)
def test_position(look: Look, position: object, qonversion: Caller) -> None:
    for name, value in (*look.also, (look.switch, position)):
        qonversion.sandbox.switch(name, value)
    assert look.see(qonversion) == look.expected[position]


@pytest.mark.parametrize("look", [pytest.param(look, id=look.switch) for look in LOOKS if look.switch in CHOICES])
def test_default_is_the_first_position(look: Look, qonversion: Caller) -> None:
    for name, value in look.also:
        qonversion.sandbox.switch(name, value)
    assert look.see(qonversion) == look.expected[CHOICES[look.switch][0]]


def test_every_position_of_every_switch_is_looked_at() -> None:
    looks = {look.switch: set(look.expected) for look in LOOKS}
    assert len(looks) == len(LOOKS)
    assert looks.keys() == CHOICES.keys() | NUMBERS.keys()
    assert all(looks[name] == set(positions) for name, positions in CHOICES.items())
    assert all(len(looks[name]) == 2 for name in NUMBERS)


def test_no_name_means_a_switch_of_both_vendors() -> None:
    assert not (CHOICES.keys() | NUMBERS.keys()) & (airship.CHOICES.keys() | airship.NUMBERS.keys())


def test_a_switch_for_one_key_leaves_the_other_environment_alone(qonversion: Caller) -> None:
    test = qonversion.with_key(qonversion.sandbox.test_secret_key)
    qonversion.control("POST", "switches", {"create_answer": "200", "app": test.key})
    assert (qonversion.create().status_code, test.create().status_code) == (201, 200)


def test_switches_can_be_read_and_unknown_ones_are_refused(qonversion: Caller) -> None:
    qonversion.control("POST", "switches", {"to_draft": "accept", "summary_uids": 10})
    read = qonversion.control("GET", "switches")
    assert (read["switches"]["to_draft"], read["switches"]["summary_uids"]) == ("accept", 10)
    assert read["choices"]["to_draft"] == list(CHOICES["to_draft"])
    for name, value in (("to_draft", "maybe"), ("summary_uids", -1), ("no_such_switch", 1)):
        with pytest.raises(UnknownSwitch):
            qonversion.sandbox.switch(name, value)


def test_the_handbook_lists_every_switch_with_its_positions() -> None:
    handbook = HANDBOOK.read_text()
    for name, positions in CHOICES.items():
        assert f"| `{name}` | {', '.join(positions)} |" in handbook
    for name, value in NUMBERS.items():
        assert f"| `{name}` | {value} |" in handbook
