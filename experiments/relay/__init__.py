"""SENDING: from a confirmed click to what the provider holds, at most once. The only writer of Operation.

The row is the truth, a Celery message is a hint that carries only an id:

    freezing     the exact bytes, before anybody confirms
    submitting   the row that a confirmed click becomes
    changing     the same for what a provider holds already
    sending      claim, connect, on wire, record
    settling     what a finished operation means beyond its own row
    spool        answers kept on disk while the database is away
    staging      providers at which a test is made in steps
    reconciling  what became of a call whose answer was lost
    searching    a create is looked for in the provider's lists, read by `looking`
    saying       a person's word about it, checked before it counts
    noticing     tests that carry our reference and should not be there; `copies` says what a delete does about them
    waiting      when to look again
    gate         whether anything may go out: stopped by a person, or the data was restored (`evidence`)
    parking      what does not go out by itself any more; `releasing` is what a person may do with it
    adopting     after a restore: compared with the providers, then opened again
    sweeping     what a lost message, a dead worker or a passed time left behind
    clock        whose time counts
    moving       the one way in which a state changes
"""

from experiments.relay.changing import attach_tester, change, detach_tester, move_status
from experiments.relay.copies import has_alarm
from experiments.relay.freezing import READING_TIME, Frozen, freeze, lead_for, mode_of
from experiments.relay.noticing import notice
from experiments.relay.reconciling import reconcile
from experiments.relay.releasing import drop, send_on
from experiments.relay.saying import is_over, look_again, look_now, settle
from experiments.relay.sending import send
from experiments.relay.submitting import (
    Refused,
    cancel,
    check_is_sendable,
    delete_experiment,
    delete_extra,
    made_before,
    propose,
    skew_of,
    submit,
    undo,
)
from experiments.relay.sweeping import Found, sweep

__all__ = [
    "READING_TIME",
    "Found",
    "Frozen",
    "Refused",
    "attach_tester",
    "cancel",
    "change",
    "check_is_sendable",
    "delete_experiment",
    "delete_extra",
    "detach_tester",
    "drop",
    "freeze",
    "has_alarm",
    "is_over",
    "lead_for",
    "look_again",
    "look_now",
    "made_before",
    "mode_of",
    "move_status",
    "notice",
    "propose",
    "reconcile",
    "send",
    "send_on",
    "settle",
    "skew_of",
    "submit",
    "sweep",
    "undo",
]
