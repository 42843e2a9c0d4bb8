"""The database itself refuses what no code of ours would ever do to an operation."""

import itertools
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from experiments.models import Attempt, Operation, State
from experiments.models.states import BY_ENDS
from tests.unguarded import put


def update(operation, **values):
    with transaction.atomic():
        return Operation.objects.filter(pk=operation.pk).update(**values)


def test_every_move_outside_the_table_is_refused_and_every_other_taken(confirmed, draft):
    operation = confirmed(draft)
    for source, to in itertools.product(State, State):
        put(operation, state=source)
        if source == to or (source, to) in BY_ENDS:
            assert update(operation, state=to) == 1
        else:
            with pytest.raises(IntegrityError, match="illegal move"):
                update(operation, state=to)


@pytest.mark.parametrize(
    "change",
    [
        {"payload": b"{}"},
        {"sha256": "0" * 64},
        {"marker": "abx-another"},
        {"kind": "delete"},
        {"fence_at": timezone.now() + timedelta(days=2)},
        {"fence_at": None},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_was_confirmed_cannot_be_changed(confirmed, draft, change):
    operation = confirmed(draft)
    assert update(operation, message="This may change.") == 1
    with pytest.raises(IntegrityError, match="cannot be changed"):
        update(operation, **change)


def test_a_second_attempt_on_the_wire_is_refused_while_the_first_is_unresolved(confirmed, draft):
    operation = confirmed(draft)
    now = timezone.now()
    first = Attempt.objects.create(operation=operation, number=1, claim_token=operation.pk, wire_at=now)
    for outcome, is_refused in [("", True), ("unknown", True), ("not_sent", False)]:
        Attempt.objects.filter(pk=first.pk).update(outcome=outcome)
        second = Attempt(operation=operation, number=2, claim_token=draft.pk, wire_at=now)
        if is_refused:
            with pytest.raises(IntegrityError), transaction.atomic():
                second.save()
        else:
            second.save()
