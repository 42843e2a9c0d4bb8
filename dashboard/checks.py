"""Wrong settings are told at start, with what to do about them."""

import os
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

HINTS = {
    "SECRET_KEY": "Set SECRET_KEY (or SECRET_KEY_FILE) to 50 or more random characters.",
    "CREDENTIAL_KEYS": "Set CREDENTIAL_KEYS (or CREDENTIAL_KEYS_FILE), for example k1:$(openssl rand -base64 32).",
    "DATABASE_URL": "Set DATABASE_URL, for example postgres://splitdesk@db/splitdesk.",
    "REDIS_URL": "Set REDIS_URL, for example redis://redis:6379/0.",
    "ALLOWED_HOSTS": "Set ALLOWED_HOSTS to the names under which people open Splitdesk, separated by commas.",
    "BASE_URL": "Set BASE_URL to the address people open, for example https://tests.example.com.",
}


@register("configuration", deploy=True)
def missing_settings(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    return [
        Error(f"{name} is not set.", hint=HINTS[name], id=f"splitdesk.E{number:03}")
        for number, name in enumerate(settings.MISSING_SETTINGS, start=1)
    ]


@register("configuration", deploy=True)
def loopback_providers(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """The test hook that accepts loopback providers must be off where real messages are sent."""
    if not (settings.IS_PRODUCTION and settings.ALLOW_LOOPBACK_PROVIDERS):
        return []
    return [
        Error(
            "ALLOW_LOOPBACK_PROVIDERS is on.",
            hint="It is for the demo and for tests. Unset it, or set DEMO=1.",
            id="splitdesk.E020",
        )
    ]


def failpoints(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """Places where a test lets a process die are for tests."""
    if not (settings.IS_PRODUCTION and os.environ.get("FAILPOINTS")):
        return []
    return [Error("FAILPOINTS is set.", hint="It is for tests. Unset it.", id="splitdesk.E021")]


def refuse_to_start_when_wrong() -> None:
    """For server processes. Raises SystemExit with one line a problem."""
    problems = missing_settings(None) + loopback_providers(None) + failpoints(None)
    if problems:
        raise SystemExit("\n".join(f"Splitdesk does not start: {item.msg} {item.hint}" for item in problems))
