"""Makes `manage.py sandbox` known to Django; the sandbox has no models and no tables of Django's."""

from django.apps import AppConfig


class SandboxConfig(AppConfig):
    name = "sandbox"
    verbose_name = "Sandbox"
