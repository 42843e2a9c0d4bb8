"""Answers of providers that could not be written down, because the database was away: kept on this machine's disk.

One JSON object a line in DATA_DIR/spool, written through to the disk: the operation, its claim and what was answered,
no secret and no body. The next sweep on this machine hands them to the relay, which takes an answer only from the claim
that still stands; so they may be handed over twice. Where the disk fails too, the answer is found by looking it up.
"""

import fcntl
import json
import logging
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from experiments.models import Operation
from experiments.providers.outcomes import NotSent, OutcomeUnknown, ProviderFailure, Rejected
from experiments.providers.shapes import Answer, Changed, Created, Deleted, Problem, Validated

log = logging.getLogger(__name__)

type Outcome = Created | Deleted | Validated | Changed | ProviderFailure
type Record = Callable[[Operation, Outcome], None]


def keep(operation: Operation, outcome: Outcome) -> bool:
    """Put `outcome` on the disk. Never raises: False, with a line in the log, where that cannot be done."""
    line = {
        "operation": str(operation.pk),
        "claim": str(operation.claim_token),
        "at": timezone.now().isoformat(),
        **_plain(outcome),
    }
    try:
        with _open_to_append() as file:
            _append(file, json.dumps(line).encode() + b"\n")
    except (OSError, ValueError):
        log.exception("operation %s: its answer could not be kept; it will be looked up", operation.pk)
        return False
    log.warning("operation %s: its answer is kept in the spool until the database is back", operation.pk)
    return True


def take_up(record: Record) -> int:
    """Hand every kept answer to `record`, and forget it. Returns how many; stops where the database is away again."""
    taken = 0
    for path in _taken_away():
        for line in path.read_bytes().splitlines():
            try:
                taken += _hand_over(line, record)
            except (OperationalError, InterfaceError) as error:
                log.warning("the spool waits: %s", type(error).__name__)
                return taken
            except Exception:
                # One line that nobody understands must not keep the others, or the sweep; people find it here.
                log.exception("a line of the spool could not be used: %r", line[:300])
        path.unlink(missing_ok=True)
    return taken


def directory() -> Path:
    return Path(settings.DATA_DIR) / "spool"


def _hand_over(line: bytes, record: Record) -> bool:
    kept = json.loads(line)
    operation = (
        Operation.objects.select_related("workspace", "connection__workspace", "by")
        .filter(pk=uuid.UUID(kept["operation"]), claim_token=uuid.UUID(kept["claim"]))
        .first()
    )
    if operation is None:
        log.warning("operation %s: an answer in the spool is of a claim that is over", kept["operation"])
        return False
    record(operation, _outcome(kept))
    return True


# -- the file


@contextmanager
def _open_to_append() -> Iterator[int]:
    """The file's descriptor, locked, so that nobody takes it away while a line is written."""
    place = directory()
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = place / "answers.jsonl"
    while True:
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            if _is_still(path, file):
                yield file
                _sync(place)
                return
        finally:
            os.close(file)


def _append(file: int, line: bytes) -> None:
    """All of the line or nothing: half a line would spoil the next one."""
    before = os.fstat(file).st_size
    try:
        written = os.write(file, line)
        if written != len(line):
            raise OSError(f"only {written} of {len(line)} bytes could be written")
        os.fsync(file)
    except OSError:
        os.ftruncate(file, before)
        raise


def _taken_away() -> list[Path]:
    """What was kept so far, under names to which nothing is added. Those of a sweep that died are among them."""
    place = directory()
    path = place / "answers.jsonl"
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        pass  # nothing was kept
    else:
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            if _is_still(path, file):
                path.rename(place / f"taken-{uuid.uuid4()}.jsonl")
        finally:
            os.close(file)
    return sorted(place.glob("taken-*.jsonl"))


def _is_still(path: Path, file: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(file))
    except FileNotFoundError:
        return False


def _sync(place: Path) -> None:
    """The name of a new file is on the disk only when its directory is."""
    entry = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(entry)
    finally:
        os.close(entry)


# -- outcomes as plain data


def _plain(outcome: Outcome) -> dict[str, Any]:
    told: dict[str, Any] = {"kind": type(outcome).__name__, "answer": _plain_answer(outcome.answer)}
    if isinstance(outcome, Created):
        told |= {"remote_id": outcome.remote_id, "push_id": outcome.push_id}
    if isinstance(outcome, ProviderFailure):
        told |= {"reason": outcome.reason, "message": outcome.message}
    if isinstance(outcome, Rejected):
        told["problems"] = [asdict(problem) for problem in outcome.problems]
    if isinstance(outcome, NotSent):
        told |= {"retry_after": outcome.retry_after, "is_permanent": outcome.is_permanent}
    if isinstance(outcome, OutcomeUnknown):
        told["is_applied"] = outcome.is_applied
    return told


def _plain_answer(answer: Answer | None) -> dict[str, Any] | None:
    if answer is None:
        return None
    date = answer.provider_date.isoformat() if answer.provider_date else None
    return {**asdict(answer), "body": "", "provider_date": date}


def _outcome(kept: dict[str, Any]) -> Outcome:
    answer = None
    if kept["answer"]:
        date = kept["answer"]["provider_date"]
        answer = Answer(**{**kept["answer"], "provider_date": datetime.fromisoformat(date) if date else None})
    match kept["kind"]:
        case "NotSent":
            again = {"retry_after": kept["retry_after"], "is_permanent": kept["is_permanent"]}
            return NotSent(kept["reason"], kept["message"], answer, **again)
        case "Rejected":
            problems = tuple(Problem(**problem) for problem in kept["problems"])
            return Rejected(kept["reason"], kept["message"], answer, problems=problems)
        case "OutcomeUnknown":
            return OutcomeUnknown(kept["reason"], kept["message"], answer, is_applied=kept["is_applied"])
    if answer is None:
        raise ValueError("an answer that says yes is missing")
    match kept["kind"]:
        case "Created":
            return Created(kept["remote_id"], kept["push_id"], answer)
        case "Deleted":
            return Deleted(answer)
        case "Changed":
            return Changed(answer)
        case "Validated":
            return Validated(answer)
    raise ValueError(f"there is no outcome {kept['kind']}")
