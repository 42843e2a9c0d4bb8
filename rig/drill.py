"""The restore drill: a backup is put back after more was sent, and nothing goes out until a person has adopted it.

Everything is real and private: PostgreSQL with pg_dump and pg_restore, Redis, a worker, beat, and the sandbox, whose
ledger says what the provider really got.
"""

import subprocess
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

from rig import clusters
from rig.installation import Installation, wait_for

BEFORE, QUEUED, TAKEN_BACK, AFTER = "Sent before", "Queued then sent", "Queued then cancelled", "Checked then sent"
UNHEARD_OF = "Written after the backup"
AN_HOUR = 3600.0

type Say = Callable[[str], None]


class Failed(AssertionError):
    """Something did not hold. The text says what."""


OPTIONS: dict[str, Any] = {"database": "postgres", "workers": 1, "concurrency": 1}  # of the installation


def drill(it: Installation, say: Say) -> None:
    """Play it through on an installation that was made with OPTIONS. Raises Failed."""
    say("An installation runs: PostgreSQL, Redis, a worker, beat, and an imitation of the providers.")
    it.driver.make_world()
    play = _Play(it, say)
    play.until_the_backup()
    play.until_the_disaster()
    play.lose_and_restore()
    play.nothing_goes_out()
    play.adopt()
    play.send_the_rest()


