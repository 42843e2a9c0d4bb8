"""The product: drafts, the mirror of what providers hold, and the operations that reach them."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ExperimentsConfig(AppConfig):
    name = "experiments"

    def ready(self) -> None:
        from experiments import failpoints
        from experiments.models import triggers

        post_migrate.connect(triggers.install, sender=self)
        failpoints.lose_database = _lose_database


def _lose_database(point: str) -> None:
    """What an armed failpoint does to act like a database whose answer never came."""
    from django.db import OperationalError, connection

    connection.close()
    raise OperationalError(f"The line to the database broke at {point}.")
