"""People enter groups while a paywall test is active, figures follow them, and what has happened stays."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox_qonversion import EXPERIMENTS, FILTER, Caller, running

DAY = 86_400


@pytest.fixture
def qonversion() -> Iterator[Caller]:
    with running() as caller:
        yield caller


def with_groups(qonversion: Caller, *weights: float, **fields: Any) -> str:
    """An active experiment with groups of these weights; the first is the control."""
    identity: str = qonversion.created(**fields)["id"]
    for place, weight in enumerate(weights):
        qonversion.grouped(identity, weight=weight, is_control=place == 0)
    assert qonversion.move(identity, "active").status_code == 200
    return identity


def metrics(qonversion: Caller, identity: str) -> list[dict[str, int]]:
    return [group["metrics"] for group in qonversion.item(identity)["groups"]]


def users(qonversion: Caller, identity: str) -> list[int]:
    return [figures["users"] for figures in metrics(qonversion, identity)]


def test_figures_grow_and_never_fall(qonversion: Caller) -> None:
    identity = with_groups(qonversion, 1, 1)
    seen = metrics(qonversion, identity)
    for _ in range(12):
        qonversion.pass_time(2 * DAY)
        now = metrics(qonversion, identity)
        for before, after in zip(seen, now, strict=True):
            assert all(after[name] >= before[name] for name in before)
        seen = now
    for figures in seen:
        assert {type(value) for value in figures.values()} == {int}
        assert figures["users"] > figures["trials"] > figures["paid"] > figures["paid-cancelled"] > 0
        assert figures["sales"] > figures["proceeds"] > figures["refunds"] > 0
    assert seen[0] != seen[1]


def test_nobody_enters_a_draft_or_a_paused_test(qonversion: Caller) -> None:
    identity: str = qonversion.created()["id"]
    qonversion.grouped(identity)
    qonversion.pass_time(5 * DAY)
    assert users(qonversion, identity) == [0]
    qonversion.move(identity, "active")
    qonversion.pass_time(5 * DAY)
    qonversion.move(identity, "paused")
    paused = users(qonversion, identity)
    assert paused[0] > 10_000
    trials = metrics(qonversion, identity)[0]["trials"]
    qonversion.pass_time(5 * DAY)
    assert users(qonversion, identity) == paused
    assert metrics(qonversion, identity)[0]["trials"] > trials
    qonversion.move(identity, "active")
    assert users(qonversion, identity)[0] - paused[0] < 10
    qonversion.pass_time(5 * DAY)
    assert users(qonversion, identity)[0] > paused[0] + 1000


def test_a_finished_test_stands_still(qonversion: Caller) -> None:
    identity = with_groups(qonversion, 1, 1)
    qonversion.pass_time(5 * DAY)
    qonversion.move(identity, "finished")
    finished = metrics(qonversion, identity)
    qonversion.pass_time(50 * DAY)
    assert metrics(qonversion, identity) == finished
    assert finished[0]["paid"] > 0


def test_weights_and_percent_say_who_enters(qonversion: Caller) -> None:
    whole, part = with_groups(qonversion, 3, 1), with_groups(qonversion, 3, 1, segment_percent=10)
    nobody = with_groups(qonversion, 0, 0)
    qonversion.pass_time(1000 * DAY)
    assert sum(users(qonversion, whole)) == pytest.approx(qonversion.sandbox.project.size, rel=0.03)
    assert sum(users(qonversion, part)) == pytest.approx(qonversion.sandbox.project.size / 10, rel=0.03)
    first, second = users(qonversion, whole)
    assert first / second == pytest.approx(3, rel=0.06)
    assert users(qonversion, nobody) == [0, 0]


def test_who_has_entered_stays_when_weights_change(qonversion: Caller) -> None:
    identity = with_groups(qonversion, 1, 1)
    first, second = (group["id"] for group in qonversion.groups(identity))
    qonversion.pass_time(5 * DAY)
    before = users(qonversion, identity)
    qonversion.change_group(identity, first, {"weight": 0})
    assert users(qonversion, identity)[0] == pytest.approx(before[0], abs=2)
    qonversion.pass_time(5 * DAY)
    after = users(qonversion, identity)
    assert after[0] == pytest.approx(before[0], abs=2)
    assert after[1] > before[1] + 5000
    qonversion.delete_group(identity, second)
    assert users(qonversion, identity) == [after[0]]


def test_the_same_test_has_the_same_figures_everywhere(qonversion: Caller) -> None:
    with running() as other:
        seen = []
        for caller in (qonversion, other):
            identity = with_groups(caller, 1, 1, alias_id="annual_first")
            caller.pass_time(10_000 * DAY)
            seen.append(metrics(caller, identity))
    assert seen[0] == seen[1]
    identity = with_groups(qonversion, 1, 1, alias_id="annual_last")
    qonversion.pass_time(10_000 * DAY)
    assert metrics(qonversion, identity) != seen[0]


def test_few_people_use_the_sandbox_environment(qonversion: Caller) -> None:
    test = qonversion.with_key(qonversion.sandbox.test_secret_key)
    identity = with_groups(test, 1)
    test.pass_time(1000 * DAY)
    assert 50 < users(test, identity)[0] < 500


def test_speed_hurries_life_but_not_the_clock() -> None:
    with running(speed=1_000_000) as qonversion:
        identity = with_groups(qonversion, 1)
        time.sleep(0.3)
        assert users(qonversion, identity)[0] > 5000
        assert abs(qonversion.item(identity)["created_at"] - time.time()) < 10


def test_the_ledger_says_who_a_start_reaches(qonversion: Caller) -> None:
    identity = with_groups(qonversion, 3, 1, segment_percent=50, alias_id="annual_first", description="Why")
    qonversion.move(identity, "paused")
    qonversion.move(identity, "active")
    qonversion.move(identity, "finished")
    assert qonversion.effects() == [
        *("created", "group_created", "group_created", "started", "paused", "resumed", "finished")
    ]
    created, _, _, started, _, resumed, _ = qonversion.control("GET", f"ledger?app={qonversion.key}")
    assert (created["app_key"], created["project"]) == (qonversion.key, "Marlow Running")
    assert (created["experiment_id"], created["alias_id"]) == (identity, "annual_first")
    assert (created["name"], created["description"], created["counts"]) == ("Annual first", "Why", None)
    assert started["body"] == '{"status": "active"}'
    assert started["counts"] == resumed["counts"]
    assert started["counts"]["audience"] == 32_000
    assert [group["count"] for group in started["counts"]["groups"]] == [24_000, 8_000]
    assert [group["is_control"] for group in started["counts"]["groups"]] == [True, False]


def test_the_ledger_keeps_the_received_bytes(qonversion: Caller) -> None:
    body = b'{ "name":"\xc3\xa9", "alias_id":"a" }'
    identity = qonversion.create(body).json()["id"]
    change = b'{ "weight" : 2 }'
    qonversion.call("POST", f"{EXPERIMENTS}/{identity}/groups", change)
    effects = qonversion.sandbox.effects()
    assert [effect.body.encode() for effect in effects] == [body, change]
    assert [seen["sha256"] for seen in qonversion.control("GET", "requests")] == [effect.sha256 for effect in effects]
    assert effects[1].group_id == qonversion.groups(identity)[0]["id"]


def test_what_changes_nothing_is_no_effect(qonversion: Caller) -> None:
    identity, group_id = qonversion.running_with_group(name="N")
    before = qonversion.effects()
    qonversion.change(identity, {"name": "N"})
    qonversion.change_group(identity, group_id, {"weight": 1})
    qonversion.move(identity, "active")
    assert qonversion.effects() == before
    qonversion.change(identity, {"name": "M"})
    qonversion.change_group(identity, group_id, {"weight": 2})
    assert qonversion.effects("changed", "group_changed") == ["changed", "group_changed"]


def test_a_refused_request_leaves_nothing(qonversion: Caller) -> None:
    identity, group_id = qonversion.running_with_group(segment_percent=50)
    before = (qonversion.effects(), qonversion.shown(identity), qonversion.groups(identity))
    answers = (
        qonversion.change(identity, {"name": "Other", "segment_percent": "x"}),
        qonversion.change_group(identity, group_id, {"name": "Other", "weight": None}),
        qonversion.move(identity, "gone"),
        qonversion.attach(identity, "QON_x", "1a2b3c4d"),
    )
    assert [answer.status_code for answer in answers] == [400, 400, 400, 404]
    assert (qonversion.effects(), qonversion.shown(identity), qonversion.groups(identity)) == before


def test_examples_are_believable_and_added_once(tmp_path) -> None:
    path = tmp_path / "state.sqlite3"
    with running(state_path=path, examples=True) as qonversion:
        rows = qonversion.listing()["data"]
        assert [row["status"] for row in rows].count("draft") == 2
        assert {row["status"] for row in rows} == {"draft", "active", "paused", "finished"}
        assert len({row["name"] for row in rows}) == len(rows) == 8
        assert "subscription-cancellation" in [row["primary_metric"] for row in rows]
        assert qonversion.effects() == []
        assert qonversion.with_key(qonversion.sandbox.test_secret_key).ids() == []
        items = qonversion.call("GET", f"{EXPERIMENTS}/summary", params={FILTER: [row["id"] for row in rows]}).json()
        for item in items["items"]:
            assert [group["control"] for group in item["groups"]].count(1) == 1
            entered = [group["metrics"]["users"] for group in item["groups"]]
            assert (item["status"] == "draft") == (sum(entered) == 0), item["name"]
        for row in rows:
            assert row["started_at"] is None or row["created_at"] < row["started_at"]
            assert row["finished_at"] is None or row["started_at"] < row["finished_at"]
    with running(state_path=path, examples=True) as qonversion:
        assert [row["id"] for row in qonversion.listing()["data"]] == [row["id"] for row in rows]
