"""Numbers 1 to 22: what people type and paste. Refused with a sentence or kept as it is; the draft is never lost."""

import copy
import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.urls import reverse
from django.utils.html import escape

from experiments.models import Kind, Operation
from experiments.providers.names import plainly
from experiments.providers.qonversion import document as qonversion
from tests.conftest import DOCUMENT
from tests.editor_form import Editor, message

FORM = "application/x-www-form-urlencoded"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
MARKER = "[ref abx-01j9zq5v8k3m4n5p6q7r8s9t0v]"


def sends():
    return Operation.objects.filter(kind=Kind.CREATE)


def problems(visit, who, draft):
    """The page that asks before anything is sent."""
    return visit(who).get(reverse("draft_check", args=["marlow", draft.pk])).text


def save_json(client, draft, text):
    """Post `text` as the exact document of the newest revision."""
    draft.refresh_from_db()
    address = reverse("draft_json", args=["marlow", draft.pk])
    return client.post(address, {"document": text, "revision": draft.number})


def two_variants() -> list[dict[str, Any]]:
    document: dict[str, Any] = copy.deepcopy(DOCUMENT)
    return list(document["variants"])


def changed(**changes: Any) -> dict[str, Any]:
    return copy.deepcopy(DOCUMENT) | changes


@pytest.mark.parametrize("name", ["", " \t ", "\u200b\ufeff\u2060", "\u3164\u00ad"])
def test_bad_01_a_name_that_shows_nothing_closes_the_send_and_keeps_the_draft(write, visit, bob, paula, name):
    draft = write(name=name)
    assert "The test has no name" in problems(visit, paula, draft)
    assert visit(paula).post(reverse("draft_check", args=["marlow", draft.pk])).status_code == 409
    assert not Operation.objects.exists()
    assert Editor(visit(bob), draft).document["name"] == name
    assert "The test has no name" not in problems(visit, paula, write(name="\u0628\u0648\u0633\u062a"))


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
    names = sorted(set(editor.fields) - {"csrfmiddlewaretoken", "revision", "turn"})
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
    page = problems(visit, paula, draft)
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
    page = problems(visit, paula, write(name=name))
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
    page = problems(visit, paula, write(variants=variants))
    assert "People will read “{{first_name}}” as it stands" in page
    assert "as it stands" not in problems(visit, paula, write())


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


@pytest.mark.parametrize("place", ["description", "name"])
def test_bad_10_a_text_that_reads_like_our_reference_is_refused(write, visit, paula, place):
    draft = write(**{place: f"My own {MARKER}"})
    assert "which Splitdesk keeps for itself" in problems(visit, paula, draft)
    assert visit(paula).post(reverse("draft_check", args=["marlow", draft.pk])).status_code == 409
    assert not Operation.objects.exists()
    fine = write(**{place: "My own abx reference"})
    assert "keeps for itself" not in problems(visit, paula, fine)


@pytest.mark.parametrize(("count", "words"), [(0, "It needs 1 to 26"), (27, "26 are the most"), (1, ""), (26, "")])
def test_bad_11_a_document_has_one_to_twenty_six_variants(draft, visit, bob, paula, count, words):
    variants = [{"name": f"V{n}", "push": {"notification": {"alert": f"Text {n}"}}} for n in range(count)]
    save_json(visit(bob), draft, json.dumps(changed(variants=variants)))
    page = problems(visit, paula, draft)
    if words:
        assert words in page
        assert visit(paula).post(reverse("draft_check", args=["marlow", draft.pk])).status_code == 409
    else:
        assert "have to be mended" not in page
        assert "has to be mended" not in page


def test_bad_12_two_equal_variants_go_out_only_with_a_tick(write, checked, visit, paula):
    variants = two_variants()
    variants[1]["push"] = copy.deepcopy(variants[0]["push"])
    draft = write(variants=variants)
    checked(draft)
    client, address = visit(paula), reverse("draft_send", args=["marlow", draft.pk])
    page = problems(visit, paula, draft)
    assert "Variant B says the same as variant A." in page
    token = token_in(page)
    refused = client.post(address, {"token": token})
    assert refused.status_code == 422
    assert "Tick this, or mend the test. Nothing was sent." in refused.text
    assert not sends().exists()
    assert client.post(address, {"token": token_in(refused.text), "same": "on"}).status_code == 302
    assert sends().get().confirmed["same"] == "ticked"


