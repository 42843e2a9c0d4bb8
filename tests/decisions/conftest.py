"""Each decision of the relay by itself, at the edges of every limit. Time stands still."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from experiments.models import Kind, Operation, State
from experiments.relay import clock

NOW = datetime(2026, 11, 21, 20, 0, 0, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@pytest.fixture(autouse=True)
def clocks(monkeypatch) -> SimpleNamespace:
    """All clocks show NOW; the database's can be put ahead."""
    clocks = SimpleNamespace(ahead=timedelta(0))
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    monkeypatch.setattr(clock, "ahead", lambda: clocks.ahead)
    return clocks


@pytest.fixture
def unclear(airship, paula) -> Callable[..., Operation]:
    """Make an operation, by default a send that is being looked up."""

    def make(state: State = State.RECONCILING, **given: object) -> Operation:
        usual = {
            "workspace": airship.workspace,
            "connection": airship,
            "connection_version": airship.version,
            "kind": Kind.CREATE,
            "name": "Tone",
            "by": paula,
            "unknown_since": NOW,
            "created_at": NOW,
            "not_before": NOW,
        }
        return Operation.objects.create(state=state, **usual | given)

    return make
