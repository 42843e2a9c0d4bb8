"""Each switch in each of its positions; and who a switch is set for."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.switches import CHOICES, NUMBERS, UnknownSwitch
from tests.sandbox_server import Caller, running, scheduled, v0
from tests.sandbox_switch_cases import LOOKS, Look


@pytest.fixture
def airship() -> Iterator[Caller]:
    with running(is_checked=False) as caller:
        yield caller


@pytest.mark.parametrize(
    ("look", "position"),
    [pytest.param(look, position, id=f"{look.switch}-{position}") for look in LOOKS for position in look.expected],
)
def test_position(look: Look, position: object, airship: Caller) -> None:
    for name, value in (*look.also, (look.switch, position)):
        airship.sandbox.switch(name, value)
    assert look.see(airship) == look.expected[position]


@pytest.mark.parametrize("look", [pytest.param(look, id=look.switch) for look in LOOKS if look.switch in CHOICES])
def test_default_is_the_first_position(look: Look, airship: Caller) -> None:
    for name, value in look.also:
        airship.sandbox.switch(name, value)
    assert look.see(airship) == look.expected[CHOICES[look.switch][0]]


def test_every_position_of_every_switch_is_looked_at() -> None:
    looks = {look.switch: set(look.expected) for look in LOOKS}
    assert looks.keys() == CHOICES.keys() | NUMBERS.keys()
    assert all(looks[name] == set(positions) for name, positions in CHOICES.items())
    assert all(len(looks[name]) == 2 for name in NUMBERS)


def test_a_switch_for_one_app_key_leaves_the_others_alone(airship: Caller) -> None:
    other = Caller(airship.sandbox, airship.sandbox.new_app(), is_checked=False)
    airship.control("POST", "switches", {"past_schedule": "accept", "app": other.app.key})
    assert airship.create(scheduled(-60)).status_code == 400
    assert other.create(scheduled(-60)).status_code == 201


def test_switches_can_be_read_and_unknown_ones_are_refused(airship: Caller) -> None:
    airship.control("POST", "switches", {"path_notation": "bracket", "ios_limit": 2048})
    read = airship.control("GET", "switches")
    assert read["switches"]["path_notation"] == "bracket"
    assert read["switches"]["ios_limit"] == 2048
    assert read["choices"]["ok_type"] == ["boolean", "string"]
    for name, value in (("no_such_switch", "yes"), ("ok_type", "number"), ("ios_limit", "many"), ("ios_limit", -1)):
        with pytest.raises(UnknownSwitch):
            airship.sandbox.switch(name, value)


def test_an_accepted_past_schedule_starts_at_once(airship: Caller) -> None:
    airship.sandbox.switch("past_schedule", "accept")
    airship.created(scheduled(-60))
    assert [effect.kind for effect in airship.sandbox.effects()] == ["created", "started"]
    assert airship.listing()["total_count"] == 1


def test_ignored_response_only_fields_do_not_come_back(airship: Caller) -> None:
    airship.sandbox.switch("response_only_fields", "ignore")
    strange = "11111111-2222-4333-8444-555555555555"
    made = airship.created(v0(id=strange, push_id=strange, created_at="2001-01-01T00:00:00"))
    shown = airship.lookup(made["experiment_id"]).json()["experiment"]
    assert (shown["id"], shown["push_id"]) == (made["experiment_id"], made["push_id"])
    assert not shown["created_at"].startswith("2001")


def test_the_handbook_lists_every_switch_with_its_positions() -> None:
    handbook = (Path(__file__).resolve().parents[1] / "docs" / "sandbox.md").read_text()
    for name, positions in CHOICES.items():
        assert f"| `{name}` | {', '.join(positions)} |" in handbook
    for name, value in NUMBERS.items():
        assert f"| `{name}` | {value} |" in handbook
