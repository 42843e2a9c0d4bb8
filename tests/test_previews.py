"""How a message is drawn: what a device cuts, how many messages an SMS becomes, whom it is read for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.forms.messages.previews import LINE, drawings, lines_of, previews, sizes
from experiments.forms.messages.text_messages import parts_of, parts_words
from experiments.views.messages.previews import person_of
from tests.airship_documents import with_push

FAMILY = "👩‍👩‍👧"


def drawn(push, *platforms, person=None, platform=""):
    found = drawings(with_push(push, *platforms), 0, platform, person or {})
    return {drawing.caption: drawing for drawing in found}


def test_each_platform_is_drawn_in_all_its_ways():
    push = {
        "notification": {
            "alert": "Run",
            "email": {"subject": "S", "plaintext_body": "T"},
            "open::kiosk": {"alert": "K"},
        },
        "in_app": {"alert": "In", "display_type": "banner", "display": {"position": "top"}},
    }
    found = drawn(push, "ios", "android", "amazon", "web", "email", "sms", "open::kiosk")
    assert list(found) == [
        "iPhone, locked", "iPhone, banner", "Android", "Android, collapsed", "Fire OS", "Fire OS, collapsed", "Web",
        "Email", "SMS", "Channel kiosk", "In the app",
    ]  # fmt: skip
    assert (found["Email"].title, found["Email"].body) == ("S", "T")
    assert found["In the app"].detail == "Banner at the top"


def test_the_platform_of_the_open_tab_comes_first():
    found = drawn({"notification": {"alert": "Run"}}, "ios", "android", "web", platform="web")
    assert next(iter(found)) == "Web"


def test_an_mms_is_drawn_instead_of_an_sms():
    mms = {"fallback_text": "See it", "subject": "Map", "slides": [{"media": {}, "text": "Your map"}]}
    found = drawn({"notification": {"mms": mms}}, "sms")
    assert (found["MMS"].title, found["MMS"].body) == ("Map", "Your map")
    assert "SMS" not in found


@pytest.mark.parametrize(
    ("style", "body"),
    [
        ({"type": "big_text", "big_text": "A long story"}, "A long story"),
        ({"type": "inbox", "lines": ["One", "Two"]}, "One\nTwo"),
        ({"type": "big_picture", "big_picture": "https://x.example/a.png"}, "Run"),
        ("wrong", "Run"),
    ],
)
def test_an_opened_android_message_shows_its_style(style, body):
    found = drawn({"notification": {"alert": "Run", "android": {"style": style}}}, "android")
    assert found["Android"].body == body
    assert found["Android, collapsed"].body == "Run"


def test_titles_are_cut_between_letters_and_it_is_told():
    title = FAMILY * 41
    found = drawn({"notification": {"alert": "x", "web": {"title": title}}}, "web")
    assert found["Web"].title == FAMILY * 40 + "…"
    assert found["Web"].note == "Title cut at 40 letters"
    whole = drawn({"notification": {"alert": "x", "web": {"title": FAMILY * 40}}}, "web")
    assert (whole["Web"].title, whole["Web"].note) == (FAMILY * 40, "")


@pytest.mark.parametrize(
    ("text", "lines", "note"),
    [
        ("", 0, "0 of 4 lines"),
        ("x", 1, "1 of 4 lines"),
        ("x" * LINE, 1, "1 of 4 lines"),
        ("x" * (LINE + 1), 2, "2 of 4 lines"),
        ("a\nb\n\nc", 4, "4 of 4 lines"),
        ("x" * (4 * LINE + 1), 5, "Cut after 4 lines"),
        (FAMILY * LINE, 1, "1 of 4 lines"),
        ("مرحبا " * 20, 4, "4 of 4 lines"),
    ],
)
def test_a_locked_phone_shows_four_lines(text, lines, note):
    assert lines_of(text) == lines
    assert drawn({"notification": {"alert": text}}, "ios")["iPhone, locked"].note == note


@pytest.mark.parametrize(
    ("text", "parts", "words"),
    [
        ("", (1, 0, True), ""),
        ("x" * 160, (1, 160, True), "1 SMS, 160 of 160 letters"),
        ("x" * 161, (2, 161, True), "2 SMS of 153 letters"),
        ("x" * 307, (3, 307, True), "3 SMS of 153 letters"),
        ("€" * 80, (1, 160, True), "1 SMS, 160 of 160 letters"),
        ("€" * 81, (2, 162, True), "2 SMS of 153 letters"),
        ("ç" * 70, (1, 70, False), "1 SMS, 70 of 70 letters"),
        ("ç" * 71, (2, 71, False), "2 SMS of 67 letters"),
        ("😀" * 35, (1, 70, False), "1 SMS, 70 of 70 letters"),
        ("😀" * 36, (2, 72, False), "2 SMS of 67 letters"),
    ],
)
def test_an_sms_is_counted_as_networks_count_it(text, parts, words):
    assert parts_of(text) == parts
    assert parts_words(text) == words


def test_values_are_filled_in_only_where_airship_fills_them_in():
    notification = {"alert": "Hi {{first_name}}"}
    person = {"first_name": "Ines"}
    assert drawn({"notification": notification}, "web", person=person)["Web"].body == "Hi {{first_name}}"
    on = {"notification": notification, "options": {"personalization": True}}
    assert drawn(on, "web", person=person)["Web"].body == "Hi Ines"


def test_a_sample_person_is_read_line_by_line():
    assert person_of("first_name = Ines\n city=Berlin\nnothing\n= x\na = b = c") == {
        "first_name": "Ines",
        "city": "Berlin",
        "a": "b = c",
    }
    assert person_of(None) == {}


def test_the_heaviest_part_is_named_near_the_limit():
    document = with_push({"notification": {"alert": "Run", "ios": {"title": "x" * 3600}}}, "ios", "android")
    near, far = sizes(document, 0)
    assert near.hint == "iOS is close to its limit; “title” takes most of it."
    assert far.hint == ""


KEYS = [
    "alert",
    "title",
    "ios",
    "android",
    "mms",
    "slides",
    "style",
    "type",
    "lines",
    "buttons",
    "in_app",
    "display",
    "options",
    "template",
]
ANYTHING = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=20,
)


@given(ANYTHING)
def test_no_document_breaks_the_drawing(push):
    document = {"device_types": ["ios", "android", "sms", "email", "open::x", 3], "variants": [{"push": push}]}
    assert len(drawings(document, 0, "ios", {})) >= len(previews(document, 0))
