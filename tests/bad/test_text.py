"""Numbers 1 to 9 and 22: what people type and paste. Refused with a sentence or kept; the draft is never lost."""

import json
import re
from datetime import UTC, datetime

import pytest
from django.conf import settings as django_settings
from django.urls import reverse
from django.utils.html import escape

from experiments.models import Operation
from experiments.providers.names import plainly
from experiments.providers.qonversion import document as qonversion
from tests.bad.pages import ask, check_page, save_json, two_variants
from tests.conftest import DOCUMENT
from tests.editor_form import Editor, message

FORM = "application/x-www-form-urlencoded"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize("name", ["", " \t ", "\u200b\ufeff\u2060", "\u3164\u00ad"])
def test_bad_01_a_name_that_shows_nothing_closes_the_send_and_keeps_the_draft(write, visit, bob, paula, name):
    draft = write(name=name)
    assert "The test has no name" in check_page(visit(paula), draft)
    assert ask(visit(paula), draft) == 409
    assert not Operation.objects.exists()
    assert Editor(visit(bob), draft).document["name"] == name
    assert "The test has no name" not in check_page(visit(paula), write(name="\u0628\u0648\u0633\u062a"))


@pytest.mark.parametrize("page", ["", "json/"])
def test_bad_02_ten_megabytes_are_refused_unread_on_every_page_of_a_draft(draft, visit, bob, page):
    address = draft.get_absolute_url() + page
    values = {"revision": "1", "/name": "x" * 10_000_000, "document": "x" * 10_000_000}
    response = visit(bob).post(address, values)
    assert response.status_code == 413
    assert "This is too large to be saved" in response.text
    draft.refresh_from_db()
    assert draft.number == 1


def test_bad_03_a_nul_in_any_field_of_the_editor_is_told_and_stored_nowhere(draft, visit, bob):
    client = visit(bob)
    editor = Editor(client, draft, "?platform=ios")
    names = sorted(set(editor.fields) - {"csrfmiddlewaretoken", "revision", "turn", "person"})
    assert len(names) > 20
    for name in names:
        response = Editor(client, draft, "?platform=ios").post({name: "a\0b"})
        assert response.status_code in (303, 422), name
        draft.refresh_from_db()
        newest = draft.newest
        assert "\\u0000" not in newest.document_text + json.dumps(newest.plan), name
    assert Editor(client, draft).post({"/name": "ab"}).status_code in (303, 422)
    assert editor.document["name"] == "ab"


@pytest.mark.parametrize("nul", ["?q=a%00b", "?after=%00", "?tag=%00&owner=%00&since=%00"])
def test_bad_03_a_nul_in_the_address_of_the_list_is_left_out(draft, visit, bob, nul):
    page = visit(bob).get(reverse("experiment_list", args=["marlow"]) + nul)
    assert page.status_code == 200
    assert "\0" not in page.text


@pytest.mark.parametrize("name", [b"%ED%A0%80", b"%FF%FE", b"\xff", b"%C0%AF", b"a%00%80"])
def test_bad_04_a_form_that_is_no_utf_8_is_refused_and_the_draft_kept(draft, visit, bob, name):
    client = visit(bob)
    response = client.post(draft.get_absolute_url(), b"revision=1&%2Fname=" + name, content_type=FORM)
    assert response.status_code == 400
    assert "This request cannot be read" in response.text
    draft.refresh_from_db()
    assert (draft.number, draft.newest.document) == (1, DOCUMENT)
    good = client.post(draft.get_absolute_url(), b"revision=1&%2Fname=Gr%C3%BC%C3%9Fe+%F0%9F%8F%83", content_type=FORM)
    assert good.status_code == 303
    draft.refresh_from_db()
    assert draft.name == "Grüße 🏃"


