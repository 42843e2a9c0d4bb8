"""What in a workspace waits too long, or for a person, in words."""

from typing import NamedTuple

from experiments.models import State
from experiments.models.counts import LATE_AFTER, Counts


class Wait(NamedTuple):
    """`tab` is where the list of operations shows them."""

    icon: str
    tone: str
    title: str
    sentence: str
    tab: str


def waits(counts: Counts, *, is_held: bool) -> list[Wait]:
    """The most urgent first. `is_held` says that sending is stopped on purpose, which a note of its own tells."""
    found = [_twice(counts.troubled.get(State.CONFLICT, 0)), _twice(counts.held, "succeeded")]
    found.append(_unsettled(counts.troubled.get(State.NEEDS_PERSON, 0)))
    found.append(_parked(counts.troubled.get(State.PARKED, 0)))
    found.append(_late(0 if is_held else counts.late_sends, counts.late_checks))
    return [wait for wait in found if wait]


def _twice(number: int, tab: str = "person") -> Wait | None:
    if not number:
        return None
    one, many = "1 test is held twice by its provider", f"{number} tests are held twice by their provider"
    return Wait("fix", "bad", one if number == 1 else many, "Delete the extra one before it goes out.", tab)


def _unsettled(number: int) -> Wait | None:
    if not number:
        return None
    one, many = "1 operation needs a person", f"{number} operations need a person"
    them = "it" if number == 1 else "them"
    sentence = f"We could not find out what became of {them}, and send nothing again until an admin has said it."
    return Wait("unknown", "warn", one if number == 1 else many, sentence, "person")


def _parked(number: int) -> Wait | None:
    if not number:
        return None
    if number == 1:
        sentence = "It does not go out by itself any more: a publisher sends it on, or cancels it."
        return Wait("pause", "warn", "1 operation is parked", sentence, "parked")
    sentence = "They do not go out by themselves any more: a publisher sends them on, or cancels them."
    return Wait("pause", "warn", f"{number} operations are parked", sentence, "parked")


def _late(sends: int, checks: int) -> Wait | None:
    if not (sends or checks):
        return None
    what, tab, noun = ("Sending is", "waiting", "operation") if sends else ("Checks are", "", "check")
    number = sends or checks
    have = f"1 {noun} has" if number == 1 else f"{number} {noun}s have"
    sentence = f"{have} waited for more than {LATE_AFTER.seconds} seconds. Nothing is lost."
    return Wait("queued", "warn", f"{what} delayed", sentence, tab)
