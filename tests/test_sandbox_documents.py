"""The sandbox's checks agree with the OpenAPI document: what is valid there is accepted, what is not is refused."""

import copy
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.airship.document import check_document
from sandbox.airship.reader import locate, read
from sandbox.airship.shapes import Invalid, Rules
from sandbox.switches import Switches
from tests import openapi_check, openapi_documents

needs_openapi = pytest.mark.skipif(
    not openapi_check.is_available(), reason="the OpenAPI document does not lie beside the checkout"
)


def refusal(document: object) -> Invalid | None:
    try:
        check_document(document, Rules(Switches(), datetime.now(UTC).replace(tzinfo=None)))
    except Invalid as invalid:
        return invalid
    return None


def is_valid(document: Any) -> bool:
    return openapi_check.accepts_request(document)


@needs_openapi
def test_every_document_from_the_schemas_is_accepted() -> None:
    documents = list(openapi_documents.documents())
    assert len(documents) > 400
    for document in documents:
        assert is_valid(document), json.dumps(document)
        complaint = refusal(document)
        assert complaint is None, (complaint.path, complaint.message, json.dumps(document))


@needs_openapi
def test_the_documents_hold_every_schema_of_a_request() -> None:
    maker = openapi_documents.Maker()
    schemas = openapi_check.document()["components"]["schemas"]
    list(maker.instances(schemas["experimentObject"]))
    answers_only = {
        *("error", "openChannelSendsObject", "perPushDetail", "perPushPerGroupDetailReporting", "platformObject"),
        "variantPlatformObject",
    }
    assert schemas.keys() - maker.seen - answers_only == {"experimentObject"}
    assert len(schemas) >= 82


WRONG: tuple[Any, ...] = (None, [], {}, "\x00 text", -7.5, True, ["x", 1])
# Places where the sandbox takes more than the schemas say, and why.
LENIENT = {
    "activity": "The text allows custom events besides the listed ones.",
}


@needs_openapi
def test_unknown_keys_are_refused_wherever_the_schemas_refuse_them() -> None:
    refused = 0
    for document, path, name in openapi_documents.spots():
        if name:
            continue
        wrong = copy.deepcopy(document)
        openapi_documents.at(wrong, path)["zzz"] = "x"
        if refusal(wrong) is None:
            assert is_valid(wrong), (path, json.dumps(wrong))
        else:
            refused += 1
    assert refused > 100


@needs_openapi
def test_wrong_types_are_refused_wherever_the_schemas_refuse_them() -> None:
    refused = 0
    for document, path, name in openapi_documents.spots():
        for value in WRONG if name and name not in LENIENT else ():
            wrong = copy.deepcopy(document)
            openapi_documents.at(wrong, path)[name] = value
            if refusal(wrong) is None:
                assert is_valid(wrong), (path, name, json.dumps(wrong))
            else:
                refused += 1
    assert refused > 2_000


def test_places_are_found_in_any_layout() -> None:
    text = '{"a": {"b\\"c": [1,\n  {"d": "}"}, [], {"d":\n    null}]},\n "e": -1.5e3}'
    json.loads(text)
    assert locate(text, ("a", 'b"c', 3, "d")) == (2, 20)
    assert locate(text, ("a", 'b"c', 1)) == (2, 3)
    assert locate(text, ("e",)) == (4, 2)
    assert locate(text, ("a", "missing")) == (1, 2)
    assert locate(text, ()) == (1, 1)


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{", b"[1,]", b'{"a":NaN}', b"\xff\xfe", b"\xef\xbb\xbf{}", b"nul", b'{"a":1}x', b"// x\n{}"),
        *(b"[" * 200_000, b"1" * 5_000),
    ],
    ids=lambda body: repr(body[:12]),
)
def test_what_is_not_json_is_refused_with_a_place(body: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        read(body)
    assert refused.value.location is not None


@pytest.mark.parametrize("body", [b"[]", b"null", b'"all"', b"3", b"{}"])
def test_json_that_is_no_experiment_is_refused(body: bytes) -> None:
    assert refusal(read(body)[1]) is not None
