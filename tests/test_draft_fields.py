"""Every field of every platform: it keeps what it shows, gives back what it was given, and every place has one."""

import copy
import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.http import QueryDict
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.forms import pointers
from experiments.forms.editing import Editing
from experiments.forms.messages import fields
from experiments.forms.messages.posting import post_form
from experiments.providers.airship import document as airship
from experiments.providers.canonical import ABSENT
from experiments.views.editor_fields import Marks
from experiments.views.messages.message import MessageFields, shown_field
from tests.airship_documents import EMAIL, MMS
from tests.editor_form import Editor, message
from tests.openapi_check import is_available
from tests.openapi_documents import documents

OPEN = "open::kiosk"
PLATFORMS = ("ios", "android", "amazon", "web", "email", "sms", "mms", OPEN)
TABS = ("", *PLATFORMS)
needs_openapi = pytest.mark.skipif(
    not is_available(), reason="The provider's OpenAPI document is not beside this checkout."
)


def editing_of(document: dict[str, Any], plan: dict[str, Any] | None = None) -> Editing:
    return Editing.of(document, plan or {}, ZoneInfo("Europe/Berlin"), can_publish=True, can_endanger=True)


def form_of(editing: Editing, position: int, platform: str) -> dict[str, str]:
    """The fields of one tab as a browser posts them."""
    marks = Marks(lambda field_id: (), editing.plan.get("unparsed") or {})
    shown = MessageFields(editing.document, marks, position, platform, list(PLATFORMS))
    form = {}
    for field in (field for row in shown.rows for field in row):
        if not field.is_fixed:
            is_area = field.kind == "area"
            text = field.value.replace("\r\n", "\n").replace("\r", "\n")
            form[field.name] = text.replace("\n", "\r\n") if is_area else text.replace("\n", "")
    return form


def post(editing: Editing, form: dict[str, str]) -> Editing:
    data = QueryDict(mutable=True)
    data.update(form)
    after = editing_of(editing.document, editing.plan)
    post_form(after, data)
    return after


def exact(document: Any) -> str:
    return json.dumps(document)


@needs_openapi
def test_a_tab_that_is_posted_unchanged_changes_nothing():
    """Every third of the documents made from the OpenAPI document, each on all its tabs."""
    for number, made in enumerate(list(documents())[::3]):
        editing = editing_of(made)
        for position in range(len(made["variants"])):
            for platform in ("", *fields.tabs_of(made, position)):
                after = post(editing, form_of(editing, position, platform))
                assert exact(after.document) == exact(made), (number, platform)
                assert "unparsed" not in after.plan


# -- values


LINE = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=20)
WORD = st.text("abcdefghij-_. é{}🏃ا", min_size=1, max_size=12).map(str.strip).filter(bool)
TEXTS: dict[str, st.SearchStrategy[str]] = {
    "line": LINE,
    "area": st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), min_size=1, max_size=40),
    "whole": st.integers(-1000, 10**9).map(str),
    "number": st.one_of(st.integers(-9, 9).map(str), st.sampled_from(["0.5", "0.25", "12.75", "-3.5"])),
    "number_or_text": st.one_of(st.integers(0, 9999).map(str), st.sampled_from(["auto", "+1", "2026-12-01T09:00:00"])),
    "texts": st.lists(WORD, min_size=1, max_size=4).map("\r\n".join),
    "text_or_texts": st.lists(WORD, min_size=1, max_size=4).map("\r\n".join),
    "ids": st.lists(WORD, min_size=1, max_size=3).map("\r\n".join),
    "pairs": st.dictionaries(WORD, WORD, min_size=1, max_size=3).map(
        lambda pairs: "\r\n".join(f"{key} = {value}" for key, value in pairs.items())
    ),
    "json": st.dictionaries(WORD, st.one_of(WORD, st.integers(-5, 5), st.booleans()), min_size=1, max_size=3).map(
        json.dumps
    ),
}


def text_for(data: st.DataObject, field: fields.Field) -> str:
    if field.kind == "choice":
        return data.draw(st.sampled_from([shown for shown, _ in field.offered()]))
    return data.draw(TEXTS[field.kind])


def blank(**variant: Any) -> dict[str, Any]:
    return {
        "name": "Long run",
        "audience": {"tag": "plan"},
        "device_types": list(PLATFORMS),
        "variants": [{"push": {"notification": {}}, **variant}],
    }


def fill(data: st.DataObject, editing: Editing, platform: str, most: int) -> Editing:
    """The same with some fields of the tab filled, one after the other."""
    for _ in range(data.draw(st.integers(0, most))):
        form = form_of(editing, 0, platform)
        name = data.draw(st.sampled_from(sorted(form)))
        editing = post(editing, {**form, name: text_for(data, field_of(name))})
    return editing


