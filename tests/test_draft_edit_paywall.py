"""The editor of a paywall test without script: every field posts to its own place in the document."""

import copy
from typing import Any

import pytest
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from experiments.forms import paywalls
from experiments.forms.problems import locate
from experiments.forms.saving import start
from experiments.models import Draft, Operation
from experiments.providers import PROVIDERS
from experiments.providers.qonversion import document as qonversion
from experiments.providers.shapes import Problem
from tests import paywall_tests
from tests.editor_form import Editor

ODD: dict[str, Any] = {
    "name": "Odd one\u202e",
    "alias_id": "has blank ",
    "description": "Two\nlines",
    "primary_metric": "user-to-trial",
    "goal_value": 12.0,
    "goal_direction": "sideways",
    "segment_percent": None,
    "context_key": 7,
    "is_context_specific": "yes",
    "future_key": {"kept": True},
    "groups": [
        {"name": "  spaces ", "weight": 1.0, "is_control": True, "offering_uid": "main"},
        {"name": None, "weight": 1e-7, "is_control": "no", "new": [1, 2.5]},
        {"weight": True, "remote_config_uid": {"id": 1}},
        "not a group",
    ],
}


@pytest.fixture
def paywalls_connection(workspace, alice):
    return paywall_tests.connect(workspace, alice)


@pytest.fixture
def paywall(paywalls_connection, bob):
    return paywall_tests.write(paywalls_connection, bob)


@pytest.fixture
def odd(paywalls_connection, bob):
    return paywall_tests.write(paywalls_connection, bob, **copy.deepcopy(ODD))


def texts(response):
    return " ".join(response.content.decode().split())


def test_a_paywall_test_is_begun_at_its_connection(paywalls_connection, visit, bob):
    page = visit(bob).get("/w/marlow/drafts/new/").content.decode()
    assert "Paywall test · " in page
    response = visit(bob).post("/w/marlow/drafts/new/", {"name": "Größe & Preis", "connection": paywalls_connection.pk})
    draft = Draft.objects.get()
    assert response["Location"] == reverse("draft_edit", args=["marlow", draft.pk])
    assert (draft.provider, draft.connection, draft.channels) == ("qonversion", paywalls_connection, "Paywall")
    assert draft.newest.document == qonversion.blank("Größe & Preis")
    assert draft.newest.document["alias_id"] == "grosse-preis"
    editor = Editor(visit(bob), draft)
    assert editor.fields["/alias_id"] == ["grosse-preis"]
    assert editor.fields["control"] == ["0"]


def test_both_kinds_of_test_are_offered(connection, paywalls_connection, visit, bob):
    page = visit(bob).get("/w/marlow/drafts/new/").content.decode()
    assert "Message test · " in page
    assert "Paywall test · " in page


def test_the_page_has_the_sections_of_a_paywall_test_and_no_others(paywall, draft, visit, bob):
    page = Editor(visit(bob), paywall).html
    assert all(f'<section class="section" id="{step}"' in page for step in ("goal", "metric", "people", "variants"))
    assert not any(f'id="{section}"' in page for section in ("when", "audience", "f-device_types", "previews"))
    assert "Airship" not in page
    assert "Check and create" in page
    message_page = Editor(visit(bob), draft).html
    assert all(f'id="{section}"' in message_page for section in ("when", "audience", "f-device_types", "previews"))
    assert "Check and send" in message_page


def test_what_the_api_cannot_set_is_said_with_where_to_do_it(paywall, visit, bob):
    page = Editor(visit(bob), paywall).html
    assert "What the API cannot set" in page
    for thing in PROVIDERS["qonversion"].elsewhere:
        assert thing.sentence in page


