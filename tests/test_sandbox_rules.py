"""Rules from texts and older documents that the schemas do not hold: each refused, and its neighbour not.

Every row is (what, refused document, part of the reason, accepted document).
"""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox_cases_documents import CHANNEL, MAIL, SLIDE
from tests.sandbox_server import Caller, in_time, running, v0, with_notification, with_push, with_variants


@pytest.fixture
def airship() -> Iterator[Caller]:
    with running(is_checked=False) as caller:
        yield caller


def act(**actions: Any) -> dict[str, Any]:
    return with_notification(["ios"], alert="x", actions=actions)


def ios(**part: Any) -> dict[str, Any]:
    return with_notification(["ios"], ios={"alert": "x", **part})


def android(**part: Any) -> dict[str, Any]:
    return with_notification(["android"], android={"alert": "x", **part})


def mail(**part: Any) -> dict[str, Any]:
    return with_notification(["email"], email={**MAIL, **part})


def to(audience: Any, *device_types: str) -> dict[str, Any]:
    return v0(audience=audience, device_types=list(device_types or ("ios",)))


def options(**options: Any) -> dict[str, Any]:
    return with_push(notification={"alert": "x"}, options=options)


def at(**schedule: Any) -> dict[str, Any]:
    return with_variants(1, schedule=schedule)


def buttons(kind: str, **actions: Any) -> dict[str, Any]:
    return with_notification(["ios"], alert="x", interactive={"type": kind, "button_actions": actions})


def banner(**more: Any) -> dict[str, Any]:
    return with_push(in_app={"alert": "x", "display_type": "banner", **more})


def slide(url: str) -> dict[str, Any]:
    part = {"fallback_text": "x", "slides": [{"media": {**SLIDE["media"], "url": url}}]}
    return with_notification(["mms"], mms=part)


