"""The conformance cases of the Qonversion dossier, with its grades: 1 to 37, keys and experiments.

D is documented, O observed, A by analogy, I inferred, X a free choice, which is a switch; all positions of each switch
are shown in sandbox_qonversion_looks.py. Cases 60 to 63 are rules for a client: there stands what the sandbox has to
offer for them.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from tests.sandbox_qonversion import EXPERIMENTS, UNKNOWN, Caller, error_of, experiment, fields_of

type Case = Callable[[Caller], None]

UNAUTHORIZED = (401, "request", "control_unauthorized")
INVALID = (400, "request", "invalid_data")
NOT_FOUND = (404, "resource", "not_found")
NAMES = [
    *("object", "id", "url", "name", "alias_id", "description", "segment_percent", "primary_metric", "goal_value"),
    *("goal_direction", "context_key", "is_context_specific", "status", "started_at", "finished_at"),
    *("created_at", "updated_at"),
]


def table() -> tuple[list[tuple[int, str, Case]], Callable[[int, str], Callable[[Case], Case]]]:
    """An empty table of (number, grade, case), and the decorator that fills it."""
    cases: list[tuple[int, str, Case]] = []

    def case(number: int, grade: str) -> Callable[[Case], Case]:
        def keep(function: Case) -> Case:
            cases.append((number, grade, function))
            return function

        return keep

    return cases, case


FIRST_CASES, case = table()


def refused_for(answer: Any, *names: str) -> None:
    assert error_of(answer) == INVALID
    assert fields_of(answer) == list(names)


@case(1, "D/O")
def no_authorization(qonversion: Caller) -> None:
    answer = qonversion.call("GET", EXPERIMENTS, headers={"Authorization": None})
    assert error_of(answer) == UNAUTHORIZED
    assert "details" not in answer.json()["error"]


@case(2, "D")
def unknown_key(qonversion: Caller) -> None:
    assert error_of(qonversion.with_key("sk_" + "x" * 32).call("GET", EXPERIMENTS)) == UNAUTHORIZED


@case(3, "A")
def basic_scheme(qonversion: Caller) -> None:
    headers = {"Authorization": f"Basic {qonversion.key}"}
    assert qonversion.call("GET", EXPERIMENTS, headers=headers).status_code == 401


@case(4, "O")
def project_key(qonversion: Caller) -> None:
    answer = qonversion.with_key(qonversion.sandbox.project.project_key).call("GET", EXPERIMENTS)
    assert error_of(answer) == UNAUTHORIZED


@case(5, "D")
def key_without_permission(qonversion: Caller) -> None:
    qonversion.sandbox.switch("permissions", "none", qonversion.key)
    answer = qonversion.call("GET", EXPERIMENTS)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "control_forbidden")


@case(6, "D")
def environments_are_apart(qonversion: Caller) -> None:
    test = qonversion.with_key(qonversion.sandbox.test_secret_key)
    made = test.created()
    assert test.ids() == [made["id"]]
    assert qonversion.ids() == []


@case(7, "D")
def empty_list(qonversion: Caller) -> None:
    assert qonversion.listing() == {"object": "list", "url": EXPERIMENTS, "data": [], "has_more": False}


@case(8, "D/A")
def create(qonversion: Caller) -> None:
    answer = qonversion.create({"name": "N", "alias_id": "a.b-c_1"})
    made = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == made["url"] == f"{EXPERIMENTS}/{made['id']}"
    assert list(made) == NAMES
    assert (made["object"], made["alias_id"], made["status"]) == ("experiment", "a.b-c_1", "draft")
    assert made["id"] != "a.b-c_1"
    assert (made["started_at"], made["finished_at"]) == (None, None)
    datetime.strptime(made["created_at"], "%Y-%m-%dT%H:%M:%SZ")


@case(9, "A from D")
def no_name(qonversion: Caller) -> None:
    refused_for(qonversion.create({"alias_id": "a"}), "name")


@case(10, "A")
def no_alias(qonversion: Caller) -> None:
    refused_for(qonversion.create({"name": "N"}), "alias_id")


@case(11, "D/A")
def alias_with_a_space_or_slash(qonversion: Caller) -> None:
    for alias in ("a b", "a/b", "", "ä", "a\n"):
        refused_for(qonversion.create(experiment(alias_id=alias)), "alias_id")


@case(12, "D")
def alias_of_64(qonversion: Caller) -> None:
    assert qonversion.create(experiment(alias_id="a" * 64)).status_code == 201


@case(13, "D")
def alias_of_65(qonversion: Caller) -> None:
    refused_for(qonversion.create(experiment(alias_id="a" * 65)), "alias_id")
    qonversion.sandbox.switch("alias_length", "256")
    assert qonversion.create(experiment(alias_id="a" * 65)).status_code == 201


@case(14, "D")
def alias_of_257(qonversion: Caller) -> None:
    qonversion.sandbox.switch("alias_length", "256")
    refused_for(qonversion.create(experiment(alias_id="a" * 257)), "alias_id")


@case(15, "X/A")
def alias_taken(qonversion: Caller) -> None:
    qonversion.created(alias_id="same")
    assert error_of(qonversion.create(experiment(alias_id="same"))) == (409, "resource", "already_exists")
    assert qonversion.effects() == ["created"]
    assert qonversion.with_key(qonversion.sandbox.test_secret_key).created(alias_id="same")["alias_id"] == "same"


@case(16, "D")
def nulls_are_echoed(qonversion: Caller) -> None:
    nulls = dict.fromkeys(("segment_percent", "primary_metric", "goal_value", "goal_direction"))
    made = qonversion.created(**nulls)
    assert {name: made[name] for name in nulls} == nulls


@case(17, "D")
def null_description(qonversion: Caller) -> None:
    refused_for(qonversion.create(experiment(description=None)), "description")
    made = qonversion.created(description="Why")
    assert qonversion.change(made["id"], {"description": None}).json()["description"] is None


@case(18, "A")
def percent_as_text(qonversion: Caller) -> None:
    refused_for(qonversion.create(experiment(segment_percent="50")), "segment_percent")


@case(19, "X")
def status_on_create(qonversion: Caller) -> None:
    assert qonversion.created(status="active")["status"] == "draft"
    assert qonversion.effects() == ["created"]


@case(20, "D")
def read_one(qonversion: Caller) -> None:
    made = qonversion.created()
    answer = qonversion.read(made["id"])
    assert (answer.status_code, answer.json()) == (200, made)
    assert qonversion.listing()["data"] == [made]


@case(21, "D/O")
def unknown_id(qonversion: Caller) -> None:
    answer = qonversion.read(UNKNOWN)
    assert error_of(answer) == NOT_FOUND
    assert "details" not in answer.json()["error"]


@case(22, "X")
def illegal_id(qonversion: Caller) -> None:
    assert qonversion.read("a%20b").status_code == 404


@case(23, "D")
def change_the_name(qonversion: Caller) -> None:
    made = qonversion.created(segment_percent=50)
    qonversion.pass_time(90)
    changed = qonversion.change(made["id"], {"name": "Other"})
    assert changed.status_code == 200
    differs = {name for name, value in changed.json().items() if value != made[name]}
    assert differs == {"name", "updated_at"}


@case(24, "X")
def empty_change(qonversion: Caller) -> None:
    made = qonversion.created()
    qonversion.pass_time(90)
    answer = qonversion.change(made["id"], {})
    assert (answer.status_code, answer.json()) == (200, made)
    assert qonversion.effects() == ["created"]


@case(25, "D")
def description_becomes_null(qonversion: Caller) -> None:
    made = qonversion.created(description="Why")
    assert qonversion.change(made["id"], {"description": None}).status_code == 200
    assert qonversion.shown(made["id"])["description"] is None


@case(26, "D")
def alias_stays(qonversion: Caller) -> None:
    made = qonversion.created(alias_id="first")
    for position in ("ignore", "400", "409", "422"):
        qonversion.sandbox.switch("alias_change", position)
        answer = qonversion.change(made["id"], {"alias_id": "second"})
        assert answer.status_code == (200 if position == "ignore" else int(position))
        assert qonversion.shown(made["id"])["alias_id"] == "first"
    assert qonversion.effects() == ["created"]


@case(27, "D")
def repeated_change(qonversion: Caller) -> None:
    identity = qonversion.created()["id"]
    answers = [qonversion.change(identity, {"name": "Other", "goal_value": 4}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json() == qonversion.shown(identity)
    assert qonversion.effects("changed") == ["changed"]


@case(28, "X from D")
def hyphenated_metric(qonversion: Caller) -> None:
    identity = qonversion.created()["id"]
    refused_for(qonversion.change(identity, {"primary_metric": "user-to-trial"}), "primary_metric")
    assert qonversion.change(identity, {"primary_metric": "user_to_trial"}).status_code == 200


@case(29, "D")
def legacy_metric(qonversion: Caller) -> None:
    qonversion.sandbox.switch("hyphenated_metric", "accept")
    identity = qonversion.created(primary_metric="user-to-trial")["id"]
    qonversion.sandbox.switch("hyphenated_metric", "reject")
    assert qonversion.shown(identity)["primary_metric"] == "user-to-trial"


@case(30, "D/A")
def start(qonversion: Caller) -> None:
    answer = qonversion.move(qonversion.created()["id"], "active")
    assert (answer.status_code, answer.json()["status"]) == (200, "active")
    assert answer.json()["started_at"] is not None
    assert qonversion.effects() == ["created", "started"]


@case(31, "D/A")
def pause(qonversion: Caller) -> None:
    answer = qonversion.move(qonversion.moved("active")["id"], "paused")
    assert (answer.status_code, answer.json()["status"], answer.json()["finished_at"]) == (200, "paused", None)


@case(32, "D/A")
def finish(qonversion: Caller) -> None:
    answer = qonversion.move(qonversion.moved("active")["id"], "finished")
    assert (answer.status_code, answer.json()["status"]) == (200, "finished")
    assert answer.json()["finished_at"] is not None


@case(33, "D")
def unknown_status(qonversion: Caller) -> None:
    refused_for(qonversion.move(qonversion.created()["id"], "running"), "status")


@case(34, "D")
def no_status(qonversion: Caller) -> None:
    refused_for(qonversion.call("POST", f"{qonversion.created()['url']}/status", {}), "status")


@case(35, "X")
def finished_stays_finished(qonversion: Caller) -> None:
    identity = qonversion.moved("active", "finished")["id"]
    assert qonversion.move(identity, "active").status_code == 409
    assert qonversion.shown(identity)["status"] == "finished"


@case(36, "D/A")
def delete(qonversion: Caller) -> None:
    identity = qonversion.created()["id"]
    answer = qonversion.delete(identity)
    assert (answer.status_code, answer.content) == (204, b"")
    assert error_of(qonversion.read(identity)) == NOT_FOUND
    assert qonversion.ids() == []


@case(37, "X")
def delete_again(qonversion: Caller) -> None:
    identity = qonversion.created()["id"]
    assert [qonversion.delete(identity).status_code for _ in range(2)] == [204, 404]
    assert qonversion.effects("deleted") == ["deleted"]
