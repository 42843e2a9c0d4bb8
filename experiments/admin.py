"""Pages for operators: what is written, what providers hold, and what was asked of them. All of it to look at only."""

# Django's admin classes are generic in their stubs only; at run time they take no type argument.
# mypy: disable-error-code="type-arg"

from django.contrib import admin

from experiments.models import Attempt, Draft, Event, Experiment, Operation, Revision, Sync
from workspaces.admin import ReadOnly


class RevisionInline(ReadOnly, admin.TabularInline):
    model = Revision
    fields = ["number", "by", "at", "document_text"]


@admin.register(Draft)
class DraftAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["name", "workspace", "status", "number", "owner", "updated_at", "sent_at", "removed_at"]
    list_filter = ["status", "provider", "workspace"]
    list_select_related = ["workspace", "owner"]
    search_fields = ["name", "id", "owner__email"]
    inlines = [RevisionInline]


@admin.register(Experiment)
class ExperimentAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["name", "workspace", "connection", "status", "remote_id", "scheduled_at", "updated_at", "gone_at"]
    list_filter = ["status", "provider", "workspace"]
    list_select_related = ["workspace", "connection"]
    search_fields = ["name", "remote_id", "push_id", "marker"]
    exclude = ["search_text"]


class AttemptInline(ReadOnly, admin.TabularInline):
    model = Attempt
    fields = ["number", "worker", "claimed_at", "wire_at", "ended_at", "outcome", "reason", "status_code", "request_id"]


class EventInline(ReadOnly, admin.TabularInline):
    model = Event
    fields = ["at", "from_state", "to_state", "by", "reason", "data"]


@admin.register(Operation)
class OperationAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["name", "workspace", "kind", "state", "connection", "by", "created_at", "finished_at"]
    list_filter = ["state", "kind", "workspace"]
    list_select_related = ["workspace", "connection", "by"]
    search_fields = ["name", "id", "marker", "remote_id", "sha256"]
    date_hierarchy = "created_at"
    exclude = ["payload"]
    inlines = [AttemptInline, EventInline]


@admin.register(Sync)
class SyncAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["connection", "pass_number", "started_at", "finished_at", "failures", "message"]
    list_select_related = ["connection"]
    search_fields = ["connection__name", "message"]
