"""Whether a connection's key works."""

from experiments.accounts import account_for
from experiments.mirror.failures import record, trouble_of
from experiments.mirror.passes import sync
from experiments.models import Sync
from experiments.providers import client
from experiments.providers.outcomes import ProviderFailure
from workspaces.models import Connection
from workspaces.vault import CannotOpen


def check_connection(connection_id: str) -> bool:
    """Try the key by the smallest read there is, write down how it went, and read everything the first time.

    Returns whether reading is not done yet and wants to go on (see `sync`).
    """
    connection = Connection.objects.filter(pk=connection_id, is_removed=False).first()
    if connection is None:
        return False
    try:
        client(connection.provider).check_key(account_for(connection))
    except (ProviderFailure, CannotOpen) as error:
        trouble = trouble_of(connection, error)
        record(connection, trouble.health or Connection.Health.UNREACHABLE, trouble.message)
        return False
    if not record(connection, Connection.Health.ACTIVE):
        return False
    Sync.objects.filter(connection=connection).update(not_before=None, failures=0, reason="", message="")
    has_been_read = Sync.objects.filter(connection=connection, finished_at__isnull=False).exists()
    return False if has_been_read else sync(connection_id)
