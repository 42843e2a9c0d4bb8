"""The editor without script: every field posts to its own place in the document."""

import copy

import pytest
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from experiments.forms.editing import Editing
from experiments.forms.messages.posting import post_form
from experiments.forms.problems import locate
from experiments.models import Kind, Operation, State, Status
from experiments.providers.airship import document as airship
from experiments.providers.shapes import Problem
from tests.editor_form import Editor, message
from tests.openapi_check import is_available
from tests.openapi_documents import documents

ODD = {
    "name": "Odd one\u202e",
    "description": "Two\nlines",
    "audience": {
        "AND": [{"TAG": ["a", "b"]}, {"activity": "x", "operator": "greater", "value": 3}, {"not": [{"tag": "c"}]}]
    },
    "device_types": ["android", "ios", "open::kiosk", "mms"],
    "control": 0,
    "campaigns": {"categories": ["spring"]},
    "future_key": {"kept": True},
    "variants": [
        {
            "name": "  spaces ",
            "weight": 1,
            "push": {
                "notification": {
                    "alert": "\nbegins with a line end\r\nand more",
                    "ios": {
                        "alert": {"body": "x", "title": "t"},
                        "sound": {"name": "ding"},
                        "badge": "+1",
                        "unknown": 1,
                    },
                    "android": {"title": "two\nlines", "priority": 1, "extra": {"k": "v"}},
                    "actions": {
                        "open": {"type": "landing_page", "content": {"body": "x", "content_type": "text/html"}}
                    },
                    "open::kiosk": {"alert": "hi", "new": [1, 2.5]},
                },
                "in_app": {"alert": "hey", "display_type": "banner"},
            },
        },
        {"push": {"notification": {"alert": "B"}, "options": {"no_throttle": False}}},
    ],
}


@pytest.mark.parametrize(
    "query", ["", "?variant=B", "?platform=ios", "?platform=android", "?platform=mms", "?platform=open::kiosk"]
)
def test_saving_the_page_unchanged_changes_nothing(write, visit, bob, query):
    draft = write(**copy.deepcopy(ODD))
    editor = Editor(visit(bob), draft, query)
    before = draft.newest
    response = editor.post()
    assert response.status_code == 303
    assert airship.difference(before.document, editor.document) == []
    assert {**editor.plan, "saved_from": None} == {**before.plan, "saved_from": None}
    assert draft.number == 1
    # and the control: the same post with one letter more is a new revision that differs in one place
    editor.post({"/name": "Odd two"})
    changed = airship.difference(before.document, editor.document)
    assert [place.pointer for place in changed] == ["/name"]


@pytest.mark.skipif(not is_available(), reason="The provider's OpenAPI document is not beside this checkout.")
def test_documents_of_every_kind_survive_being_opened_and_saved(write, visit, bob):
    """Every thirtieth of those made from the OpenAPI document's schemas; all of them take a minute and a half."""
    draft, client = write(), visit(bob)
    for made in list(documents())[::30]:
        draft.refresh_from_db()
        is_timed = any("schedule" in variant for variant in made["variants"])
        when = {"mode": "moment", "as_written": True} if is_timed else {"mode": "soon"}
        draft.append(made | {"name": "Made"}, {"when": when}, by=bob, based_on=draft.number)
        for tab in ("", f"?platform={made['device_types'][0]}"):
            editor = Editor(client, draft, tab)
            assert editor.post().status_code == 303
            assert airship.difference(made | {"name": "Made"}, editor.document) == []


def test_a_title_and_its_platform_may_come_in_one_save(write, visit, bob):
    draft = write(device_types=["sms"])
    editor = Editor(visit(bob), draft)
    editor.post({"title:0": "14 km", "device_types": ["sms", "web"]})
    assert editor.document["variants"][0]["push"]["notification"]["web"] == {"title": "14 km"}


