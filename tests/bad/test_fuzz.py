"""Every form of the site under a rain of nonsense: no answer of 500, no exception, and no draft is lost.

FUZZ_EXAMPLES=1000 in the environment makes it long; the examples are the same in every run.
"""

import json
import os
import re
from typing import Any
from urllib.parse import quote_from_bytes

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from experiments.models import Draft, Revision
from tests.bad.forms import FORMS, World, rows
from tests.bad.test_borders import addresses
from tests.test_addresses import named_patterns

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "30"))
FORM = "application/x-www-form-urlencoded"
FINE = {200, 204, 302, 303}
REFUSED = {400, 401, 403, 404, 405, 409, 413, 415, 429}
SAVED_WITH_ERRORS = {422}  # what could be read of a draft is saved, the rest is told

NASTY = [
    "",
    " ",
    "\0",
    "a\0b",
    "\ud800",
    "\udfff\ud800",
    "\u202egnp.exe",
    "\u200b\ufeff",
    "x" * 70_000,
    "𝒳" * 3000,
    "e" + "\u0301" * 999,
    "9" * 400,
    "-1",
    "0",
    "1e309",
    "NaN",
    "１２",
    "true",
    "null",
    "[]",
    "{}",
    '{"document": {}, "plan": {}}',
    '{"document": {"variants": [{"push": null}]}, "plan": {"when": 7, "tags": "x", "unparsed": []}}',
    '{"a": 1, "a": 2}',
    "[" * 5000,
    '{"variants": {"a": [null]}, "audience": [[]], "device_types": {"ios": 1}, "groups": 7, "name": {}}',
    "<script>alert(1)</script>",
    "{{7*7}}{% debug %}",
    "' OR 1=1 --",
    "../../etc/passwd",
    "%00%0d%0a",
    "line\r\nSet-Cookie: a=b",
    "00000000-0000-0000-0000-000000000000",
    "2027-02-30",
    "9999-12-31",
    "0001-01-01",
    "24:61",
    "restore:1",
    "restore:99999999999",
    "remove:/audience",
    "pick-time:9999-12-31T23:59",
    "add-variant",
    "keep-mine",
    "copy-mine",
    "keep-both",
    "undo_window",
    "javascript:alert(1)",
    "👩\u200d👩\u200d👧\u200d👦",
]
TEXTS = st.one_of(st.sampled_from(NASTY), st.text(max_size=30), st.integers().map(str), st.floats().map(str))
DO = ["", "check", "add-variant", "copy-variant:0", "move-variant:0:1", "remove-variant:0", "restore:1", "show:1:ios"]


@pytest.fixture
def world(workspace, alice, vera, checked, draft, connection) -> World:
    return World(workspace, alice, checked(draft), connection)


def bodies(fields: dict[str, str]) -> st.SearchStrategy[bytes]:
    """Fields that are right, nasty, missing, or twice there, in any order, and some that nobody asked for."""
    names = sorted(fields)
    known = st.sampled_from(names or ["x"])
    right = known.map(lambda name: (name, fields.get(name, "")))
    kept = st.sets(known, max_size=len(names)).map(lambda left: [(n, fields[n]) for n in names if n not in left])
    do = st.tuples(st.just("do"), st.sampled_from(DO)) if "revision" in fields else right
    odd = st.one_of(st.tuples(known, TEXTS), st.tuples(TEXTS, TEXTS), right, do)
    pairs = st.builds(lambda first, more: first + more, kept, st.lists(odd, max_size=5))
    return pairs.map(encoded)


def encoded(pairs: list[tuple[str, str]]) -> bytes:
    return b"&".join(b"=".join(quoted(text) for text in pair) for pair in pairs)


def quoted(text: str) -> bytes:
    return quote_from_bytes(text.encode("utf-8", "surrogatepass"), safe="").encode()


def drafts() -> dict[Any, tuple[Any, ...]]:
    return {row[0]: row[1:] for row in Revision.objects.values_list("pk", "document_text", "draft_id")}


def check(world: World, row: str, response: Any, before: dict[str, Any], kept: dict[Any, Any]) -> None:
    """What holds after any answer to any form."""
    assert response.status_code in FINE | REFUSED | SAVED_WITH_ERRORS, (response.status_code, row)
    assert "<script>alert" not in response.content.decode(errors="replace")
    assert "Set-Cookie: a=b" not in str(response.headers)
    now = drafts()
    assert {pk: now.get(pk) for pk in kept} == kept  # no version of a draft is ever lost or altered
    if response.status_code in REFUSED:
        assert rows() == before, (response.status_code, row)


