"""What any answer is read with, tolerantly: what is missing, extra or of another type must not end a pass."""

import json
import math
import re
from datetime import UTC, datetime
from typing import Any

from experiments.providers.shapes import FIRST_MOMENT, LAST_MOMENT, Answer, Json
from experiments.providers.transport import Reply

BODY_KEPT = 8000  # characters of an answer kept for the ledger
_DEEPEST = 200
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?", re.ASCII | re.IGNORECASE)
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL takes neither in text nor in JSON


def json_of(reply: Reply) -> Json | None:
    """The answer's one JSON object, safe to store; None where the body is anything else."""
    try:
        said = json.loads(reply.body, parse_constant=lambda _: None, parse_float=_finite)
        return _storable(said) if isinstance(said, dict) else None
    except (ValueError, RecursionError):
        return None


def is_own_words(reply: Reply) -> bool:
    """Whether the API itself speaks, and not some machine in between with a page of HTML."""
    return "html" not in reply.headers.get("content-type", "").lower() and not reply.body.lstrip().startswith(b"<")


def answer_of(reply: Reply, operation_id: str = "") -> Answer:
    """What is kept of an answer: for the ledger and for the provider's support desk."""
    text = reply.body[: 4 * BODY_KEPT].decode("utf-8", errors="replace")[:BODY_KEPT]
    return Answer(
        status=reply.status,
        operation_id=operation_id,
        request_id=_UNSTORABLE.sub("�", reply.headers.get("x-request-id", ""))[:100],
        body=_UNSTORABLE.sub("�", text),
        provider_date=reply.provider_date,
        milliseconds=reply.milliseconds,
    )


def read_time(value: object) -> datetime | None:
    """An aware UTC moment from ISO 8601, with "T" or a space, with "Z", an offset or neither, which means UTC.

    The calendar's first and last day, which not every time zone can show, are read as the day beside them.
    """
    if not isinstance(value, str) or not _TIME.fullmatch(value.strip()):
        return None
    try:
        moment = datetime.fromisoformat(value.strip().upper())
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        return min(max(moment, FIRST_MOMENT), LAST_MOMENT)
    except (ValueError, OverflowError):
        return None


def read_text(value: object) -> str:
    """A text as it is; "" for anything else."""
    return value if isinstance(value, str) else ""


def read_number(value: object) -> float | None:
    """A finite number, from a number or text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def read_whole(value: object) -> int | None:
    """A whole number that every reader keeps exactly; None for anything else."""
    number = read_number(value)
    return int(number) if number is not None and number == int(number) and abs(number) < 2**53 else None


def _finite(text: str) -> float | None:
    number = float(text)
    return number if math.isfinite(number) else None


def _storable(value: Any, depth: int = 0) -> Any:
    """The same value without what PostgreSQL refuses. Raises ValueError where it nests absurdly deep."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("�", value)
    if isinstance(value, list | dict) and depth > _DEEPEST:
        raise ValueError("The answer nests too deep.")
    if isinstance(value, dict):
        return {_storable(key): _storable(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_storable(item, depth + 1) for item in value]
    return value
