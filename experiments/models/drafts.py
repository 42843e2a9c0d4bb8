"""A test being written. Every save appends a revision; nothing is ever written over."""

import json
from typing import Any

from django.db import models, transaction
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone

from experiments.models.experiments import Experiment, Status
from experiments.models.ids import new_id
from workspaces.models import Connection, User, Workspace

type Json = dict[str, Any]


class StaleRevision(Exception):
    """The save started from a revision that is not the newest any more. `newest` is the one that is."""

    def __init__(self, newest: "Revision") -> None:
        super().__init__(f"revision {newest.number} is newer")
        self.newest = newest


class Draft(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="drafts")
    provider = models.CharField(max_length=20, default="airship")
    connection = models.ForeignKey(Connection, models.SET_NULL, null=True, blank=True, related_name="drafts")
    number = models.PositiveIntegerField(default=0, help_text="The number of the newest revision.")
    # What the list shows, copied from the newest revision by `append`:
    name = models.CharField(max_length=255, blank=True)
    search_text = models.TextField(blank=True)
    shares = models.JSONField(default=list)
    channels = models.CharField(max_length=100, blank=True)
    tags = models.JSONField(default=list)
    problems = models.PositiveIntegerField(default=0)
    status = models.CharField(max_length=12, choices=Status, default=Status.DRAFT)
    needs_attention = models.BooleanField(default=False)
    scheduled_at = models.DateTimeField(null=True, blank=True)
    when_at = models.DateTimeField(default=timezone.now, help_text="What lists sort by.")
    owner = models.ForeignKey(User, models.SET_NULL, null=True, related_name="drafts")
    from_draft = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="copies")
    from_experiment = models.ForeignKey(Experiment, models.SET_NULL, null=True, blank=True, related_name="copies")
    sent_at = models.DateTimeField(null=True, blank=True, help_text="Since when a provider holds it.")
    removed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-updated_at"]
        indexes = [
            models.Index(fields=["workspace", "when_at", "id"], name="draft_by_when"),
            models.Index(fields=["workspace", "updated_at", "id"], name="draft_by_edited"),
            models.Index("workspace", Lower("name"), "id", name="draft_by_name"),
            models.Index(
                fields=["workspace", "status", "updated_at", "id", "needs_attention"],
                condition=models.Q(removed_at=None, sent_at=None),
                name="draft_listed",
            ),
        ]

    def __str__(self) -> str:
        return self.name or "Untitled test"

    def get_absolute_url(self) -> str:
        return reverse("draft_edit", args=[self.workspace.slug, self.pk])

    @property
    def is_open(self) -> bool:
        """It can be edited and sent: no provider holds it, no operation is under way, nobody removed it."""
        return self.status == Status.DRAFT and self.removed_at is None

    @property
    def newest(self) -> "Revision":
        return self.revisions.get(number=self.number)

    def append(self, document: Json, plan: Json, *, by: User, based_on: int, **shown: Any) -> "Revision":
        """Save a new revision that started from revision `based_on`, and what lists show of it.

        `shown` are values of the columns above (name, search_text, shares, …). An unchanged document and plan
        append nothing. Raises StaleRevision where somebody else saved since, and writes nothing then.
        """
        with transaction.atomic():
            draft = Draft.objects.select_for_update().get(pk=self.pk)
            newest = draft.revisions.filter(number=draft.number).first()
            text = json.dumps(document, ensure_ascii=False)
            # Texts, not values: to Python 1, 1.0 and True are the same, to a provider they are not.
            if newest and (newest.document_text, newest.plan) == (text, plan):
                return newest
            if newest and draft.number != based_on:
                raise StaleRevision(newest)
            revision = draft.revisions.create(number=draft.number + 1, document_text=text, plan=plan, by=by)
            values = {"number": revision.number, "updated_at": revision.at, **shown}
            values.setdefault("when_at", shown.get("scheduled_at") or revision.at)
            # Conditional on the number: without row locks (SQLite) this is what stops two savers.
            if not Draft.objects.filter(pk=self.pk, number=draft.number).update(**values):
                raise StaleRevision(draft.newest)
        for name, value in values.items():
            setattr(self, name, value)
        return revision


class Revision(models.Model):
    draft = models.ForeignKey(Draft, models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    # Text, not JSON: a jsonb column would reorder keys, and people read this document.
    document_text = models.TextField(help_text="The provider's own experiment object, as JSON.")
    plan = models.JSONField(default=dict, help_text="What only we know: goal, tags, how to schedule.")
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["draft", "number"], name="one_revision_each_number")]

    def __str__(self) -> str:
        return f"Version {self.number}"

    @property
    def document(self) -> Json:
        document: Json = json.loads(self.document_text)
        return document
