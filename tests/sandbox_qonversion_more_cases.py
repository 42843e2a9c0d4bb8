"""Conformance cases 38 to 64: groups, attached users, summary, and what answers may hold besides."""

import json
from http.client import HTTPConnection
from urllib.parse import quote

from tests.sandbox_qonversion import EXPERIMENTS, FILTER, UNKNOWN, Caller, error_of
from tests.sandbox_qonversion_cases import INVALID, NAMES, NOT_FOUND, refused_for, table

MORE_CASES, case = table()


@case(38, "D")
def no_groups(qonversion: Caller) -> None:
    url = f"{qonversion.created()['url']}/groups"
    answer = qonversion.call("GET", url)
    assert answer.json() == {"object": "list", "url": url, "data": [], "has_more": False}


@case(39, "D")
def create_group(qonversion: Caller) -> None:
    made = qonversion.created()
    answer = qonversion.group(made["id"], {"weight": 1, "is_control": True, "name": "Control"})
    group = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == group["url"] == f"{made['url']}/groups/{group['id']}"
    assert (group["object"], group["is_control"], group["weight"]) == ("experiment_group", True, 1)
    assert qonversion.groups(made["id"]) == [group]


@case(40, "D")
def group_without_weight(qonversion: Caller) -> None:
    refused_for(qonversion.group(qonversion.created()["id"], {"name": "A"}), "weight")


@case(41, "D")
def group_with_nulls(qonversion: Caller) -> None:
    answer = qonversion.group(qonversion.created()["id"], {"weight": 1, "name": None, "remote_config_uid": None})
    assert answer.status_code == 201
    assert (answer.json()["name"], answer.json()["remote_config_uid"]) == (None, None)


@case(42, "A")
def weight_as_text(qonversion: Caller) -> None:
    refused_for(qonversion.group(qonversion.created()["id"], {"weight": "1"}), "weight")


@case(43, "A")
def change_group(qonversion: Caller) -> None:
    identity = qonversion.created()["id"]
    first, second = (qonversion.grouped(identity, name=name) for name in "AB")
    qonversion.pass_time(90)
    answer = qonversion.change_group(identity, first["id"], {"weight": 3})
    differs = {name for name, value in answer.json().items() if value != first[name]}
    assert (answer.status_code, differs) == (200, {"weight", "updated_at"})
    assert qonversion.groups(identity) == [answer.json(), second]


@case(44, "A")
def delete_group(qonversion: Caller) -> None:
    identity = qonversion.created()["id"]
    first, second = (qonversion.grouped(identity, name=name) for name in "AB")
    answer = qonversion.delete_group(identity, first["id"])
    assert (answer.status_code, answer.content) == (204, b"")
    assert qonversion.groups(identity) == [second]


@case(45, "A")
def groups_of_nothing(qonversion: Caller) -> None:
    answers = (
        qonversion.call("GET", f"{EXPERIMENTS}/{UNKNOWN}/groups"),
        qonversion.group(UNKNOWN, {"weight": 1}),
        qonversion.change_group(UNKNOWN, "1a2b3c4d", {"weight": 1}),
        qonversion.delete_group(UNKNOWN, "1a2b3c4d"),
    )
    assert {error_of(answer) for answer in answers} == {NOT_FOUND}


@case(46, "D/O")
def attach(qonversion: Caller) -> None:
    identity, group_id = qonversion.running_with_group()
    answer = qonversion.attach(identity, "QON_x", group_id)
    assert (answer.status_code, answer.content) == (204, b"")
    effect = qonversion.sandbox.effects(kind="attached")[0]
    assert (effect.experiment_id, effect.group_id, effect.user_id) == (identity, group_id, "QON_x")


@case(47, "D")
def attach_to_no_group(qonversion: Caller) -> None:
    identity, _ = qonversion.running_with_group()
    refused_for(qonversion.call("POST", f"{EXPERIMENTS}/{identity}/users/QON_x", {}), "group_id")


@case(48, "D")
def group_id_of_65(qonversion: Caller) -> None:
    identity, _ = qonversion.running_with_group()
    refused_for(qonversion.attach(identity, "QON_x", "a" * 65), "group_id")
    qonversion.sandbox.switch("attach_group_id_length", "256")
    assert qonversion.attach(identity, "QON_x", "a" * 65).status_code == 404


@case(49, "O")
def attach_to_a_second(qonversion: Caller) -> None:
    first, second = qonversion.running_with_group(), qonversion.running_with_group()
    assert qonversion.attach(first[0], "QON_x", first[1]).status_code == 204
    answer = qonversion.attach(second[0], "QON_x", second[1])
    assert answer.status_code == 409
    assert answer.json()["error"]["message"] == "client already attached to experiment"


@case(50, "O")
def detach_and_attach_elsewhere(qonversion: Caller) -> None:
    first, second = qonversion.running_with_group(), qonversion.running_with_group()
    answers = (
        qonversion.attach(first[0], "QON_x", first[1]),
        qonversion.detach(first[0], "QON_x"),
        qonversion.attach(second[0], "QON_x", second[1]),
    )
    assert all(answer.ok for answer in answers)


@case(51, "D/A")
def detach(qonversion: Caller) -> None:
    identity, group_id = qonversion.running_with_group()
    qonversion.attach(identity, "QON_x", group_id)
    answer = qonversion.detach(identity, "QON_x")
    assert (answer.status_code, answer.content) == (204, b"")
    assert qonversion.effects("attached", "detached") == ["attached", "detached"]


