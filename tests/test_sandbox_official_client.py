"""The official `urbanairship` client works against the sandbox, unmodified."""

import importlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests import openapi_check
from tests.sandbox_server import UNKNOWN, Caller, in_time, running

# Untyped on purpose: the package says it is typed but exports nothing of what its documentation shows.
urbanairship: Any = importlib.import_module("urbanairship")

# The client has no way to close its session.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture
def airship() -> Iterator[Caller]:
    with running() as caller:
        yield caller


@pytest.fixture
def client(airship: Caller) -> Iterator[Any]:
    client = urbanairship.BasicAuthClient(airship.app.key, airship.app.secret)
    client.urls = urbanairship.urls.Urls(base_url=f"{airship.sandbox.url}/api/")
    client.session.hooks["response"].append(check)
    with client.session:
        yield client


def check(answer: requests.Response, **_: object) -> None:
    """What the official client sends and gets is checked against the OpenAPI document too."""
    if not openapi_check.is_available():
        return
    method, path = str(answer.request.method), answer.request.path_url
    body = answer.request.body or b""
    if answer.status_code in (200, 201):
        sent = body.encode() if isinstance(body, str) else body
        assert openapi_check.complaints_about_request(method, path, sent) == []
    content_type = answer.headers["Content-Type"]
    assert openapi_check.complaints_about_answer(method, path, answer.status_code, content_type, answer.content) == []


def push(client: Any, alert: str) -> Any:
    made = urbanairship.Push(client)
    made.notification = urbanairship.notification(
        alert=alert,
        ios=urbanairship.ios(badge="+1", sound="horn", extra={"place": "river"}),
        android=urbanairship.android(title="Marlow", priority=1),
    )
    return made


def experiment(client: Any, scheduled_time: str = "") -> Any:
    schedule = {"scheduled_time": scheduled_time} if scheduled_time else None
    variants = [
        urbanairship.Variant(push(client, text), name=f"{text} name", weight=weight, schedule=schedule)
        for text, weight in (("Warm", 3), ("Terse", 1))
    ]
    return urbanairship.Experiment(
        name="Sunday long run",
        description="Tone",
        audience=urbanairship.or_(urbanairship.tag("runner"), urbanairship.not_(urbanairship.tag("muted"))),
        device_types=["ios", "android"],
        campaigns=urbanairship.campaigns(categories=["retention"]),
        variants=variants,
        control=0.1,
    )


def test_official_client_creates_lists_and_looks_up(airship: Caller, client: Any) -> None:
    tests = urbanairship.ABTest(client)
    answer = tests.create(experiment(client))
    assert answer.status_code == 201
    made = answer.json()
    assert [item["id"] for item in tests.list_experiments().json()["experiments"]] == [made["experiment_id"]]
    shown = tests.lookup(made["experiment_id"]).json()["experiment"]
    assert shown["push_id"] == made["push_id"]
    sent = json.loads(json.dumps(experiment(client).payload))
    assert {key: shown[key] for key in sent if key != "variants"} == {
        key: sent[key] for key in sent if key != "variants"
    }
    assert [effect.kind for effect in airship.sandbox.effects()] == ["created", "started"]


def test_official_client_validates_without_an_effect(airship: Caller, client: Any) -> None:
    assert urbanairship.ABTest(client).validate(experiment(client)).status_code == 200
    assert airship.sandbox.effects() == []


def test_official_client_deletes_a_scheduled_test(airship: Caller, client: Any) -> None:
    tests = urbanairship.ABTest(client)
    made = tests.create(experiment(client, in_time(3600))).json()["experiment_id"]
    assert [item["id"] for item in tests.list_scheduled_experiment().json()["experiments"]] == [made]
    assert tests.delete(made).json()["ok"] is True
    assert tests.list_scheduled_experiment().json()["experiments"] == []
    with pytest.raises(urbanairship.AirshipFailure) as failure:
        tests.delete(made)
    assert (failure.value.error_code, failure.value.response.status_code) == (40401, 404)


def test_official_client_reads_reports(airship: Caller, client: Any) -> None:
    push_id = urbanairship.ABTest(client).create(experiment(client)).json()["push_id"]
    airship.pass_time(3600)
    reports = urbanairship.ExperimentReport(client)
    overview = reports.get_overview(push_id)
    assert [row["name"] for row in overview["variants"]] == ["Warm name", "Terse name"]
    detail = reports.get_variant(push_id, "1")
    assert detail["sends"] == overview["variants"][0]["sends"] > 0
    statistics = urbanairship.IndividualResponseStats(client).get(push_id)
    assert statistics.sends == overview["sends"]


def test_official_client_understands_a_refusal(client: Any) -> None:
    wrong = experiment(client)
    wrong.device_types = ["symbian"]
    with pytest.raises(urbanairship.AirshipFailure) as failure:
        urbanairship.ABTest(client).create(wrong)
    assert (failure.value.error_code, failure.value.details["path"]) == (40000, "device_types.0")
    with pytest.raises(urbanairship.AirshipFailure):
        urbanairship.ABTest(client).lookup(UNKNOWN)


def test_official_client_meets_401_with_a_wrong_secret(airship: Caller) -> None:
    client = urbanairship.BasicAuthClient(airship.app.key, "x" * 22)
    client.urls = urbanairship.urls.Urls(base_url=f"{airship.sandbox.url}/api/")
    with client.session, pytest.raises(urbanairship.Unauthorized):
        urbanairship.ABTest(client).list_experiments()
