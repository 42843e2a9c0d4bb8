"""Rules about the whole test: each mistake is told at its place."""

import copy

import pytest

from tests.airship_documents import T1, T2, codes, saying, scheduled, valid

TWO = valid()["variants"]
MISTAKES = [
    # the test
    (valid(name=""), "/name", "name_missing"),
    (valid(name="  "), "/name", "name_missing"),
    (valid(name="\u200b\u200d\ufeff\u2060"), "/name", "name_missing"),
    (valid(name="\u3164\u2800\u00a0"), "/name", "name_missing"),
    (valid(name=None), "/name", "name_missing"),
    (valid(name=5), "/name", "not_text"),
    (valid(name="a\r\nBcc: b"), "/name", "name_lines"),
    (valid(name="a\u2028b"), "/name", "name_lines"),
    (valid(name="n" * 256), "/name", "name_too_long"),
    (valid(name="a\u202eb"), "/name", "name_bidi"),
    (valid(name="a\0b"), "/name", "nul"),
    (valid(name="a\ud800"), "/name", "surrogate"),
    (valid(description="x [ref abx-123]"), "/description", "marker"),
    (saying({"web": {"title": "REF  ABX-1"}}), "/variants/0/push/notification/web/title", "marker"),
    (valid(id="x"), "/id", "set_by_airship"),
    (valid(push_id="x"), "/push_id", "set_by_airship"),
    (valid(created_at="x"), "/created_at", "set_by_airship"),
    (valid(variants=[TWO[0] | {"id": 0}, TWO[1]]), "/variants/0/id", "set_by_airship"),
    (valid(varian=1), "/varian", "unknown_guard"),
    (valid(newer=1), "/newer", "unknown_key"),
    (valid(description=None), "/description", "null"),
    (valid(schedule=T1), "/schedule", "unknown_guard"),
    (valid(campaigns={"categories": []}), "/campaigns/categories", "too_few"),
    (valid(campaigns={}), "/campaigns/categories", "missing"),
    (valid(campaigns={"categories": ["c"] * 11}), "/campaigns/categories", "too_many"),
    (valid(campaigns={"categories": ["c" * 65]}), "/campaigns/categories/0", "too_long"),
    (valid(audience=None), "/audience", "audience_missing"),
    (valid(audience={}), "/audience", "audience_missing"),
    (valid(audience={"tag": ""}), "/audience/tag", "audience_value_empty"),
    (valid(audience="everyone"), "/audience", "audience_word"),
    # platforms
    (valid(device_types=[]), "/device_types", "device_types_missing"),
    (valid(device_types=None), "/device_types", "device_types_missing"),
    (valid(device_types="all"), "/device_types", "device_types_form"),
    (valid(device_types=["ios", 5]), "/device_types/1", "not_text"),
    (valid(device_types=["ios", "symbian"]), "/device_types/1", "device_type_unknown"),
    (valid(device_types=["ios", "all"]), "/device_types/1", "device_type_unknown"),
    (valid(device_types=["open::"]), "/device_types/0", "device_type_unknown"),
    (valid(device_types=["ios", "ios"]), "/device_types/1", "device_type_double"),
    # number of variants, weights, holdout
    (valid(variants=[]), "/variants", "variants_missing"),
    (valid(variants=None), "/variants", "variants_missing"),
    (valid(variants={}), "/variants", "not_list"),
    (valid(variants=[5]), "/variants/0", "not_object"),
    (valid(variants=TWO * 13 + TWO[:1]), "/variants", "variants_too_many"),
    (valid(variants=TWO[:1]), "/variants", "nothing_to_compare"),
    (valid(variants=[TWO[0], copy.deepcopy(TWO[0]) | {"name": "x"}]), "/variants/1", "variants_identical"),
    (valid(variants=[TWO[0] | {"weight": 0}, TWO[1]]), "/variants/0/weight", "weight_too_small"),
    (valid(variants=[TWO[0] | {"weight": -1}, TWO[1]]), "/variants/0/weight", "weight_too_small"),
    (valid(variants=[TWO[0] | {"weight": 1.5}, TWO[1]]), "/variants/0/weight", "weight_not_whole"),
    (valid(variants=[TWO[0] | {"weight": 1e3}, TWO[1]]), "/variants/0/weight", "weight_not_whole"),
    (valid(variants=[TWO[0] | {"weight": "１２"}, TWO[1]]), "/variants/0/weight", "weight_not_whole"),
    (valid(variants=[TWO[0] | {"weight": True}, TWO[1]]), "/variants/0/weight", "weight_not_whole"),
    (valid(variants=[TWO[0] | {"weight": None}, TWO[1]]), "/variants/0/weight", "weight_not_whole"),
    (valid(variants=[TWO[0] | {"weight": 10**30}, TWO[1]]), "/variants/0/weight", "weight_too_large"),
    (valid(control=-0.1), "/control", "control_range"),
    (valid(control=1), "/control", "control_range"),
    (valid(control=1.0), "/control", "control_range"),
    (valid(control=1.5), "/control", "control_range"),
    (valid(control="0,5"), "/control", "control_comma"),
    (valid(control="0.5"), "/control", "control_not_number"),
    (valid(control=True), "/control", "control_not_number"),
    (valid(control=float("nan")), "/control", "not_finite"),
    # times
    (scheduled(T1, None), "/variants/1/schedule", "schedule_mixed"),
    (scheduled({}, T1), "/variants/0/schedule", "schedule_mixed"),
    (scheduled(T1, T2), "/variants", "schedule_differs"),
    (scheduled(T1 | {"best_time": {"send_date": "2026-12-01"}}, T1), "/variants/0/schedule", "schedule_kinds"),
    (scheduled({"recurring": {}}, T1), "/variants/0/schedule", "schedule_kinds"),
    (scheduled({"recurring": {}}, T1), "/variants/0/schedule/recurring", "unknown_key"),
    (
        scheduled({"scheduled_time": "2026-11-21T11:59:59"}, T1),
        "/variants/0/schedule/scheduled_time",
        "schedule_past",
    ),
    (
        scheduled({"scheduled_time": "0001-01-01T00:00:00"}, T1),
        "/variants/0/schedule/scheduled_time",
        "schedule_past",
    ),
    (
        scheduled({"scheduled_time": "9999-12-31T23:59:59"}, T1),
        "/variants/0/schedule/scheduled_time",
        "schedule_form",
    ),
    (
        scheduled({"scheduled_time": "9998-12-31T23:59:59"}, T1),
        "/variants/0/schedule/scheduled_time",
        "schedule_far",
    ),
    (
        scheduled({"scheduled_time": "2026-02-30T09:00:00"}, T1),
        "/variants/0/schedule/scheduled_time",
        "schedule_form",
    ),
    (
        scheduled({"scheduled_time": "2026-12-01T09:00:60"}, T1),
        "/variants/0/schedule/scheduled_time",
        "schedule_form",
    ),
    (
        scheduled({"scheduled_time": "2026-12-01T09:00:00+02:00"}, T1),
        "/variants/0/schedule/scheduled_time",
        "schedule_offset",
    ),
    (
        scheduled({"scheduled_time": "2026-12-01T09:00:00-0500"}, T1),
        "/variants/0/schedule/scheduled_time",
        "schedule_offset",
    ),
    (scheduled({"scheduled_time": ""}, T1), "/variants/0/schedule/scheduled_time", "schedule_empty"),
    (scheduled({"scheduled_time": 5}, T1), "/variants/0/schedule/scheduled_time", "schedule_empty"),
    (scheduled({"best_time": {"send_date": "2026-12-01"}}, T1), "/variants/0/schedule/best_time", "unfenced"),
    (scheduled({"best_time": {"send_date": "soon"}}, T1), "/variants/0/schedule/best_time/send_date", "schedule_form"),
    (
        scheduled({"local_scheduled_time": "2026-12-01T09:00:00"}, T1),
        "/variants/0/schedule/local_scheduled_time",
        "unfenced",
    ),
    (
        scheduled({"local_scheduled_time": "2026-11-20T09:00:00"}, T1),
        "/variants/0/schedule/local_scheduled_time",
        "schedule_past",
    ),
]


@pytest.mark.parametrize(("built", "pointer", "code"), MISTAKES)
def test_each_mistake_is_told_at_its_place(built, pointer, code):
    assert (pointer, code) in codes(built)
