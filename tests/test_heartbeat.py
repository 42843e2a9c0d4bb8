"""Signs of life: written while the main loop turns, by processes that are forked, stopped and killed."""

import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from dashboard import heartbeat
from experiments.models import Worker
from rig.servers import wait_for
from tests.installations import installed


@pytest.fixture
def heart(monkeypatch):
    """A quick heart that writes to a list: (what, name)."""
    written = []
    monkeypatch.setattr(heartbeat, "EVERY", 0.02)
    monkeypatch.setattr(heartbeat, "_write", lambda verb, name, *more, **named: written.append((verb.__name__, name)))
    made: Any = heartbeat.Heart()
    made.written = written
    yield made
    made.end()


def test_a_loop_that_turns_is_alive_and_one_that_stands_still_falls_silent(heart, monkeypatch):
    monkeypatch.setattr(heartbeat, "EVERY", 0.05)
    heart.begin("worker@one", Worker.Role.WORKER)
    turning = threading.Event()

    def turn():
        while not turning.wait(0.01):
            heart.turn()

    loop = threading.Thread(target=turn)
    loop.start()
    wait_for(lambda: len(heart.written) > 3, "signs of life")
    turning.set()
    loop.join()
    heart._turned_at = time.monotonic() - 60  # it has stood still for long
    time.sleep(0.1)  # whatever was being written is written
    count = len(heart.written)
    time.sleep(0.3)
    assert len(heart.written) == count
    heart.turn()
    wait_for(lambda: len(heart.written) > count, "a sign of life after the pause")


def test_it_begins_once_and_leaves_at_the_end(heart):
    for _ in range(3):  # each new line to the broker begins again
        heart.begin("worker@one", Worker.Role.WORKER, "write")
    heart.end()
    assert heart.written[0] == ("beat", "worker@one")
    assert heart.written[-1] == ("leave", "worker@one")
    assert [what for what, _ in heart.written].count("leave") == 1
    assert len([thread for thread in threading.enumerate() if thread.name == "heartbeat"]) == 0


def test_a_fork_waits_for_a_row_being_written_and_not_for_ever(monkeypatch):
    monkeypatch.setattr(heartbeat, "FORK_PATIENCE", 0.05)
    heartbeat._hold()
    assert heartbeat._writing.locked()
    heartbeat._let_go()
    assert not heartbeat._writing.locked()
    with heartbeat._writing:  # a database that does not answer
        heartbeat._hold()
        heartbeat._let_go()
        assert heartbeat._writing.locked()  # not let go by who does not hold it
        heartbeat._start_anew()
        assert not heartbeat._writing.locked()
        heartbeat._writing.acquire()
    monkeypatch.setattr(heartbeat, "_writing", threading.Lock())


# -- real processes


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory):
    directory = tmp_path_factory.mktemp("hearts")
    environment = {"LOG_FORMAT": "json", "METRICS_TOKEN": "of-the-test"}
    with installed(directory, database="sqlite", workers=1, environment=environment) as it:
        it.driver.make_world()
        yield it


SIGNS = "[[s.name, s.role, s.queues] for s in __import__('experiments.models.workers', fromlist=['signs']).signs()]"


def roles(it):
    return sorted(role for _, role, _ in it.driver.evaluate(SIGNS))


@pytest.mark.crash
def test_worker_beat_and_sweep_are_heard_of_until_they_end_in_order(running):
    wait_for(lambda: roles(running) == ["beat", "sweep", "worker"], "three signs of life")
    [(name, _, queues)] = [sign for sign in running.driver.evaluate(SIGNS) if sign[1] == "worker"]
    assert name.startswith("worker1@")
    assert queues == "read,sweep,write"
    running.beat.stop()  # first, so that the worker is idle: one with a task in hand takes its 40 seconds to end
    wait_for(lambda: roles(running) == ["sweep", "worker"], "the row of a beat that ended in order to go")
    running.workers[0].stop()
    wait_for(lambda: roles(running) == ["sweep"], "the row of a worker that ended in order to go")
    running.start()
    wait_for(lambda: roles(running) == ["beat", "sweep", "worker"], "all signs of life")


@pytest.mark.crash
def test_a_worker_whose_child_is_killed_forks_another_beside_its_heart(running):
    worker = running.workers[0]
    wait_for(lambda: len(worker.family()) == 3, "a parent and two children")
    before = {process.pid for process in worker.family()}
    for child in [process for process in worker.family() if process.pid != worker.pid]:
        child.kill()
    wait_for(
        lambda: len(worker.family()) == 3 and len(before & {process.pid for process in worker.family()}) == 1,
        "two new children",
    )
    sent = running.driver.propose_and_confirm("qonversion")
    assert running.driver.wait_until_settled([sent])[sent]["state"] == "succeeded"


@pytest.mark.crash
def test_every_line_of_a_worker_is_json_and_follows_an_operation(running):
    sent = running.driver.propose_and_confirm("qonversion")
    running.driver.wait_until_settled([sent])

    def lines():
        text = Path(running.workers[0].log).read_text()
        return [line for line in text.splitlines() if line.startswith("{") and sent in line]

    wait_for(lambda: any("succeeded" in line for line in lines()), "the line of the success")
    moves = [json.loads(line) for line in lines()]
    assert {line["operation"] for line in moves} == {sent}
    assert {line["task"] for line in moves} == {"send"}
    assert moves[-1]["attempt"] == "1"
    assert moves[-1]["workspace"]
