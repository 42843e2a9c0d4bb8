"""Qonversion's experiments over the wire: each function ends in one of our shapes or the three failures.

The functions of Airship's client come first, in its order; what follows exists because a test is a draft here, is
given its groups one by one, and reaches people only when it is started. Writes go out once and may end as
OutcomeUnknown. Everything else changes nothing and ends as NotSent where a write would be unknown.

A write that ends as OutcomeUnknown "conflict" was answered 409, which no page explains: look up what is there now.

Reference: https://documentation.qonversion.io/reference/v4/experiments
"""

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from experiments.providers import PROVIDERS
from experiments.providers.failures import failure_for, seconds_to_wait, unclear
from experiments.providers.modules import OnConnected
from experiments.providers.outcomes import NotSent, Rejected
from experiments.providers.qonversion import reading, refusals
from experiments.providers.qonversion.canonical import to_bytes
from experiments.providers.qonversion.definition import SET_BY_QONVERSION
from experiments.providers.qonversion.reading import EXPERIMENTS
from experiments.providers.qonversion.wording import written_metric
from experiments.providers.replies import answer_of, json_of
from experiments.providers.shapes import (
    Account,
    Answer,
    Changed,
    Created,
    Deleted,
    GroupChanged,
    Json,
    KeyCheck,
    Page,
    RemoteExperiment,
    RemoteVariant,
    Secret,
    Summary,
    Validated,
)
from experiments.providers.transport import Call, Reply, exchange

LABEL = PROVIDERS["qonversion"].label
HOSTS = {region.code: region.host for region in PROVIDERS["qonversion"].regions}
WRITE_SECONDS = 30.0  # the whole of a write; the relay's lease and time limits are longer
READ_SECONDS = 20.0
LISTING_SECONDS = 60.0  # after which a listing that goes on and on is given up
LARGEST_PAGE = 100  # for callers that page; Qonversion's own pages cannot be sized
MOST_SUMMARIES = 50
_NEVER_IDS = ("summary",)  # a word of the API's own paths
_FILTER = "filter[experiment_uid][]"

logger = logging.getLogger(__name__)


def check_key(account: Account) -> KeyCheck:
    """Whether Qonversion accepts the key, by one read. Raises Rejected "unauthorized" or "forbidden"."""
    reply = _get(account, EXPERIMENTS)
    said, answer = _accepted(reply)
    listed = reading.listed_of(said, reply.headers)
    return KeyCheck(answer, len(listed.items) if listed and said.get("has_more") is False else None)


def list_experiments(account: Account, offset: int = 0, limit: int = LARGEST_PAGE) -> Page:
    """All experiments without their groups, as one page: Qonversion pages by cursor, if it does at all.

    `limit` is not Qonversion's to keep; `offset` leaves out the first ones. Their order is not documented.
    """
    items, is_whole = _listed(account, EXPERIMENTS)
    found = [experiment for item in items if (experiment := reading.experiment_of(item))]
    return Page(tuple(found[max(0, offset) :]), len(found) if is_whole else None, None, is_whole)


def list_scheduled(account: Account, offset: int = 0, limit: int = LARGEST_PAGE) -> Page:
    """An empty page: nothing is scheduled at Qonversion."""
    return Page((), 0, None)


def look_up(account: Account, remote_id: str) -> RemoteExperiment | None:
    """One experiment with its groups, by two reads; None where Qonversion itself says that it has none by that id."""
    reply = _get(account, f"{EXPERIMENTS}/{_segment(remote_id)}")
    if reading.is_not_found(reply):
        return None
    said, answer = _accepted(reply)
    experiment = reading.experiment_of(said)
    if not experiment or experiment.remote_id != remote_id:
        raise _unreadable(answer)
    groups, is_whole = _listed(account, f"{EXPERIMENTS}/{remote_id}/groups")
    if not is_whole:
        raise _unreadable(answer)
    return reading.experiment_of({**experiment.raw, "groups": list(groups)})


def validate(account: Account, body: bytes) -> Validated:
    """Never: Qonversion has no call that checks without making. Raises NotSent "cannot_validate"."""
    message = "Qonversion checks a test only when it is made, so nothing was asked."
    raise NotSent("cannot_validate", message, is_permanent=True)


