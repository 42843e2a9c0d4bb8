"""Any JSON object can be a draft: whatever stands in it, its pages open, and what was written is kept."""

import copy
import json
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from experiments.models import Draft, Experiment
from experiments.providers.text import places
from tests.bad.test_fuzz import EXAMPLES, NASTY
from tests.conftest import DOCUMENT
from tests.paywall_tests import connect, write
from tests.qonversion_documents import valid

TEXTS = st.sampled_from([text for text in NASTY if "\0" not in text and "\ud800" not in text and len(text) < 5000])
SIMPLE = st.one_of(st.none(), st.booleans(), st.integers(-5, 10**20), st.floats(allow_nan=False), TEXTS)
JUNK = st.recursive(
    SIMPLE,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=5,
)
FULL: dict[str, Any] = copy.deepcopy(DOCUMENT)
FULL["audience"] = {"and": [{"tag": "a"}, {"not": {"attribute": "x", "operator": "equals", "value": 1}}]}
FULL["device_types"] = ["ios", "android", "web", "email", "sms"]
for variant in FULL["variants"]:
    variant["schedule"] = {"scheduled_time": "2027-02-01T09:00:00"}
    variant["push"]["notification"] |= {
        "ios": {"title": "t", "badge": "auto", "alert": "a"},
        "android": {"title": "t", "priority": 1},
        "actions": {"open": {"type": "url", "content": "https://example.com"}},
        "email": {"subject": "s", "plaintext_body": "b", "message_type": "commercial"},
    }
    variant["push"]["options"] = {"personalization": True}


def changed(document: dict[str, Any], changes: list[tuple[int, Any, str]]) -> dict[str, Any]:
    """The document with junk put at some of its places, or beside them."""
    made: dict[str, Any] = copy.deepcopy(document)
    for number, junk, key in changes:
        containers = [value for _, value in places(made) if isinstance(value, dict | list) and value]
        holder = containers[number % len(containers)]
        if isinstance(holder, list):
            holder[number % len(holder)] = junk
        else:
            names = [*holder, key]
            holder[names[number % len(names)]] = junk
    return made


CHANGES = st.lists(st.tuples(st.integers(0, 10**6), JUNK, TEXTS), min_size=1, max_size=4)
PAGES = ("", "?checked=1", "?variant=B&platform=ios", "json/", "json/?as=python", "check/")


def look_at(client: Client, draft: Draft, document: dict[str, Any]) -> bool:
    """Save the document as JSON and open every page about it. False where it was refused."""
    address = draft.get_absolute_url()
    saved = client.post(f"{address}json/", {"document": json.dumps(document), "revision": draft.number})
    assert saved.status_code in (302, 422), saved.status_code
    draft.refresh_from_db()
    if saved.status_code == 422:
        return False
    assert json.dumps(draft.newest.document) == json.dumps(json.loads(json.dumps(document)))
    for page in PAGES:
        assert client.get(address + page).status_code == 200, page
    assert client.get("/w/marlow/experiments/").status_code == 200
    assert client.post(f"{address}check/").status_code in (302, 409)
    assert client.post(f"{address}copy/").status_code == 302
    return True


@pytest.mark.parametrize("provider", ["airship", "qonversion"])
def test_no_document_breaks_a_page(provider, write_full, visit, paula):
    draft, document = write_full(provider)
    client, taken = visit(paula), []

    @settings(
        max_examples=max(EXAMPLES // 2, 1),
        phases=[Phase.generate],
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(changes=CHANGES)
    def rain(changes: list[tuple[int, Any, str]]) -> None:
        with transaction.atomic():
            draft.refresh_from_db()
            taken.append(look_at(client, draft, changed(document, changes)))
            transaction.set_rollback(True)
        draft.refresh_from_db()

    rain()
    assert sum(taken) > len(taken) // 2  # the control: most are saved


@pytest.mark.parametrize("provider", ["airship", "qonversion"])
def test_no_document_of_a_provider_breaks_a_page(provider, listed, visit, bob, write_full):
    draft, document = write_full(provider)
    client = visit(bob)
    row = listed(name="Remote", provider=provider, connection=draft.connection)

    @settings(
        max_examples=max(EXAMPLES // 2, 1),
        phases=[Phase.generate],
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(changes=CHANGES)
    def rain(changes: list[tuple[int, Any, str]]) -> None:
        with transaction.atomic():
            raw = json.dumps({"id": row.remote_id, **changed(document, changes)})
            Experiment.objects.filter(pk=row.pk).update(raw_text=raw)
            for page in ("", "?as=python"):
                assert client.get(row.get_absolute_url() + page).status_code == 200
            assert client.post(f"{row.get_absolute_url()}copy/").status_code == 302
            made = Draft.objects.filter(from_experiment=row).latest("created_at")
            assert client.get(made.get_absolute_url()).status_code == 200
            transaction.set_rollback(True)

    rain()


@pytest.fixture
def write_full(airship, workspace, alice, bob):
    """`write_full(provider)` is a draft of that provider and the document that it holds."""

    def make(provider: str) -> tuple[Draft, dict[str, Any]]:
        if provider == "qonversion":
            return write(connect(workspace, alice), bob), valid()
        draft = Draft.objects.create(workspace=workspace, connection=airship, owner=bob)
        plan = {"goal": "", "measure": "", "tags": [], "when": {"mode": "moment", "as_written": True}}
        draft.append(copy.deepcopy(FULL), plan, by=bob, based_on=0, name="Full")
        return draft, FULL

    return make
