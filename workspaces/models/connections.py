"""One workspace's key at one provider. The secret is encrypted and only ever written."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from workspaces import vault
from workspaces.models.people import User, Workspace


class Connection(models.Model):
    class Health(models.TextChoices):
        UNTESTED = "untested", "Being tested"
        ACTIVE = "active", "Working"
        REFUSED = "refused", "Key refused"
        UNREACHABLE = "unreachable", "No answer"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="connections")
    provider = models.CharField(max_length=20, default="airship")
    name = models.CharField(max_length=80)
    region = models.CharField(max_length=10)
    key = models.CharField("app key", max_length=100)
    host = models.CharField(max_length=200, editable=False, help_text="The address the secret was entered for.")
    secret = models.TextField(editable=False)
    version = models.PositiveIntegerField(default=1, editable=False, help_text="Counts up with every new secret.")
    secret_set_at = models.DateTimeField(default=timezone.now, editable=False)
    secret_set_by = models.ForeignKey(User, models.SET_NULL, null=True, editable=False, related_name="+")
    is_removed = models.BooleanField(default=False)
    health = models.CharField(max_length=12, choices=Health, default=Health.UNTESTED, editable=False)
    health_message = models.CharField(max_length=300, blank=True, editable=False)
    checked_at = models.DateTimeField(null=True, blank=True, editable=False)
    worked_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "provider", "key"],
                condition=models.Q(is_removed=False),
                name="one_connection_for_each_key",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("connection_edit", args=[self.workspace.slug, self.pk])

    @property
    def context(self) -> str:
        """What the secret is bound to: a row copied elsewhere, or pointed at another host, does not decrypt."""
        return f"{self.workspace_id}|{self.pk}|{self.version}|{self.provider}|{self.host}"

    @property
    def is_working(self) -> bool:
        return self.health == self.Health.ACTIVE and not self.is_removed

    def seal_secret(self, secret: str, host: str, by: User | None) -> None:
        """Take a new secret for `host`. Does not save."""
        if self.secret:
            self.version += 1
        self.host = host
        self.secret = vault.seal(secret, self.context)
        self.secret_set_at = timezone.now()
        self.secret_set_by = by
        self.health = self.Health.UNTESTED
        self.health_message = ""

    def reveal_secret(self) -> str:
        """The secret in the clear: for a worker, right before a call.

        Raises vault.CannotOpen where the key is missing, the row was moved, or the host is no longer the one
        the secret was entered for.
        """
        current: Any = settings.PROVIDER_URLS.get((self.provider, self.region))
        if current != self.host:
            raise vault.CannotOpen("The address of this provider has changed. Enter the secret again.")
        return vault.open_sealed(self.secret, self.context)

    def record_health(self, health: str, message: str = "") -> None:
        now = timezone.now()
        self.health, self.health_message, self.checked_at = health, message[:300], now
        if health == self.Health.ACTIVE:
            self.worked_at = now
        self.save(update_fields=["health", "health_message", "checked_at", "worked_at"])
