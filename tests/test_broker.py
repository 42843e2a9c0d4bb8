"""The embedded Valkey: private, durable, and found or named as missing."""

import shutil
import stat
import tempfile
from pathlib import Path

import psutil
import pytest
import redis

from dashboard import broker, processes


@pytest.fixture
def start(tmp_path: Path):
    """Starts the broker on the data of this test; each is ended afterwards."""
    started = []

    def begin():
        server, url = broker.start(tmp_path / "broker")
        started.append((server, url))
        return server, url

    yield begin
    for server, url in started:
        processes.stop(server)
        shutil.rmtree(broker.socket_directory(url), ignore_errors=True)


def test_broker_answers_on_a_socket_that_only_this_user_can_reach(start):
    server, url = start()
    with redis.from_url(url) as client:
        assert client.ping()
    directory = broker.socket_directory(url)
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert len(str(directory / "valkey")) < 108
    assert [item for item in psutil.Process(server.pid).net_connections("inet") if item.status == "LISTEN"] == []


def test_broker_keeps_what_it_was_told_when_it_ends_in_order(start):
    server, url = start()
    with redis.from_url(url) as client:
        client.rpush("write", "operation")
    processes.stop(server)
    with redis.from_url(start()[1]) as client:
        assert client.lrange("write", 0, -1) == [b"operation"]


def test_broker_keeps_what_it_wrote_when_it_is_killed(start):
    server, url = start()
    with redis.from_url(url) as client:
        client.rpush("write", "operation")
        client.config_set("appendfsync", "always")
        client.rpush("write", "another")
    server.kill()
    server.wait()
    with redis.from_url(start()[1]) as client:
        assert client.lrange("write", 0, -1) == [b"operation", b"another"]


def test_server_on_the_path_is_taken_if_the_bundled_one_does_not_run(monkeypatch, tmp_path: Path):
    (tmp_path / "valkey-server").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "redis-server").write_text("#!/bin/sh\nexit 0\n")
    for server in tmp_path.iterdir():
        server.chmod(0o700)
    monkeypatch.setattr(broker, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    assert broker.find_server() == str(tmp_path / "redis-server")


def test_missing_server_is_told_in_one_sentence(monkeypatch, tmp_path: Path):
    assert broker.find_server()
    monkeypatch.setattr(broker, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(broker.BrokerMissing, match="install valkey-server or redis-server"):
        broker.find_server()


def test_long_temporary_directory_does_not_make_a_too_long_socket_path(monkeypatch, tmp_path: Path):
    deep = tmp_path / ("d" * 90)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    path = broker.new_socket()
    path.parent.rmdir()
    assert len(str(path)) < 108
    assert list(deep.iterdir()) == []


def test_silence_is_a_timeout(tmp_path: Path):
    with pytest.raises(TimeoutError, match=r"did not answer within 0\.1 seconds"):
        broker.wait(tmp_path / "nobody", patience=0.1)
