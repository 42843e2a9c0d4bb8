"""Which failures prove “not applied”: every row of `outcome_rows`, on a real socket, by every call of every client."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest

from experiments.providers.airship import client as airship
from experiments.providers.outcomes import NotSent, OutcomeUnknown, ProviderFailure
from experiments.providers.qonversion import client as qonversion
from experiments.providers.shapes import Account, Secret
from tests.outcome_rows import NO_ID, ROWS, Row, Scene, answered
from tests.scripted_server import ScriptedServer, answer, says

SMALL, LARGE = b'{"name":"Tone"}', b"x" * 6_000_000
WRITES: dict[str, Callable[[Account, bytes], Any]] = {
    "airship create": lambda account, body: airship.create(account, body),
    "airship delete": lambda account, _: airship.delete(account, "e1"),
    "qonversion create": lambda account, body: qonversion.create(account, body),
    "qonversion delete": lambda account, _: qonversion.delete(account, "e1"),
    "update": lambda account, _: qonversion.update(account, "e1", {"name": "n"}),
    "change_status": lambda account, _: qonversion.change_status(account, "e1", "active"),
    "create_group": lambda account, _: qonversion.create_group(account, "e1", {"weight": 1}),
    "update_group": lambda account, _: qonversion.update_group(account, "e1", "g1", {"weight": 1}),
    "delete_group": lambda account, _: qonversion.delete_group(account, "e1", "g1"),
    "attach_tester": lambda account, _: qonversion.attach_tester(account, "e1", "g1", "u1"),
    "detach_tester": lambda account, _: qonversion.detach_tester(account, "e1", "u1"),
}
READS: dict[str, Callable[[Account, bytes], Any]] = {
    "airship validate": lambda account, body: airship.validate(account, body),
}
CALLS = WRITES | READS
WITH_A_BODY_OF_ANY_SIZE = ("airship create", "airship validate", "qonversion create")
MAKE_SOMETHING = ("airship create", "qonversion create", "create_group")


@pytest.fixture
def scene(tmp_path, monkeypatch) -> Scene:
    return Scene(tmp_path, monkeypatch)


def account_at(url: str) -> Account:
    return Account(url, "k" * 22, Secret("sk_0123456789"), allow_loopback=True)


def told(end: object) -> str:
    """What a call ended in, in the words of the rows."""
    if not isinstance(end, ProviderFailure):
        return "done"
    words = f"{type(end).__name__} {end.reason}"
    if isinstance(end, NotSent):
        return f"{words} for good" if end.is_permanent else words
    return f"{words}, applied" if isinstance(end, OutcomeUnknown) and end.is_applied else words


def expected(row: Row, name: str) -> set[str]:
    """What the row says of this call. Of a read the same trouble is a NotSent, to be tried again."""
    ends = row.but.get(name, row.but.get(name.rpartition(" ")[2], row.ends))
    if name in READS:
        ends = ends.replace("OutcomeUnknown", "NotSent").removesuffix(", applied")
    kind, _, rest = ends.partition(" ")
    return {f"{kind} {reason}".strip() for reason in rest.split("|")}


def all_ends(row: Row, scene: Scene, calls: dict[str, Callable[[Account, bytes], Any]]) -> dict[str, tuple[str, ...]]:
    """Every call against a world of its own, all at the same time: what each ended in, and what its server saw."""
    scene.monkeypatch.setattr(airship, "WRITE_SECONDS", row.seconds)
    scene.monkeypatch.setattr(airship, "READ_SECONDS", row.seconds)
    scene.monkeypatch.setattr(qonversion, "WRITE_SECONDS", row.seconds)
    body = LARGE if row.is_large else SMALL
    connected: dict[str, int] = {}
    with ExitStack() as stack:
        worlds = {name: stack.enter_context(row.world(scene)) for name in calls}

        def run(name: str) -> ProviderFailure | None:
            try:
                calls[name](account_at(worlds[name][0]), body)
            except ProviderFailure as failure:
                return failure
            return None

        with ThreadPoolExecutor(len(calls)) as pool:
            ends = dict(zip(calls, pool.map(run, calls), strict=True))
        connected = {name: server.connections for name, (_, server) in worlds.items() if server}
        seen = {name: len(server.requests) for name, (_, server) in worlds.items() if server}
    assert set(connected.values()) <= {1}, connected
    assert set(seen.values()) <= {row.requests}, seen
    return {name: (told(end),) for name, end in ends.items()}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_each_row_ends_as_the_table_says(row, scene):
    calls = {name: call for name, call in CALLS.items() if not row.is_large or name in WITH_A_BODY_OF_ANY_SIZE}
    ends = all_ends(row, scene, calls)
    assert ends == {name: end for name, end in ends.items() if end[0] in expected(row, name)}


@pytest.mark.parametrize("row", NO_ID, ids=lambda row: row.name)
def test_what_was_made_without_telling_its_id_is_applied(row, scene):
    calls = {name: CALLS[name] for name in MAKE_SOMETHING}
    assert all_ends(row, scene, calls) == dict.fromkeys(calls, ("OutcomeUnknown no_id, applied",))


def test_a_delete_is_believed_only_where_the_answer_says_so(scene):
    row = Row("2xx: an empty object", answered(200, b"{}"), "")
    assert all_ends(row, scene, {"airship delete": CALLS["airship delete"]}) == {
        "airship delete": ("OutcomeUnknown unclear_answer",)
    }


@pytest.mark.parametrize("create", ["airship create", "qonversion create"])
@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        (("Retry-After: 7",), 7),
        ((), None),
        (("Retry-After: Sat, 21 Nov 2009 20:01:00 GMT", "Date: Sat, 21 Nov 2009 20:00:00 GMT"), 60),
        (("Retry-After: Sat, 21 Nov 2009 20:01:00 GMT",), 1),  # long ago by our own clock
        (("Retry-After: Thu, 21 Nov 2999 20:01:00 GMT",), 900),
    ],
)
def test_a_wish_to_wait_comes_with_the_failure(create, headers, seconds):
    with ScriptedServer(says(answer(429, b"", *headers))) as server, pytest.raises(NotSent) as caught:
        WRITES[create](account_at(server.url), SMALL)
    assert caught.value.retry_after == seconds


class Stopped(Exception):
    """What a caller raises who does not want to go on."""


@pytest.mark.parametrize(
    "call",
    [
        lambda account, stop: airship.create(account, SMALL, stop),
        lambda account, stop: airship.delete(account, "e1", stop),
        lambda account, stop: qonversion.create(account, SMALL, stop),
        lambda account, stop: qonversion.delete(account, "e1", stop),
        lambda account, stop: qonversion.update(account, "e1", {"name": "n"}, stop),
        lambda account, stop: qonversion.change_status(account, "e1", "active", stop),
        lambda account, stop: qonversion.create_group(account, "e1", {"weight": 1}, stop),
        lambda account, stop: qonversion.update_group(account, "e1", "g1", {"weight": 1}, stop),
        lambda account, stop: qonversion.delete_group(account, "e1", "g1", stop),
        lambda account, stop: qonversion.attach_tester(account, "e1", "g1", "u1", stop),
        lambda account, stop: qonversion.detach_tester(account, "e1", "u1", stop),
    ],
    ids=WRITES,
)
def test_every_write_can_be_stopped_after_it_connected(call):
    def stop():
        raise Stopped

    with ScriptedServer(says(answer(204))) as server, pytest.raises(Stopped):
        call(account_at(server.url), stop)
    assert server.requests == []


def test_a_conflict_is_told_in_the_providers_words_or_in_ours():
    for body, words in ((b"no", "it conflicts with what is there"), (b'{"error":{"message":"Taken."}}', "Taken")):
        with ScriptedServer(says(answer(409, body))) as server, pytest.raises(OutcomeUnknown) as caught:
            qonversion.create(account_at(server.url), SMALL)
        assert caught.value.message == f"Qonversion says: {words}."


def test_a_provider_without_push_ids_tells_none():
    with ScriptedServer(says(answer(201, b'{"id":"e1"}'))) as server:
        assert qonversion.create(account_at(server.url), SMALL).push_id == ""
