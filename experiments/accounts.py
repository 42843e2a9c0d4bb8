"""From a stored connection to an account that a provider client can use. The only place where a secret is opened."""

from django.conf import settings

from experiments.providers.shapes import Account, Secret
from workspaces.models import Connection


def account_for(connection: Connection) -> Account:
    """Ready for one call, right before it. Raises workspaces.vault.CannotOpen."""
    return Account(
        url=connection.host,
        key=connection.key,
        secret=Secret(connection.reveal_secret()),
        allow_loopback=settings.ALLOW_LOOPBACK_PROVIDERS,
    )