def test_bad_04_a_form_in_parts_that_is_no_utf_8_is_refused_too(draft, visit, bob):
    lines = b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
    body = lines % (b"revision", b"1") + lines % (b"/name", b"\xed\xa0\x80") + b"--x--\r\n"
    kind = "multipart/form-data; boundary=x"
    assert visit(bob).post(draft.get_absolute_url(), body, content_type=kind).status_code == 400
    good = body.replace(b"\xed\xa0\x80", b"Named")
    assert visit(bob).post(draft.get_absolute_url(), good, content_type=kind).status_code == 303


def test_bad_04_half_a_character_in_the_json_is_refused(draft, visit, bob):
    response = save_json(visit(bob), draft, '{"name": "\\ud800"}')
    assert response.status_code == 422
    assert "half of a character" in response.text
    assert save_json(visit(bob), draft, '{"name": "\\ud83c\\udfc3"}').status_code == 302


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Run \u202egnp.exe", "Run [U+202E]gnp.exe"),
        ("Run \u2067now\u2069", "Run [U+2067]now[U+2069]"),
        ("S\u0430le in spring", "S[U+0430]le"),
        ("\u03a1aypal", "[U+03A1]aypal"),
    ],
)
def test_bad_05_a_name_that_reads_otherwise_is_kept_isolated_and_told(draft, visit, bob, paula, name, words):
    editor = Editor(visit(bob), draft)
    editor.post({"/name": name})
    assert editor.document["name"] == name  # as it was typed
    page = check_page(visit(paula), draft)
    assert words in page
    sentence = page.split('<p class="sentence">')[1].split("</p>")[0]
    assert f"“{plainly(name)}”" in sentence
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", sentence)
    listed = visit(bob).get(reverse("experiment_list", args=["marlow"])).text
    assert f"<bdi>{name}</bdi>" in listed


@pytest.mark.parametrize(
    "name", ["מבצע קיץ", "Летний забег", "Καλοκαίρι 10 km", "夏のセール", "👩\u200d🚀 launch", "naïve"]
)
def test_bad_05_names_in_any_one_alphabet_are_not_suspected(write, visit, paula, name):
    page = check_page(visit(paula), write(name=name))
    assert "writing direction" not in page
    assert "look alike" not in page
    assert f"“{name}”" in page


def test_bad_05_a_paywall_test_is_looked_at_in_the_same_way():
    found = qonversion.find_problems({"name": "S\u0430le", "groups": [{"name": "a\u202eb", "weight": 1}]}, now=NOW)
    assert {"name_look_alike", "name_bidi"} <= {problem.code for problem in found}


FAMILY = "👩\u200d👩\u200d👧\u200d👦"


def test_bad_06_emoji_are_counted_in_bytes_and_never_cut(draft, visit, bob):
    flood = FAMILY * 200  # 200 to an eye, 1,400 characters, 5,000 bytes
    editor = Editor(visit(bob), draft)
    editor.post({message(0, "alert"): flood})
    page = Editor(visit(bob), draft)
    assert "Shorten the message" in page.html
    assert re.search(r"5,\d\d\d of 4,096 bytes", page.html)
    assert editor.document["variants"][0]["push"]["notification"]["alert"] == flood
    assert page.html.count(flood) >= 2  # in its field and in the previews, whole
    page.post({message(0, "alert"): FAMILY * 20})
    assert "too many" not in Editor(visit(bob), draft).html


def test_bad_06_a_letter_under_a_thousand_accents_is_shown_and_counted(draft, visit, bob):
    Editor(visit(bob), draft).post({message(0, "alert"): "e" + "\u0301" * 3000})
    page = Editor(visit(bob), draft)
    assert "Shorten the message" in page.html
    assert page.fields[message(0, "alert")] == ["e" + "\u0301" * 3000]


CODE = ["<script>alert(1)</script>", "{{7*7}}", "${7*7}", "%00", "'--", "{% debug %}", "<img src=x onerror=alert(1)>"]