SHARE = {"share": "x"}
ROWS: tuple[tuple[str, dict[str, Any], str, dict[str, Any]], ...] = (
    ("tag added and removed", act(add_tag="a", remove_tag=["a"]), "both", act(add_tag="a", remove_tag=["b"])),
    ("app-defined repeats", act(share="x", app_defined={"^s": "y"}), "repeats", act(share="x", app_defined={"z": 1})),
    ("contact tags want a group", act(tags=[{"type": "contact", "action": "add", "tags": ["a"]}]), "group",
     act(tags=[{"type": "channel", "action": "add", "tags": ["a"]}])),
    ("contact lists want a scope", act(subscription_list=[{"type": "contact", "list_id": "a", "action": "subscribe"}]),
     "scope", act(subscription_list=[{"type": "channel", "list_id": "a", "action": "subscribe"}])),
    ("blank deep link", act(open={"type": "deep_link", "content": " "}), "blank",
     act(open={"type": "deep_link", "content": "marlow://home"})),
    ("unknown open type", act(open={"type": "door", "content": "x"}), "one of", act(open={"type": "url",
     "content": "tel:1"})),
    ("null action", act(add_tag=None), "expected", act(add_tag=["a"])),
    ("unknown built-in buttons", buttons("ua_maybe"), "built-in", buttons("maybe", sure=SHARE)),
    ("button of another type", buttons("ua_yes_no_foreground", maybe=SHARE), "maybe",
     buttons("ua_yes_no_foreground", yes=SHARE)),
    ("iOS extra named like an action", ios(extra={"^d": "x"}, actions={"open": {"type": "url",
     "content": "x"}}), "action",
     ios(extra={"d": "x"}, actions={"open": {"type": "url", "content": "x"}})),
    ("iOS extra aps", ios(extra={"aps": {}}), "aps", ios(extra={"any": [1, {"b": None}]})),
    ("iOS priority 7", ios(priority=7), "one of", ios(priority=5)),
    ("collapse id of 65 bytes", ios(collapse_id="ä" * 33), "64 bytes", ios(collapse_id="ä" * 32)),
    ("relevance over 1", ios(relevance_score=1.1), "range", ios(relevance_score=1)),
    ("sound without name", ios(sound={"critical": True}), "name", ios(sound={"name": "horn", "volume": 0.5})),
    ("empty iOS alert object", ios(alert={}), "empty", ios(alert={"title": "t", "body": "b"})),
    ("two kinds of template",
     ios() | with_notification(["ios"], ios={"template": {"template_id": CHANNEL, "fields": {}}}),
     "exactly one", with_notification(["ios"], ios={"template": {"template_id": CHANNEL}})),
    ("not available with in-app", with_push(notification={"ios": {"content_available": False}}, in_app={
        "alert": "x", "display_type": "banner"}), "in_app", ios(content_available=False)),
    ("content available as a word", ios(content_available="yes"), "true or false",
     with_notification(["ios"], ios={"content-available": 1})),
    ("android colour in words", android(icon_color="red"), "#rrggbb", android(icon_color="#00ff00")),
    ("android priority in words", android(priority="high"), "integer", android(priority=-2)),
    ("android extra google", android(extra={"google.x": "1"}), "not allowed", android(extra={"x": "1"})),
    ("style without its field", android(style={"type": "inbox"}), "lines", android(style={"type": "inbox",
     "lines": ["a"]})),
    ("empty public notification", android(public_notification={}), "empty",
     android(public_notification={"title": "t"})),
    ("amazon expires too soon", with_notification(["amazon"], amazon={"alert": "x", "expires_after": 59}), "range",
     with_notification(["amazon"], amazon={"alert": "x", "expires_after": 60})),
    ("web icon as a string", with_notification(["web"], web={"alert": "x", "icon": "https://a"}), "object",
     with_notification(["web"], web={"alert": "x", "icon": {"url": "https://a"}})),
    ("three web buttons", with_notification(["web"], web={"alert": "x", "buttons": [{"id": "a", "label": "A"}] * 3}),
     "more than 2", with_notification(["web"], web={"alert": "x", "buttons": [{"id": "a", "label": "A"}] * 2})),
    ("web has no in-app", banner() | {"device_types": ["web"]}, "web", banner() | {"device_types": ["android"]}),
    ("in-app as a modal", banner(display_type="modal"), "banner", banner(display={"position": "top", "duration": 0})),
    ("in-app expiry in the past tense", banner(expiry=-1), "range", banner(expiry=in_time(3600))),
    ("blank mail subject", mail(subject=" "), "blank", mail(subject="S")),
    ("bypass in a commercial mail", mail(bypass_opt_in_level=True), "transactional",
     mail(bypass_opt_in_level=True, message_type="transactional")),
    ("bcc without @", mail(bcc=["nobody"]), "form", mail(bcc=["a@b.example"])),
    ("mail body over 100 KB", mail(html_body="x" * 102_401), "102400 bytes", mail(html_body="x" * 102_400)),
    ("mail template without sender", with_notification(["email"], email={"template": {"template_id": CHANNEL}}),
     "message_type", with_notification(["email"], email={
         "template": {"fields": {"subject": "S", "plaintext_body": "B"}}, "message_type": "transactional",
         "sender_name": "M", "sender_address": "m@m.example", "reply_to": "m@m.example"})),
    ("sms over 1600", with_notification(["sms"], sms={"alert": "x" * 1601}), "1600",
     with_notification(["sms"], sms={"alert": "x" * 1600})),
    ("sms with nothing to say", with_notification(["sms"], sms={"shorten_links": True}), "sms",
     with_notification(["sms"], alert="x", sms={"shorten_links": True})),
    ("sms expiry over two days", with_notification(["sms"], sms={"alert": "x", "expiry": 172_801}), "range",
     with_notification(["sms"], sms={"alert": "x", "expiry": 172_800})),
    ("mms without its part", with_notification(["mms"], alert="x"), "mms", slide("https://m.example/a.PNG")),
    ("mms of a web page", slide("https://m.example/a.html"), "picture", slide("http://m.example/a.vcf")),
    ("expiry as words", options(expiry="soon"), "date-time", options(expiry="{{minutes}}")),
    ("option from a rumour", options(test=True), "test", options(no_throttle=True)),
    ("flag as a number", options(no_throttle=1), "true or false", options(expiry=0)),
    ("eleven children", to({"or": [{"tag": "a"}] * 11}), "more than 10", to({"or": [{"tag": "a"}] * 10})),
    ("1001 selectors", to({"or": [{"or": [{"or": [{"tag": "a"}] * 10}] * 10}] * 9 + [{"or": [{"or": [
        {"tag": "a"}] * 10}] * 9 + [{"and": [{"or": [{"tag": "a"}] * 10}, {"tag": "b"}]}]}]}), "1000 selectors",
     to({"or": [{"or": [{"or": [{"tag": "a"}] * 10}] * 10}] * 10})),
    ("operator with company", to({"and": [{"tag": "a"}], "tag": "b"}), "alone", to({"and": [{"tag": "a"}]})),
    ("unknown selector", to({"moon": "full"}), "moon", to({"named_user": "a"})),
    ("named user with spaces", to({"named_user": " a"}), "form", to({"named_user": ["a b", "c"]})),
    ("tag of 129", to({"tag": "t" * 129}), "128", to({"tag": "t" * 128})),
    ("number as a tag", to({"tag": [1]}), "string", to({"TAG": ["1"]})),
    ("attribute without value", to({"attribute": "a", "operator": "equals"}), "value",
     to({"attribute": "a", "operator": "is_empty"})),
    ("sms id without sms", to({"sms_id": {"msisdn": "1555", "sender": "1"}}), "sms",
     to({"sms_id": {"msisdn": "1555", "sender": "1"}}, "sms")),
    ("count without operator", to({"activity": "app_open", "metric": "count"}), "operator",
     to({"activity": "app_open", "metric": "last", "before": 3})),
    ("empty device types", v0(device_types=[]), "at least 1", v0(device_types=["amazon"])),
    ("open channel without a name", v0(device_types=["open::"]), "unknown", v0(device_types=["open::tv-1"])),
    ("local time gone everywhere", at(local_scheduled_time=in_time(-13 * 3600)), "passed",
     at(local_scheduled_time=in_time(-11 * 3600))),
    ("best day gone everywhere", at(best_time={"send_date": in_time(-3 * 86400, "%Y-%m-%d")}), "passed",
     at(best_time={"send_date": in_time(0, "%Y-%m-%d")})),
    ("no such day", at(scheduled_time="2099-02-30T10:00:00"), "date-time", at(scheduled_time="2099-02-28T10:00:00")),
    ("second 60", at(scheduled_time="2099-02-28T10:00:60"), "date-time", at(scheduled_time="2099-02-28T10:00:59")),
    ("a date alone", at(scheduled_time="2099-02-28"), "date-time", at(best_time={"send_date": "2099-02-28"})),
    ("best time with an hour", at(best_time={"send_date": "2099-02-28T10:00:00"}), "YYYY-MM-DD",
     at(best_time={"send_date": "2096-02-29"})),
    ("empty schedule", at(), "exactly one", at(local_scheduled_time="2099-02-28T10:00:00")),
    ("null name", v0(name=None), "string", v0(name="")),
    ("control as a word", v0(control="0.1"), "number", v0(control=0.5)),
    ("control as a flag", v0(control=True), "number", v0(control=0.999)),
    ("weight as a flag", with_variants(1, weight=True), "integer", with_variants(1, weight=10**9)),
    ("top-level schedule", v0(schedule={"scheduled_time": in_time(3600)}), "schedule",
     at(scheduled_time=in_time(3600))),
    ("top-level weight", v0(weight=1), "weight", with_variants(1, weight=1)),
    ("categories missing", v0(campaigns={}), "categories", v0(campaigns={"categories": ["a"]})),
)  # fmt: skip


