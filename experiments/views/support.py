"""What a provider's support desk asks for about one operation, as a file. No secret, no person's name, no address."""

import json
import re
import uuid
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_GET

from experiments import providers
from experiments.models import Attempt, Operation
from workspaces.access import WorkspaceRequest, workspace_page
from workspaces.models import Role, Workspace

LEFT_OUT = "(left out)"
# Whom a test is for is nobody's business at a support desk: values under such keys, and what looks like an address.
_PERSONAL_KEYS = re.compile(r"user|channel|address|email|msisdn|phone|device_token|apid", re.IGNORECASE)
_PERSONAL = re.compile(r"[^\s@]+@[^\s@]+\.\w+|\+?\d[\d ()/-]{7,}\d")
_KEPT_OF_EVENTS = ("attempt", "status", "found", "is_counted", "is_applied", "remote_id", "candidates")


@require_GET
@workspace_page(Role.EDITOR)
def operation_support(request: WorkspaceRequest, workspace: Workspace, pk: uuid.UUID) -> HttpResponse:
    """A JSON file: when what was asked of the provider, with which ids, how it ended and what was answered."""
    operation = get_object_or_404(workspace.operations.select_related("connection"), pk=pk)
    content = json.dumps(pack(operation), ensure_ascii=False, indent=2, default=str)
    answer = HttpResponse(content, content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="splitdesk-{operation.pk}.json"'
    return answer


def pack(operation: Operation) -> dict[str, Any]:
    """Times are UTC, ISO 8601."""
    connection = operation.connection
    provider = providers.PROVIDERS[connection.provider]
    return {
        "written_at": timezone.now().isoformat(),
        "provider": provider.label,
        "region": connection.region,
        **({provider.key_label.lower().replace(" ", "_"): connection.key} if provider.key_label else {}),
        "operation": str(operation.pk),
        "kind": operation.kind,
        "state": operation.state,
        "code": operation.reason,
        "message": operation.message,
        "reference": operation.marker,
        "due_at": operation.fence_at and operation.fence_at.isoformat(),
        "experiment_id": operation.remote_id or operation.target_id,
        "push_id": operation.push_id,
        "operation_id": operation.remote_operation_id,
        "ids_found": operation.matches,
        "request": _request(operation),
        "tries": [_try(attempt) for attempt in operation.attempts.all()],
        "events": [
            {
                "at": event.at.isoformat(),
                "from": event.from_state,
                "to": event.to_state,
                "code": event.reason,
                **{key: event.data[key] for key in _KEPT_OF_EVENTS if key in event.data},
            }
            for event in operation.events.all()
        ],
    }


def _request(operation: Operation) -> dict[str, Any]:
    return {
        "authorization": LEFT_OUT,
        "bytes": len(operation.body),
        "sha256": operation.sha256,
        "body": _redacted(operation.document),
    }


def _try(attempt: Attempt) -> dict[str, Any]:
    return {
        "number": attempt.number,
        "begun_at": attempt.claimed_at.isoformat(),
        "connected_at": attempt.wire_at and attempt.wire_at.isoformat(),
        "ended_at": attempt.ended_at and attempt.ended_at.isoformat(),
        "outcome": attempt.outcome,
        "code": attempt.reason,
        "status": attempt.status_code,
        "request_id": attempt.request_id,
        "operation_id": attempt.remote_operation_id,
        "date_of_answer": attempt.provider_date and attempt.provider_date.isoformat(),
        "milliseconds": attempt.milliseconds,
        "answer": _PERSONAL.sub(LEFT_OUT, attempt.response),
    }


def _redacted(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _redacted(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [_redacted(item, key) for item in value]
    if isinstance(value, str):
        return LEFT_OUT if _PERSONAL_KEYS.search(key) else _PERSONAL.sub(LEFT_OUT, value)
    return value
