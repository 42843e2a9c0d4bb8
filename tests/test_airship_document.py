"""Airship's document: what is right has no problem, what is wrong is told in words, junk breaks nothing."""

import copy
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from experiments.providers.airship import document
from experiments.providers.airship.document import find_problems, read_document
from tests import test_airship_message_rules, test_airship_rules
from tests.airship_documents import EMAIL, MMS, NOW, T1, T2, codes, problems, saying, scheduled, valid, with_push
from tests.sandbox_cases_documents import DOCUMENT_CASES

OPENAPI = Path(__file__).parents[2] / "shared" / "providers" / "airship-openapi.json"
LONG = "x" * 5000
MISTAKES = [*test_airship_rules.MISTAKES, *test_airship_message_rules.MISTAKES]


@pytest.mark.parametrize(
    ("device_types", "has_in_app", "names"),
    [
        (["ios", "android", "amazon"], False, ("Push",)),
        (["ios", "email", "sms", "web", "mms"], False, ("Push", "Email", "SMS", "Web", "MMS")),
        (["open::kiosk"], True, ("kiosk", "In-app")),
        ([], False, ()),
        ("ios", False, ()),
    ],
)
def test_channels_are_the_kinds_of_message(device_types, has_in_app, names):
    push = {"in_app": {"alert": "x"}} if has_in_app else {}
    assert document.channels({"device_types": device_types, "variants": [{"push": push}, 5]}) == names


@pytest.mark.parametrize(
    ("device_types", "sentence"),
    [
        (["ios"], "iOS"),
        (["ios", "android"], "iOS and Android"),
        (["ios", "android", "web"], "iOS, Android and web"),
        (["amazon", "open::kiosk"], "Fire OS and kiosk"),
        ([], "no platform yet"),
    ],
)
def test_platforms_are_listed_in_words(device_types, sentence):
    assert document.platform_sentence(device_types) == sentence


@pytest.mark.parametrize(
    ("pointer", "field"),
    [
        ("/variants/0/push/notification/alert", "f-variants-0-push-notification-alert"),
        ("/variants/3/push/notification/open::kiosk/alert", "f-variants-3-push-notification-open__kiosk-alert"),
        ("/name", "f-name"),
        ("/a~1b/ö", "f-a_1b-_"),
        ("", "f-"),
    ],
)
def test_field_of_a_place_has_a_stable_id(pointer, field):
    assert document.field_for(pointer) == field


def test_small_test_has_no_problem():
    assert problems(valid()) == ()


TWO = valid()["variants"]


GREETING = "Hi {{#if name}}{{name}}{{else}}there{{/if}}"
WARNINGS = {
    "name_bidi",
    "nothing_to_compare",
    "variants_identical",
    "part_without_text",
    "part_unused",
    "dangerous_option",
    "personalisation_off",
    "fallback_missing",
    "differs_in_several",
    "reads_the_same",
    "relevance_score",
    "template_and_text",
    "unsubscribe_missing",
    "schedule_differs",
    "schedule_far",
    "unfenced",
    "large_number",
    "audience_old_selector",
    "unknown_key",  # a newer Airship may know it
    "name_absent",
}


