"""The product: drafts, the mirror of what providers hold, and the operations that reach them."""

from django.apps import AppConfig


class ExperimentsConfig(AppConfig):
    name = "experiments"
