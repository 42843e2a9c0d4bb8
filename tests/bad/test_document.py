"""Numbers 10 to 21: documents that make no sense, or too dangerous a sense. No provider is asked about them."""

import copy
import json
import re

import pytest

from experiments.models import Kind, Operation
from tests.bad.pages import ask, changed, check_page, save_json, send_address, token_in, two_variants
from tests.conftest import DOCUMENT
from tests.editor_form import Editor, message

MARKER = "[ref abx-01j9zq5v8k3m4n5p6q7r8s9t0v]"


def sends():
    return Operation.objects.filter(kind=Kind.CREATE)


@pytest.mark.parametrize("place", ["description", "name"])
def test_bad_10_a_text_that_reads_like_our_reference_is_refused(write, visit, paula, place):
    draft = write(**{place: f"My own {MARKER}"})
    assert "which Splitdesk keeps for itself" in check_page(visit(paula), draft)
    assert ask(visit(paula), draft) == 409
    assert not Operation.objects.exists()
    fine = write(**{place: "My own abx reference"})
    assert "keeps for itself" not in check_page(visit(paula), fine)


@pytest.mark.parametrize(("count", "words"), [(0, "It needs 1 to 26"), (27, "26 are the most"), (1, ""), (26, "")])
def test_bad_11_a_document_has_one_to_twenty_six_variants(draft, visit, bob, paula, count, words):
    variants = [{"name": f"V{n}", "push": {"notification": {"alert": f"Text {n}"}}} for n in range(count)]
    save_json(visit(bob), draft, json.dumps(changed(variants=variants)))
    page = check_page(visit(paula), draft)
    if words:
        assert words in page
        assert ask(visit(paula), draft) == 409
    else:
        assert "have to be mended" not in page
        assert "has to be mended" not in page


def test_bad_12_two_equal_variants_go_out_only_with_a_tick(write, checked, visit, paula):
    variants = two_variants()
    variants[1]["push"] = copy.deepcopy(variants[0]["push"])
    draft = write(variants=variants)
    checked(draft)
    client, address = visit(paula), send_address(draft)
    page = check_page(visit(paula), draft)
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
    page = check_page(visit(paula), draft)
    assert 'name="same"' not in page
    address = send_address(draft)
    assert visit(paula).post(address, {"token": token_in(page)}).status_code == 302


WEIGHTS = ["0", "-1", "1.5", "\uff11\uff12", "1e3", "1" + "0" * 30, "NaN", "Infinity", "0x10", "1_000", "--1", "½"]


@pytest.mark.parametrize("text", WEIGHTS)
def test_bad_13_a_weight_is_a_whole_number_from_one_or_nothing_is_sent(draft, visit, bob, paula, text):
    editor = Editor(visit(bob), draft)
    editor.post({"/variants/0/weight": text})
    page = Editor(visit(bob), draft)
    assert page.fields["/variants/0/weight"] == [text]  # as it was typed, never another number
    assert ask(visit(paula), draft) == 409
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
    assert ask(visit(paula), draft) == 409
    assert not Operation.objects.exists()


def test_bad_14_weights_that_do_not_sum_to_a_hundred_are_shown_as_shares(draft, visit, bob, paula):
    editor = Editor(visit(bob), draft)
    editor.post({"/variants/0/weight": "3", "/variants/1/weight": "2", "control": "50"})
    page = Editor(visit(bob), draft)
    assert 'aria-label="Split: A 30%, B 20%, – 50%"' in page.html
    assert "30.0 %" in page.html
    assert "has to be mended" not in check_page(visit(paula), draft)
    page.post({"/variants/0/weight": "0"})
    assert "remove the variant if nobody is to get it" in check_page(visit(paula), draft)


@pytest.mark.parametrize("control", [-0.1, 1, 1.0, 1.5, True, "0.5", "0,5"])
def test_bad_15_a_holdout_out_of_range_closes_the_send(write, visit, paula, control):
    page = check_page(visit(paula), write(control=control))
    assert "holdout" in page
    assert "has to be mended" in page
    assert "has to be mended" not in check_page(visit(paula), write(control=0))


@pytest.mark.parametrize("audience", [{}, "", None, [], {"and": []}, {"or": [{}]}, 7])
def test_bad_16_an_audience_of_nothing_is_refused(write, visit, paula, audience):
    draft = write(audience=audience)
    assert ask(visit(paula), draft) == 409
    assert visit(paula).get(draft.get_absolute_url()).status_code == 200
    assert not Operation.objects.exists()


def test_bad_16_everybody_has_to_be_typed(write, checked, visit, paula):
    draft = write(audience="all")
    checked(draft)
    token = token_in(check_page(visit(paula), draft))
    address = send_address(draft)
    for typed in ("", "everyone", "all"):
        assert visit(paula).post(address, {"token": token, "everybody": typed}).status_code == 422
    assert not sends().exists()
    assert visit(paula).post(address, {"token": token, "everybody": "everybody"}).status_code == 302


@pytest.mark.parametrize(("count", "is_fine"), [(1000, True), (1001, False)])
def test_bad_16_a_thousand_selectors_are_the_most(write, visit, paula, count, is_fine):
    draft = write(audience={"or": [{"tag": f"t{n}"} for n in range(count)]})
    page = check_page(visit(paula), draft)
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
    assert words in check_page(visit(paula), draft)
    assert ask(visit(paula), draft) == 409
    assert not sandbox.requests.last(10)
    assert "to be mended" not in check_page(visit(paula), write())


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
    page = check_page(visit(paula), draft)
    assert "future" in page
    assert ask(visit(paula), draft) in (302, 409)


DANGEROUS = ("bypass_frequency_limits", "bypass_ban_list_processing", "bypass_holdout_groups", "no_throttle")


@pytest.mark.parametrize("option", [*DANGEROUS, "omit_from_activity_log"])
def test_bad_20_an_option_that_gets_round_a_protection_is_told_and_for_admins(
    write, checked, visit, paula, alice, option
):
    variants = two_variants()
    variants[0]["push"]["options"] = {option: True}
    draft = write(variants=variants)
    checked(draft)
    page = check_page(visit(paula), draft)
    assert option in page
    assert "options that only admins may send" in page
    address = send_address(draft)
    assert visit(paula).post(address, {"token": token_in(page)}).status_code == 409
    assert not sends().exists()
    assert visit(alice).post(address, {"token": token_in(check_page(visit(alice), draft))}).status_code == 302


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
    page = check_page(visit(paula), draft)
    assert "which Splitdesk does not send" in page
    assert not re.search(r'href="\s*(java|file|data|vb)', page, re.IGNORECASE)
    assert ask(visit(paula), draft) == 409
    good = "https://example.com/run" if kind == "url" else "marlow://plan"
    Editor(visit(bob), draft).post(fields | {message(0, "actions/open/content"): good})
    assert "does not send" not in check_page(visit(paula), draft)


@pytest.mark.parametrize(
    "document",
    [
        {"device_types": [["ios"], {"web": 1}]},
        {"audience": {"not": {"attribute": "x", "operator": {"a": 1}, "value": 1}}},
        {"audience": {"and": [{"attribute": "x", "operator": "before", "value": 1, "precision": []}]}},
    ],
)
def test_bad_19_a_list_or_an_object_in_the_place_of_a_word_opens_on_every_page(draft, visit, bob, document):
    client = visit(bob)
    assert save_json(client, draft, json.dumps(changed(**document))).status_code == 302
    for page in ("", "?checked=1", "json/", "check/"):
        assert client.get(draft.get_absolute_url() + page).status_code == 200
    draft.refresh_from_db()
    assert draft.newest.document.items() >= document.items()
