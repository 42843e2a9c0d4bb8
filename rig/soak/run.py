"""The whole soak: an installation, people, trouble, quiet at the end, and the verdict."""

import contextlib
import dataclasses
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, TextIO

import requests

from rig.installation import Installation
from rig.soak.oracle import Pressed, Verdict, judge
from rig.soak.plan import plan
from rig.soak.traffic import LIVES, Traffic, patiently
from rig.soak.trouble import Trouble

SETTLE_WITHIN = 720.0  # seconds after the last trouble: fences, leases and second looks take some minutes
CONCURRENCY = 3  # processes of each worker
SERVICE_TIME = 120.0  # milliseconds for which the provider keeps every request, as one far away does
LATE = 30.0  # seconds after its time in which a step may come on a busy machine
LINE_EVERY = 10.0  # seconds, where nobody looks at a terminal


@dataclasses.dataclass(frozen=True)
class Options:
    """`kills` 0 means: until the `seconds` are over. `sabotage` makes one double or loses one, to be found.

    Without `must_settle` an operation whose next step is not overdue may still be open in the end.
    """

    seed: int
    seconds: float = 300.0
    kills: int = 0
    workers: int = 2
    database: Literal["postgres", "sqlite"] = "postgres"
    lives: int = LIVES  # at once
    settle_within: float = SETTLE_WITHIN
    must_settle: bool = True
    sabotage: Literal["", "double", "lost"] = ""


class Soak:
    """One run in `directory`, which keeps the trace of what was done and every server's log."""

    def __init__(self, it: Installation, options: Options, bar: "Bar") -> None:
        self.it = it
        self.options = options
        self.bar = bar
        self.started = time.monotonic()
        self.rows: dict[str, dict[str, Any]] = {}
        self.open_now = 0
        it.driver.make_world()
        it.sandbox.order("delay", ms=SERVICE_TIME, times=0)
        self.traffic = Traffic(it, options.seed, most_lives=options.lives)
        self.trouble = Trouble(it, plan(options.seed), it.directory / "trace.jsonl")

    def run(self) -> dict[str, Any]:
        """The figures (scripts/soak.py says which) and, under "findings", the sentences of the verdict."""
        try:
            self._make_trouble()
            self.traffic.is_open = False
            if self.options.sabotage == "double":
                self.make_one_twice()
            self.trouble.end()
            self._wait_until_settled()
        finally:
            self.traffic.close()
        return self._figures(self.verdict())

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self.started

    def _make_trouble(self) -> None:
        goal = self.options.kills
        while (self.trouble.kill_count < goal) if goal else (self.elapsed < self.options.seconds):
            self.traffic.step()
            self.trouble.step()
            done = self.trouble.kill_count / goal if goal else self.elapsed / self.options.seconds
            self.bar.show("trouble", done, self._counts)

    def _wait_until_settled(self) -> None:
        """Until every life is over and every operation is final or waits for a person."""
        self.calm_since = time.monotonic()
        looked = 0
        while (calm := time.monotonic() - self.calm_since) < self.options.settle_within:
            self.traffic.step()
            self.trouble.supervise()
            self.bar.show("settling", calm / self.options.settle_within, self._counts)
            if calm > looked:
                looked += 3
                self.open_now = patiently(self.it.driver, "open_count")
                if not self.open_now and self.traffic.is_over:
                    return
            time.sleep(0.1)

    def _counts(self) -> str:
        frozen, pressed = self.trouble.freezes.total(), len(self.traffic.presses)
        still = f", {self.open_now} operations open" if self.open_now else ""
        return (
            f"{self.trouble.kill_count} kills, {frozen} freezes, {pressed} pressed, {self.traffic.living} lives{still}"
        )

    def verdict(self) -> Verdict:
        """Hold the rows, the drafts and the presses of this moment against the ledger of this moment."""
        self.rows = patiently(self.it.driver, "states")
        effects = self.it.sandbox.ledger()
        if self.options.sabotage == "lost":
            done = {row["marker"] for row in self.rows.values() if row["state"] == "succeeded"} - {""}
            victim = next(one for one in effects if one["kind"] == "created" and any(m in str(one) for m in done))
            effects.remove(victim)
        self.effects = len(effects)
        presses = [Pressed(one.kind, one.target, frozenset(one.operations)) for one in self.traffic.presses]
        overdue_since = float("inf") if self.options.must_settle else time.time() - LATE
        verdict = judge(self.rows.values(), effects, presses, overdue_since=overdue_since)
        held = {(draft, name) for draft, name in patiently(self.it.driver, "revision_names")}
        self.revisions_lost = [one for one in self.traffic.acknowledged if one not in held]
        verdict.lost += [f"the acknowledged version “{name}” of draft {draft}" for draft, name in self.revisions_lost]
        return verdict

    def _figures(self, verdict: Verdict) -> dict[str, Any]:
        rows = [row for row in self.rows.values() if row["kind"] != "validate"]
        unknown = [row for row in rows if row["was_unknown"]]
        settle = [row["finished_at"] - row["created_at"] for row in rows if row["finished_at"]]
        recovery: dict[str, float] = patiently(self.it.driver, "recovery_times")
        return {
            "operations": len(rows),
            "kills": self.trouble.kill_count,
            "doubles": len(verdict.doubles),
            "lost": len(verdict.lost),
            "unknown_settled": sum(row["is_final"] for row in unknown),
            "unknown_open": sum(not row["is_final"] for row in unknown),
            "longest_settle_s": round(max(settle, default=0.0), 1),
            "seed": self.options.seed,
            "wrong_claims": len(verdict.wrong_claims),
            "freezes": self.trouble.freezes.total(),
            "faults": self.trouble.faults.total(),
            "checks": len(self.rows) - len(rows),
            "effects": self.effects,
            "revisions_saved": len(self.traffic.acknowledged),
            "revisions_lost": len(self.revisions_lost),
            "longest_recovery_s": recovery["longest"],
            "abandoned": int(recovery["count"]),
            "settled_after_last_kill_s": round(time.monotonic() - self.calm_since, 1),
            "states": _counted(row["state"] for row in rows),
            "kinds": _counted(f"{row['provider']} {row['kind']}" for row in rows),
            "kills_by_target": dict(sorted(self.trouble.kills.items())),
            "freezes_by_target": dict(sorted(self.trouble.freezes.items())),
            "restarts_by_itself": dict(sorted(self.trouble.restarts.items())),
            "gave_up": self.traffic.gave_up,
            "life_troubles": len(self.traffic.troubles),
            "seconds": round(self.elapsed),
            "database": self.options.database,
            "workers": self.options.workers,
            "odd": self.traffic.troubles,
            "findings": dataclasses.asdict(verdict),
        }

    def make_one_twice(self) -> None:
        """Send the bytes of a send once more, behind everybody's back: what the oracle must find."""
        self.it.sandbox.take_faults_back()
        for created in reversed(self.it.sandbox.ledger("created")):
            if created["project"]:
                continue
            account = self.it.sandbox.keys["airship"]
            answer = requests.post(
                f"{self.it.sandbox.url}/api/experiments",
                created["body"].encode(),
                auth=(account["key"], account["secret"]),
                headers={
                    "Accept": "application/vnd.urbanairship+json; version=3",
                    "Content-Type": "application/json",
                },
                timeout=20,
            )
            if answer.status_code == 201:
                return
        raise RuntimeError("There was nothing to make twice yet: let it run longer.")


