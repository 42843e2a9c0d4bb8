"""Tests as a provider holds them: the body that makes one, and one as the client hands it over."""

from datetime import UTC, datetime, timedelta

from experiments.providers.shapes import RemoteExperiment

NAMES = ("warm", "terse", "long")


def body(name, ahead=timedelta(hours=1), description="Tone test", variants=2, **more):
    test = {
        "name": name,
        "description": description,
        "audience": {"tag": "plan"},
        "device_types": ["ios", "web"],
        "variants": [
            {"name": NAMES[at], "push": {"notification": {"alert": f"Run now, says {NAMES[at]}"}}}
            for at in range(variants)
        ],
        **more,
    }
    if ahead:
        when = (datetime.now(tz=UTC) + ahead).strftime("%Y-%m-%dT%H:%M:%S")
        for variant in test["variants"]:
            variant["schedule"] = {"scheduled_time": when}
    return test


def remote(remote_id="r1", ahead=timedelta(hours=1), **more):
    raw = {"id": remote_id, **body("Listed", ahead, **more)}
    when = datetime.now(tz=UTC) + ahead if ahead else None
    return RemoteExperiment(remote_id, raw["name"], raw["description"], raw, scheduled_at=when, is_fenced=bool(ahead))
