"""Reading settings from the environment: `NAME`, or `NAME_FILE` with the path of a file that holds the value."""

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit


def text(name: str, default: str = "") -> str:
    path = os.environ.get(f"{name}_FILE")
    if path:
        return Path(path).read_text(encoding="utf-8").strip()
    return os.environ.get(name, default)


def flag(name: str, default: bool = False) -> bool:
    return text(name, str(default)).strip().lower() in {"1", "true", "yes", "on"}


def number(name: str, default: int) -> int:
    return int(text(name) or default)


def names(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def kept(path: Path, make: str) -> str:
    """The content of `path`, made once with mode 0600. For the demo and development only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(make)
    except FileExistsError:
        pass
    return path.read_text(encoding="utf-8").strip()


def random_key() -> str:
    return secrets.token_urlsafe(48)


SQLITE_OPTIONS = {
    # Without IMMEDIATE two thirds of read-then-write transactions fail at once under more than one process.
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA mmap_size=134217728;"
        "PRAGMA journal_size_limit=27103364; PRAGMA cache_size=2000;"
    ),
}


def database(url: str) -> dict[str, Any]:
    """Django's DATABASES entry for `sqlite:///path` or `postgres://user:password@host:port/name?option=…`."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": unquote(parts.path[1:]), "OPTIONS": SQLITE_OPTIONS}
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ValueError(f"DATABASE_URL must start with sqlite: or postgres:, not {parts.scheme}:")
    options: dict[str, Any] = dict(parse_qsl(parts.query))
    host = options.pop("host", "") or unquote(parts.hostname or "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path[1:]),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        # A stuck lock must not hold a page or a send: both limits end in a clear 503, never in a hang. The third ends
        # what a frozen process holds; migrations have no limit for a statement (dashboard/apps.py).
        "OPTIONS": {
            "connect_timeout": 3,
            "options": "-c lock_timeout=2000 -c statement_timeout=5000 -c idle_in_transaction_session_timeout=15000",
            **options,
        },
    }


def broker(url: str) -> str:
    """Celery's spelling of a Redis address: `unix:///path?db=0` becomes `redis+socket:///path?virtual_host=0`."""
    if not url:
        return "memory://"
    if url.startswith("unix://"):
        parts = urlsplit(url)
        return f"redis+socket://{parts.path}?virtual_host={dict(parse_qsl(parts.query)).get('db', '0')}"
    return url


def key_ring(value: str) -> dict[str, str]:
    """`id:base64key,…` → {id: base64key}, in the order given: the first one encrypts."""
    return dict(part.strip().split(":", 1) for part in value.split(",") if ":" in part)


def mailer(url: str) -> dict[str, Any]:
    """Django's MAILERS entry for `smtp://user:password@host:port`, `smtps://…`, or `console:`."""
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtps"}:
        return {"BACKEND": "django.core.mail.backends.console.EmailBackend"}
    return {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {
            "host": parts.hostname or "localhost",
            "port": parts.port or (465 if parts.scheme == "smtps" else 587),
            "username": unquote(parts.username or ""),
            "password": unquote(parts.password or ""),
            "use_ssl": parts.scheme == "smtps",
            "use_tls": parts.scheme == "smtp" and bool(parts.username),
            "timeout": 10,
        },
    }
