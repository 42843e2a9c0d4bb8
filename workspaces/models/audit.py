"""Who did what, when, to which object: only ever added to, each entry chained to the one before it."""

import hashlib
import hmac
import json
from typing import Any, NoReturn

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from workspaces.models.people import User, Workspace


class AuditEntry(models.Model):
    workspace = models.ForeignKey(Workspace, models.PROTECT, related_name="audit_entries")
    number = models.PositiveBigIntegerField()
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    by_name = models.CharField(max_length=254, blank=True)
    action = models.CharField(max_length=60)
    object_type = models.CharField(max_length=40, blank=True)
    object_id = models.CharField(max_length=64, blank=True)
    object_name = models.CharField(max_length=255, blank=True)
    data = models.JSONField(default=dict)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["-number"]
        verbose_name_plural = "audit entries"
        constraints = [models.UniqueConstraint(fields=["workspace", "number"], name="one_audit_entry_each_number")]

    def __str__(self) -> str:
        return f"{self.number} {self.action}"

    def save(self, *args: Any, force_insert: Any = False, **kwargs: Any) -> None:
        if not force_insert:
            raise TypeError("Audit entries are only ever added.")
        super().save(*args, force_insert=True, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("Audit entries cannot be deleted.")

    @classmethod
    def record(
        cls, workspace: Workspace, action: str, *, by: User | None, target: models.Model | None = None, **data: Any
    ) -> "AuditEntry":
        """Add an entry in the caller's transaction, so that the change and its record are both there or neither."""
        with transaction.atomic():
            # The workspace's row is the lock that keeps the chain one behind the other.
            Workspace.objects.select_for_update().filter(pk=workspace.pk).first()
            last = cls.objects.filter(workspace=workspace).order_by("-number").first()
            entry = cls(
                workspace=workspace,
                number=last.number + 1 if last else 1,
                by=by,
                by_name=str(by) if by else "Splitdesk",
                action=action,
                object_type=target._meta.model_name or "" if target else "",
                object_id=str(target.pk) if target else "",
                object_name=str(target)[:255] if target else "",
                data=data,
            )
            entry.hash = entry.chained_to(last.hash if last else "")
            entry.save(force_insert=True)
        return entry

    def chained_to(self, previous: str) -> str:
        content = json.dumps(
            [
                self.workspace_id,
                self.number,
                self.at.isoformat(),
                self.by_name,
                self.action,
                self.object_type,
                self.object_id,
                self.object_name,
                self.data,
            ],
            sort_keys=True,
        )
        key = hashlib.sha256(b"audit" + settings.SECRET_KEY.encode()).digest()
        return hmac.new(key, (previous + content).encode(), hashlib.sha256).hexdigest()

    @classmethod
    def first_break(cls, workspace: Workspace) -> int | None:
        """The number of the first entry that does not fit the chain, None where all fit."""
        previous, expected = "", 1
        for entry in cls.objects.filter(workspace=workspace).order_by("number").iterator():
            if entry.number != expected or entry.hash != entry.chained_to(previous):
                return expected
            previous, expected = entry.hash, expected + 1
        return None
