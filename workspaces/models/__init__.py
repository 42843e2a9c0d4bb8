"""People, their walled areas, the keys they use, and the record of what they did."""

from workspaces.models.audit import AuditEntry
from workspaces.models.connections import Connection
from workspaces.models.installation import Installation, Standing, standing
from workspaces.models.people import Invitation, Membership, Role, User, Workspace

__all__ = [
    "AuditEntry",
    "Connection",
    "Installation",
    "Invitation",
    "Membership",
    "Role",
    "Standing",
    "User",
    "Workspace",
    "standing",
]