def test_saving_the_page_unchanged_changes_nothing(odd, visit, bob):
    editor = Editor(visit(bob), odd)
    before = odd.newest
    assert editor.post().status_code == 303
    assert qonversion.difference(before.document, editor.document) == []
    assert odd.newest.document_text == before.document_text
    assert odd.number == 1
    # and the control: the same post with one letter more is a new revision that differs in one place
    editor.post({"/name": "Odd two"})
    assert [place.pointer for place in qonversion.difference(before.document, editor.document)] == ["/name"]


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("/name", "Monthly first", "Monthly first"),
        ("/alias_id", " monthly-first ", "monthly-first"),
        ("/description", "Two\r\nlines", "Two\nlines"),
        ("/primary_metric", "sales", "sales"),
        ("/primary_metric", "my_own_metric", "my_own_metric"),
        ("/primary_metric", "trial-to-paid", "trial_to_paid"),
        ("/goal_direction", "decrease", "decrease"),
        ("/goal_value", "12.5", 12.5),
        ("/goal_value", "-3", -3),
        ("/segment_percent", "100", 100),
        ("/segment_percent", "33.3", 33.3),
        ("/context_key", "onboarding", "onboarding"),
        ("/is_context_specific", "no", False),
        ("/groups/1/name", "Monthly", "Monthly"),
        ("/groups/0/weight", "3", 3),
        ("/groups/1/weight", "0.5", 0.5),
        ("/groups/0/remote_config_uid", " 55-uid ", "55-uid"),
    ],
)
def test_each_field_goes_to_its_place_and_nothing_else_changes(paywall, visit, bob, name, text, value):
    editor = Editor(visit(bob), paywall)
    before = editor.document
    assert editor.post({name: text}).status_code == 303
    changed = qonversion.difference(before, editor.document)
    assert [place.pointer for place in changed] == [name]
    assert (type(changed[0].after), changed[0].after) == (type(value), value)
    assert Editor(visit(bob), paywall).fields[name] == [
        {False: "no"}.get(value, str(value).replace("\n", "\r\n")) if value is not True else "yes"
    ]


@pytest.mark.parametrize(
    "name",
    [
        *(f"/{key}" for key in paywalls.FIELDS if key != "name"),
        "/groups/1/name",
        "/groups/1/weight",
        "/groups/1/remote_config_uid",
    ],
)
def test_an_emptied_field_takes_its_key_out(paywall, visit, bob, name):
    editor = Editor(visit(bob), paywall)
    editor.post({name: ""})
    changed = qonversion.difference(paywall.revisions.get(number=1).document, editor.document)
    assert [(place.pointer, place.after) for place in changed] == [(name, qonversion.ABSENT)]
    assert Editor(visit(bob), paywall).fields[name] == [""]


def test_an_emptied_name_is_told_and_the_draft_is_kept(paywall, visit, bob):
    editor = Editor(visit(bob), paywall)
    assert editor.post({"/name": ""}).status_code == 303
    page = Editor(visit(bob), paywall)
    assert 'id="f-name-error">' in page.html
    assert page.document["name"] == ""
    page.post({"/name": "Named"})
    assert 'id="f-name-error" hidden>' in Editor(visit(bob), paywall).html


@pytest.mark.parametrize(
    ("field", "text", "sentence"),
    [
        ("/goal_value", "four", "is not a number"),
        ("/goal_value", "0,5", "Write it with a point: 0.5"),
        ("/segment_percent", "half", "The test’s share of users: “half” is not a number"),
        ("/segment_percent", "１２", "with the digits 0 to 9"),
        ("/groups/1/weight", "1e3", "Group B’s weight: “1e3” is not a number"),
        ("/groups/1/weight", "NaN", "is not a number"),
        ("/name", "a\0b", "holds a NUL character"),
        ("/groups/0/name", "a\0b", "holds a NUL character"),
        ("/alias_id", "a\0b", "holds a NUL character"),
        ("goal", "a\0b", "holds a NUL character"),
        ("tags", "a\0b", "holds a NUL character"),
        ("/goal_direction", "sideways", "none of the choices"),
    ],
)
def test_what_cannot_be_a_value_is_told_and_kept(paywall, visit, bob, field, text, sentence):
    editor = Editor(visit(bob), paywall)
    response = editor.post({field: text, "/context_key": "kept"})
    assert response.status_code == 422
    assert sentence in texts(response)
    before = paywall.revisions.get(number=1).document
    assert editor.document == before | {"context_key": "kept"}  # the rest is saved, the place itself is untouched
    again = Editor(visit(bob), paywall)
    if field != "/goal_direction":  # a choice has no text that could be shown again
        assert again.fields[field] == [text.replace("\0", "␀")]
    assert sentence in again.html
    assert paywall.problems == 1
    mended = {field: "5"} if "direction" not in field else {field: "increase"}
    assert again.post(mended).status_code == 303
    assert "unparsed" not in again.plan


def test_the_hypothesis_and_the_tags_stay_with_us(paywall, visit, bob):
    editor = Editor(visit(bob), paywall)
    before = editor.document
    editor.post({"goal": "More trials", "tags": "paywall, autumn"})
    assert (editor.plan["goal"], editor.plan["tags"]) == ("More trials", ["paywall", "autumn"])
    assert editor.document == before


