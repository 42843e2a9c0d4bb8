"""An audit entry as a sentence: who did what to which thing."""

from typing import Any

from django import template

from workspaces.models import AuditEntry, Role

register = template.Library()

# What stands between the person's name and the name of the thing.
DEEDS = {
    "connection.add": "added the connection",
    "connection.change": "changed the connection",
    "connection.remove": "removed the connection",
    "draft.clone": "copied here from another connection:",
    "draft.clone.out": "copied to another connection:",
    "draft.copy": "copied a draft:",
    "draft.import": "pasted the draft",
    "draft.new": "began the draft",
    "draft.remove": "removed the draft",
    "draft.restore": "brought back the draft",
    "experiment.copy": "made a draft from a test:",
    "experiment.seen": "looked at what changed in",
    "installation.adopt": "adopted the data after a restore or a copy",
    "installation.close": "closed sending: the data may have been restored or copied",
    "installation.go": "turned sending on again in all workspaces",
    "installation.stop": "stopped sending in all workspaces",
    "invitation.accept": "accepted an invitation",
    "invitation.send": "invited",
    "invitation.withdraw": "withdrew the invitation of",
    "member.remove": "removed",
    "member.role": "changed the role of",
    "operation.cancel": "cancelled",
    "operation.delete": "asked to delete",
    "operation.send_on": "sent on",
    "operation.send": "confirmed sending",
    "operation.settle": "settled",
    "operation.undo": "asked to undo",
    "operator.add": "added as an operator:",
    "operator.change": "changed as an operator:",
    "operator.delete": "deleted as an operator:",
    "quiet_hours.change": "changed the quiet hours",
    "sending.resume": "turned sending on again",
    "sending.stop": "stopped all sending",
    "template.change": "changed the template",
    "template.new": "kept the template",
    "template.remove": "removed the template",
    "template.restore": "brought back the template",
    "time_zone.change": "changed the time zone",
    "undo_window.change": "changed the undo window",
}
# Deeds of which the name of the thing would say nothing new.
WHOLE = {
    "invitation.accept",
    "quiet_hours.change",
    "sending.resume",
    "sending.stop",
    "time_zone.change",
    "undo_window.change",
}


@register.filter
def deed(entry: AuditEntry) -> str:
    """The verb of the sentence; for an action without words of its own, the action itself in plain letters."""
    noun, _, verb = entry.action.partition(".")
    return DEEDS.get(entry.action) or " ".join((noun, verb)).replace("_", " ").strip()


@register.filter
def thing(entry: AuditEntry) -> str:
    """The name of what it was done to, "" where the verb says it all."""
    if entry.object_type == "operation":  # “Send “Sunday run””: the verb of the sentence tells the kind already
        return entry.object_name[entry.object_name.find("“") :]
    return "" if entry.action in WHOLE else entry.object_name


@register.filter
def detail(entry: AuditEntry) -> str:
    """From what to what, where the entry holds that."""
    was, now = entry.data.get("from"), entry.data.get("to")
    if entry.action == "member.role":
        return f"from {_role(was)} to {_role(now)}"
    if entry.action == "time_zone.change":
        return f"from {was['time_zone']} to {now['time_zone']}"
    if entry.action == "undo_window.change":
        return f"from {was['undo_window'] // 60} to {now['undo_window'] // 60} minutes"
    if entry.action == "quiet_hours.change":
        return f"from {_hours(was)} to {_hours(now)}"
    if entry.action in {"invitation.accept", "invitation.send"}:
        return f"as {_role(entry.data.get('role'))}"
    if entry.action.startswith("draft.clone"):
        return f"({entry.data.get('into') or entry.data.get('out_of', '')})"
    if entry.action.startswith("installation."):
        return f"({entry.data['why']})" if entry.data.get("why") else ""
    if entry.action == "connection.change":
        return f"({', '.join(entry.data.get('changed', []))})"
    return ""


def _hours(values: dict[str, Any]) -> str:
    return f"{values['quiet_from']}–{values['quiet_until']}" if values["quiet_from"] else "none"


def _role(code: Any) -> str:
    return Role(code).label.lower() if code in Role.values else str(code)
