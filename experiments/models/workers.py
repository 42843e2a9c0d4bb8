"""Which processes live: each worker and beat writes its row every few seconds, and so does each sweep that has ended.

Moments here are the database's: hosts whose clocks differ would otherwise look dead, or alive for ever.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

SILENT_AFTER = timedelta(seconds=60)
FORGOTTEN_AFTER = timedelta(days=1)


class Worker(models.Model):
    """One process, found again by its name after a restart."""

    class Role(models.TextChoices):
        WORKER = "worker", "Worker"
        BEAT = "beat", "Beat"
        SWEEP = "sweep", "Sweep"  # no process: `seen_at` is when the last one ended

    name = models.CharField(max_length=200, primary_key=True, help_text="worker@host, beat@host, sweep")
    role = models.CharField(max_length=10, choices=Role)
    queues = models.CharField(max_length=100, blank=True, help_text="From which it takes tasks, with commas.")
    started_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField()

    class Meta:
        ordering = ["role", "name"]

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Sign:
    """A process and for how long nothing was heard of it."""

    name: str
    role: str
    queues: str
    silence: timedelta

    @property
    def is_silent(self) -> bool:
        return self.silence > SILENT_AFTER


def beat(name: str, role: Worker.Role, queues: str = "", *, is_start: bool = False) -> None:
    """Write that `name` lives. One statement; a start is remembered as one."""
    row = Worker(name=name[:200], role=role, queues=queues[:100], started_at=Now(), seen_at=Now())
    fields = ["role", "queues", "seen_at"] + (["started_at"] if is_start else [])
    Worker.objects.bulk_create([row], update_conflicts=True, unique_fields=["name"], update_fields=fields)


def sweep_ended() -> None:
    """Write that a sweep ran to its end, and forget who has been silent for a day."""
    beat("sweep", Worker.Role.SWEEP)
    Worker.objects.filter(seen_at__lt=Now() - FORGOTTEN_AFTER).delete()


def leave(name: str) -> None:
    """A process that ends in order is not missed."""
    Worker.objects.filter(name=name[:200]).delete()


def signs() -> list[Sign]:
    """Everything that was heard of within a day, by role and name."""
    silence = models.ExpressionWrapper(Now() - models.F("seen_at"), output_field=models.DurationField())
    rows = Worker.objects.annotate(silence=silence).values_list("name", "role", "queues", "silence")
    return [Sign(name, role, queues, max(length, timedelta(0))) for name, role, queues, length in rows]
