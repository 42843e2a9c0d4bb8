"""The list's own queries: every row exactly once, forwards and backwards, in every order, under every filter."""

import base64
import json
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from experiments.models import Experiment, Operation, State, Status
from experiments.models.counts import MOST, count_tests, look_over, shown
from experiments.models.listing import SORTS, Place, Wanted, leaf
from experiments.words import folded
from workspaces.models import Connection

START = datetime(2026, 10, 1, 9, tzinfo=UTC)


@pytest.fixture
def crowd(listed):
    """Forty rows of all kinds, many of them with equal names and times."""
    for number in range(10):
        same_time = START + timedelta(hours=number // 3)
        listed("draft", f"Draft {number % 3}", at=same_time)
        listed("experiment", f"Sent {number % 3}", at=same_time, status=Status.FINISHED)
        listed("experiment", "Planned", at=same_time, scheduled_at=same_time, status=Status.SCHEDULED)
        listed("draft", "In flight", at=same_time, status=Status.SENDING)


def names(found):
    return [row.name for row in found.rows]


def walk(workspace, size, **wanted):
    """All pages forwards, then all pages backwards from the last one."""
    pages = [leaf(workspace, Wanted(size=size, **wanted))]
    while pages[-1].later:
        pages.append(leaf(workspace, Wanted(size=size, after=pages[-1].later, **wanted)))
        assert len(pages) < 100
    back = [pages[-1]]
    while back[-1].earlier:
        back.append(leaf(workspace, Wanted(size=size, before=back[-1].earlier, **wanted)))
        assert len(back) < 100
    return pages, back[::-1]


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("size", [1, 7, 100])
def test_every_row_comes_exactly_once_in_both_directions(workspace, crowd, sort, size):
    pages, back = walk(workspace, size, sort=sort)
    ids = [row.id for page in pages for row in page.rows]
    assert len(ids) == len(set(ids)) == 40
    whole = [row.id for row in leaf(workspace, Wanted(sort=sort, size=100)).rows]
    assert ids == whole
    assert [row.id for page in back for row in page.rows] == whole


def test_what_is_next_comes_soonest_first_then_drafts_then_the_past(workspace, listed):
    listed("experiment", "sent long ago", at=START)
    listed("experiment", "sent lately", at=START + timedelta(days=1))
    listed("experiment", "in a week", at=START + timedelta(days=9), status=Status.SCHEDULED)
    listed("draft", "draft of today", at=START + timedelta(days=2))
    listed("experiment", "tomorrow", at=START + timedelta(days=3), status=Status.SCHEDULED)
    listed("draft", "on its way", at=START + timedelta(days=2), status=Status.SENDING)
    listed("draft", "draft of old", at=START - timedelta(days=2))
    assert names(leaf(workspace, Wanted())) == [
        *("on its way", "tomorrow", "in a week"),
        *("draft of today", "draft of old"),
        *("sent lately", "sent long ago"),
    ]


def test_names_are_ordered_without_regard_to_case(workspace, listed):
    for name in ("banana", "Apple", "cherry", "apricot"):
        listed("experiment", name)
    assert names(leaf(workspace, Wanted(sort="name"))) == ["Apple", "apricot", "banana", "cherry"]


def test_what_was_sent_or_removed_as_a_draft_is_not_listed_as_one(workspace, listed):
    listed("draft", "open")
    listed("draft", "sent", sent_at=START)
    listed("draft", "removed", removed_at=START)
    assert names(leaf(workspace, Wanted())) == ["open"]
    assert count_tests(workspace).by_status["draft"] == 1


def test_deleted_tests_stand_in_their_own_tab_alone(workspace, listed):
    listed("experiment", "here")
    listed("experiment", "gone", status=Status.DELETED, gone_at=START)
    assert names(leaf(workspace, Wanted())) == ["here"]
    assert names(leaf(workspace, Wanted(status="deleted"))) == ["gone"]
    counts = count_tests(workspace)
    assert (counts.tests, counts.by_status["deleted"]) == (1, 1)


def test_another_workspace_is_never_seen(workspace, elsewhere, crowd):
    assert leaf(elsewhere, Wanted()).rows == []
    assert count_tests(elsewhere).tests == 0
    assert len(leaf(workspace, Wanted()).rows) == 40


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"text": "long run"}, ["Sunday LONG Run"]),
        ({"text": "100%"}, ["100% sure"]),
        ({"text": "a_b"}, ["a_b"]),
        ({"text": folded("größe")}, ["Größe XL"]),
        ({"text": "\\"}, ["back\\slash"]),
        ({"text": "no such words"}, []),
        ({"text": "'; DROP TABLE experiments_draft; --"}, []),
        ({"tag": "grün"}, ["tagged"]),
        ({"tag": "grü"}, []),
        ({"tag": '"'}, []),
        ({"status": "draft"}, ["a_b"]),
        ({"status": "attention"}, ["100% sure"]),
        ({"status": "running"}, []),
        ({"providers": ["qonversion"]}, ["Größe XL"]),
        ({"since": START + timedelta(days=5)}, ["tagged"]),
        ({"until": START + timedelta(seconds=30)}, ["Sunday LONG Run"]),
    ],
)
def test_filters_find_what_they_say(workspace, listed, wanted, found):
    listed("experiment", "Sunday LONG Run")
    listed("draft", "a_b")
    listed("experiment", "100% sure", needs_attention=True)
    listed("experiment", "axb and 1000 sure")
    listed("experiment", "Größe XL", provider="qonversion")
    listed("experiment", "back\\slash")
    listed("experiment", "tagged", tags=["grün", "zwei"], at=START + timedelta(days=6))
    assert names(leaf(workspace, Wanted(sort="newest", **wanted))) == found


