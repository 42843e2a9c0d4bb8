"""The cases of the crash matrix, and the oracle that judges what was seen of one (tests/crash_stage.py plays them)."""

import hashlib
import itertools
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

# The points on a worker's way, in order, by what has left Splitdesk when they are reached.
BEFORE = (
    "send_before_claim",
    "claim_before_commit",
    "claim_after_commit",
    "before_decrypt",
    "before_connect",
    "after_connect",
    "wire_before_commit",
)
GAP = ("wire_after_commit", "before_first_byte", "deadline_checked", "mid_body")
AFTER = ("after_last_byte", "answer_in_memory", "record_before_commit", "record_after_commit", "after_record")
LAST = ("read_back_before",)  # of a create alone
LOOKS = ("reconcile_before_look", "reconcile_between_pages", "reconcile_before_settle")
SUBMITS = ("submit_before_commit", "submit_after_commit", "hint_before_publish")

KINDS = ("create", "now", "undo", "paywall", "start", "update")
TRUTHS = ("healthy", "lost before", "lost after")
THAWED = ("thawed first", "thawed after the sweep", "thawed after a look", "thawed at the end")
# What may be done again without harm, because it aims at one test or reads first.
TAKEN_AGAIN = {"undo", "paywall", "update"}
CALLS_OF_PAYWALL = 7  # the test, and for each of three groups a read and a write; four of them write

# States that say, or mean, that nothing was sent.
UNSENT = {"queued", "claimed", "retry_wait", "parked", "rejected", "expired", "cancelled", "not_applied"}
SAYS_UNSENT = re.compile(r"[Nn]othing (was|has)|never arrived|did not arrive")


@dataclass(frozen=True)
class Case:
    """One row of the matrix: who dies where and how, what the provider did, and who comes first afterwards."""

    kind: str
    point: str
    action: str  # exit, freeze, raise, lost (the database, once), down (the database, for good)
    truth: str = "healthy"
    order: str = "swept first"
    nth: int = 1
    is_asleep: bool = False  # frozen inside of the system call that sends: wakes without a look at the deadline
    sabotage: str = ""

    def __str__(self) -> str:
        parts = [self.kind, self.point, self.action, self.truth, self.order]
        parts += [f"call {self.nth}"] * (self.nth > 1) + ["asleep"] * self.is_asleep + [self.sabotage]
        return ", ".join(part for part in parts if part)

    @property
    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def points_of(kind: str) -> tuple[str, ...]:
    return BEFORE + GAP + AFTER + (LAST if kind in {"create", "now", "paywall"} else ())


def usual() -> list[Case]:
    """Every point with every action, every kind at every point, every truth: one order each."""
    cases = [Case("create", point, action) for point in points_of("create") for action in ("exit", "raise", "lost")]
    cases += [Case("create", point, "freeze", order="thawed after the sweep") for point in points_of("create")]
    cases += [
        Case("create", point, action, truth, order)
        for point in AFTER[:-1]
        for truth in TRUTHS[1:]
        for action, order in (("exit", "hinted again"), ("freeze", "thawed after a look"))
    ]
    cases += [Case("create", "record_before_commit", "down", truth) for truth in TRUTHS]
    cases += [Case(kind, point, "exit") for kind in KINDS[1:] for point in points_of(kind)]
    cases += [Case(kind, point, "freeze", order=THAWED[2]) for kind in KINDS[1:] for point in GAP + AFTER]
    cases += [Case(kind, "after_last_byte", "exit", truth) for kind in KINDS[1:] for truth in TRUTHS[1:]]
    cases += [Case(kind, "deadline_checked", "freeze", order=THAWED[3], is_asleep=True) for kind in KINDS]
    cases += [Case("create", point, "exit", order="all at once") for point in (BEFORE[2], GAP[0], AFTER[0])]
    return _different(cases + list(_steps(("exit",))) + list(_others()))


def full() -> list[Case]:
    """Every point × action × truth × order, for every kind: the truth where it makes a difference."""
    cases = list(usual())
    for kind in KINDS:
        for point in points_of(kind):
            truths = TRUTHS[:1] if point in BEFORE + LAST else TRUTHS  # what is lost is never read back
            for truth in truths:
                cases += [Case(kind, point, action, truth) for action in ("exit", "raise", "lost")]
                cases += [Case(kind, point, "exit", truth, order) for order in ("hinted again", "all at once")]
                cases += [Case(kind, point, "freeze", truth, order) for order in THAWED]
                if point in GAP:
                    cases += [Case(kind, point, "freeze", truth, order, is_asleep=True) for order in THAWED[2:]]
        cases += [Case(kind, point, "down", truth) for point in AFTER[2:4] for truth in TRUTHS]
    return _different(cases + list(_steps(("exit", "raise", "lost"))))


