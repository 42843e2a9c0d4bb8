"""The 86 conformance cases of the Airship dossier, as one table; ids are the case numbers.

Cases 77 to 79 are rules for a client: here stands what the sandbox has to offer for them.
"""

from collections.abc import Iterator

import pytest

from tests import openapi_check
from tests.sandbox_cases_documents import DOCUMENT_CASES, DocumentCase
from tests.sandbox_cases_operations import OPERATION_CASES, Case
from tests.sandbox_server import Caller, running


@pytest.fixture
def airship() -> Iterator[Caller]:
    with running() as caller:
        yield caller


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=f"{case.number:02}-{case.what.replace(' ', '-')}") for case in DOCUMENT_CASES]
)
def test_document(case: DocumentCase, airship: Caller) -> None:
    document = case.document()
    answer = airship.create(document)
    assert answer.status_code == case.status, answer.text
    assert len(airship.sandbox.effects(kind="created")) == (1 if case.status == 201 else 0)
    assert airship.validate(document).status_code == (200 if case.status == 201 else 400)
    if case.status == 400:
        content = answer.json()
        assert content["ok"] is False
        assert content["error_code"] == (case.code or content["error_code"])
        assert case.says in content["details"]["error"]
        assert content["details"].get("path", "").startswith(case.path)


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=f"{number:02}-{case.__name__}") for number, _, case in OPERATION_CASES]
)
def test_operation(case: Case, airship: Caller) -> None:
    case(airship)


def test_every_case_is_there() -> None:
    numbers = {case.number for case in DOCUMENT_CASES} | {number for number, _, _ in OPERATION_CASES}
    assert numbers == set(range(1, 87))


@pytest.mark.skipif(not openapi_check.is_available(), reason="the OpenAPI document does not lie beside the checkout")
def test_calls_are_checked_against_the_openapi_document(airship: Caller) -> None:
    airship.created()
    airship.listing()
    assert airship.checked == 2
    airship.sandbox.order("ok_string")
    with pytest.raises(AssertionError, match="'true' is not of type 'boolean'"):
        airship.listing()
