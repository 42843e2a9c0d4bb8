"""For every position of every switch: what can be seen of it.

A row is (switch, position, look): `look` gets a caller whose sandbox has the switch set, and returns what it saw;
`expected` follows. Numbers are shown with a small and with no limit.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.sandbox_cases_documents import CHANNEL, MAIL
from tests.sandbox_server import (
    UNKNOWN,
    Caller,
    in_time,
    scheduled,
    v0,
    with_notification,
    with_push,
    with_variants,
)


@dataclass(frozen=True)
class Look:
    switch: str
    see: Callable[[Caller], object]
    expected: dict[object, object]
    also: tuple[tuple[str, object], ...] = ()  # other switches that have to be set before


def status(make: Callable[[], Any]) -> Callable[[Caller], object]:
    return lambda airship: airship.create(make()).status_code


def verdict(name: str, make: Callable[[], Any]) -> Look:
    return Look(name, status(make), {"accept": 201, "reject": 400})


def mixed(*seconds: float | None) -> dict[str, Any]:
    variants: list[dict[str, Any]] = [{"push": {"notification": {"alert": "x"}}} for _ in seconds]
    for variant, ahead in zip(variants, seconds, strict=True):
        if ahead is not None:
            variant["schedule"] = {"scheduled_time": in_time(ahead)}
    return v0(variants=variants)


def in_schedule(**schedule: Any) -> dict[str, Any]:
    return with_variants(1, schedule=schedule)


def commercial_mail() -> dict[str, Any]:
    return with_notification(["email"], email={**MAIL, "plaintext_body": "No way out."})


def with_wns() -> dict[str, Any]:
    return with_notification(["ios", "wns"], alert="x", wns={"alert": "y"})


def names_of_two(airship: Caller) -> list[int]:
    return [airship.create(v0(name="Same")).status_code for _ in range(2)]


def deleted(airship: Caller) -> str:
    identity = str(airship.created(scheduled())["experiment_id"])
    assert airship.delete(identity).status_code == 200
    return identity


def shown(airship: Caller, document: Any = None) -> dict[str, Any]:
    content: dict[str, Any] = airship.lookup(airship.created(document)["experiment_id"]).json()["experiment"]
    return content


def scheduled_row(airship: Caller) -> dict[str, Any]:
    airship.created(scheduled())
    row: dict[str, Any] = airship.scheduled_listing()["experiments"][0]
    return row


def bad_alert(airship: Caller) -> object:
    return airship.create(with_notification(["ios"], alert=1)).json()["details"]["path"]


def location(airship: Caller) -> object:
    answer = airship.create()
    path = answer.headers.get("Location", "")
    return path.replace(airship.sandbox.url, "URL").replace(answer.json()["experiment_id"], "ID")


def with_bearer(airship: Caller) -> int:
    airship.session.auth = None
    headers = {"Authorization": f"Bearer {airship.app.token}", "X-UA-Appkey": airship.app.key}
    return airship.call("GET", "/api/experiments", headers=headers).status_code


def pages(airship: Caller) -> list[object]:
    airship.created()
    return [
        airship.call("GET", f"/api/experiments?{query}").status_code for query in ("limit=0", "limit=x", "offset=-1")
    ]


def overview(airship: Caller, document: Any) -> dict[str, Any]:
    content: dict[str, Any] = airship.overview(airship.created(document)["push_id"]).json()
    return content


def indirect_platforms(airship: Caller) -> list[str]:
    push_id = airship.created(v0(device_types=["ios", "android", "web"]))["push_id"]
    platforms = airship.detail(push_id, 1).json()["platforms"]
    return [name for name, counts in platforms.items() if "indirect_responses" in counts]


def detail_numbers(airship: Caller) -> list[int]:
    push_id = airship.created(with_variants(2))["push_id"]
    return [airship.detail(push_id, number).status_code for number in (0, 1, 2)]


def before_start(airship: Caller) -> int:
    return airship.overview(airship.created(scheduled())["push_id"]).status_code


def push_types(airship: Caller) -> list[str]:
    audiences: tuple[object, ...] = ("all", {"tag": "a"}, {"named_user": "u"}, {"not": {"tag": "a"}})
    made = [airship.created(v0(audience=audience))["push_id"] for audience in audiences]
    return [airship.call("GET", f"/api/reports/responses/{push_id}").json()["push_type"] for push_id in made]


def content_type_statuses(airship: Caller) -> int:
    headers = {"Content-Type": "text/plain"}
    return airship.create(v0(), headers=headers).status_code


def lag(airship: Caller) -> list[int]:
    airship.created()
    before = airship.listing()["total_count"]
    airship.pass_time(31)
    return [before, airship.listing()["total_count"]]


def description(airship: Caller) -> object:
    airship.created(v0(description="0123456789 marker"))
    return airship.listing()["experiments"][0].get("description")


def mail_body(airship: Caller) -> object:
    return airship.create(with_notification(["email"], email={**MAIL, "plaintext_body": "x" * 101})).status_code


def sized(device_type: str) -> Callable[[Caller], object]:
    return status(lambda: with_notification([device_type], alert="x" * 300))


TIGHT: dict[object, object] = {100: 400, 0: 201}

LOOKS = (
    verdict("past_schedule", lambda: scheduled(-60)),
    verdict("past_local_schedule", lambda: in_schedule(local_scheduled_time=in_time(3600))),
    verdict("mixed_schedules", lambda: mixed(3600, None)),
    verdict("different_schedules", lambda: mixed(3600, 7200)),
    verdict("local_scheduled_time", lambda: in_schedule(local_scheduled_time=in_time(200_000))),
    verdict("best_time", lambda: in_schedule(best_time={"send_date": in_time(400_000, "%Y-%m-%d")})),
    verdict("recurring", lambda: in_schedule(recurring={"cadence": {"type": "daily", "count": 1}})),
    verdict("fractional_seconds", lambda: in_schedule(scheduled_time=in_time(3600) + ".000Z")),
    verdict("device_types_all", lambda: v0(device_types="all")),
    verdict("duplicate_device_types", lambda: v0(device_types=["ios", "ios"])),
    verdict("wns", with_wns),
    verdict("payload_for_unlisted_device_type", lambda: with_notification(["ios"], alert="x", web={"title": "t"})),
    verdict("weight_zero", lambda: with_variants(2, weight=0)),
    verdict("weight_negative", lambda: with_variants(2, weight=-1)),
    verdict("weight_fraction", lambda: with_variants(2, weight=1.5)),
    verdict("weight_text", lambda: with_variants(2, weight="4")),
    verdict("control_zero", lambda: v0(control=0)),
    verdict("control_one", lambda: v0(control=1)),
    verdict("message_center", lambda: with_push(notification={"alert": "x"}, message={"title": "t", "body": "b"})),
    verdict("push_extras", lambda: with_push(notification={"alert": "x"}, campaigns={"categories": ["a"]})),
    verdict("experiment_extras", lambda: v0(message_type="commercial", orchestration={"type": "fan_out"})),
    verdict("redact_payload", lambda: with_push(notification={"alert": "x"}, options={"redact_payload": True})),
    Look("unsubscribe_link", status(commercial_mail), {"optional": 201, "required": 400}),
    Look("response_only_fields", status(lambda: v0(id=CHANNEL)), {"reject": 400, "ignore": 201}),
    Look("duplicate_names", names_of_two, {"accept": [201, 201], "reject": [201, 400]}),
    verdict(
        "duplicate_keys",
        lambda: (
            b'{"name":"a","name":"b","audience":"all","device_types":["ios"],"variants":'
            b'[{"push":{"notification":{"alert":"x"}}}]}'
        ),
    ),
    verdict("subscription_lists", lambda: v0(audience={"subscription_lists": "news"})),
    verdict("legacy_selectors", lambda: v0(audience={"alias": "bob"})),
    verdict("triggered", lambda: v0(audience="triggered")),
    verdict("all_inside_operators", lambda: v0(audience={"and": ["all", {"tag": "a"}]})),
    verdict("not_with_list", lambda: v0(audience={"not": [{"tag": "a"}]})),
    Look("selector_ids", status(lambda: v0(audience={"segment": "runners"})), {"uuid": 400, "any": 201}),
    Look("wrong_content_type", content_type_statuses, {"400": 400, "415": 415, "accept": 201}),
    Look(
        "scheduled_push_id",
        lambda airship: "push_id" in airship.created(scheduled()),
        {"present": True, "absent": False},
    ),
    Look(
        "scheduled_in_listing",
        lambda airship: [airship.created(scheduled())["ok"], airship.listing()["total_count"]],
        {"no": [True, 0], "yes": [True, 1]},
    ),
    Look(
        "scheduled_listing_push_id",
        lambda airship: "push_id" in scheduled_row(airship),
        {"absent": False, "present": True},
    ),
    Look(
        "scheduled_listing_created_at",
        lambda airship: "created_at" in scheduled_row(airship),
        {"absent": False, "present": True},
    ),
    Look("lookup_created_at", lambda airship: "created_at" in shown(airship), {"present": True, "absent": False}),
    Look(
        "deleted_in_listing",
        lambda airship: [bool(deleted(airship)), airship.listing()["total_count"]],
        {"no": [True, 0], "yes": [True, 1]},
    ),
    Look("deleted_in_lookup", lambda airship: airship.lookup(deleted(airship)).status_code, {"no": 404, "yes": 200}),
    Look("second_delete", lambda airship: airship.delete(deleted(airship)).status_code, {"404": 404, "200": 200}),
    Look(
        "description",
        description,
        {"unchanged": "0123456789 marker", "cut": "0123456789", "dropped": None},
        (("description_cut", 10),),
    ),
    Look("ok_type", lambda airship: airship.created()["ok"], {"boolean": True, "string": "true"}),
    Look(
        "non_uuid_id",
        lambda airship: [airship.lookup("abc").status_code, airship.delete("abc").status_code],
        {"404": [404, 404], "400": [400, 400]},
    ),
    Look("page_out_of_range", pages, {"400": [400, 400, 400], "clamp": [200, 200, 200]}),
    Look(
        "path_notation",
        bad_alert,
        {
            "dot": "variants.0.push.notification.alert",
            "bracket": "variants[0].push.notification.alert",
            "pointer": "/variants/0/push/notification/alert",
        },
    ),
    Look(
        "location_header",
        location,
        {"absolute": "URL/api/experiments/ID", "relative": "/api/experiments/ID", "absent": ""},
    ),
    Look(
        "content_type",
        lambda airship: airship.create().headers["Content-Type"],
        {"json": "application/json", "vendor": "application/vnd.urbanairship+json; version=3"},
    ),
    Look("bearer_status", with_bearer, {"401": 401, "403": 403}),
    Look("created_at_zone", lambda airship: shown(airship)["created_at"][-1] == "Z", {"absent": False, "z": True}),
    Look(
        "schedule_echo",
        lambda airship: shown(airship, in_schedule(scheduled_time="2099-05-01 09:00:00"))["variants"][0]["schedule"],
        {"as_sent": {"scheduled_time": "2099-05-01 09:00:00"}, "z": {"scheduled_time": "2099-05-01T09:00:00Z"}},
    ),
    Look(
        "reads_add_defaults",
        lambda airship: [shown(airship).get("control"), shown(airship)["variants"][0].get("weight")],
        {"no": [None, None], "yes": [0, 1]},
    ),
    Look("report_unknown_push", lambda airship: airship.overview(UNKNOWN).status_code, {"404": 404, "zeros": 200}),
    Look("report_before_start", before_start, {"404": 404, "zeros": 200}),
    Look(
        "report_unknown_variant",
        lambda airship: airship.detail(airship.created()["push_id"], 9).status_code,
        {"404": 404, "400": 400},
    ),
    Look("report_variant_ids", detail_numbers, {"one": [404, 200, 200], "zero": [200, 200, 404]}),
    Look(
        "overview_variant_ids",
        lambda airship: [row["id"] for row in overview(airship, with_variants(2))["variants"]],
        {"one": [1, 2], "zero": [0, 1]},
    ),
    Look(
        "overview_single_variant",
        lambda airship: isinstance(overview(airship, v0())["variants"], list),
        {"array": True, "object": False},
    ),
    Look("detail_indirect_key", indirect_platforms, {"none": [], "web": ["web"], "android": ["android"]}),
    Look("report_ok", lambda airship: overview(airship, v0()).get("ok"), {"absent": None, "present": True}),
    Look(
        "unnamed_variant",
        lambda airship: overview(airship, v0())["variants"][0].get("name"),
        {"absent": None, "letter": "Variant A", "empty": ""},
    ),
    Look(
        "push_type",
        push_types,
        {"audience": ["BROADCAST_PUSH", "TAG_PUSH", "UNICAST_PUSH", "SEGMENTS_PUSH"], "a_b": ["A_B"] * 4},
    ),
    # numbers
    Look(
        "description_cut",
        description,
        {4: "0123", 10: "0123456789"},
        (("description", "cut"),),
    ),
    Look("name_limit", status(lambda: v0(name="n" * 11)), {10: 400, 0: 201}),
    Look("description_limit", status(lambda: v0(description="n" * 11)), {10: 400, 0: 201}),
    Look("maximum_lead_days", status(lambda: scheduled(3 * 86_400)), {2: 400, 0: 201}),
    Look("listing_lag_seconds", lag, {30: [0, 1], 0: [1, 1]}),
    Look("ios_limit", sized("ios"), TIGHT),
    Look("android_limit", sized("android"), TIGHT),
    Look("web_limit", sized("web"), TIGHT),
    Look("amazon_limit", sized("amazon"), TIGHT),
    Look("email_limit", mail_body, {100: 400, 200: 201}),
    Look("body_limit", status(lambda: v0(description="d" * 500)), {200: 413, 2000: 201}),
)
