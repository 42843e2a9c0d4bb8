"""Documents of every shape on their whole way: pasted, opened and saved in every tab, sent, and compared there."""

import copy
import json
import os

import pytest
from django.urls import reverse

from experiments import relay
from experiments.forms.importing import read_pasted
from experiments.models import Draft, State
from experiments.providers.airship.document import find_problems
from experiments.providers.marker import split_marker
from tests import openapi_check, openapi_documents
from tests.editor_form import Editor, FormReader

pytestmark = pytest.mark.skipif(not openapi_check.is_available(), reason="Airship's definition is not at hand")
EVERY = int(os.environ.get("JOURNEY_EVERY", "50"))  # of some 750 documents each flow test takes one in so many


def vendor_examples():
    """Every request example in Airship's own document."""
    for path in openapi_check.document()["paths"].values():
        for verb in path.values():
            body = verb.get("requestBody", {}) if isinstance(verb, dict) else {}
            for content in body.get("content", {}).values():
                yield from [content["example"]] if "example" in content else []
                yield from (example["value"] for example in content.get("examples", {}).values())


def sampled(residue):
    return list(openapi_documents.documents())[residue % EVERY :: EVERY] if openapi_check.is_available() else []


def journey(text, visit, bob):
    """The draft that bob gets by pasting the text."""
    client = visit(bob)
    address = reverse("draft_import", args=["marlow"])
    fields = FormReader(client.get(address).content.decode(), "").fields
    response = client.post(address, {**fields, "pasted": text})
    assert response.status_code == 302, response.content.decode()
    return Draft.objects.latest("created_at")


def test_every_document_is_read_as_it_was_pasted():
    documents = [*openapi_documents.documents(), *vendor_examples()]
    assert len(documents) > 500
    for document in documents:
        text = json.dumps(document)
        (pasted,) = read_pasted(text, "airship").tests
        assert json.dumps(pasted.document) == text
        assert not pasted.notes


@pytest.mark.parametrize("document", sampled(3), ids=lambda document: ",".join(document["device_types"])[:40])
def test_opening_every_tab_and_saving_it_unchanged_changes_nothing(document, connection, visit, bob):
    draft = journey(json.dumps(document), visit, bob)
    before = (draft.number, draft.newest.document_text)
    letters = [chr(ord("A") + position) for position in range(len(document["variants"]))]
    queries = [
        f"?variant={letter}&platform={name}" for letter in letters for name in ["", *document["device_types"], "json"]
    ]
    for query in queries:
        editor = Editor(visit(bob), draft, query)
        assert editor.post(do="save", htmx=True).status_code == 200
        draft.refresh_from_db()
        assert (draft.number, draft.newest.document_text) == before, query


def is_sendable(document, workspace):
    from django.utils import timezone

    found = find_problems(document, now=timezone.now(), zone=workspace.zone)
    return not any(problem.severity == "error" for problem in found)


@pytest.mark.parametrize("document", sampled(11), ids=lambda document: ",".join(document["device_types"])[:40])
def test_what_was_pasted_is_what_arrives(document, connection, visit, bob, alice, checked, work, sandbox):
    draft = journey(json.dumps(document), visit, bob)
    if not is_sendable(document, draft.workspace):
        pytest.skip("Airship would refuse this one for what its texts say")
    operation = relay.submit(checked(draft), alice, {})
    work()
    operation.refresh_from_db()
    assert operation.state == State.SUCCEEDED, operation.message
    (effect,) = sandbox.effects(kind="created")
    assert comparable(json.loads(effect.body), document) == comparable(document, document)


def comparable(arrived, pasted):
    """Without what the send itself adds: our reference, and the time where the paste named none."""
    arrived = copy.deepcopy(arrived)
    description = split_marker(str(arrived.pop("description", "")))[0]
    for variant, original in zip(arrived["variants"], pasted["variants"], strict=True):
        if not original.get("schedule"):
            variant.pop("schedule", None)
    return description, arrived
