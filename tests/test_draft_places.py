"""Every place of the document leads to a field on the page, or to the JSON of its part."""

from typing import Any

import pytest

from experiments.forms.messages import fields
from experiments.forms.messages.editor import locate
from experiments.management.field_table import pointer_of, read_rows
from experiments.providers.shapes import Problem
from experiments.views.editor_fields import Marks
from experiments.views.messages.message import MessageFields
from tests.editor_form import Editor
from tests.openapi_check import document as openapi
from tests.openapi_check import is_available
from tests.openapi_documents import at, documents, places
from tests.test_draft_fields import OPEN, PLATFORMS

needs_openapi = pytest.mark.skipif(
    not is_available(), reason="The provider's OpenAPI document is not beside this checkout."
)


@needs_openapi
def test_every_place_of_the_api_has_a_field_or_the_json():
    for row in read_rows(openapi()):
        for place in row.places[:30]:
            pointer = f"/{pointer_of(place).replace('open::<name>', OPEN).replace('<key>', 'key')}"
            found = locate(Problem(pointer, "x"))
            assert found.step, pointer
            is_whole = pointer in ("/id", "/push_id", "/created_at")  # told by the JSON page
            assert bool(found.field) is not is_whole, pointer
            if found.platform == "json":
                assert found.field == "f-part-variants-0"


@pytest.mark.parametrize(
    ("place", "field"),
    [
        ("scheduled_time", "f-variants-0-schedule-scheduled_time"),
        ("best_time/send_date", "when"),
        ("local_scheduled_time", "when"),
    ],
)
def test_a_time_leads_to_its_section(place, field):
    found = locate(Problem(f"/variants/1/schedule/{place}", "x"))
    assert (found.step, found.field) == ("when", field)


@needs_openapi
def test_every_field_that_a_place_leads_to_is_on_its_page():
    """For every place of a sample of documents, by the ids of the tab that it names."""
    for made in list(documents())[::40]:
        ids: dict[str, set[str]] = {}
        for path in places(made["variants"][0]["push"]):
            for key in ("", *at(made["variants"][0]["push"], path)):
                pointer = "/variants/0/push" + "".join(
                    f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in (*path, *([key] if key else []))
                )
                found = locate(Problem(pointer, "x"))
                if found.platform != "json" and found.field != "variants":
                    ids.setdefault(found.platform, ids_of(made, found.platform))
                    assert found.platform in ("", *fields.tabs_of(made, 0)), pointer
                    assert found.field in ids[found.platform], pointer


def ids_of(document: dict[str, Any], platform: str) -> set[str]:
    shown = MessageFields(document, Marks(lambda field_id: (), {}), 0, platform, list(PLATFORMS))
    found = [field for row in shown.rows for field in row]
    return {field.id for field in found} | {field.anchor for field in found}


def test_a_message_for_a_platform_out_of_the_test_leads_to_its_tab_or_the_json(write, visit, bob):
    draft = write(device_types=["ios"], variants=[{"push": {"notification": {"alert": "x", "web": {"title": 5}}}}])
    page = Editor(visit(bob), draft)
    assert f"{page.address}?variant=A&amp;platform=json#f-part-variants-0" in page.html  # the message is unused
    there = f"{page.address}?variant=A&amp;platform=web#f-variants-0-push-notification-web-title"
    assert there in page.html
    assert 'id="f-variants-0-push-notification-web-title"' in Editor(visit(bob), draft, "?platform=web").html