def send(client: Client, path: str, body: bytes, kind: str, is_htmx: bool) -> Any:
    return client.post(path, body, content_type=kind, headers={"HX-Request": "true"} if is_htmx else {})


@pytest.mark.parametrize("row", FORMS)
def test_no_form_breaks_and_no_draft_is_lost_whatever_is_sent(row, world):
    fields, path, before, kept = world.fields(row), world.address(row), rows(), drafts()
    reader = Client()
    reader.force_login(world.alice, backend="allauth.account.auth_backends.AuthenticationBackend")

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(body=bodies(fields), is_htmx=st.booleans(), kind=st.sampled_from([FORM, FORM, FORM, "application/json"]))
    def rain(body: bytes, is_htmx: bool, kind: str) -> None:
        with transaction.atomic():
            response = send(world.browser(row), path, body, kind, is_htmx)
            check(world, row, response, before, kept)
            for pk in touched(before["Draft"]):
                assert reader.get(reverse("draft_edit", args=["marlow", pk])).status_code in FINE
            transaction.set_rollback(True)

    rain()
    assert rows() == before


def touched(before: list[dict[str, Any]]) -> set[Any]:
    """Drafts that are others than before, or new."""
    return {row["id"] for row in Draft.objects.values() if row not in before}


@pytest.mark.parametrize("row", FORMS)
def test_what_a_person_would_send_is_taken(row, world):
    """The control: the same way of sending, with sensible values, does something."""
    before = rows()
    body = encoded(list(world.fields(row).items()))
    response = send(world.browser(row), world.address(row), body, FORM, False)
    wanted = {409} if FORMS[row].is_conflict else FINE
    assert response.status_code in wanted, (response.status_code, re.sub(r"\s+", " ", response.text)[-3000:])
    assert (rows() != before) is FORMS[row].changes


def test_every_address_that_takes_a_form_has_a_row(world):
    known = {row.partition(" ")[0] for row in FORMS}
    taking = set()
    for name in set(named_patterns()):
        if not name.startswith("/"):
            path = world.address(name)
            with transaction.atomic():
                if world.browser("account").post(path).status_code != 405:
                    taking.add(name)
                transaction.set_rollback(True)
    assert taking - known - {"home", "workspace_list", "account_inactive", *DONE} == set()
    assert known <= taking


# Pages without a form, which answer a POST as they answer a GET.
DONE = {"account_reset_password_done", "account_reset_password_from_key_done"}

QUERIES = "q status sort size after before provider connection owner tag since until variant platform checked undo"
NAMES = [*QUERIES.split(), "part", "as", "seen", "next", "kind", "state", "by", "page", "from", "to"]


def test_no_page_breaks_whatever_stands_in_its_address(world):
    paths = [path for path in addresses(world.ids) if not path.startswith("/operators")]
    before = rows()
    pairs = st.lists(st.tuples(st.sampled_from(NAMES), TEXTS), max_size=6)

    @settings(
        max_examples=EXAMPLES * 4,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(path=st.sampled_from(sorted(paths)), pairs=pairs, is_htmx=st.booleans())
    def rain(path: str, pairs: list[tuple[str, str]], is_htmx: bool) -> None:
        query = encoded([(name, text[:3000]) for name, text in pairs]).decode()
        response = world.browser("account").get(f"{path}?{query}", headers={"HX-Request": "true"} if is_htmx else {})
        assert response.status_code in FINE | {301} | REFUSED, (response.status_code, path)
        content = b"".join(response) if response.streaming else response.content
        assert b"<script>alert" not in content

    rain()
    assert rows() == before


def test_the_nonsense_reaches_every_kind_of_answer(world):
    """The control of the fuzz itself: it is neither always refused nor always let through."""
    answers: set[int] = set()
    fields, path = world.fields("draft_edit"), world.address("draft_edit")

    @settings(max_examples=100, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(body=bodies(fields))
    def rain(body: bytes) -> None:
        with transaction.atomic():
            answers.add(send(world.browser("draft_edit"), path, body, FORM, False).status_code)
            transaction.set_rollback(True)

    rain()
    assert answers >= {303, 400}
    assert answers & {409, 422}
    assert json.loads(Draft.objects.get(pk=world.ids["draft"]).newest.document_text)
