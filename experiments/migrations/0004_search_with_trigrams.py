"""Index the text search of PostgreSQL, where the database lets us: search works without it, only slower."""

from django.db import DatabaseError, migrations, transaction

MAKE = [
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE INDEX IF NOT EXISTS experiment_by_text ON experiments_experiment USING gin (UPPER(search_text) gin_trgm_ops)",
    "CREATE INDEX IF NOT EXISTS draft_by_text ON experiments_draft USING gin (UPPER(search_text) gin_trgm_ops)",
]
DROP = ["DROP INDEX IF EXISTS experiment_by_text", "DROP INDEX IF EXISTS draft_by_text"]


def make_indexes(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    try:
        # A savepoint: a database without the extension, or a role that may not make it, must not stop the migration.
        with transaction.atomic(using=schema_editor.connection.alias):
            for statement in MAKE:
                schema_editor.connection.cursor().execute(statement)
    except DatabaseError:
        pass


def drop_indexes(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for statement in DROP:
            schema_editor.execute(statement)


class Migration(migrations.Migration):

    dependencies = [
        ("experiments", "0003_what_lists_and_reports_need"),
    ]

    operations = [
        migrations.RunPython(make_indexes, drop_indexes),
    ]
