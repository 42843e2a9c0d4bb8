"""What people do with one test, from the draft to its end, by the buttons of the pages alone.

A life is a generator: it yields the seconds it wants to wait, or the id of an operation that must be settled first,
whose row it gets then. Between two yields it waits for pages and nothing else.
"""

import json
import random
import time
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any, Protocol

from rig.soak.browser import Form, Page

type Row = dict[str, Any]
type Life = Generator[float | str, Row, None]

ASKED_AGAIN = 4  # times, for a check
CHECK_WITHIN = 40.0  # seconds until it is asked for again
TWICE = 0.25  # of all buttons are pressed twice, at the same time
UNDONE = 0.35  # of all sends that succeeded are taken back
SENT_AGAIN = 0.3  # of all sends that were taken back
UNDO_CLOSES = 33.0  # seconds before it goes out, and a little


@dataclass
class Press:
    """One confirmed intention: a button pressed on one page, however often. `operations` is what answers led to."""

    kind: str
    target: str
    operations: set[str] = field(default_factory=set)


@dataclass
class Test:
    """A test that the provider holds: the start of its pages' addresses, and what was done with it."""

    page: str
    remote_id: str
    tester: str
    count: int = 0
    testers: list[str] = field(default_factory=list)
    shares: set[str] = field(default_factory=set)


class Hands(Protocol):
    """What a life needs of the traffic."""

    slug: str
    is_open: bool  # whether people still begin something new

    def read(self, address: str) -> Page: ...
    def press(self, form: Form, button: tuple[str, str] | None = None, **values: str) -> Page: ...
    def press_twice(self, form: Form, button: tuple[str, str] | None = None, **values: str) -> list[Page]: ...
    def ask(self, name: str, /, *arguments: Any, **named: Any) -> Any: ...
    def pressed(self, press: Press) -> None: ...
    def saved(self, draft: str, name: str) -> None: ...
    def new_name(self, kind: str) -> str: ...


def message(hands: Hands, dice: random.Random) -> Life:
    """An Airship test: written, revised, checked, confirmed, perhaps undone, perhaps sent again."""
    mode = dice.choice(["soon", "moment", "moment"])
    draft = hands.ask("write", "airship", mode, dice.uniform(120, 200), name=hands.new_name("message"))
    while True:
        _revise(hands, dice, draft)
        sent = yield from _send(hands, dice, draft)
        if not sent:
            return
        row = yield sent
        if row["state"] != "succeeded" or dice.random() > UNDONE:
            return
        yield dice.uniform(0, 8)
        undo = _undo(hands, dice, row) if row["fence_at"] - time.time() > UNDO_CLOSES else ""
        undone = (yield undo) if undo else row
        if undone["state"] != "succeeded" or undone is row or dice.random() > SENT_AGAIN:
            return


def paywall(hands: Hands, dice: random.Random) -> Life:
    """A Qonversion test: made in steps, then started, changed, its testers pinned, paused, and so on to its end."""
    draft = hands.ask("write", "qonversion", name=hands.new_name("paywall"))
    _revise(hands, dice, draft)
    sent = yield from _send(hands, dice, draft)
    row: Row = (yield sent) if sent else {}
    if row.get("state") != "succeeded":
        return
    remote_id = row["remote_id"]
    while not (shown := hands.ask("experiment", remote_id)):
        yield 2.0  # it is read back after the operation has ended
    page = f"/w/{hands.slug}/experiments/{shown['pk']}"
    test = Test(page, remote_id, hands.new_name("tester").replace(" ", "_"))
    for step in _steps(dice):
        operation = ""
        if not hands.is_open:
            return
        for _ in range(5):  # the mirror may still show what was before
            operation = _step(hands, dice, test, step)
            if operation:
                break
            yield 3.0
        if not operation:
            continue
        done = yield operation
        if not done["is_final"]:
            return  # it waits for a person, and so does everything after it
        if step == "attach" and done["state"] == "succeeded":
            test.testers.append(done["asked"]["user_id"])


def _steps(dice: random.Random) -> list[str]:
    steps = ["change"] if dice.random() < 0.5 else []
    if dice.random() < 0.8:
        steps.append("start")
        steps += dice.sample(["attach", "attach", "change", "detach"], dice.randrange(4))
        steps += ["pause", "resume"] if dice.random() < 0.5 else []
        steps += ["finish"] if dice.random() < 0.5 else []
    return [*steps, *(["delete"] if dice.random() < 0.3 else [])]


