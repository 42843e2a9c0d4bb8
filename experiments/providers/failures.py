"""What an HTTP status proves about a call. A status may join the proven ones only with a source and a test.

Rejected         refused before anything was done; the same bytes will be refused again
NotSent          refused up front; the same bytes may go through later, or never until a setting changes
OutcomeUnknown   everything else: something between us and the provider may have spoken after the provider acted
"""

import math
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from experiments.providers.outcomes import NotSent, OutcomeUnknown, ProviderFailure, Rejected
from experiments.providers.shapes import Answer, Problem
from experiments.providers.transport import http_date

SHORTEST_WAIT, LONGEST_WAIT = 1, 900  # seconds
_SECONDS = re.compile(r"\s*(-?\d+)(\.\d+)?\s*", re.ASCII)


@dataclass(frozen=True)
class Verdict:
    """What one status means. In `sentence`, "{provider}" stands for the provider's name."""

    kind: Literal["rejected", "not_sent", "unknown"]
    reason: str
    sentence: str
    source: str
    is_permanent: bool = False


STATUSES: dict[int, Verdict] = {
    400: Verdict("rejected", "invalid", "{provider} refused this request.", "RFC 9110 15.5.1; Airship: validation"),
    401: Verdict("rejected", "unauthorized", "{provider} does not accept this key.", "RFC 9110 15.5.2"),
    403: Verdict("rejected", "forbidden", "{provider} does not allow this with this key.", "RFC 9110 15.5.4"),
    404: Verdict("rejected", "not_found", "{provider} does not know this.", "RFC 9110 15.5.5"),
    405: Verdict("rejected", "not_allowed", "{provider} does not do this here.", "RFC 9110 15.5.6"),
    406: Verdict("rejected", "not_acceptable", "{provider} does not speak this version.", "RFC 9110 15.5.7"),
    411: Verdict("rejected", "length_required", "{provider} wants the length told first.", "RFC 9110 15.5.12"),
    413: Verdict("rejected", "too_large", "The test is too large for {provider}.", "RFC 9110 15.5.14"),
    414: Verdict("rejected", "address_too_long", "The address is too long for {provider}.", "RFC 9110 15.5.15"),
    415: Verdict("rejected", "wrong_format", "{provider} does not take this format.", "RFC 9110 15.5.16"),
    422: Verdict("rejected", "invalid", "{provider} refused this request.", "RFC 9110 15.5.21"),
    431: Verdict("rejected", "headers_too_large", "The headers are too large for {provider}.", "RFC 6585 5"),
    421: Verdict("not_sent", "misdirected", "The wrong machine of {provider} was reached.", "RFC 9110 15.5.20"),
    425: Verdict("not_sent", "too_early", "{provider} was not ready to take this.", "RFC 8470 5.2"),
    429: Verdict(
        "not_sent", "rate_limited", "{provider} asked us to slow down.", "RFC 6585 4; Airship: wait and retry"
    ),
}
_REDIRECTED = Verdict(
    "not_sent", "redirected", "{provider} pointed to another address, which is never followed.", "RFC 9110 15.4", True
)
_SERVER_ERROR = Verdict("unknown", "server_error", "{provider} had a fault of its own.", "RFC 9110 15.6")
_UNEXPECTED = Verdict("unknown", "unexpected_status", "{provider} gave an answer nobody expects.", "RFC 9110 15")


def verdict_for(status: int) -> Verdict:
    """The meaning of a status that is not a success."""
    if 300 <= status < 400:
        return _REDIRECTED
    return STATUSES.get(status) or (_SERVER_ERROR if 500 <= status < 600 else _UNEXPECTED)


def failure_for(
    answer: Answer,
    *,
    provider: str,
    is_write: bool,
    says_ok: bool | None = None,
    retry_after: int | None = None,
    said: str = "",
    problems: tuple[Problem, ...] = (),
) -> ProviderFailure:
    """The failure to raise for an answer that is not a success. `said` is the provider's own sentence."""
    verdict = verdict_for(answer.status)
    sentence = verdict.sentence.format(provider=provider)
    if says_ok and 400 <= answer.status < 500:
        return unclear("contradiction", f"{provider} said yes and no at once.", answer, is_write=is_write)
    if verdict.kind == "rejected":
        message = f"{sentence.rstrip('.')}: {said}" if said and verdict.reason == "invalid" else sentence
        return Rejected(verdict.reason, message, answer, problems=problems)
    if verdict.kind == "not_sent":
        return NotSent(verdict.reason, sentence, answer, retry_after=retry_after, is_permanent=verdict.is_permanent)
    return unclear(verdict.reason, sentence, answer, is_write=is_write, retry_after=retry_after)


def unclear(
    reason: str,
    message: str,
    answer: Answer | None,
    *,
    is_write: bool,
    is_applied: bool = False,
    retry_after: int | None = None,
) -> ProviderFailure:
    """OutcomeUnknown for a write. A read changes nothing, so for it the same trouble is a NotSent to be tried again."""
    if is_write:
        return OutcomeUnknown(reason, message, answer, is_applied=is_applied)
    return NotSent(reason, message, answer, retry_after=retry_after)


def seconds_to_wait(retry_after: str, asked_at: datetime) -> int | None:
    """`Retry-After` in seconds, from 1 to 900 however absurd it is; None where it says nothing readable.

    `asked_at` is the answer's own date if it has one, so that a wrong clock on either side does not matter.
    Reference: RFC 9110 section 10.2.3
    """
    if match := _SECONDS.fullmatch(retry_after):
        digits = match[1]
        seconds = LONGEST_WAIT if len(digits) > 9 and digits[0] != "-" else float(digits[:9] + (match[2] or ""))
    else:
        moment = http_date(retry_after)
        if moment is None:
            return None
        seconds = (moment - asked_at).total_seconds()
    return max(SHORTEST_WAIT, min(LONGEST_WAIT, math.ceil(seconds)))
