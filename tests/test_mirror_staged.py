"""Tests that a provider makes in steps, in the mirror: statuses, groups, figures, and what a listing leaves out."""

from datetime import timedelta

import pytest
from django.utils import timezone

from experiments import mirror
from experiments.mirror import stages
from experiments.models import Experiment, Status, Sync
from tests.sandbox_qonversion import Caller


@pytest.fixture
def vendor(sandbox):
    return Caller(sandbox, sandbox.secret_key)


@pytest.fixture
def sync(paywalls):
    def run():
        mirror.sync(str(paywalls.pk))
        return Sync.objects.get(connection=paywalls)

    return run


def grouped(vendor, *statuses, **fields):
    """A test with a control and one other group, moved through the statuses."""
    shown = vendor.created(**fields)
    for name, is_control in (("Control", True), ("Annual", False)):
        body = {"name": name, "weight": 1, "is_control": is_control}
        assert vendor.call("POST", f"/v4/experiments/{shown['id']}/groups", body).status_code == 201
    for status in statuses:
        assert vendor.move(shown["id"], status).ok
    return shown["id"]


def row(remote_id) -> Experiment:
    return Experiment.objects.get(remote_id=remote_id)


@pytest.mark.parametrize(
    ("moves", "status", "word"),
    [
        ((), Status.DRAFT, "draft"),
        (("active",), Status.RUNNING, "active"),
        (("active", "paused"), Status.PAUSED, "paused"),
        (("active", "finished"), Status.FINISHED, "finished"),
    ],
)
def test_a_status_is_kept_in_both_words(vendor, sync, moves, status, word):
    remote_id = grouped(vendor, *moves)
    assert sync().reason == ""
    assert (row(remote_id).status, row(remote_id).remote_status) == (status, word)


def test_the_groups_are_read_after_the_listing_and_become_shares(vendor, sync):
    remote_id = grouped(vendor, segment_percent=50)
    sync()
    held = row(remote_id)
    assert [(share["letter"], share["percent"]) for share in held.shares] == [("A", 25), ("B", 25), ("–", 50)]
    assert [group["name"] for group in held.raw["groups"]] == ["Control", "Annual"]
    assert held.channels == "Paywall"
    assert "annual" in held.search_text
    assert held.raw["alias_id"] in held.search_text


def test_reading_the_groups_is_bounded_and_goes_on_in_the_next_pass(vendor, sync, monkeypatch):
    for _ in range(3):
        grouped(vendor)
    monkeypatch.setattr(stages, "MOST_READS", 2)
    sync()
    assert Experiment.objects.filter(shares=[]).count() == 1
    sync()
    assert not Experiment.objects.filter(shares=[]).exists()


def test_a_changed_group_is_noticed_by_a_later_pass(vendor, sync):
    remote_id = grouped(vendor)
    sync()
    group = row(remote_id).raw["groups"][1]
    vendor.call("PATCH", f"/v4/experiments/{remote_id}/groups/{group['id']}", {"weight": 3})
    sync()
    assert [share["percent"] for share in row(remote_id).shares] == [25, 75]


def test_groups_survive_a_listing_that_has_none(vendor, sync):
    remote_id = grouped(vendor)
    sync()
    assert vendor.change(remote_id, {"name": "Monthly first"}).ok
    sync()
    assert row(remote_id).name == "Monthly first"
    assert len(row(remote_id).raw["groups"]) == 2


def test_a_word_that_nobody_knows_is_shown_and_stops_nothing(vendor, sync, sandbox, visit, vera):
    sandbox.switch("unknown_status", "yes")
    remote_id, other = grouped(vendor, "active", "finished", name="Old one"), grouped(vendor, "active")
    assert sync().reason == ""
    assert (row(remote_id).status, row(remote_id).remote_status) == ("", "archived")
    assert row(other).status == Status.RUNNING
    page = visit(vera).get("/w/marlow/experiments/").text
    assert "Old one" in page
    assert "archived" in page


def test_a_deleted_test_is_gone_once_the_provider_says_so(vendor, sync):
    deleted, kept = grouped(vendor), grouped(vendor)
    sync()
    assert vendor.delete(deleted).ok
    sync()
    assert row(deleted).status == Status.DELETED
    assert row(deleted).gone_at
    assert row(kept).gone_at is None


def test_a_test_that_only_leaves_the_listing_is_not_called_gone(vendor, sync, sandbox):
    sandbox.switch("finished_in_list", "no")
    remote_id = grouped(vendor, "active")
    sync()
    assert vendor.move(remote_id, "finished").ok
    sync()
    held = row(remote_id)
    assert (held.status, held.gone_at) == (Status.FINISHED, None)


def test_figures_of_a_test_that_runs_are_read_every_hour(vendor, sync):
    remote_id = grouped(vendor, "active")
    sync()
    due = row(remote_id).report_due_at
    assert due
    assert due <= timezone.now()
    assert mirror.read_report(str(row(remote_id).pk))
    held = row(remote_id)
    assert [group["name"] for group in (held.report or {})["groups"]] == ["Control", "Annual"]
    assert held.report_due_at
    assert timedelta(minutes=59) < held.report_due_at - timezone.now() <= timedelta(hours=1)


def test_figures_are_read_once_more_when_it_has_ended_and_never_for_one_that_did_not_start(vendor, sync):
    waiting, remote_id = grouped(vendor), grouped(vendor, "active")
    sync()
    vendor.move(remote_id, "finished")
    Experiment.objects.update(report_due_at=None)
    sync()
    assert row(remote_id).report_due_at
    assert row(waiting).report_due_at is None
    assert mirror.read_report(str(row(remote_id).pk))
    assert row(remote_id).report_due_at is None


def test_a_second_pass_without_news_changes_nothing(vendor, sync):
    remote_id = grouped(vendor, "active")
    sync()
    before = row(remote_id).__dict__
    sync()
    after = row(remote_id).__dict__
    apart = {"_state", "seen_in_pass"}
    assert {k: v for k, v in before.items() if k not in apart} == {k: v for k, v in after.items() if k not in apart}


@pytest.mark.parametrize(
    ("switch", "choice"),
    [
        ("status_words", "running"),
        ("alias_in_answers", "absent"),
        ("offering_fields", "typed"),
        ("extra_fields", "present"),
        ("sparse_answers", "yes"),
        ("time_form", "offset"),
        ("time_form", "fraction"),
        ("list_order", "oldest"),
        ("list_paging", "cursor"),
        ("default_is_control", "first"),
        ("default_group_name", "numbered"),
        ("summary_metric", "underscores"),
        ("summary_figures", "beside_groups"),
        ("summary_figures", "absent"),
        ("summary_unset_time", "null"),
        ("status_answer", "201"),
    ],
)
def test_whatever_is_not_documented_may_be_otherwise(vendor, sync, sandbox, visit, vera, switch, choice):
    sandbox.switch(switch, choice)
    remote_id = grouped(vendor, "active", primary_metric="user_to_trial")
    assert sync().reason == ""
    assert mirror.read_report(str(row(remote_id).pk))
    held = row(remote_id)
    assert (held.status, len(held.shares)) == (Status.RUNNING, 2)
    assert held.gone_at is None
    for part in ("", "?tab=results", "?code=python"):
        page = visit(vera).get(held.get_absolute_url() + part)
        assert page.status_code == 200
        assert held.name in page.text
