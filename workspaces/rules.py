"""What an admin decides for a whole workspace: the undo window, whether anything is sent at all, the time zone,
the quiet hours."""

from datetime import time
from typing import Any

from django.db import transaction

from workspaces.models import AuditEntry, User, Workspace


def change_rules(workspace: Workspace, action: str, by: User, **values: Any) -> bool:
    """Set `values` and record `action` with what was and what is. False where nothing differs."""
    with transaction.atomic():
        before = Workspace.objects.select_for_update().get(pk=workspace.pk)
        was = {name: getattr(before, name) for name in values}
        if was == values:
            return False
        Workspace.objects.filter(pk=workspace.pk).update(**values)
        AuditEntry.record(workspace, action, by=by, target=workspace, **{"from": _plain(was), "to": _plain(values)})
    return True


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """For the audit's JSON: a clock time as "21:00"."""
    return {name: f"{value:%H:%M}" if isinstance(value, time) else value for name, value in values.items()}
