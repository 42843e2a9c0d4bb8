"""The product: drafts, the mirror of what providers hold, and the operations that reach them."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ExperimentsConfig(AppConfig):
    name = "experiments"

    def ready(self) -> None:
        from experiments.models import triggers

        post_migrate.connect(triggers.install, sender=self)
