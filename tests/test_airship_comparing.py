"""What differs between variants, in places, in things, and after a lock screen has cut the texts."""

import copy

import pytest

from experiments.providers.airship.comparing import (
    SHOWN_LETTERS,
    differs_from_control,
    differs_in_more_than_one_thing,
    reads_the_same_when_cut,
    things_that_differ,
    touches,
)
from experiments.providers.graphemes import cut, graphemes

CONTROL = {"alert": "14 km is waiting for you.", "ios": {"title": "Sunday", "sound": "default"}}


def of(*notifications, device_types=("ios", "android"), **more):
    variants = [{"name": f"V{number}", "push": {"notification": said}} for number, said in enumerate(notifications)]
    return {"name": "Test", "device_types": list(device_types), "variants": variants, **more}


def changed(**changes):
    return {**copy.deepcopy(CONTROL), **changes}


# -- places


def test_equal_variants_differ_nowhere():
    assert differs_from_control(of(CONTROL, copy.deepcopy(CONTROL)), 1) == frozenset()


@pytest.mark.parametrize(
    ("said", "place"),
    [
        (changed(alert="Other"), "alert"),
        ({"ios": CONTROL["ios"]}, "alert"),
        (changed(ios={"title": "Monday", "sound": "default"}), "ios/title"),
        (changed(ios={"sound": "default"}), "ios/title"),
        (changed(android={"title": "Sunday"}), "android/title"),
        (changed(web={"buttons": [{"id": "yes", "label": "Yes"}]}, ios=CONTROL["ios"]), "web/buttons/0/id"),
        (changed(ios={"title": ["Sunday"], "sound": "default"}), "ios/title"),
        (changed(alert={"body": "x"}), "alert"),
        (changed(ios={"title": "Sunday", "sound": "default", "badge": 1}), "ios/badge"),
        (changed(ios={"title": "Sunday", "sound": "default", "a/b~c": 1}), "ios/a~1b~0c"),
    ],
)
def test_a_difference_has_its_place(said, place):
    assert f"/push/notification/{place}" in differs_from_control(of(CONTROL, said), 1)


@pytest.mark.parametrize(("ours", "theirs"), [(1, True), (1, 1.0), (0, False), ("1", 1), (None, "")])
def test_values_of_another_kind_differ_although_python_calls_some_equal(ours, theirs):
    assert differs_from_control(of({"ios": {"badge": ours}}, {"ios": {"badge": theirs}}), 1)
    assert not differs_from_control(of({"ios": {"badge": ours}}, {"ios": {"badge": ours}}), 1)


def test_an_empty_object_says_as_little_as_none():
    assert differs_from_control(of({"alert": "x", "ios": {}}, {"alert": "x"}), 1) == frozenset()
    assert differs_from_control(of({"alert": "x", "ios": {"title": "y"}}, {"alert": "x"}), 1)


def test_what_nobody_sees_is_no_difference():
    document = of(CONTROL, copy.deepcopy(CONTROL))
    document["variants"][1] |= {"name": "Other", "weight": 7, "description": "d", "id": "x"}
    assert differs_from_control(document, 1) == frozenset()
    document["variants"][1]["schedule"] = {"scheduled_time": "2027-01-01T00:00:00"}
    assert differs_from_control(document, 1) == {"/schedule/scheduled_time"}


@pytest.mark.parametrize("position", [0, 2, -1])
def test_the_control_and_what_is_not_there_differ_nowhere(position):
    assert differs_from_control(of(CONTROL, {"alert": "Other"}), position) == frozenset()
    assert differs_from_control(of(CONTROL, {"alert": "Other"}), 1)


@pytest.mark.parametrize("broken", [None, "x", 3, ["x"]])
def test_broken_variants_are_compared_with_nothing(broken):
    document = of(CONTROL, {"alert": "Other"})
    assert things_that_differ({**document, "variants": [broken, document["variants"][1]]}, 1) == ()
    assert things_that_differ({**document, "variants": [document["variants"][0], broken]}, 1) == ()
    assert things_that_differ({**document, "variants": broken}, 1) == ()
    for rule in (reads_the_same_when_cut, differs_in_more_than_one_thing):
        assert list(rule({**document, "variants": [broken, broken]}, None)) == []
        assert list(rule({"variants": broken, "device_types": broken}, None)) == []


def test_a_field_is_touched_by_what_is_at_it_below_it_and_above_it():
    differing = frozenset({"/push/notification/ios/alert/body", "/push/notification/web"})
    assert touches(differing, "/push/notification/ios/alert")
    assert touches(differing, "/push/notification/ios/alert/body")
    assert touches(differing, "/push/notification/web/title")
    assert not touches(differing, "/push/notification/ios/alert/title")
    assert not touches(differing, "/push/notification/ios/alerts")
    assert not touches(frozenset(), "/push/notification/ios/alert")


# -- things