@pytest.mark.parametrize("text", CODE)
def test_bad_07_code_is_text_on_every_page_that_shows_a_draft(write, visit, bob, paula, checked, text):
    variants = two_variants()
    variants[0] |= {"name": text, "push": {"notification": {"alert": text}}}
    draft = write(name=text, description=text, variants=variants)
    pages = ("", "json/", "json/?as=python", "check/", "delete/")
    client = visit(paula)
    checked(draft)
    for page in (
        *(draft.get_absolute_url() + page for page in pages),
        "/w/marlow/experiments/",
        "/w/marlow/operations/",
    ):
        html = client.get(page).text
        assert "<script>alert" not in html, page
        assert "<img src=x" not in html, page
    page = Editor(visit(bob), draft)
    assert page.fields["/name"] == page.fields[message(0, "alert")] == [text]
    assert f"<bdi>{escape(text)}</bdi>" in client.get("/w/marlow/experiments/").text


def test_bad_07_braces_are_asked_about(write, visit, paula):
    variants = two_variants()
    variants[0]["push"]["notification"]["alert"] = "Hi {{first_name}}"
    page = check_page(visit(paula), write(variants=variants))
    assert "People will read “{{first_name}}” as it stands" in page
    assert "as it stands" not in check_page(visit(paula), write())


def test_bad_08_line_ends_in_a_name_reach_no_header_and_no_second_log_line(connection, visit, bob, caplog):
    name = "Run\r\nSet-Cookie: a=b\nERROR forged"
    values = {"name": name, "connection": str(connection.pk)}
    response = visit(bob).post(reverse("draft_new", args=["marlow"]), values)
    assert response.status_code == 302
    assert "Set-Cookie: a=b" not in str(response.headers)
    draft = connection.workspace.drafts.get()
    assert draft.name == "Run Set-Cookie: a=b ERROR forged"
    visit(bob).get("/w/marlow/nowhere%0d%0aERROR%20forged/")
    assert not any("\n" in record.getMessage() for record in caplog.records)
    assert any("nowhere" in record.getMessage() for record in caplog.records)


def test_bad_09_nothing_is_exported_as_a_spreadsheet(listed, visit, vera):
    """There is no export. Whoever adds one finds this test, and number 9 of the catalogue: prefix what is a formula."""
    listed(name="=cmd()")
    page = visit(vera).get("/w/marlow/experiments/")
    assert "<bdi>=cmd()</bdi>" in page.text
    sources = [path for folder in ("experiments", "workspaces", "dashboard") for path in python_files(folder)]
    assert len(sources) > 100
    spread = re.compile(r"text/csv|spreadsheet|^import csv|^from csv|openpyxl", re.MULTILINE)
    assert [path for path in sources if spread.search(path.read_text())] == []


def python_files(folder):
    return sorted((django_settings.BASE_DIR / folder).rglob("*.py"))


def test_bad_22_pasted_html_stays_the_text_it_is(draft, visit, bob):
    pasted = '<b onclick="x()">Run</b>&nbsp;<style>p{}</style>'
    Editor(visit(bob), draft).post({message(0, "alert"): pasted, "/name": pasted, "goal": pasted})
    page = Editor(visit(bob), draft)
    assert page.fields[message(0, "alert")] == page.fields["/name"] == page.fields["goal"] == [pasted]
    assert '<b onclick="x()">' not in page.html
    assert "<style>p{}" not in page.html


def test_bad_22_no_field_takes_anything_but_text():
    templates = list((django_settings.BASE_DIR / "templates").rglob("*.html"))
    assert len(templates) > 50
    for path in templates:
        html = path.read_text()
        assert 'type="file"' not in html, path
        assert "multipart" not in html, path
        assert not re.search(r"\bcontenteditable\b", html), path


def test_bad_22_a_file_in_the_place_of_a_field_is_ignored(draft, visit, bob):
    lines = b'--x\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
    body = lines % (b"revision", b"", b"1") + lines % (b"/name", b'; filename="a.html"', b"<b>x</b>") + b"--x--\r\n"
    response = visit(bob).post(draft.get_absolute_url(), body, content_type="multipart/form-data; boundary=x")
    assert response.status_code == 303
    draft.refresh_from_db()
    assert draft.newest.document == DOCUMENT
