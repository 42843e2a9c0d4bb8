"""Wall times and what they mean, in every zone and around every jump of its clocks."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import given
from hypothesis import strategies as st

from experiments.forms.moments import clock_change_near, clock_change_words, fold_of, moment_of
from experiments.views.messages.split import tenths

ZONES = sorted(available_timezones())
BERLIN = ZoneInfo("Europe/Berlin")


def changes(zone, year):
    """The moments of `year` at which the clocks of `zone` change, found hour by hour within days that differ."""
    day = datetime(year, 1, 1, tzinfo=UTC)
    while day.year == year:
        after = day + timedelta(days=1)
        if day.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset():
            yield from (day + timedelta(minutes=minutes) for minutes in range(0, 1440, 30))
        day = after


def test_around_every_jump_a_wall_time_is_exactly_one_of_a_moment_a_gap_and_a_choice():
    seen = {"at": 0, "gap": 0, "choices": 0}
    for name in ZONES:
        zone = ZoneInfo(name)
        for near in changes(zone, 2027):
            local = near.astimezone(zone).replace(tzinfo=None, fold=0)
            for shifted in (local, local + timedelta(hours=1), local - timedelta(minutes=30)):
                moment = moment_of(shifted, zone)
                filled = [kind for kind in seen if getattr(moment, kind)]
                assert len(filled) == 1, (name, shifted, moment)
                seen[filled[0]] += 1
                for neighbour in moment.gap or ():
                    assert moment_of(neighbour, zone).at, (name, shifted, neighbour)
                for fold, at in moment.choices:
                    assert moment_of(shifted, zone, fold).at == at
                    assert fold_of(at, zone) == fold
    assert all(seen.values())  # the walk met all three kinds


@given(st.sampled_from(ZONES), st.datetimes(datetime(2000, 1, 2), datetime(2100, 1, 1)))
def test_a_moment_read_back_is_the_wall_time_it_came_from(name, local):
    local = local.replace(second=0, microsecond=0, fold=0)
    zone = ZoneInfo(name)
    moment = moment_of(local, zone)
    for at in [moment.at] if moment.at else [at for _, at in moment.choices]:
        assert at.astimezone(zone).replace(tzinfo=None, fold=0) == local
    assert moment.gap is None or moment.gap[0] < local < moment.gap[1]


def test_the_sentence_of_a_clock_change_is_true():
    at = datetime(2026, 10, 25, 8, tzinfo=UTC)
    assert clock_change_words(at, BERLIN) == (
        "Berlin goes back one hour at 03:00 on Sunday, so 09:00 is 08:00 UTC and not 07:00."
    )
    assert clock_change_words(datetime(2027, 3, 28, 7, tzinfo=UTC), BERLIN) == (
        "Berlin goes forward one hour at 02:00 on Sunday, so 09:00 is 07:00 UTC and not 08:00."
    )
    assert clock_change_words(datetime(2027, 6, 1, tzinfo=UTC), BERLIN) == ""


def test_half_an_hour_is_told_as_minutes():
    zone = ZoneInfo("Australia/Lord_Howe")
    change = clock_change_near(datetime(2027, 10, 2, 16, tzinfo=UTC), zone)
    assert change is not None
    assert change.after - change.before == timedelta(minutes=30)
    assert "goes forward 30 minutes" in clock_change_words(datetime(2027, 10, 2, 16, tzinfo=UTC), zone)


@given(st.lists(st.integers(1, 10_000), min_size=1, max_size=26), st.integers(0, 99).map(lambda percent: percent / 100))
def test_shares_add_up_to_a_hundred_and_keep_their_order(weights, holdout):
    percents = [weight / sum(weights) * (1 - holdout) * 100 for weight in weights] + (
        [holdout * 100] if holdout else []
    )
    shown = tenths(percents)
    numbers = [int(text.replace(".", "")) for text in shown]
    assert sum(numbers) == 1000
    assert all(abs(number - percent * 10) < 1.001 for number, percent in zip(numbers, percents, strict=True))
    for one, percent in zip(numbers, percents, strict=True):
        assert all(one >= other for other, less in zip(numbers, percents, strict=True) if percent > less + 1e-6)


def test_three_equal_variants_show_a_rounding_that_adds_up():
    assert tenths([100 / 3] * 3) == ["33.4", "33.3", "33.3"]
    assert tenths([]) == []