class _Play:
    """One run: the operations by the name of their test."""

    def __init__(self, it: Installation, say: Say) -> None:
        self.it = it
        self.dump = it.directory / "backup.dump"
        self.say = say
        self.ids: dict[str, str] = {}
        self.checks: dict[str, str] = {}

    # the acts

    def until_the_backup(self) -> None:
        self._check(BEFORE, QUEUED, TAKEN_BACK, AFTER)
        self._confirm(BEFORE)
        self._settled(BEFORE)
        self._stop_splitdesk()
        self._confirm(QUEUED, TAKEN_BACK)
        self._pg("pg_dump", "--format=custom", f"--file={self.dump}", self._url)
        self.say(f"A backup is made: “{BEFORE}” is sent, “{QUEUED}” and “{TAKEN_BACK}” are queued, the rest is drafts.")

    def until_the_disaster(self) -> None:
        self.it.driver.cancel(self.ids[TAKEN_BACK])
        self._start_splitdesk()
        self._confirm(AFTER)
        self._check(UNHEARD_OF)
        self._confirm(UNHEARD_OF)
        self._settled(QUEUED, AFTER, UNHEARD_OF)
        self._expect_created(BEFORE, QUEUED, AFTER, UNHEARD_OF)
        self.say(f"Life goes on: “{TAKEN_BACK}” is cancelled, and “{QUEUED}”, “{AFTER}” and “{UNHEARD_OF}” are sent.")

    def lose_and_restore(self) -> None:
        self._stop_splitdesk()
        name = urlsplit(self._url).path.strip("/")
        with psycopg.connect(self._maintenance_url, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
            connection.execute(f'CREATE DATABASE "{name}"')
        self.say("The database is lost. The backup is put back into an empty one, and everything is started.")
        self._pg("pg_restore", "--no-owner", f"--dbname={self._url}", str(self.dump))
        self._start_splitdesk()

    def nothing_goes_out(self) -> None:
        wait_for(lambda: self._closed_because, "the gate to close")
        self.say(f"Splitdesk noticed by itself: {self._closed_because}")
        waiting = [self.ids[name] for name in (QUEUED, TAKEN_BACK)]
        for operation in waiting:
            self.it.driver.execute("tasks.send.delay(pk)", pk=operation)
        # The worker takes one message after the other: once it has asked about a check, it has refused those two.
        self._check("Asked after the restore")
        states = {pk: row["state"] for pk, row in self.it.driver.states(waiting).items()}
        self._expect(set(states.values()) == {"queued"}, f"what was queued stays queued, not {states}")
        refused = self._refusal(self.checks[AFTER])
        self._expect("adopted" in refused, f"nothing can be confirmed: {refused}")
        self._expect_created(BEFORE, QUEUED, AFTER, UNHEARD_OF)
        self.say("What the backup holds as queued was offered to the worker again: nothing went out.")

    def adopt(self) -> None:
        told = self.it.manage("adopt", "--yes", "--why", "The restore drill.")
        for line in told.splitlines():
            if line.startswith("  ") or line.endswith("person."):
                self.say(f"  adopt: {line.strip()}")
        states = {name: row["state"] for name, row in self._rows(QUEUED, AFTER, TAKEN_BACK).items()}
        wanted = {QUEUED: "succeeded", AFTER: "succeeded", TAKEN_BACK: "parked"}
        self._expect(states == wanted, f"each operation is where it belongs, not {states}")
        self._expect(UNHEARD_OF in told, f"“{UNHEARD_OF}”, of which the backup knows nothing, is named")
        self._expect(not self._closed_because, "the gate is open again")
        self._expect_created(BEFORE, QUEUED, AFTER, UNHEARD_OF)
        self.say("Adopted: each test exists exactly once at the provider, and the rest waits for a person.")

    def send_the_rest(self) -> None:
        self._check("New after the restore")
        self._confirm("New after the restore")
        self._settled("New after the restore")
        self._expect(self._rows(TAKEN_BACK)[TAKEN_BACK]["state"] == "parked", f"“{TAKEN_BACK}” still waits")
        self._expect_created(BEFORE, QUEUED, AFTER, UNHEARD_OF, "New after the restore")
        self.it.driver.execute(
            "from experiments.relay import drop; drop(_operation(pk), person('paula'))", pk=self.ids[TAKEN_BACK]
        )
        self._expect(self._rows(TAKEN_BACK)[TAKEN_BACK]["state"] == "cancelled", "a person can cancel what waits")
        self._expect_created(BEFORE, QUEUED, AFTER, UNHEARD_OF, "New after the restore")
        self.say(f"Sending works as before, and “{TAKEN_BACK}” was cancelled by a person. Nothing was sent twice.")

    # hands

    def _check(self, *names: str) -> None:
        for name in names:
            draft = self.it.driver.write("airship", "moment", AN_HOUR, name=name)
            self.checks[name] = self.it.driver.propose(draft)
        self.it.driver.wait_until_settled([self.checks[name] for name in names])

    def _confirm(self, *names: str) -> None:
        for name in names:
            self.ids[name] = self.it.driver.confirm(self.checks[name])

    def _settled(self, *names: str) -> None:
        rows = self.it.driver.wait_until_settled([self.ids[name] for name in names])
        states = {row["state"] for row in rows.values()}
        self._expect(states == {"succeeded"}, f"{', '.join(names)} succeeded, not {states}")

    def _rows(self, *names: str) -> dict[str, dict[str, object]]:
        rows = self.it.driver.states([self.ids[name] for name in names])
        return {name: rows[self.ids[name]] for name in names}

    def _refusal(self, check: str) -> str:
        told = self.it.driver.execute(
            "try:\n    confirm(pk)\n    result = ''\nexcept relay.Refused as refused:\n    result = refused.message",
            pk=check,
        )
        return str(told)

    @property
    def _closed_because(self) -> str:
        statement = "from workspaces.models import Installation; result = Installation.the().closed_because"
        return str(self.it.driver.execute(statement))

    def _stop_splitdesk(self) -> None:
        for server in self.it.roles:
            server.stop()

    def _start_splitdesk(self) -> None:
        for server in self.it.roles:
            server.launch()
        for server in self.it.roles:
            server.wait_until_ready()

    @property
    def _url(self) -> str:
        return self.it.environment["DATABASE_URL"]

    @property
    def _maintenance_url(self) -> str:
        return urlunsplit(urlsplit(self._url)._replace(path="/postgres"))

    def _pg(self, program: str, *arguments: str) -> None:
        command: Sequence[str] = [str(clusters.find_binaries() / program), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  (our own words)
        self._expect(done.returncode == 0, f"{program} ends well: {done.stderr[-500:]}")

    def _expect_created(self, *names: str) -> None:
        assert self.it.sandbox is not None
        held = Counter(effect["name"] for effect in self.it.sandbox.ledger("created"))
        self._expect(held == Counter(names), f"the provider got each of {names} once, not {dict(held)}")

    def _expect(self, holds: bool, what: str) -> None:
        if not holds:
            raise Failed(f"It does not hold that {what}")
