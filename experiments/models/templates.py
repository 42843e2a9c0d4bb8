"""What a workspace keeps to start from: whole tests, single variants, and pieces of text."""

import json
from typing import Any

from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from experiments.models.ids import new_id
from workspaces.models import User, Workspace

type Json = dict[str, Any]


class Template(models.Model):
    """One thing to start from. It holds content only: no ids, no time, no marker, no people's data."""

    class Kind(models.TextChoices):
        TEST = "test", "Test"
        VARIANT = "variant", "Variant"
        SNIPPET = "snippet", "Snippet"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="templates")
    provider = models.CharField(max_length=20, blank=True, help_text="Blank for a snippet, which fits anywhere.")
    kind = models.CharField(max_length=8, choices=Kind)
    name = models.CharField(max_length=120)
    # Text, not JSON: a jsonb column would reorder keys.
    document_text = models.TextField(help_text='The test or the variant as JSON; a snippet is {"text": "…"}.')
    plan = models.JSONField(default=dict, blank=True, help_text="What only we know of a test: goal, measure, tags.")
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["kind", "name"]
        constraints = [
            models.UniqueConstraint(
                "workspace",
                "provider",
                "kind",
                Lower("name"),
                condition=models.Q(removed_at=None),
                name="one_template_each_name",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def document(self) -> Json:
        document: Json = json.loads(self.document_text)
        return document
