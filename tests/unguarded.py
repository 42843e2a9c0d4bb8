"""Tests that put an operation into a state it cannot reach by itself must first send the database's guard away."""

import contextlib
from collections.abc import Iterator
from typing import Any

from django.db import connection

from experiments.models import Operation, triggers


@contextlib.contextmanager
def unguarded() -> Iterator[None]:
    """For the length of the block the database takes every change of an operation."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Not ALTER TABLE … DISABLE TRIGGER: it refuses while foreign keys of this transaction wait to be checked.
            cursor.execute(
                "CREATE OR REPLACE FUNCTION experiments_guard_operation() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RETURN NEW; END $$"
            )
        else:
            cursor.execute("DROP TRIGGER IF EXISTS experiments_guard_moves")
            cursor.execute("DROP TRIGGER IF EXISTS experiments_guard_bytes")
    try:
        yield
    finally:
        triggers.install(plan=[])


def put(operation: Operation, **values: Any) -> None:
    """Give the operation's row these values, whatever it held, and show them on the object."""
    with unguarded():
        Operation.objects.filter(pk=operation.pk).update(**values)
    for name, value in values.items():
        setattr(operation, name, value)
