"""The second half of sandbox_qonversion_looks.py: how requests are answered, lists, summary, limits."""

from collections.abc import Callable
from typing import Any

import requests

from tests.sandbox_qonversion import EXPERIMENTS, FILTER, UNKNOWN, Caller, experiment
from tests.sandbox_qonversion_looks import Look, See, move, status_of

DAY = 86_400
CURSOR = (("list_paging", "cursor"),)


def said(answer: requests.Response) -> tuple[int, bytes]:
    return answer.status_code, answer.content


def detached(qonversion: Caller) -> object:
    identity, group_id = qonversion.running_with_group()
    qonversion.attach(identity, "QON_x", group_id)
    return said(qonversion.detach(identity, "QON_x"))


def conflict(qonversion: Caller) -> tuple[object, ...]:
    answer = qonversion.move(qonversion.moved("active", "finished")["id"], "active")
    return answer.json()["error"]["type"], answer.json()["error"]["code"]


def locations(qonversion: Caller) -> list[str | None]:
    made = qonversion.create()
    group = qonversion.group(made.json()["id"], {"weight": 1})
    ids = ((made.json()["id"], "ID"), (group.json()["id"], "GROUP"), (qonversion.sandbox.url, "HOST"))
    seen: list[str | None] = []
    for answer in (made, group):
        location = answer.headers.get("Location")
        for text, word in ids:
            location = location and location.replace(text, word)
        seen.append(location)
    return seen


def change_answers(qonversion: Caller) -> list[int]:
    identity = qonversion.created()["id"]
    group_id = qonversion.grouped(identity)["id"]
    return [
        qonversion.change(identity, {"name": "Other"}).status_code,
        qonversion.change_group(identity, group_id, {"weight": 2}).status_code,
    ]


def deleted_group(qonversion: Caller) -> object:
    identity = qonversion.created()["id"]
    return said(qonversion.delete_group(identity, qonversion.grouped(identity)["id"]))


def attached(qonversion: Caller) -> object:
    identity, group_id = qonversion.running_with_group()
    return said(qonversion.attach(identity, "QON_x", group_id))


def words_of_all(qonversion: Caller) -> list[str]:
    shown = [qonversion.moved(*moves) for moves in ((), ("active",), ("active", "paused"), ("active", "finished"))]
    assert [qonversion.item(row["id"])["status"] for row in shown] == [row["status"] for row in shown]
    return [row["status"] for row in shown]


def group_has(*names: str) -> See:
    return lambda qonversion: set(names) <= set(qonversion.grouped(qonversion.created()["id"]))


def offering(qonversion: Caller) -> list[object]:
    group = qonversion.grouped(qonversion.created()["id"])
    return [group.get(name, "absent") for name in ("offering_uid", "offering_tag")]


def sparse(qonversion: Caller) -> bool:
    return None in qonversion.created().values()


def time_end(qonversion: Caller) -> object:
    written = qonversion.created()["created_at"]
    return written[19:20] if len(written) > 20 else written[19:]


def error_keys(qonversion: Caller) -> object:
    error = qonversion.read(UNKNOWN).json()["error"]
    return sorted(error), error["code"]


def same_word_twice(qonversion: Caller) -> list[int]:
    answers = [qonversion.create(experiment(alias_id="same"), headers={"Idempotency-Key": "k"}) for _ in range(2)]
    return [answer.status_code for answer in answers]


def too_many(qonversion: Caller) -> list[int]:
    return [qonversion.call("GET", EXPERIMENTS).status_code for _ in range(3)]


def retry_after(qonversion: Caller) -> bool:
    return "Retry-After" in [qonversion.call("GET", EXPERIMENTS) for _ in range(2)][-1].headers


def order(qonversion: Caller) -> list[str]:
    for name in "AB":
        qonversion.created(name=name)
    return [row["name"] for row in qonversion.listing()["data"]]


def three_with(query: str) -> Callable[[Caller], dict[str, Any]]:
    def see(qonversion: Caller) -> dict[str, Any]:
        for _ in range(3):
            qonversion.created()
        return qonversion.listing(query)

    return see


def cursors(qonversion: Caller) -> list[bool]:
    page = three_with("?limit=2")(qonversion)
    return ["next_cursor" in page, "next_cursor" in qonversion.listing()]


def limits(qonversion: Caller) -> list[int]:
    return [qonversion.call("GET", f"{EXPERIMENTS}?limit={limit}").status_code for limit in ("0", "101", "x")]


def listed_statuses(qonversion: Caller) -> list[str]:
    qonversion.moved("active", "finished")
    qonversion.moved("active")
    return [row["status"] for row in qonversion.listing()["data"]]


def deleted_in_list(qonversion: Caller) -> int:
    qonversion.delete(qonversion.created()["id"])
    return len(qonversion.ids())


def summary_of_all(qonversion: Caller) -> object:
    qonversion.created()
    answer = qonversion.call("GET", f"{EXPERIMENTS}/summary")
    return answer.json().get("total_count", answer.status_code)


def summary_of_unknown(qonversion: Caller) -> object:
    answer = qonversion.summary(qonversion.created()["id"], UNKNOWN)
    return answer.json().get("total_count", answer.status_code)


def summary_twice(qonversion: Caller) -> object:
    identity = qonversion.created()["id"]
    return qonversion.summary(identity, identity).json()["total_count"]


def figures_are(qonversion: Caller) -> list[bool]:
    identity, _ = qonversion.running_with_group()
    item = qonversion.item(identity)
    return ["metrics" in item["groups"][0], "metrics" in item]


def long_text(name: str) -> See:
    return lambda qonversion: qonversion.create(experiment(**{name: "x" * 21})).status_code