def _step(hands: Hands, dice: random.Random, test: Test, step: str) -> str:
    """The operation that was asked for, "" where the pages do not offer it now."""
    match step:
        case "change":
            return _change(hands, dice, test)
        case "attach":
            test.count += 1
            user_id = f"QON_{test.tester}_{test.count}"
            return _confirm(hands, dice, test, "attach", "testers/", ("do", "attach"), user_id=user_id)
        case "detach" if test.testers:
            return _confirm(hands, dice, test, "detach", "testers/", ("do", "detach"), user_id=test.testers.pop())
        case "detach":
            return ""
        case "delete":
            return _confirm(hands, dice, test, "delete", "delete/", sure="on")
        case verb:
            # The word is asked for where it reaches people; elsewhere nobody looks at it.
            return _confirm(hands, dice, test, "status", f"move/{verb}/", word=verb)


def _confirm(
    hands: Hands,
    dice: random.Random,
    test: Test,
    kind: str,
    place: str,
    button: tuple[str, str] | None = None,
    **values: str,
) -> str:
    address = f"{test.page}/{place}"
    form = hands.read(address).form(address, button=button)
    return _pressed(hands, dice, kind, test.remote_id, form, button, **values) if form else ""


def _change(hands: Hands, dice: random.Random, test: Test) -> str:
    """Another share of the people, different each time, so that every change has an effect of its own."""
    address = f"{test.page}/change/"
    form = hands.read(address).form(address, field="segment_percent")
    if form is None:
        return ""
    test.shares.add(form.fields["segment_percent"])
    share = dice.choice([share for share in map(str, range(1, 100)) if share not in test.shares])
    test.shares.add(share)
    shown = hands.press(form, segment_percent=share)
    sure = shown.form(address, field="token") if shown.status == 200 else None
    is_second = sure is not None and "segment_percent" not in sure.fields
    return _pressed(hands, dice, "update", test.remote_id, sure) if sure and is_second else ""


def _pressed(
    hands: Hands,
    dice: random.Random,
    kind: str,
    target: str,
    form: Form,
    button: tuple[str, str] | None = None,
    **values: str,
) -> str:
    """Press a confirming button, now and then twice at once. Returns the operation it led to."""
    press = Press(kind, target)
    hands.pressed(press)  # before it is done: no answer may ever come
    twice = dice.random() < TWICE
    pages = hands.press_twice(form, button, **values) if twice else [hands.press(form, button, **values)]
    press.operations |= {page.operation for page in pages} - {""}
    return min(press.operations, default="")


def _revise(hands: Hands, dice: random.Random, draft: str) -> None:
    """Save some revisions, each with a name of its own; an answer that says so is the acknowledgement."""
    address = f"/w/{hands.slug}/drafts/{draft}/json/"
    for _ in range(dice.randrange(3)):
        form = hands.read(address).form(field="document")
        if form is None:
            return
        document = json.loads(form.fields["document"])
        document["name"] = hands.new_name("revised")
        answer = hands.press(form, ("do", "save-json"), document=json.dumps(document))
        if answer.status == 302:
            hands.saved(draft, document["name"])


def _send(hands: Hands, dice: random.Random, draft: str) -> Generator[float | str, Row, str]:
    """Ask for the check, wait for it, confirm. Returns the operation's id, "" where it came to nothing."""
    address = f"/w/{hands.slug}/drafts/{draft}/check/"
    for _ in range(ASKED_AGAIN):
        if not hands.is_open:
            return ""
        page = hands.read(address)
        if not page.form("/send/", field="token"):
            ask = page.form("/check/")
            if ask is None:
                return ""  # its time has come too near, or it is being sent already
            hands.press(ask)
        until = time.monotonic() + CHECK_WITHIN
        while time.monotonic() < until and hands.is_open:
            form = hands.read(address).form("/send/", field="token")
            if form:
                operation = _pressed(hands, dice, "create", draft, form)
                if operation:
                    return operation
                break
            yield 1.0
    return ""


def _undo(hands: Hands, dice: random.Random, row: Row) -> str:
    page = f"/w/{hands.slug}/operations/{row['id']}/"
    form = hands.read(page).form(f"{row['id']}/undo/")
    if form is None:
        return ""
    press = Press("delete", row["remote_id"])
    hands.pressed(press)
    twice = dice.random() < TWICE
    pages = hands.press_twice(form) if twice else [hands.press(form)]
    if not any(page.status == 302 for page in pages):
        return ""
    # The answer leads back to the send; its undo is looked up.
    undo: str = hands.ask("undo_of", row["id"])
    if undo:
        press.operations.add(undo)
    return undo
