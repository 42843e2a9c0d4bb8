"""The relay under random play: whatever is killed, frozen, lost or doubled, and in whatever order, nothing goes twice.

Here the games are few, short and always the same. MODEL_EXAMPLES and MODEL_STEPS make them many, long and new each time
(MODEL_SEED repeats them), and then the moves that were taken are printed.
"""

import logging
import os
import secrets
import sys
from contextlib import nullcontext

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from experiments.models import Event, Operation, State
from experiments.models.states import TABLE
from experiments.providers.airship import client
from experiments.relay import gate, sending, sweeping
from tests.model.airship import AirshipGame
from tests.model.game import CALM, SENDING
from tests.model.qonversion import QonversionGame
from tests.model.world import staged
from tests.unguarded import unguarded

EXAMPLES = int(os.environ.get("MODEL_EXAMPLES", "0"))
STEPS = int(os.environ.get("MODEL_STEPS", "30"))
SEED = int(os.environ.get("MODEL_SEED", "0")) or secrets.randbits(32)


@pytest.fixture
def ground(transactional_db, sandbox, monkeypatch, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    logging.disable(logging.WARNING)
    with staged(sandbox, monkeypatch) as ready:
        yield ready
    logging.disable(logging.NOTSET)


def play(game, ground, examples, *, is_shrunk=True):
    begin = type(game.__name__, (game,), {"__init__": lambda self: game.__init__(self, ground)})
    profile = settings(
        max_examples=examples,
        stateful_step_count=STEPS,
        derandomize=not EXAMPLES,
        database=None,
        deadline=None,
        print_blob=False,
        report_multiple_bugs=False,
        phases=[Phase.generate, Phase.shrink] if is_shrunk else [Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(seed(SEED)(begin) if EXAMPLES else begin, settings=profile)


@pytest.mark.parametrize(("game", "examples"), [(AirshipGame, 50), (QonversionGame, 25)])
def test_nothing_goes_twice_and_nothing_is_lost_whatever_happens(ground, capsys, game, examples):
    with capsys.disabled() if EXAMPLES else nullcontext():
        if EXAMPLES:
            sys.stdout.write(f"\n{game.__name__}: MODEL_SEED={SEED} MODEL_EXAMPLES={EXAMPLES} MODEL_STEPS={STEPS}\n")
        play(game, ground, EXAMPLES or examples, is_shrunk="MODEL_NO_SHRINK" not in os.environ)
        if EXAMPLES:
            report(ground)
        else:
            assert (State.ON_WIRE, State.SUCCEEDED) in ground.moves  # games in which nothing is sent prove nothing


def report(ground):
    missing = [move for move in TABLE if (move.source, move.to) not in ground.moves]
    lines = [
        f"{ground.games} games, {ground.steps} moves of theirs checked.",
        f"{len(TABLE) - len(missing)} of the {len(TABLE)} moves in the table of states were taken; not:",
        *(f"  {move.source} → {move.to}: {move.when}" for move in missing),
    ]
    sys.stdout.write("\n".join(lines) + "\n")


# Positive controls: games whose moves are given. They break nothing, and a sabotaged relay breaks in each of them.

RESET = {"kind": "reset"}


def lose_and_wait(game):
    """The answer of a send is lost after it was done, and the worker with it."""
    game.begin(mode="soon")
    game.deliver(pick=0, crash=(SENDING.index("after_last_byte"), "kill"))
    game.nothing_is_broken()
    for _ in range(3):
        game.wait(seconds=61, is_swept=True)
        while game.broker:
            game.deliver(pick=0, crash=CALM)
    game.nothing_is_broken()


def send_and_undo_in_vain(game):
    game.begin(mode="soon")
    game.deliver(pick=0, crash=CALM)
    game.press_another_button(pick=0, verb="undo")
    game.deliver_in_trouble(pick=0, trouble=RESET, is_after=False, crash=CALM)
    game.nothing_is_broken()


def stop_and_deliver(game):
    game.begin(mode="soon")
    game.stop_sending(True)
    game.nothing_is_broken()
    game.deliver(pick=0, crash=CALM)
    game.nothing_is_broken()


def sabotage_sweep(patch):
    """What was lost on the wire is simply sent once more, under the same name of a state."""

    def lose(operation):
        with unguarded():
            again = {"state": State.QUEUED, "claim_token": None, "lease_until": None, "not_before": timezone.now()}
            Operation.objects.filter(pk=operation.pk).update(**again)
            moves = [(State.ON_WIRE, State.RETRY_WAIT), (State.RETRY_WAIT, State.QUEUED)]
            for source, to in moves:
                Event.objects.create(operation=operation, from_state=source, to_state=to)
            operation.attempts.update(outcome="not_sent")

    patch.setattr(sweeping, "_lose", lose)


def sabotage_undo(patch):
    """An undo counts as done as soon as it was asked for."""

    def record(operation, failure):
        Operation.objects.filter(pk=operation.undoes_id).update(undone_at=timezone.now())
        original(operation, failure)

    original = sending.record_failure
    patch.setattr(sending, "record_failure", record)


def sabotage_stop(patch):
    """The button that stops sending is for show."""
    patch.setattr(gate, "refusal", lambda *args, **kwargs: "")


def sabotage_bytes(patch):
    """Other bytes go out than were confirmed."""

    def create(account, body, on_connected=None):
        return original(account, body.replace(b"Dry until noon", b"Wet until noon"), on_connected)

    original = client.create
    patch.setattr(client, "create", create)


def sabotage_verdict(patch):
    """An answer that proves nothing counts as a no."""
    patch.setattr(sending, "_record_unknown", sending._record_not_applied)


def lose_answer(game):
    game.begin(mode="soon")
    game.deliver_in_trouble(pick=0, trouble=RESET, is_after=True, crash=CALM)
    game.nothing_is_broken()


CONTROLS = [
    (sabotage_sweep, lose_and_wait, "was sent 2 times"),
    (sabotage_undo, send_and_undo_in_vain, "shown as undone, and it is still there"),
    (sabotage_stop, stop_and_deliver, "although sending is stopped"),
    (sabotage_bytes, stop_and_deliver, "other bytes than confirmed"),
    (sabotage_verdict, lose_answer, "retry_wait, yet it is there"),
]


@pytest.mark.parametrize(("sabotage", "play_it", "verdict"), CONTROLS)
@pytest.mark.parametrize("is_sabotaged", [False, True])
def test_a_sabotaged_relay_is_found_out_and_a_sound_one_is_not(
    ground, monkeypatch, sabotage, play_it, verdict, is_sabotaged
):
    if is_sabotaged:
        sabotage(monkeypatch)
    game = AirshipGame(ground)
    try:
        with pytest.raises(AssertionError, match=verdict) if is_sabotaged else nullcontext():
            play_it(game)
            game.come_to_rest()
    finally:
        game.world.close()
