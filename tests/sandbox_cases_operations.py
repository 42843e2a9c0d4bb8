"""Conformance cases that take several requests (36, 39, 40, 43, 54 to 83)."""

import time
from collections.abc import Callable
from datetime import datetime

import pytest
import requests

from tests.sandbox_cases_documents import DOCUMENT_CASES
from tests.sandbox_server import UNKNOWN, Caller, in_time, scheduled, v0, with_variants

type Case = Callable[[Caller], None]

OPERATION_CASES: list[tuple[int, str, Case]] = []


def case(number: int, strength: str) -> Callable[[Case], Case]:
    def keep(function: Case) -> Case:
        OPERATION_CASES.append((number, strength, function))
        return function

    return keep


def weighted(*weights: int) -> dict[str, object]:
    variants = [{"push": {"notification": {"alert": "x"}}, "weight": weight} for weight in weights]
    return v0(variants=variants)


def percentages(airship: Caller, document: object) -> list[float]:
    overview = airship.overview(airship.created(document)["push_id"]).json()
    return [row["audience_pct"] for row in overview["variants"]] + [overview["control"]["audience_pct"]]


@case(1, "MUST")
def create_answers_ids_and_location(airship: Caller) -> None:
    answer = airship.create()
    content = answer.json()
    assert content["ok"] is True
    assert {"experiment_id", "operation_id", "push_id"} <= set(content)
    assert answer.headers["Location"] == f"{airship.sandbox.url}/api/experiments/{content['experiment_id']}"


@case(15, "MUST")
def unknown_key_is_located(airship: Caller) -> None:
    body = b'{"audience": "all",\n "device_types": ["ios"],\n "variants": [{"push": {"notification": {"alrt": "x"}}}]}'
    details = airship.create(body).json()["details"]
    assert details["path"] == "variants.0.push.notification.alrt"
    assert details["location"] == {"line": 3, "column": body.split(b"\n")[2].index(b'"alrt"') + 1}


@case(36, "MUST")
def control_is_reported(airship: Caller) -> None:
    assert percentages(airship, v0(control=0.2)) == [80.0, 20.0]


@case(39, "MUST")
def weights_make_shares(airship: Caller) -> None:
    assert percentages(airship, weighted(10, 10, 5)) == [40.0, 40.0, 20.0, 0.0]
    assert percentages(airship, weighted(3, 1) | {"control": 0.1}) == [67.5, 22.5, 10.0]


@case(40, "MUST")
def no_weights_are_equal(airship: Caller) -> None:
    assert percentages(airship, with_variants(4)) == [25.0, 25.0, 25.0, 25.0, 0.0]


@case(43, "MUST")
def scheduled_waits_in_its_own_list(airship: Caller) -> None:
    made = airship.created(scheduled(3600))
    assert [item["id"] for item in airship.scheduled_listing()["experiments"]] == [made["experiment_id"]]
    assert airship.overview(made["push_id"]).status_code == 404
    airship.pass_time(3601)
    assert airship.scheduled_listing()["experiments"] == []
    assert airship.overview(made["push_id"]).status_code == 200


@case(54, "MUST")
def validate_leaves_nothing(airship: Caller) -> None:
    answer = airship.validate(v0())
    assert answer.status_code == 200
    assert set(answer.json()) == {"ok", "operation_id"}
    assert airship.listing()["total_count"] == 0
    assert airship.sandbox.effects() == []
    airship.created(v0())
    assert airship.listing()["total_count"] == 1


@case(55, "MUST")
def validate_refuses_the_same(airship: Caller) -> None:
    refused = [case for case in DOCUMENT_CASES if case.status == 400]
    assert len(refused) > 30
    for document_case in refused:
        document = document_case.document()
        answers = airship.create(document), airship.validate(document)
        assert [answer.status_code for answer in answers] == [400, 400], document_case.what
        assert answers[0].json() == answers[1].json()


def fifteen(airship: Caller) -> list[str]:
    """Ids, newest first."""
    return [airship.created(v0(name=f"Test {n}"))["experiment_id"] for n in range(15)][::-1]


@case(56, "MUST")
def first_page(airship: Caller) -> None:
    ids = fifteen(airship)
    answer = airship.call("GET", "/api/experiments")
    page = answer.json()
    assert [item["id"] for item in page["experiments"]] == ids[:10]
    assert (page["count"], page["total_count"]) == (10, 15)
    assert page["next_page"].startswith("/api/experiments?")
    assert (answer.headers["Data-Attribute"], answer.headers["Count"]) == ("experiments", "10")
    assert answer.headers["Total-Count"] == "15"


@case(57, "MUST")
def second_page_is_the_last(airship: Caller) -> None:
    ids = fifteen(airship)
    page = airship.call("GET", airship.listing()["next_page"]).json()
    assert [item["id"] for item in page["experiments"]] == ids[10:]
    assert "next_page" not in page


@case(58, "MUST")
def limit_is_honoured(airship: Caller) -> None:
    ids = fifteen(airship)
    assert [item["id"] for item in airship.listing("?limit=1")["experiments"]] == ids[:1]
    assert [item["id"] for item in airship.listing("?limit=100")["experiments"]] == ids


