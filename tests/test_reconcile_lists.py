"""Reading both lists to their end: what moves, repeats, breaks off or is not sorted is not taken for an end."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from experiments import providers
from experiments.providers.shapes import Account, Page, Secret
from experiments.relay import looking
from tests.remote_tests import remote

NOW = datetime.now(tz=UTC)
ACCOUNT = Account("http://127.0.0.1:9", "k", Secret("s"))


def made(number, ago=timedelta(0), **more):
    return replace(remote(f"r{number}", ahead=None), created_at=NOW - ago, **more)


class Lists:
    """A provider that answers from lists which a test may change between two pages."""

    def __init__(self, scheduled=(), plain=(), size=3):
        self.scheduled, self.plain, self.size = list(scheduled), list(plain), size
        self.between = {}  # number of the page before which something happens
        self.date = NOW
        self.asked = []
        self.instead = {}  # name of a list and what answers for it

    def page(self, items, offset):
        for change in self.between.pop(len(self.asked), ()):
            change()
        self.asked.append(offset)
        rows = items[offset : offset + self.size]
        reached = offset + len(rows)
        more = reached if rows and reached < len(items) else None
        return Page(tuple(rows), len(items), more, provider_date=self.date)

    def list_scheduled(self, account, offset=0, limit=100):
        return self.answer("scheduled", self.scheduled, offset)

    def list_experiments(self, account, offset=0, limit=100):
        return self.answer("plain", self.plain, offset)

    def answer(self, name, items, offset):
        if name not in self.instead:
            return self.page(items, offset)
        self.asked.append(offset)
        return replace(self.instead[name](offset), provider_date=self.date)


@pytest.fixture
def look(monkeypatch):
    def read(lists, since=NOW - timedelta(hours=1)):
        monkeypatch.setattr(providers, "client", lambda code: lists)
        return looking.look("airship", ACCOUNT, since)

    return read


def test_both_lists_are_read_to_the_end(look):
    lists = Lists([made(n) for n in range(8)], [made(n) for n in range(20, 27)])
    seen = look(lists)
    assert seen.is_whole
    assert set(seen.experiments) == {f"r{n}" for n in (*range(8), *range(20, 27))}
    assert seen.upcoming == {f"r{n}" for n in range(8)}
    assert seen.provider_date == NOW


def test_an_empty_list_is_whole(look):
    assert look(Lists()).is_whole


def test_a_test_that_goes_away_meanwhile_hides_no_other(look):
    lists = Lists([made(n) for n in range(8)])
    lists.between = {1: [lambda: lists.scheduled.pop(0)], 3: [lambda: lists.scheduled.pop(0)]}
    seen = look(lists)
    assert seen.is_whole
    assert {f"r{n}" for n in range(2, 8)} <= set(seen.experiments)


def test_a_test_that_comes_meanwhile_does_no_harm(look):
    lists = Lists([], [made(n) for n in range(8)])
    lists.between = {2: [lambda: lists.plain.insert(0, made(99))]}
    seen = look(lists)
    assert seen.is_whole
    assert {f"r{n}" for n in range(8)} <= set(seen.experiments)


def test_a_list_that_moves_all_the_time_is_not_whole(look):
    lists = Lists([made(n) for n in range(60)])
    lists.between = {n: [lambda: lists.scheduled.pop(0)] for n in range(1, 40)}
    assert not look(lists).is_whole


def test_a_test_that_starts_between_the_two_reads_is_seen(look):
    lists = Lists([made(1)], [])
    lists.between = {1: [lambda: lists.plain.append(lists.scheduled[0]), lambda: lists.scheduled.clear()]}
    assert "r1" in look(lists).experiments


@pytest.mark.parametrize("total", [9, None])
def test_a_page_that_comes_again_and_again_is_no_end(look, total):
    lists = Lists()
    lists.instead["plain"] = lambda offset: Page((made(1), made(2)), total, offset + 2)
    seen = look(lists)
    assert not seen.is_whole
    assert len(lists.asked) < 10
    assert set(seen.experiments) == {"r1", "r2"}


def test_a_page_that_comes_again_after_the_last_one_is_an_end(look):
    lists = Lists()
    lists.instead["plain"] = lambda offset: Page((made(1), made(2)), 2, offset + 2)
    assert look(lists).is_whole


def test_a_list_that_ends_before_its_total_is_not_whole(look):
    lists = Lists()
    lists.instead["scheduled"] = lambda offset: Page((made(1),), 4, None)
    assert not look(lists).is_whole


def test_a_page_that_could_not_be_read_in_full_is_not_whole(look):
    lists = Lists()
    lists.instead["scheduled"] = lambda offset: Page((), 0, None, is_whole=False)
    assert not look(lists).is_whole


def test_a_list_without_end_is_given_up(look):
    lists = Lists()
    lists.instead["scheduled"] = lambda offset: Page((made(offset), made(offset + 1)), None, offset + 2)
    assert not look(lists).is_whole
    assert len(lists.asked) <= looking.MOST_PAGES + 1


def test_patience_ends_and_is_no_proof(look, monkeypatch):
    monkeypatch.setattr(looking, "PATIENCE", -1)
    assert not look(Lists([made(n) for n in range(8)])).is_whole
    assert look(Lists([made(1)])).is_whole  # one page needs none


def test_old_tests_are_not_read_where_the_list_is_sorted(look):
    hours = [made(n, timedelta(hours=n)) for n in range(300)]
    lists = Lists([], hours)
    seen = look(lists)
    assert seen.is_whole
    assert len(lists.asked) < 5


def test_a_list_that_is_not_sorted_is_read_whole(look):
    hours = [made(n, timedelta(hours=n)) for n in range(30)]
    lists = Lists([], [*hours[5:9], *hours[:5], *hours[9:]])
    seen = look(lists)
    assert "r0" in seen.experiments
    assert seen.is_whole


def test_a_list_without_times_is_read_whole(look):
    lists = Lists([], [replace(made(n), created_at=None) for n in range(30)])
    assert "r29" in look(lists).experiments


def test_a_page_without_a_date_tells_no_time(look):
    lists = Lists([made(n) for n in range(4)])
    lists.between = {1: [lambda: setattr(lists, "date", None)]}
    assert look(lists).provider_date is None
    lists.date = NOW
    lists.asked.clear()
    assert look(lists).provider_date == NOW


def test_the_earliest_date_counts(look):
    lists = Lists([made(n) for n in range(4)])
    lists.between = {1: [lambda: setattr(lists, "date", NOW - timedelta(seconds=40))]}
    assert look(lists).provider_date == NOW - timedelta(seconds=40)


def test_a_slow_clock_moves_what_is_looked_at(look):
    """By the provider's clock, three hours behind, our test was made three hours ago."""
    lists = Lists([], [made(n, timedelta(hours=n)) for n in range(30)], size=2)
    lists.date = NOW - timedelta(hours=3)
    seen = look(lists, since=NOW - timedelta(minutes=1))
    assert "r3" in seen.experiments
    assert len(seen.experiments) < 10


def test_pages_of_one_test_prove_nothing(look):
    seen = look(Lists([], [made(n) for n in range(4)], size=1))
    assert len(seen.experiments) == 4
    assert not seen.is_whole


def test_what_was_taken_back_does_not_stand(look):
    soon = replace(remote("r1"), scheduled_at=NOW + timedelta(hours=1))
    seen = look(Lists([soon], [soon, replace(soon, remote_id="r2")]))
    assert seen.is_standing(seen.experiments["r1"])
    assert not seen.is_standing(seen.experiments["r2"])
    started = replace(soon, remote_id="r3", scheduled_at=NOW - timedelta(hours=1))
    assert look(Lists([], [started])).is_standing(started)
