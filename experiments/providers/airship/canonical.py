"""The exact bytes of a document, and what differs between two documents."""

from typing import Any

from experiments.providers import canonical
from experiments.providers.airship.definition import key_order
from experiments.providers.airship.times import moment_text, parse_moment
from experiments.providers.airship.variants import SET_BY_AIRSHIP, variants_of
from experiments.providers.canonical import ABSENT as ABSENT
from experiments.providers.canonical import Difference as Difference
from experiments.providers.canonical import sha256 as sha256
from experiments.providers.shapes import Json

_TIME_KEYS = frozenset({"scheduled_time", "local_scheduled_time", "expiry", "expires_after", "time_to_live"})
_FREE_KEYS = frozenset({"extra", "properties", "app_defined", "content_state", "url_parameters", "attributes"})
_OPERATORS = frozenset({"and", "or", "not"})


def to_bytes(document: Json) -> bytes:
    """The document as canonical UTF-8 JSON, keys in its definition's order. ValueError for NaN and such."""
    return canonical.to_bytes(document, key_order())


def difference(before: Json, after: Json) -> list[Difference]:
    """Every place where two documents differ, in the order of Airship's definition."""
    return canonical.difference(before, after, key_order())


def same_content(sent: Json, read_back: Json) -> list[Difference]:
    """What the provider holds otherwise than it was sent; an empty list where the content is the same.

    Not counted: what Airship adds (ids, push id, creation time, weight 1, control 0, nulls), the "Z" and "T" of times,
    the case of "all" and of and / or / not, number formats.
    """
    return difference(_settled(sent), _settled(_without_new_nulls(read_back, sent)))


def _settled(document: Json) -> Json:
    settled: Json = {key: _plain_times(value, key) for key, value in document.items() if key not in SET_BY_AIRSHIP}
    if "audience" in settled:
        settled["audience"] = _plain_audience(settled["audience"])
    if _is_number(settled.get("control")) and settled["control"] == 0:
        del settled["control"]
    for variant in variants_of(settled):
        if isinstance(variant, dict):
            variant.pop("id", None)
            if _is_number(variant.get("weight")) and variant["weight"] == 1:
                del variant["weight"]
    return settled


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _plain_times(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        if key in _FREE_KEYS:
            return value
        return {name: _plain_times(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain_times(item) for item in value]
    moment = parse_moment(value) if key in _TIME_KEYS else None
    return moment_text(moment) if moment else value


def _plain_audience(audience: Any) -> Any:
    if isinstance(audience, str):
        return audience.lower()
    if isinstance(audience, list):
        return [_plain_audience(item) for item in audience]
    if not isinstance(audience, dict):
        return audience
    return {
        (name.lower() if name.lower() in _OPERATORS else name): (
            _plain_audience(item) if name.lower() in _OPERATORS else item
        )
        for name, item in audience.items()
    }


def _without_new_nulls(value: Any, sent: Any) -> Any:
    if isinstance(value, dict) and isinstance(sent, dict):
        return {
            key: _without_new_nulls(item, sent.get(key))
            for key, item in value.items()
            if item is not None or key in sent
        }
    if isinstance(value, list) and isinstance(sent, list) and len(value) == len(sent):
        return [_without_new_nulls(item, other) for item, other in zip(value, sent, strict=True)]
    return value
