"""What is remembered of one variant never stands in for another: not of other content, nor at another place."""

import copy
from datetime import UTC, datetime, timedelta

from experiments.providers.airship import document

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def of(*variants, device_types=("ios",)):
    return {"name": "n", "audience": {"tag": "a"}, "device_types": list(device_types), "variants": list(variants)}


def said(alert, **more):
    return {"push": {"notification": {"alert": alert}}, **more}


def problems(built, now=NOW):
    return [(problem.pointer, problem.code) for problem in document.find_problems(built, now=now)]


def test_a_problem_goes_along_with_its_variant_under_its_new_letter():
    clean, blank = said("Warm"), said(" ")
    assert ("/variants/1/push/notification/alert", "text_empty") in problems(of(clean, blank))
    moved = document.move_variant(of(clean, blank), 1, 0)
    found = document.find_problems(moved, now=NOW)
    assert [(problem.pointer, problem.message) for problem in found if problem.code == "text_empty"] == [
        ("/variants/0/push/notification/alert", "Variant A’s message is empty. Write it, or leave it out.")
    ]


def test_one_and_true_and_one_point_nought_are_judged_apart():
    assert problems(of(said("Warm", weight=1))) == problems(of(said("Warm")))
    assert ("/variants/0/weight", "weight_not_whole") in problems(of(said("Warm", weight=True)))
    assert ("/variants/0/weight", "weight_not_whole") in problems(of(said("Warm", weight=1.0)))


def test_another_platform_is_judged_anew():
    assert "payload_missing" not in dict(map(reversed, problems(of(said("Warm")))))
    assert "payload_missing" in dict(map(reversed, problems(of(said("Warm"), device_types=("ios", "email")))))


def test_a_time_that_has_passed_is_told_although_nothing_was_changed():
    built = of(said("Warm", schedule={"scheduled_time": "2026-11-02T09:00:00"}))
    before = copy.deepcopy(built)
    assert "schedule_past" not in dict(map(reversed, problems(built)))
    assert "schedule_past" in dict(map(reversed, problems(built, now=NOW + timedelta(days=2))))
    assert built == before


def test_a_variant_too_long_to_remember_is_judged_all_the_same():
    long = said("Warm " * 10_000)
    assert ("/variants/1/push/notification/ios", "too_many_bytes") in problems(of(said("Warm"), long))
    assert ("/variants/0/push/notification/ios", "too_many_bytes") in problems(of(long, said("Warm")))