def _steps(actions: tuple[str, ...]) -> Iterator[Case]:
    """A test that is made in steps: death at each call to the provider."""
    for point, action in itertools.product(("before_first_byte", "mid_body", "after_last_byte"), actions):
        yield from (Case("paywall", point, action, nth=nth) for nth in range(2, CALLS_OF_PAYWALL + 1))
    for point, action in itertools.product(("wire_before_commit", "wire_after_commit"), actions):
        yield from (Case("paywall", point, action, nth=nth) for nth in range(2, 5))


def _others() -> Iterator[Case]:
    """Where it is not the sender that dies."""
    for point in SUBMITS:
        yield from (Case("confirm", point, action) for action in ("exit", "raise", "lost"))
    for point in LOOKS:
        yield from (Case("look", point, action) for action in ("exit", "raise", "lost"))
        yield from (Case("look", point, "freeze", order=order) for order in (THAWED[0], THAWED[2]))
    yield from (Case("sweep", "sweep_between_rows", action) for action in ("exit", "raise", "lost"))
    yield Case("sweep", "sweep_between_rows", "freeze", order=THAWED[2])


def _different(cases: list[Case]) -> list[Case]:
    return list(dict.fromkeys(cases))


# -- the oracle


def violations(case: Case, seen: dict[str, Any]) -> list[str]:
    """What must not have been seen, in words; empty where all was well."""
    return [*_of_the_victim(case, seen), *_of_the_way(case, seen), *_of_the_end(case, seen), *_of_the_bytes(case, seen)]


def _of_the_victim(case: Case, seen: dict[str, Any]) -> Iterator[str]:
    """A case in which nothing died proves nothing."""
    ends = {"exit": {"killed"}, "freeze": {"frozen"}}.get(case.action, {"ended 0", "ended 1"})
    if seen["end"] not in ends:
        yield f"the victim {seen['end']}"
    if case.action == "freeze" and seen.get("zombie") not in {"ended 0", "ended 1"}:
        yield f"the zombie {seen.get('zombie')}"


def _of_the_way(case: Case, seen: dict[str, Any]) -> Iterator[str]:
    """At no moment more than one effect, and no word that it did not happen when it did, or did when it did not."""
    if case.is_asleep and case.kind == "start":
        return  # the risk that is left, see docs/reliability.md: what sets a value has no fence
    for step in seen["trace"]:
        at, state = step["step"], step["state"]
        if step["effects"] > (2 if case.kind == "update" else 1):
            yield f"{at}: {step['effects']} effects"
        if step["effects"] and (state in UNSENT or SAYS_UNSENT.search(step["says"])):
            yield f"{at}: {state} “{step['says']}” although it happened"
        if not step["effects"] and state == "succeeded":
            yield f"{at}: succeeded although nothing happened"


def _of_the_end(case: Case, seen: dict[str, Any]) -> Iterator[str]:
    row, happened = seen["row"], seen["trace"][-1]["effects"]
    if not row["is_settled"]:
        yield f"it never settles: {row['state']}"
    wanted = "succeeded" if happened else "needs_person" if case.kind == "now" else "not_applied"
    if case.is_asleep and happened and case.kind == "now":
        # It woke after everybody had given up on it: a person has to look, which is no lie.
        wanted = row["state"] if row["state"] == "needs_person" else wanted
    if row["state"] != wanted and not (case.is_asleep and case.kind == "start"):
        yield f"it ends as {row['state']} ({row['reason']}) with {happened} effects"
    if not happened and _must_arrive(case):
        yield "it was lost: nothing happened, and nothing stood in its way"


def _must_arrive(case: Case) -> bool:
    if case.truth == "lost before" and case.kind not in TAKEN_AGAIN:
        return False
    return (
        case.point not in GAP or case.kind in TAKEN_AGAIN or (case.point, case.action) == ("before_first_byte", "raise")
    )


def _of_the_bytes(case: Case, seen: dict[str, Any]) -> Iterator[str]:
    row, body = seen["row"], seen["body"]
    made = [effect for effect in seen["effects"] if effect["kind"] == "created" and row["marker"]]
    made = [effect for effect in made if row["marker"] in effect["body"]]
    if row["sha256"] and row["sha256"] != hashlib.sha256(body.encode()).hexdigest():
        yield "the stored bytes are not the confirmed ones"
    if case.kind == "paywall":
        names = Counter(json.loads(e["body"])["name"] for e in seen["effects"] if e["kind"] == "group_created")
        wanted = Counter(group["name"] for group in json.loads(body)["groups"])
        if row["state"] == "succeeded" and names != wanted:
            yield f"its groups are {dict(names)}"
    elif any(effect["sha256"] != row["sha256"] for effect in made):
        yield "other bytes were sent than were confirmed"
    if case.kind == "undo" and row["state"] == "succeeded" and seen["target"] is not None:
        yield "called undone, but the provider holds it"
    if case.kind == "start" and row["state"] == "succeeded" and (seen["target"] or {}).get("status") != "active":
        yield f"called started, but it is {(seen['target'] or {}).get('status')}"
    if case.kind == "update" and row["state"] == "succeeded":
        held = (seen["target"] or {}).get("description")
        if held != row["asked"]["changes"]["description"]:
            yield f"called changed, but the provider holds {held!r}"