def test_bad_12_variants_that_differ_ask_for_no_tick(draft, checked, visit, paula):
    checked(draft)
    page = problems(visit, paula, draft)
    assert 'name="same"' not in page
    address = reverse("draft_send", args=["marlow", draft.pk])
    assert visit(paula).post(address, {"token": token_in(page)}).status_code == 302


def token_in(page):
    return re.findall(r'name="token" value="([^"]+)"', page)[-1]


WEIGHTS = ["0", "-1", "1.5", "\uff11\uff12", "1e3", "1" + "0" * 30, "NaN", "Infinity", "0x10", "1_000", "--1", "½"]


@pytest.mark.parametrize("text", WEIGHTS)
def test_bad_13_a_weight_is_a_whole_number_from_one_or_nothing_is_sent(draft, visit, bob, paula, text):
    editor = Editor(visit(bob), draft)
    editor.post({"/variants/0/weight": text})
    page = Editor(visit(bob), draft)
    assert page.fields["/variants/0/weight"] == [text]  # as it was typed, never another number
    assert visit(paula).post(reverse("draft_check", args=["marlow", draft.pk])).status_code == 409
    assert not Operation.objects.exists()
    page.post({"/variants/0/weight": "3"})
    assert editor.document["variants"][0]["weight"] == 3


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "true", '"1"', "1e3", "1e400", "NaN", "1" + "0" * 30])
def test_bad_13_a_weight_in_the_json_is_judged_alike(draft, visit, bob, paula, text):
    document = json.dumps(changed(), ensure_ascii=False).replace('"weight": 2', f'"weight": {text}')
    save_json(visit(bob), draft, document)
    draft.refresh_from_db()
    if draft.number == 1:
        assert draft.newest.document == DOCUMENT  # the text was refused as a whole
        return
    assert visit(paula).post(reverse("draft_check", args=["marlow", draft.pk])).status_code == 409
    assert not Operation.objects.exists()


def test_bad_14_weights_that_do_not_sum_to_a_hundred_are_shown_as_shares(draft, visit, bob, paula):
    editor = Editor(visit(bob), draft)
    editor.post({"/variants/0/weight": "3", "/variants/1/weight": "2", "control": "50"})
    page = Editor(visit(bob), draft)
    assert 'aria-label="Split: A 30%, B 20%, – 50%"' in page.html
    assert "30.0 %" in page.html
    assert "has to be mended" not in problems(visit, paula, draft)
    page.post({"/variants/0/weight": "0"})
    assert "remove the variant if nobody is to get it" in problems(visit, paula, draft)


@pytest.mark.parametrize("control", [-0.1, 1, 1.0, 1.5, True, "0.5", "0,5"])
def test_bad_15_a_holdout_out_of_range_closes_the_send(write, visit, paula, control):
    page = problems(visit, paula, write(control=control))
    assert "holdout" in page
    assert "has to be mended" in page
    assert "has to be mended" not in problems(visit, paula, write(control=0))


@pytest.mark.parametrize("audience", [{}, "", None, [], {"and": []}, {"or": [{}]}, 7])
def test_bad_16_an_audience_of_nothing_is_refused(write, visit, paula, audience):
    draft = write(audience=audience)
    assert visit(paula).post(reverse("draft_check", args=["marlow", draft.pk])).status_code == 409
    assert visit(paula).get(draft.get_absolute_url()).status_code == 200
    assert not Operation.objects.exists()


def test_bad_16_everybody_has_to_be_typed(write, checked, visit, paula):
    draft = write(audience="all")
    checked(draft)
    token = token_in(problems(visit, paula, draft))
    address = reverse("draft_send", args=["marlow", draft.pk])
    for typed in ("", "everyone", "all"):
        assert visit(paula).post(address, {"token": token, "everybody": typed}).status_code == 422
    assert not sends().exists()
    assert visit(paula).post(address, {"token": token, "everybody": "everybody"}).status_code == 302


@pytest.mark.parametrize(("count", "is_fine"), [(1000, True), (1001, False)])
def test_bad_16_a_thousand_selectors_are_the_most(write, visit, paula, count, is_fine):
    draft = write(audience={"or": [{"tag": f"t{n}"} for n in range(count)]})
    page = problems(visit, paula, draft)
    assert ("1,000" in page and "to be mended" in page) is not is_fine


def test_bad_16_a_posted_depth_of_ten_thousand_is_a_sentence(draft, visit, bob):
    deep = '{"not":' * 10_000 + '{"tag":"a"}' + "}" * 10_000
    response = save_json(visit(bob), draft, f'{{"audience": {deep}}}')
    assert response.status_code == 422
    assert "nested deeper than 60 levels" in response.text
    draft.refresh_from_db()
    assert draft.number == 1


