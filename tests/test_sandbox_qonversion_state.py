"""Two vendors in one sandbox: one port, one ledger, one file; keys and projects apart from each other."""

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from sandbox.state import SCHEMA
from tests import sandbox_server as airship
from tests.sandbox_qonversion import EXPERIMENTS, UNKNOWN, Caller, error_of, experiment, running


@pytest.fixture
def qonversion() -> Iterator[Caller]:
    with running() as caller:
        yield caller


def test_one_sandbox_serves_both_vendors(qonversion: Caller) -> None:
    other = airship.Caller(qonversion.sandbox, qonversion.sandbox.app)
    with other.session:
        other.created()
        qonversion.created()
        assert other.listing()["total_count"] == len(qonversion.ids()) == 1
    assert [(effect.kind, effect.project) for effect in qonversion.sandbox.effects()] == [
        *(("created", ""), ("started", ""), ("created", "Marlow Running"))
    ]
    assert [effect.kind for effect in qonversion.sandbox.effects(qonversion.key)] == ["created"]


def test_no_vendor_takes_the_key_of_the_other(qonversion: Caller) -> None:
    app = qonversion.sandbox.app
    assert qonversion.with_key(app.secret).call("GET", EXPERIMENTS).status_code == 401
    assert qonversion.with_key(app.token).call("GET", EXPERIMENTS).status_code == 401
    headers = {"Accept": airship.ACCEPT}
    assert qonversion.call("GET", "/api/experiments", headers=headers).status_code == 401
    url = f"{qonversion.sandbox.url}{EXPERIMENTS}"
    assert requests.get(url, auth=(app.key, app.secret), timeout=5).status_code == 401


def test_keys_have_the_documented_prefixes(qonversion: Caller) -> None:
    project = qonversion.control("GET", "projects")[0]
    assert project["secret_key"].startswith("sk_")
    assert project["test_secret_key"].startswith("test_sk_")
    assert not project["project_key"].startswith(("sk_", "test_sk_"))
    assert (project["secret_key"], project["test_secret_key"]) == (
        *(qonversion.sandbox.secret_key, qonversion.sandbox.test_secret_key),
    )


def test_projects_see_only_their_own(qonversion: Caller) -> None:
    project = qonversion.control("POST", "projects", {"name": "Halden Books", "size": 500})
    other = qonversion.with_key(project["secret_key"])
    identity, group_id = qonversion.running_with_group(alias_id="same")
    theirs = other.created(alias_id="same")["id"]
    assert other.ids() == [theirs]
    group = {"weight": 2}
    answers = (
        other.read(identity),
        other.change(identity, {"name": "Mine"}),
        other.delete(identity),
        other.move(identity, "paused"),
        other.call("GET", f"{EXPERIMENTS}/{identity}/groups"),
        other.group(identity, group),
        other.change_group(identity, group_id, group),
        other.change_group(theirs, group_id, group),
        other.delete_group(identity, group_id),
        other.attach(identity, "QON_x", group_id),
        other.attach(theirs, "QON_x", group_id),
        other.detach(identity, "QON_x"),
    )
    assert {answer.status_code for answer in answers} == {404}
    assert other.summary(identity).json()["total_count"] == 0
    assert qonversion.shown(identity)["status"] == "active"
    assert {effect.project for effect in qonversion.sandbox.effects(other.key)} == {"Halden Books"}


def test_a_user_may_be_attached_in_each_environment(qonversion: Caller) -> None:
    test = qonversion.with_key(qonversion.sandbox.test_secret_key)
    for caller in (qonversion, test):
        identity, group_id = caller.running_with_group()
        assert caller.attach(identity, "QON_x", group_id).status_code == 204


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("PUT", EXPERIMENTS, "GET, POST"),
        ("HEAD", EXPERIMENTS, "GET, POST"),
        ("POST", f"{EXPERIMENTS}/summary", "GET"),
        ("DELETE", f"{EXPERIMENTS}/summary", "GET"),
        ("PUT", f"{EXPERIMENTS}/{UNKNOWN}", "GET, PATCH, DELETE"),
        ("GET", f"{EXPERIMENTS}/{UNKNOWN}/status", "POST"),
        ("PATCH", f"{EXPERIMENTS}/{UNKNOWN}/groups", "GET, POST"),
        ("GET", f"{EXPERIMENTS}/{UNKNOWN}/groups/1a2b3c4d", "PATCH, DELETE"),
        ("GET", f"{EXPERIMENTS}/{UNKNOWN}/users/QON_x", "POST, DELETE"),
    ],
)
def test_there_is_no_other_call(qonversion: Caller, method: str, path: str, allow: str) -> None:
    answer = qonversion.call(method, path)
    assert (answer.status_code, answer.headers["Allow"]) == (405, allow)


def test_addresses_that_lead_nowhere(qonversion: Caller) -> None:
    for path in ("/v4", "/v4/", f"{EXPERIMENTS}/{UNKNOWN}/things", f"{EXPERIMENTS}/{UNKNOWN}/groups/a/b"):
        assert error_of(qonversion.call("GET", path)) == (404, "request", "invalid_request")
    assert qonversion.call("GET", f"{EXPERIMENTS}/").status_code == 200