@pytest.mark.parametrize(
    ("alias", "sentence"),
    [("yearly first", "The alias holds a blank"), ("x" * 34, "33 are the most"), ("jähr", "The alias holds “ä”")],
)
def test_an_alias_that_would_be_refused_is_told_at_its_field(paywall, visit, bob, alias, sentence):
    Editor(visit(bob), paywall).post({"/alias_id": alias})
    page = Editor(visit(bob), paywall)
    assert sentence in page.html.split('id="f-alias_id-error">')[1].split("</p>")[0]
    assert page.fields["/alias_id"] == [alias]
    page.post({"/alias_id": "fine"})
    assert 'id="f-alias_id-error" hidden>' in Editor(visit(bob), paywall).html


def test_an_alias_that_fits_the_name_is_suggested_and_taken_by_a_button(paywall, visit, bob):
    editor = Editor(visit(bob), paywall)
    assert "Our reference is appended" in editor.html
    assert "suggest-alias" not in editor.buttons
    editor.post({"/name": "Monthly first"})
    assert editor.document["alias_id"] == "yearly-first"  # nobody's alias changes by itself
    later = Editor(visit(bob), paywall)
    assert "Use <code>monthly-first</code>" in later.html
    later.post({"/alias_id": "typed meanwhile"}, do="suggest-alias")
    assert later.document["alias_id"] == "monthly-first"
    assert "suggest-alias" not in Editor(visit(bob), paywall).buttons


def test_known_metrics_are_suggested(paywall, visit, bob):
    editor = Editor(visit(bob), paywall)
    assert 'list="metrics"' in editor.html
    for metric in qonversion.METRICS:
        assert f'<option value="{metric.name}">{metric.label}</option>' in editor.html


def test_a_hyphen_form_that_is_posted_again_saves_nothing_new(paywall, visit, bob):
    editor = Editor(visit(bob), paywall)
    editor.post({"/primary_metric": "trial-to-paid"})
    assert editor.document["primary_metric"] == "trial_to_paid"
    editor.post({"/primary_metric": "trial-to-paid", "revision": "2"})
    paywall.refresh_from_db()
    assert paywall.number == 2


# -- groups


def names(editor):
    return [group["name"] for group in editor.document["groups"]]


def controls(editor):
    return [group.get("is_control") for group in editor.document["groups"]]


def test_groups_are_added_duplicated_moved_and_removed(paywall, visit, bob):
    response = Editor(visit(bob), paywall).post({"/groups/0/name": "Today’s"}, do="add-variant")
    assert response["Location"].endswith("?variant=C#variants")
    editor = Editor(visit(bob), paywall)
    assert names(editor) == ["Today’s", "Yearly first", "C"]
    editor.post(do="duplicate-variant:1")
    assert names(editor) == ["Today’s", "Yearly first", "Yearly first copy", "C"]
    assert editor.document["groups"][2]["remote_config_uid"] == "7d0c-uid"
    Editor(visit(bob), paywall).post(do="move-variant:3:1")
    assert names(editor) == ["Today’s", "C", "Yearly first", "Yearly first copy"]
    response = Editor(visit(bob), paywall).post({"/groups/1/weight": "7"}, do="remove-variant:1")
    assert names(editor) == ["Today’s", "Yearly first", "Yearly first copy"]
    page = texts(visit(bob).get(response["Location"]))
    undo = page.split('value="restore:')[1].split('"')[0]
    Editor(visit(bob), paywall).post(do=f"restore:{undo}")
    assert names(editor) == ["Today’s", "C", "Yearly first", "Yearly first copy"]
    assert editor.document["groups"][1]["weight"] == 7


def test_a_removed_group_is_named_in_this_providers_word(paywall, visit, bob):
    browser = visit(bob)
    response = Editor(browser, paywall).post(do="remove-variant:1")
    assert "Group B, “Yearly first”, is removed." in texts(browser.get(response["Location"]))


