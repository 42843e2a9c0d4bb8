"""Conformance cases that are about one document: what create answers, and validate with it (cases 1 to 53, 84 to 86).

Strength: MUST = documented; SHOULD = official clients, older documents, support; CHOICE = not documented, a switch.
`says` is what the refusal has to name. A number may stand several times: its halves.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.sandbox_server import in_time, scheduled, v0, with_notification, with_push, with_variants

MAIL = {
    "subject": "Your month: 86 km",
    "plaintext_body": "Eleven runs. [[ua_unsubscribe]]",
    "message_type": "commercial",
    "sender_name": "Marlow Running",
    "sender_address": "coach@marlow.example",
    "reply_to": "coach@marlow.example",
}
CHANNEL = "11111111-2222-4333-8444-555555555555"
SLIDE = {"media": {"url": "https://marlow.example/map.png", "content_type": "image/png"}}


@dataclass(frozen=True)
class DocumentCase:
    """`document` is made when the test runs: schedules depend on now."""

    number: int
    strength: str
    what: str
    document: Callable[[], Any]
    status: int
    code: int = 0
    says: str = ""
    path: str = ""


def audience(value: Any, *device_types: str) -> Callable[[], Any]:
    return lambda: v0(audience=value) | ({"device_types": list(device_types)} if device_types else {})


def schedule(**value: Any) -> Callable[[], Any]:
    return lambda: with_variants(1, schedule={name: make() if callable(make) else make for name, make in value.items()})


def ios(**part: Any) -> Callable[[], Any]:
    return lambda: with_notification(["ios"], ios=part)


def android(**part: Any) -> Callable[[], Any]:
    return lambda: with_notification(["android"], android={"alert": "Go", **part})


def but(name: str) -> Callable[[], Any]:
    return lambda: {key: value for key, value in v0().items() if key != name}


C = DocumentCase
TWO = with_variants(2) | {"audience": {"tag": "runner"}, "device_types": ["ios", "android"]}
EMAIL_ONLY = ["email"]

DOCUMENT_CASES = (
    C(1, "MUST", "smallest body", v0, 201),
    C(2, "MUST", "two variants, a tag, two platforms", lambda: TWO, 201),
    C(3, "MUST", "26 variants", lambda: with_variants(26), 201),
    C(4, "MUST", "27 variants", lambda: with_variants(27), 400, path="variants"),
    C(5, "SHOULD", "no variants", lambda: v0(variants=[]), 400, path="variants"),
    C(6, "SHOULD", "variants missing", but("variants"), 400, path="variants"),
    C(7, "SHOULD", "audience missing", but("audience"), 400, 40202, "audience"),
    C(8, "SHOULD", "device_types missing", but("device_types"), 400, path="device_types"),
    C(9, "SHOULD", "variant without push", lambda: v0(variants=[{"name": "A"}]), 400, path="variants.0.push"),
    C(10, "SHOULD", "empty push", with_push, 400, path="variants.0.push"),
    C(11, "SHOULD", "in-app alone", lambda: with_push(in_app={"alert": "Hi", "display_type": "banner"}), 201),
    C(
        12,
        "SHOULD",
        "audience in push",
        lambda: with_push(notification={"alert": "x"}, audience="all"),
        400,
        says="audience",
    ),
    C(
        *(13, "SHOULD", "device_types in push"),
        lambda: with_push(notification={"alert": "x"}, device_types=["ios"]),
        *(400, 0, "device_types"),
    ),
    C(
        *(14, "CHOICE", "message center"),
        lambda: with_push(notification={"alert": "x"}, message={"title": "t", "body": "b"}),
        *(400, 0, "message"),
    ),
    C(
        *(15, "MUST", "unknown key in notification"),
        lambda: with_notification(["ios"], alrt="x"),
        400,
        40000,
        "alrt",
        "variants.0.push.notification.alrt",
    ),
    C(16, "MUST", "broken JSON", lambda: b'{"audience": "all",', 400, 40000, "JSON"),
    C(17, "SHOULD", "empty notification", lambda: with_notification(["ios"]), 400, path="variants.0.push.notification"),
    C(
        *(18, "SHOULD", "android has nothing to show"),
        lambda: with_notification(["ios", "android"], ios={"alert": "x"}),
        *(400, 40000, "android"),
    ),
    C(
        *(19, "SHOULD", "android shows the default alert"),
        lambda: with_notification(["ios", "android"], alert="y", ios={"alert": "x"}),
        201,
    ),
    C(20, "SHOULD", "e-mail from an alert", lambda: with_notification(EMAIL_ONLY, alert="x"), 400, 40000, "email"),
    C(21, "SHOULD", "full e-mail part", lambda: with_notification(EMAIL_ONLY, email=MAIL), 201),
    C(22, "SHOULD", "unknown device type", lambda: v0(device_types=["symbian"]), 400, says="symbian"),
    C(23, "SHOULD", "open channel", lambda: v0(device_types=["open::kiosk"]), 201),
    # The OpenAPI document settles case 24: a non-empty array, no "all". The dossier's 201 is a switch.
    C(24, "CHOICE", 'device_types "all"', lambda: v0(device_types="all"), 400, path="device_types"),
    C(25, "SHOULD", "device_types as a bare string", lambda: v0(device_types="ios"), 400, path="device_types"),
    C(26, "SHOULD", "iOS channel without iOS", audience({"ios_channel": CHANNEL}, "android"), 400, says="ios"),
    C(26, "SHOULD", "iOS channel with iOS", audience({"ios_channel": CHANNEL}, "ios"), 201),
    C(27, "SHOULD", "audience ALL", audience("ALL"), 201),
    C(28, "SHOULD", "audience everyone", audience("everyone"), 400, says="everyone"),
    C(29, "SHOULD", "empty audience", audience({}), 400, path="audience"),
    C(30, "SHOULD", "several tags", audience({"tag": ["a", "b"]}), 201),
    C(31, "SHOULD", "operators in capitals", audience({"AND": [{"tag": "a"}, {"NOT": {"tag": "b"}}]}), 201),
    C(32, "SHOULD", "all inside and", audience({"and": ["all", {"tag": "a"}]}), 400, path="audience.and.0"),
    C(33, "SHOULD", "not of two", audience({"not": [{"tag": "a"}, {"tag": "b"}]}), 400, path="audience.not"),
    C(34, "SHOULD", "two kinds in one selector", audience({"tag": "a", "segment": CHANNEL}), 400, says="segment"),
    C(35, "SHOULD", "tag in a group", audience({"tag": "a", "group": "g"}), 201),
    C(36, "MUST", "control 0.2", lambda: v0(control=0.2), 201),
    C(37, "SHOULD", "control 1.5", lambda: v0(control=1.5), 400, path="control"),
    C(37, "SHOULD", "control -0.1", lambda: v0(control=-0.1), 400, path="control"),
    C(38, "CHOICE", "control 0", lambda: v0(control=0), 201),
    C(38, "CHOICE", "control 1", lambda: v0(control=1), 400, path="control"),
    C(41, "CHOICE", "weight 0", lambda: with_variants(1, weight=0), 400, path="variants.0.weight"),
    C(41, "CHOICE", "weight -1", lambda: with_variants(1, weight=-1), 400, path="variants.0.weight"),
    C(41, "CHOICE", "weight 1.5", lambda: with_variants(1, weight=1.5), 400, path="variants.0.weight"),
    C(42, "SHOULD", "11 categories", lambda: v0(campaigns={"categories": [f"c{n}" for n in range(11)]}), 400),
    C(42, "SHOULD", "category of 65", lambda: v0(campaigns={"categories": ["c" * 65]}), 400),
    C(42, "SHOULD", "10 categories of 64", lambda: v0(campaigns={"categories": ["c" * 64] * 10}), 201),
    C(44, "MUST", "time without Z", schedule(scheduled_time=lambda: in_time(3600)), 201),
    C(44, "MUST", "time with Z", schedule(scheduled_time=lambda: in_time(3600) + "Z"), 201),
    C(44, "MUST", "time with a space", schedule(scheduled_time=lambda: in_time(3600, "%Y-%m-%d %H:%M:%S")), 201),
    C(45, "SHOULD", "time with an offset", schedule(scheduled_time=lambda: in_time(9999) + "+02:00"), 400, says="UTC"),
    C(46, "CHOICE", "time in the past", lambda: scheduled(-60), 400, path="variants.0.schedule.scheduled_time"),
    C(
        *(47, "SHOULD", "two time keys"),
        schedule(scheduled_time=lambda: in_time(3600), local_scheduled_time=lambda: in_time(3600)),
        *(400, 0, "exactly one"),
    ),
    C(48, "SHOULD", "badge ++", ios(alert="x", badge="++"), 400, path="variants.0.push.notification.ios.badge"),
    C(48, "SHOULD", "badge auto", ios(alert="x", badge="auto"), 201),
    C(48, "SHOULD", "badge +3", ios(alert="x", badge="+3"), 201),
    C(49, "SHOULD", "android extra with a number", android(extra={"n": 1}), 400),
    C(49, "MUST", "android extra gcm_x", android(extra={"gcm_x": "1"}), 400, says="gcm_x"),
    C(49, "MUST", "android extra of texts", android(extra={"n": "1"}), 201),
    C(50, "MUST", "android over 4096 bytes", android(summary="ä" * 2050), 400, says="4096"),
    C(50, "MUST", "android within 4096 bytes", android(summary="ä" * 2000), 201),
    C(51, "MUST", "iOS over 4096 bytes", ios(alert="x" * 4090), 400, says="4096"),
    C(51, "MUST", "iOS within 4096 bytes", ios(alert="x" * 4000), 201),
    C(52, "SHOULD", "empty actions", lambda: with_notification(["ios"], alert="x", actions={}), 400),
    C(
        52,
        "SHOULD",
        "unknown action",
        lambda: with_notification(["ios"], alert="x", actions={"fly": 1}),
        400,
        says="fly",
    ),
    C(
        *(53, "SHOULD", "sms and mms together"),
        lambda: with_notification(["sms"], sms={"alert": "x"}, mms={"fallback_text": "x", "slides": [SLIDE]}),
        *(400, 0, "sms or mms"),
    ),
    C(84, "SHOULD", "no categories", lambda: v0(campaigns={"categories": []}), 400, path="campaigns.categories"),
    C(
        *(85, "SHOULD", "expiry -5"),
        lambda: with_push(notification={"alert": "x"}, options={"expiry": -5}),
        400,
        path="variants.0.push.options.expiry",
    ),
    C(86, "CHOICE", "request carries id", lambda: v0(id=CHANNEL), 400, says="id"),
    C(86, "CHOICE", "request carries created_at", lambda: v0(created_at=in_time(0)), 400, says="created_at"),
    C(86, "CHOICE", "variant carries id", lambda: with_variants(1, id=0), 400, path="variants.0.id"),
)