@case(59, "MUST")
def offset_beyond_the_end(airship: Caller) -> None:
    airship.created()
    page = airship.listing("?offset=7")
    assert (page["count"], page["total_count"], page["experiments"]) == (0, 1, [])
    assert "next_page" not in page


@case(60, "CHOICE")
def page_out_of_range(airship: Caller) -> None:
    for query in ("limit=0", "limit=101", "limit=x", "offset=-1"):
        for path in ("/api/experiments", "/api/experiments/scheduled"):
            assert airship.call("GET", f"{path}?{query}").status_code == 400, query
    assert airship.call("GET", "/api/experiments?limit=100&offset=0").status_code == 200


@case(61, "SHOULD")
def slash_and_bare_question_mark(airship: Caller) -> None:
    made = airship.created()["experiment_id"]
    for path in ("/api/experiments/?", "/api/experiments/", "/api/experiments?"):
        assert airship.call("GET", path).json()["experiments"][0]["id"] == made
    assert airship.call("GET", "/api/experiments/scheduled?").json()["experiments"] == []
    assert airship.call("GET", "/api/experiments/scheduled/").json()["total_count"] == 0
    assert airship.call("POST", "/api/experiments/validate/", v0()).status_code == 200
    assert airship.call("POST", "/api/experiments/", v0()).status_code == 201


@case(62, "MUST")
def scheduled_soonest_first(airship: Caller) -> None:
    later, soon, next_week = (airship.created(scheduled(hours * 3600))["experiment_id"] for hours in (5, 1, 168))
    items = airship.scheduled_listing()["experiments"]
    assert [item["id"] for item in items] == [soon, later, next_week]
    times = [item["variants"][0]["schedule"]["scheduled_time"] for item in items]
    assert times == sorted(times)
    assert all("created_at" not in item and "push_id" not in item for item in items)


@case(63, "MUST")
def lookup(airship: Caller) -> None:
    made = airship.created(with_variants(3) | {"name": "Sunday"})
    answer = airship.lookup(made["experiment_id"])
    shown = answer.json()["experiment"]
    assert answer.headers["Data-Attribute"] == "experiment"
    assert (shown["id"], shown["push_id"], shown["name"]) == (made["experiment_id"], made["push_id"], "Sunday")
    assert [variant["id"] for variant in shown["variants"]] == [0, 1, 2]
    assert datetime.fromisoformat(shown["created_at"]).tzinfo is None


@case(64, "MUST")
def lookup_of_nothing(airship: Caller) -> None:
    answer = airship.lookup(UNKNOWN)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("application/vnd.urbanairship+json")
    assert answer.json()["error_code"] == 40401


@case(65, "MUST")
def delete_before_the_start(airship: Caller) -> None:
    made = airship.created(scheduled())["experiment_id"]
    answer = airship.delete(made)
    assert answer.status_code == 200
    assert set(answer.json()) == {"ok", "operation_id"}
    assert airship.scheduled_listing()["experiments"] == []
    airship.pass_time(7200)
    assert [effect.kind for effect in airship.sandbox.effects()] == ["created", "deleted"]


@case(66, "MUST")
def delete_after_the_start(airship: Caller) -> None:
    made = airship.created(scheduled(3600))["experiment_id"]
    airship.pass_time(3601)
    answer = airship.delete(made)
    assert answer.status_code == 405
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json()["ok"] is False
    assert "Allow" in answer.headers


@case(67, "MUST")
def delete_of_what_was_sent_at_once(airship: Caller) -> None:
    assert airship.delete(airship.created()["experiment_id"]).status_code == 405


@case(68, "MUST")
def delete_of_nothing(airship: Caller) -> None:
    assert airship.delete(UNKNOWN).status_code == 404


@case(69, "CHOICE")
def delete_twice(airship: Caller) -> None:
    made = airship.created(scheduled())["experiment_id"]
    assert [airship.delete(made).status_code for _ in range(2)] == [200, 404]


@case(70, "SHOULD")
def wrong_methods(airship: Caller) -> None:
    made = airship.created(scheduled())["experiment_id"]
    plain = airship.call("DELETE", f"/api/experiments/{made}")
    assert (plain.status_code, plain.headers["Allow"]) == (405, "GET")
    put = airship.call("PUT", "/api/experiments", v0())
    assert (put.status_code, put.headers["Allow"]) == (405, "GET, POST")
    assert airship.delete(made).status_code == 200


def assert_refused(answer: requests.Response) -> None:
    assert answer.status_code == 401
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert not answer.text.startswith("{")


@case(71, "MUST")
def without_the_right_key(airship: Caller) -> None:
    assert airship.call("GET", "/api/experiments").status_code == 200
    assert_refused(airship.call("GET", "/api/experiments", auth=(airship.app.key, "x" * 22)))
    assert_refused(airship.call("GET", "/api/experiments", auth=("x" * 22, airship.app.secret)))
    airship.session.auth = None
    for path in ("/api/experiments", "/api/experiments/scheduled", f"/api/experiments/{UNKNOWN}"):
        assert_refused(airship.call("GET", path))
    assert_refused(airship.create())
    assert airship.sandbox.effects() == []