@pytest.mark.parametrize(
    "built",
    [
        valid(audience="all"),
        valid(audience="ALL"),
        valid(control=0),
        valid(control=0.999),
        valid(name="Grüße 日本 مرحبا 👩🏽‍🚀"),
        valid(description="", campaigns={"categories": ["spring", "c" * 64]}),
        valid(variants=[{"push": {"notification": {"alert": str(n)}}} for n in range(26)]),
        valid(variants=[TWO[0] | {"weight": 2**31 - 1, "name": "a", "description": "d"}, TWO[1] | {"weight": 1}]),
        valid(variants=TWO[:1], control=0.5),
        with_push({"in_app": {"alert": "x", "display_type": "banner", "display": {"position": "top", "duration": 0}}}),
        with_push({"notification": {"ios": {"badge": "auto"}}}, "ios", variants=copy.deepcopy(TWO)),
        with_push({"notification": {"alert": GREETING}, "options": {"personalization": True, "expiry": 3600}}),
        with_push({"notification": {"alert": "x"}, "options": {"expiry": "2026-12-01T00:00:00"}}),
        with_push({"notification": {"alert": "x"}, "options": {"no_throttle": False}}),
        saying({"android": {"alert": "x" * 4000}}),
        saying({"ios": {"alert": {"body": "x", "action-loc-key": None}, "sound": {"name": "s", "critical": True}}}),
        saying({"ios": {"badge": "+3", "extra": {"any": [1, {}]}, "media_attachment": {"url": "https://e.com/a.gif"}}}),
        saying({"actions": {"open": {"type": "deep_link", "content": "app://x", "fallback_url": "https://e.com"}}}),
        saying({"actions": {"open": {"type": "url", "content": "tel:15035551234"}, "add_tag": "a", "share": "x"}}),
        saying({"actions": {"open": {"type": "landing_page", "content": {"body": "x", "content_type": "text/html"}}}}),
        saying({"actions": {"app_defined": {"^d": "app://x"}, "add_custom_event": {"name": "e", "value": 5}}}),
        saying({"interactive": {"type": "ua_yes_no_foreground", "button_actions": {"yes": {"add_tag": ["a"]}}}}),
        saying({"open::kiosk": {"alert": "x", "media_attachment": "https://e.com/a.gif"}}, "ios", "open::kiosk"),
        saying({"android": {"template": {"fields": {"alert": GREETING}}}}),
        scheduled(T1, T1),
        scheduled({"scheduled_time": "2026-12-01 09:00:00Z"}, T1),
    ],
)
def test_what_airship_takes_has_no_problem(built):
    told = problems(built)  # some of these were made of one odd message and one plain one
    assert [problem for problem in told if problem.code != "differs_in_several"] == []


def test_email_sms_and_mms_are_complete_without_a_plain_message():
    for part, device_type in (({"email": EMAIL}, "email"), ({"sms": {"alert": "x"}}, "sms"), ({"mms": MMS}, "mms")):
        variants = [{"push": {"notification": part}, "schedule": T1}, {"push": {"notification": part}, "schedule": T2}]
        assert {problem.code for problem in problems(valid(device_types=[device_type], variants=variants))} == {
            "schedule_differs"
        }


def test_mms_serves_the_platform_sms():
    variants = [{"push": {"notification": {"mms": MMS | {"subject": name}}}} for name in "ab"]
    assert problems(valid(device_types=["sms"], variants=variants)) == ()


def test_warnings_are_what_airship_may_still_take():
    seen = set()
    for built, _, _ in MISTAKES:
        seen |= {(problem.code, problem.severity) for problem in problems(built)}
    warned = {code for code, severity in seen if severity == "warning"}
    assert warned - {"too_many_bytes", "option_not_for_tests"} <= WARNINGS
    assert not {code for code, severity in seen if severity == "error"} & WARNINGS


def test_too_many_bytes_are_an_error_for_phones_and_a_warning_for_web():
    long = {"notification": {"alert": LONG}}
    found = {p.pointer.rsplit("/", 1)[1]: p.severity for p in problems(with_push(long, "ios", "android", "web"))}
    assert found == {"ios": "error", "android": "error", "web": "warning"}


def test_bytes_are_counted_on_what_the_platform_gets():
    (problem,) = problems(with_push({"notification": {"alert": "é" * 3000}}, "ios"))
    assert problem.message == (
        "Variant A, iOS: 6,012 of 4,096 bytes, 1,916 too many. Shorten the message or the links."
    )
    shortened = with_push({"notification": {"alert": "é" * 3000, "ios": {"alert": "short"}}}, "ios")
    assert problems(shortened) == ()