def create(account: Account, body: bytes, on_connected: OnConnected = None) -> Created:
    """Make an experiment from these very bytes. It lands as a draft that reaches nobody.

    Raises OutcomeUnknown "conflict" where Qonversion says that the alias is taken, which may be our own earlier try:
    look it up.
    Raises OutcomeUnknown with `is_applied` where Qonversion took it but did not tell its id.
    Reference: https://documentation.qonversion.io/api-reference/experiments/create-an-experiment
    """
    reply = _ask(account, "POST", EXPERIMENTS, body=body, is_write=True, on_connected=on_connected)
    said, answer = _accepted(reply, is_write=True)
    remote_id = reading.created_id(said, reply.headers, EXPERIMENTS)
    if not remote_id:
        message = "Qonversion took the test but did not tell its id."
        raise unclear("no_id", message, answer, is_write=True, is_applied=True)
    return Created(remote_id, "", answer)


def delete(account: Account, remote_id: str, on_connected: OnConnected = None) -> Deleted:
    """Delete an experiment. What becomes of one that runs is not documented. Raises Rejected "already_gone" (404).

    Reference: https://documentation.qonversion.io/api-reference/experiments/delete-an-experiment
    """
    return _deleted(account, f"{EXPERIMENTS}/{_segment(remote_id)}", "test", on_connected)


def report(account: Account, push_id: str) -> Summary:
    """The figures of one test, by its id. Raises Rejected "not_found" where Qonversion tells none."""
    remote_id = _segment(push_id)
    reply = _get(account, f"{EXPERIMENTS}/summary", {_FILTER: remote_id})
    found = _summaries(reply)
    if remote_id not in found:
        raise Rejected("not_found", "Qonversion has no figures for this test.", answer_of(reply))
    return found[remote_id]


# What only a provider whose tests are drafts first can do


def find_by_alias(account: Account, alias: str) -> tuple[RemoteExperiment, ...]:
    """Every experiment with this alias: what a lost create is settled by.

    By the listing, and where that shows none, by asking for the alias as if it were an id: whether that works is not
    documented, so it may find one but proves no absence. An empty result is proven: the listing was whole and told
    the alias of each experiment. Where it was not, NotSent "alias_not_told": older pages show no aliases.
    """
    items, is_whole = _listed(account, EXPERIMENTS)
    ids = [reading.read_id(item["id"]) for item in items if item.get("alias_id") == alias]
    if not ids:
        ids = _id_by_alias(account, alias)
    if not ids and not (is_whole and all("alias_id" in item for item in items)):
        message = "Qonversion did not tell the alias of every test, so nobody knows yet whether this one is there."
        raise NotSent("alias_not_told", message)
    return tuple(found for remote_id in ids if (found := look_up(account, remote_id)))


def update(account: Account, remote_id: str, changes: Json, on_connected: OnConnected = None) -> Changed:
    """Change these fields and no others. Repeating it is safe; the alias is never sent. Raises Rejected "not_found".

    Reference: https://documentation.qonversion.io/api-reference/experiments/partially-update-an-experiment
    """
    body = {key: value for key, value in changes.items() if key not in {"alias_id", "groups"} | SET_BY_QONVERSION}
    if isinstance(metric := body.get("primary_metric"), str):
        body["primary_metric"] = written_metric(metric)
    if not body:
        raise NotSent("nothing_to_change", "There is nothing to change, so nothing was sent.", is_permanent=True)
    path = f"{EXPERIMENTS}/{_segment(remote_id)}"
    return _changed(account, "PATCH", path, body, remote_id, on_connected)


def change_status(account: Account, remote_id: str, status: str, on_connected: OnConnected = None) -> Changed:
    """Ask for a status in Qonversion's word. "active" is the moment that reaches people.

    Which moves it takes, and how it refuses one, is not documented: 400 and 422 are Rejected, 409 is "conflict".
    Reference: https://documentation.qonversion.io/api-reference/experiments/change-experiment-status
    """
    path = f"{EXPERIMENTS}/{_segment(remote_id)}/status"
    return _changed(account, "POST", path, {"status": status}, remote_id, on_connected)


def list_groups(account: Account, remote_id: str) -> tuple[RemoteVariant, ...]:
    """The groups of an experiment. Raises NotSent "unreadable" where the listing broke off."""
    items, is_whole = _listed(account, f"{EXPERIMENTS}/{_segment(remote_id)}/groups")
    if not is_whole:
        raise NotSent("unreadable", "Qonversion did not list all groups of the test.")
    return reading.groups_of(items)


def create_group(account: Account, remote_id: str, body: Json, on_connected: OnConnected = None) -> GroupChanged:
    """Add a group. After an unclear end, read the groups: the API does not tell a second copy from a first.

    Reference: https://documentation.qonversion.io/api-reference/experiments/create-an-experiment-group
    """
    path = f"{EXPERIMENTS}/{_segment(remote_id)}/groups"
    changed, reply = _group(account, "POST", path, body, on_connected)
    group_id = reading.created_id(json_of(reply) or {}, reply.headers, path)
    if not group_id:
        message = "Qonversion took the group but did not tell its id."
        raise unclear("no_id", message, changed.answer, is_write=True, is_applied=True)
    return replace(changed, group=replace(changed.group, remote_id=group_id)) if changed.group else changed


