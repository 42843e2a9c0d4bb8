"""The versions of a draft: who saved what, what differs in words, and bringing one back without losing another."""

import copy
import json
import random
import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from experiments.forms.changes import changes, readable, summary
from experiments.forms.conflicts import Version
from experiments.models import Draft, Revision
from experiments.views.history import ENTRIES
from tests.conftest import DOCUMENT
from tests.editor_form import Editor, message


def versions(draft, query=""):
    return f"/w/{draft.workspace.slug}/drafts/{draft.pk}/versions/{query}"


def plain(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html.split("<main")[1]))


def bring_back(client, draft, number, known=None):
    draft.refresh_from_db()
    data = {"do": "restore", "revision": draft.number if known is None else known}
    return client.post(versions(draft, f"{number}/"), data)


def version(change=None, provider="airship", **plan):
    document = copy.deepcopy(DOCUMENT)
    if change:
        change(document)
    return Version(document, plan, provider)


# -- the list


def test_the_list_says_who_saved_what_and_when(draft, visit, alice, bob):
    Editor(visit(alice), draft).post({message(0, "alert"): "New words", "control": "20"})
    page = visit(bob).get(versions(draft))
    words = plain(page.text)
    assert page.status_code == 200
    assert "Version 2 newest Alice Split; A: message" in words
    assert "Version 1 Bob Begun" in words
    assert f"{draft.revisions.get(number=2).at.astimezone(draft.workspace.zone):%H:%M}" in words


def test_saves_of_one_person_within_five_minutes_are_one_entry(draft, visit, alice, bob):
    started = timezone.now() - timedelta(hours=1)
    draft.revisions.update(at=started - timedelta(hours=1))
    editor = Editor(visit(alice), draft)
    for turn, (name, minutes) in enumerate((("a", 0), ("b", 2), ("c", 4), ("d", 10)), start=1):
        editor.post({"/name": name}, turn=turn, htmx=True)
        draft.revisions.filter(number=turn + 1).update(at=started + timedelta(minutes=minutes))
    words = plain(visit(bob).get(versions(draft)).text)
    assert "Version 5 newest Alice Name" in words
    assert "3 saves, versions 2 to 4" in words
    assert words.count("saves, versions") == 1
    assert "Version 1 Bob Begun" in words


def test_another_person_in_between_begins_a_new_entry(draft, visit, alice, bob):
    Editor(visit(alice), draft).post({"/name": "a"})
    Editor(visit(bob), draft).post({"/name": "b"})
    Editor(visit(alice), draft).post({"/name": "c"})
    words = plain(visit(bob).get(versions(draft)).text)
    assert re.findall(r"Version (\d) (?:newest )?(?:Alice|Bob)", words) == ["4", "3", "2", "1"]


def test_thousands_of_versions_are_paged_by_number_and_few_documents_are_read(
    draft, visit, bob, django_assert_max_num_queries
):
    began = timezone.now() - timedelta(days=30)
    text = json.dumps(DOCUMENT)
    old = {"draft": draft, "document_text": text, "by": bob}
    Revision.objects.bulk_create(
        Revision(**old, number=number, plan={"goal": str(number)}, at=began + timedelta(minutes=6 * number))
        for number in range(2, 2002)
    )
    draft.revisions.filter(number=1).update(at=began)
    Draft.objects.filter(pk=draft.pk).update(number=2001)
    client = visit(bob)
    client.get(versions(draft))
    seen: list[int] = []
    query = ""
    for _ in range(3):
        with django_assert_max_num_queries(16):
            html = client.get(versions(draft, query)).text
        seen += [int(number) for number in re.findall(r'versions/(\d+)/">Version', html)]
        query = re.findall(r'href="(\?before=\d+)"', html)[0]
    assert seen == list(range(2001, 2001 - 3 * ENTRIES, -1))
    assert "Begun" in client.get(versions(draft, "?before=2")).text
    assert "before this one" in client.get(versions(draft, "?before=1")).text


