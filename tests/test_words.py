"""Moments, spans, shares and states in words."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from experiments import words
from experiments.models import Status

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 10, 20, 12, 32, tzinfo=UTC)  # Tuesday, 14:32 in Berlin


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (datetime(2026, 10, 20, 12, 36, tzinfo=UTC), "Today 14:36"),
        (datetime(2026, 10, 19, 22, 5, tzinfo=UTC), "Today 00:05"),  # yesterday in UTC, today in Berlin
        (datetime(2026, 10, 19, 21, 55, tzinfo=UTC), "Yesterday 23:55"),
        (datetime(2026, 10, 21, 7, 0, tzinfo=UTC), "Tomorrow 09:00"),
        (datetime(2026, 10, 25, 8, 0, tzinfo=UTC), "Sun 25 Oct 09:00"),  # the clocks went back in the night
        (datetime(2026, 10, 24, 7, 0, tzinfo=UTC), "Sat 24 Oct 09:00"),
        (datetime(2025, 12, 31, 23, 30, tzinfo=UTC), "Thu 1 Jan 00:30"),
        (datetime(2025, 12, 31, 22, 30, tzinfo=UTC), "Wed 31 Dec 2025 23:30"),
        (datetime(2027, 1, 4, 8, 0, tzinfo=UTC), "Mon 4 Jan 2027 09:00"),
    ],
)
def test_a_moment_is_told_in_the_zone(at, said):
    assert words.moment(at, BERLIN, NOW) == said


def test_inside_a_sentence_a_day_that_is_near_is_small():
    assert words.moment_inside(NOW, BERLIN, NOW) == "today 14:32"
    assert words.moment_inside(datetime(2026, 10, 25, 8, 0, tzinfo=UTC), BERLIN, NOW) == "Sun 25 Oct 09:00"


def test_a_year_is_told_only_where_it_is_another_one():
    new_year = datetime(2026, 12, 31, 22, 59, tzinfo=UTC)
    assert words.moment(new_year, BERLIN, new_year + timedelta(minutes=2)) == "Yesterday 23:59"
    assert words.moment(new_year, BERLIN, new_year + timedelta(days=3)) == "Thu 31 Dec 2026 23:59"


def test_an_exact_moment_has_seconds_and_the_year():
    assert words.exact(datetime(2026, 10, 25, 8, 0, 5, tzinfo=UTC), BERLIN) == "Sun 25 Oct 2026 09:00:05"
    assert words.exact(datetime(2026, 10, 25, 8, 0, 5, tzinfo=UTC), words.UTC) == "Sun 25 Oct 2026 08:00:05"


@pytest.mark.parametrize(
    ("length", "said"),
    [
        ({"seconds": 47}, "in 47 s"),
        ({"minutes": 3, "seconds": 47}, "in 3 min 47 s"),
        ({"minutes": 3}, "in 3 min"),
        ({"minutes": 10, "seconds": 5}, "in 10 min"),
        ({"hours": 3}, "in 3 h"),
        ({"hours": 3, "minutes": 20}, "in 3 h 20 min"),
        ({"days": 1}, "in 1 day"),
        ({"days": 4, "hours": 19}, "in 4 days 19 h"),
        ({"days": 7, "hours": 5}, "in 7 days"),
        ({"days": 400}, "in 400 days"),
        ({"seconds": -5}, "5 s ago"),
        ({"minutes": -29, "seconds": -50}, "29 min ago"),
        ({"hours": -3, "minutes": -20}, "3 h ago"),
        ({"days": -1, "hours": -23}, "1 day ago"),
        ({"days": -6}, "6 days ago"),
        ({"milliseconds": 400}, "now"),
    ],
)
def test_how_long_until_or_since(length, said):
    assert words.relative(NOW + timedelta(**length), NOW) == said


@pytest.mark.parametrize(
    ("zone", "said"),
    [("Europe/Berlin", "Berlin time"), ("America/Argentina/Buenos_Aires", "Buenos Aires time"), ("UTC", "UTC")],
)
def test_a_zone_is_called_by_its_city(zone, said):
    assert words.zone_words(ZoneInfo(zone)) == said


def shares(*percents, held=0.0):
    found = [{"letter": chr(65 + at), "name": "", "percent": percent} for at, percent in enumerate(percents)]
    return found + ([{"letter": "–", "name": "", "percent": held}] if held else [])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (shares(45, 45, held=10), "A 45 · B 45 · held out 10"),
        (shares(33.3333, 33.3333, 33.3333), "A 33.3 · B 33.3 · C 33.3"),
        (shares(18, 18, 18, 18, 18, held=10), "A–E, 18 each · held out 10"),
        ([*shares(70), {"letter": "–", "name": "Not in the test", "percent": 30}], "A 70 · not in the test 30"),
        (shares(40, 20, 20, 20), "A–D, 20 to 40"),
        (shares(100), "A 100"),
        ([], ""),
    ],
)
def test_a_split_in_words(given, said):
    assert words.split_words(words.slices(given)) == said


def test_a_split_for_screen_readers_names_every_part():
    assert words.split_label(words.slices(shares(67.5, 22.5, held=10))) == "Split: A 67.5%, B 22.5%, held out 10%"


def test_slices_stand_side_by_side_and_colours_repeat_after_six():
    pieces = words.slices(shares(*[10] * 8, held=20))
    assert [piece.start for piece in pieces] == [0, 10, 20, 30, 40, 50, 60, 70, 80]
    assert [piece.colour for piece in pieces] == [1, 2, 3, 4, 5, 6, 1, 2, 0]


def test_channels_read_as_one_phrase():
    assert words.channel_words(("Push", "Email", "SMS", "In-app")) == "Push, email, SMS, in-app"
    assert words.channel_words(()) == ""


def test_counts_know_one_from_many():
    assert [words.count(number, "test") for number in (0, 1, 2, 12345)] == [
        "0 tests",
        "1 test",
        "2 tests",
        "12,345 tests",
    ]
    assert words.count(2, "try", "tries") == "2 tries"


def test_texts_are_folded_for_the_search():
    assert words.folded(["Große  Tour", "\nHALF"], "x") == "große tour half x"


@pytest.mark.parametrize("text", ["", "{}", "nonsense", "7"])
def test_what_is_no_list_is_an_empty_one(text):
    assert words.read_list(text) == ()


def test_initials_come_from_names_and_addresses():
    assert [words.initials(name) for name in ("Ines Okafor", "ines@example.com", "")] == ["IO", "I", ""]


SOON, LATER, PAST = timedelta(minutes=3), timedelta(days=4), timedelta(seconds=-1)
WINDOW = timedelta(minutes=5)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"status": Status.DRAFT, "is_draft": True, "problems": 2}, ("", "draft", "Draft", "2 things to fix")),
        ({"status": Status.DRAFT, "is_draft": True, "problems": 1}, ("", "draft", "Draft", "1 thing to fix")),
        ({"status": Status.DRAFT, "is_draft": True}, ("", "draft", "Draft", "")),
        ({"status": Status.SENDING, "is_draft": True}, ("live", "sending", "Sending", "")),
        (
            {"status": Status.SENDING, "is_draft": True, "needs_attention": True},
            ("warn", "unknown", "Being checked", "See its operation"),
        ),
        (
            {"status": Status.DRAFT, "is_draft": True, "needs_attention": True},  # after a restore
            ("warn", "fix", "Look first", "Airship may hold it"),
        ),
        ({"status": Status.SCHEDULED, "left": LATER}, ("live", "scheduled", "Scheduled", "")),
        ({"status": Status.SCHEDULED, "left": SOON, "is_ours": True}, ("live", "send", "Sends soon", "Undo open")),
        ({"status": Status.SCHEDULED, "left": SOON}, ("live", "send", "Sends soon", "")),
        ({"status": Status.SCHEDULED, "left": PAST}, ("good", "good", "Sent", "")),
        ({"status": Status.FINISHED}, ("good", "good", "Sent", "")),
        ({"status": Status.FINISHED, "is_gone": True}, ("good", "good", "Sent", "Not listed any more")),
        ({"status": Status.FINISHED, "needs_attention": True}, ("warn", "fix", "Changed", "at Airship")),
        ({"status": Status.DELETED, "is_gone": True}, ("", "trash", "Deleted", "")),
        ({"status": Status.RUNNING}, ("good", "play", "Active", "")),
        ({"status": Status.PAUSED}, ("", "pause", "Paused", "")),
    ],
)
def test_every_state_has_a_word_an_icon_and_a_tone(given, said):
    assert words.state_of(provider="airship", undo_window=WINDOW, **given) == said


def test_other_providers_finish_instead_of_sending():
    assert words.state_of(Status.FINISHED, "qonversion").word == "Finished"