@pytest.mark.parametrize(
    ("said", "things"),
    [
        ({"alert": "Other"}, ("message",)),
        ({"ios": {"alert": {"body": "b"}}}, ("message",)),
        ({"ios": {"alert": {"title": "t", "subtitle": "s", "body": "b"}}}, ("title", "subtitle", "message")),
        ({"ios": {"title": "t"}, "android": {"title": "t"}}, ("title",)),
        ({"ios": {"template": {"fields": {"title": "t"}}}}, ("title",)),
        ({"ios": {"template": {"template_id": "x"}}}, ("template",)),
        ({"android": {"summary": "s"}}, ("summary",)),
        ({"android": {"style": {"type": "big_picture", "big_picture": "https://x"}}}, ("picture",)),
        ({"android": {"style": {"type": "big_text", "big_text": "long"}}}, ("message",)),
        ({"ios": {"media_attachment": {"url": "https://x"}}, "web": {"image": {"url": "https://x"}}}, ("picture",)),
        ({"interactive": {"type": "ua_yes_no"}, "web": {"buttons": [{"id": "a", "label": "b"}]}}, ("buttons",)),
        ({"actions": {"open": {"type": "url", "content": "https://x"}}}, ("link",)),
        ({"actions": {"add_tag": "a", "remove_tag": "b"}}, ("tags",)),
        ({"actions": {"share": "text"}}, ("share",)),
        ({"ios": {"sound": "x"}}, ("sound",)),
        ({"ios": {"badge": 1}}, ("badge",)),
        ({"ios": {"thread_id": "t"}}, ("thread id",)),
        ({"ios": {"expiry": 60}, "android": {"time_to_live": 60}}, ("expiry",)),
        ({"android": {"icon": "x", "icon_color": "#ffffff"}}, ("icon",)),
        ({"email": {"subject": "s", "plaintext_body": "p", "html_body": "h"}}, ("subject", "message")),
        ({"email": {"sender_name": "n", "sender_address": "a", "reply_to": "r"}}, ("sender",)),
        ({"sms": {"alert": "s"}}, ("message",)),
        ({"mms": {"slides": [{"text": "t", "media": {"url": "u"}}]}}, ("message", "picture")),
        ({"open::kiosk": {"alert": "x"}}, ("message",)),
        ({"open::kiosk": "x"}, ("message",)),
    ],
)
def test_places_make_things(said, things):
    everywhere = ("ios", "android", "web", "email", "sms", "mms", "open::kiosk")
    assert things_that_differ(of({}, said, device_types=everywhere), 1) == things
    assert things_that_differ(of(said, {}, device_types=everywhere), 1) == things
    assert things_that_differ(of(said, copy.deepcopy(said), device_types=everywhere), 1) == ()


@pytest.mark.parametrize(
    ("variant", "things"),
    [
        ({"push": {"in_app": {"alert": "x", "display_type": "banner"}}}, ("in-app message",)),
        ({"push": {"options": {"expiry": 3}}}, ("options",)),
        ({"push": {"newer": 1}}, ("newer",)),
        ({"newer": 1, "push": {}}, ("newer",)),
        ({"push": "nothing"}, ("message",)),
        ({"schedule": {"scheduled_time": "2027-01-01T00:00:00"}, "push": {}}, ("time",)),
    ],
)
def test_what_stands_outside_of_the_notification_is_a_thing_too(variant, things):
    assert things_that_differ({"device_types": ["ios"], "variants": [{"push": {}}, variant]}, 1) == things


def test_what_is_written_for_a_platform_that_is_not_chosen_reaches_nobody():
    said = changed(web={"title": "Only on the web"})
    assert things_that_differ(of(CONTROL, said, device_types=["ios"]), 1) == ()
    assert things_that_differ(of(CONTROL, said, device_types=["ios", "web"]), 1) == ("title",)
    assert things_that_differ(of(CONTROL, said, device_types=[]), 1) == ("title",)


# -- more than one thing


def told(rule, document):
    return [(problem.pointer, problem.severity, problem.message) for problem in rule(document, None)]


def test_a_variant_that_differs_in_several_things_is_told():
    said = changed(alert="Other", ios={"title": "Other", "sound": "default", "media_attachment": {"url": "https://x"}})
    assert told(differs_in_more_than_one_thing, of(CONTROL, said)) == [
        (
            "/variants/1",
            "warning",
            "Variant B differs from A in 3 things: title, message and picture. "
            "A result will not tell which one did it.",
        )
    ]


def test_a_variant_that_differs_in_one_thing_or_in_none_is_fine():
    assert told(differs_in_more_than_one_thing, of(CONTROL, changed(alert="Other"), CONTROL)) == []


def test_only_the_variant_that_does_is_told():
    both = {"alert": "Other", "ios": {"title": "Other", "sound": "default"}}
    found = told(differs_in_more_than_one_thing, of(CONTROL, changed(alert="Other"), both))
    assert [pointer for pointer, _, _ in found] == ["/variants/2"]


def test_a_variant_that_says_nothing_yet_is_not_compared():
    full = {"alert": "Other", "ios": {"title": "Other"}}
    assert told(differs_in_more_than_one_thing, of(full, {})) == []
    assert told(differs_in_more_than_one_thing, of({}, full)) == []
    assert told(differs_in_more_than_one_thing, of({"alert": "x"}, full))


