"""Paywall tests being written: a connection to Qonversion, and drafts of it."""

import copy
from typing import Any

from experiments.forms.saving import start
from experiments.models import Draft
from tests import qonversion_documents
from workspaces.models import Connection, User, Workspace

DOCUMENT = qonversion_documents.valid()


def connect(workspace: Workspace, by: User, name: str = "Paywalls") -> Connection:
    """A connection that is never called by these tests."""
    made = Connection(workspace=workspace, provider="qonversion", region="production", name=name, key="")
    made.seal_secret("sk_of_nobody", "http://127.0.0.1:9", by)
    made.health = Connection.Health.ACTIVE
    made.save()
    return made


def write(connection: Connection, by: User, *missing: str, plan: dict[str, Any] | None = None, **changes: Any) -> Draft:
    """A draft with one revision: the valid document without some keys and with others changed."""
    document = {key: value for key, value in copy.deepcopy(DOCUMENT).items() if key not in missing} | changes
    kept = plan if plan is not None else {"goal": "Yearly sells better", "tags": ["paywall"]}
    return start(connection.workspace, document, kept, by=by, provider="qonversion", connection=connection)
