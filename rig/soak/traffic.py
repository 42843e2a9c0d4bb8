"""Many lives at once: a few threads carry on whichever is not waiting."""

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from typing import Any

from rig.driver import Driver, DriverError, DriverGone
from rig.installation import Installation
from rig.servers import NotReady
from rig.soak import lives
from rig.soak.browser import Browser, Form, GaveUp, Page
from rig.soak.lives import Life, Press, Row

THREADS = 6
LIVES = 50  # at once
BIRTH_PAUSE = 0.35  # seconds between two, on average
LOOK_EVERY = 0.5  # seconds, at the operations that are waited for
PATIENCE = 120.0  # seconds, for the database to come back
TROUBLES = {"OperationalError", "InterfaceError", "DatabaseError", "ConnectionError"}  # of a database that is away


@dataclass
class Living:
    """One life and what it waits for: a moment, or an operation."""

    name: str
    steps: Life
    wake_at: float = 0.0
    operation: str = ""
    row: Row | None = None
    is_new: bool = True


class Traffic:
    """Call `step` often. `stop_births` lets no new life begin; the others go on until `is_over`."""

    def __init__(self, it: Installation, seed: int, *, most_lives: int = LIVES, kinds: str = "both") -> None:
        self.it = it
        self.slug: str = it.driver.make_world()["slug"]
        self.presses: list[Press] = []
        self.acknowledged: list[tuple[str, str]] = []  # draft and the name that a saved revision has
        self.troubles: list[str] = []  # of lives that ended with an exception
        self.gave_up = 0
        self.retries = 0
        self._dice = random.Random(f"{seed} traffic")  # noqa: S311  (dice, not secrets)
        self._most_lives = most_lives
        self._births: Callable[[int], str] = lambda number: "message" if number % 3 else "paywall"
        if kinds != "both":
            self._births = lambda number: kinds
        self._cookies: dict[str, str] = it.driver.session("paula")
        self._numbers = count(1)
        self._born = 0
        self._next_birth = time.monotonic()
        self._waiting: list[Living] = []
        self._busy: dict[Future[float | str | None], Living] = {}
        self._pool = ThreadPoolExecutor(THREADS)
        self._clicks = ThreadPoolExecutor(2 * THREADS)
        self._local = threading.local()
        self._lock = threading.Lock()
        self._watcher = it.new_driver()
        # On a thread of its own: who waits for a frozen database must not be the one to thaw it.
        self._looker = ThreadPoolExecutor(1)
        self._looking: Future[dict[str, Row]] | None = None
        self._drivers = [it.new_driver() for _ in range(2)]
        self._next_look = 0.0
        self.is_open = True

    @property
    def living(self) -> int:
        return len(self._waiting) + len(self._busy)

    @property
    def is_over(self) -> bool:
        return not self.living

    def step(self) -> None:
        """Carry on what can be carried on; never waits long."""
        now = time.monotonic()
        self._collect()
        if self.is_open and now >= self._next_birth and self.living < self._most_lives:
            self._give_birth(now)
        if now >= self._next_look:
            self._next_look = now + LOOK_EVERY
            self._look()
        for living in [one for one in self._waiting if one.row or (not one.operation and one.wake_at <= now)]:
            if len(self._busy) >= THREADS:
                return
            self._waiting.remove(living)
            self._busy[self._pool.submit(self._carry_on, living)] = living

    def close(self) -> None:
        """No life goes on. Waits for the pages that are being asked for."""
        self._waiting.clear()
        self._pool.shutdown(cancel_futures=True)
        self._clicks.shutdown(cancel_futures=True)
        self._looker.shutdown()
        self._collect()

    # what lives need

    def read(self, address: str) -> Page:
        return self._browser.read(address)

    def press(self, form: Form, button: tuple[str, str] | None = None, **values: str) -> Page:
        return self._browser.press(form, button, **values)

    def press_twice(self, form: Form, button: tuple[str, str] | None = None, **values: str) -> list[Page]:
        clicks = [self._clicks.submit(self.press, form, button, **values) for _ in range(2)]
        return [click.result() for click in clicks]

    def ask(self, name: str, /, *arguments: Any, **named: Any) -> Any:
        """A driver, again and again while the database is away."""
        with self._lock:
            driver = self._drivers[next(self._numbers) % len(self._drivers)]
        return patiently(driver, name, *arguments, **named)

    def pressed(self, press: Press) -> None:
        with self._lock:
            self.presses.append(press)

    def saved(self, draft: str, name: str) -> None:
        with self._lock:
            self.acknowledged.append((draft, name))

    def new_name(self, kind: str) -> str:
        return f"{kind} {next(self._numbers)}"

    # inside

    @property
    def _browser(self) -> Browser:
        browser: Browser | None = getattr(self._local, "browser", None)
        if browser is None:
            browser = self._local.browser = Browser(self.it.url, self._cookies)
        return browser

    def _give_birth(self, now: float) -> None:
        self._born += 1
        self._next_birth = now + self._dice.expovariate(1 / BIRTH_PAUSE)
        kind = self._births(self._born)
        dice = random.Random(self._dice.random())  # noqa: S311
        steps = (lives.message if kind == "message" else lives.paywall)(self, dice)
        self._waiting.append(Living(f"{kind} {self._born}", steps))

    def _carry_on(self, living: Living) -> float | str | None:
        """One step of a life: what it waits for next, None at its end."""
        row, living.row, living.operation = living.row, None, ""
        try:
            if living.is_new:
                living.is_new = False
                return next(living.steps)
            return living.steps.send(row or {})
        except StopIteration:
            return None

    def _collect(self) -> None:
        for future in [one for one in self._busy if one.done()]:
            living = self._busy.pop(future)
            try:
                wish = future.result()
            except GaveUp:
                self.gave_up += 1
            except (DriverError, DriverGone, NotReady, KeyError, ValueError) as error:
                words = f"{error.kind}: {error.message}" if isinstance(error, DriverError) else repr(error)
                self.troubles.append(f"{living.name}: {words:.300}")
            else:
                if wish is None:
                    continue
                if isinstance(wish, str):
                    living.operation = wish
                else:
                    living.wake_at = time.monotonic() + wish
                self._waiting.append(living)

    def _look(self) -> None:
        """Give lives the rows that they wait for, and ask for those of the others."""
        if self._looking and not self._looking.done():
            return
        awaited = {living.operation: living for living in self._waiting if living.operation and not living.row}
        if self._looking:
            with suppress(DriverError, DriverGone):  # the database is away; the next look comes soon
                for operation, row in self._looking.result().items():
                    if operation in awaited:
                        awaited.pop(operation).row = row
        self._looking = self._looker.submit(self._watcher.settled, list(awaited)) if awaited else None


def patiently(driver: Driver, name: str, /, *arguments: Any, **named: Any) -> Any:
    """A call, again and again while the database is away: only for what may be done twice. Raises DriverError."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return driver.call(name, *arguments, **named)
        except DriverGone:
            if time.monotonic() > until:
                raise
        except DriverError as error:
            if error.kind not in TROUBLES or time.monotonic() > until:
                raise
        time.sleep(0.3)
