"""Figures of tests that went out: read again often at first, then ever more rarely."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from experiments import providers
from experiments.accounts import account_for
from experiments.models import Experiment, Status
from experiments.providers import PROVIDERS
from experiments.providers.outcomes import NotSent, ProviderFailure
from workspaces.vault import CannotOpen

SOON_AFTER = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30))
WHILE_IT_RUNS = timedelta(hours=1)
HOURLY_FOR, DAILY_FOR = timedelta(days=1), timedelta(days=14)
AFTER_A_FAILURE = timedelta(minutes=5)
ASKED_AT_MOST = timedelta(seconds=10)


def next_report_at(sent_at: datetime, now: datetime) -> datetime | None:
    """When the figures of a test sent at `sent_at` are due next, None once two weeks are over."""
    return next((sent_at + after for after in _moments() if sent_at + after > now), None)


def next_figures_at(provider: str, status: str, when_at: datetime, now: datetime) -> datetime | None:
    """When the figures of a test are due next. One that runs until somebody ends it is asked for every hour."""
    if PROVIDERS[provider].is_staged:
        return now + WHILE_IT_RUNS if status == Status.RUNNING else None
    return next_report_at(when_at, now)


def _moments() -> Iterator[timedelta]:
    yield from SOON_AFTER
    for hour in range(1, HOURLY_FOR // timedelta(hours=1) + 1):
        yield timedelta(hours=hour)
    for day in range(2, DAILY_FOR.days + 1):
        yield timedelta(days=day)


def read_report(experiment_id: str) -> bool:
    """Read the figures of one test into its row. Returns whether that worked; where not, the old ones stay."""
    experiment = Experiment.objects.select_related("connection").filter(pk=experiment_id).first()
    if experiment is None or experiment.connection.is_removed:
        return False
    now = timezone.now()
    due: dict[str, Any] = {"report_due_at": _next(experiment, now)}
    try:
        report, push_id = _figures(experiment)
        due |= {"report": report, "report_at": now, "push_id": push_id} if report else {}
    except (ProviderFailure, CannotOpen) as error:
        wait = (error.retry_after if isinstance(error, NotSent) else None) or 0
        retry_at = now + max(AFTER_A_FAILURE, timedelta(seconds=wait))
        due = {"report_due_at": min(due["report_due_at"] or retry_at, retry_at) if _is_young(experiment, now) else None}
        report = None
    Experiment.objects.filter(pk=experiment.pk).update(**due)
    return report is not None


def _figures(experiment: Experiment) -> tuple[dict[str, Any] | None, str]:
    client = providers.client(experiment.provider)
    account = account_for(experiment.connection)
    if PROVIDERS[experiment.provider].report_id == "remote_id":
        return asdict(client.report(account, experiment.remote_id)), experiment.push_id
    push_id = experiment.push_id
    if not push_id:
        remote = client.look_up(account, experiment.remote_id)
        push_id = remote.push_id if remote else ""
    return (asdict(client.report(account, push_id)), push_id) if push_id else (None, "")


def _next(experiment: Experiment, now: datetime) -> datetime | None:
    return next_figures_at(experiment.provider, experiment.status, experiment.when_at, now)


def _is_young(experiment: Experiment, now: datetime) -> bool:
    return experiment.status == Status.RUNNING or experiment.when_at > now - DAILY_FOR


def ask_report(experiment: Experiment) -> bool:
    """Somebody wants the figures read again. False where that happened a moment ago."""
    now = timezone.now()
    if experiment.report_at and experiment.report_at > now - ASKED_AT_MOST:
        return False
    return bool(Experiment.objects.filter(pk=experiment.pk).update(report_due_at=now))
