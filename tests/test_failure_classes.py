"""What a status proves, for every status there is; and what is made of a wish to wait.

The table is written down here a second time, on purpose: a status may join the proven ones only on both sides. That a
real answer on a real socket ends so is shown by test_classification.py.
"""

import datetime

import pytest

from experiments.providers.failures import STATUSES, failure_for, seconds_to_wait, unclear, verdict_for
from experiments.providers.outcomes import NotSent, OutcomeUnknown, Rejected
from experiments.providers.shapes import Answer, Problem
from tests.outcome_rows import LATER, REFUSED

REDIRECTS = range(300, 400)
SENTENCES = {
    300: "Acme pointed to another address, which is never followed.",
    400: "Acme refused this request.",
    401: "Acme does not accept this key.",
    403: "Acme does not allow this with this key.",
    404: "Acme does not know this.",
    405: "Acme does not do this here.",
    406: "Acme does not speak this version.",
    409: "Acme gave an answer nobody expects.",
    411: "Acme wants the length told first.",
    413: "The test is too large for Acme.",
    414: "The address is too long for Acme.",
    415: "Acme does not take this format.",
    421: "The wrong machine of Acme was reached.",
    422: "Acme refused this request.",
    425: "Acme was not ready to take this.",
    429: "Acme asked us to slow down.",
    431: "The headers are too large for Acme.",
    500: "Acme had a fault of its own.",
}


def failure(status, is_write=True, **given):
    return failure_for(Answer(status), provider="Acme", is_write=is_write, **given)


def test_the_table_says_the_same_about_every_status():
    for status in range(100, 1000):
        verdict = verdict_for(status)
        if status in REFUSED:
            assert (verdict.kind, verdict.reason) == ("rejected", REFUSED[status])
        elif status in LATER:
            assert (verdict.kind, verdict.reason, verdict.is_permanent) == ("not_sent", LATER[status], False)
        elif status in REDIRECTS:
            assert (verdict.kind, verdict.reason, verdict.is_permanent) == ("not_sent", "redirected", True)
        else:
            reason = "server_error" if 500 <= status <= 599 else "unexpected_status"
            assert (verdict.kind, verdict.reason, verdict.is_permanent) == ("unknown", reason, False)


@pytest.mark.parametrize("says_ok", [None, False, True])
def test_every_status_of_a_write_becomes_its_failure(says_ok):
    for status in [199, *range(300, 600), 600, 999]:
        found = failure(status, says_ok=says_ok, retry_after=9)
        assert found.answer is not None
        assert found.answer.status == status
        if says_ok and 400 <= status <= 499:
            assert type(found) is OutcomeUnknown
            assert (found.reason, found.message) == ("contradiction", "Acme said yes and no at once.")
        elif status in REFUSED:
            assert type(found) is Rejected
        elif status in LATER or status in REDIRECTS:
            assert type(found) is NotSent
            assert (found.is_permanent, found.retry_after) == (status in REDIRECTS, 9)
        else:
            assert type(found) is OutcomeUnknown
            assert (found.reason, found.is_applied) == (verdict_for(status).reason, False)


def test_every_status_of_a_read_that_proves_nothing_may_be_tried_again():
    for status in [199, *range(300, 600), 600, 999]:
        found = failure(status, is_write=False, retry_after=9)
        if status in REFUSED:
            assert type(found) is Rejected
            continue
        assert type(found) is NotSent
        assert (found.is_permanent, found.retry_after) == (status in REDIRECTS, 9)
        assert found.reason == verdict_for(status).reason


@pytest.mark.parametrize("status", SENTENCES)
def test_every_failure_has_a_plain_sentence(status):
    assert failure(status).message == SENTENCES[status]


def test_only_a_refusal_of_what_was_written_repeats_the_providers_words():
    problems = (Problem("/name", "Too long"),)
    for status in REFUSED:
        found = failure(status, said="Too long", problems=problems)
        assert isinstance(found, Rejected)
        assert found.problems == problems
        assert found.message == (
            "Acme refused this request: Too long" if REFUSED[status] == "invalid" else SENTENCES[status]
        )
        plain = failure(status)
        assert isinstance(plain, Rejected)
        assert plain.problems == ()


@pytest.mark.parametrize("is_applied", [True, False])
def test_what_is_unclear_is_unknown_only_of_a_write(is_applied):
    answer = Answer(201)
    write = unclear("cut", "It was cut.", answer, is_write=True, is_applied=is_applied)
    assert isinstance(write, OutcomeUnknown)
    assert (write.reason, write.message, write.answer) == ("cut", "It was cut.", answer)
    assert write.is_applied is is_applied
    read = unclear("cut", "It was cut.", answer, is_write=False, is_applied=is_applied, retry_after=3)
    assert isinstance(read, NotSent)
    assert (read.reason, read.message, read.answer) == ("cut", "It was cut.", answer)
    assert (read.retry_after, read.is_permanent) == (3, False)


def test_what_is_unclear_is_not_called_applied_by_itself():
    found = unclear("cut", "It was cut.", None, is_write=True)
    assert isinstance(found, OutcomeUnknown)
    assert not found.is_applied


def test_every_proven_status_names_its_source_and_speaks_plainly():
    assert STATUSES.keys() == REFUSED.keys() | LATER.keys()
    for verdict in STATUSES.values():
        assert "RFC" in verdict.source
        assert "{provider}" in verdict.sentence
        assert verdict.sentence.endswith(".")


NOW = datetime.datetime(2026, 11, 21, 20, 0, 0, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        (" 7 ", 7),
        ("0", 1),
        ("-1", 1),
        ("-99999999999999999999", 1),
        ("1.2", 2),
        ("900", 900),
        ("901", 900),
        ("899.5", 900),
        ("898.5", 899),
        ("0000000007", 900),
        ("000000007", 7),
        ("-0000000007", 1),
        ("1000000000", 900),
        ("9" * 5000, 900),
        ("Sat, 21 Nov 2026 20:01:00 GMT", 60),
        ("Sat, 21 Nov 2026 19:00:00 GMT", 1),
        ("Sat, 21 Nov 2099 20:00:00 GMT", 900),
        ("Sat, 21 Nov 2026 20:01:00 -0000", 60),
        ("", None),
        ("soon", None),
        ("١٢", None),
        ("1e3", None),
        ("Sat, 99 Nov 2026 20:00:00 GMT", None),
    ],
)
def test_a_wish_to_wait_is_clamped(header, seconds):
    assert seconds_to_wait(header, NOW) == seconds
