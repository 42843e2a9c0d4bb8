"""Airship's A/B tests over the wire: each function is one call and ends in one of our shapes or the three failures.

Writes (`create`, `delete`) go out once and may end as OutcomeUnknown. Everything else changes nothing at Airship and
ends as NotSent where a write would be unknown; trying a read again is the caller's business.

Reference: https://docs.airship.com/developer/rest-api/ua/operations/a-b-tests
"""

import base64
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from experiments.providers import PROVIDERS
from experiments.providers.airship import reading, refusals
from experiments.providers.failures import failure_for, seconds_to_wait, unclear
from experiments.providers.outcomes import NotSent, OutcomeUnknown, Rejected
from experiments.providers.replies import is_own_words, json_of
from experiments.providers.shapes import (
    Account,
    Answer,
    Created,
    Deleted,
    Json,
    KeyCheck,
    Page,
    RemoteExperiment,
    Report,
    Secret,
    Validated,
)
from experiments.providers.transport import Call, Reply, exchange

LABEL = PROVIDERS["airship"].label
HOSTS = {region.code: region.host for region in PROVIDERS["airship"].regions}
# Reference: https://docs.airship.com/developer/rest-api/ua/introduction (versioning); without it the answer is 406
ACCEPT = "application/vnd.urbanairship+json; version=3"
WRITE_SECONDS = 30.0  # the whole of a write; the relay's lease and time limits are longer
READ_SECONDS = 20.0
LARGEST_PAGE = 100
_NEVER_IDS = ("scheduled", "validate")  # words of the API's own paths

type OnConnected = Callable[[], None] | None


def check_key(account: Account) -> KeyCheck:
    """Whether Airship accepts the key, by the smallest read. Raises Rejected "unauthorized" or "forbidden"."""
    said, answer = _accepted(_get(account, "/api/experiments", limit=1))
    page = reading.page_of(said, 0)
    return KeyCheck(answer, page.total if page else None)


def list_experiments(account: Account, offset: int = 0, limit: int = LARGEST_PAGE) -> Page:
    """One page of the experiments, newest first. Whether it holds those still to come is not documented."""
    return _page(account, "/api/experiments", offset, limit)


def list_scheduled(account: Account, offset: int = 0, limit: int = LARGEST_PAGE) -> Page:
    """One page of the experiments that are still to come, soonest first."""
    return _page(account, "/api/experiments/scheduled", offset, limit)


def look_up(account: Account, remote_id: str) -> RemoteExperiment | None:
    """One experiment; None where Airship itself says that it has none by that id."""
    reply = _get(account, f"/api/experiments/{_segment(remote_id)}")
    if reply.status == 404 and _is_airships_no(reply):
        return None
    said, answer = _accepted(reply)
    experiment = reading.experiment_of(said.get("experiment"), remote_id)
    if not experiment or experiment.remote_id.lower() != remote_id.lower():
        raise _unreadable(answer)
    return experiment


def validate(account: Account, body: bytes) -> Validated:
    """Have Airship check an experiment without making it. Raises Rejected "invalid" with the problems it names."""
    _, answer = _accepted(_ask(account, "POST", "/api/experiments/validate", body=body))
    return Validated(answer)


def create(account: Account, body: bytes, on_connected: OnConnected = None) -> Created:
    """Make an experiment from these very bytes. Without a schedule in it, Airship sends it at once.

    Raises OutcomeUnknown with `is_applied` where Airship took it but did not tell its id.
    """
    reply = _ask(account, "POST", "/api/experiments", body=body, is_write=True, on_connected=on_connected)
    said, answer = _accepted(reply, is_write=True)
    remote_id = reading.created_id(said, reply.headers)
    if not remote_id:
        message = "Airship took the test but did not tell its id."
        raise unclear("no_id", message, answer, is_write=True, is_applied=True)
    return Created(remote_id, reading.read_id(said.get("push_id")), answer)