def update_group(
    account: Account, remote_id: str, group_id: str, body: Json, on_connected: OnConnected = None
) -> GroupChanged:
    """Change these fields of a group and no others. What may be changed while a test runs is not documented."""
    if not body:
        raise NotSent("nothing_to_change", "There is nothing to change, so nothing was sent.", is_permanent=True)
    path = f"{EXPERIMENTS}/{_segment(remote_id)}/groups/{_segment(group_id)}"
    return _group(account, "PATCH", path, body, on_connected)[0]


def delete_group(account: Account, remote_id: str, group_id: str, on_connected: OnConnected = None) -> Deleted:
    """Take a group away. Raises Rejected "already_gone" (404)."""
    path = f"{EXPERIMENTS}/{_segment(remote_id)}/groups/{_segment(group_id)}"
    return _deleted(account, path, "group", on_connected)


def attach_tester(
    account: Account, remote_id: str, group_id: str, user_id: str, on_connected: OnConnected = None
) -> Changed:
    """Pin one user to a group, whatever the audience rules say. Raises Rejected "already_attached" (409).

    A 409 proves a no here: the vendor answered that this user must be detached from another experiment first.
    Reference: https://documentation.qonversion.io/api-reference/experiments/attach-a-user-to-an-experiment-group,
    https://github.com/qonversion/android-sdk/issues/728
    """
    path = f"{EXPERIMENTS}/{_segment(remote_id)}/users/{_user(user_id)}"
    body = to_bytes({"group_id": _segment(group_id)})
    reply = _ask(account, "POST", path, body=body, is_write=True, on_connected=on_connected)
    if reply.status == 409 and reading.says_ok(json_of(reply)) is False:
        message = "This user is attached to an experiment already. Detach them from it first. Nothing was changed."
        raise Rejected("already_attached", message, answer_of(reply), problems=refusals.problems_of(json_of(reply)))
    return Changed(_done(reply)[1])


def detach_tester(account: Account, remote_id: str, user_id: str, on_connected: OnConnected = None) -> Changed:
    """Take one user's assignment away. Raises Rejected "already_gone" (404).

    Reference: https://documentation.qonversion.io/api-reference/experiments/detach-a-user-from-an-experiment
    """
    path = f"{EXPERIMENTS}/{_segment(remote_id)}/users/{_user(user_id)}"
    return Changed(_deleted(account, path, "assignment", on_connected).answer)


def summaries(account: Account, remote_ids: Sequence[str]) -> dict[str, Summary]:
    """The figures of up to 50 tests in one call, by id; a test that Qonversion tells none of is left out.

    ValueError for none or more than 50. Whether one unknown id makes the whole call fail is not documented.
    """
    if not 1 <= len(remote_ids) <= MOST_SUMMARIES:
        raise ValueError(f"1 to {MOST_SUMMARIES} tests, not {len(remote_ids)}.")
    return _summaries(_get(account, f"{EXPERIMENTS}/summary", {_FILTER: [_segment(one) for one in remote_ids]}))


def _summaries(reply: Reply) -> dict[str, Summary]:
    said, answer = _accepted(reply)
    found = reading.summaries_of(said)
    if found is None:
        raise _unreadable(answer)
    return found


def _id_by_alias(account: Account, alias: str) -> list[str]:
    try:
        said, _ = _accepted(_get(account, f"{EXPERIMENTS}/{_segment(alias)}"))
    except Rejected:
        return []
    remote_id = reading.read_id(said.get("id"))
    return [remote_id] if remote_id and said.get("alias_id") in (alias, None) else []


def _listed(account: Account, path: str) -> tuple[tuple[Json, ...], bool]:
    """Everything a listing holds, each id once, and whether that is all of it.

    No page of the vendor's gives these listings parameters; another says that every listing has a cursor. So the first
    read has none, and the cursor is used only where the answer says that there is more.
    """
    found: dict[str, Json] = {}
    query: dict[str, str] = {}
    until = time.monotonic() + LISTING_SECONDS
    while True:
        reply = _get(account, path, query)
        said, answer = _accepted(reply)
        listed = reading.listed_of(said, reply.headers)
        if listed is None:
            raise _unreadable(answer)
        known = len(found)
        found |= {reading.read_id(item["id"]): item for item in listed.items}
        if said.get("has_more") is not True:
            return tuple(found.values()), True
        if listed.is_restarted or not listed.last_id or len(found) == known or time.monotonic() > until:
            logger.warning("%s listed %s without coming to an end; %d were read.", LABEL, path, len(found))
            return tuple(found.values()), False
        query = {"starting_after": listed.last_id}


