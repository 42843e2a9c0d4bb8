"""The table of Airship's fields: nothing of the API definition is missing, and what it says of the forms is true."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from experiments.forms.messages import fields
from experiments.management.commands.fields import PAGE
from experiments.management.field_table import OPEN_CHANNEL, VALUE, Row, form_field, page_of, pointer_of, read_rows
from tests.editor_form import Editor
from tests.openapi_check import DOCUMENT, is_available

pytestmark = pytest.mark.skipif(
    not is_available(), reason="The provider's OpenAPI document is not beside this checkout."
)
OPEN = "open::kiosk"
PLATFORMS = ["ios", "android", "amazon", "web", "email", "sms", "mms", OPEN]


def openapi() -> dict[str, Any]:
    read: dict[str, Any] = json.loads(DOCUMENT.read_text())
    return read


def reachable(name: str, schemas: dict[str, Any], found: dict[str, set[str]]) -> dict[str, set[str]]:
    """Walked on its own: the names of all properties that stand anywhere in each schema, by schema."""
    if name in found:
        return found
    found[name] = set()
    waiting = [schemas[name]]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting += part
        elif isinstance(part, dict) and "$ref" in part and isinstance(part["$ref"], str):
            reachable(part["$ref"].rpartition("/")[2], schemas, found)
        elif isinstance(part, dict):
            found[name] |= set(part.get("properties", {}))
            waiting += part.get("properties", {}).values()
            waiting += [
                part[key] for key in ("oneOf", "anyOf", "allOf", "items", "additionalProperties") if key in part
            ]
    return found


def test_no_property_of_any_schema_is_missing():
    rows = read_rows(openapi())
    told: dict[str, set[str]] = {}
    for row in rows:
        told.setdefault(row.schema, set()).update(step.strip("[]") for step in row.name.split("."))
    found = reachable("experimentObject", openapi()["components"]["schemas"], {})
    assert len(found) > 70
    for schema, names in found.items():
        wanted = {OPEN_CHANNEL if name.startswith("open::") else name for name in names}
        assert schema in told, schema
        assert wanted <= told[schema], (schema, wanted - told[schema])
        assert wanted or told[schema] == {VALUE}


def test_every_field_is_said_to_be_set_somewhere():
    for row in read_rows(openapi()):
        assert row.where, row
        assert row.kind, row
        assert row.places, row


def test_the_page_in_docs_is_what_the_command_writes(tmp_path, settings):
    page = Path(settings.BASE_DIR, PAGE).read_text()
    assert page == page_of(openapi()), "Run manage.py fields with Airship's OpenAPI document."
    settings.BASE_DIR = tmp_path
    (tmp_path / "docs").mkdir()
    call_command("fields", str(DOCUMENT), verbosity=0)
    assert (tmp_path / PAGE).read_text() == page


def test_each_field_that_is_said_to_be_in_a_form_is_on_the_page(write, visit, alice):
    """With every choice that opens more fields, on every tab: its name stands in the form that the browser posts."""
    names: set[str] = set()
    for kinds in (("landing_page", "big_text"), ("scene", "big_picture"), ("url", "inbox")):
        draft = write(device_types=PLATFORMS, variants=[opening(*kinds), {"push": {"notification": {}}}])
        for platform in ("", *PLATFORMS):
            names |= set(Editor(visit(alice), draft, f"?platform={platform}").fields)
    claimed = [(row, place) for row in read_rows(openapi()) if row.is_in_form for place in form_places(row)]
    assert len(claimed) > 300
    for row, place in claimed:
        path = pointer_of(place).replace("open::<name>", OPEN)
        known = form_field(path.removeprefix("variants/0/"))
        assert known is not None
        assert f"/variants/0/{known.path}" in names, (row.schema, row.name, known.path)
    # and the control: what is said to be in the JSON only has no field
    for row in read_rows(openapi()):
        if row.where == "Variants › JSON":
            assert not any(f"/{pointer_of(place)}" in names for place in row.places), row


def form_places(row: Row) -> list[str]:
    return [
        place
        for place in row.places
        if place.startswith(("variants[].push.", "variants[].description"))
        and form_field(pointer_of(place).removeprefix("variants/0/"))
    ]


def opening(kind: str, style: str) -> dict[str, Any]:
    """A variant in which every link is of one kind and every style of one look."""
    is_object = kind in ("landing_page", "scene")
    actions = {"open": {"type": kind, "content": {} if is_object else ""}}
    notification: dict[str, Any] = {"alert": "Hi", "actions": actions}
    for platform in PLATFORMS:
        notification[platform] = {"actions": actions, "style": {"type": style}}
    in_app = {"alert": "Hi", "display_type": "banner", "actions": actions}
    return {"push": {"notification": notification, "in_app": in_app}}


def test_fields_of_the_whole_test_are_on_the_page(write, visit, alice):
    page = Editor(visit(alice), write(device_types=["ios"]))
    assert {"/name", "/description", f"/{fields.CATEGORIES.path}", "control", "device_types"} <= {
        *page.fields,
        "device_types",
    }
    assert "/variants/0/weight" in page.fields
    assert 'name="when.mode"' in page.html
