"""Reading that fails, keys that are refused, figures of tests that went out, and “read again”."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from experiments import mirror, tasks
from experiments.mirror import rows
from experiments.mirror.failures import pause
from experiments.mirror.reports import next_report_at
from experiments.models import Experiment, Status, Sync
from tests.remote_tests import remote
from workspaces.models import Connection
from workspaces.vault import CannotOpen

Health = Connection.Health


@pytest.fixture
def told(monkeypatch):
    """What workers were told, instead of a broker."""
    messages = []
    monkeypatch.setattr(tasks, "hint", lambda task, row_id: messages.append((task.name.split(".")[-1], str(row_id))))
    return messages


def refresh(connection):
    connection.refresh_from_db()
    return connection


# -- failures keep the old rows and say what is wrong


@pytest.mark.parametrize(
    ("fault", "health", "reason", "words"),
    [
        ({"kind": "status", "status": 500}, Health.UNREACHABLE, "server_error", "Airship had a fault of its own."),
        ({"kind": "reset"}, Health.UNREACHABLE, "connection_lost", "before its answer was complete"),
        ({"kind": "html"}, Health.UNREACHABLE, "server_error", "fault of its own"),
        ({"kind": "garbage"}, Health.UNREACHABLE, "garbled", "not proper HTTP"),
        ({"kind": "status", "status": 401}, Health.REFUSED, "unauthorized", "does not accept this key"),
        ({"kind": "status", "status": 429}, Health.ACTIVE, "rate_limited", "asked us to slow down"),
    ],
)
def test_a_failed_read_keeps_the_rows_and_says_why(make, sync, sandbox, connection, fault, health, reason, words):
    make("Sunday")
    sync()
    kind = fault.pop("kind")
    sandbox.order(kind, path="/api/experiments/scheduled", **fault)
    state = sync()
    assert (state.reason, state.failures, state.lease_until) == (reason, 1, None)
    assert words in state.message
    assert state.not_before > timezone.now()
    assert refresh(connection).health == health
    assert Experiment.objects.filter(gone_at=None).count() == 1


def test_after_a_failure_nothing_is_asked_until_the_pause_is_over(make, sync, sandbox, connection):
    sandbox.order("status", path="/api/experiments/*", status=429, retry_after=600)
    state = sync()
    assert timedelta(minutes=9) < state.not_before - timezone.now() <= timedelta(minutes=10)
    make("Sunday")
    sync()
    assert Experiment.objects.count() == 0
    Sync.objects.update(not_before=timezone.now() - timedelta(seconds=1))
    state = sync()
    assert Experiment.objects.count() == 1
    assert (state.reason, state.message, state.failures) == ("", "", 0)


def test_pauses_double_up_to_a_quarter_of_an_hour_and_respect_the_provider():
    assert [pause(failures, None) for failures in (1, 2, 3, 7, 50)] == [15, 30, 60, 900, 900]
    assert pause(1, 120) == 120
    assert pause(7, 1) == 900


def test_a_provider_that_answers_again_heals_the_connection(sync, connection):
    connection.record_health(Health.UNREACHABLE, "No answer")
    sync()
    assert refresh(connection).health == Health.ACTIVE
    assert connection.health_message == ""


def test_a_secret_that_cannot_be_opened_is_told_and_nothing_is_asked(sync, connection, sandbox):
    Connection.objects.update(secret="v1.nonsense")
    state = sync()
    assert state.reason == "secret_unreadable"
    assert refresh(connection).health == Health.REFUSED
    assert "stopped here" in connection.health_message


# -- the key


def test_a_good_key_becomes_active_and_everything_is_read(make, connection):
    make("Sunday")
    Connection.objects.update(health=Health.UNTESTED)
    mirror.check_connection(str(connection.pk))
    assert refresh(connection).health == Health.ACTIVE
    assert connection.worked_at
    assert Experiment.objects.count() == 1


def test_a_wrong_key_is_refused_in_words(connection, alice):
    connection.seal_secret("w" * 22, connection.host, alice)
    connection.save()
    mirror.check_connection(str(connection.pk))
    assert refresh(connection).health == Health.REFUSED
    assert connection.health_message.startswith("Airship does not accept this key.")
    assert connection.worked_at is None


def test_a_key_that_was_replaced_meanwhile_is_not_judged_by_the_old_answer(connection, monkeypatch):
    def replace_while_asking(asked):
        Connection.objects.update(version=connection.version + 1, health=Health.UNTESTED)
        raise CannotOpen("the old key")

    monkeypatch.setattr("experiments.mirror.health.account_for", replace_while_asking)
    mirror.check_connection(str(connection.pk))
    assert refresh(connection).health == Health.UNTESTED


# -- figures


@pytest.fixture
def sent(make, sync, sandbox):
    make("Resume onboarding", ahead=None, control=0.1)
    sandbox.set_clock(speed=100_000)
    sync()
    return Experiment.objects.get()


def test_figures_of_a_sent_test_are_read_and_dated(sent):
    assert mirror.read_report(str(sent.pk))
    sent.refresh_from_db()
    assert [arm["name"] for arm in sent.report["variants"]] == ["warm", "terse"]
    assert all(arm["sends"] > 0 for arm in sent.report["variants"])
    assert sent.report["holdout_percent"] == 10
    assert sent.report_at
    assert sent.report_due_at > sent.report_at


def test_figures_without_a_push_id_look_it_up_first(sent):
    Experiment.objects.update(push_id="")
    assert mirror.read_report(str(sent.pk))
    before, push_id = sent.push_id, Experiment.objects.get().push_id
    assert push_id == before


def test_figures_that_cannot_be_read_leave_the_old_ones(sent, sandbox):
    mirror.read_report(str(sent.pk))
    old = Experiment.objects.get()
    sandbox.order("status", path="/api/reports/*", status=500)
    assert not mirror.read_report(str(sent.pk))
    row = Experiment.objects.get()
    assert (row.report, row.report_at) == (old.report, old.report_at)
    assert row.report_due_at
    assert row.report_due_at <= timezone.now() + timedelta(minutes=5)


def test_figures_are_read_ever_more_rarely():
    went_out = datetime(2026, 10, 1, 9, tzinfo=UTC)

    def after(**length):
        return next_report_at(went_out, went_out + timedelta(**length))

    assert after(seconds=0) == went_out + timedelta(minutes=1)
    assert after(minutes=1) == went_out + timedelta(minutes=5)
    assert after(minutes=6) == went_out + timedelta(minutes=30)
    assert after(minutes=90) == went_out + timedelta(hours=2)
    assert after(hours=24) == went_out + timedelta(days=2)
    assert after(days=13, hours=5) == went_out + timedelta(days=14)
    assert after(days=14) is None


def test_figures_that_are_due_are_told_once(sent, settings):
    Experiment.objects.update(report_due_at=timezone.now() - timedelta(seconds=1))
    assert mirror.sync_due().reports == [str(sent.pk)]
    assert mirror.sync_due().reports == []


def test_old_tests_are_not_all_asked_for_figures_at_the_first_read(connection):
    rows.store(
        connection, [remote("old", ahead=timedelta(days=-40)), remote("new", ahead=timedelta(hours=-1))], number=1
    )
    due = dict(Experiment.objects.values_list("remote_id", "report_due_at"))
    assert due["old"] is None
    assert due["new"] is not None
    assert set(Experiment.objects.values_list("status", flat=True)) == {Status.FINISHED}


# -- read again


def test_anybody_in_the_workspace_can_ask_to_read_again(visit, vera, connection, told):
    answer = visit(vera).post(reverse("mirror_read", args=["marlow"]), {"back": "status=draft"})
    assert answer.status_code == 302
    assert answer.url == reverse("experiment_list", args=["marlow"]) + "?status=draft"
    assert told == [("sync", str(connection.pk))]
    assert Sync.objects.get().asked_at


def test_asking_again_at_once_tells_nobody(visit, vera, connection, told):
    client = visit(vera)
    for _ in range(3):
        client.post(reverse("mirror_read", args=["marlow"]))
    assert len(told) == 1
    cache.clear()  # ten seconds later
    client.post(reverse("mirror_read", args=["marlow"]))
    assert len(told) == 2


def test_a_provider_that_asked_us_to_slow_down_is_not_hurried(connection, workspace):
    Sync.objects.create(connection=connection, reason="rate_limited", not_before=timezone.now() + timedelta(minutes=5))
    assert mirror.ask(workspace) == []
    Sync.objects.update(reason="server_error")
    assert mirror.ask(workspace) == [str(connection.pk)]
    assert Sync.objects.get().not_before is None


def test_reading_again_takes_a_post(visit, vera, connection, told):
    assert visit(vera).get(reverse("mirror_read", args=["marlow"])).status_code == 405
    assert told == []


def test_a_stranger_cannot_ask(visit, charlie, connection, told):
    assert visit(charlie).post(reverse("mirror_read", args=["marlow"])).status_code == 404
    assert told == []


@pytest.mark.parametrize("back", ["//evil.example/", "https://evil.example/", "\r\nX: 1", "a" * 5000])
def test_reading_again_only_ever_leads_back_to_the_list(visit, vera, connection, told, back):
    answer = visit(vera).post(reverse("mirror_read", args=["marlow"]), {"back": back})
    assert answer.url.startswith(reverse("experiment_list", args=["marlow"]))


def test_the_tasks_tell_what_is_due(connection, told, sent):
    Experiment.objects.update(report_due_at=timezone.now())
    Sync.objects.update(hinted_at=None, started_at=None)
    tasks.sync_due()
    assert told == [("sync", str(connection.pk)), ("read_report", str(sent.pk))]