@case(52, "X")
def group_of_another(qonversion: Caller) -> None:
    (identity, _), (_, foreign) = qonversion.running_with_group(), qonversion.running_with_group()
    assert error_of(qonversion.attach(identity, "QON_x", foreign)) == NOT_FOUND
    qonversion.sandbox.switch("attach_foreign_group", "422")
    assert error_of(qonversion.attach(identity, "QON_x", foreign)) == (422, "logical", "relation_not_found")


@case(53, "D/A")
def summary_of_nothing(qonversion: Caller) -> None:
    assert error_of(qonversion.call("GET", f"{EXPERIMENTS}/summary")) == INVALID


@case(54, "D")
def summary_of_one(qonversion: Caller) -> None:
    identity, group_id = qonversion.running_with_group(primary_metric="user_to_trial")
    other = qonversion.grouped(identity, remote_config_uid=UNKNOWN)["id"]
    answer = qonversion.summary(identity)
    item = answer.json()["items"][0]
    assert (answer.status_code, answer.json()["total_count"]) == (200, 1)
    assert item["uid"] == identity
    whole = ("experiment_id", "project_id", "finished_at", "created_at", "updated_at")
    assert {type(item[name]) for name in whole} == {int}
    assert (item["desc"], item["context_specific"], item["primary_metric"]) == ("", False, "user-to-trial")
    assert [(group["uid"], group["control"]) for group in item["groups"]] == [(group_id, 1), (other, 0)]
    assert ["remote_config_uid" in group for group in item["groups"]] == [False, True]
    assert {group["experiment_id"] for group in item["groups"]} == {item["experiment_id"]}
    assert qonversion.read(str(item["experiment_id"])).status_code == 404


def many(qonversion: Caller, count: int) -> list[str]:
    return [qonversion.created()["id"] for _ in range(count)]


@case(55, "D")
def summary_of_50(qonversion: Caller) -> None:
    identities = many(qonversion, 50)
    answer = qonversion.summary(*identities)
    assert (answer.status_code, answer.json()["total_count"]) == (200, 50)
    assert [item["uid"] for item in answer.json()["items"]] == identities


@case(56, "D/A")
def summary_of_51(qonversion: Caller) -> None:
    assert error_of(qonversion.summary(*(UNKNOWN for _ in range(51)))) == INVALID


@case(57, "A")
def encoded_brackets(qonversion: Caller) -> None:
    identity = qonversion.created()["id"]
    targets = [f"{EXPERIMENTS}/summary?{name}={identity}" for name in (FILTER, quote(FILTER))]
    for target in targets:
        connection = HTTPConnection(qonversion.sandbox.host, qonversion.sandbox.port, timeout=5)  # sends it as it is
        connection.request("GET", target, headers={"Authorization": f"Bearer {qonversion.key}"})
        assert json.loads(connection.getresponse().read())["items"][0]["uid"] == identity
        connection.close()
    assert [seen["target"] for seen in qonversion.control("GET", "requests?last=2")] == targets


@case(58, "D")
def summary_is_no_id(qonversion: Caller) -> None:
    answer = qonversion.summary(UNKNOWN)
    assert (answer.status_code, answer.json()) == (200, {"total_count": 0, "items": []})


@case(59, "D/X")
def unknown_address(qonversion: Caller) -> None:
    assert error_of(qonversion.call("GET", "/v4/experimentz")) == (404, "request", "invalid_request")


@case(60, "D/I")
def one_429(qonversion: Caller) -> None:
    qonversion.sandbox.order("status", status=429, path=EXPERIMENTS)
    assert [qonversion.call("GET", EXPERIMENTS).status_code for _ in range(2)] == [429, 200]


@case(61, "O")
def errors_of_another_form(qonversion: Caller) -> None:
    qonversion.sandbox.switch("error_form", "digits")
    error = qonversion.read(UNKNOWN).json()["error"]
    assert set(error) == {"code", "message"}
    assert error["code"].isdigit()


@case(62, "I")
def unknown_fields_and_values(qonversion: Caller) -> None:
    qonversion.sandbox.switch("extra_fields", "present")
    qonversion.sandbox.switch("unknown_status", "yes")
    shown = qonversion.moved("active", "finished")
    assert set(shown) > set(NAMES)
    assert shown["status"] == "archived"


@case(63, "A")
def pages(qonversion: Caller) -> None:
    identities = many(qonversion, 5)[::-1]
    qonversion.sandbox.switch("list_paging", "cursor")
    qonversion.sandbox.switch("page_length", 2)
    seen, query = list[str](), ""
    while True:
        page = qonversion.listing(query)
        seen += [row["id"] for row in page["data"]]
        if not page["has_more"]:
            break
        assert page["next_cursor"] == seen[-1]
        query = f"?starting_after={seen[-1]}"
    assert seen == identities
    assert "next_cursor" not in page
    answer = qonversion.call("GET", f"{EXPERIMENTS}?starting_after={UNKNOWN}")
    assert answer.headers["X-Qon-Pagination-Restarted"] == "true"
    assert [row["id"] for row in answer.json()["data"]] == identities[:2]


@case(64, "D")
def charts_are_not_there(qonversion: Caller) -> None:
    qonversion.sandbox.switch("unknown_path", "400")
    assert qonversion.call("GET", "/v4/analytics/charts/no-such-chart").status_code == 400
    assert qonversion.call("GET", "/v4/analytics/charts/experiment-new-users").status_code == 404
