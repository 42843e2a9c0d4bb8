"""Documents that tests start from, and a short way to check them."""

from datetime import UTC, datetime

from experiments.providers.airship.document import find_problems

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def valid(**changes):
    """A small test that has no problem, with the changes asked for."""
    return {
        "name": "Long run",
        "audience": {"tag": "plan"},
        "device_types": ["ios", "android"],
        "variants": [
            {"push": {"notification": {"alert": "Warm"}}},
            {"push": {"notification": {"alert": "Short"}}},
        ],
    } | changes


def with_push(push, *device_types, **more):
    """The small test whose variant A is `push`."""
    built = valid(**more)
    built["variants"][0]["push"] = push
    if device_types:
        built["device_types"] = list(device_types)
    return built


def saying(part, *device_types):
    """The small test whose variant A has a notification `part` besides its message."""
    return with_push({"notification": {"alert": "Hi", **part}}, *device_types)


def problems(built, **options):
    return find_problems(built, now=NOW, **options)


def codes(built, **options):
    return [(problem.pointer, problem.code) for problem in problems(built, **options)]


EMAIL = {
    "message_type": "commercial",
    "sender_name": "Marlow",
    "sender_address": "run@example.com",
    "reply_to": "run@example.com",
    "subject": "Sunday",
    "plaintext_body": "Run. [[ua_unsubscribe]]",
}
MMS = {
    "fallback_text": "Look",
    "slides": [{"media": {"url": "https://e.com/a.JPG", "content_type": "image/jpeg"}, "text": "hi"}],
}


def scheduled(*schedules):
    built = valid(variants=[{"push": {"notification": {"alert": str(n)}}} for n in range(len(schedules))])
    for variant, schedule in zip(built["variants"], schedules, strict=True):
        if schedule is not None:
            variant["schedule"] = schedule
    return built


T1, T2 = {"scheduled_time": "2026-12-01T09:00:00"}, {"scheduled_time": "2026-12-01T09:00:01"}
