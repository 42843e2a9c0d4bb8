"""The 64 conformance cases of the Qonversion dossier, as one table; ids are the case numbers."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox_qonversion import Caller, running
from tests.sandbox_qonversion_cases import FIRST_CASES, Case
from tests.sandbox_qonversion_more_cases import MORE_CASES

CASES = [*FIRST_CASES, *MORE_CASES]

DOSSIER = Path(__file__).resolve().parents[2] / "shared" / "providers" / "qonversion.md"


@pytest.fixture
def qonversion() -> Iterator[Caller]:
    with running() as caller:
        yield caller


@pytest.mark.parametrize("case", [pytest.param(case, id=f"{number:02}-{case.__name__}") for number, _, case in CASES])
def test_case(case: Case, qonversion: Caller) -> None:
    case(qonversion)


def test_every_case_is_there_once() -> None:
    assert [number for number, _, _ in CASES] == list(range(1, 65))


def test_grades_are_those_of_the_dossier() -> None:
    if not DOSSIER.exists():
        pytest.skip("the dossier does not lie beside the checkout")
    rows = re.findall(r"^\| (\d+) \|.*\| ([^|]+) \|$", DOSSIER.read_text().partition("## 14.")[2], re.MULTILINE)
    letters = {int(number): set(re.findall(r"\b[DOAXI]\b", grade)) for number, grade in rows}
    assert letters.keys() == set(range(1, 65))
    for number, grade, _ in CASES:
        assert set(re.findall(r"[DOAXI]", grade)) == letters[number], number