def list_lag(qonversion: Caller) -> list[int]:
    qonversion.created()
    before = len(qonversion.ids())
    qonversion.pass_time(31)
    return [before, len(qonversion.ids())]


def users_after_a_day(qonversion: Caller) -> bool:
    identity, _ = qonversion.running_with_group()
    qonversion.pass_time(DAY)
    return bool(qonversion.item(identity)["groups"][0]["metrics"]["users"])


def request_id(qonversion: Caller) -> list[bool]:
    answers = qonversion.call("GET", EXPERIMENTS), qonversion.read(UNKNOWN)
    return ["X-Request-Id" in answer.headers for answer in answers]


ANSWER_LOOKS = (
    Look("create_answer", lambda it: it.create().status_code, {"201": 201, "200": 200}),
    Look(
        "created_location",
        locations,
        {
            "relative": ["/v4/experiments/ID", "/v4/experiments/ID/groups/GROUP"],
            "absolute": ["HOST/v4/experiments/ID", "HOST/v4/experiments/ID/groups/GROUP"],
            "absent": [None, None],
        },
    ),
    Look("change_answer", change_answers, {"200": [200, 200], "201": [201, 201]}),
    Look("status_answer", move("active"), {"200": 200, "201": 201}),
    Look("group_delete_answer", deleted_group, {"204": (204, b""), "200": (200, b"{}")}),
    Look("attach_answer", attached, {"204": (204, b""), "200": (200, b"{}"), "201": (201, b"{}")}),
    Look("detach_answer", detached, {"204": (204, b""), "200": (200, b"{}")}),
    Look("alias_in_answers", lambda it: "alias_id" in it.created(), {"present": True, "absent": False}),
    Look("offering_fields", offering, {"null": [None, None], "typed": ["", 0], "absent": ["absent", "absent"]}),
    Look(
        "status_words",
        words_of_all,
        {"active": ["draft", "active", "paused", "finished"], "running": ["draft", "running", "paused", "stopped"]},
    ),
    Look(
        "unknown_status",
        words_of_all,
        {"no": ["draft", "active", "paused", "finished"], "yes": ["draft", "active", "paused", "archived"]},
    ),
    Look("extra_fields", group_has("screens"), {"absent": False, "present": True}),
    Look("sparse_answers", sparse, {"no": True, "yes": False}),
    Look("time_form", time_end, {"z": "Z", "offset": "+", "fraction": "."}),
    Look("request_id_header", request_id, {"absent": [False, False], "present": [True, True]}),
    Look(
        "error_form",
        error_keys,
        {
            "full": (["code", "message", "type"], "not_found"),
            "without_type": (["code", "message"], "not_found"),
            "digits": (["code", "message"], "40401"),
        },
    ),
    Look(
        "conflict_error",
        conflict,
        {
            "conflict": ("resource", "conflict"),
            "already_exists": ("resource", "already_exists"),
            "logical": ("logical", "conflict"),
        },
    ),
    Look("idempotency_key", same_word_twice, {"ignore": [201, 409], "honour": [201, 201]}),
    Look("rate_limit_header", retry_after, {"absent": False, "retry_after": True}, also=(("requests_per_minute", 1),)),
    Look("list_order", order, {"newest": ["B", "A"], "oldest": ["A", "B"]}),
    Look("list_paging", lambda it: len(three_with("?limit=2")(it)["data"]), {"none": 3, "cursor": 2}),
    Look(
        "next_cursor",
        cursors,
        {"when_more": [True, False], "always": [True, True], "never": [False, False]},
        also=CURSOR,
    ),
    Look(
        "unknown_cursor",
        status_of("GET", f"{EXPERIMENTS}?starting_after={UNKNOWN}"),
        {"restart": 200, "400": 400},
        also=CURSOR,
    ),
    Look("page_limit_out_of_range", limits, {"400": [400] * 3, "clamp": [200] * 3}, also=CURSOR),
    Look("finished_in_list", listed_statuses, {"yes": ["active", "finished"], "no": ["active"]}),
    Look("deleted_in_list", deleted_in_list, {"no": 0, "yes": 1}),
    Look("summary_filter", summary_of_all, {"required": 400, "optional": 1}),
    Look("summary_unknown", summary_of_unknown, {"omit": 1, "404": 404, "400": 400}),
    Look("summary_repeated", summary_twice, {"once": 1, "twice": 2}),
    Look(
        "summary_metric",
        lambda it: it.item(it.created(primary_metric="user_to_trial")["id"])["primary_metric"],
        {"hyphens": "user-to-trial", "underscores": "user_to_trial"},
    ),
    Look("summary_unset_time", lambda it: it.item(it.created()["id"])["finished_at"], {"zero": 0, "null": None}),
    Look(
        "summary_figures",
        figures_are,
        {"in_groups": [True, False], "beside_groups": [False, True], "absent": [False, False]},
    ),
    Look("name_length", long_text("name"), {20: 400, 0: 201}),
    Look("description_length", long_text("description"), {20: 400, 0: 201}),
    Look("page_length", lambda it: len(three_with("")(it)["data"]), {2: 2, 20: 3}, also=CURSOR),
    Look("list_lag_seconds", list_lag, {30: [0, 1], 0: [1, 1]}),
    Look("summary_uids", status_of("GET", f"{EXPERIMENTS}/summary?{FILTER}=a&{FILTER}=b"), {1: 400, 50: 200}),
    Look("summary_delay_seconds", users_after_a_day, {2 * DAY: False, 0: True}),
    Look("requests_per_minute", too_many, {2: [200, 200, 429], 0: [200, 200, 200]}),
    Look("largest_body", lambda it: it.create().status_code, {10: 413, 1024: 201}),
)