@pytest.mark.parametrize(("refused", "says", "accepted"), [pytest.param(*row[1:], id=row[0]) for row in ROWS])
def test_rule(airship: Caller, refused: dict[str, Any], says: str, accepted: dict[str, Any]) -> None:
    answer = airship.validate(refused)
    assert answer.status_code == 400
    details = answer.json()["details"]
    assert says in details["error"] or says in details.get("path", "")
    assert airship.validate(accepted).status_code == 200, airship.validate(accepted).text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Authorization": "Basic %%%"}, 401),
        ({"Authorization": "Basic /////w=="}, 401),
        ({"Authorization": "Digest x"}, 401),
        ({"Authorization": "Bearer x", "X-UA-Appkey": "y"}, 401),
    ],
)
def test_odd_credentials_get_401(airship: Caller, headers: dict[str, str], status: int) -> None:
    assert airship.call("GET", "/api/experiments").status_code == 200
    airship.session.auth = None
    assert airship.call("GET", "/api/experiments", headers=headers).status_code == status


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/api/push", 404),
        ("GET", "/api/reports", 404),
        ("GET", "/api/experiments/a/b/c", 404),
        ("GET", "/api/experiments/validate", 405),
        ("POST", "/api/experiments/scheduled", 405),
        ("PATCH", f"/api/experiments/scheduled/{CHANNEL}", 405),
        ("POST", f"/api/reports/experiment/overview/{CHANNEL}", 405),
        ("POST", f"/api/reports/experiment/detail/{CHANNEL}/1", 405),
        ("POST", f"/api/reports/responses/{CHANNEL}", 405),
        ("POST", f"/api/reports/perpush/detail/{CHANNEL}", 405),
        ("GET", f"/api/reports/experiment/detail/{CHANNEL}/1", 404),
        ("OPTIONS", "/api/experiments", 405),
    ],
)
def test_other_addresses(airship: Caller, method: str, path: str, status: int) -> None:
    answer = airship.call(method, path)
    assert answer.status_code == status
    assert ("Allow" in answer.headers) == (status == 405)
    assert airship.sandbox.effects() == []
