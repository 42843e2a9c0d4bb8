"""Who works here, and with which keys."""

from django.apps import AppConfig


class WorkspacesConfig(AppConfig):
    name = "workspaces"
