"""Fills an empty sandbox with about sixty tests of Marlow Running: most are over, a few wait, one just went out."""

import json
import random
from datetime import timedelta

from sandbox.airship.example_texts import EXAMPLES, Example
from sandbox.airship.schedules import epoch
from sandbox.clock import as_datetime, iso
from sandbox.state import App, State

DAYS_BACK = 120
SCHEDULED = (
    ("Sunday long run reminder", 2, 8),
    ("Race day tips", 3, 9),
    ("Shoe mileage warning: how blunt?", 5, 17),
    ("Race week checklist", 6, 6),
    ("Monthly summary mail", 9, 10),
    ("Club run on Thursday", 11, 15),
    ("New routes near you", 13, 16),
)  # name, days ahead, hour (UTC)
JUST_SENT = "Autumn half marathon plan launch"
HOUR = 3600.0


def add_examples(state: State, app: App, now: float) -> int:
    """Adds the examples where there is no experiment yet; how many were added. The ledger stays empty."""
    if state.newest(app.key, now, 1, 0, with_scheduled=True, with_deleted=True)[1]:
        return 0
    luck = random.Random(2026)  # noqa: S311 the same examples for everybody
    past = [(example, run) for example in EXAMPLES for run in range(example.runs)]
    luck.shuffle(past)
    with state.step():
        for position, (example, run) in enumerate(past):
            days = 2 + (DAYS_BACK - 3) * (len(past) - position) / len(past)
            hour = luck.choice((6, 7, 9, 11, 15, 16, 17, 18))
            _add_finished(state, app, example, run, _at_hour(now - days * 86_400, hour))
        sent = next(example for example in EXAMPLES if example.name == JUST_SENT)
        _add_finished(state, app, sent, sent.runs, now - HOUR)
        for name, days_ahead, hour in SCHEDULED:
            example = next(example for example in EXAMPLES if example.name == name)
            _add_scheduled(state, app, example, now, _at_hour(now + days_ahead * 86_400, hour))
    return len(past) + 1 + len(SCHEDULED)


def _at_hour(moment: float, hour: int) -> float:
    day = as_datetime(moment).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    return epoch(day + timedelta(hours=hour))


def _add_finished(state: State, app: App, example: Example, run: int, sent_at: float) -> None:
    state.add_experiment(
        *(app.key, document_of(example, run)),
        created_at=sent_at,
        starts_at=sent_at,
        sort_at=sent_at,
        scheduled=False,
        visible_at=sent_at,
        started_at=sent_at,
        silently=True,
    )


def _add_scheduled(state: State, app: App, example: Example, now: float, starts_at: float) -> None:
    state.add_experiment(
        *(app.key, document_of(example, example.runs, starts_at)),
        created_at=now - 20 * HOUR,
        starts_at=starts_at,
        sort_at=starts_at,
        scheduled=True,
        visible_at=now - 20 * HOUR,
        silently=True,
    )


def document_of(example: Example, run: int, starts_at: float | None = None) -> bytes:
    """The example as a create body."""
    document: dict[str, object] = {
        "name": example.name if run == 0 else f"{example.name}, round {run + 1}",
        "description": example.goal,
        "audience": example.audience,
        "device_types": list(example.device_types),
        "variants": [_variant(example, *variant, starts_at) for variant in example.variants],
    }
    if example.control:
        document["control"] = example.control
    if example.campaign:
        document["campaigns"] = {"categories": [example.campaign]}
    return json.dumps(document, ensure_ascii=False).encode()


def _variant(
    example: Example, name: str, title: str, message: str, weight: int, starts_at: float | None
) -> dict[str, object]:
    variant: dict[str, object] = {"name": name, "push": {"notification": _notification(example, title, message)}}
    if weight != 1:
        variant["weight"] = weight
    if starts_at is not None:
        variant["schedule"] = {"scheduled_time": iso(starts_at)}
    return variant


def _notification(example: Example, title: str, message: str) -> dict[str, object]:
    if example.device_types == ("sms",):
        return {"sms": {"alert": message}}
    parts: dict[str, object] = {"alert": message}
    for name in example.device_types:
        parts[name] = _mail(title, message) if name == "email" else {"title": title}
    opened = [name for name in example.device_types if name in ("ios", "android", "amazon", "web")]
    if opened:
        kind = "url" if example.link.startswith("http") else "deep_link"
        parts["actions"] = {"open": {"type": kind, "content": example.link}}
    return parts


def _mail(subject: str, message: str) -> dict[str, object]:
    return {
        "subject": subject,
        "plaintext_body": f"{message}\n\nMarlow Running\n[[ua_unsubscribe]]",
        "html_body": f'<p>{message}</p><p>Marlow Running</p><a data-ua-unsubscribe="1">Unsubscribe</a>',
        "message_type": "commercial",
        "sender_name": "Marlow Running",
        "sender_address": "coach@marlow.example",
        "reply_to": "coach@marlow.example",
    }
