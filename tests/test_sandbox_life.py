"""Scheduled tests start by themselves, sent ones collect sends and responses, and the ledger tells what happened."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.airship.life import responded_part, sent_part, shares
from sandbox.server import Sandbox
from tests.sandbox_server import Caller, running, scheduled, v0, with_variants


@pytest.fixture
def airship() -> Iterator[Caller]:
    with running() as caller:
        yield caller


def test_an_immediate_test_has_started_when_the_answer_comes(airship: Caller) -> None:
    document = with_variants(2, name="Warm") | {"control": 0.2, "description": "tone ⟦ref⟧"}
    made = airship.created(document)
    created, started = airship.control("GET", "ledger")
    assert (created["kind"], started["kind"]) == ("created", "started")
    assert created["experiment_id"] == started["experiment_id"] == made["experiment_id"]
    assert created["description"] == "tone ⟦ref⟧"
    assert created["app_key"] == airship.app.key
    counts = started["counts"]
    assert [variant["name"] for variant in counts["variants"]] == ["Warm", "Warm"]
    assert counts["audience"] == airship.app.size
    assert sum(variant["count"] for variant in counts["variants"]) + counts["control"] == pytest.approx(
        airship.app.size, abs=3
    )


def test_the_ledger_keeps_the_received_bytes_hash(airship: Caller) -> None:
    body = b'{ "audience":"all", "device_types":["ios"], "variants":[{"push":{"notification":{"alert":"\xc3\xa9"}}}] }'
    assert airship.create(body).status_code == 201
    effect = airship.sandbox.effects()[0]
    assert effect.body.encode() == body
    seen = airship.control("GET", "requests")[-1]
    assert seen["sha256"] == effect.sha256
    assert (seen["method"], seen["path"], seen["status"]) == ("POST", "/api/experiments", 201)
    assert seen["accepted_ns"] <= seen["first_byte_ns"] <= seen["last_byte_ns"] <= seen["answered_ns"]


def test_a_scheduled_test_starts_without_being_asked(airship: Caller) -> None:
    airship.created(scheduled(3))
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and not airship.sandbox.state.effects(kind="started"):
        time.sleep(0.05)
    created, started = airship.sandbox.state.effects()
    assert started.kind == "started"
    assert 0 < started.at - created.at <= 3.1


def test_a_scheduled_test_starts_once_however_many_look(airship: Caller) -> None:
    airship.created(scheduled(60))
    assert airship.sandbox.effects(kind="started") == []
    airship.pass_time(61)
    for _ in range(5):
        airship.listing()
    assert len(airship.sandbox.effects(kind="started")) == 1
    assert airship.listing()["total_count"] == 1


def test_a_deleted_test_never_starts(airship: Caller) -> None:
    first, second = (airship.created(scheduled(60))["experiment_id"] for _ in range(2))
    airship.delete(first)
    airship.pass_time(61)
    assert [effect.experiment_id for effect in airship.sandbox.effects(kind="started")] == [second]


def figures(airship: Caller, push_id: str) -> list[int]:
    overview = airship.overview(push_id).json()
    rows = [overview, overview["control"], *overview["variants"]]
    return [value for row in rows for name, value in row.items() if isinstance(value, int) and name != "id"]


def test_figures_grow_and_never_fall(airship: Caller) -> None:
    push_id = airship.created(with_variants(3) | {"control": 0.1, "device_types": ["ios", "android", "web"]})["push_id"]
    seen = [figures(airship, push_id)]
    for _ in range(12):
        airship.pass_time(900)
        seen.append(figures(airship, push_id))
        assert all(new >= old for old, new in zip(seen[-2], seen[-1], strict=True))
    assert seen[-1][0] > 0.99 * 0.9 * airship.app.size
    assert seen[-1][1] > 0


def test_reports_agree_with_each_other_and_the_ledger(airship: Caller) -> None:
    made = airship.created(with_variants(3) | {"device_types": ["ios", "android", "web"]})
    airship.pass_time(90_000)
    overview = airship.overview(made["push_id"]).json()
    details = [airship.detail(made["push_id"], number).json() for number in (1, 2, 3)]
    for row, detail in zip(overview["variants"], details, strict=True):
        assert row["sends"] == detail["sends"] == sum(part["sends"] for part in detail["platforms"].values())
        assert row["direct_responses"] == detail["direct_responses"]
    assert overview["sends"] == sum(row["sends"] for row in overview["variants"])
    per_push = airship.call("GET", f"/api/reports/perpush/detail/{made['push_id']}").json()
    responses = airship.call("GET", f"/api/reports/responses/{made['push_id']}").json()
    assert per_push["sends"] == responses["sends"] == overview["sends"]
    counts = airship.sandbox.effects(kind="started")[0].counts
    assert counts is not None
    variants = counts["variants"]
    assert isinstance(variants, list)
    assert [variant["count"] for variant in variants] == [row["sends"] for row in overview["variants"]]


def test_speed_hurries_life_but_not_schedules() -> None:
    with running(speed=100_000) as airship:
        push_id = airship.created()["push_id"]
        airship.created(scheduled(3600))
        time.sleep(0.1)
        assert airship.overview(push_id).json()["sends"] > 0.85 * airship.app.size
        assert airship.scheduled_listing()["total_count"] == 1
        airship.control("POST", "clock", {"speed": 1})
        assert airship.control("GET", "clock")["speed"] == 1


def test_variants_differ_and_audiences_have_steady_sizes(airship: Caller) -> None:
    wide, narrow = {"or": [{"tag": "a"}, {"tag": "b"}]}, {"and": [{"tag": "a"}, {"tag": "b"}]}
    sizes = []
    for audience in ("all", wide, narrow, wide):
        airship.created(v0(audience=audience))
        counts = airship.sandbox.effects(kind="started")[-1].counts
        assert counts is not None
        sizes.append(int(str(counts["audience"])))
    assert sizes[0] > sizes[1] > sizes[2] > 0
    assert sizes[1] == sizes[3]
    push_id = airship.created(with_variants(4))["push_id"]
    airship.pass_time(90_000)
    rates = {row["direct_response_pct"] for row in airship.overview(push_id).json()["variants"]}
    assert len(rates) > 1
    assert all(0.5 < rate < 15 for rate in rates)


@pytest.mark.parametrize(
    ("weights", "control", "expected"),
    [
        ([None, None], 0, [50, 50]),
        ([None, None], 0.2, [40, 40]),
        ([3, 1], 0.1, [67.5, 22.5]),
        ([1, 1], 0.33, [33.5, 33.5]),
        ([2, None], 0, [66.67, 33.33]),
        ([10, 10, 5], 0, [40, 40, 20]),
        ([0, 0], 0, [50, 50]),
    ],
)
def test_shares(weights: list[int | None], control: float, expected: list[float]) -> None:
    variants = [{} if weight is None else {"weight": weight} for weight in weights]
    parts, held_out = shares({"variants": variants, "control": control})
    assert [round(part * 100, 2) for part in parts] == expected
    assert held_out == control
    assert sum(parts) + held_out == pytest.approx(1)


def test_parts_run_from_nothing_to_all() -> None:
    assert (sent_part(0), sent_part(600), sent_part(3600), sent_part(1e9)) == (0, 0.9, 1, 1)
    assert [responded_part(seconds) for seconds in (0, 86_400, 1e9)] == pytest.approx([0, 1, 1])
    assert responded_part(3600) > 0.15


def test_state_outlives_the_process(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "state.sqlite3"
    with running(state_path=path) as airship:
        key, secret = airship.app.key, airship.app.secret
        ids = [airship.created()["experiment_id"], airship.created(scheduled(3600))["experiment_id"]]
        airship.sandbox.switch("path_notation", "pointer")
        airship.sandbox.set_clock(offset_seconds=10)
        effects = airship.sandbox.effects()
    with running(state_path=path) as airship:
        assert (airship.app.key, airship.app.secret) == (key, secret)
        assert airship.listing()["experiments"][0]["id"] == ids[0]
        assert airship.scheduled_listing()["experiments"][0]["id"] == ids[1]
        assert airship.sandbox.effects() == effects
        assert airship.sandbox.state.switches().word("path_notation") == "pointer"
        assert airship.control("GET", "clock")["offset_seconds"] == 10


def test_what_was_due_while_nobody_ran_starts_at_its_time(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite3"
    with running(state_path=path) as airship:
        airship.created(scheduled(60))
        planned = time.time() + 60
        airship.sandbox.state.remember_offset(600)  # the next one wakes up ten minutes later
    with running(state_path=path) as airship:
        started = airship.sandbox.effects(kind="started")
        assert [round(abs(effect.at - planned)) <= 5 for effect in started] == [True]


def test_app_keys_see_only_their_own(airship: Caller) -> None:
    other = Caller(airship.sandbox, airship.sandbox.new_app("Halden Books"))
    mine, theirs = airship.created(), other.created(scheduled())
    assert [item["id"] for item in airship.listing()["experiments"]] == [mine["experiment_id"]]
    assert airship.scheduled_listing()["total_count"] == 0
    assert airship.lookup(theirs["experiment_id"]).status_code == 404
    assert airship.delete(theirs["experiment_id"]).status_code == 404
    assert other.overview(mine["push_id"]).status_code == 404
    assert other.delete(theirs["experiment_id"]).status_code == 200
    assert {effect.app_key for effect in airship.sandbox.effects(airship.app.key)} == {airship.app.key}
    assert len(airship.control("GET", f"ledger?app={other.app.key}")) == 2


def test_reset_forgets_all_but_the_keys(airship: Caller) -> None:
    airship.created()
    airship.sandbox.switch("ok_type", "string")
    airship.sandbox.order("status", status=503)
    airship.control("POST", "reset")
    assert airship.listing() == {"ok": True, "count": 0, "total_count": 0, "experiments": []}
    assert airship.sandbox.effects() == []


def test_examples_are_valid_believable_and_added_once(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite3"
    with running(state_path=path, examples=True) as airship:
        sent = airship.listing("?limit=100")
        upcoming = airship.scheduled_listing("?limit=100")
        assert 50 <= sent["total_count"] <= 100
        assert 4 <= upcoming["total_count"] <= 15
        assert airship.sandbox.effects() == []
        for shown in (*sent["experiments"], *upcoming["experiments"]):
            document = {name: value for name, value in shown.items() if name not in ("id", "push_id", "created_at")}
            for variant in document["variants"]:
                del variant["id"]
            assert airship.validate(document).status_code == 200, shown["name"]
        names = [shown["name"] for shown in (*sent["experiments"], *upcoming["experiments"])]
        assert len(set(names)) == len(names)
        assert {2, 3, 6} <= {len(shown["variants"]) for shown in sent["experiments"]}
        kinds = {kind for shown in sent["experiments"] for kind in shown["device_types"]}
        assert {"ios", "android", "web", "email", "sms"} <= kinds
        oldest = airship.overview(sent["experiments"][-1]["push_id"]).json()
        assert oldest["sends"] > 100
    with running(state_path=path, examples=True) as airship:
        assert airship.listing()["total_count"] == sent["total_count"]


def test_a_stopped_sandbox_listens_no_more() -> None:
    sandbox = Sandbox().start()
    with Caller(sandbox, sandbox.app).session as session:
        session.trust_env = False
        assert session.get(f"{sandbox.url}/_sandbox/healthz", timeout=5).json() == {"ok": True}
        sandbox.stop()
        with pytest.raises(OSError):
            session.get(f"{sandbox.url}/_sandbox/healthz", timeout=5)