def field_of(name: str) -> fields.Field:
    found = fields.field_at(name.removeprefix("/variants/0/"))
    assert found is not None
    return found


@settings(max_examples=150, deadline=None)
@given(data=st.data(), platform=st.sampled_from(TABS))
def test_a_field_gives_back_what_it_was_given_and_cleared_it_leaves_nothing(data, platform):
    before = fill(data, editing_of(blank()), platform, 4)
    form = form_of(before, 0, platform)
    before = post(before, form)
    free = [name for name in sorted(form) if form[name] == "" and not name.endswith("/open/content")]
    name = data.draw(st.sampled_from(free))
    field = field_of(name)
    raw = text_for(data, field)
    expected = field.read(raw)
    filled = post(before, {**form, name: raw})
    shown = form_of(filled, 0, platform)
    assert name in shown
    assert field.read(shown[name]) == expected
    assert name not in filled.plan.get("unparsed", {})
    cleared = post(filled, {**shown, name: ""})
    assert cleared.document == before.document, name


@settings(max_examples=60, deadline=None)
@given(data=st.data(), platform=st.sampled_from(TABS))
def test_what_was_filled_is_shown_and_kept_by_every_tab(data, platform):
    editing = fill(data, editing_of(blank()), platform, 8)
    for tab in ("", *fields.tabs_of(editing.document, 0)):
        assert exact(post(editing, form_of(editing, 0, tab)).document) == exact(editing.document), tab


@pytest.mark.parametrize("platform", TABS)
def test_every_field_alone_is_set_and_cleared(platform):
    """Each once, the ones that a choice opens after that choice."""
    sample = {"whole": "7", "number": "0.5", "number_or_text": "7", "pairs": "k = v", "json": '{"k": 1}'}
    for field in fields.fields_of(platform):
        editing = editing_of(blank())
        if field.needs:
            path, kinds = field.needs
            editing = post(editing, {f"/variants/0/{path}": kinds[0]})
        name = f"/variants/0/{field.path}"
        if field.path.endswith("/open/content"):
            editing = post(editing, {f"{name.removesuffix('content')}type": "url"})
        raw = field.choices[0][0] if field.choices else sample.get(field.kind, "seven")
        before = editing.document
        filled = post(editing, {**form_of(editing, 0, platform), name: raw})
        assert (
            form_of(filled, 0, platform)[name].replace("\r", "").split()
            == (json.dumps(json.loads(raw), indent=2) if field.kind == "json" else raw).split()
        ), field.path
        assert filled.document != before
        assert post(filled, {**form_of(filled, 0, platform), name: ""}).document == before, field.path


# -- values with a form of their own


def ios(part: dict[str, Any]) -> Editing:
    return editing_of(blank(push={"notification": {"ios": part}}))


def part_of(editing: Editing, *path: str) -> Any:
    found = editing.document["variants"][0]["push"]
    for step in path:
        found = found[step]
    return found


def test_a_sound_is_a_text_until_it_has_more_to_say():
    editing = post(ios({"sound": "ding"}), {message(0, "ios/sound/critical"): "yes"})
    assert part_of(editing, "notification", "ios") == {"sound": {"name": "ding", "critical": True}}
    editing = post(editing, {message(0, "ios/sound"): "dong", message(0, "ios/sound/volume"): "0.5"})
    assert part_of(editing, "notification", "ios", "sound") == {"name": "dong", "critical": True, "volume": 0.5}
    editing = post(editing, {message(0, "ios/sound/critical"): "", message(0, "ios/sound/volume"): ""})
    assert part_of(editing, "notification", "ios") == {"sound": "dong"}


def test_an_ios_message_that_is_an_object_keeps_its_other_keys():
    editing = post(ios({"alert": {"body": "Run", "loc-key": "run"}}), {message(0, "ios/alert"): "Rest"})
    assert part_of(editing, "notification", "ios", "alert") == {"body": "Rest", "loc-key": "run"}


def test_what_a_tap_opens_keeps_its_text_when_its_kind_changes():
    opened = message(0, "actions/open")
    editing = post(editing_of(blank()), {f"{opened}/type": "url", f"{opened}/content": "https://marlow.example/"})
    for kind, content in (
        ("landing_page", {"url": "https://marlow.example/"}),
        ("scene", {"template": {"template_id": "https://marlow.example/"}}),
        ("deep_link", "https://marlow.example/"),
    ):
        form = form_of(editing, 0, "")
        editing = post(editing, {**form, f"{opened}/type": kind})
        assert part_of(editing, "notification", "actions", "open") == {"type": kind, "content": content}


