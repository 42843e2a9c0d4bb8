"""Pressing a button as a browser does: with the token that its page has minted."""

import re
from typing import Any

from django.test import Client


def token(client: Client, address: str, number: int = 0) -> str:
    """The token in the page's form of that number, "" where the page offers no button."""
    found = re.findall(r'name="token" value="([^"]+)"', client.get(address).content.decode())
    return str(found[number]) if len(found) > number else ""


def press(client: Client, address: str, number: int = 0, **fields: Any) -> Any:
    """Open the page, fill the form in and press its button."""
    return client.post(address, {"token": token(client, address, number), **fields})
