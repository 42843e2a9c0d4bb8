"""/metrics: read with Prometheus' own parser, and true of all processes together."""

import re
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import OperationalError, connection
from django.db.models.functions import Now
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from dashboard import metrics
from experiments.models import Attempt, Kind, Operation, State, Sync, Worker, workers
from workspaces.models import Connection
from workspaces.models.installation import Installation

pytestmark = pytest.mark.django_db
TOKEN = "a-token-of-the-tests"


@pytest.fixture(autouse=True)
def fresh(settings, monkeypatch):
    settings.METRICS_TOKEN = TOKEN
    monkeypatch.setattr(metrics, "_settled", metrics._Settled())
    monkeypatch.setattr("experiments.broker.look", lambda: {"write": 3, "read": 0, "sweep": 0})


@pytest.fixture
def scrape(client):
    """The samples as {(name, label, …): value}, labels in the order of their names."""

    def read(token=TOKEN):
        response = client.get("/metrics", headers={"Authorization": f"Bearer {token}"})
        assert response.status_code == 200
        assert response.headers["Content-Type"].startswith("text/plain; version=")
        return {
            (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
            for family in text_string_to_metric_families(response.text)
            for sample in family.samples
        }

    return read


@pytest.fixture
def asked(airship, paula):
    """An operation as the relay would leave it: `asked(State.QUEUED, minutes=5)`."""

    def make(state, kind=Kind.CREATE, **ago):
        at = timezone.now() - timedelta(**ago)
        values = {"created_at": at, "not_before": at, "name": "Sunday", "by": paula, "connection_version": 1}
        if state == State.UNKNOWN:
            values["unknown_since"] = at
        return Operation.objects.create(
            workspace=airship.workspace, connection=airship, kind=kind, state=state, **values
        )

    return make


@pytest.fixture
def tried(asked):
    """An ended attempt of an operation of its own: `tried("applied", 800)`."""

    def make(outcome, milliseconds=None, **ago):
        at = timezone.now() - timedelta(**ago)
        return Attempt.objects.create(
            operation=asked(State.SUCCEEDED),
            number=1,
            claim_token=uuid.uuid4(),
            claimed_at=at,
            outcome=outcome,
            milliseconds=milliseconds,
        )

    return make


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Bearer wrong", f"Basic {TOKEN}", "Bearer ä\udcff"])
def test_without_the_token_there_is_no_such_address(client, header):
    headers = {} if header is None else {"Authorization": header.encode("utf-8", "replace").decode("latin-1")}
    assert client.get("/metrics", headers=headers).status_code == 404
    assert client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200


def test_without_a_token_in_the_settings_nobody_knows_it(client, settings):
    settings.METRICS_TOKEN = ""
    for header in ("Bearer ", "Bearer", "", "Bearer None"):
        assert client.get("/metrics", headers={"Authorization": header}).status_code == 404


def test_operations_are_counted_by_state_and_kind(scrape, asked):
    for state, kind in [(State.QUEUED, Kind.CREATE), (State.QUEUED, Kind.CREATE), (State.PARKED, Kind.DELETE)]:
        asked(state, kind)
    found = scrape()
    assert found["splitdesk_operations", "create", "queued"] == 2
    assert found["splitdesk_operations", "delete", "parked"] == 1
    assert found["splitdesk_operations", "create", "conflict"] == 0
    assert len([name for name, *_ in found if name == "splitdesk_operations"]) == len(State) * len(Kind)


def test_what_waits_longest_tells_its_age(scrape, asked):
    found = scrape()
    assert {found[f"splitdesk_oldest_{name}_seconds",] for name in ("queued", "unknown", "parked")} == {0}
    for state, minutes in [(State.QUEUED, 5), (State.QUEUED, 2), (State.UNKNOWN, 7), (State.PARKED, 9)]:
        asked(state, minutes=minutes)
    asked(State.SUCCEEDED, minutes=60)
    found = scrape()
    for name, minutes in {"queued": 5, "unknown": 7, "parked": 9}.items():
        assert minutes * 60 <= found[f"splitdesk_oldest_{name}_seconds",] < minutes * 60 + 60


def test_what_an_admin_holds_back_is_not_late(scrape, asked, workspace):
    asked(State.QUEUED, minutes=5)
    assert scrape()["splitdesk_oldest_queued_seconds",] > 0
    workspace.is_sending_stopped = True
    workspace.save()
    found = scrape()
    assert found["splitdesk_oldest_queued_seconds",] == 0
    assert found["splitdesk_workspaces_stopped",] == 1
    asked(State.QUEUED, Kind.VALIDATE, minutes=2)  # checks go on
    assert 120 <= scrape()["splitdesk_oldest_queued_seconds",] < 180


def test_what_an_operator_holds_back_everywhere_is_told_and_is_not_late(scrape, asked):
    asked(State.QUEUED, minutes=5)
    found = scrape()
    assert (found["splitdesk_sending_stopped",], found["splitdesk_closed",]) == (0, 0)
    assert found["splitdesk_oldest_queued_seconds",] > 0
    Installation.switch(stopped=True, why="Drill.", by=None)
    found = scrape()
    assert (found["splitdesk_sending_stopped",], found["splitdesk_oldest_queued_seconds",]) == (1, 0)
    Installation.switch(stopped=False, why="", by=None)
    Installation.close("The data was restored.")
    found = scrape()
    assert (found["splitdesk_closed",], found["splitdesk_oldest_queued_seconds",]) == (1, 0)


def test_attempts_are_counted_by_outcome_and_answers_by_how_long_they_took(scrape, tried):
    for outcome, milliseconds in [("applied", 90), ("applied", 700), ("rejected", 30_000), ("unknown", None)]:
        tried(outcome, milliseconds)
    tried("")
    found = scrape()
    assert found["splitdesk_attempts_total", "applied", "airship"] == 2
    assert found["splitdesk_attempts_total", "unknown", "airship"] == 1
    assert found["splitdesk_attempts_total", "not_sent", "qonversion"] == 0
    name = "splitdesk_answer_seconds"
    within = [(0.1, 1), (0.5, 1), (1.0, 2), (20.0, 2)]
    assert [found[f"{name}_bucket", str(end), "airship"] for end, _ in within] == [count for _, count in within]
    assert found[f"{name}_bucket", "+Inf", "airship"] == found[f"{name}_count", "airship"] == 3
    assert found[f"{name}_sum", "airship"] == pytest.approx(30.79)


def test_attempts_that_ended_long_ago_are_counted_once_and_never_twice(scrape, tried, monkeypatch):
    for _ in range(3):
        tried("applied", 100, hours=1)
    tried("", hours=1)  # still open: neither it nor what is younger is settled
    for _ in range(2):
        tried("applied", 100, hours=1)
    asked_for = []
    ended = metrics._ended

    def noted(*ids):
        asked_for.append(ids)
        return ended(*ids)

    monkeypatch.setattr(metrics, "_ended", noted)
    for _ in range(3):
        assert scrape()["splitdesk_attempts_total", "applied", "airship"] == 5
    third = Attempt.objects.order_by("pk")[2].pk
    assert asked_for == [(0, third), *[(third, None)] * 3]
    Attempt.objects.filter(outcome="").update(outcome="unknown")
    tried("applied", 100)
    for _ in range(2):
        assert scrape()["splitdesk_attempts_total", "applied", "airship"] == 6
        assert scrape()["splitdesk_attempts_total", "unknown", "airship"] == 1


def test_connections_are_counted_by_health_and_tell_when_they_were_read(scrape, airship, workspace):
    Connection.objects.create(workspace=workspace, name="EU", key="x" * 22, region="eu", health="refused", secret="")
    Connection.objects.filter(pk=airship.pk).update(health="active")
    Sync.objects.create(connection=airship, finished_at=timezone.now() - timedelta(minutes=20))
    found = scrape()
    assert found["splitdesk_connections", "active", "airship"] == 1
    assert found["splitdesk_connections", "refused", "airship"] == 1
    assert found["splitdesk_connections", "active", "qonversion"] == 0
    assert found["splitdesk_oldest_read_seconds", "airship"] == pytest.approx(1200, abs=60)


def test_workers_beat_and_sweep_tell_when_they_were_heard_of(scrape):
    assert scrape()["splitdesk_processes", "worker"] == 0
    assert scrape()["splitdesk_sweep_age_seconds",] == float("inf")
    for name, role in [("worker@a", "worker"), ("worker@b", "worker"), ("beat@a", "beat")]:
        workers.beat(name, Worker.Role(role))
    workers.sweep_ended()
    Worker.objects.filter(name="worker@b").update(seen_at=Now() - timedelta(minutes=5))
    found = scrape()
    assert found["splitdesk_processes", "worker"] == found["splitdesk_processes", "beat"] == 1
    assert found["splitdesk_silence_seconds", "worker@b", "worker"] == pytest.approx(300, abs=60)
    assert found["splitdesk_silence_seconds", "worker@a", "worker"] < 60
    assert found["splitdesk_sweep_age_seconds",] < 60


def test_the_broker_tells_what_waits_in_it(scrape, monkeypatch):
    found = scrape()
    assert found["splitdesk_broker_up",] == 1
    assert found["splitdesk_broker_messages", "write"] == 3
    monkeypatch.setattr("experiments.broker.look", lambda: None)
    found = scrape()
    assert found["splitdesk_broker_up",] == 0
    assert not [name for name, *_ in found if name == "splitdesk_broker_messages"]


def test_bad_68_without_a_database_the_answer_says_so_and_how_the_broker_is(scrape, monkeypatch):
    assert scrape()["splitdesk_database_up",] == 1

    def away(*args, **kwargs):
        raise OperationalError("gone")

    monkeypatch.setattr(connection, "cursor", away)
    found = scrape()
    assert found["splitdesk_database_up",] == 0
    assert found["splitdesk_broker_up",] == 1
    assert len(found) == 5


def test_a_scrape_costs_few_statements_however_much_there_is(scrape, tried, asked, django_assert_max_num_queries):
    for number in range(20):
        tried("applied", number * 100, hours=1)
        asked(State.QUEUED)
    with django_assert_max_num_queries(10):
        scrape()


def test_no_metric_tells_a_name_that_a_team_chose(client, asked, workspace):
    asked(State.QUEUED)
    text = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text
    assert "splitdesk_operations" in text
    assert [word for word in ("marlow", "Marlow", "Airship EU", "Sunday", "example.com") if word in text] == []


def test_every_metric_that_the_handbook_names_exists_and_every_one_is_told_there(client):
    text = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text
    families = list(text_string_to_metric_families(text))
    there = {sample.name for family in families for sample in family.samples} | {
        re.sub(r"_total$", "", family.name) for family in families
    }
    handbook = (Path(django_settings.BASE_DIR) / "docs/operating.md").read_text()
    told = set(re.findall(r"splitdesk_[a-z_]+", handbook))
    assert told - there == set()
    assert {family.name for family in families if family.type != "counter"} - told == set()