def test_hostile_bodies_get_400_and_no_traceback(qonversion: Caller, caplog: pytest.LogCaptureFixture) -> None:
    identity, _ = qonversion.running_with_group()
    bodies = (b"", b"[]", b"null", b"\xff", b"{", b'{"a":' * 100_000 + b"1" + b"}" * 100_000, b'{"name": NaN}')
    for body in bodies:
        assert error_of(qonversion.create(body)) == (400, "request", "invalid_data")
    for value in (b"1e999", b"9" * 400, b"true", b"[]", b"{}", b'"1"'):
        assert qonversion.group(identity, b'{"weight": ' + value + b"}").status_code == 400
        for field in (b"segment_percent", b"goal_value"):
            assert qonversion.change(identity, b'{"' + field + b'": ' + value + b"}").status_code == 400
    wrong: tuple[object, ...] = (1, [], {}, True)
    for no_text in wrong:
        assert qonversion.create(experiment(name=no_text)).status_code == 400
        assert qonversion.create(experiment(alias_id=no_text)).status_code == 400
        assert qonversion.create(experiment(primary_metric=no_text)).status_code == 400
        assert qonversion.move(identity, no_text).status_code == 400
        assert qonversion.attach(identity, "QON_x", no_text).status_code == 400
    for text in ("\ud800", "\x00", "'; DROP TABLE paywall_experiments; --"):
        made = qonversion.created(name=text, description=text, primary_metric=text.replace("-", "_"))
        assert qonversion.grouped(made["id"], name=text)["name"] == made["name"] == text
        assert qonversion.item(made["id"])["desc"] == text
    assert len(qonversion.ids()) == 4
    assert caplog.records == []


def test_of_many_creates_with_one_alias_one_wins(qonversion: Caller) -> None:
    statuses: list[int] = []

    def work() -> None:
        caller = qonversion.with_key(qonversion.key)
        with caller.session:
            statuses.extend(caller.create(experiment(alias_id="same")).status_code for _ in range(5))

    workers = [threading.Thread(target=work) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=30)
    assert sorted(statuses) == [201] + [409] * 39
    assert qonversion.effects() == ["created"]


def test_idempotency_holds_for_the_same_word_and_address(qonversion: Caller) -> None:
    qonversion.sandbox.switch("idempotency_key", "honour")
    word = {"Idempotency-Key": "first"}
    made = qonversion.create(experiment(alias_id="same"), headers=word)
    again = qonversion.create(experiment(alias_id="other"), headers=word)
    assert (again.status_code, again.json(), again.headers["Location"]) == (201, made.json(), made.headers["Location"])
    url = f"{made.json()['url']}/groups"
    groups = [qonversion.call("POST", url, {"weight": 1}, headers=word).json()["id"] for _ in range(2)]
    assert groups[0] == groups[1]
    assert qonversion.effects() == ["created", "group_created"]


def test_state_outlives_the_process(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "state.sqlite3"
    with running(state_path=path) as qonversion:
        project = qonversion.sandbox.project
        identity, group_id = qonversion.running_with_group()
        qonversion.attach(identity, "QON_x", group_id)
        qonversion.pass_time(86_400)
        qonversion.sandbox.switch("to_draft", "accept")
        entered = qonversion.item(identity)["groups"][0]["metrics"]["users"]
        shown, groups, effects = qonversion.shown(identity), qonversion.groups(identity), qonversion.sandbox.effects()
    with running(state_path=path) as qonversion:
        assert qonversion.sandbox.project == project
        assert (qonversion.shown(identity), qonversion.groups(identity)) == (shown, groups)
        assert qonversion.item(identity)["groups"][0]["metrics"]["users"] >= entered > 1000
        assert qonversion.sandbox.effects() == effects
        assert qonversion.attach(identity, "QON_x", group_id).status_code == 204
        assert qonversion.sandbox.effects() == effects
        assert qonversion.move(identity, "draft").status_code == 200


def test_a_file_from_before_qonversion_still_opens(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite3"
    before = sqlite3.connect(path)
    before.executescript(SCHEMA)
    before.execute("INSERT INTO apps VALUES ('key', 'secret', 'app', 'token', 'Marlow Running', 1000)")
    before.execute(
        "INSERT INTO effects (kind, app_key, experiment_id, push_id, at, sha256, body, name, description, counts)"
        " VALUES ('deleted', 'key', 'e', 'p', 1.0, 'hash', '{}', 'N', 'D', NULL)"
    )
    before.commit()
    before.close()
    with running(state_path=path) as qonversion:
        assert (qonversion.sandbox.key, qonversion.sandbox.secret) == ("key", "secret")
        effect = qonversion.sandbox.effects()[0]
        assert (effect.kind, effect.name, effect.counts, effect.project) == ("deleted", "N", None, "")
        qonversion.created()
        assert qonversion.effects() == ["deleted", "created"]
        key = qonversion.key
    with running(state_path=path) as qonversion:
        assert qonversion.key == key
        assert len(qonversion.ids()) == 1


def test_reset_forgets_all_but_keys_and_projects(qonversion: Caller) -> None:
    identity, group_id = qonversion.running_with_group()
    qonversion.attach(identity, "QON_x", group_id)
    qonversion.sandbox.switch("create_answer", "200")
    qonversion.control("POST", "reset")
    assert (qonversion.ids(), qonversion.effects()) == ([], [])
    assert qonversion.create(experiment(alias_id="again")).status_code == 201
    assert qonversion.detach(qonversion.ids()[0], "QON_x").status_code == 404
