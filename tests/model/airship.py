"""The moves at a provider with schedules: what goes out at its time, and what people do until then."""

import copy

import requests
from hypothesis import strategies as st
from hypothesis.stateful import initialize

from experiments import relay
from experiments.models import Draft, Kind, State
from tests.conftest import DOCUMENT
from tests.model.game import CALM, Game

HEADERS = {"Accept": "application/vnd.urbanairship+json; version=3", "Content-Type": "application/json"}
LAG = 30  # seconds


class AirshipGame(Game):
    MODES = ("soon", "soon", "soon", "now")
    WRITES = (("POST", "/api/experiments"), ("DELETE", "/api/experiments/scheduled/*"))
    READS = (("GET", "/api/experiments*"), ("POST", "/api/experiments/validate"))
    SWITCHES = (
        ("listing_lag_seconds", 0),
        ("listing_lag_seconds", LAG),
        ("description", "unchanged"),
        ("description", "dropped"),
        ("past_schedule", "reject"),
        ("past_schedule", "accept"),
        ("scheduled_in_listing", "yes"),
        ("deleted_in_listing", "yes"),
        ("deleted_in_lookup", "yes"),
        ("second_delete", "200"),
    )
    VERBS = (
        *("cancel", "look_now", "undo", "undo", "copy_at_the_provider", "delete_extra"),
        *("settle", "settle", "send_on", "drop", "read_lists"),
    )

    @property
    def is_fenced(self) -> bool:
        switches = self.world.sandbox.state.switches(self.world.sandbox.key)
        return switches.word("past_schedule") == "reject" and all(one.fence_at for one in self.operations(Kind.CREATE))

    @initialize(mode=st.sampled_from(MODES))
    def begin(self, mode: str) -> None:
        self.write(mode)
        self.confirm(0, mode, CALM)

    def write(self, mode: str) -> None:
        world = self.world
        draft = Draft.objects.create(workspace=world.workspace, connection=world.airship, owner=world.bob)
        self.drafts.append(draft)
        self.append(draft, {"when": {"mode": mode}}, f"Sunday {len(self.drafts)}")

    def document(self, name: str) -> dict[str, object]:
        return copy.deepcopy(DOCUMENT) | {"name": name}

    def rotate_key(self) -> None:
        self.world.airship.refresh_from_db()
        self.world.seal(self.world.airship, self.world.sandbox.secret)

    def undo(self, pick: int) -> None:
        sent = self.operations(Kind.CREATE, State.SUCCEEDED)
        if sent:
            self.ask(lambda: relay.undo(sent[pick % len(sent)], self.world.paula))

    def copy_at_the_provider(self, pick: int) -> None:
        """Somebody sees one of ours in the provider's own dashboard and copies it, our reference with it."""
        sandbox, effects = self.world.sandbox, self.world.effects()
        shown = sandbox.clock.now() - LAG
        held = {effect.sha256 for effect in effects if effect.kind == "created" and effect.at <= shown}
        ours = [one for one in self.operations(Kind.CREATE) if one.sha256 in held]
        if not ours:
            return
        sandbox.faults.clear()
        self.stage.workers.sent += 1
        auth = (sandbox.key, sandbox.secret)
        body = ours[pick % len(ours)].body
        requests.post(f"{sandbox.url}/api/experiments", data=body, auth=auth, headers=HEADERS, timeout=10)
        known = {effect.number for effect in effects}
        fresh = [effect for effect in self.world.effects() if effect.number not in known and effect.kind == "created"]
        self.law.strangers += [effect.experiment_id for effect in fresh]

    def delete_extra(self, pick: int) -> None:
        alarmed = [one for one in self.operations(Kind.CREATE) if one.matches]
        if alarmed:
            conflict = alarmed[pick % len(alarmed)]
            extra = [stranger for stranger in self.law.strangers if stranger in conflict.matches]
            if extra:
                self.ask(lambda: relay.delete_extra(conflict, extra[0], self.world.paula))

    def settle(self, pick: int) -> None:
        """An admin who looked at the provider's own dashboard says what is so."""
        waiting = self.operations(Kind.CREATE, State.NEEDS_PERSON)
        if not waiting or self.stage.workers.frozen:
            return
        send = waiting[pick % len(waiting)]
        made = [e.experiment_id for e in self.world.effects() if e.kind == "created" and send.marker in e.description]
        try:
            relay.settle(send, self.world.alice, remote_id=made[0] if made else "", reason="looked")
        except relay.Refused:
            return
        self.broker.append(("look", str(send.pk)))