def test_there_are_one_to_twenty_six_groups(paywalls_connection, visit, bob):
    many = [{"name": f"G{number}", "weight": 1} for number in range(25)]
    draft = paywall_tests.write(paywalls_connection, bob, groups=many)
    editor = Editor(visit(bob), draft)
    editor.post(do="add-variant")
    full = Editor(visit(bob), draft)
    assert len(full.document["groups"]) == 26
    assert "add-variant" not in full.buttons
    full.post(do="add-variant")
    full.post(do="duplicate-variant:0")
    assert len(full.document["groups"]) == 26
    only = paywall_tests.write(paywalls_connection, bob, groups=many[:1])
    alone = Editor(visit(bob), only)
    assert "remove-variant:0" not in alone.buttons
    alone.post(do="remove-variant:0")
    assert len(alone.document["groups"]) == 1


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [("0", [True, False]), ("1", [False, True]), ("none", [False, False]), ("7", [True, False]), ("x", [True, False])],
)
def test_one_group_is_the_control_or_none(paywall, visit, bob, chosen, expected):
    editor = Editor(visit(bob), paywall)
    assert editor.post({"control": chosen}).status_code == 303
    assert controls(editor) == expected


def test_several_controls_of_the_json_are_told_and_settled_by_a_choice(paywalls_connection, visit, bob):
    groups = [{"name": name, "weight": 1, "is_control": True} for name in "ab"]
    draft = paywall_tests.write(paywalls_connection, bob, groups=groups)
    editor = Editor(visit(bob), draft)
    assert "control" not in editor.fields
    assert "2 groups are marked as the control" in editor.html
    editor.post()
    assert controls(editor) == [True, True]
    editor.post({"control": "1"})
    assert controls(editor) == [False, True]


def test_shares_are_said_and_drawn(paywall, visit, bob):
    editor = Editor(visit(bob), paywall)
    editor.post({"/groups/0/weight": "3"})
    page = Editor(visit(bob), paywall).html
    assert 'aria-label="Split: A 37.5%, B 12.5%, – 50%"' in page
    assert all(f">{percent} %</span>" in page for percent in ("37.5", "12.5", "50.0"))


def test_weights_are_made_equal(paywall, visit, bob):
    editor = Editor(visit(bob), paywall)
    editor.post({"/groups/0/weight": "3"})
    Editor(visit(bob), paywall).post({"/groups/1/weight": "abc"}, do="even-split")
    assert [group["weight"] for group in editor.document["groups"]] == [1, 1]
    assert "unparsed" not in editor.plan


def test_texts_kept_for_a_group_stay_with_it(paywall, visit, bob):
    editor = Editor(visit(bob), paywall)
    editor.post({"/groups/1/weight": "abc"})
    Editor(visit(bob), paywall).post(do="remove-variant:0")
    assert list(editor.plan["unparsed"]) == ["/groups/0/weight"]
    assert Editor(visit(bob), paywall).fields["/groups/0/weight"] == ["abc"]
    Editor(visit(bob), paywall).post(do="add-variant")
    Editor(visit(bob), paywall).post(do="remove-variant:0")
    assert "unparsed" not in editor.plan


def test_an_offering_is_shown_and_kept_though_no_call_sets_it(odd, visit, bob):
    editor = Editor(visit(bob), odd)
    assert "Offering <code>main</code> is not sent" in editor.html
    editor.post({"/groups/0/name": "Renamed"})
    assert editor.document["groups"][0]["offering_uid"] == "main"


# -- around the form


def test_a_post_cannot_reach_what_no_field_shows(paywall, visit, bob):
    editor = Editor(visit(bob), paywall)
    before = editor.document
    editor.post(
        {
            "/id": "x",
            "/groups": "y",
            "/groups/9/name": "z",
            "/groups/0/offering_uid": "o",
            "/groups/0/is_control": "",
            "/variants/0/name": "v",
            "when.mode": "moment",
            "audience.mode": "all",
            "device_types": ["ios"],
        }
    )
    assert editor.document == before
    assert paywall.newest.plan.get("when") is None
    editor.post({"/groups/1/name": "Reached"})
    assert editor.document["groups"][1]["name"] == "Reached"


def test_buttons_of_the_message_editor_do_nothing_here(paywall, visit, bob):
    editor = Editor(visit(bob), paywall)
    before = editor.document
    for do in ("add-rule:", "choose-time", "keep-time", "no-such-button"):
        assert editor.post(do=do).status_code == 303
    assert editor.document == before
    editor.post(do="add-variant")
    assert len(editor.document["groups"]) == 3