def delete(account: Account, remote_id: str, on_connected: OnConnected = None) -> Deleted:
    """Delete an experiment that has not begun. Raises Rejected "already_gone" (404) or "too_late" (405)."""
    path = f"/api/experiments/scheduled/{_segment(remote_id)}"
    reply = _ask(account, "DELETE", path, is_write=True, on_connected=on_connected)
    if reply.status == 404 and _is_airships_no(reply):
        raise Rejected("already_gone", "Airship has no scheduled test by this id any more.", _answer(reply))
    if reply.status == 405 and _is_no(reply):
        raise Rejected("too_late", "Airship has begun sending. It cannot be taken back.", _answer(reply))
    if reply.status == 204:
        return Deleted(_answer(reply))
    said, answer = _accepted(reply, is_write=True)
    if reading.says_ok(said) is not True:
        # A proxy may have said this. Asking again is free: it aims at one id and cannot send anything.
        raise OutcomeUnknown("unclear_answer", "Airship’s answer does not say whether it was deleted.", answer)
    return Deleted(answer)


def report(account: Account, push_id: str) -> Report:
    """The figures of a test that went out, by its push id. Airship's figures lag behind by some half an hour."""
    said, _ = _accepted(_get(account, f"/api/reports/experiment/overview/{_segment(push_id)}"))
    return reading.report_of(said)


def _page(account: Account, path: str, offset: int, limit: int) -> Page:
    said, answer = _accepted(_get(account, path, limit=max(1, min(limit, LARGEST_PAGE)), offset=max(0, offset)))
    page = reading.page_of(said, max(0, offset))
    if page is None:
        raise _unreadable(answer)
    return replace(page, provider_date=answer.provider_date)


def _get(account: Account, path: str, **query: int) -> Reply:
    return _ask(account, "GET", path, query=query)


def _ask(
    account: Account,
    method: str,
    path: str,
    *,
    query: dict[str, int] | None = None,
    body: bytes | None = None,
    is_write: bool = False,
    on_connected: OnConnected = None,
) -> Reply:
    pair = base64.b64encode(f"{account.key}:{account.secret.reveal()}".encode()).decode()
    headers = {"Accept": ACCEPT} | ({"Content-Type": "application/json"} if body is not None else {})
    call = Call(
        method=method,
        url=account.url,
        path=path,
        query=dict(query or {}),
        headers=headers,
        authorization=Secret(f"Basic {pair}"),
        secrets=(account.secret, Secret(pair)),
        body=body,
        seconds=WRITE_SECONDS if is_write else READ_SECONDS,
        is_write=is_write,
        allow_loopback=account.allow_loopback,
        provider=LABEL,
    )
    return exchange(call, on_connected=on_connected)


def _accepted(reply: Reply, *, is_write: bool = False) -> tuple[Json, Answer]:
    """What a successful answer says. Raises the failure that any other answer stands for."""
    said = json_of(reply)
    answer, ok = reading.answer_of(reply, said), reading.says_ok(said)
    if not 200 <= reply.status < 300:
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
        raise unclear("contradiction", "Airship said yes and no at once.", answer, is_write=is_write)
    return said, answer


def _unreadable(answer: Answer, *, is_write: bool = False) -> Exception:
    message = "Airship gave an answer that cannot be read."
    return unclear("unreadable", message, answer, is_write=is_write, is_applied=is_write)


def _answer(reply: Reply) -> Answer:
    return reading.answer_of(reply, json_of(reply))


def _is_no(reply: Reply) -> bool:
    return is_own_words(reply) and reading.says_ok(json_of(reply)) is not True


def _is_airships_no(reply: Reply) -> bool:
    """Whether Airship itself says that it has no such thing: a proxy's 404 must not make a test look deleted."""
    said = json_of(reply) or {}
    return _is_no(reply) and (reading.says_ok(said) is False or "error" in said)


def _segment(remote_id: str) -> str:
    if reading.read_id(remote_id) != remote_id or not remote_id or remote_id in _NEVER_IDS:
        raise NotSent("bad_id", "This is no id of Airship's, so nothing was asked.", is_permanent=True)
    return remote_id