def test_a_title_without_a_platform_for_it_waits_and_is_told(write, visit, bob):
    draft = write(device_types=["sms"])
    Editor(visit(bob), draft).post({"title:0": "14 km"})
    editor = Editor(visit(bob), draft)
    assert editor.fields["title:0"] == ["14 km"]
    assert "No chosen platform has a title" in editor.html
    other = Editor(visit(bob), draft, "?variant=B")  # the waiting title is not on this page
    other.post({"device_types": ["sms", "ios"]})
    assert other.document["variants"][0]["push"]["notification"]["ios"] == {"title": "14 km"}
    assert "unparsed" not in other.plan


def test_platforms_that_differ_keep_their_titles_when_one_goes(write, visit, bob):
    variants = [
        {
            "push": {
                "notification": {
                    "alert": "x",
                    "ios": {"title": "A"},
                    "web": {"title": "B", "image": {"url": "https://x.example"}},
                }
            }
        }
    ]
    draft = write(device_types=["ios", "web"], variants=variants)
    editor = Editor(visit(bob), draft)
    editor.post({"device_types": ["ios"]})
    assert editor.document["variants"] == variants


def test_the_common_title_goes_to_every_chosen_platform_and_comes_back(write, visit, bob):
    draft = write(device_types=["ios", "web", "sms"])
    editor = Editor(visit(bob), draft)
    editor.post({"title:0": "14 km"})
    notification = editor.document["variants"][0]["push"]["notification"]
    assert (notification["ios"], notification["web"]) == ({"title": "14 km"}, {"title": "14 km"})
    assert "sms" not in notification
    editor = Editor(visit(bob), draft)
    assert editor.fields["title:0"] == ["14 km"]
    editor.post({"device_types": ["ios", "android", "web", "sms"]})
    assert editor.document["variants"][0]["push"]["notification"]["android"] == {"title": "14 km"}
    editor = Editor(visit(bob), draft)
    editor.post({"device_types": ["ios"]})
    assert set(editor.document["variants"][0]["push"]["notification"]) == {"alert", "ios"}
    editor = Editor(visit(bob), draft)
    editor.post({"title:0": ""})
    assert editor.document["variants"][0]["push"]["notification"] == {"alert": "14 km is waiting for you."}


def test_a_tap_opens_a_screen_a_page_or_only_the_app(draft, visit, bob):
    editor = Editor(visit(bob), draft)
    editor.post({message(0, "actions/open/type"): "deep_link"})
    assert editor.document["variants"][0]["push"]["notification"]["actions"] == {
        "open": {"type": "deep_link", "content": ""}
    }
    editor = Editor(visit(bob), draft)
    editor.post({message(0, "actions/open/content"): "marlow://plan"})
    opened = editor.document["variants"][0]["push"]["notification"]["actions"]["open"]
    assert opened == {"type": "deep_link", "content": "marlow://plan"}
    editor = Editor(visit(bob), draft)
    editor.post({message(0, "actions/open/type"): ""})
    assert "actions" not in editor.document["variants"][0]["push"]["notification"]


@pytest.mark.parametrize(
    ("field", "text", "sentence"),
    [
        ("/variants/0/weight", "abc", "is not a whole number"),
        ("/variants/0/weight", "1.5", "is not a whole number"),
        ("/variants/0/weight", "１２", "with the digits 0 to 9"),
        ("/variants/0/weight", "1e3", "is not a whole number"),
        ("/variants/0/weight", "", "The weight is empty"),
        ("control", "0,5", "Write it with a point: 0.5"),
        ("control", "ten", "is not a number"),
        ("/name", "a\0b", "holds a NUL character"),
        ("title:0", "a\0b", "holds a NUL character"),
        ("tags", "a\0b", "holds a NUL character"),
        (message(0, "alert"), "a\0b", "holds a NUL character"),
    ],
)
def test_bad_13_15_what_cannot_be_a_value_is_told_and_kept(draft, visit, bob, field, text, sentence):
    editor = Editor(visit(bob), draft)
    response = editor.post({field: text, "goal": "More runs"})
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert editor.document == draft.revisions.get(number=1).document  # the place itself is untouched
    assert editor.plan["goal"] == "More runs"  # and the rest is saved
    again = Editor(visit(bob), draft)
    assert again.fields[field] == [text.replace("\0", "␀")]
    assert sentence in again.html
    assert draft.problems == 1