def _changed(
    account: Account, method: str, path: str, body: Json, remote_id: str, on_connected: OnConnected
) -> Changed:
    reply = _ask(account, method, path, body=to_bytes(body), is_write=True, on_connected=on_connected)
    said, answer = _done(reply)
    experiment = reading.experiment_of(said) if said else None
    return Changed(answer, experiment if experiment and experiment.remote_id == remote_id else None)


def _group(
    account: Account, method: str, path: str, body: Json, on_connected: OnConnected
) -> tuple[GroupChanged, Reply]:
    reply = _ask(account, method, path, body=to_bytes(body), is_write=True, on_connected=on_connected)
    said, answer = _done(reply)
    return GroupChanged(answer, reading.group_of(said) if said else None), reply


def _deleted(account: Account, path: str, what: str, on_connected: OnConnected) -> Deleted:
    reply = _ask(account, "DELETE", path, is_write=True, on_connected=on_connected)
    if reading.is_not_found(reply):
        raise Rejected("already_gone", f"Qonversion has no such {what} any more.", answer_of(reply))
    return Deleted(_done(reply)[1])


def _get(account: Account, path: str, query: Mapping[str, str | Sequence[str]] | None = None) -> Reply:
    return _ask(account, "GET", path, query=query)


def _ask(
    account: Account,
    method: str,
    path: str,
    *,
    query: Mapping[str, str | Sequence[str]] | None = None,
    body: bytes | None = None,
    is_write: bool = False,
    on_connected: OnConnected = None,
) -> Reply:
    headers = {"Accept": "application/json"} | ({"Content-Type": "application/json"} if body is not None else {})
    call = Call(
        method=method,
        url=account.url,
        path=path,
        query=dict(query or {}),
        headers=headers,
        authorization=Secret(f"Bearer {account.secret.reveal()}"),
        secrets=(account.secret,),
        body=body,
        seconds=WRITE_SECONDS if is_write else READ_SECONDS,
        is_write=is_write,
        allow_loopback=account.allow_loopback,
        provider=LABEL,
    )
    return exchange(call, on_connected=on_connected)


def _done(reply: Reply) -> tuple[Json | None, Answer]:
    """What a write that needs no body in return ended in: any success, with or without a body, or its failure."""
    if 200 <= reply.status < 300 and not reply.body.strip():
        return None, answer_of(reply)
    return _accepted(reply, is_write=True)


def _accepted(reply: Reply, *, is_write: bool = False) -> tuple[Json, Answer]:
    """What a successful answer says. Raises the failure that any other answer stands for."""
    said, answer = json_of(reply), answer_of(reply)
    ok = reading.says_ok(said)
    if not 200 <= reply.status < 300:
        if reply.status == 409 or refusals.is_taken(said):
            words = refusals.sentence_of(said) or "it conflicts with what is there"
            raise unclear("conflict", f"Qonversion says: {words.rstrip('.')}.", answer, is_write=is_write)
        raise failure_for(
            answer,
            provider=LABEL,
            is_write=is_write,
            says_ok=ok,
            retry_after=seconds_to_wait(
                reply.headers.get("retry-after", ""), reply.provider_date or datetime.now(tz=UTC)
            ),
            said=refusals.sentence_of(said),
            problems=refusals.problems_of(said),
        )
    if said is None:
        raise _unreadable(answer, is_write=is_write)
    if ok is False:
        raise unclear("contradiction", "Qonversion said yes and no at once.", answer, is_write=is_write)
    return said, answer


def _unreadable(answer: Answer, *, is_write: bool = False) -> Exception:
    message = "Qonversion gave an answer that cannot be read."
    return unclear("unreadable", message, answer, is_write=is_write, is_applied=is_write)


def _segment(remote_id: str) -> str:
    if reading.read_id(remote_id) != remote_id or not remote_id or remote_id in _NEVER_IDS:
        raise NotSent("bad_id", "This is no id of Qonversion's, so nothing was asked.", is_permanent=True)
    return remote_id


def _user(user_id: str) -> str:
    if not reading.is_user_id(user_id):
        message = "A user's id holds letters, digits, “.”, “_” and “-”, 256 at most. Nothing was asked."
        raise NotSent("bad_id", message, is_permanent=True)
    return user_id
