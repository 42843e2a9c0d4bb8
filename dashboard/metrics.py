"""What Prometheus reads at /metrics, counted from the database at that moment: it holds for all processes together.

A scrape costs ten statements at most. Names and what to do about them are in docs/operating.md.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from django.db import DatabaseError, InterfaceError
from django.db.models import Count, Max, Min, Q, Sum
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from experiments import broker
from experiments.models import Attempt, Kind, Operation, State, Worker, workers
from experiments.models.states import OPEN, UNCLEAR
from experiments.providers import PROVIDERS
from experiments.relay import clock
from workspaces.models import Connection, Workspace
from workspaces.models.installation import Installation

LABELS = ("provider", "outcome")
OUTCOMES = ("applied", "rejected", "not_sent", "unknown")
# Upper ends in milliseconds: most answers take a second or two, a write may take twenty.
BUCKETS = (100, 250, 500, 1000, 2500, 5000, 10_000, 20_000)
SETTLED_AFTER = timedelta(minutes=10)  # no open transaction is older, so no attempt before it can still appear


def exposition() -> bytes:
    """Prometheus' text format. Without a database it says that, and how the broker is."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Everything())
    return generate_latest(registry)


class _Everything(Collector):
    def collect(self) -> Iterator[Metric]:
        try:
            found = [*_operations(), *_oldest(), *_attempts(), *_connections(), *_processes()]
        except (DatabaseError, InterfaceError):
            found = []
        yield _gauge("splitdesk_database_up", "1 where the database answers.", float(bool(found)))
        yield from found
        yield from _broker()


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(name, words, value=value)


def _gauges(name: str, words: str, labels: Iterable[str], values: Mapping[tuple[str, ...], float]) -> Metric:
    family = GaugeMetricFamily(name, words, labels=list(labels))
    for label_values, value in values.items():
        family.add_metric(label_values, value)
    return family


def _operations() -> Iterator[Metric]:
    """Counted in the index `operation_by_state` alone. What has no row is 0, so that an alert can see it end."""
    totals: dict[tuple[str, ...], float] = {(state, kind): 0.0 for state in State.values for kind in Kind.values}
    rows = Operation.objects.order_by().values_list("state", "kind").annotate(total=Count("pk"))
    totals |= {(state, kind): total for state, kind, total in rows}
    yield _gauges("splitdesk_operations", "Operations by state and kind.", ("state", "kind"), totals)


def _oldest() -> Iterator[Metric]:
    """0 where nothing waits. What is held back with a switch does not count as waiting."""
    installation = Installation.objects.values_list("is_sending_stopped", "closed_because").first()
    is_stopped, closed_because = installation or (False, "")
    yield _gauge("splitdesk_sending_stopped", "1 while sending is stopped in all workspaces.", is_stopped)
    yield _gauge("splitdesk_closed", "1 while nothing goes out until the data is adopted.", bool(closed_because))
    stopped = Workspace.objects.filter(is_sending_stopped=True).count()
    yield _gauge("splitdesk_workspaces_stopped", "Workspaces in which an admin has stopped sending.", stopped)
    may_go = Q(kind=Kind.VALIDATE)
    if not (is_stopped or closed_because):
        may_go |= Q(workspace__is_sending_stopped=False)
    oldest = Operation.objects.filter(state__in=sorted(OPEN)).aggregate(
        queued=Min("not_before", filter=Q(state=State.QUEUED) & may_go),
        unknown=Min("unknown_since", filter=Q(state__in=sorted(UNCLEAR))),
        parked=Min("created_at", filter=Q(state=State.PARKED)),
    )
    told = {
        "queued": "How long the oldest operation that may go out has waited for a worker.",
        "unknown": "For how long the oldest unclear outcome has been unclear.",
        "parked": "Age of the oldest operation that a person has to send on or cancel.",
    }
    for name, words in told.items():
        yield _gauge(f"splitdesk_oldest_{name}_seconds", words, _age(oldest[name]))


def _age(at: datetime | None) -> float:
    return max((clock.now() - at).total_seconds(), 0.0) if at else 0.0


# -- attempts: counted once, and from then on only those that are new


@dataclass
class _Tally:
    """Ended attempts by provider: how many ended how, and how long those with an answer took."""

    outcomes: dict[tuple[str, str], int] = field(default_factory=dict)
    within: dict[str, list[int]] = field(default_factory=dict)  # those not longer than each of BUCKETS, then all
    milliseconds: dict[str, int] = field(default_factory=dict)

    def plus(self, rows: Iterable[dict[str, Any]]) -> "_Tally":
        sum_ = _Tally(dict(self.outcomes), dict(self.within), dict(self.milliseconds))
        for row in rows:
            provider, outcome = row["operation__connection__provider"], row["outcome"]
            sum_.outcomes[provider, outcome] = sum_.outcomes.get((provider, outcome), 0) + row["total"]
            counts = [*(row[f"within_{end}"] for end in BUCKETS), row["answered"]]
            known = sum_.within.get(provider, [0] * len(counts))
            sum_.within[provider] = [one + more for one, more in zip(known, counts, strict=True)]
            sum_.milliseconds[provider] = sum_.milliseconds.get(provider, 0) + (row["took"] or 0)
        return sum_


