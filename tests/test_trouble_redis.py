"""Redis in every kind of trouble: no page notices, nothing is lost, and workers take their work again by themselves."""

import contextlib
from collections.abc import Callable

import pytest
import redis

from rig.servers import wait_for
from tests.installations import installed
from tests.visitors import Visitor, operation_at

pytestmark = pytest.mark.crash

BOUND = 5.0  # seconds for a page: far above the usual 0.1, far below a hang
RESTARTS = 4


@pytest.fixture(scope="module")
def it(tmp_path_factory):
    with installed(tmp_path_factory.mktemp("trouble"), workers=1, web=True) as it:
        it.driver.make_world()
        yield it


@pytest.fixture(autouse=True)
def whole(it):
    it.start()


@pytest.fixture(scope="module")
def paula(it):
    return Visitor(it)


def client(it):
    return redis.from_url(it.environment["REDIS_URL"], socket_timeout=1, socket_connect_timeout=1, retry=None)


def configure(it, **values: str) -> None:
    with client(it) as server:
        for name, value in values.items():
            server.config_set(name.replace("_", "-"), value)


def replicate(it, *of: str) -> None:
    with client(it) as server:
        server.execute_command("REPLICAOF", *of)


def restart(it) -> None:
    it.broker.kill()
    it.broker.start()


def wipe(it) -> None:
    with client(it) as server:
        server.flushall()


type Act = Callable[..., None]
TROUBLES: dict[str, tuple[Act, Act]] = {
    "stopped": (lambda it: it.broker.kill(), lambda it: it.broker.start()),
    "frozen": (lambda it: it.broker.freeze(), lambda it: it.broker.thaw()),
    "out of memory": (lambda it: configure(it, maxmemory="1"), lambda it: configure(it, maxmemory="0")),
    "read-only": (lambda it: replicate(it, "127.0.0.1", "1"), lambda it: replicate(it, "no", "one")),
    "wiped": (wipe, wipe),
    "restarted": (restart, restart),
}
STANDS = {"wiped", "restarted"}  # over at once: afterwards Redis takes everything again


def takes(it) -> bool:
    with client(it) as server, contextlib.suppress(redis.RedisError):
        return bool(server.set("probe", "1"))
    return False


@pytest.mark.parametrize("trouble", TROUBLES)
def test_bad_67_no_page_waits_for_redis_and_nothing_is_lost(it, paula, trouble, record_property):
    begin, end = TROUBLES[trouble]
    drafts = [paula.checked_draft(name=f"{trouble} {number}") for number in range(3)]
    assert takes(it)
    begin(it)
    assert takes(it) == (trouble in STANDS)
    answers = []
    for draft, token in drafts:
        confirmed = paula.confirm(draft, token)
        page = paula.get(confirmed.address)
        assert (confirmed.status, page.status) == (302, 200)
        answers += [confirmed, page, paula.get("/w/marlow/experiments/"), paula.get("/w/marlow/operations/")]
    assert {answer.status for answer in answers} == {200, 302}
    longest = max(answer.seconds for answer in answers)
    record_property("longest_seconds", round(longest, 2))
    assert longest < BOUND
    end(it)
    sent = [operation_at(answer) for answer in answers if answer.status == 302]
    assert len(set(sent)) == 3
    rows = settled(it, sent)
    assert {row["state"] for row in rows.values()} == {"succeeded"}
    made = [effect["sha256"] for effect in it.sandbox.ledger("created")]
    assert [made.count(row["sha256"]) for row in rows.values()] == [1, 1, 1]


def settled(it, sent):
    """The rows, once they stand. A worker that gives up, as Celery’s do when Redis loses its role under them or
    goes away at a bad moment, is started again meanwhile, as a container’s restart policy does."""

    def is_settled() -> bool:
        for server in it.roles:
            server.launch()
        return all(row["is_settled"] for row in it.driver.states(sent).values())

    wait_for(is_settled, "the operations stand")
    return it.driver.states(sent)


def test_bad_67_people_sign_in_and_out_without_redis(it):
    it.broker.kill()
    visitor = Visitor(it, "vera")
    visitor.session.cookies.clear()
    assert visitor.get("/w/marlow/experiments/").status == 302
    visitor.get("/sign-in/")
    signed_in = visitor.post("/sign-in/", login="vera@example.com", password="correct horse battery")
    assert signed_in.status == 302
    assert visitor.get("/w/marlow/experiments/").status == 200
    assert visitor.post("/sign-out/").status == 302
    assert visitor.get("/w/marlow/experiments/").status == 302


def test_workers_take_work_again_after_every_restart_of_redis(it, paula):
    """None stays connected and takes nothing, as Celery's were known to do: it reconnects, or gives up and is started
    again."""
    for number in range(RESTARTS):
        draft, token = paula.checked_draft(name=f"restart {number}")
        restart(it)
        sent = operation_at(paula.confirm(draft, token))
        assert settled(it, [sent])[sent]["state"] == "succeeded"


def test_what_waits_in_redis_is_gone_and_the_sweep_brings_it_back(it, paula):
    draft, token = paula.checked_draft(name="Waits in Redis")
    it.workers[0].freeze()
    it.beat.stop()
    sent = operation_at(paula.confirm(draft, token))
    it.driver.execute("tasks._away_until = 0.0; tasks.hint(tasks.send, pk)", pk=sent)  # the page may be in its pause
    with client(it) as server:
        assert server.llen("write") > 0
        server.flushall()
        assert server.llen("write") == 0
    it.workers[0].thaw()
    assert it.driver.states([sent])[sent]["state"] == "queued"
    it.beat.start()
    assert settled(it, [sent])[sent]["state"] == "succeeded"
