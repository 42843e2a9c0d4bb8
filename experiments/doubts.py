"""Words for a send of which nobody knows yet what became of it, or of which there is more than one."""

from django.utils import timezone

from experiments import providers
from experiments.models import Event, Operation, State

BEING_CHECKED = "Unknown, being checked"

# Why a send waits for a person, by the reason of the move; without one of these its message says it.
_NEEDS_PERSON = {
    "looks_alike": "{label} holds a test that looks the same, but our reference is missing in it. Whether it is this "
    "one an admin has to say.",
    "late_copy_possible": "It is not at {label}, but {label} would still take it although its time has passed. So it "
    "is not called absent by itself: an admin has to say so.",
    "taken_but_absent": "{label} said yes to it, in an answer that could not be read to its end, and yet it is in no "
    "list. An admin has to say whether it is there.",
    "not_found": "It is not in the lists of {label}, but it had no time of its own that would refuse a late copy. An "
    "admin has to say whether it is there.",
    "cannot_look": "The lists of {label} could not be read. {message} An admin has to say whether it is there.",
}
_ANYTHING = "We looked for it at {label} and could not settle it. {message} An admin has to say whether it is there."
_SAID = {
    "said_there": "An admin said that it is there. {label} is being asked about it.",
    "said_not_there": "An admin said that it is not there. We look in the lists of {label} once more.",
}


def sentence(operation: Operation, label: str) -> str:
    """Of a send that is not settled."""
    if operation.state == State.NEEDS_PERSON:
        return _needs_person(operation, label)
    return _conflict(operation, label) if operation.state == State.CONFLICT else _unknown(operation, label)


def _unknown(operation: Operation, label: str) -> str:
    if operation.state == State.RECONCILING and operation.reason in _SAID:
        return _SAID[operation.reason].format(label=label)
    return (
        f"We do not know whether {label} got this. It may be held there, or not. We will not send it again "
        "until we know, so nobody can get it twice. We look for it in the provider’s lists."
    )


def _needs_person(operation: Operation, label: str) -> str:
    sentence = _NEEDS_PERSON.get(operation.reason, _ANYTHING)
    told = sentence.format(label=label, message=operation.message.rstrip(".") + "." if operation.message else "")
    return f"{' '.join(told.split())} It is not sent again."


def _conflict(operation: Operation, label: str) -> str:
    if operation.fence_at is None or operation.fence_at <= timezone.now():
        return f"{label} holds this test {_times(operation)}. Its time has come, so both may be going out."
    return f"{label} holds this test {_times(operation)}. Delete what is too many before it goes out."


def extras(operation: Operation, label: str) -> str:
    """Of a settled send, when a provider holds a test too many."""
    if operation.reason == "sent_twice":
        return f"{label} held this test {_times(operation)} and has begun sending. It went out more than once."
    ahead = operation.fence_at is not None and operation.fence_at > timezone.now()
    delete = " Delete it before it goes out." if ahead else " Its time has come, so it may be going out."
    if operation.state != State.SUCCEEDED:
        return f"It was called not sent, and {label} holds it after all.{delete}"
    if operation.undone_at:
        return f"Taken back, but {label} holds another test with the same reference.{delete}"
    if not ahead:
        return f"{label} holds this test {_times(operation)}. Its time has come, so both may be going out."
    return f"{label} holds this test {_times(operation)}. Delete what is too many before it goes out."


def gone(operation: Operation, at: str) -> str:
    """Of a send that the provider does not list any more although nobody took it back here."""
    label = providers.PROVIDERS[operation.connection.provider].label
    due = f" It was due at {at}." if at else ""
    return f"{label} does not list this test any more. Somebody may have deleted it there; Splitdesk did not.{due}"


def not_applied(operation: Operation, label: str) -> str:
    if operation.reason == "said_not_there":
        return f"An admin saw that it is not at {label}, and its lists agree. You can send it again as a new operation."
    return f"It never arrived at {label}. Nothing was sent. You can send it again as a new operation."


