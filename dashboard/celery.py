"""The Celery app. Tasks live in experiments/tasks.py and carry nothing but ids."""

import os
import socket
from contextlib import ExitStack
from typing import Any

from celery import Celery
from celery.signals import (
    after_task_publish,
    beat_init,
    setup_logging,
    task_postrun,
    task_prerun,
    worker_init,
)

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


# -- logs: Django's settings hold for workers and beat as well, and lines say which task and process they are of


def keep_logging(**kwargs: Any) -> None:
    """Being connected is what keeps Celery from setting up handlers and formats of its own."""


setup_logging.connect(keep_logging)
_running: dict[str, ExitStack] = {}


def name_task(task_id: str, task: Any, **kwargs: Any) -> None:
    from experiments import logs

    _running[task_id] = ExitStack()
    name = task.name.removeprefix("experiments.tasks.")
    _running[task_id].enter_context(logs.bind(task=name, worker=f"{socket.gethostname()}:{os.getpid()}"))


def forget_task(task_id: str, **kwargs: Any) -> None:
    if task_id in _running:
        _running.pop(task_id).close()


task_prerun.connect(name_task)
task_postrun.connect(forget_task)


# -- signs of life


def give_pulse(sender: Any, **kwargs: Any) -> None:
    from dashboard.heartbeat import Pulse

    sender.app.steps["consumer"].add(Pulse)


def begin_beat(**kwargs: Any) -> None:
    from dashboard.heartbeat import heart
    from experiments.models import Worker

    heart.begin(f"beat@{socket.gethostname()}", Worker.Role.BEAT)
    after_task_publish.connect(turn_beat)


def turn_beat(**kwargs: Any) -> None:
    """Beat works for as long as the broker takes what it hands over."""
    from dashboard.heartbeat import heart

    heart.turn()


worker_init.connect(give_pulse)
beat_init.connect(begin_beat)