# -- read the same when cut


def ios(title, body):
    return {"ios": {"title": title, "alert": body}}


def test_texts_that_differ_only_behind_the_cut_read_the_same():
    letters = SHOWN_LETTERS["ios"][1]
    found = told(
        reads_the_same_when_cut,
        of(ios("T", "x" * letters + "one"), ios("T", "x" * letters + "two"), device_types=["ios"]),
    )
    assert found == [
        (
            "/variants/1",
            "warning",
            "Variant B reads the same as variant A on a locked iOS phone: what differs is cut off. We estimate that "
            "about 40 letters of the title and 178 letters of the message are shown.",
        )
    ]


@pytest.mark.parametrize("platform", ["ios", "android"])
@pytest.mark.parametrize("part", [0, 1])
def test_the_last_letter_that_is_shown_counts(platform, part):
    def pair(length):
        texts = [["Title", "Body"], ["Title", "Body"]]
        texts[0][part], texts[1][part] = "x" * length + "1", "x" * length + "2"
        said = [{platform: {"title": title, "alert": body}} for title, body in texts]
        return told(reads_the_same_when_cut, of(*said, device_types=[platform]))

    assert pair(SHOWN_LETTERS[platform][part] - 1) == []
    assert len(pair(SHOWN_LETTERS[platform][part])) == 1


def test_equal_texts_are_not_cut_to_be_equal_and_may_differ_in_a_picture():
    picture = {**ios("T", "B"), "interactive": {"type": "ua_yes_no"}}
    assert told(reads_the_same_when_cut, of(ios("T", "B"), picture)) == []


def test_both_phones_are_told_in_one_sentence_and_platforms_that_are_not_chosen_in_none():
    one, two = {"alert": "x" * 200 + "1"}, {"alert": "x" * 200 + "2"}
    (found,) = told(reads_the_same_when_cut, of(one, two))
    assert "on a locked iOS and Android phone" in found[2]
    assert "178 letters of the message on iOS and 48 letters of the message on Android" in found[2]
    assert told(reads_the_same_when_cut, of(one, two, device_types=["web"])) == []


def test_every_later_variant_is_compared_with_the_first_of_its_look():
    texts = [{"alert": "x" * 200 + end} for end in "1234"]
    assert [pointer for pointer, _, _ in told(reads_the_same_when_cut, of(*texts))] == [
        "/variants/1",
        "/variants/2",
        "/variants/3",
    ]


def test_lines_beyond_the_fourth_are_not_seen_on_ios():
    found = told(reads_the_same_when_cut, of(ios("", "a\nb\nc\nd\n1"), ios("", "a\nb\nc\nd\n2"), device_types=["ios"]))
    assert len(found) == 1
    assert told(reads_the_same_when_cut, of(ios("", "a\nb\nc\n1"), ios("", "a\nb\nc\n2"), device_types=["ios"])) == []


def test_an_alert_of_several_parts_and_a_template_are_read_as_their_texts():
    def parted(end):
        return {"ios": {"alert": {"title": "T", "body": "x" * 178 + end}}}

    def template(end):
        return {"ios": {"template": {"fields": {"title": "T", "alert": "x" * 178 + end}}}}

    assert len(told(reads_the_same_when_cut, of(parted("1"), template("2"), device_types=["ios"]))) == 1
    assert told(reads_the_same_when_cut, of(parted("1"), template("1"), device_types=["ios"])) == []


def test_variants_without_a_text_are_not_said_to_read_the_same():
    assert told(reads_the_same_when_cut, of({}, {"ios": {"sound": "x"}})) == []


# -- letters


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("", []),
        ("ab", ["a", "b"]),
        ("e\u0301a", ["e\u0301", "a"]),
        ("👩‍👩‍👧x", ["👩‍👩‍👧", "x"]),
        ("👍🏽👍", ["👍🏽", "👍"]),
        ("🇩🇪🇫🇷", ["🇩🇪", "🇫🇷"]),
        ("🇩🇪🇫", ["🇩🇪", "🇫"]),
        ("❤️a", ["❤️", "a"]),
        ("🏴\U000e0067\U000e0062\U000e007fx", ["🏴\U000e0067\U000e0062\U000e007f", "x"]),
        ("각ᆨ", ["각ᆨ"]),
        ("각", ["각"]),
        ("\r\n\n", ["\r\n", "\n"]),
        ("\n\u0301", ["\n", "\u0301"]),
        ("a\u200db", ["a\u200d", "b"]),
        ("שָׁ", ["שָׁ"]),
    ],
)
def test_letters_are_what_people_see(text, letters):
    assert graphemes(text) == letters
    assert "".join(graphemes(text)) == text


def test_a_cut_never_goes_through_a_letter():
    family = "👩‍👩‍👧"
    assert cut(family * 3, 2) == family * 2
    assert cut("abc", 3) == "abc"
    assert cut("abc", 2) == "ab"
    long = "x" * 47 + family
    pair = [{"android": {"alert": f"{long}{end}"}} for end in "12"]
    assert len(told(reads_the_same_when_cut, of(*pair, device_types=["android"]))) == 1