def test_a_weight_that_is_mended_is_no_problem_any_more(draft, visit, bob):
    Editor(visit(bob), draft).post({"/variants/0/weight": "abc"})
    editor = Editor(visit(bob), draft)
    assert editor.post({"/variants/0/weight": "3"}).status_code == 303
    assert editor.document["variants"][0]["weight"] == 3
    assert "unparsed" not in editor.plan
    assert draft.problems == 0


@pytest.mark.parametrize(("text", "control"), [("10", 0.1), ("12.5", 0.125), ("33.3", 0.333), ("0", 0), ("100", 1)])
def test_bad_15_the_holdout_in_per_cent_is_exact(draft, visit, bob, text, control):
    editor = Editor(visit(bob), draft)
    editor.post({"control": text})
    assert repr(editor.document["control"]) == repr(control)
    assert Editor(visit(bob), draft).fields["control"] == [text]


def test_bad_15_an_empty_holdout_is_not_zero(draft, visit, bob):
    editor = Editor(visit(bob), draft)
    editor.post({"control": ""})
    assert "control" not in editor.document
    Editor(visit(bob), draft).post({"control": "0"})
    assert editor.document["control"] == 0


@pytest.mark.parametrize("name", ["", "   ", "\u200b\u200b"])
def test_bad_01_an_empty_name_is_told_and_the_draft_is_kept(draft, visit, bob, name):
    editor = Editor(visit(bob), draft)
    assert editor.post({"/name": name}).status_code == 303
    page = Editor(visit(bob), draft)
    assert 'id="f-name-error">' in page.html
    assert "The test has no name" in page.html
    Editor(visit(bob), draft).post({"/name": "Named"})
    assert "The test has no name" not in Editor(visit(bob), draft).html


def test_bad_02_a_name_of_ten_megabytes_is_refused_and_the_draft_kept(draft, visit, bob):
    editor = Editor(visit(bob), draft)
    response = editor.post({"/name": "x" * 10_000_000})
    assert response.status_code == 413
    assert "This is too large to be saved" in response.content.decode()
    draft.refresh_from_db()
    assert draft.number == 1


def test_bad_07_code_in_a_message_is_shown_as_text(draft, visit, bob):
    text = "<script>alert(1)</script> {{7*7}} ${x} %00 '--"
    editor = Editor(visit(bob), draft)
    editor.post({message(0, "alert"): text})
    assert editor.document["variants"][0]["push"]["notification"]["alert"] == text
    page = Editor(visit(bob), draft)
    assert "<script>alert" not in page.html
    assert page.fields[message(0, "alert")] == [text]


def test_bad_08_line_ends_in_a_name_become_one_line(draft, visit, bob):
    editor = Editor(visit(bob), draft)
    editor.post({"/name": "one\r\ntwo"})
    assert editor.document["name"] == "one two"


def test_bad_13_a_post_cannot_reach_what_no_field_shows(draft, visit, bob):
    editor = Editor(visit(bob), draft)
    before = editor.document
    editor.post(
        {
            "/variants/0/push/notification/ios/live_activity": "x",
            "/variants/9/name": "y",
            "/audience": "all",
            "/id": "z",
        }
    )
    assert editor.document == before
    editor.post({"/variants/1/name": "Rain"})
    assert editor.document["variants"][1]["name"] == "Rain"


def test_shares_are_said_to_one_decimal(write, visit, bob):
    draft = write(control=0.1)
    assert "60.0 %" in Editor(visit(bob), draft).html
    assert "30.0 %" in Editor(visit(bob), draft).html
    assert 'aria-label="Split: A 60%, B 30%, – 10%"' in Editor(visit(bob), draft).html


