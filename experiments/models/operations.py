"""One intended effect at a provider, and everything that happened to it. Written by `experiments.relay` alone.

Its states and the moves between them are the table in `experiments.models.states`.
"""

import json
from typing import Any

from django.db import models
from django.urls import reverse
from django.utils import timezone

from experiments.models.drafts import Draft, Revision
from experiments.models.experiments import Experiment
from experiments.models.ids import new_id
from experiments.models.states import FINAL, HOLDS_DRAFT, OPEN, UNCLEAR, Kind, State
from workspaces.models import Connection, User, Workspace


class Operation(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, models.PROTECT, related_name="operations")
    connection = models.ForeignKey(Connection, models.PROTECT, related_name="operations")
    connection_version = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    state = models.CharField(max_length=12, choices=State, default=State.QUEUED)
    name = models.CharField(max_length=255, help_text="The test's name when this was asked for.")
    draft = models.ForeignKey(Draft, models.SET_NULL, null=True, related_name="operations")
    revision = models.ForeignKey(Revision, models.SET_NULL, null=True, related_name="operations")
    experiment = models.ForeignKey(Experiment, models.SET_NULL, null=True, related_name="operations")
    check_operation = models.ForeignKey("self", models.SET_NULL, null=True, related_name="sends")
    undoes = models.ForeignKey("self", models.SET_NULL, null=True, related_name="undos")

    # What will be on the wire, byte for byte, fixed before anybody confirms:
    payload = models.BinaryField(default=b"")
    sha256 = models.CharField(max_length=64, blank=True)
    marker = models.CharField(max_length=40, blank=True, db_index=True)
    target_id = models.CharField(max_length=100, blank=True, help_text="Delete: the provider's id to delete.")
    fence_at = models.DateTimeField(null=True, help_text="From then on the provider refuses a late copy.")
    is_immediate = models.BooleanField(default=False, help_text="Sent at once: no undo, no fence.")
    future_id = models.UUIDField(null=True, unique=True, help_text="Check: the id that its send will have.")
    confirmed = models.JSONField(default=dict, help_text="What the person saw and typed.")

    claim_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    attempt_count = models.PositiveIntegerField(default=0)
    not_before = models.DateTimeField(default=timezone.now)
    look_count = models.PositiveIntegerField(default=0, help_text="How often an unknown outcome was looked up.")
    absent_count = models.PositiveIntegerField(default=0, help_text="Full listings without it after the fence.")
    unknown_since = models.DateTimeField(null=True)

    remote_id = models.CharField(max_length=100, blank=True)
    push_id = models.CharField(max_length=100, blank=True)
    remote_operation_id = models.CharField(max_length=100, blank=True)
    reason = models.CharField(max_length=60, blank=True)
    message = models.TextField(blank=True)
    problems = models.JSONField(default=list)
    matches = models.JSONField(default=list, help_text="Conflict: the ids that carry our marker.")
    differences = models.JSONField(null=True, help_text="Read back: what the provider holds differently.")
    read_back_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)

    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="operations")
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["draft"],
                condition=models.Q(kind=Kind.CREATE, state__in=sorted(HOLDS_DRAFT), undone_at=None),
                name="one_send_for_each_draft",
            ),
            models.UniqueConstraint(
                fields=["connection", "target_id"],
                condition=models.Q(kind=Kind.DELETE, state__in=sorted(OPEN)),
                name="one_delete_at_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["workspace", "-created_at"], name="operation_by_time"),
            models.Index(fields=["state", "not_before"], name="operation_to_do"),
            # For counts by state, of a page's tabs and of the metrics, without a look at the rows themselves:
            models.Index(fields=["workspace", "state"], include=["kind", "undone_at"], name="operation_by_state"),
            # Settled, and yet a provider holds a test too many: few, and on every page's note.
            models.Index(
                fields=["workspace", "fence_at"],
                condition=models.Q(reason__in=["held_after_all", "held_twice"]),
                name="operation_held_too_often",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} “{self.name}”"

    def get_absolute_url(self) -> str:
        return reverse("operation_detail", args=[self.workspace.slug, self.pk])

    @property
    def body(self) -> bytes:
        """The payload as bytes: PostgreSQL hands out a memoryview."""
        return bytes(self.payload)

    @property
    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.body or b"{}")
        return document

    @property
    def is_final(self) -> bool:
        return self.state in FINAL

    @property
    def is_unclear(self) -> bool:
        return self.state in UNCLEAR

    @property
    def has_sent_schedule(self) -> bool:
        """A provider holds it and its time has not come: the moment in which Undo is real."""
        return (
            self.kind == Kind.CREATE
            and self.state == State.SUCCEEDED
            and self.undone_at is None
            and self.fence_at is not None
            and self.fence_at > timezone.now()
        )


class Attempt(models.Model):
    """Each time an operation was taken by a worker, with what was on the wire and what came back."""

    operation = models.ForeignKey(Operation, models.CASCADE, related_name="attempts")
    number = models.PositiveIntegerField()
    claim_token = models.UUIDField(unique=True)
    worker = models.CharField(max_length=120, blank=True)
    claimed_at = models.DateTimeField(default=timezone.now)
    wire_at = models.DateTimeField(null=True, help_text="Connected; from here on bytes may have left.")
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=20, blank=True)
    reason = models.CharField(max_length=60, blank=True)
    status_code = models.PositiveIntegerField(null=True)
    request_id = models.CharField(max_length=200, blank=True)
    remote_operation_id = models.CharField(max_length=100, blank=True)
    response = models.TextField(blank=True, help_text="What was answered, cut to a limit.")
    provider_date = models.DateTimeField(null=True)
    milliseconds = models.PositiveIntegerField(null=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["operation", "number"], name="one_attempt_each_number"),
            models.UniqueConstraint(
                fields=["operation"],
                condition=models.Q(wire_at__isnull=False, outcome__in=["", "unknown"]),
                name="one_attempt_on_the_wire",
            ),
        ]

    def __str__(self) -> str:
        return f"Try {self.number}"


class Event(models.Model):
    """One move of an operation from state to state. Only ever added."""

    operation = models.ForeignKey(Operation, models.CASCADE, related_name="events")
    at = models.DateTimeField(default=timezone.now)
    from_state = models.CharField(max_length=12, blank=True)
    to_state = models.CharField(max_length=12, choices=State)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    reason = models.CharField(max_length=60, blank=True)
    data: Any = models.JSONField(default=dict)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.from_state or '–'} → {self.to_state}"