def test_a_link_typed_before_its_kind_is_kept_and_told():
    name = message(0, "actions/open/content")
    editing = post(editing_of(blank()), {name: "marlow://plan"})
    assert editing.plan["unparsed"][name]["text"] == "marlow://plan"
    assert form_of(editing, 0, "")[name] == "marlow://plan"
    editing = post(editing, {**form_of(editing, 0, ""), message(0, "actions/open/type"): "deep_link"})
    assert part_of(editing, "notification", "actions", "open") == {"type": "deep_link", "content": "marlow://plan"}
    assert "unparsed" not in editing.plan


def test_an_in_app_message_is_a_banner_by_itself():
    name = "/variants/0/push/in_app/alert"
    editing = post(editing_of(blank()), {name: "Welcome back"})
    assert part_of(editing, "in_app") == {"alert": "Welcome back", "display_type": "banner"}
    assert "in_app" not in part_of(post(editing, {**form_of(editing, 0, ""), name: ""}))


def test_web_buttons_make_their_list_and_take_it_away():
    second = message(0, "web/buttons/1/label")
    editing = post(editing_of(blank()), {second: "Later"})
    assert part_of(editing, "notification", "web") == {"buttons": [{}, {"label": "Later"}]}
    assert "web" not in part_of(post(editing, {second: ""}), "notification")


@pytest.mark.parametrize(
    ("path", "text", "sentence"),
    [
        ("ios/sound/volume", "loud", "is not a number"),
        ("ios/extra", "no equals sign", "Write it as key = value"),
        ("ios/extra", "a = 1\r\na = 2", "stands twice"),
        ("email/url_parameters", "{", "name in straight double quotes"),
        ("email/url_parameters", "[1]", "must be one object"),
        ("mms/slides/0/media/content_length", "1.5", "is not a whole number"),
        ("android/style/lines", "a\0b", "holds a NUL character"),
    ],
)
def test_what_cannot_be_read_stays_with_a_sentence(path, text, sentence):
    name = message(0, path)
    editing = post(editing_of(blank()), {name: text})
    assert sentence in editing.plan["unparsed"][name]["why"]
    assert editing.document == blank()
    field = field_of(name)
    marks = Marks(lambda field_id: (), editing.plan["unparsed"])
    assert shown_field(editing.document, marks, "/variants/0", field, "").value == text.replace("\0", "␀")


@pytest.mark.parametrize(
    ("platform", "part"),
    [
        ("ios", {"extra": {"k": 1}}),
        ("ios", {"sound": 5}),
        ("web", {"extra": {"k": " edge "}}),
        ("android", {"style": {"type": "inbox", "lines": ["two\nlines"]}}),
        ("email", {"attachments": [{"id": "a", "new": 1}]}),
        ("email", {"bcc": "one@marlow.example"}),
    ],
)
def test_a_value_that_a_field_cannot_show_is_left_alone_and_leads_to_the_json(platform, part, write, visit, bob):
    variant = {"name": "B", "push": {"notification": {"alert": "Hi", platform: part}}}
    draft = write(device_types=[platform], variants=[{"push": {"notification": {"alert": "A"}}}, variant])
    page = Editor(visit(bob), draft, f"?variant=B&platform={platform}")
    page.post({"/name": "Renamed"})
    assert page.document["variants"][1] == variant
    if platform != "email" or "bcc" not in part:  # one text is shown where a list may stand
        assert f'href="{page.address}?variant=B&amp;platform=json#variants"' in page.html
        assert "Something else stands here" in page.html


# -- who may


def test_only_admins_switch_dangerous_options_on_and_everybody_off(write, visit, alice, bob):
    name = "/variants/0/push/options/no_throttle"
    draft = write()
    page = Editor(visit(bob), draft)
    assert name not in page.fields
    assert "Only admins may switch this on." in page.html
    page.post({name: "yes"})
    assert "options" not in page.document["variants"][0]["push"]
    admin = Editor(visit(alice), draft)
    assert "Only admins may switch this on." not in admin.html
    admin.post({name: "yes"})
    assert admin.document["variants"][0]["push"]["options"] == {"no_throttle": True}
    page = Editor(visit(bob), draft)
    assert page.fields[name] == ["yes"]
    page.post({name: ""})
    assert "options" not in page.document["variants"][0]["push"]


# -- the whole page


FULL = {
    "ios": {"title": "T", "alert": {"body": "x"}, "sound": {"name": "ding", "volume": 0.5}, "extra": {"k": "v"}},
    "android": {"style": {"type": "inbox", "lines": ["One", "Two"]}, "priority": 1, "extra": {"k": "v"}},
    "amazon": {"alert": "x", "style": {"type": "big_text", "big_text": "Long\ntext"}},
    "web": {"buttons": [{"id": "a", "label": "A"}], "icon": {"url": "https://marlow.example/i.png"}},
    "email": {**EMAIL, "bcc": ["copy@marlow.example"], "attachments": [{"id": "a"}], "url_parameters": {"a": 1.0}},
    "mms": MMS,
    OPEN: {"alert": "x", "media_attachment": "https://marlow.example/i.png", "extra": {"k": "v"}},
}


