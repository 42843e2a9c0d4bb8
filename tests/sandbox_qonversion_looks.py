"""For every position of every Qonversion switch: what can be seen of it.

`see` gets a caller whose sandbox has the switch set, and returns what it saw; `expected` follows the positions.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.sandbox_qonversion import EXPERIMENTS, UNKNOWN, Caller, experiment

type See = Callable[[Caller], object]


@dataclass(frozen=True)
class Look:
    switch: str
    see: See
    expected: dict[object, object]
    also: tuple[tuple[str, object], ...] = ()  # other switches that have to be set before


REFUSED: dict[object, object] = {"409": 409, "422": 422, "400": 400}


def verdict(switch: str, make: Callable[[], dict[str, Any]]) -> Look:
    """A create that is refused or not."""
    return Look(switch, lambda qonversion: qonversion.create(make()).status_code, {"accept": 201, "reject": 400})


def with_field(**fields: Any) -> Callable[[], dict[str, Any]]:
    return lambda: experiment(**fields)


def group_verdict(switch: str, weight: float) -> Look:
    def see(qonversion: Caller) -> int:
        return qonversion.group(qonversion.created()["id"], {"weight": weight}).status_code

    return Look(switch, see, {"accept": 201, "reject": 400})


def default_of(name: str) -> See:
    return lambda qonversion: qonversion.created().get(name, "absent")


def move(*statuses: str) -> See:
    """The answer to the last of these moves."""

    def see(qonversion: Caller) -> int:
        return qonversion.move(qonversion.moved(*statuses[:-1])["id"], statuses[-1]).status_code

    return see


def moving(switch: str, *statuses: str) -> Look:
    return Look(switch, move(*statuses), {"accept": 200, **REFUSED})


def editing(switch: str, *statuses: str) -> Look:
    def see(qonversion: Caller) -> int:
        return qonversion.change(qonversion.moved(*statuses)["id"], {"name": "Other"}).status_code

    return Look(switch, see, {"accept": 200, **REFUSED})


def start_with(qonversion: Caller, *groups: dict[str, Any], **fields: Any) -> int:
    identity = qonversion.created(**fields)["id"]
    for group in groups:
        qonversion.grouped(identity, **group)
    return qonversion.move(identity, "active").status_code


def starts(*many: tuple[dict[str, Any], ...]) -> See:
    return lambda qonversion: [start_with(qonversion, *groups) for groups in many]


def illegal_id(qonversion: Caller) -> list[int]:
    answers = qonversion.read("a%20b"), qonversion.read("a" * 257), qonversion.change("a%20b", {"name": "N"})
    return [answer.status_code for answer in answers]


def malformed(qonversion: Caller) -> tuple[int, object]:
    answer = qonversion.create(b"{")
    return answer.status_code, answer.json()["error"]["code"]


def unknown_field(qonversion: Caller) -> list[int]:
    made = qonversion.created()["id"]
    return [
        qonversion.create(experiment(colour="red")).status_code,
        qonversion.change(made, {"colour": "red"}).status_code,
        qonversion.group(made, {"weight": 1, "colour": "red"}).status_code,
    ]


def alias_taken(qonversion: Caller) -> int:
    qonversion.created(alias_id="same")
    return qonversion.create(experiment(alias_id="same")).status_code


def deleted_alias(qonversion: Caller) -> int:
    qonversion.delete(qonversion.created(alias_id="same")["id"])
    return qonversion.create(experiment(alias_id="same")).status_code


def alias_change(qonversion: Caller) -> tuple[int, object]:
    identity = qonversion.created(alias_id="first")["id"]
    status = qonversion.change(identity, {"alias_id": "second"}).status_code
    return status, qonversion.shown(identity)["alias_id"]


def empty_patch(qonversion: Caller) -> list[int]:
    identity = qonversion.created()["id"]
    group_id = qonversion.grouped(identity)["id"]
    return [
        qonversion.change(identity, {}).status_code,
        qonversion.change_group(identity, group_id, {}).status_code,
    ]


def hyphens(qonversion: Caller) -> object:
    answer = qonversion.create(experiment(primary_metric="user-to-trial"))
    return answer.json()["primary_metric"] if answer.ok else answer.status_code


def remote_config(qonversion: Caller) -> list[int]:
    identity = qonversion.created()["id"]
    return [
        qonversion.group(identity, {"weight": 1, "remote_config_uid": uid}).status_code for uid in (UNKNOWN, "nothing")
    ]


def group_default(name: str) -> See:
    def see(qonversion: Caller) -> object:
        identity = qonversion.created()["id"]
        return [qonversion.grouped(identity)[name] for _ in range(2)]

    return see


def restarted(qonversion: Caller) -> bool:
    first = qonversion.moved("active", "paused")
    qonversion.pass_time(90)
    return bool(qonversion.move(first["id"], "active").json()["started_at"] == first["started_at"])


def reopened(qonversion: Caller) -> bool:
    return qonversion.moved("active", "finished", "active")["finished_at"] is None


def paused_percent(qonversion: Caller) -> list[object]:
    made = qonversion.moved("active", "paused", segment_percent=40)
    return [made["segment_percent"], qonversion.item(made["id"])["segment_percent"]]


def groups_after_start(qonversion: Caller) -> list[int]:
    identity, group_id = qonversion.running_with_group()
    return [
        qonversion.group(identity, {"weight": 1}).status_code,
        qonversion.change_group(identity, group_id, {"weight": 2}).status_code,
        qonversion.delete_group(identity, group_id).status_code,
    ]


def second_control(qonversion: Caller) -> object:
    identity = qonversion.created()["id"]
    qonversion.grouped(identity, is_control=True)
    status = qonversion.group(identity, {"weight": 1, "is_control": True}).status_code
    return status, [group["is_control"] for group in qonversion.groups(identity)]


def only_group(qonversion: Caller) -> int:
    identity = qonversion.created()["id"]
    return qonversion.delete_group(identity, qonversion.grouped(identity)["id"]).status_code


def control_group(qonversion: Caller) -> int:
    identity = qonversion.created()["id"]
    control, _ = (qonversion.grouped(identity, is_control=is_control)["id"] for is_control in (True, False))
    return qonversion.delete_group(identity, control).status_code


def delete_active(qonversion: Caller) -> int:
    return qonversion.delete(qonversion.moved("active")["id"]).status_code


def delete_twice(qonversion: Caller) -> int:
    identity = qonversion.created()["id"]
    qonversion.delete(identity)
    return qonversion.delete(identity).status_code


def attached_to_deleted(qonversion: Caller) -> int:
    first, second = qonversion.running_with_group(), qonversion.running_with_group()
    qonversion.attach(first[0], "QON_x", first[1])
    qonversion.delete(first[0])
    return qonversion.attach(second[0], "QON_x", second[1]).status_code


def long_group_id(qonversion: Caller) -> int:
    return qonversion.attach(qonversion.running_with_group()[0], "QON_x", "a" * 65).status_code


def attach_to_draft(qonversion: Caller) -> int:
    identity = qonversion.created()["id"]
    return qonversion.attach(identity, "QON_x", qonversion.grouped(identity)["id"]).status_code


def attach_user(user_id: str) -> See:
    def see(qonversion: Caller) -> int:
        identity, group_id = qonversion.running_with_group()
        return qonversion.attach(identity, user_id, group_id).status_code

    return see


def attach_to_unknown(qonversion: Caller) -> tuple[int, object]:
    answer = qonversion.attach(qonversion.running_with_group()[0], "QON_x", "1a2b3c4d")
    return answer.status_code, answer.json()["error"]["code"]


def attach_to_foreign(qonversion: Caller) -> tuple[int, object]:
    (identity, _), (_, foreign) = qonversion.running_with_group(), qonversion.running_with_group()
    answer = qonversion.attach(identity, "QON_x", foreign)
    return answer.status_code, answer.json()["error"]["code"]


def attach_twice(qonversion: Caller) -> list[int]:
    identity, group_id = qonversion.running_with_group()
    return [qonversion.attach(identity, "QON_x", group_id).status_code for _ in range(2)]


def attach_to_another_group(qonversion: Caller) -> list[object]:
    identity, group_id = qonversion.running_with_group()
    second = qonversion.grouped(identity)["id"]
    statuses: list[object] = [qonversion.attach(identity, "QON_x", group).status_code for group in (group_id, second)]
    qonversion.detach(identity, "QON_x")
    left = qonversion.sandbox.effects(kind="detached")[0].group_id
    return [*statuses, left == second]


def attach_to_others(qonversion: Caller) -> list[int]:
    first = qonversion.running_with_group(context_key="main")
    qonversion.attach(first[0], "QON_x", first[1])
    others = (qonversion.running_with_group(context_key=key) for key in ("onboarding", "main"))
    return [qonversion.attach(identity, "QON_x", group_id).status_code for identity, group_id in others]


def detach_stranger(qonversion: Caller) -> int:
    return qonversion.detach(qonversion.created()["id"], "QON_x").status_code


def status_of(method: str, path: str, **more: Any) -> See:
    return lambda qonversion: qonversion.call(method, path, **more).status_code


def with_another_type(qonversion: Caller) -> int:
    return qonversion.create(headers={"Content-Type": "text/plain"}).status_code


def with_project_key(qonversion: Caller) -> int:
    return qonversion.with_key(qonversion.sandbox.project.project_key).call("GET", EXPERIMENTS).status_code


def reads_and_writes(qonversion: Caller) -> list[int]:
    return [qonversion.call("GET", EXPERIMENTS).status_code, qonversion.create().status_code]


def by_alias(qonversion: Caller) -> int:
    return qonversion.read(qonversion.created(alias_id="first")["alias_id"]).status_code


ACCEPTED: dict[object, object] = {"accept": 204, **REFUSED}
CONTROL: dict[str, Any] = {"is_control": True}
PLAIN: dict[str, Any] = {"is_control": False}

REQUEST_LOOKS = (
    Look("project_key", with_project_key, {"401": 401, "403": 403}),
    Look("permissions", reads_and_writes, {"all": [200, 201], "read": [200, 403], "none": [403, 403]}),
    Look("unknown_path", status_of("GET", "/v4/experimentz"), {"404": 404, "400": 400}),
    Look("wrong_method", status_of("PUT", EXPERIMENTS), {"405": 405, "404": 404}),
    Look("illegal_id", illegal_id, {"404": [404] * 3, "400": [400] * 3}),
    Look("alias_as_id", by_alias, {"no": 404, "yes": 200}),
    Look("unknown_query", status_of("GET", f"{EXPERIMENTS}?status=active"), {"ignore": 200, "400": 400}),
    Look("other_content_type", with_another_type, {"accept": 201, "415": 415, "400": 400}),
    Look("malformed_json", malformed, {code: (400, code) for code in ("invalid_data", "invalid_content")}),
    Look("unknown_fields", unknown_field, {"ignore": [201, 200, 201], "reject": [400, 400, 400]}),
    verdict("null_on_create", with_field(description=None)),
    verdict("empty_name", with_field(name="")),
    Look("alias_length", lambda it: it.create(experiment(alias_id="a" * 65)).status_code, {"64": 400, "256": 201}),
    Look("alias_taken", alias_taken, {"accept": 201, **REFUSED}),
    Look("deleted_alias", deleted_alias, {"free": 201, "taken": 409}),
    Look(
        "alias_change",
        alias_change,
        {
            "ignore": (200, "first"),
            "accept": (200, "second"),
            **{name: (int(name), "first") for name in ("400", "409", "422")},
        },
    ),
    Look("empty_patch", empty_patch, {"200": [200, 200], "400": [400, 400]}),
    verdict("segment_percent_beyond_100", with_field(segment_percent=101)),
    verdict("segment_percent_fraction", with_field(segment_percent=12.5)),
    verdict("goal_value_negative", with_field(goal_value=-1)),
    Look(
        "metric_names", lambda it: it.create(experiment(primary_metric="joy")).status_code, {"any": 201, "known": 400}
    ),
    Look("hyphenated_metric", hyphens, {"reject": 400, "accept": "user-to-trial", "convert": "user_to_trial"}),
    Look(
        "goal_directions", lambda it: it.create(experiment(goal_direction="up")).status_code, {"any": 201, "known": 400}
    ),
    group_verdict("group_weight_zero", 0),
    group_verdict("group_weight_negative", -1),
    group_verdict("group_weight_fraction", 1.5),
    Look(
        "unknown_remote_config",
        remote_config,
        {"accept": [201, 201], **{n: [201, int(n)] for n in ("422", "404", "400")}},
    ),
    Look("initial_status", default_of("status"), {"draft": "draft", "paused": "paused"}),
    Look("default_description", default_of("description"), {"empty": "", "null": None, "absent": "absent"}),
    Look("default_segment_percent", default_of("segment_percent"), {"null": None, "100": 100}),
    Look("default_context_key", default_of("context_key"), {"empty": "", "absent": "absent"}),
    Look("default_is_context_specific", default_of("is_context_specific"), {"false": False, "absent": "absent"}),
    Look("default_group_name", group_default("name"), {"null": [None, None], "numbered": ["Group 1", "Group 2"]}),
    Look("default_is_control", group_default("is_control"), {"false": [False, False], "first": [True, False]}),
    moving("same_status", "active", "active"),
    moving("paused_to_active", "active", "paused", "active"),
    moving("paused_to_finished", "active", "paused", "finished"),
    moving("draft_to_paused", "paused"),
    moving("draft_to_finished", "finished"),
    moving("finished_to_active", "active", "finished", "active"),
    moving("finished_to_paused", "active", "finished", "paused"),
    moving("to_draft", "active", "draft"),
    Look(
        "start_needs_groups",
        starts((), (CONTROL,), (CONTROL, PLAIN)),
        {"none": [200, 200, 200], "one": [409, 200, 200], "two": [409, 409, 200]},
    ),
    Look("start_needs_control", starts((PLAIN,), (CONTROL,)), {"no": [200, 200], "yes": [409, 200]}),
    Look("start_needs_weight", starts(({"weight": 0},), (CONTROL,)), {"no": [200, 200], "yes": [409, 200]}),
    Look(
        "start_needs_segment",
        lambda it: [start_with(it), start_with(it, segment_percent=10)],
        {"no": [200, 200], "yes": [409, 200]},
    ),
    Look("start_refusal", lambda it: start_with(it), REFUSED, also=(("start_needs_groups", "one"),)),
    Look("started_at_again", restarted, {"kept": True, "renewed": False}),
    Look("finished_at_again", reopened, {"cleared": True, "kept": False}, also=(("finished_to_active", "accept"),)),
    Look("paused_segment_percent", paused_percent, {"kept": [40, 40], "zero": [0, 0]}),
    editing("edit_active", "active"),
    editing("edit_paused", "active", "paused"),
    editing("edit_finished", "active", "finished"),
    Look(
        "edit_groups_after_start",
        groups_after_start,
        {"accept": [201, 200, 204], **{name: [int(name)] * 3 for name in ("409", "422", "400")}},
    ),
    Look(
        "second_control",
        second_control,
        {
            "accept": (201, [True, True]),
            "replace": (201, [False, True]),
            **{name: (int(name), [True]) for name in ("409", "422", "400")},
        },
    ),
    Look("delete_last_group", only_group, ACCEPTED),
    Look("delete_control_group", control_group, ACCEPTED),
    Look("delete_active", delete_active, ACCEPTED),
    Look("repeated_delete", delete_twice, {"404": 404, "204": 204}),
    Look("attachments_of_deleted", attached_to_deleted, {"freed": 204, "kept": 409}),
    Look("attach_group_id_length", long_group_id, {"64": 400, "256": 404}),
    Look("attach_inactive", attach_to_draft, ACCEPTED),
    Look("attach_unknown_user", attach_user("somebody"), {"accept": 204, "404": 404, "422": 422}),
    Look(
        "attach_unknown_group",
        attach_to_unknown,
        {"404": (404, "not_found"), "422": (422, "relation_not_found"), "400": (400, "invalid_data")},
    ),
    Look(
        "attach_foreign_group",
        attach_to_foreign,
        {"404": (404, "not_found"), "422": (422, "relation_not_found"), "409": (409, "conflict")},
    ),
    Look("attach_again", attach_twice, {"accept": [204, 204], "409": [204, 409]}),
    Look("attach_other_group", attach_to_another_group, {"move": [204, 204, True], "409": [204, 409, False]}),
    Look(
        "attach_second_experiment",
        attach_to_others,
        {"409": [409, 409], "other_context": [204, 409], "accept": [204, 204]},
    ),
    Look("detach_stranger", detach_stranger, {"404": 404, "204": 204}),
)
