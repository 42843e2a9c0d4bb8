"""Encryption of stored secrets: one random key for each secret, itself wrapped by a key from outside the database.

Format: `v1.<key id>.<wrapped key>.<sealed secret>`, parts in URL-safe base64; AES-256-GCM with a random 96-bit
nonce in front of each part. The context (workspace, connection, version, provider, host) is authenticated, so a
value moved to another row does not open.
"""

import base64
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings


class CannotOpen(Exception):
    """The secret cannot be read: no such key, another context, or a changed value."""


def seal(secret: str, context: str) -> str:
    """Encrypt `secret` for `context` under the first key of the ring."""
    key_id, ring_key = next(iter(_ring().items()))
    own_key = AESGCM.generate_key(256)
    return ".".join(("v1", key_id, _encrypt(ring_key, own_key, context), _encrypt(own_key, secret.encode(), context)))


def open_sealed(sealed: str, context: str) -> str:
    """Decrypt. Raises CannotOpen; there is no other way to read a secret."""
    try:
        version, key_id, wrapped, value = sealed.split(".")
        if version != "v1":
            raise ValueError(version)
        own_key = _decrypt(_ring()[key_id], wrapped, context)
        return _decrypt(own_key, value, context).decode()
    except KeyError as error:
        raise CannotOpen(f"The key {error} that encrypted this secret is not in CREDENTIAL_KEYS.") from None
    except (InvalidTag, ValueError):
        raise CannotOpen("This secret does not belong to this connection, or was changed.") from None


def is_current(sealed: str) -> bool:
    """True where the secret is wrapped by the first key of the ring."""
    return sealed.split(".")[1:2] == [next(iter(_ring()))]


def rewrap(sealed: str, context: str) -> str:
    """The same secret under the first key of the ring. Raises CannotOpen."""
    return seal(open_sealed(sealed, context), context)


def _ring() -> dict[str, bytes]:
    ring = {key_id: base64.b64decode(key) for key_id, key in settings.CREDENTIAL_KEYS.items()}
    if not ring:
        raise CannotOpen("CREDENTIAL_KEYS is not set, so secrets can be neither stored nor read.")
    return ring


def _encrypt(key: bytes, value: bytes, context: str) -> str:
    nonce = os.urandom(12)
    return base64.urlsafe_b64encode(nonce + AESGCM(key).encrypt(nonce, value, context.encode())).decode()


def _decrypt(key: bytes, value: str, context: str) -> bytes:
    raw = base64.urlsafe_b64decode(value)
    return AESGCM(key).decrypt(raw[:12], raw[12:], context.encode())
