"""PostgreSQL in every kind of trouble: a page says “nothing was sent” only where that is true, workers go on by
themselves, and nothing leaves without its commit."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import psycopg
import pytest

from rig.servers import wait_for
from tests.installations import installed
from tests.visitors import Visitor, operation_at

pytestmark = pytest.mark.crash

NOTHING = "Nothing was changed and nothing was sent"
NOT_KNOWN = "We do not know yet whether your last step was written down"
MOST_CONNECTIONS = 200


@pytest.fixture(scope="module")
def it(tmp_path_factory):
    # One web worker with one thread: every request of a test meets the same connection.
    one = {"WEB_WORKERS": "1", "WEB_THREADS": "1"}
    with installed(tmp_path_factory.mktemp("trouble"), workers=1, web=True, environment=one) as it:
        it.driver.make_world()
        yield it


@pytest.fixture(autouse=True)
def whole(it):
    it.start()


@pytest.fixture
def paula(it):
    return Visitor(it)


@contextmanager
def session(it, **options) -> Iterator[psycopg.Connection]:
    with psycopg.connect(it.environment["DATABASE_URL"], autocommit=True, **options) as connection:
        yield connection


@contextmanager
def killed(it, draft: str):
    it.postgres.kill()
    yield
    it.postgres.start()


@contextmanager
def read_only(it, draft: str):
    set_for_all(it, "default_transaction_read_only", "on")
    yield
    set_for_all(it, "default_transaction_read_only", "off")


def set_for_all(it, name: str, value: str) -> None:
    with session(it) as server:
        server.execute("SET default_transaction_read_only = off")
        server.execute(f"ALTER DATABASE splitdesk SET {name} = {value}")
        end_others(server)


def end_others(server: psycopg.Connection) -> None:
    server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = current_user AND "
                   "pid <> pg_backend_pid()")  # fmt: skip


@contextmanager
def without_connections(it, draft: str):
    """Somebody has taken all of them, and those that were open have ended."""
    with ExitStack() as taken:
        with session(it) as server:
            end_others(server)
        for _ in range(MOST_CONNECTIONS):
            try:
                taken.enter_context(session(it))
            except psycopg.OperationalError:
                break
        else:
            raise AssertionError("there is no end of connections")
        yield


@contextmanager
def locked(it, draft: str):
    with session(it) as server, server.transaction():
        server.execute("SELECT 1 FROM experiments_draft WHERE id = %s FOR UPDATE", [draft.split("/")[-2]])
        yield


def broken_by(body: str, *, at_commit: bool):
    """Writing an operation down runs `body` in the database, at once or when it is committed."""
    when = "CONSTRAINT TRIGGER broken AFTER" if at_commit else "TRIGGER broken BEFORE"
    deferred = "DEFERRABLE INITIALLY DEFERRED" if at_commit else ""

    @contextmanager
    def trouble(it, draft: str):
        with session(it) as server:
            server.execute(
                f"CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body}; RETURN NEW; END $$"
            )
            server.execute(
                f"CREATE {when} INSERT ON experiments_operation {deferred} FOR EACH ROW EXECUTE FUNCTION broken()"
            )
        yield
        with session(it) as server:
            server.execute("DROP FUNCTION broken CASCADE")

    return trouble


@contextmanager
def answer_lost(it, draft: str):
    """The COMMIT was done, and the line broke before its answer."""
    it.web.stop()
    it.web.start(FAILPOINTS="submit_after_commit=lost")
    yield
    it.web.stop()
    it.web.start()


type Trouble = Callable[..., object]
TROUBLES: dict[str, tuple[Trouble, str, int]] = {
    # what is wrong, what the page of a confirmation says then, and the answer of a page that only reads
    "down": (killed, NOTHING, 503),
    "read-only": (read_only, NOTHING, 200),
    "out of connections": (without_connections, NOTHING, 503),
    "a lock that does not end": (locked, NOTHING, 200),
    "a statement that does not end": (broken_by("PERFORM pg_sleep(60)", at_commit=False), NOTHING, 200),
    "a serialization failure at COMMIT": (
        broken_by("RAISE EXCEPTION 'could not serialize' USING ERRCODE = '40001'", at_commit=True),
        NOTHING,
        200,
    ),
    "gone in the middle": (broken_by("PERFORM pg_terminate_backend(pg_backend_pid())", at_commit=False), NOTHING, 200),
    "gone at COMMIT": (broken_by("PERFORM pg_terminate_backend(pg_backend_pid())", at_commit=True), NOT_KNOWN, 200),
    "gone after COMMIT": (answer_lost, NOT_KNOWN, 200),
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_bad_68_the_page_says_only_what_is_true_and_the_same_button_works_afterwards(it, paula, trouble):
    begin, says, reading = TROUBLES[trouble]
    draft, token = paula.checked_draft(name=trouble)
    with begin(it, draft):  # type: ignore[attr-defined]  # a context manager
        read = paula.get(draft)
        assert read.status == reading
        assert (NOTHING in read.text) == (reading == 503)
        refused = paula.confirm(draft, token)
        assert refused.status == 503, refused.text
        assert (NOTHING in refused.text, NOT_KNOWN in refused.text) == (says == NOTHING, says == NOT_KNOWN)
        assert f'href="{draft}send/"' in refused.text  # the page that the button was on, as the browser says
    written = [row for row in it.driver.states().values() if row["name"] == trouble and row["kind"] == "create"]
    # The positive control: only the last of them has really written it down, and its page does not deny it.
    assert len(written) == (trouble == "gone after COMMIT")
    again = paula.confirm(draft, token)
    assert again.status == 302, again.text
    sent = operation_at(again)
    assert [row["id"] for row in written] in ([], [sent])
    row = it.driver.wait_until_settled([sent])[sent]
    assert row["state"] == "succeeded"
    assert [effect["sha256"] for effect in it.sandbox.ledger("created")].count(row["sha256"]) == 1


def test_bad_68_workers_outlive_a_database_that_was_killed(it, paula):
    process = it.workers[0].pid
    for number in range(3):
        draft, token = paula.checked_draft(name=f"After kill {number}")
        it.postgres.kill()
        it.postgres.start()
        sent = operation_at(paula.confirm(draft, token))
        assert it.driver.wait_until_settled([sent])[sent]["state"] == "succeeded"
    assert it.workers[0].pid == process


def test_an_answer_that_comes_while_the_database_is_away_is_kept_and_recorded(it, paula, tmp_path):
    """Crash point 29 from end to end: a real worker, a real disk."""
    draft, token = paula.checked_draft(name="Answered while away")
    it.sandbox.order("delay", method="POST", path="/api/experiments", ms=3000)
    sent = operation_at(paula.confirm(draft, token))
    it.driver.wait_for(sent, "on_wire")
    it.postgres.kill()
    spool = it.directory / "data" / "spool" / "answers.jsonl"
    wait_for(spool.exists, "the worker keeps the answer")
    assert '"kind": "Created"' in spool.read_text()
    it.postgres.start()
    row = it.driver.wait_until_settled([sent])[sent]
    assert (row["state"], row["was_unknown"]) == ("succeeded", False)
    wait_for(lambda: not list(spool.parent.iterdir()), "the spool is empty")


def test_bad_68_without_the_commit_of_on_wire_nothing_leaves(it, paula, tmp_path):
    draft, token = paula.checked_draft(name="No commit")
    it.workers[0].stop()
    sent = operation_at(paula.confirm(draft, token))
    it.workers[0].start(FAILPOINTS="wire_before_commit=freeze", FAILPOINTS_ONCE=str(tmp_path))
    wait_for((tmp_path / "wire_before_commit").exists, "connected, and about to commit")
    it.postgres.kill()
    for process in it.workers[0].family():
        process.resume()
    it.postgres.start()
    # Another one is carried out by the very worker that could not commit.
    draft, token = paula.checked_draft(name="The next one")
    other = operation_at(paula.confirm(draft, token))
    assert it.driver.wait_until_settled([other])[other]["state"] == "succeeded"
    row = it.driver.states([sent])[sent]
    assert row["state"] == "claimed"
    assert row["sha256"] not in [effect["sha256"] for effect in it.sandbox.ledger("created")]
    it.driver.execute("Operation.objects.filter(pk=pk).update(lease_until=timezone.now())", pk=sent)
    assert it.driver.wait_until_settled([sent])[sent]["state"] == "succeeded"
    assert [effect["sha256"] for effect in it.sandbox.ledger("created")].count(row["sha256"]) == 1


def test_a_row_that_a_frozen_worker_locks_holds_up_no_other(it, paula):
    """PostgreSQL ends a session that sits in a transaction; until then the sweep goes on with the other rows."""
    drafts = [paula.checked_draft(name=f"Locked {number}") for number in range(2)]
    it.workers[0].stop()
    first, second = [operation_at(paula.confirm(*draft)) for draft in drafts]
    it.driver.execute(
        "from experiments.relay import sending\n"
        "for pk in pks: sending.claim(pk)\n"
        "Operation.objects.filter(pk__in=pks).update(lease_until=timezone.now())",
        pks=[first, second],
    )
    with session(it) as server, server.transaction():
        server.execute("SELECT 1 FROM experiments_operation WHERE id = %s FOR UPDATE", [first])
        it.driver.sweep()
        states = it.driver.states([first, second])
        assert [states[pk]["state"] for pk in (first, second)] == ["claimed", "queued"]
    it.driver.sweep()
    assert it.driver.states([first])[first]["state"] == "queued"


def test_no_lock_statement_or_transaction_lasts_for_ever(it):
    limits = it.driver.execute(
        "cursor = connection.cursor()\n"
        "result = []\n"
        "for name in ('lock_timeout', 'statement_timeout', 'idle_in_transaction_session_timeout'):\n"
        "    cursor.execute(f'SHOW {name}')\n"
        "    result.append(cursor.fetchone()[0])"
    )
    assert limits == ["2s", "5s", "15s"]
