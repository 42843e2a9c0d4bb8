"""What machines ask: does the process live, and can it serve pages?"""

import socket
import threading

import pytest
from django.db import InterfaceError, OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from dashboard import health


@pytest.fixture
def redis_answers(monkeypatch):
    monkeypatch.setattr("experiments.broker.look", lambda: {"write": 0})


def test_alive_asks_nobody():
    # Without the `db` fixture a query would fail this test.
    assert Client().get("/healthz").json() == {"ok": True}


@pytest.mark.django_db
def test_ready_names_what_it_needs_and_what_it_would_like(client, redis_answers):
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {"ok": True, "database": "answers", "migrations": "applied", "broker": "answers"}


@pytest.mark.django_db
@pytest.mark.parametrize("error", [OperationalError("gone"), InterfaceError("gone")], ids=["operational", "interface"])
def test_without_its_database_a_process_is_not_ready_and_still_alive(client, redis_answers, monkeypatch, error):
    def away(*args, **kwargs):
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(connection, "cursor", away)
        response = client.get("/readyz")
        assert client.get("/healthz").json() == {"ok": True}
    assert response.status_code == 503
    assert response.json()["ok"] is False
    assert response.json()["database"] == "does not answer"
    assert client.get("/readyz").status_code == 200


@pytest.mark.django_db
def test_a_process_whose_migrations_are_not_applied_is_not_ready(client, redis_answers):
    MigrationRecorder.Migration.objects.filter(app="experiments", name="0001_initial").delete()
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["migrations"] == "1 missing, first experiments.0001_initial"


@pytest.mark.django_db
def test_a_database_ahead_of_the_code_is_fine_during_a_deploy(client, redis_answers):
    MigrationRecorder.Migration.objects.create(app="experiments", name="9999_of_the_next_version")
    assert client.get("/readyz").status_code == 200


@pytest.mark.django_db
def test_bad_67_without_redis_pages_work_so_the_process_stays_ready(client, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json()["broker"] == "does not answer"


@pytest.mark.django_db
def test_bad_67_a_redis_that_takes_a_call_and_says_nothing_is_not_waited_for(client, settings):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        held = []
        threading.Thread(target=lambda: held.append(silent.accept()), daemon=True).start()
        settings.REDIS_URL = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        assert client.get("/readyz").json()["broker"] == "does not answer"
        assert held
        held[0][0].close()


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/healthz", "/readyz"])
def test_machines_need_no_host_name_no_https_and_no_sign_in(client, settings, address):
    settings.ALLOWED_HOSTS = ["tests.example.com"]
    settings.SECURE_SSL_REDIRECT = True
    assert client.get(address, headers={"host": "10.0.0.7"}).status_code == 200
    assert client.get("/", headers={"host": "10.0.0.7"}).status_code == 400


@pytest.mark.django_db
def test_being_asked_costs_one_statement_once_the_code_is_known(client, django_assert_num_queries):
    client.get("/readyz")
    assert health._needed_migrations()
    with django_assert_num_queries(2):  # whether the table is there, and what it holds
        client.get("/readyz")