def full() -> dict[str, Any]:
    actions = {"open": {"type": "scene", "content": {"template": {"template_id": "s"}}}, "add_tag": "one"}
    notification = {"alert": "Hi", "actions": actions, "interactive": {"type": "own_type"}, **copy.deepcopy(FULL)}
    in_app = {"alert": "x", "display_type": "banner", "display": {"duration": 9}, "actions": actions}
    options = {"expiry": 3600, "personalization": True, "audience_limits": {"max_recipients": 9}}
    return {"name": "A", "push": {"notification": notification, "in_app": in_app, "options": options}}


@pytest.mark.parametrize("platform", TABS)
def test_a_page_with_everything_in_it_saves_unchanged(platform, write, visit, bob):
    variants = [{"push": {"notification": {"alert": "A"}}}, full()]
    draft = write(device_types=list(PLATFORMS), variants=variants, campaigns={"categories": ["spring", "long run"]})
    page = Editor(visit(bob), draft, f"?variant=B&platform={platform}")
    before = exact(page.document)
    assert page.post().status_code == 303
    assert exact(page.document) == before
    assert draft.number == 1
    page.post({"/campaigns/categories": "autumn"})
    assert page.document["campaigns"] == {"categories": ["autumn"]}


def test_a_fold_tells_how_many_of_its_fields_are_filled(write, visit, bob):
    draft = write(device_types=["ios"])
    page = Editor(visit(bob), draft, "?platform=ios")
    assert 'Sound and badge <span class="count" id="fold-1"></span>' in page.html
    page.post({message(0, "ios/sound"): "ding", message(0, "ios/badge"): "+1"})
    page = Editor(visit(bob), draft, "?platform=ios")
    assert 'Sound and badge <span class="count" id="fold-1">2</span>' in page.html
    saved = page.post({message(0, "ios/sound/volume"): "1"}, htmx=True).content.decode()
    assert '<hx-partial hx-target="#fold-1" hx-swap="textContent">3</hx-partial>' in saved


def test_only_the_shown_tab_is_on_the_page(write, visit, bob):
    page = Editor(visit(bob), write(device_types=["ios", "web"]), "?platform=ios")
    assert message(0, "ios/title") in page.fields
    assert not [
        name for name in page.fields if name.startswith((message(0, "web"), message(1, "ios"), message(0, "al")))
    ]


def test_an_sms_has_a_tab_for_an_mms_and_says_that_only_one_goes(write, visit, bob):
    draft = write(device_types=["sms"])
    page = Editor(visit(bob), draft, "?platform=mms")
    page.post({message(0, "mms/fallback_text"): "Look", message(0, "mms/slides/0/media/url"): "https://e.com/a.jpg"})
    notification = page.document["variants"][0]["push"]["notification"]
    assert notification["mms"] == {"fallback_text": "Look", "slides": [{"media": {"url": "https://e.com/a.jpg"}}]}
    page = Editor(visit(bob), draft, "?platform=sms")
    assert "Variant A has an MMS. One message can be only one of the two." in page.html
    assert "One message can be only one of the two." not in Editor(visit(bob), draft, "?platform=mms").html


def test_an_open_channel_is_added_by_its_name_and_taken_away_by_its_tick(write, visit, bob):
    draft = write(device_types=["ios"])
    page = Editor(visit(bob), draft)
    page.post({"open_channel": "no spaces"}, do="add-open-channel")
    assert page.document["device_types"] == ["ios"]
    page = Editor(visit(bob), draft)
    assert page.fields["open_channel"] == ["no spaces"]  # what was typed is not lost
    page.post({"open_channel": "kiosk"}, do="add-open-channel")
    assert page.document["device_types"] == ["ios", OPEN]
    page = Editor(visit(bob), draft, f"?platform={OPEN}")
    assert page.fields["open_channel"] == [""]
    page.post({message(0, f"{OPEN}/alert"): "Hello", "device_types": ["ios", OPEN]})
    assert page.document["variants"][0]["push"]["notification"][OPEN] == {"alert": "Hello"}
    page = Editor(visit(bob), draft)
    page.post({"device_types": ["ios"]})
    assert page.document["device_types"] == ["ios"]


def test_a_text_that_is_no_value_at_its_place_is_told_at_the_field(write, visit, bob):
    draft = write(variants=[{"push": {"notification": {"alert": "x", "actions": "odd"}}}])
    page = Editor(visit(bob), draft)
    response = page.post({message(0, "actions/share"): "Hello"})
    assert response.status_code == 422
    assert "Something else stands at this place" in response.content.decode()
    assert pointers.find(page.document, message(0, "actions")) == "odd"
    assert pointers.find(page.document, message(0, "actions/share")) is ABSENT
    assert airship.difference(page.document, draft.revisions.get(number=1).document) == []