def test_what_lists_show_follows_every_save(draft, visit, bob):
    editor = Editor(visit(bob), draft)
    editor.post({"/name": "Evening run", "goal": "Sunset", "tags": "retention, retention, long-run", "title:0": "Hei"})
    draft.refresh_from_db()
    assert (draft.name, draft.tags, draft.channels) == ("Evening run", ["retention", "long-run"], "Push")
    assert [share["percent"] for share in draft.shares] == pytest.approx([60, 30, 10])
    assert all(
        word in draft.search_text for word in ("evening run", "sunset", "retention", "weather", "dry until", "hei")
    )


def test_the_rail_says_what_is_done_and_what_needs_attention(write, visit, bob):
    page = Editor(visit(bob), write(variants=[{"name": "A", "push": {"notification": {}}}], device_types=[]))
    assert 'data-mark="fix"' not in page.html  # a draft that is only begun is not shouted at
    assert "To write" in page.html
    page = Editor(visit(bob), write(control=2))
    assert '<li data-mark="fix"><a href="#split">' in page.html


def test_each_problem_leads_to_its_field(write, visit, bob):
    draft = write(device_types=["ios"], control=2)
    editor = Editor(visit(bob), draft, "?checked=1")
    editor.post({message(0, "alert"): ""})
    page = Editor(visit(bob), draft, "?checked=1")
    assert f'href="{editor.address}?variant=A#f-variants-0-push-notification-alert"' in page.html
    assert 'id="f-variants-0-push-notification-alert"' in page.html
    assert f'href="{editor.address}#f-control"' in page.html


@pytest.mark.parametrize(
    ("pointer", "step", "field"),
    [
        ("/name", "goal", "f-name"),
        ("/control", "split", "f-control"),
        ("/variants/2/weight", "split", "f-variants-2-weight"),
        ("/variants/2/name", "variants", "f-variants-2-name"),
        ("/variants/2/push/notification/ios/title", "variants", "f-variants-2-push-notification-ios-title"),
        ("/variants/2/push/notification/ios/extra/aps", "variants", "f-variants-2-push-notification-ios-extra"),
        ("/variants/2/push/notification/ios", "variants", "f-variants-2-push-notification-ios-alert"),
        ("/variants/2/push/notification/ios/live_activity/name", "variants", "f-part-variants-2"),
        ("/variants/2/push/notification/email", "variants", "f-variants-2-push-notification-email-subject"),
        (
            "/variants/2/push/notification/mms/slides",
            "variants",
            "f-variants-2-push-notification-mms-slides-0-media-url",
        ),
        ("/variants/2/push/options/no_throttle", "variants", "f-variants-2-push-options-no_throttle"),
        ("/audience/and/0/tag", "audience", "f-audience-and-0-tag"),
        ("/device_types/0", "audience", "f-device_types"),
        ("/campaigns/categories", "goal", "f-campaigns-categories"),
        ("/future_key", "goal", ""),
        ("", "variants", ""),
    ],
)
def test_every_pointer_has_a_step_and_a_field_or_the_json(pointer, step, field):
    found = locate((Problem(pointer, "x"),), "airship")[0]
    assert (found.step, found.field) == (step, field)


def test_viewers_read_and_cannot_write(draft, visit, vera, bob):
    client = visit(vera)
    page = client.get(draft.get_absolute_url())
    assert page.status_code == 200
    assert b"You can look at this draft but not write in it" in page.content
    assert client.post(draft.get_absolute_url(), {"revision": "1", "/name": "x"}).status_code == 403
    draft.refresh_from_db()
    assert draft.number == 1
    assert Editor(visit(bob), draft).post({"/name": "x"}).status_code == 303


def test_bad_45_strangers_find_nothing(draft, visit, charlie, elsewhere):
    assert visit(charlie).get(draft.get_absolute_url()).status_code == 404
    there = reverse("draft_edit", args=[elsewhere.slug, draft.pk])
    assert visit(charlie).get(there).status_code == 404
    assert visit(charlie).post(there, {"revision": "1"}).status_code == 404