@pytest.mark.parametrize("before", ["", "x", "-1", "0", "9" * 30, "²"])
def test_a_place_in_the_list_that_is_none_shows_the_newest(draft, visit, vera, before):
    assert "Version 1" in visit(vera).get(versions(draft), {"before": before}).text


# -- one version


def test_a_version_shows_the_words_that_went_and_came(draft, visit, bob):
    Editor(visit(bob), draft).post({message(1, "alert"): "Dry until six."})
    html = visit(bob).get(versions(draft, "2/")).text
    assert "Variant B’s message" in html
    assert 'Dry until <del><span class="vh">taken out: </span>noon</del>' in html
    assert '<ins><span class="vh">put in: </span>six</ins>.' in html


def test_a_version_can_be_compared_with_the_newest_or_any_other(draft, visit, bob):
    client = visit(bob)
    for name in ("two", "three", "four"):
        Editor(client, draft).post({"/name": name})
    assert "What changed from version 1 to version 2" in client.get(versions(draft, "2/")).text
    assert "What changed from version 2 to version 4" in client.get(versions(draft, "2/?with=newest")).text
    assert "What changed from version 1 to version 3" in client.get(versions(draft, "3/?with=1")).text
    assert "What the first version said" in client.get(versions(draft, "1/")).text
    for nonsense in ("4711", "x", "0", "²", "9" * 40):
        assert client.get(versions(draft, "2/"), {"with": nonsense}).status_code == 200


def test_text_of_a_version_is_never_markup(draft, visit, bob):
    Editor(visit(bob), draft).post({message(0, "alert"): "<img src=x onerror=alert(1)> 14 km"})
    html = visit(bob).get(versions(draft, "2/")).text
    assert "<img src=x" not in html
    assert "&lt;" in html


def test_a_version_that_does_not_exist_is_not_found(draft, visit, bob):
    assert visit(bob).get(versions(draft, "2/")).status_code == 404
    assert visit(bob).get(versions(draft, "1/")).status_code == 200


# -- bringing back


def test_a_version_is_brought_back_as_a_new_one_and_that_can_be_undone(draft, visit, bob):
    client = visit(bob)
    Editor(client, draft).post({"/name": "Second", "goal": "A goal"})
    assert bring_back(client, draft, 1).headers["Location"] == versions(draft)
    draft.refresh_from_db()
    assert (draft.number, draft.name) == (3, DOCUMENT["name"])
    assert draft.newest.document_text == draft.revisions.get(number=1).document_text
    assert draft.newest.plan["goal"] == ""
    html = client.get(versions(draft)).text
    assert "The draft says what version 1 said, as version 3." in html
    assert "Version 1 was brought back." in html
    assert "Undo: bring version 2 back" in html
    bring_back(client, draft, 2)
    draft.refresh_from_db()
    assert (draft.number, draft.name, draft.newest.plan["goal"]) == (4, "Second", "A goal")
    assert [each.number for each in draft.revisions.all()] == [4, 3, 2, 1]


def test_what_somebody_saved_meanwhile_is_never_passed_over(draft, visit, alice, bob):
    client = visit(bob)
    Editor(client, draft).post({"/name": "Second"})
    Editor(visit(alice), draft).post({"/name": "Third"})
    response = bring_back(client, draft, 1, known=2)
    draft.refresh_from_db()
    assert (draft.number, draft.name) == (3, "Third")
    assert "Alice saved version 3 meanwhile. Nothing was brought back." in client.get(response.headers["Location"]).text
    bring_back(client, draft, 1)
    draft.refresh_from_db()
    assert draft.number == 4


def test_an_open_page_does_not_write_over_what_was_brought_back(draft, visit, alice, bob):
    Editor(visit(bob), draft).post({"/name": "Second"})
    late = Editor(visit(alice), draft)
    bring_back(visit(bob), draft, 1)
    assert late.post({"/name": "Typed by Alice"}, turn=1, htmx=True).status_code == 409
    assert late.document["name"] == DOCUMENT["name"]


