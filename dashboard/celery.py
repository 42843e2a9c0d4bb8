"""The Celery app. Tasks live in experiments/tasks.py and carry nothing but ids."""

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, task_prerun, worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")

app = Celery("splitdesk")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["experiments"])


def check_settings(**kwargs: Any) -> None:
    from dashboard.checks import refuse_to_start_when_wrong

    refuse_to_start_when_wrong()


worker_init.connect(check_settings)
beat_init.connect(check_settings)


def drop_dead_connections(**kwargs: Any) -> None:
    from django.db import close_old_connections

    close_old_connections()


task_prerun.connect(drop_dead_connections)
