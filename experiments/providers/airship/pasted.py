"""What somebody pastes from Airship's API, made into tests: a test, an answer, one message, or a piece of one.

A test that is one already is taken as it is, to the last key. Everything else is put where it belongs, and what was
done is told.
Reference: airship OpenAPI experimentObject, the answers of /api/experiments, and the push object of its schema variant.
"""

import copy
from typing import Any

from experiments.providers.airship.definition import OPEN_PREFIX, Notification
from experiments.providers.airship.variants import SET_BY_AIRSHIP, from_remote, variants_of
from experiments.providers.shapes import Json, Pasted

_MESSAGE_KEYS = frozenset(Notification.model_fields)
_PUSH_KEYS = ("notification", "in_app")
_TEST_KEYS = ("variants", "audience", "device_types", "control")
_NOT_A_TEST = "This is JSON, but nothing in it looks like a test, a message or an answer of Airship."


def tests_in(value: Json) -> list[Pasted]:
    """Every test in a pasted object, in its order. ValueError with a sentence where there is none."""
    answered = _answered(value)
    if answered is not None:
        return [_from_answer(item) for item in answered if isinstance(item, dict)]
    if "variants" in value:
        return [_from_answer(value) if _is_from_airship(value) else Pasted(copy.deepcopy(value))]
    if any(key in value for key in _PUSH_KEYS):
        return [_from_push(value)]
    if isinstance(value.get("push"), dict | list):
        return [_from_variant(value)]
    if _is_message(value):
        return [_from_push({"notification": value})]
    if any(key in value for key in _TEST_KEYS):
        return [Pasted(copy.deepcopy(value))]
    raise ValueError(_NOT_A_TEST)


def _answered(value: Json) -> list[Any] | None:
    """The tests of an answer to a listing or a look-up, None where it is no such answer."""
    if isinstance(value.get("experiments"), list):
        if not value["experiments"]:
            raise ValueError("This answer of Airship lists no tests.")
        return list(value["experiments"])
    if isinstance(value.get("experiment"), dict):
        return [value["experiment"]]
    if "ok" in value and "variants" not in value:
        raise ValueError("This is an answer of Airship that holds no test. Paste the test itself.")
    return None


def _is_from_airship(value: Json) -> bool:
    has_ids = any(isinstance(variant, dict) and "id" in variant for variant in variants_of(value))
    return has_ids or any(key in value for key in SET_BY_AIRSHIP)


def _from_answer(value: Json) -> Pasted:
    note = "Airship’s own ids were left out. So was its time: a copy is a new test, with a time of its own."
    return Pasted(from_remote(value), (note,))


def _from_push(push: Json) -> Pasted:
    """One message becomes variant A of a test: what is the test's own moves up."""
    document: Json = {key: copy.deepcopy(push[key]) for key in ("audience", "device_types") if key in push}
    rest = {key: copy.deepcopy(value) for key, value in push.items() if key not in document}
    if "campaigns" in rest:
        document["campaigns"] = rest.pop("campaigns")
    document["variants"] = [{"name": "A", "push": rest}]
    return Pasted(document, ("It was one message, and is variant A now. Add another one to compare it with.",))


def _from_variant(value: Json) -> Pasted:
    """A variant, or a scheduled message, with a time of its own. Several messages become several variants."""
    pushes = value["push"] if isinstance(value["push"], list) else [value["push"]]
    if not pushes or not all(isinstance(push, dict) for push in pushes):
        raise ValueError(_NOT_A_TEST)
    whole = _from_push(pushes[0]).document
    own = {key: copy.deepcopy(item) for key, item in value.items() if key not in ("push", "id")}
    whole["variants"] = [
        {**({"name": chr(ord("A") + number)} | own), "push": _from_push(push).document["variants"][0]["push"]}
        for number, push in enumerate(pushes)
    ]
    return Pasted(whole, ("It was a message with its time, and is a variant now. Look at the audience and the time.",))


def _is_message(value: Json) -> bool:
    return any(key in _MESSAGE_KEYS or key.startswith(OPEN_PREFIX) for key in value)