def test_viewers_look_and_bring_nothing_back(draft, visit, bob, vera):
    Editor(visit(bob), draft).post({"/name": "Second"})
    assert "Bring version 1 back" in visit(bob).get(versions(draft, "1/")).text
    assert "Bring version" not in visit(vera).get(versions(draft, "1/")).text
    assert bring_back(visit(vera), draft, 1).status_code == 403


def test_a_draft_that_is_sent_keeps_what_it_says(draft, visit, bob):
    client = visit(bob)
    Editor(client, draft).post({"/name": "Second"})
    Draft.objects.filter(pk=draft.pk).update(removed_at=timezone.now())
    assert "Bring version" not in client.get(versions(draft, "1/")).text
    response = bring_back(client, draft, 1)
    draft.refresh_from_db()
    assert draft.number == 2
    assert "no longer a draft" in client.get(response.headers["Location"]).text


def test_the_same_words_brought_back_are_no_new_version(draft, visit, bob):
    client = visit(bob)
    response = bring_back(client, draft, 1)
    draft.refresh_from_db()
    assert draft.number == 1
    assert "Nothing was changed" in client.get(response.headers["Location"]).text


@pytest.mark.parametrize("data", [{}, {"do": "restore"}, {"revision": "1"}, {"do": "restore", "revision": "x"}])
def test_a_form_that_says_nothing_brings_nothing_back(draft, visit, bob, data):
    assert visit(bob).post(versions(draft, "1/"), data).status_code == 400
    draft.refresh_from_db()
    assert draft.number == 1


# -- in words


@pytest.mark.parametrize(
    ("change", "plan", "line"),
    [
        (lambda document: None, {}, "Nothing"),
        (lambda document: document.update(name="x"), {}, "Name"),
        (lambda document: document.update(control=0.3), {"goal": "g"}, "Expectation; Split"),
        (lambda document: document["variants"][1].update(weight=9), {}, "Split"),
        (lambda document: document.update(audience={"and": [{"tag": "a"}, {"tag": "b"}]}), {}, "Audience"),
        (lambda document: document["variants"].pop(0), {}, "A: taken out"),
        (lambda document: document["variants"].append({"name": "N", "push": {}}), {}, "C: new"),
        (lambda document: document["variants"].reverse(), {}, "A: moved"),
        (
            lambda document: document["variants"][1]["push"]["notification"].update(alert="x", ios={"title": "t"}),
            {"tags": ["q"]},
            "Tags; B: message, iOS message",
        ),
    ],
)
def test_what_changed_is_one_line_in_words(change, plan, line):
    assert summary(changes(version(), version(change, **plan))) == line


def test_many_changes_are_counted_after_the_first_ones():
    def change(document):
        for variant in document["variants"]:
            variant["push"]["notification"] |= {name: {"title": "t"} for name in ("ios", "android", "web", "amazon")}

    assert summary(changes(version(), version(change))).endswith("; 2 more places")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "–"),
        ([], "–"),
        (True, "yes"),
        (0.25, "0.25"),
        (["ios", "web"], "ios, web"),
        ({"button_actions": {"yes": {"add_tag": "x"}}}, "button actions › yes › add tag: x"),
        ([{"a/b": 1}, {"c": []}], "1 › a/b: 1\n2 › c: –"),
    ],
)
def test_values_are_told_without_brackets(value, words):
    assert readable(value) == words


@pytest.mark.parametrize("provider", ["airship", "qonversion"])
def test_whatever_two_documents_hold_there_are_words_for_it(provider):
    dice = random.Random(7)
    values: list[Any] = [None, 1, "x", [], {}, [{}], {"name": "x"}, True, {"push": {"notification": {"alert": ["a"]}}}]
    keys = ["name", "variants", "groups", "audience", "control", "device_types", "odd/key", "", "push"]

    def some():
        document = {dice.choice(keys): dice.choice(values) for _ in range(4)}
        if dice.random() < 0.5:
            document["variants"] = [dice.choice(values) for _ in range(dice.randrange(4))]
        return document

    for _ in range(300):
        found = changes(Version(some(), {}, provider), Version(some(), {"when": {"mode": "soon"}}, provider))
        assert summary(found)
        assert all(change.place for change in found)
