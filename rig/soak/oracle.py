"""What really happened at the provider, held against what Splitdesk claims and against what people pressed.

Nothing here asks anybody: plain values in, a verdict out.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

type Row = dict[str, Any]  # as rig/world.py `row` tells it
type Effect = dict[str, Any]  # as sandbox/ledger.py has it

# Shown as “it did not happen”.
NOT_DONE = frozenset({"rejected", "expired", "cancelled", "not_applied", "parked"})
# A status that was asked for, and the effects that are it.
STATUS_EFFECTS = {"active": ("started", "resumed"), "paused": ("paused",), "finished": ("finished",)}
KIND_EFFECTS = {"update": "changed", "attach": "attached", "detach": "detached", "delete": "deleted"}
HALF_MADE = "was made as a draft"  # the one refusal that says what was made


@dataclass(frozen=True)
class Pressed:
    """One confirmed intention and the operations that answers to it named (rig/soak/lives.py: Press)."""

    kind: str
    target: str
    operations: frozenset[str]


@dataclass
class Verdict:
    """Sentences; an empty list is what is promised."""

    doubles: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    wrong_claims: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not (self.doubles or self.lost or self.wrong_claims)


def judge(
    rows: Iterable[Row],
    effects: Iterable[Effect],
    presses: Iterable[Pressed] = (),
    *,
    overdue_since: float = float("inf"),
) -> Verdict:
    """`rows` are all operations, `effects` the whole ledger, `presses` everything that was confirmed.

    An operation that has not come to its end is lost where its next step was due before `overdue_since` (seconds since
    the epoch), which is always, unless somebody could not wait.
    """
    verdict = Verdict()
    rows, effects = [row for row in rows if row["kind"] != "validate"], list(effects)
    _judge_creates(verdict, [row for row in rows if row["kind"] == "create"], effects)
    _judge_groups(verdict, effects)
    _judge_changes(verdict, [row for row in rows if row["kind"] != "create"], effects)
    _judge_undos(verdict, rows, effects)
    _judge_presses(verdict, rows, list(presses))
    verdict.lost += [f"{_who(row)} is still {row['state']}" for row in rows if _is_overdue(row, overdue_since)]
    return verdict


def _judge_creates(verdict: Verdict, creates: list[Row], effects: list[Effect]) -> None:
    made = defaultdict(list)
    for effect in effects:
        if effect["kind"] == "created":
            made[_marker(effect)].append(effect)
    for row in creates:
        own = made.pop(row["marker"], [])
        if len(own) > 1:
            verdict.doubles.append(f"{_who(row)} was made {len(own)} times")
        if not own and row["state"] == "succeeded":
            verdict.lost.append(f"{_who(row)} succeeded, and the provider has nothing of it")
        if own and row["state"] in NOT_DONE and HALF_MADE not in row["message"]:
            verdict.wrong_claims.append(f"{_who(row)} is shown as {row['state']}, and the provider made it")
        if any(effect["sha256"] != row["sent_sha256"] for effect in own):
            verdict.wrong_claims.append(f"{_who(row)} left with other bytes than were confirmed")
        if own and row["state"] == "succeeded" and row["remote_id"] not in {one["experiment_id"] for one in own}:
            verdict.wrong_claims.append(f"{_who(row)} names {row['remote_id']}, which it did not make")
    for marker, strays in made.items():
        verdict.lost.append(f"{len(strays)} made with the reference {marker or '(none)'}, which no operation has")


def _judge_groups(verdict: Verdict, effects: list[Effect]) -> None:
    """Nobody in a soak adds groups by hand: each name comes once."""
    names: dict[str, set[str]] = defaultdict(set)
    for effect in effects:
        if effect["kind"] == "group_created":
            name = effect["body"]
            if name in names[effect["experiment_id"]]:
                verdict.doubles.append(f"{effect['experiment_id']} got the same group twice: {name[:80]}")
            names[effect["experiment_id"]].add(name)


def _judge_changes(verdict: Verdict, changes: list[Row], effects: list[Effect]) -> None:
    """Everything that aims at one test, by what it asks for and whom it is about."""
    asked = defaultdict(list)
    for row in changes:
        asked[_slot(row)].append(row)
    happened = Counter(slot for effect in effects if (slot := _effect_slot(effect)))
    for slot in asked.keys() | happened.keys():
        rows, times = asked[slot], happened[slot]
        done = sum(row["state"] == "succeeded" for row in rows)
        undone = sum(row["state"] in NOT_DONE for row in rows)
        what = f"{' '.join(part for part in slot if part)}: {times} effects of {len(rows)} operations"
        if times > len(rows):
            verdict.doubles.append(what)
        elif times > len(rows) - undone:
            verdict.wrong_claims.append(f"{what}, {undone} of which are shown as not done")
        if times < done and slot[0] != "delete":
            verdict.lost.append(f"{what}, {done} of which are shown as done")
        if slot[0] == "delete" and done and not times:
            verdict.lost.append(f"{what}, shown as deleted")


def _judge_undos(verdict: Verdict, rows: list[Row], effects: list[Effect]) -> None:
    """What is shown as taken back must not have gone out."""
    started = {effect["experiment_id"] for effect in effects if effect["kind"] == "started" and not effect["project"]}
    for row in rows:
        if row["kind"] == "delete" and row["state"] == "succeeded" and row["target_id"] in started:
            verdict.wrong_claims.append(f"{_who(row)} is shown as deleted, and {row['target_id']} went out")


def _judge_presses(verdict: Verdict, rows: list[Row], presses: list[Pressed]) -> None:
    known = {row["id"] for row in rows}
    for press in presses:
        if len(press.operations) > 1:
            verdict.doubles.append(f"one press of {press.kind} for {press.target} made {len(press.operations)}")
        verdict.lost += [
            f"{press.kind} {operation} was acknowledged and is gone" for operation in press.operations - known
        ]
    if not presses:
        return
    meant = Counter((press.kind, press.target) for press in presses)
    written = Counter((row["kind"], row["draft"] if row["kind"] == "create" else row["target_id"]) for row in rows)
    for (kind, target), count in written.items():
        # A delete that was asked for while the same is under way is that one.
        if count > meant[kind, target]:
            verdict.doubles.append(f"{kind} of {target}: {count} operations of {meant[kind, target]} presses")


def _is_overdue(row: Row, since: float) -> bool:
    return not row["is_settled"] and row["next_at"] < since


def _slot(row: Row) -> tuple[str, str, str]:
    """Operations of one slot are alike: no effect can be told to be the one's and not the other's."""
    asked = row["asked"] or {}
    return row["kind"], row["target_id"], str(asked.get("status") or asked.get("user_id") or "")


def _effect_slot(effect: Effect) -> tuple[str, str, str] | None:
    kind, target = effect["kind"], effect["experiment_id"]
    for status, kinds in STATUS_EFFECTS.items():
        if kind in kinds:
            # At Airship a test starts by itself, when its time comes.
            return ("status", target, status) if effect["project"] else None
    for asked, name in KIND_EFFECTS.items():
        if kind == name:
            return asked, target, effect["user_id"] if asked in {"attach", "detach"} else ""
    return None


def _marker(effect: Effect) -> str:
    """Our reference in what was made: at the end of its alias, or in its description."""
    words = f"{effect['alias_id']} {effect['description']}".replace("[ref ", "").replace("]", "").split()
    found = [word[word.rindex("abx-") :] for word in words if "abx-" in word]
    return found[-1] if found else ""


def _who(row: Row) -> str:
    return f"{row['provider']} {row['kind']} {row['id']} “{row['name']}”"