def test_what_lists_show_follows_every_save(paywall, visit, bob):
    Editor(visit(bob), paywall).post({"/name": "Annual", "goal": "More", "tags": "a, b", "/groups/0/name": "Baseline"})
    paywall.refresh_from_db()
    assert (paywall.name, paywall.tags, paywall.channels) == ("Annual", ["a", "b"], "Paywall")
    assert [(share["letter"], share["percent"]) for share in paywall.shares] == [("A", 25), ("B", 25), ("–", 50)]
    wanted = ("annual", "more", "baseline", "yearly-first", "user_to_trial", "conversion", "7d0c-uid", "main_paywall")
    assert all(word in paywall.search_text for word in wanted)
    assert paywall.scheduled_at is None


def test_the_list_finds_and_shows_it_beside_message_tests(paywall, draft, visit, bob):
    client = visit(bob)
    both = client.get("/w/marlow/experiments/").content.decode()
    assert "Yearly first" in both
    assert "Sunday long run reminder" in both
    found = client.get("/w/marlow/experiments/?q=7d0c-uid").content.decode()
    assert "Yearly first" in found
    assert "Sunday long run reminder" not in found


def test_the_rail_says_what_is_done_and_what_needs_attention(paywalls_connection, paywall, visit, bob):
    done = Editor(visit(bob), paywall).html
    assert done.count('<li data-mark="done">') == 4
    assert "User-to-trial conversion" in done
    assert "50 % of those let in" in done
    begun = Editor(visit(bob), paywall_tests.write(paywalls_connection, bob, groups=[{"name": "A"}]))
    assert 'data-mark="fix"' not in begun.html  # what is only not written yet is not shouted at
    assert "To write" in begun.html
    wrong = Editor(visit(bob), paywall_tests.write(paywalls_connection, bob, groups=[{"name": "A", "weight": -1}]))
    assert '<li data-mark="fix"><a href="#variants">' in wrong.html


@pytest.mark.parametrize(
    ("pointer", "step", "field"),
    [
        ("/name", "goal", "f-name"),
        ("/alias_id", "goal", "f-alias_id"),
        ("/primary_metric", "metric", "f-primary_metric"),
        ("/goal_value", "metric", "f-goal_value"),
        ("/segment_percent", "people", "f-segment_percent"),
        ("/is_context_specific", "people", "f-is_context_specific"),
        ("/groups", "variants", "variants"),
        ("/groups/2", "variants", "variants"),
        ("/groups/2/weight", "variants", "f-groups-2-weight"),
        ("/groups/2/is_control", "variants", "f-groups-2-is_control"),
        ("/groups/2/offering_uid", "variants", ""),
        ("/status", "goal", ""),
        ("/goal", "goal", "f-goal"),
        ("", "variants", ""),
    ],
)
def test_every_pointer_has_a_step_and_a_field_or_the_json(paywall, visit, bob, pointer, step, field):
    found = locate((Problem(pointer, "x"),), "qonversion")[0]
    assert (found.step, found.field) == (step, field)
    if field.startswith("f-groups-2"):
        Editor(visit(bob), paywall).post(do="add-variant")
    assert not field or f'id="{field}"' in Editor(visit(bob), paywall).html


def test_a_save_answers_with_parts_and_never_with_the_fields(paywall, visit, bob):
    editor = Editor(visit(bob), paywall)
    response = editor.post({"/groups/0/weight": "3", "/name": "Longer name"}, htmx=True)
    parts = response.content.decode()
    assert response.status_code == 200
    assert 'hx-target="#editor-body"' not in parts
    targets = {part.split('"')[0] for part in parts.split('hx-target="#')[1:]}
    assert {"editor-state", "saved", "steps", "problems", "split-bar", "share-A", "alias-suggestion"} <= targets
    assert all(f'id="{target}"' in editor.html for target in targets)
    assert "Use <code>longer-name</code>" in parts


@pytest.mark.parametrize("do", ["add-variant", "duplicate-variant:0", "remove-variant:1", "move-variant:0:1"])
def test_a_change_of_the_groups_brings_the_fields_anew(paywall, visit, bob, do):
    parts = Editor(visit(bob), paywall).post(do=do, htmx=True).content.decode()
    assert 'hx-target="#editor-body"' in parts
    assert 'id="f-groups-0-name"' in parts


def test_two_writers_see_both_versions_in_words(paywall, visit, alice, bob):
    late = Editor(visit(bob), paywall)
    Editor(visit(alice), paywall).post({"/groups/1/weight": "3"})
    response = late.post({"/groups/1/weight": "5", "/alias_id": "his"})
    assert response.status_code == 409
    assert "Group B’s weight" in texts(response)
    assert "The test’s alias" in texts(response)
    assert late.document["groups"][1]["weight"] == 3


