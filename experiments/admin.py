"""Pages for operators: what is written, what providers hold, and what was asked of them, to look at only.

And the switch for all sending, with the page on which restored data is adopted.
"""

# Django's admin classes are generic in their stubs only; at run time they take no type argument.
# mypy: disable-error-code="type-arg"

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path

from experiments.models import Attempt, Draft, Event, Experiment, Operation, Revision, Sync
from experiments.relay import adopting
from workspaces.admin import ReadOnly
from workspaces.models import Connection, Installation, User
from workspaces.models.installation import ONLY


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


class InstallationForm(forms.ModelForm):
    class Meta:
        model = Installation
        fields = ["is_sending_stopped", "stopped_why"]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("is_sending_stopped") and not cleaned.get("stopped_why", "").strip():
            self.add_error("stopped_why", "Say why: every member can read it.")
        return cleaned


class AdoptForm(forms.Form):
    why = forms.CharField(max_length=300, label="Why, for the record of every workspace")
    without = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Leave out, although they cannot be read: nothing goes out through them",
    )

    def __init__(self, data: Any, unread: list[Connection]) -> None:
        super().__init__(data)
        choices = [(str(connection.pk), f"{connection} in {connection.workspace}") for connection in unread]
        self.fields["without"].choices = choices  # type: ignore[attr-defined]  # of a MultipleChoiceField
        if not choices:
            del self.fields["without"]


@admin.register(Installation)
class InstallationAdmin(admin.ModelAdmin):
    form = InstallationForm
    list_display = ["__str__", "is_sending_stopped", "stopped_why", "closed_because", "address", "adopted_at"]
    actions = None
    change_form_template = "operators/installation.html"
    readonly_fields = [
        *("stopped_by", "stopped_at", "closed_because", "closed_at", "address", "instance", "epoch"),
        *("adopted_at", "adopted_by", "place", "tick", "ticked_at", "unadopted"),
    ]
    fields = ["is_sending_stopped", "stopped_why", *readonly_fields]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if self.has_view_permission(request):
            Installation.the()  # the switch must be there before anything was ever sent
        return super().changelist_view(request, extra_context)

    def save_model(self, request: HttpRequest, obj: Installation, form: Any, change: bool) -> None:
        """The switch is thrown like at the console, with an entry in every workspace."""
        Installation.switch(stopped=obj.is_sending_stopped, why=obj.stopped_why.strip(), by=_person(request))

    def get_urls(self) -> list[URLPattern]:
        adopt = path("adopt/", self.admin_site.admin_view(self.adopt), name="workspaces_installation_adopt")
        return [adopt, *super().get_urls()]

    def adopt(self, request: HttpRequest) -> HttpResponse:
        """What speaks against sending, what the providers hold, and the button that opens the gate. POST reads them."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        reason = adopting.reason()
        is_needed = bool(reason or Installation.the().unadopted)
        compared = adopting.compare(everything=bool(reason)) if request.method == "POST" and is_needed else []
        form = AdoptForm(None, [one.connection for one in compared if one.failure])
        if request.POST.get("do") == "adopt" and is_needed:
            form = AdoptForm(request.POST, [one.connection for one in compared if one.failure])
            if form.is_valid() and self._adopt(request, compared, form.cleaned_data):
                return redirect("admin:workspaces_installation_change", ONLY)
        context = {
            **self.admin_site.each_context(request),
            "title": "Adopt the data",
            "reason": reason,
            "is_needed": is_needed,
            "is_compared": request.method == "POST",
            "found": [(one, adopting.lines(one)) for one in compared],
            "form": form,
        }
        return render(request, "operators/adopt.html", context)

    def _adopt(self, request: HttpRequest, compared: list[adopting.Compared], told: dict[str, Any]) -> bool:
        chosen = [UUID(pk) for pk in told.get("without") or []]
        without = [one.connection for one in compared if one.connection.pk in chosen]
        try:
            adopting.adopt(compared, by=_person(request), why=told["why"], without=without)
        except adopting.CannotAdopt as error:
            messages.error(request, str(error))
            return False
        messages.success(request, "Adopted. What was waiting is settled, or waits for a person.")
        return True


def _person(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None
