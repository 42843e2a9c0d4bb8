"""The pages that several numbers of the catalogue look at, as a browser without script sees them."""

import copy
import re
from typing import Any

from django.test import Client
from django.urls import reverse

from experiments.models import Draft
from tests.conftest import DOCUMENT


def check_address(draft: Draft) -> str:
    return reverse("draft_check", args=[draft.workspace.slug, draft.pk])


def send_address(draft: Draft) -> str:
    return reverse("draft_send", args=[draft.workspace.slug, draft.pk])


def check_page(client: Client, draft: Draft) -> str:
    """The page that asks before anything is sent."""
    return client.get(check_address(draft)).text


def ask(client: Client, draft: Draft) -> int:
    """Have the provider asked about a draft: 302 where it is, 409 where something stands against it."""
    return client.post(check_address(draft)).status_code


def token_in(page: str) -> str:
    """What the button of a check page stands for, "" where there is none."""
    found = re.findall(r'name="token" value="([^"]*)"', page)
    return str(found[-1]) if found else ""


def confirm(client: Client, draft: Draft, **fields: str) -> Any:
    """Open the check page and press its button."""
    return client.post(send_address(draft), {"token": token_in(check_page(client, draft)), **fields})


def words(page: str) -> str:
    """The text of a page without its markup."""
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


def save_json(client: Client, draft: Draft, text: str) -> Any:
    """Post `text` as the exact document of the newest revision."""
    draft.refresh_from_db()
    address = reverse("draft_json", args=[draft.workspace.slug, draft.pk])
    return client.post(address, {"document": text, "revision": draft.number})


def changed(**changes: Any) -> dict[str, Any]:
    """The usual document, and some of its keys otherwise."""
    return copy.deepcopy(DOCUMENT) | changes


def two_variants() -> list[dict[str, Any]]:
    """The variants of the usual document, to be changed."""
    return list(changed()["variants"])
