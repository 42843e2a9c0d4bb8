"""What a workspace keeps to start from: whole tests, single variants, and pieces of text."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import IntegrityError, models, transaction
from django.db.models.functions import Lower
from django.utils import timezone

from experiments.models.ids import new_id
from workspaces.models import User, Workspace

type Json = dict[str, Any]

_UNIQUE = "one_template_each_name"


class NameTaken(Exception):
    """Another template of the same kind, provider and workspace has this name. Nothing was written."""


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

    @property
    def text(self) -> str:
        """The text of a snippet."""
        return str(self.document.get("text", ""))

    def write(self, *, name: str, document: Json | None = None) -> None:
        """Save it under a name, with new content where that is given. Raises NameTaken."""
        self.name, self.updated_at = name, timezone.now()
        if document is not None:
            self.document_text = json.dumps(document, ensure_ascii=False)
        with _told_if_taken():
            self.save(update_fields=None if self._state.adding else ["name", "document_text", "updated_at"])

    def remove(self) -> bool:
        """Take it out of what is offered. False where it was out already."""
        return self._set_removed(timezone.now(), removed_at=None)

    def bring_back(self) -> bool:
        """False where it was not removed. Raises NameTaken where another took its name meanwhile."""
        with _told_if_taken():
            return self._set_removed(None, removed_at__isnull=False)

    def _set_removed(self, at: Any, **was: Any) -> bool:
        changed = Template.objects.filter(pk=self.pk, **was).update(removed_at=at, updated_at=timezone.now())
        self.removed_at = at
        return bool(changed)


@contextmanager
def _told_if_taken() -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if _UNIQUE not in str(error):
            raise
        raise NameTaken from None
