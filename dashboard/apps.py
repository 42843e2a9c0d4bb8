"""The Django project as an app, so that it can carry commands and checks."""

from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import pre_migrate


class DashboardConfig(AppConfig):
    name = "dashboard"

    def ready(self) -> None:
        from dashboard import checks  # noqa: F401  (registering is what the import is for)

        pre_migrate.connect(_let_statements_last, sender=self)


def _let_statements_last(using: str, **kwargs: Any) -> None:
    """An index on a long table takes longer than any page may wait. Locks are still waited for two seconds at most."""
    if connections[using].vendor == "postgresql":
        with connections[using].cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
            cursor.execute("SET idle_in_transaction_session_timeout = 0")
