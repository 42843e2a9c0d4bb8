"""Numbers of a run: medians with their spread over the rounds, what they are held against, and whether they hold."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Effort:
    """How much is measured. Each round holds both sides, one after the other or pair by pair."""

    rounds: int
    seconds: float  # of load for each side and round
    pairs: int  # of single measurements for each side and round
    rows: int
    is_quick: bool

    @classmethod
    def quick(cls, rows: int) -> "Effort":
        return cls(rounds=5, seconds=0.6, pairs=4, rows=rows, is_quick=True)

    @classmethod
    def full(cls, rows: int) -> "Effort":
        return cls(rounds=7, seconds=4.0, pairs=30, rows=rows, is_quick=False)


@dataclass(frozen=True)
class Spread:
    """One figure over all rounds: the median of the rounds, the lowest and the highest."""

    median: float
    low: float
    high: float

    @classmethod
    def over(cls, rounds: Sequence[float]) -> "Spread":
        return cls(statistics.median(rounds), min(rounds), max(rounds))

    def words(self, unit: str = "", digits: int = 2) -> str:
        """ "1.21 ms (1.10–1.40)"."""
        return f"{_figure(self.median, digits)}{unit} ({_figure(self.low, digits)}–{_figure(self.high, digits)})"


@dataclass(frozen=True)
class Goal:
    """A figure that is held against a limit; `at_most` False means that it must reach it."""

    name: str
    value: float
    limit: float
    said: str  # the value as it is shown, with its spread
    unit: str = ""
    at_most: bool = True

    @property
    def is_met(self) -> bool:
        return self.value <= self.limit if self.at_most else self.value >= self.limit

    @property
    def limit_words(self) -> str:
        return f"{'≤' if self.at_most else '≥'} {self.limit:g}{self.unit}"

    @property
    def verdict(self) -> str:
        return "met" if self.is_met else "MISSED"


@dataclass
class Section:
    """What one benchmark found. `table` has its head as the first row."""

    code: str
    title: str
    how: str
    goals: list[Goal] = field(default_factory=list)
    table: list[list[str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest of `values` that at least `percent` of them do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def ratio_goal(name: str, rounds: Sequence[float], limit: float, *, at_most: bool = True, digits: int = 2) -> Goal:
    """A ratio taken in each round, held against `limit` by its median."""
    spread = Spread.over(rounds)
    return Goal(name, spread.median, limit, spread.words("", digits), at_most=at_most)


def _figure(value: float, digits: int) -> str:
    return f"{value:,.{digits}f}"