def _times(operation: Operation) -> str:
    return {2: "twice", 3: "three times"}.get(len(operation.matches), f"{len(operation.matches)} times")


def deleting(operation: Operation, label: str) -> str:
    """Of a delete, or an undo, that is not settled."""
    if operation.state == State.NEEDS_PERSON:
        told = f"{operation.message} " if operation.message else ""
        return f"{told}We do not know whether it was deleted. An admin has to look at {label}."
    if operation.reason == "already_gone":
        return f"{label} says that it has no such test to delete. We look whether it is gone."
    return f"We asked {label} to delete it and got no answer. We ask again."


def why_not_applied(event: Event, label: str) -> str:
    if event.reason == "said_not_there":
        return f"An admin saw it at {label}."
    return f"It is in no list of {label}, its time has passed, and two whole looks since then agree."


def without_repeats(events: list[Event]) -> list[tuple[Event, int]]:
    """Events, each with how many it stands for: looks that all found the same in a row are one, the last of them.

    That a look began is only worth a line while it goes on. The first look stays apart, so that its moment is told.
    """
    kept: list[tuple[Event, int]] = []
    for number, event in enumerate(events):
        if event.to_state == State.RECONCILING and not event.by_id and number + 1 < len(events):
            continue
        last = kept[-2:]
        if len(last) == 2 and all(_is_look(one) and one.data == event.data for one in (last[0][0], last[1][0], event)):
            kept[-1] = (event, last[1][1] + 1)
        else:
            kept.append((event, 1))
    return kept


def _is_look(event: Event) -> bool:
    return event.to_state == State.UNKNOWN and event.from_state == State.RECONCILING


def event_words(event: Event, label: str) -> tuple[str, str] | None:
    """Title and text of a line about looking; None for any other."""
    match State(event.to_state):
        case to if to == event.from_state:
            return "Found after all" if event.reason == "held_after_all" else "Found twice", _found_words(event, label)
        case State.UNKNOWN if event.from_state == State.NEEDS_PERSON:
            return f"It has turned up at {label}", "Seen when its tests were read. It is looked up now."
        case State.UNKNOWN if event.from_state == State.RECONCILING:
            return _look_words(event, label)
        case State.RECONCILING:
            return _said_words(event) if event.by else (f"Looking it up at {label}", "")
        case State.CONFLICT:
            return "Found twice", _found_words(event, label)
        case State.NEEDS_PERSON:
            return "An admin is asked", _found_words(event, label)
    return None


def _found_words(event: Event, label: str) -> str:
    ids = [str(one["id"]) for one in event.data.get("candidates", [])]
    return f"{label} holds {', '.join(ids)}." if ids else ""


def _look_words(event: Event, label: str) -> tuple[str, str]:
    """Of a look that settled nothing."""
    found = str(event.data.get("found") or "")
    if found == "no answer":
        return f"Looked at {label}: nothing to be learnt", str(event.data.get("message") or "")
    if event.reason == "abandoned":
        return "A look was broken off", "It is taken up again."
    if found and found != "nothing":
        return f"Looked at {label}: {found} is there", "It is looked at again."
    if event.data.get("is_counted"):
        return f"Looked at {label}: not in the lists", "Its time has passed. One more look, a minute on, settles it."
    return f"Looked at {label}: not in the lists", "A list may lag behind, so this proves nothing yet."


def _said_words(event: Event) -> tuple[str, str]:
    """Of what an admin said."""
    who = event.by or "Somebody"
    why = f"“{event.data['why']}”" if event.data.get("why") else ""
    match event.reason:
        case "said_there":
            return f"{who} said that it is there, as {event.data.get('remote_id')}", why
        case "said_not_there":
            return f"{who} said that it is not there", why
    return f"{who} had it looked up again", why
