"""What a failed read means for a connection: its health, a sentence for people, and when to try again."""

from typing import NamedTuple

from experiments.providers.outcomes import NotSent, ProviderFailure
from experiments.words import provider_name
from workspaces.models import Connection
from workspaces.vault import CannotOpen

SHORTEST_PAUSE, LONGEST_PAUSE = 15, 900  # seconds
_KEY_REFUSED = ("unauthorized", "forbidden")


class Trouble(NamedTuple):
    reason: str
    message: str
    health: Connection.Health | None  # None: this says nothing about the connection
    retry_after: int | None  # seconds, the provider's own wish


def trouble_of(connection: Connection, error: ProviderFailure | CannotOpen) -> Trouble:
    """What went wrong, in words that say what has stopped and what has not."""
    name = provider_name(connection.provider)
    refused, unreachable = Connection.Health.REFUSED, Connection.Health.UNREACHABLE
    if isinstance(error, CannotOpen):
        return Trouble("secret_unreadable", f"{error} Reading and sending have stopped here.", refused, None)
    if error.reason in _KEY_REFUSED:
        message = f"{name} does not accept this key. Reading and sending have stopped here. Replace the secret."
        return Trouble(error.reason, message, refused, None)
    if error.reason == "rate_limited":
        retry_after = error.retry_after if isinstance(error, NotSent) else None
        return Trouble(error.reason, f"{name} asked us to slow down. Nothing is lost.", None, retry_after)
    return Trouble(error.reason, error.message, unreachable, getattr(error, "retry_after", None))


def pause(failures: int, retry_after: int | None) -> int:
    """Seconds until the next try: doubling from 15 s up to 15 min, and never less than the provider asked for."""
    doubled: int = min(SHORTEST_PAUSE * 2 ** min(failures - 1, 10), LONGEST_PAUSE)
    return max(doubled, retry_after or 0)


def record(connection: Connection, health: Connection.Health, message: str = "") -> bool:
    """Write down how the key did, unless it was replaced while we asked: then the answer was about the old one."""
    is_current = Connection.objects.filter(pk=connection.pk, version=connection.version, is_removed=False).exists()
    if is_current:
        connection.record_health(health, message)
    return is_current