@case(72, "SHOULD")
def app_secret_is_not_enough(airship: Caller) -> None:
    assert_refused(airship.call("GET", "/api/experiments", auth=(airship.app.key, airship.app.app_secret)))


@case(73, "CHOICE")
def bearer_token(airship: Caller) -> None:
    push_id = airship.created()["push_id"]
    airship.session.auth = None
    airship.session.headers.update({"Authorization": f"Bearer {airship.app.token}", "X-UA-Appkey": airship.app.key})
    assert_refused(airship.call("GET", "/api/experiments"))
    assert airship.overview(push_id).status_code == 200


@case(74, "MUST")
def without_the_version(airship: Caller) -> None:
    for accept in (None, "*/*", "application/json", "application/vnd.urbanairship+json; version=2"):
        answer = airship.call("GET", "/api/experiments", headers={"Accept": accept})
        assert answer.status_code == 406, accept


@case(75, "MUST")
def version_with_a_semicolon(airship: Caller) -> None:
    for accept in ("application/vnd.urbanairship+json; version=3;", "application/vnd.urbanairship+json;version=3"):
        assert airship.call("GET", "/api/experiments", headers={"Accept": accept}).status_code == 200


@case(76, "SHOULD")
def the_same_body_twice_is_two_tests(airship: Caller) -> None:
    first, second = airship.created(), airship.created()
    assert first["experiment_id"] != second["experiment_id"]
    started = airship.sandbox.effects(kind="started")
    assert [effect.experiment_id for effect in started] == [first["experiment_id"], second["experiment_id"]]
    assert started[0].sha256 == started[1].sha256


@case(77, "client")
def overload_can_be_ordered(airship: Caller) -> None:
    airship.is_checked = False
    for status in (429, 503):
        airship.sandbox.order("status", status=status, retry_after=7, method="POST")
        answer = airship.create()
        assert (answer.status_code, answer.headers["Retry-After"]) == (status, "7")
    assert airship.sandbox.effects() == []
    assert airship.create().status_code == 201


@case(78, "client")
def lost_answer_can_be_ordered(airship: Caller) -> None:
    for kind in ("reset", "close"):
        airship.sandbox.order(kind, when="after", method="POST")
        with pytest.raises(requests.ConnectionError):
            airship.create()
    assert len(airship.sandbox.effects(kind="created")) == 2


@case(79, "SHOULD")
def html_can_be_ordered(airship: Caller) -> None:
    airship.is_checked = False
    airship.sandbox.order("html", status=502)
    answer = airship.call("GET", "/api/experiments")
    assert (answer.status_code, answer.headers["Content-Type"]) == (502, "text/html; charset=utf-8")
    assert answer.text.startswith("<!DOCTYPE html>")


@case(80, "MUST")
def ok_in_both_forms(airship: Caller) -> None:
    assert airship.listing()["ok"] is True
    airship.is_checked = False
    airship.sandbox.order("ok_string")
    assert airship.listing()["ok"] == "true"
    assert airship.listing()["ok"] is True


@case(81, "SHOULD")
def overview_of_two_and_control(airship: Caller) -> None:
    document = with_variants(2) | {"control": 0.2}
    overview = airship.overview(airship.created(document)["push_id"]).json()
    assert [row["audience_pct"] for row in overview["variants"]] == [40.0, 40.0]
    assert overview["control"]["audience_pct"] == 20.0
    assert "ok" not in overview


@case(82, "SHOULD")
def overview_of_a_plain_push(airship: Caller) -> None:
    push_id = airship.control("POST", "pushes", {})["push_id"]
    overview = airship.overview(push_id).json()
    assert overview["variants"] == []
    assert set(overview["control"].values()) == {0}


@case(83, "CHOICE")
def detail_of_a_variant(airship: Caller) -> None:
    # The OpenAPI document counts 1 to 26; the clients' 0 is the switch report_variant_ids.
    push_id = airship.created(with_variants(2))["push_id"]
    assert [airship.detail(push_id, number).status_code for number in (0, 1, 2, 9)] == [404, 200, 200, 404]
    assert airship.detail(push_id, 1).json()["variant"] == 1


@case(86, "CHOICE")
def echoed_ids_are_refused(airship: Caller) -> None:
    shown = airship.lookup(airship.created(v0(name="A"))["experiment_id"]).json()["experiment"]
    assert airship.create(shown).status_code == 400
    assert airship.create(v0(name="A")).status_code == 201


@case(44, "MUST")
def the_time_is_utc(airship: Caller) -> None:
    made = airship.created(with_variants(1, schedule={"scheduled_time": in_time(3600)}))
    stored = airship.sandbox.state.experiment(airship.app.key, made["experiment_id"])
    assert stored is not None
    assert abs(stored.starts_at - (time.time() + 3600)) < 5
