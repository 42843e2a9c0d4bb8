"""The same faults on Qonversion's addresses: the ledger tells whether their effect happened."""

from collections.abc import Callable, Iterator

import pytest
import requests

from tests.sandbox_qonversion import EXPERIMENTS, Caller, experiment, running


@pytest.fixture
def qonversion() -> Iterator[Caller]:
    with running() as caller:
        yield caller


type Step = Callable[[Caller, str, str], requests.Response]

STEPS: dict[str, tuple[str, str, Step]] = {
    "created": ("POST", EXPERIMENTS, lambda it, one, group: it.create(experiment())),
    "changed": ("PATCH", f"{EXPERIMENTS}/*", lambda it, one, group: it.change(one, {"name": "Other"})),
    "deleted": ("DELETE", f"{EXPERIMENTS}/*", lambda it, one, group: it.delete(one)),
    "paused": ("POST", f"{EXPERIMENTS}/*/status", lambda it, one, group: it.move(one, "paused")),
    "finished": ("POST", f"{EXPERIMENTS}/*/status", lambda it, one, group: it.move(one, "finished")),
    "group_created": ("POST", f"{EXPERIMENTS}/*/groups", lambda it, one, group: it.group(one, {"weight": 1})),
    "group_changed": (
        *("PATCH", f"{EXPERIMENTS}/*/groups/*"),
        lambda it, one, group: it.change_group(one, group, {"weight": 7}),
    ),
    "group_deleted": ("DELETE", f"{EXPERIMENTS}/*/groups/*", lambda it, one, group: it.delete_group(one, group)),
    "attached": ("POST", f"{EXPERIMENTS}/*/users/*", lambda it, one, group: it.attach(one, "QON_x", group)),
}


@pytest.mark.parametrize("kind", STEPS)
@pytest.mark.parametrize(("when", "happened"), [("before", 0), ("after", 1)])
def test_lost_answer(qonversion: Caller, kind: str, when: str, happened: int) -> None:
    identity, group_id = qonversion.running_with_group()
    before = len(qonversion.effects(kind))
    method, path, step = STEPS[kind]
    qonversion.sandbox.order("reset", when=when, method=method, path=path, app=qonversion.key)
    with pytest.raises(requests.ConnectionError):
        step(qonversion, identity, group_id)
    assert len(qonversion.effects(kind)) == before + happened
    assert qonversion.sandbox.faults.open() == []


@pytest.mark.parametrize("status", [409, 429, 500, 503])
@pytest.mark.parametrize(("when", "happened"), [("before", 0), ("after", 1)])
def test_any_status(qonversion: Caller, status: int, when: str, happened: int) -> None:
    body = '{"error": {"code": "busy", "message": "ordered by a test"}}'
    qonversion.sandbox.order("status", status=status, when=when, retry_after="3", body=body)
    answer = qonversion.create()
    assert (answer.status_code, answer.text, answer.headers["Retry-After"]) == (status, body, "3")
    assert len(qonversion.effects()) == happened


def test_lag_hides_the_new_one_from_the_list_alone(qonversion: Caller) -> None:
    qonversion.sandbox.order("lag", seconds=60)
    identity = qonversion.created(alias_id="late")["id"]
    assert qonversion.ids() == []
    assert qonversion.read(identity).status_code == 200
    assert qonversion.create(experiment(alias_id="late")).status_code == 409
    qonversion.pass_time(61)
    assert qonversion.ids() == [identity]


def test_a_cut_body_is_a_create_that_happened(qonversion: Caller) -> None:
    qonversion.sandbox.order("cut", bytes=12)
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        qonversion.create()
    assert qonversion.effects() == ["created"]


def test_a_fault_for_one_key_spares_the_other_environment(qonversion: Caller) -> None:
    test = qonversion.with_key(qonversion.sandbox.test_secret_key)
    qonversion.sandbox.order("status", status=503, app=test.key)
    assert qonversion.create().status_code == 201
    assert test.create().status_code == 503
