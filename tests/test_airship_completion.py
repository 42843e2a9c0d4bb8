"""Every key that Airship's OpenAPI knows is offered where it belongs, with its values; and what helps to write it."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from experiments.providers.airship.completion import fitting
from experiments.providers.shapes import Key
from tests.openapi_check import document, is_available

needs_openapi = pytest.mark.skipif(not is_available(), reason="Airship's OpenAPI document is not here.")
# Airship's reader takes operators in any case; they are offered as its own examples write them.
SPELT = {"AND": "and", "OR": "or", "NOT": "not", "open::open_platform_name": "open::"}
# The OpenAPI draws these two without the "sms_id" around them that every client writes, and in which they are offered.
INSIDE = {"msisdn": "sms_id", "sender": "sms_id"}
NEVER = {"triggered"}  # for automations only
SET_BY_AIRSHIP = {"id", "push_id", "created_at"}


@cache
def offered(pointer: str) -> dict[str, Key]:
    return {key.name: key for key in fitting(pointer).keys}


def places(schema: dict[str, Any], pointer: str = "", inside: tuple[str, ...] = ()) -> Iterator[tuple[str, str, Any]]:
    """(pointer of the object, key, schema of its value) of everything reachable; inside itself a schema is left."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name not in inside:
            yield from places(document()["components"]["schemas"][name], pointer, (*inside, name))
        return
    for branch in (*schema.get("oneOf", ()), *schema.get("anyOf", ()), *schema.get("allOf", ())):
        yield from places(branch, pointer, inside)
    for name, value in schema.get("properties", {}).items():
        if not value.get("readOnly"):
            yield pointer, name, value
            spelt = SPELT.get(name, name)
            yield from places(value, f"{pointer}/{spelt}", inside)
    if isinstance(schema.get("items"), dict):
        yield from places(schema["items"], f"{pointer}/0", inside)


@cache
def all_places() -> list[tuple[str, str, Any]]:
    return list(places(document()["components"]["schemas"]["experimentObject"]))


def values_of(schema: dict[str, Any]) -> Iterator[Any]:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name not in ("compoundSelector", "attributesArray"):
            yield from values_of(document()["components"]["schemas"][name])
    yield from schema.get("enum", ())
    for branch in (*schema.get("oneOf", ()), *schema.get("anyOf", ())):
        yield from values_of(branch)


@needs_openapi
def test_every_property_of_every_schema_is_offered_at_its_place():
    missing = set()
    for pointer, name, _ in all_places():
        spelt = SPELT.get(name, name)
        if spelt not in offered(pointer) and spelt not in offered(f"{pointer}/{INSIDE.get(name, '-')}"):
            missing.add(f"{pointer}/{spelt}")
    assert missing == set()
    assert len(all_places()) > 1000


@needs_openapi
def test_every_value_of_every_enum_is_offered_at_its_key():
    missing = set()
    for pointer, name, schema in all_places():
        key = offered(pointer).get(SPELT.get(name, name))
        if key is None:
            continue
        for value in values_of(schema):
            if value not in key.values and value not in NEVER and "open::" not in str(value):
                missing.add((f"{pointer}/{name}", value))
    assert missing == set()


@needs_openapi
def test_every_value_of_a_list_of_known_values_is_offered_in_it():
    for pointer, name, schema in all_places():
        found = document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
        for value in found.get("items", {}).get("enum", ()):
            assert SPELT.get(value, value) in fitting(f"{pointer}/{name}/0").values, pointer


@needs_openapi
def test_what_airship_sets_itself_is_not_offered():
    assert not SET_BY_AIRSHIP & set(offered(""))
    assert "id" not in offered("/variants/0")
    assert "id" in offered("/variants/0/push/notification/web/buttons/0")  # that one is the writer's


@pytest.mark.parametrize(
    ("pointer", "name", "kind"),
    [
        ("", "variants", "list"),
        ("", "control", "number"),
        ("/variants/0", "weight", "number"),
        ("/variants/25/push/notification", "ios", "object"),
        ("/variants/0/push/notification", "open::", "object"),
        ("/variants/0/push/notification/ios", "alert", "text or object"),
        ("/variants/0/push/notification/ios/alert", "loc-key", "text"),
        ("/variants/0/push/notification/ios", "expiry", "number or text"),
        ("/variants/0/push/notification/android/actions/add_custom_event", "properties", "object"),
        ("/variants/0/push/notification/open::kiosk", "summary", "text"),
        ("/variants/0/push/notification/interactive/button_actions", "remind", "object"),
        ("/variants/0/push/notification/actions/attributes/0", "value", "text or number or object"),
        ("/variants/0/push/options", "no_throttle", "yes or no"),
        ("/audience/and/3/not", "tag", "text or list"),
        ("/audience/or/0/or/1", "and", "list"),
    ],
)
def test_a_key_is_offered_with_its_kind(pointer, name, kind):
    assert offered(pointer)[name].kind == kind


def test_a_yes_or_no_offers_both_and_an_enum_its_values():
    options = offered("/variants/0/push/options")
    assert options["no_throttle"].values == (True, False)
    assert set(offered("/variants/0/push/notification/android")["delivery_priority"].values) == {"high", "normal"}
    assert fitting("/variants/0/push/notification/ios/priority").values == (5, 10)
    assert fitting("/variants/0/name").values == ()


def test_what_is_needed_is_told():
    assert [key.name for key in fitting("").keys if key.is_needed] == ["audience", "device_types", "variants"]
    assert offered("/variants/0")["push"].is_needed
    assert offered("/variants/0/push/notification/ios/media_attachment")["url"].is_needed
    assert not offered("/variants/0")["weight"].is_needed


def test_keys_that_belong_together_are_told_where_one_of_several_objects_stands():
    together = fitting("/audience").together
    assert ("tag", "group") in together
    assert ("segment",) in together
    assert fitting("/variants/0").together == ()


def test_somebodys_own_keys_lead_to_what_fits_behind_them():
    assert "open" in offered("/variants/0/push/notification/interactive/button_actions/yes")
    assert fitting("/variants/0/push/notification/ios/extra/anything").keys == ()


@pytest.mark.parametrize("pointer", ["/nix", "/variants/x", "/variants/0/name/deeper", "/a~1b/~~", "/" * 500])
def test_at_a_place_nobody_knows_nothing_fits(pointer):
    assert fitting(pointer) == fitting("/nowhere")
    assert fitting("/nowhere").keys == ()