def test_changes_at_different_places_can_both_be_kept(paywall, visit, alice, bob):
    from tests.test_draft_conflict import choose

    late = Editor(visit(bob), paywall)
    Editor(visit(alice), paywall).post({"/groups/1/weight": "3"})
    response = late.post({"/primary_metric": "sales", "/groups/0/name": "His"})
    assert choose(visit(bob), paywall, response, "keep-both").status_code == 303
    document = late.document
    assert (document["groups"][1]["weight"], document["groups"][0]["name"]) == (3, "His")
    assert document["primary_metric"] == "sales"


def test_mine_can_be_kept_as_a_new_draft_of_the_same_kind(paywall, visit, alice, bob):
    from tests.test_draft_conflict import choose

    late = Editor(visit(bob), paywall)
    Editor(visit(alice), paywall).post({"/name": "Hers"})
    response = late.post({"/name": "His"})
    choose(visit(bob), paywall, response, "copy-mine")
    copied = Draft.objects.get(from_draft=paywall)
    assert (copied.provider, copied.name, late.document["name"]) == ("qonversion", "His", "Hers")


def test_viewers_read_and_cannot_write(paywall, visit, vera, bob):
    page = texts(visit(vera).get(paywall.get_absolute_url()))
    assert "You can look at this draft but not write in it" in page
    assert "7d0c-uid" in page
    assert "What the API cannot set" in page
    assert visit(vera).post(paywall.get_absolute_url(), {"revision": "1", "/name": "x"}).status_code == 403
    assert Editor(visit(bob), paywall).post({"/name": "x"}).status_code == 303


def test_strangers_find_nothing(paywall, visit, charlie, bob):
    assert visit(charlie).get(paywall.get_absolute_url()).status_code == 404
    assert visit(bob).get(paywall.get_absolute_url()).status_code == 200


def test_nothing_is_sent_by_writing(paywall, visit, bob):
    editor = Editor(visit(bob), paywall)
    for do in editor.buttons:
        assert Editor(visit(bob), paywall).post(do=do).status_code == 303, do
    assert not Operation.objects.exists()
    paywall.refresh_from_db()
    assert paywall.number > 1


# -- anything at all

VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**18), 10**18),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.sampled_from("ab"), st.none(), max_size=1),
)
DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys([*paywalls.FIELDS, "other"], VALUES),
        "groups": st.one_of(
            VALUES,
            st.lists(
                st.one_of(
                    VALUES,
                    st.fixed_dictionaries(
                        {}, optional=dict.fromkeys([*paywalls.GROUP_FIELDS, "is_control", "offering_uid"], VALUES)
                    ),
                ),
                max_size=4,
            ),
        ),
    },
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=DOCUMENTS)
def test_a_document_of_any_kind_survives_being_opened_and_saved(document, paywalls_connection, visit, bob):
    draft = start(
        paywalls_connection.workspace,
        document,
        {},
        by=bob,
        provider="qonversion",
        connection=paywalls_connection,
    )
    editor = Editor(visit(bob), draft)
    text = draft.newest.document_text
    assert editor.post().status_code == 303
    draft.refresh_from_db()
    assert (draft.number, draft.newest.document_text) == (1, text)


ROUGH = st.one_of(
    st.text(max_size=40),
    st.sampled_from(["", "0", "-1", "1e9", "NaN", "٣", "\0", "\u202e", "{{x}}", "as-it-is", "9" * 400, "a" * 3000]),
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_posted_is_saved_or_told_and_never_breaks(data, paywalls_connection, visit, bob):
    draft = paywall_tests.write(paywalls_connection, bob)
    client = visit(bob)
    editor = Editor(client, draft)
    names = sorted(set(editor.fields) - {"csrfmiddlewaretoken", "revision", "person"})
    changes = data.draw(st.dictionaries(st.sampled_from(names), ROUGH, max_size=6))
    buttons = ["", "move-variant:0:9", "show:99:", "remove-variant:x", "restore:99", *editor.buttons]
    do = data.draw(st.sampled_from(buttons))
    response = editor.post(changes, do=do, htmx=data.draw(st.booleans()))
    assert response.status_code in (200, 303, 409, 422)
    assert Editor(client, draft).response.status_code == 200
    assert client.get(editor.address + "json/").status_code == 200