@dataclass
class _Settled:
    """What this process has counted for good: all attempts up to the id `until`, which change no more."""

    until: int = 0
    tally: _Tally = field(default_factory=_Tally)
    lock: Any = field(default_factory=Lock)

    def count(self) -> _Tally:
        with self.lock:
            until = _last_settled(self.until)
            if until > self.until:
                self.until, self.tally = until, self.tally.plus(_ended(self.until, until))
            until, tally = self.until, self.tally
        return tally.plus(_ended(until, None))


_settled = _Settled()


def _last_settled(known: int) -> int:
    """The greatest id up to which every attempt ended a while ago."""
    is_young = Q(outcome="") | Q(claimed_at__gt=clock.now() - SETTLED_AFTER)
    ids = Attempt.objects.filter(pk__gt=known).aggregate(young=Min("pk", filter=is_young), last=Max("pk"))
    return (ids["young"] - 1 if ids["young"] else ids["last"]) or known


def _ended(after: int, until: int | None) -> list[dict[str, Any]]:
    attempts = Attempt.objects.filter(pk__gt=after).exclude(outcome="")
    if until is not None:
        attempts = attempts.filter(pk__lte=until)
    within = {f"within_{end}": Count("pk", filter=Q(milliseconds__lte=end)) for end in BUCKETS}
    counts = {"total": Count("pk"), "answered": Count("milliseconds"), "took": Sum("milliseconds"), **within}
    rows: Any = attempts.order_by().values("operation__connection__provider", "outcome").annotate(**counts)
    return list(rows)


def _attempts() -> Iterator[Metric]:
    tally = _settled.count()
    totals = {(provider, outcome): 0 for provider in PROVIDERS for outcome in OUTCOMES} | tally.outcomes
    counter = CounterMetricFamily(
        "splitdesk_attempts", "Times an operation was taken by a worker, by how that ended.", labels=LABELS
    )
    for labels, total in totals.items():
        counter.add_metric(labels, total)
    yield counter
    answers = HistogramMetricFamily(
        "splitdesk_answer_seconds", "How long calls that got an answer took.", labels=["provider"]
    )
    for provider in PROVIDERS:
        counts = tally.within.get(provider, [0] * (len(BUCKETS) + 1))
        buckets = [(str(end / 1000), count) for end, count in zip(BUCKETS, counts, strict=False)]
        answers.add_metric([provider], [*buckets, ("+Inf", counts[-1])], tally.milliseconds.get(provider, 0) / 1000)
    yield answers


# -- the world around


def _connections() -> Iterator[Metric]:
    rows = (
        Connection.objects.filter(is_removed=False)
        .order_by()
        .values_list("provider", "health")
        .annotate(total=Count("pk"), oldest=Min("sync__finished_at"))
    )
    totals: dict[tuple[str, ...], float] = {(p, h): 0.0 for p in PROVIDERS for h in Connection.Health.values}
    ages: dict[tuple[str, ...], float] = {}
    for provider, health, total, oldest in rows:
        totals[provider, health] = total
        if health == Connection.Health.ACTIVE:
            ages[provider,] = _age(oldest)
    yield _gauges("splitdesk_connections", "Connections by provider and health.", ("provider", "health"), totals)
    words = "Since the working connection that waits longest was last read to its end."
    yield _gauges("splitdesk_oldest_read_seconds", words, ("provider",), ages)


def _processes() -> Iterator[Metric]:
    signs = workers.signs()
    alive: dict[tuple[str, ...], float] = {("worker",): 0.0, ("beat",): 0.0}
    silence: dict[tuple[str, ...], float] = {}
    for sign in signs:
        if sign.role != Worker.Role.SWEEP:
            alive[sign.role,] += not sign.is_silent
            silence[sign.name, sign.role] = sign.silence.total_seconds()
    yield _gauges("splitdesk_processes", "Workers and beats heard of within a minute.", ("role",), alive)
    yield _gauges("splitdesk_silence_seconds", "Since a process was last heard of.", ("name", "role"), silence)
    swept = [sign.silence.total_seconds() for sign in signs if sign.role == Worker.Role.SWEEP]
    yield _gauge("splitdesk_sweep_age_seconds", "Since the last sweep ended.", swept[0] if swept else float("inf"))


def _broker() -> Iterator[Metric]:
    waiting = broker.look()
    yield _gauge("splitdesk_broker_up", "1 where Redis answers.", float(waiting is not None))
    depths: dict[tuple[str, ...], float] = {(queue,): length for queue, length in (waiting or {}).items()}
    yield _gauges("splitdesk_broker_messages", "Messages that wait in Redis for a worker.", ("queue",), depths)
