"""The mirror: what a provider holds, as it was when last read. Written by `experiments.mirror` alone."""

import json
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone

from experiments.models.ids import new_id
from workspaces.models import Connection, User, Workspace

if TYPE_CHECKING:
    from experiments.models.operations import Operation


class Status(models.TextChoices):
    DRAFT = "draft", "Draft"
    SCHEDULED = "scheduled", "Scheduled"
    SENDING = "sending", "Sending"
    RUNNING = "running", "Running"
    PAUSED = "paused", "Paused"
    FINISHED = "finished", "Finished"
    DELETED = "deleted", "Deleted"


class Experiment(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="experiments")
    connection = models.ForeignKey(Connection, models.CASCADE, related_name="experiments")
    provider = models.CharField(max_length=20, default="airship")
    remote_id = models.CharField(max_length=100)
    push_id = models.CharField(max_length=100, blank=True)
    marker = models.CharField(max_length=40, blank=True, db_index=True)
    name = models.CharField(max_length=255, blank=True)
    description = models.TextField(blank=True)
    status = models.CharField(max_length=12, choices=Status, default=Status.FINISHED)
    remote_status = models.CharField(max_length=60, blank=True, help_text="The provider's own word, where it has one.")
    needs_attention = models.BooleanField(default=False)
    created_at = models.DateTimeField(null=True, blank=True, help_text="When the provider says it was made.")
    scheduled_at = models.DateTimeField(null=True, blank=True)
    when_at = models.DateTimeField(default=timezone.now, help_text="What lists sort by.")
    is_fenced = models.BooleanField(default=False)
    raw_text = models.TextField(blank=True, help_text="The provider's JSON, untouched.")
    search_text = models.TextField(blank=True)
    shares = models.JSONField(default=list)
    channels = models.CharField(max_length=100, blank=True)
    tags = models.JSONField(default=list)
    owner = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="experiments")
    operation: "models.ForeignKey[Operation | None]" = models.ForeignKey(
        "experiments.Operation", models.SET_NULL, null=True, blank=True, related_name="experiments"
    )
    changes = models.JSONField(null=True, blank=True, help_text="What somebody changed at the provider, until seen.")
    report = models.JSONField(null=True, blank=True)
    report_at = models.DateTimeField(null=True, blank=True)
    report_due_at = models.DateTimeField(null=True, blank=True, help_text="When the figures are read again.")
    seen_in_pass = models.PositiveBigIntegerField(default=0)
    updated_at = models.DateTimeField(default=timezone.now)
    gone_at = models.DateTimeField(null=True, blank=True, help_text="Missing from the last complete read.")

    class Meta:
        ordering = ["-when_at"]
        constraints = [models.UniqueConstraint(fields=["connection", "remote_id"], name="one_row_each_experiment")]
        indexes = [
            models.Index(fields=["workspace", "when_at", "id"], name="experiment_by_when"),
            models.Index(fields=["workspace", "status", "when_at", "id"], name="experiment_by_status"),
            models.Index(fields=["workspace", "updated_at", "id"], name="experiment_by_edited"),
            models.Index("workspace", Lower("name"), "id", name="experiment_by_name"),
            models.Index(
                fields=["workspace", "when_at", "id"],
                condition=models.Q(needs_attention=True),
                name="experiment_needs_attention",
            ),
            models.Index(fields=["scheduled_at"], condition=models.Q(status="scheduled"), name="experiment_to_go_out"),
            models.Index(
                fields=["report_due_at"],
                condition=models.Q(report_due_at__isnull=False),
                name="experiment_report_due",
            ),
        ]

    def __str__(self) -> str:
        return self.name or "Untitled test"

    def get_absolute_url(self) -> str:
        return reverse("experiment_detail", args=[self.workspace.slug, self.pk])

    @property
    def raw(self) -> dict[str, Any]:
        raw: dict[str, Any] = json.loads(self.raw_text or "{}")
        return raw


class Sync(models.Model):
    """How far the mirror of one connection is. A pass that did not reach the end removes nothing."""

    connection = models.OneToOneField(Connection, models.CASCADE, related_name="sync")
    pass_number = models.PositiveBigIntegerField(default=0, help_text="Of the last complete pass.")
    position = models.JSONField(default=dict, blank=True, help_text="Where a pass that takes longer goes on.")
    asked_at = models.DateTimeField(null=True, blank=True, help_text="When somebody last pressed “read again”.")
    started_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True, help_text="End of the last complete pass.")
    not_before = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    reason = models.CharField(
        max_length=60, blank=True, help_text="Short name of the last failure, empty after a pass."
    )
    message = models.CharField(max_length=300, blank=True)
    hinted_at = models.DateTimeField(null=True, blank=True, help_text="When a worker was last told to read.")

    def __str__(self) -> str:
        return f"{self.connection}: pass {self.pass_number}"