def test_bad_46_only_get_and_post_are_answered(draft, visit, bob):
    for method in ("put", "delete", "patch"):
        assert getattr(visit(bob), method)(draft.get_absolute_url()).status_code == 405
    assert visit(bob).get(draft.get_absolute_url()).status_code == 200


def test_a_form_that_names_no_revision_is_refused(draft, visit, bob):
    assert visit(bob).post(draft.get_absolute_url(), {"/name": "x"}).status_code == 400
    assert visit(bob).post(draft.get_absolute_url(), {"/name": "x", "revision": "99"}).status_code == 400
    assert visit(bob).post(draft.get_absolute_url(), {"/name": "x", "revision": "1"}).status_code == 303


def test_bad_37_a_draft_that_is_being_sent_is_read_only(draft, confirmed, visit, bob):
    editor = Editor(visit(bob), draft)
    operation = confirmed(draft)
    page = visit(bob).get(draft.get_absolute_url())
    assert operation.get_absolute_url() in page.content.decode()
    response = editor.post({message(0, "alert"): "Too late"})
    assert response.status_code == 409
    assert "What you wrote is not part of it" in response.content.decode()
    assert "Too late" in response.content.decode()
    assert "Too late" not in str(editor.document)
    assert Operation.objects.get(kind=Kind.CREATE).state == State.QUEUED
    assert draft.status == Status.SENDING


def test_the_check_button_saves_first_and_then_goes_to_the_check(draft, visit, bob):
    editor = Editor(visit(bob), draft)
    response = editor.post({"/name": "Saved on the way"}, do="check")
    assert response["Location"] == reverse("draft_check", args=["marlow", draft.pk])
    assert editor.document["name"] == "Saved on the way"
    response = Editor(visit(bob), draft).post({"/variants/0/weight": "abc"}, do="check")
    assert response.status_code == 422


def test_a_key_that_no_field_knows_survives_an_edit_beside_it():
    document = copy.deepcopy(ODD)
    editing = Editing.of(document, {}, None)  # type: ignore[arg-type]  # no time is edited here
    from django.http import QueryDict

    data = QueryDict(mutable=True)
    data.update({message(0, "ios/badge"): "5", message(0, "android/title"): "new"})
    post_form(editing, data)
    ios = editing.document["variants"][0]["push"]["notification"]["ios"]
    assert ios == {"alert": {"body": "x", "title": "t"}, "sound": {"name": "ding"}, "badge": 5, "unknown": 1}
    assert editing.document["future_key"] == {"kept": True}
    assert document == ODD


def test_the_editor_leads_to_the_json_a_copy_and_the_way_out(draft, visit, bob):
    page = Editor(visit(bob), draft)
    for name in ("draft_json", "draft_copy", "draft_delete"):
        assert reverse(name, args=["marlow", draft.pk]) in page.html
    assert 'form="copy-draft"' in page.html


ODD_BUTTONS = ["", "remove:/audience", "move-variant:0:9", "show:99:", "pick-time:x"]
ROUGH = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["", "0", "-1", "1e9", "NaN", "٣", "\0", "\u202e", "{{x}}", "all", "as-it-is", "9" * 400, "a" * 3000]
    ),
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_posted_is_saved_or_told_and_never_breaks(data, write, visit, bob):
    draft = write(audience={"and": [{"tag": "a"}, {"attribute": "x", "operator": "equals", "value": 1}]})
    client = visit(bob)
    editor = Editor(client, draft, data.draw(st.sampled_from(["", "?platform=ios", "?variant=B&platform=android"])))
    names = sorted(set(editor.fields) - {"csrfmiddlewaretoken", "revision", "person"})
    changes = data.draw(st.dictionaries(st.sampled_from(names), ROUGH, max_size=6))
    do = data.draw(st.sampled_from([*ODD_BUTTONS, *editor.buttons]))
    response = editor.post(changes, do=do, htmx=data.draw(st.booleans()))
    assert response.status_code in (200, 303, 409, 422)
    assert Editor(client, draft).response.status_code == 200
    assert client.get(editor.address + "json/").status_code == 200
