"""The database itself refuses a move that the table of states does not know, and any change of confirmed bytes.

Installed after every `migrate`, so that the triggers always say what `experiments.models.states` says; a table that
SQLite had to rebuild gets them back. They hold for every client, psql and the admin included.
"""

from typing import Any

from django.db import connections

from experiments.models.states import TABLE

_FROZEN = ("kind", "payload", "sha256", "marker", "fence_at", "workspace_id", "connection_id", "draft_id")
# A foreign key may still be emptied when its row is deleted.
_EMPTIED = {"draft_id"}

_POSTGRESQL = """
CREATE OR REPLACE FUNCTION experiments_guard_operation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.state <> OLD.state AND (OLD.state || '>' || NEW.state) NOT IN ({moves}) THEN
    RAISE EXCEPTION 'illegal move of an operation: % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
  END IF;
  IF {changed} THEN
    RAISE EXCEPTION 'what was confirmed of an operation cannot be changed' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER experiments_guard_operation BEFORE UPDATE ON experiments_operation
  FOR EACH ROW EXECUTE FUNCTION experiments_guard_operation();
"""

_SQLITE = (
    "DROP TRIGGER IF EXISTS experiments_guard_moves",
    """CREATE TRIGGER experiments_guard_moves BEFORE UPDATE OF state ON experiments_operation
    WHEN NEW.state <> OLD.state AND (OLD.state || '>' || NEW.state) NOT IN ({moves})
    BEGIN SELECT RAISE(ABORT, 'illegal move of an operation'); END""",
    "DROP TRIGGER IF EXISTS experiments_guard_bytes",
    """CREATE TRIGGER experiments_guard_bytes BEFORE UPDATE OF {columns} ON experiments_operation WHEN {changed}
    BEGIN SELECT RAISE(ABORT, 'what was confirmed of an operation cannot be changed'); END""",
)


def install(using: str = "default", **kwargs: Any) -> None:
    """Handler of `post_migrate`. A `flush`, which sends the same signal, changes no schema and has no plan."""
    if "plan" not in kwargs:
        return
    connection = connections[using]
    moves = ", ".join(f"'{move.source.value}>{move.to.value}'" for move in TABLE)
    differs = "IS DISTINCT FROM" if connection.vendor == "postgresql" else "IS NOT"
    changed = " OR ".join(
        f"(NEW.{name} {differs} OLD.{name}{f' AND NEW.{name} IS NOT NULL' if name in _EMPTIED else ''})"
        for name in _FROZEN
    )
    statements = (_POSTGRESQL,) if connection.vendor == "postgresql" else _SQLITE
    with connection.cursor() as cursor:
        if "experiments_operation" not in connection.introspection.table_names(cursor):
            return  # migrated back to nothing
        for statement in statements:
            cursor.execute(statement.format(moves=moves, changed=changed, columns=", ".join(_FROZEN)))