def test_unknown_key_is_kept_and_told():
    built = valid(newer={"x": 1})
    assert [problem.code for problem in problems(built)] == ["unknown_key"]
    assert json.loads(document.to_bytes(built)) == built


@pytest.mark.parametrize("lead", [timedelta(0), timedelta(minutes=5)])
def test_time_keeps_its_distance(lead):
    def at(when):
        return [p.code for p in problems(document.at_time(valid(), when), lead=lead)]

    assert at(NOW) == ["schedule_past"] * 2
    assert at(NOW + lead + timedelta(seconds=1)) == []
    if lead:
        assert at(NOW + lead) == []
        assert at(NOW + lead - timedelta(seconds=1)) == ["schedule_near"] * 2


def test_checking_needs_a_time_with_its_zone():
    with pytest.raises(ValueError, match="time zone"):
        document.find_problems(valid(), now=NOW.replace(tzinfo=None))


def test_another_day_is_named():
    yesterday, _ = problems(document.at_time(valid(), NOW - timedelta(hours=28)))
    assert yesterday.message == "08:00 on 20 November 2026 has passed. Pick a later time."
    late = document.at_time(valid(), NOW + timedelta(seconds=30))
    near, _ = problems(late, lead=timedelta(minutes=5))
    assert near.message == "12:00 today is too near to be taken back. Pick 12:05 today or later."


def test_times_are_told_in_the_zone_asked_for():
    built = scheduled({"scheduled_time": "2026-11-21T08:00:00"}, {"scheduled_time": "2026-11-21T08:00:00"})
    first, _ = problems(built, zone=ZoneInfo("Europe/Berlin"))
    assert first.message == "09:00 today has passed. Pick a later time."


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
@pytest.mark.parametrize("text", ["0001-01-01T00:00:00", "9999-12-31T23:59:59"])
def test_first_and_last_year_do_not_break_the_clock(zone, text):
    assert problems(scheduled({"scheduled_time": text}, T1), zone=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("built", "message"),
    [
        (
            valid(device_types=["ios", "web"], variants=[*TWO, {"push": {"notification": {"ios": {"alert": "x"}}}}]),
            "Variant C has no message for web. Every platform in the test needs a text.",
        ),
        (
            saying({"email": EMAIL | {"subject": ""}}, "ios", "email"),
            "Variant A has no email subject. Airship needs it.",
        ),
        (saying({"android": {"extra": {"k": 1}}}), "Variant A’s Android extra “k” must be a text."),
        (valid(variants=[*TWO, 5]), "Variant C must be an object in braces."),
        (
            valid(varian=1),
            "“varian” in the test is unknown. Did you mean “variants”? "
            "It decides who gets the test, or when, so it must be right.",
        ),
        (
            saying({"ios": {"alrt": 1}}),
            "Splitdesk does not know “alrt” in variant A’s iOS message. Did you mean “alert”? "
            "It is kept as it is; Airship’s check decides.",
        ),
        (
            valid(control=1.5),
            "The holdout is 1.5. It must be 0 or more and less than 1; 0.1 means 10 % get nothing.",
        ),
        (
            with_push({"notification": {"alert": "x"}, "options": {"no_throttle": True}}),
            "Variant A sends as fast as possible, without the project’s own brake (no_throttle).",
        ),
        (
            with_push({"notification": {"alert": "Hi {{name}}"}}),
            "People will read “{{name}}” as it stands: variant A has personalisation off.",
        ),
        (
            saying({"actions": {"open": {"type": "url", "content": "javascript:x"}}}),
            "Variant A’s link begins with “javascript:”, which Splitdesk does not send.",
        ),
    ],
)
def test_problems_are_plain_sentences(built, message):
    assert message in [problem.message for problem in problems(built)]


def test_every_message_is_a_sentence_and_no_shouting():
    for built, _, _ in MISTAKES:
        for problem in problems(built):
            assert (
                problem.message.startswith(("“", "iOS"))
                or problem.message[0].isupper()
                or problem.message[0].isdecimal()
            )
            assert problem.message.endswith(".")
            assert "!" not in problem.message
            assert problem.code