def soak(directory: Path, options: Options, screen: TextIO = sys.stderr) -> dict[str, Any]:
    """Run one in `directory` and return its figures. Raises Unavailable, NotReady."""
    bar = Bar(screen)
    bar.line(f"Seed {options.seed}: starting an installation on {options.database} in {directory}")
    with Installation(directory, **installation(options)) as it:
        try:
            return Soak(it, options, bar).run()
        finally:
            bar.end()


def installation(options: Options) -> dict[str, Any]:
    """What a soak wants of an Installation."""
    return {
        "database": options.database,
        "workers": options.workers,
        "concurrency": CONCURRENCY,
        "web": True,
        "environment": {"SWEEP_EVERY": "3", "SYNC_EVERY": "60", "WEB_WORKERS": "2", "WEB_THREADS": "4"},
    }


class Bar:
    """Progress on `screen`: one line that is drawn again on a terminal, a line now and then elsewhere."""

    def __init__(self, screen: TextIO) -> None:
        self.screen = screen
        self._is_terminal = screen.isatty()
        self._next = 0.0
        self._started = time.monotonic()

    def show(self, phase: str, done: float, counts: Callable[[], str]) -> None:
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + (0.5 if self._is_terminal else LINE_EVERY)
        full = round(min(done, 1.0) * 20)
        minutes, seconds = divmod(int(now - self._started), 60)
        text = f"{phase:>8} [{'#' * full}{'.' * (20 - full)}] {minutes}:{seconds:02} {counts()}"
        if self._is_terminal:
            print(f"\r\x1b[K{text}", end="", file=self.screen, flush=True)
        else:
            self.line(text)

    def line(self, text: str) -> None:
        with contextlib.suppress(OSError):
            print(text, file=self.screen, flush=True)

    def end(self) -> None:
        if self._is_terminal:
            self.line("")


def write_findings(path: Path, figures: dict[str, Any]) -> None:
    """The sentences of a verdict as a file, for whoever looks into it."""
    path.write_text(json.dumps(figures, indent=1, default=str, ensure_ascii=False))


def _counted(words: Any) -> dict[str, int]:
    counts: dict[str, int] = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    return dict(sorted(counts.items()))
