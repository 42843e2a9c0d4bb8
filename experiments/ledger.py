"""An operation in human words: its state, what is true now, what happened and what will."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from experiments import doubts, providers, words
from experiments.models import Event, Kind, Operation, State
from experiments.relay import has_alarm

UNDO_IS_NEWS = timedelta(days=7)
UNDO_CLOSES = timedelta(seconds=30)  # before it goes out: a delete needs time to arrive

ICONS = {
    State.QUEUED: ("queued", "live"),
    State.CLAIMED: ("sending", "live"),
    State.ON_WIRE: ("sending", "live"),
    State.RETRY_WAIT: ("refresh", "live"),
    State.PARKED: ("pause", "warn"),
    State.UNKNOWN: ("unknown", "warn"),
    State.RECONCILING: ("unknown", "warn"),
    State.NEEDS_PERSON: ("unknown", "warn"),
    State.CONFLICT: ("fix", "bad"),
    State.SUCCEEDED: ("good", "good"),
    State.REJECTED: ("failed", "bad"),
    State.EXPIRED: ("failed", "bad"),
    State.CANCELLED: ("undone", ""),
    State.NOT_APPLIED: ("failed", "bad"),
}

DOES = {
    Kind.CREATE: "Create and schedule",
    Kind.DELETE: "Delete",
    Kind.VALIDATE: "Check",
    Kind.STATUS: "Change the status",
    Kind.UPDATE: "Change",
    Kind.ATTACH: "Pin a tester",
    Kind.DETACH: "Unpin a tester",
}
FOR_A_PERSON = "It does not go out by itself any more: a publisher sends it on, or cancels it."
# What a finished one of them has done, in one sentence.
DONE = {
    Kind.STATUS: "{label} has changed its status.",
    Kind.UPDATE: "{label} holds the change.",
    Kind.ATTACH: "{label} has pinned the tester to the group.",
    Kind.DETACH: "{label} has taken the tester’s pin away.",
}


@dataclass(frozen=True)
class Line:
    """One line of the ledger. `is_future` lines have not happened yet."""

    at: datetime
    icon: str
    tone: str
    title: str
    text: str = ""
    is_future: bool = False


@dataclass(frozen=True)
class Shown:
    """How an operation is shown in a list and at the head of its page."""

    icon: str
    tone: str
    word: str
    sentence: str


def undo_closes_at(operation: Operation) -> datetime | None:
    return operation.fence_at - UNDO_CLOSES if operation.fence_at else None


def can_undo(operation: Operation) -> bool:
    closes_at = undo_closes_at(operation)
    return operation.has_sent_schedule and closes_at is not None and closes_at > timezone.now()


def is_being_undone(operation: Operation) -> bool:
    """Its time has come while nobody knows whether an undo was in time."""
    return (
        operation.kind == Kind.CREATE
        and operation.state == State.SUCCEEDED
        and operation.undone_at is None
        and operation.fence_at is not None
        and timedelta(0) < timezone.now() - operation.fence_at < UNDO_IS_NEWS
        and any(not undo.is_final for undo in operation.undos.all())
    )


def does(operation: Operation) -> str:
    if operation.kind == Kind.DELETE and operation.undoes_id:
        return "Undo"
    if operation.kind == Kind.CREATE and operation.is_immediate:
        return "Create and send at once"
    if operation.kind == Kind.CREATE and _is_staged(operation):
        return "Create, not started"
    if operation.kind == Kind.STATUS and operation.confirmed.get("verb"):
        return str(operation.confirmed["verb"]).capitalize()
    return DOES[Kind(operation.kind)]


def show(operation: Operation, *, is_gone: bool = False) -> Shown:
    """The state as a shape, a word, a tone and a sentence. `is_gone`: the provider does not list it any more."""
    state = State(operation.state)
    icon, tone = ICONS[state]
    word = state.label
    if has_alarm(operation):
        icon, tone, word = "fix", "bad", "Found twice" if state == State.SUCCEEDED else "Found after all"
    elif state in {State.UNKNOWN, State.RECONCILING}:
        word = doubts.BEING_CHECKED
    elif operation.undone_at:
        icon, tone, word = "undone", "", "Undone"
    elif is_gone:
        return Shown("trash", "warn", "Gone", doubts.gone(operation, _clock(operation.fence_at, operation)))
    elif is_being_undone(operation):
        icon, tone, word = "unknown", "warn", "Undo under way"
    elif can_undo(operation):
        icon, tone, word = "send", "live", "Sends soon" if _is_soon(operation) else "Scheduled"
    elif operation.kind == Kind.CREATE and state == State.SUCCEEDED and not _is_staged(operation):
        word = "Sent"
    elif operation.kind == Kind.DELETE and state == State.REJECTED and operation.reason == "too_late":
        word = "Too late"
    return Shown(icon, tone, word, sentence(operation))


def _is_soon(operation: Operation) -> bool:
    return operation.fence_at is not None and operation.fence_at - timezone.now() < timedelta(hours=1)


def sentence(operation: Operation) -> str:
    """What is true now, in one or two sentences. It never says “sent” or “failed” where nobody knows."""
    label = providers.PROVIDERS[operation.connection.provider].label
    if operation.kind == Kind.DELETE:
        return _delete_sentence(operation, label)
    if operation.kind in DONE:
        return _change_sentence(operation, label)
    if operation.is_unclear:
        return doubts.sentence(operation, label)
    if has_alarm(operation):
        return doubts.extras(operation, label)
    at = _clock(operation.fence_at, operation)
    match State(operation.state):
        case State.QUEUED:
            return f"Waits for the line to {label}. Nothing has left Splitdesk yet."
        case State.CLAIMED | State.ON_WIRE:
            return f"On its way to {label}. Most answers take 2 seconds. Please do not make it there a second time."
        case State.RETRY_WAIT:
            return f"{operation.message} It did not arrive; we try again in a moment. Nothing was sent."
        case State.PARKED:
            return f"{operation.message} {FOR_A_PERSON}"
        case State.SUCCEEDED:
            return _success_sentence(operation, label, at)
        case State.CANCELLED:
            return f"{operation.message or 'It was cancelled before a worker took it.'} Nothing was sent.".replace(
                "Nothing was sent. Nothing was sent.", "Nothing was sent."
            )
        case State.NOT_APPLIED:
            return doubts.not_applied(operation, label)
        case _:
            told = operation.message or "It could not be done."
            return told if "othing was" in told else f"{told} Nothing was sent."


def doubt(operation: Operation) -> str:
    """The title over an operation that is being looked up."""
    label = providers.PROVIDERS[operation.connection.provider].label
    if operation.kind == Kind.DELETE:
        return f"We do not know whether {label} deleted this."
    what = "got this" if operation.kind == Kind.CREATE else "changed this"
    return f"We do not know whether {label} {what}."


def _success_sentence(operation: Operation, label: str, at: str) -> str:
    if operation.kind == Kind.VALIDATE:
        return f"{label} accepts it as it is. Nothing was sent."
    if operation.undone_at:
        return f"Taken back before it went out. {label} confirmed. Nobody received anything."
    if _is_staged(operation):
        return f"{label} holds it, not started. Nobody sees it until somebody starts it."
    if operation.is_immediate:
        return f"{label} took it and sends it at once."
    if operation.has_sent_schedule:
        return f"{label} holds it for {at.lower() if at.startswith('To') else at}. Nobody has received anything yet."
    if is_being_undone(operation):
        return f"It was due at {at}. Whether the undo came in time is not known yet."
    return f"It went out at {at}." if at else f"{label} holds it."


def _is_staged(operation: Operation) -> bool:
    return providers.PROVIDERS[operation.connection.provider].is_staged


def _change_sentence(operation: Operation, label: str) -> str:
    """Of a change of something that the provider holds: its status, its fields, its testers."""
    what = str(operation.confirmed.get("sentence") or "")
    match State(operation.state):
        case State.SUCCEEDED:
            return f"{DONE[Kind(operation.kind)].format(label=label)} {what}".strip()
        case State.QUEUED | State.CLAIMED | State.ON_WIRE:
            return f"{label} is being asked. {what}".strip()
        case State.RETRY_WAIT:
            return f"{operation.message} It did not arrive; we try again in a moment. Nothing was changed."
        case State.PARKED:
            return f"{operation.message} {FOR_A_PERSON}"
        case State.UNKNOWN | State.RECONCILING:
            return f"We asked {label} and got no answer. It may be so now, or not. We look."
        case State.NEEDS_PERSON if operation.reason == "moved_on":
            return (
                f"We asked {label} and got no answer, and the test has moved on since. Whether it was as asked in "
                "between, no list tells: an admin has to say."
            )
        case State.NEEDS_PERSON:
            return f"We asked {label} and got no answer. It may be so now, or not. An admin has to look at {label}."
        case State.NOT_APPLIED:
            return operation.message or f"It never arrived at {label}. Ask for it again."
        case _:
            told = operation.message or "It could not be done."
            return told if "othing was" in told else f"{told} Nothing was changed."


def _delete_sentence(operation: Operation, label: str) -> str:
    at = _clock(operation.fence_at, operation)
    may = f" It may still go out at {at}." if at else " It may still go out."
    if _is_staged(operation):
        may = ""
    match State(operation.state):
        case State.SUCCEEDED if operation.reason == "already_gone":
            return f"{label} had no such test any more: it was gone already. Nothing is sent."
        case State.SUCCEEDED:
            return f"{label} deleted it." if _is_staged(operation) else f"{label} deleted it. Nobody received anything."
        case State.REJECTED if operation.reason == "too_late":
            return f"{label} had begun sending. It cannot be taken back."
        case State.UNKNOWN | State.RECONCILING | State.NEEDS_PERSON:
            return f"{doubts.deleting(operation, label)}{may}"
        case State.QUEUED | State.CLAIMED | State.ON_WIRE:
            return f"{label} is being asked to delete it.{may}"
        case State.RETRY_WAIT:
            return f"{operation.message} We ask again in a moment.{may}"
        case State.PARKED:
            return f"{operation.message} {FOR_A_PERSON}{may}"
        case State.CANCELLED:
            return f"The delete was cancelled. Nothing was deleted.{may}"
        case _:
            told = operation.message or "It could not be deleted."
            return f"{told if 'othing was' in told else told + ' Nothing was deleted.'}{may}"


def lines(operation: Operation) -> list[Line]:
    """Everything that happened, oldest first, then what is still to come."""
    label = providers.PROVIDERS[operation.connection.provider].label
    events = doubts.without_repeats(list(operation.events.select_related("by")))
    past = [_line(event, operation, label, count) for event, count in events]
    for undo in operation.undos.select_related("by", "connection"):
        shown = show(undo)
        past.append(Line(undo.created_at, "undo", "", f"{undo.by or 'Somebody'} pressed Undo", shown.sentence))
    if operation.read_back_at:
        past.append(_read_back_line(operation, label))
    return sorted(past, key=lambda line: line.at) + list(_future(operation, label))


def _line(event: Event, operation: Operation, label: str, count: int) -> Line:
    icon, tone = ("fix", "bad") if event.from_state == event.to_state else ICONS[State(event.to_state)]
    title, text = _event_words(event, operation, label)
    if count > 1:
        text = f"{text} So did {words.count(count - 1, 'look')} before."
    return Line(event.at, icon, tone, title, text)


def _event_words(event: Event, operation: Operation, label: str) -> tuple[str, str]:
    told = doubts.event_words(event, label)
    if told:
        return told
    size = f"{len(operation.body):,} bytes" if operation.body else ""
    match State(event.to_state):
        case State.QUEUED if not event.from_state:
            return _asked_words(event, operation)
        case State.QUEUED if event.by:
            return f"{event.by} sent it on", "As it was confirmed, byte for byte, and only once."
        case State.QUEUED:
            return "Queued again", "Provably nothing had left Splitdesk."
        case State.CLAIMED:
            return "Taken by a worker", f"Try {event.data.get('attempt', 1)}."
        case State.ON_WIRE:
            return "Sending", f"{_call_words(operation)} {size}".strip()
        case State.SUCCEEDED:
            return "Succeeded", _answer_words(event, operation, label)
        case State.NOT_APPLIED:
            return "Not sent" if operation.kind == Kind.CREATE else "Not done", doubts.why_not_applied(event, label)
        case State.REJECTED:
            return f"{label} refused it" if operation.problems else "Not done", sentence(operation)
        case State.UNKNOWN:
            return "Unknown: no answer", "No second try was made, and none will be."
        case _:
            return State(event.to_state).label, operation.message


def _asked_words(event: Event, operation: Operation) -> tuple[str, str]:
    who = event.by or "Somebody"
    if operation.kind != Kind.CREATE:
        return f"{who} asked for it", "Written down before anything left Splitdesk."
    typed = [
        f"Typed “{operation.confirmed[name]}”." for name in ("everybody", "at_once") if operation.confirmed.get(name)
    ]
    frozen = f"Version {operation.revision.number} of the draft was frozen for this." if operation.revision else ""
    why = "Written down before anything left Splitdesk: nothing is sent without this line, and only once for it."
    return f"{who} confirmed", " ".join([*typed, frozen, why]).strip()


def _answer_words(event: Event, operation: Operation, label: str) -> str:
    """What was true in that moment, whatever came later."""
    if operation.kind != Kind.CREATE or _is_staged(operation):
        return sentence(operation)
    if event.from_state != State.ON_WIRE:
        return f"Found at {label} as {operation.remote_id}. It was not sent a second time."
    status = event.data.get("status")
    answered = f"{label} answered {status} and named it {operation.remote_id}." if status else f"{label} took it."
    return answered if operation.is_immediate else f"{answered} Nobody had received anything yet."


def _call_words(operation: Operation) -> str:
    if _is_staged(operation):
        return f"For {operation.target_id}," if operation.target_id else "The test, then its groups,"
    if operation.kind == Kind.CREATE:
        return "POST /api/experiments,"
    if operation.kind == Kind.DELETE:
        return f"DELETE /api/experiments/scheduled/{operation.target_id}"
    return "POST /api/experiments/validate,"


def _read_back_line(operation: Operation, label: str) -> Line:
    at = operation.read_back_at or operation.created_at
    if operation.differences:
        return Line(at, "fix", "bad", f"{label} holds something else", "It differs from what was confirmed, see below.")
    return Line(at, "search", "good", "Read back", f"{label} holds exactly what was confirmed.")


def _future(operation: Operation, label: str) -> Iterator[Line]:
    now, closes_at = timezone.now(), undo_closes_at(operation)
    if operation.state == State.UNKNOWN:
        yield Line(max(operation.not_before, now), "search", "", "We look again", is_future=True)
    if operation.kind != Kind.CREATE or not operation.fence_at or operation.fence_at <= now or operation.undone_at:
        return
    if operation.state == State.SUCCEEDED and closes_at and closes_at > now:
        yield Line(closes_at, "lock", "", "Undo closes", is_future=True)
    if operation.state in {State.SUCCEEDED, State.QUEUED, State.CLAIMED, State.ON_WIRE, State.RETRY_WAIT}:
        yield Line(operation.fence_at, operation.connection.provider, "", f"{label} sends it", is_future=True)


def _clock(at: datetime | None, operation: Operation) -> str:
    return words.moment_inside(at, operation.workspace.zone, timezone.now()) if at else ""
