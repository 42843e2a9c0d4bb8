"""Users, workspaces, memberships and invitations."""

import hashlib
import secrets
import uuid
from datetime import time, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo, available_timezones

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone


class Users(BaseUserManager["User"]):
    """Makes users whose e-mail is their sign-in name."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractUser):
    class Theme(models.TextChoices):
        SYSTEM = "system", "As the system says"
        LIGHT = "light", "Light"
        DARK = "dark", "Dark"

    username = None  # type: ignore[assignment]  # the e-mail is the name to sign in with
    first_name = None  # type: ignore[assignment]  # names do not split the same way everywhere
    last_name = None  # type: ignore[assignment]
    email = models.EmailField(unique=True, error_messages={"unique": "Somebody already signs in with this address."})
    name = models.CharField(max_length=150, blank=True)
    theme = models.CharField(max_length=10, choices=Theme, default=Theme.SYSTEM)
    has_single_keys = models.BooleanField("single-key shortcuts", default=True)
    time_zone = models.CharField(
        max_length=60, blank=True, help_text="Where this person reads clocks. Blank: as the browser says."
    )

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[Users] = Users()  # type: ignore[assignment]  # AbstractUser expects a user name

    class Meta:
        ordering = ["email"]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self)

    @property
    def initials(self) -> str:
        words = str(self).replace("@", " ").split()
        return "".join(word[0] for word in words[:2]).upper()


def check_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(f"“{name}” is no time zone. Pick one such as Europe/Berlin.")


class Workspace(models.Model):
    """One team's walled area. Everything else belongs to exactly one of them."""

    name = models.CharField(max_length=80)
    slug = models.SlugField(max_length=60, unique=True)
    time_zone = models.CharField(max_length=60, default="UTC", validators=[check_zone])
    undo_window = models.PositiveIntegerField(
        default=300,
        validators=[MinValueValidator(60), MaxValueValidator(3600)],
        help_text="Seconds between a confirmed “send soon” and the moment it goes out.",
    )
    quiet_from = models.TimeField(
        null=True, blank=True, help_text="From this clock time of the workspace on, messages are unwelcome."
    )
    quiet_until = models.TimeField(null=True, blank=True)
    is_sending_stopped = models.BooleanField(
        default=False, help_text="While this is on, nothing is sent or deleted at any provider."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("experiment_list", args=[self.slug])

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def is_quiet_at(self, clock: time) -> bool:
        """Whether a clock time is in the quiet hours, which may pass midnight. Their end is outside."""
        if self.quiet_from is None or self.quiet_until is None:
            return False
        if self.quiet_from < self.quiet_until:
            return self.quiet_from <= clock < self.quiet_until
        return clock >= self.quiet_from or clock < self.quiet_until


class Role(models.TextChoices):
    """A ladder: each role may also do what the ones before it may."""

    VIEWER = "viewer", "Viewer"
    EDITOR = "editor", "Editor"
    PUBLISHER = "publisher", "Publisher"
    ADMIN = "admin", "Admin"

    @property
    def may(self) -> str:
        return {
            Role.VIEWER: "sees tests and results",
            Role.EDITOR: "also writes and checks tests",
            Role.PUBLISHER: "also sends, undoes and deletes tests",
            Role.ADMIN: "also changes connections, members and settings",
        }[self]

    def allows(self, needed: "Role") -> bool:
        ladder = list(Role)
        return ladder.index(self) >= ladder.index(needed)


class Membership(models.Model):
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role, default=Role.VIEWER)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["user__name", "user__email"]
        constraints = [models.UniqueConstraint(fields=["workspace", "user"], name="one_membership_each")]

    def __str__(self) -> str:
        return f"{self.user} in {self.workspace}: {self.get_role_display()}"

    def allows(self, needed: Role) -> bool:
        return Role(self.role).allows(needed)

    @property
    def can_edit(self) -> bool:
        return self.allows(Role.EDITOR)

    @property
    def can_publish(self) -> bool:
        return self.allows(Role.PUBLISHER)

    @property
    def can_administer(self) -> bool:
        return self.allows(Role.ADMIN)


class Invitation(models.Model):
    """A way in for one address, once, for 72 hours. Only the hash of its token is kept."""

    LIFE = timedelta(hours=72)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=10, choices=Role, default=Role.VIEWER)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(User, models.CASCADE, related_name="invitations_made")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="invitations_accepted")

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.email} to {self.workspace}"

    @staticmethod
    def hash(token: str) -> str:
        return hashlib.sha256(token.encode()).hexdigest()

    @classmethod
    def make(cls, workspace: Workspace, email: str, role: str, invited_by: User) -> tuple["Invitation", str]:
        """A saved invitation and its token, which is shown only now."""
        token = secrets.token_urlsafe(32)
        invitation = cls.objects.create(
            workspace=workspace,
            email=email.strip().lower(),
            role=role,
            token_hash=cls.hash(token),
            invited_by=invited_by,
            expires_at=timezone.now() + cls.LIFE,
        )
        return invitation, token

    @property
    def may(self) -> str:
        return Role(self.role).may

    @property
    def is_open(self) -> bool:
        return self.accepted_at is None and self.expires_at > timezone.now()
