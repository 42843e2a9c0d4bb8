"""The catalogue of bad inputs and faults is covered: every number has a test, and the page about it names them."""

import pytest

from tests.bad import catalogue


@pytest.mark.parametrize("number", catalogue.NUMBERS)
def test_every_number_has_a_test_and_a_row(number):
    known, rows = catalogue.tests(), catalogue.rows()
    assert known.get(number), f"no test is named test_bad_{number:02}_…"
    wrong, right, named = rows[number]
    assert wrong
    assert right
    assert set(named) & set(known[number]), "run python -m tests.bad.catalogue"


def test_the_page_names_no_test_that_is_not_there():
    known, rows = catalogue.tests(), catalogue.rows()
    assert list(rows) == list(catalogue.NUMBERS)
    gone = {number: set(named) - set(known[number]) for number, (_, _, named) in rows.items()}
    assert {number: names for number, names in gone.items() if names} == {}, "run python -m tests.bad.catalogue"


def test_no_test_has_a_number_that_is_not_in_the_catalogue():
    assert set(catalogue.tests()) <= set(catalogue.NUMBERS)
