"""Pages for operators: people and their walled areas. No page holds a secret, and no record can be rewritten."""

# Django's admin classes are generic in their stubs only; at run time they take no type argument.
# mypy: disable-error-code="type-arg"

from typing import Any

from allauth.account.models import EmailAddress
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest

from workspaces.models import AuditEntry, Connection, Invitation, Membership, User, Workspace

admin.site.unregister(Group)  # what somebody may do is a matter of memberships
admin.site.unregister(EmailAddress)  # allauth's own notes: a second address there would be a second way in


class ReadOnly:
    """For rows that only the product itself writes."""

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class Recorded:
    """What an operator changes in a workspace is told to its members, in the same transaction."""

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        _record(request, obj, "add", message)
        return super().log_addition(request, obj, message)  # type: ignore[misc]  # of ModelAdmin, beside this class

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        _record(request, obj, "change", message)
        return super().log_change(request, obj, message)  # type: ignore[misc]

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        for obj in queryset:
            _record(request, obj, "delete", None)
        return super().log_deletions(request, queryset)  # type: ignore[misc]


def _record(request: HttpRequest, obj: Any, verb: str, message: Any) -> None:
    workspace = obj if isinstance(obj, Workspace) else obj.workspace
    by = request.user if isinstance(request.user, User) else None
    AuditEntry.record(workspace, f"operator.{verb}", by=by, target=obj, message=message)


class UserCreationForm(AdminUserCreationForm):
    class Meta:
        model = User
        fields = ["email", "name"]
        field_classes: dict[str, type] = {}

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


class UserForm(UserChangeForm):
    class Meta:
        model = User
        fields = ["email", "password", "name", "theme", "has_single_keys", "is_active", "is_staff", "is_superuser"]
        field_classes: dict[str, type] = {}

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


class OwnMembershipInline(ReadOnly, admin.TabularInline):
    model = Membership
    extra = 0
    verbose_name_plural = "memberships (changed on the page of memberships)"


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    form = UserForm
    add_form = UserCreationForm
    list_display = ["email", "name", "is_active", "is_staff", "is_superuser", "last_login"]
    list_filter = ["is_active", "is_staff", "is_superuser"]
    search_fields = ["email", "name"]
    ordering = ["email"]
    filter_horizontal = []
    readonly_fields = ["last_login", "date_joined"]
    fieldsets = [
        (None, {"fields": ["email", "password", "name"]}),
        ("Preferences", {"fields": ["theme", "has_single_keys"]}),
        ("May", {"fields": ["is_active", "is_staff", "is_superuser"]}),
        ("Times", {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [
        (None, {"classes": ["wide"], "fields": ["email", "name", "usable_password", "password1", "password2"]})
    ]
    inlines = [OwnMembershipInline]

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """An address that was taken away must not get a new password by mail any more."""
        super().save_model(request, obj, form, change)
        if "email" in form.changed_data:
            EmailAddress.objects.filter(user=obj).delete()

    def get_inlines(self, request: HttpRequest, obj: User | None) -> list[Any]:
        return self.inlines if obj else []


class MembershipInline(ReadOnly, admin.TabularInline):
    model = Membership
    extra = 0
    fields = ["user", "role", "created_at"]
    readonly_fields = ["created_at"]


@admin.register(Workspace)
class WorkspaceAdmin(Recorded, admin.ModelAdmin):
    list_display = ["name", "slug", "time_zone", "undo_window", "is_sending_stopped", "created_at"]
    list_filter = ["is_sending_stopped"]
    search_fields = ["name", "slug"]
    readonly_fields = ["created_at"]
    prepopulated_fields = {"slug": ["name"]}
    inlines = [MembershipInline]

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False  # its ledger and its record of deeds must stay


@admin.register(Membership)
class MembershipAdmin(Recorded, admin.ModelAdmin):
    list_display = ["user", "workspace", "role", "created_at"]
    list_filter = ["role", "workspace"]
    list_select_related = ["user", "workspace"]
    search_fields = ["user__email", "user__name", "workspace__name"]
    autocomplete_fields = ["user", "workspace"]
    readonly_fields = ["created_at"]


@admin.register(Invitation)
class InvitationAdmin(Recorded, admin.ModelAdmin):
    """Can be taken back here, not made: its token exists only in the mail."""

    list_display = ["email", "workspace", "role", "invited_by", "created_at", "expires_at", "accepted_at"]
    list_filter = ["role", "workspace"]
    list_select_related = ["workspace", "invited_by"]
    search_fields = ["email", "workspace__name"]
    fields = ["email", "workspace", "role", "invited_by", "created_at", "expires_at", "accepted_at", "accepted_by"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


FIXED = [
    "workspace",
    "provider",
    "region",
    "host",
    "key",
    "version",
    "secret_set_at",
    "secret_set_by",
    "health",
    "health_message",
    "checked_at",
    "worked_at",
    "created_at",
    "is_removed",
]


@admin.register(Connection)
class ConnectionAdmin(Recorded, admin.ModelAdmin):
    """Its name can be changed. The secret is on no page, and a new one is entered by an admin of the workspace."""

    list_display = ["name", "workspace", "provider", "region", "health", "checked_at", "worked_at", "is_removed"]
    list_filter = ["health", "provider", "region", "is_removed", "workspace"]
    list_select_related = ["workspace"]
    search_fields = ["name", "key", "workspace__name"]
    fields = ["name", *FIXED]
    readonly_fields = FIXED

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["at", "workspace", "number", "by_name", "action", "object_type", "object_name"]
    list_filter = ["workspace", "action"]
    list_select_related = ["workspace"]
    search_fields = ["by_name", "action", "object_name", "object_id"]
    date_hierarchy = "at"
    ordering = ["-at"]
