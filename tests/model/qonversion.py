"""The moves at a provider where a test is made in steps, as a draft, and started, paused and changed later."""

import copy
import json

from hypothesis.stateful import initialize

from experiments import providers, relay
from experiments.models import Draft, Experiment, Kind, Operation, State
from tests.model.game import CALM, Game

DOCUMENT = {
    "name": "Annual first or monthly first",
    "alias_id": "annual-first",
    "description": "Which plan stands first?",
    "segment_percent": 50,
    "groups": [
        {"name": "Annual first", "weight": 1, "is_control": True},
        {"name": "Monthly first", "weight": 1, "is_control": False},
    ],
}
EXPERIMENTS = "/v4/experiments"


class QonversionGame(Game):
    MODES = ("",)
    WRITES = (
        ("POST", EXPERIMENTS),
        ("POST", f"{EXPERIMENTS}/*/groups"),
        ("POST", f"{EXPERIMENTS}/*/status"),
        ("PATCH", f"{EXPERIMENTS}/*"),
        ("DELETE", f"{EXPERIMENTS}/*"),
    )
    READS = (("GET", f"{EXPERIMENTS}*"),)
    # How long a list lags is not documented. Longer than two looks a minute apart, a second create would be refused
    # by its alias; a provider that also accepts an alias twice is played without lag.
    SWITCHES = (
        ("list_lag_seconds", 0),
        ("list_lag_seconds", 30),
        ("alias_taken", "409"),
        ("alias_taken", "422"),
        ("repeated_delete", "204"),
        ("list_paging", "cursor"),
        ("deleted_in_list", "yes"),
        ("finished_in_list", "no"),
        ("same_status", "409"),
    )
    VERBS = (
        *("cancel", "look_now", "start", "start", "pause", "finish", "change", "delete", "delete"),
        *("settle", "send_on", "drop", "read_lists"),
    )

    @initialize()
    def begin(self) -> None:
        self.write("")
        self.confirm(0, "", CALM)

    def write(self, mode: str) -> None:
        world = self.world
        draft = Draft.objects.create(
            workspace=world.workspace, connection=world.paywalls, provider="qonversion", owner=world.bob
        )
        self.drafts.append(draft)
        self.append(draft, {"goal": ""}, f"Annual {len(self.drafts)}")

    def document(self, name: str) -> dict[str, object]:
        return copy.deepcopy(DOCUMENT) | {"name": name}

    def rotate_key(self) -> None:
        self.world.paywalls.refresh_from_db()
        self.world.seal(self.world.paywalls, self.world.sandbox.secret_key)

    def held(self, pick: int) -> Experiment | None:
        known = list(Experiment.objects.filter(connection=self.world.paywalls).order_by("operation__created_at"))
        return known[pick % len(known)] if known else None

    def start(self, pick: int) -> None:
        self._move(pick, "start")

    def pause(self, pick: int) -> None:
        self._move(pick, "pause")

    def finish(self, pick: int) -> None:
        self._move(pick, "finish")

    def _move(self, pick: int, verb: str) -> None:
        experiment = self.held(pick)
        move = next(move for move in providers.PROVIDERS["qonversion"].moves if move.verb == verb)
        if experiment:
            self.ask(lambda: relay.move_status(experiment, move, self.world.paula))

    def change(self, pick: int) -> None:
        experiment = self.held(pick)
        if experiment:
            before = experiment.raw
            after = {**before, "description": f"Take {pick}"}
            self.ask(lambda: relay.change(experiment, before, after, self.world.paula))

    def delete(self, pick: int) -> None:
        experiment = self.held(pick)
        if experiment:
            self.ask(lambda: relay.delete_experiment(experiment, self.world.paula))

    def settle(self, pick: int) -> None:
        waiting = [one for one in self.world.operations() if one.state == State.NEEDS_PERSON]
        if not waiting or self.stage.workers.frozen:
            return
        one = waiting[pick % len(waiting)]
        try:
            relay.settle(one, self.world.alice, remote_id=self.remote_id_of(one), reason="looked")
        except relay.Refused:
            return
        self.broker.append(("look", str(one.pk)))

    def remote_id_of(self, operation: Operation) -> str:
        if operation.kind != Kind.CREATE:
            return ""
        alias = json.loads(operation.body)["alias_id"]
        made = [e.experiment_id for e in self.world.effects() if e.kind == "created" and e.alias_id == alias]
        return made[0] if made else ""
