"""The picture of the states and its page say what the table says, and every line of the picture has a place."""

from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.core.management import call_command

from experiments.management.commands import states as command
from experiments.management.states_picture import BOXES, ROUTES, draw, stroke_of
from experiments.models.states import BY_ENDS, TABLE, State
from workspaces.models import Role

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("name", [command.PAGE, command.PICTURE])
def test_the_page_and_the_picture_are_current(name):
    written = Path(settings.BASE_DIR, name).read_text()
    assert written == command.files()[name], "run manage.py states"


def test_the_command_writes_both(settings, tmp_path, capsys):
    settings.BASE_DIR = tmp_path
    (tmp_path / "docs/pictures").mkdir(parents=True)
    call_command("states")
    assert (tmp_path / command.PICTURE).read_text() == draw()
    assert capsys.readouterr().out.count("Wrote ") == 2


def test_every_move_has_a_line_placed_by_hand_and_none_is_left_over():
    assert set(ROUTES) == set(BY_ENDS)
    assert set(BOXES) == set(State)


@pytest.mark.parametrize("move", TABLE, ids=lambda move: f"{move.source}-{move.to}")
def test_a_line_begins_and_ends_at_the_boxes_that_it_joins(move):
    route = ROUTES[move.source, move.to]
    for state, (x, y) in ((move.source, route.points[0]), (move.to, route.points[-1])):
        box = BOXES[state]
        assert abs(x - box.x) <= box.width / 2 + 2, f"beside {state}"
        assert abs(y - box.y) <= box.height / 2 + 2, f"above or below {state}"
        assert max(abs(x - box.x) / box.width, abs(y - box.y) / box.height) >= 0.49, f"inside {state}"


@pytest.mark.parametrize("move", TABLE, ids=lambda move: f"{move.source}-{move.to}")
def test_a_number_stands_on_its_own_line_and_on_no_other_number(move):
    route = ROUTES[move.source, move.to]
    assert any(
        min(ax, bx) <= route.badge[0] <= max(ax, bx) and min(ay, by) <= route.badge[1] <= max(ay, by)
        for (ax, ay), (bx, by) in zip(route.points, route.points[1:], strict=False)
    )
    for other in ROUTES.values():
        apart = abs(other.badge[0] - route.badge[0]), abs(other.badge[1] - route.badge[1])
        assert other is route or max(apart) >= 20


def test_lines_run_along_the_grid():
    for route in ROUTES.values():
        for (ax, ay), (bx, by) in zip(route.points, route.points[1:], strict=False):
            assert ax == bx or ay == by


def test_the_picture_is_well_formed_and_names_every_state():
    root = ElementTree.fromstring(draw())
    names = {node.text for node in root.iter(f"{SVG}text") if node.get("class") == "name"}
    assert names == {state.value.replace("_", " ") for state in State}
    numbers = [node.text for node in root.iter(f"{SVG}text") if node.get("class") == "number"]
    assert numbers == [str(number) for number in range(1, len(TABLE) + 1)]


def test_the_stroke_says_who_makes_the_move():
    strokes = {(move.source, move.to): stroke_of(move) for move in TABLE}
    assert strokes[State.QUEUED, State.CLAIMED] == "worker"
    assert strokes[State.RETRY_WAIT, State.QUEUED] == "sweep"
    assert strokes[State.ON_WIRE, State.UNKNOWN] == "both"
    assert strokes[State.QUEUED, State.CANCELLED] == "person"
    assert all(move.role in (None, Role.PUBLISHER, Role.ADMIN) for move in TABLE)
