"""Paywall tests to check, and what is found in them."""

import datetime

from experiments.providers.qonversion import document

NOW = datetime.datetime(2026, 11, 21, 20, 0, tzinfo=datetime.UTC)
CONTROL = {"name": "Control", "weight": 1, "is_control": True}
YEARLY = {"name": "Yearly first", "weight": 1, "is_control": False, "remote_config_uid": "7d0c-uid"}


def valid(**changes):
    """A document without a problem; a change to None is a null in it."""
    whole = {
        "name": "Yearly first",
        "alias_id": "yearly-first",
        "description": "Does the yearly plan sell better on top?",
        "primary_metric": "user_to_trial",
        "goal_value": 4,
        "goal_direction": "increase",
        "segment_percent": 50,
        "context_key": "main_paywall",
        "is_context_specific": True,
        "groups": [dict(CONTROL), dict(YEARLY)],
    }
    return whole | changes


def without(*keys, **changes):
    return {key: value for key, value in valid(**changes).items() if key not in keys}


def groups(*changes):
    """A document with one group for each change."""
    return valid(groups=[{"name": f"G{number}", "weight": 1} | change for number, change in enumerate(changes)])


def problems(whole, **more):
    return document.find_problems(whole, now=NOW, **more)


def codes(whole, **more):
    return [(problem.pointer, problem.code, problem.severity) for problem in problems(whole, **more)]