def test_every_pointer_leads_into_the_document_or_to_a_missing_part_of_it():
    built = saying({"email": {}, "ios": {"alert": {"body": 5}}}, "ios", "email")
    for problem in problems(built):
        assert problem.pointer.startswith("/")
        assert document.field_for(problem.pointer).startswith("f-")


def test_problems_come_in_reading_order_and_each_once():
    built = valid(name="", audience=None, zzz=1, variants=[{}] * 12)
    found = codes(built)
    assert len(found) == len(set(found))
    tops = [pointer.split("/")[1] for pointer, _ in found]
    assert tops == sorted(tops, key=["name", "audience", "variants", "zzz"].index)
    positions = [int(pointer.split("/")[2]) for pointer, _ in found if pointer.startswith("/variants/")]
    assert positions == sorted(positions)


def test_finding_problems_changes_nothing():
    built = saying({"open::kiosk": {"alrt": 1}})
    before = copy.deepcopy(built)
    problems(built)
    assert built == before


def test_deep_document_is_one_problem_and_no_crash():
    deep: object = "x"
    for _ in range(10_000):
        deep = {"not": deep}
    assert [problem.code for problem in problems(valid(audience=deep))] == ["too_deep"]


def test_rules_say_where_they_come_from():
    from experiments.providers.airship.message_rules import MESSAGE_RULES
    from experiments.providers.airship.part_rules import PART_RULES
    from experiments.providers.airship.rules import RULES

    for rule in (*RULES, *MESSAGE_RULES, *PART_RULES):
        assert "Source: " in (rule.__doc__ or ""), rule.__name__


def test_26_variants_with_all_platforms_have_no_problem():
    notification = {"alert": "x", "ios": {"alert": {"body": "x" * 200}}, "android": {"alert": "y"}, "email": EMAIL}
    variants = [
        {"name": str(n), "push": {"notification": notification | {"sms": {"alert": str(n)}}}} for n in range(26)
    ]
    built = valid(device_types=["ios", "android", "email", "sms"], variants=variants)
    assert problems(built) == ()


@pytest.mark.parametrize("case", DOCUMENT_CASES, ids=lambda case: f"{case.number} {case.what}")
def test_own_check_says_what_airship_would_say(case):
    built = case.document()
    text = built.decode() if isinstance(built, bytes) else json.dumps(built)
    found, unread = read_document(text)
    own_wishes = ("name_missing",)  # Airship does not ask for a name
    told = unread or find_problems(found, now=datetime.now(UTC))
    refused = [p for p in told if p.code not in own_wishes and (p.severity == "error" or p.code == "unknown_key")]
    assert bool(refused) == (case.status == 400)  # an unknown key is told, and Airship's own check decides


def openapi_examples():
    if not OPENAPI.exists():
        return []
    paths = json.loads(OPENAPI.read_text())["paths"]
    posts = [paths[path]["post"] for path in ("/api/experiments", "/api/experiments/validate")]
    bodies = [post["requestBody"]["content"]["application/json"] for post in posts]
    return [body["example"] for body in bodies if "example" in body] + [
        example["value"] for body in bodies for example in body.get("examples", {}).values()
    ]


@pytest.mark.skipif(not OPENAPI.exists(), reason="Airship's definition is not at hand")
def test_examples_of_airship_have_no_error_and_round_trip():
    examples = openapi_examples()
    assert len(examples) >= 2
    for example in examples:
        filled = json.loads(json.dumps(example).replace("{{sched_5m}}", "2026-11-21T12:05:00"))
        assert [problem for problem in problems(filled) if problem.severity == "error"] == []
        text = document.to_bytes(filled).decode()
        assert read_document(text) == (filled, ())
        assert document.same_content(filled, json.loads(text)) == []