@pytest.mark.parametrize(
    ("device_types", "words"),
    [
        ([], "has no platform"),
        (["ios", "ios"], "stands twice"),
        (["ios", "pager"], "no platform “pager”"),
        (["ios", "email"], "has no message for email"),
        ("all", "must be a list"),
        ([7, None], "ist"),
    ],
)
def test_bad_17_platforms_are_judged_before_the_provider_is_asked(write, visit, paula, sandbox, device_types, words):
    draft = write(device_types=device_types)
    assert words in problems(visit, paula, draft)
    assert visit(paula).post(reverse("draft_check", args=["marlow", draft.pk])).status_code == 409
    assert not sandbox.requests.last(10)
    assert "to be mended" not in problems(visit, paula, write())


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "a", "name": "b"}',
        '{"audience": {"tag": "a", "tag": "b"}}',
        '{"variants": [{"push": {"x": 1, "x": 2}}]}',
    ],
)
def test_bad_18_a_key_that_stands_twice_is_refused_wherever_it_is(draft, visit, bob, text):
    response = save_json(visit(bob), draft, text)
    assert response.status_code == 422
    assert "stands more than once in one object" in response.text
    draft.refresh_from_db()
    assert draft.newest.document == DOCUMENT


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"name": "a", }', "nothing after it"),
        ('{"name": "a" /* why */}', "no comments"),
        ('\ufeff{"name": "a"}', "invisible mark"),
        ('{"control": 1e400}', "too large"),
        ('{"control": NaN}', "too large, or no number"),
        ("['a']", "straight double quotes"),
        ("[]", "one object"),
        ("", "nothing here yet"),
    ],
)
def test_bad_19_json_that_is_not_plain_json_is_refused_at_its_place(draft, visit, bob, text, words):
    response = save_json(visit(bob), draft, text)
    assert response.status_code == 422
    assert words in response.text
    draft.refresh_from_db()
    assert draft.number == 1


def test_bad_19_unknown_keys_and_odd_numbers_are_told_and_shown_as_they_would_be_sent(draft, visit, bob, paula):
    document = json.dumps(changed()).replace('"control": 0.1', '"control": -0, "future": 9007199254740993')
    assert save_json(visit(bob), draft, document).status_code == 302
    draft.refresh_from_db()
    assert '"future": 9007199254740993' in draft.newest.document_text.replace('":', '": ').replace("  ", " ")
    page = problems(visit, paula, draft)
    assert "future" in page
    assert visit(paula).post(reverse("draft_check", args=["marlow", draft.pk])).status_code in (302, 409)


DANGEROUS = ("bypass_frequency_limits", "bypass_ban_list_processing", "bypass_holdout_groups", "no_throttle")


@pytest.mark.parametrize("option", [*DANGEROUS, "omit_from_activity_log"])
def test_bad_20_an_option_that_gets_round_a_protection_is_told_and_for_admins(
    write, checked, visit, paula, alice, option
):
    variants = two_variants()
    variants[0]["push"]["options"] = {option: True}
    draft = write(variants=variants)
    checked(draft)
    page = problems(visit, paula, draft)
    assert option in page
    assert "options that only admins may send" in page
    address = reverse("draft_send", args=["marlow", draft.pk])
    assert visit(paula).post(address, {"token": token_in(page)}).status_code == 409
    assert not sends().exists()
    assert visit(alice).post(address, {"token": token_in(problems(visit, alice, draft))}).status_code == 302


LINKS = [
    "javascript:alert(1)",
    "file:///etc/passwd",
    "JaVaScRiPt:x",
    "java\tscript:x",
    " data:text/html,x",
    "vbscript:x",
]


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("kind", ["url", "deep_link"])
def test_bad_21_a_link_that_runs_or_reads_something_is_refused(draft, visit, bob, paula, kind, link):
    fields = {message(0, "actions/open/type"): kind, message(0, "actions/open/content"): link}
    Editor(visit(bob), draft).post(fields)
    page = problems(visit, paula, draft)
    assert "which Splitdesk does not send" in page
    assert not re.search(r'href="\s*(java|file|data|vb)', page, re.IGNORECASE)
    assert visit(paula).post(reverse("draft_check", args=["marlow", draft.pk])).status_code == 409
    good = "https://example.com/run" if kind == "url" else "marlow://plan"
    Editor(visit(bob), draft).post(fields | {message(0, "actions/open/content"): good})
    assert "does not send" not in problems(visit, paula, draft)


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