def test_owners_and_connections_are_told_apart(workspace, listed, airship, vera, bob):
    listed("experiment", "Bob’s")
    listed("draft", "Vera’s", owner=vera)
    listed("experiment", "nobody’s", owner=None)
    assert names(leaf(workspace, Wanted(owners=[vera.pk]))) == ["Vera’s"]
    assert sorted(names(leaf(workspace, Wanted(owners=[vera.pk, bob.pk])))) == ["Bob’s", "Vera’s"]
    assert len(leaf(workspace, Wanted(connections=[airship.pk])).rows) == 3
    assert leaf(workspace, Wanted(connections=[uuid.uuid4()])).rows == []


def test_a_page_of_the_list_is_one_statement(workspace, crowd, django_assert_num_queries):
    with django_assert_num_queries(1):
        leaf(workspace, Wanted())


# -- places


@pytest.mark.parametrize(
    "text",
    [
        *("", "x", "!!!!", "bm9uc2Vuc2U", "W10", "WzEsMl0", "é", "A" * 5000),
        "WyJuZXh0IiwwLCJub3QgYSB0aW1lIiwiMDFhIl0",
        "WyJuZXh0IixudWxsLG51bGwsbnVsbF0",
        "W1tbW1tbW1tbW1tbW1tbW1tb",
    ],
)
def test_a_mangled_place_is_no_place(text):
    assert Place.read(text, "next") is None


def test_a_place_is_read_back_as_it_was_written_and_only_in_its_own_order():
    row_id = uuid.uuid4()
    for sort, key in (("next", START), ("name", "größe “x”")):
        place = Place(sort, 0, key, row_id)
        assert Place.read(str(place), sort) == place
        assert Place.read(str(place), "edited") is None


@pytest.mark.parametrize(("key", "is_place"), [("plain", True), ("a\0b", False), ("\ud800", False)])
def test_a_place_with_an_unstorable_key_is_no_place(key, is_place):
    text = json.dumps(["name", 0, key, uuid.UUID(int=1).hex])
    forged = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
    assert (Place.read(forged, "name") is not None) is is_place


# -- counts


def test_counts_add_drafts_and_experiments(workspace, crowd, listed, airship):
    listed("experiment", "changed", needs_attention=True)
    listed("draft", "being checked", status=Status.SENDING, needs_attention=True)
    values = {"workspace": workspace, "connection": airship, "connection_version": 1, "name": "x"}
    Operation.objects.create(kind="create", state=State.UNKNOWN, **values)
    Operation.objects.create(kind="validate", state=State.UNKNOWN, **values)  # nobody has to look at a check
    Operation.objects.create(kind="create", state=State.SUCCEEDED, **values)
    counts = count_tests(workspace)
    assert counts.by_status == {"draft": 10, "scheduled": 10, "sending": 11, "finished": 11, "deleted": 0}
    assert (counts.tests, counts.needing_attention, counts.attention) == (42, 2, 1)


def test_counts_stop_above_a_thousand(workspace, airship):
    rows = [
        Experiment(workspace=workspace, connection=airship, remote_id=str(number), name="x")
        for number in range(MOST + 20)
    ]
    Experiment.objects.bulk_create(rows)
    counts = count_tests(workspace)
    assert counts.by_status["finished"] == MOST + 1
    assert counts.tests_words == "1,000+"
    assert [shown(number) for number in (0, 999, 1000, 1001)] == ["0", "999", "1,000", "1,000+"]


def test_the_overview_is_one_statement_and_knows_people_and_connections(
    workspace, airship, elsewhere, charlie, bob, django_assert_num_queries
):
    Connection.objects.create(workspace=workspace, name="Old", region="us", key="o", is_removed=True)
    with django_assert_num_queries(1):
        overview = look_over(workspace)
    assert [(reading.id, reading.name, reading.reason) for reading in overview.connections] == [
        (airship.pk, "Airship EU", "")
    ]
    assert {name for _, name in overview.members} == {"Alice", "Bob"}
