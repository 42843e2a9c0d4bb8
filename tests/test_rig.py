"""A private installation: whole, killed and frozen part by part, and gone without a trace."""

import psutil
import pytest

from rig.driver import DriverError, DriverGone
from tests.installations import installed

pytestmark = pytest.mark.crash


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with installed(tmp_path_factory.mktemp("rig"), database="postgres", workers=1, web=True) as it:
        it.driver.make_world()
        yield it


@pytest.fixture
def it(running):
    """Whatever the test before has left behind, everything runs."""
    running.start()
    return running


def test_a_confirmed_send_reaches_the_sandbox_once(it):
    sent = it.driver.propose_and_confirm(name="Once")
    row = it.driver.wait_until_settled([sent])[sent]
    assert row["state"] == "succeeded"
    assert [effect["sha256"] for effect in it.sandbox.ledger("created") if effect["name"] == "Once"] == [row["sha256"]]


def test_every_server_comes_back_after_a_kill_and_after_a_freeze(it):
    for server in it.servers:
        family = [process.pid for process in server.family()]
        server.freeze()
        assert server.is_frozen
        assert {process.status() for process in server.family()} <= {psutil.STATUS_STOPPED, psutil.STATUS_ZOMBIE}
        server.thaw()
        server.kill()
        assert not server.is_running
        assert not [pid for pid in family if is_alive(pid)]
        server.start()
        assert server.is_running
    sent = it.driver.propose_and_confirm("qonversion")
    assert it.driver.wait_until_settled([sent])[sent]["state"] == "succeeded"


def test_servers_stop_in_order_and_start_again(it):
    for server in reversed(it.servers):
        server.stop()
        assert not server.is_running
    it.start()
    assert all(server.is_running for server in it.servers)


def test_what_fails_inside_is_told_by_its_name(it):
    with pytest.raises(DriverError, match="DoesNotExist") as error:
        it.driver.look_now("00000000-0000-0000-0000-000000000000")
    assert error.value.kind == "DoesNotExist"
    assert it.driver.evaluate("1 + n", n=1) == 2


def test_a_driver_that_dies_says_so_and_the_next_call_starts_another(it):
    with pytest.raises(DriverGone):
        it.driver.execute("import os; os._exit(137)")
    assert it.driver.evaluate("Workspace.objects.count()") == 1


def test_a_management_command_runs_inside(it):
    assert "no issues" in it.manage("check")


def test_one_on_sqlite_works_as_well_and_nothing_is_left_of_it(tmp_path):
    with installed(tmp_path, database="sqlite", workers=1) as it:
        it.driver.make_world()
        sent = it.driver.propose_and_confirm("qonversion")
        assert it.driver.wait_until_settled([sent])[sent]["state"] == "succeeded"
        family = [process.pid for server in it.servers for process in server.family()] + [it.driver.pid]
        it.workers[0].freeze()
        assert len(family) > 5
    assert not [pid for pid in family if is_alive(pid)]


def is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
