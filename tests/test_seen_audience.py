"""Suggestions of the audience: values of earlier tests of this connection, and of nobody else's."""

import json

import pytest

from experiments.forms.messages.seen import MOST_TESTS, MOST_VALUES, seen_values
from experiments.models import Draft
from workspaces.models import Connection

AUDIENCE = {
    "AND": [
        {"tag": ["plan", "runner"]},
        {"or": [{"TAG": "silver", "group": "loyalty"}, {"segment": "s1"}, {"static_list": "staff"}]},
        {"not": {"attribute": "country", "operator": "equals", "value": "DE"}},
        {"subscription_list": "news"},
        {"named_user": "ines"},
    ]
}


@pytest.fixture
def told(airship, listed, bob):
    """A test at the provider with this audience, and a draft at the same connection to ask for."""

    def make(audience=AUDIENCE, **where):
        listed(raw_text=json.dumps({"audience": audience}), **where)

    return make


@pytest.fixture
def asking(airship, bob) -> Draft:
    return Draft.objects.create(workspace=airship.workspace, connection=airship, owner=bob)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("tag", ["plan", "runner", "silver"]),
        ("group", ["loyalty"]),
        ("segment", ["s1"]),
        ("static_list", ["staff"]),
        ("subscription_list", ["news"]),
        ("attribute", ["country"]),
        ("named_user", []),
        ("value", []),
        ("", []),
    ],
)
def test_each_kind_has_the_values_of_earlier_tests(told, asking, kind, values):
    told()
    assert sorted(seen_values(asking, kind)) == values


def test_tags_are_told_by_their_group(told, asking):
    told()
    assert seen_values(asking, "tag", "loyalty") == ["silver"]
    assert sorted(seen_values(asking, "tag", "")) == ["plan", "runner"]
    assert seen_values(asking, "tag", "other") == []


def test_what_more_tests_used_comes_first_and_only_so_many(told, asking):
    told({"tag": ["rare", *(f"tag {number}" for number in range(99))]})
    told({"tag": "often"})
    told({"and": [{"tag": "often"}, {"tag": [f"more {number}" for number in range(150)]}]})
    values = seen_values(asking, "tag")
    assert values[0] == "often"
    assert len(values) == MOST_VALUES


def test_values_of_drafts_of_the_same_connection_are_seen_but_not_of_removed_ones(asking, airship, bob):
    def write(tag, **state):
        draft = Draft.objects.create(workspace=airship.workspace, connection=airship, owner=bob, **state)
        draft.append({"audience": {"tag": f"before {tag}"}}, {}, by=bob, based_on=0)
        draft.append({"audience": {"tag": tag}}, {}, by=bob, based_on=1)
        return draft

    write("kept")
    removed = write("removed")
    removed.removed_at = removed.updated_at
    removed.save()
    assert seen_values(asking, "tag") == ["kept"]


def test_another_connection_and_another_workspace_are_never_read(told, asking, airship, elsewhere, alice, listed):
    other = Connection(workspace=airship.workspace, name="US", region="us", key="o" * 22)
    other.seal_secret("s" * 22, "http://127.0.0.1:9", alice)
    other.save()
    theirs = Connection(workspace=elsewhere, name="Theirs", region="eu", key="t" * 22)
    theirs.seal_secret("s" * 22, "http://127.0.0.1:9", alice)
    theirs.save()
    listed(raw_text=json.dumps({"audience": {"tag": "other connection"}}), connection=other)
    listed(raw_text=json.dumps({"audience": {"tag": "other team"}}), connection=theirs, workspace=elsewhere)
    draft = Draft.objects.create(workspace=elsewhere, connection=theirs, owner=alice)
    draft.append({"audience": {"tag": "their draft"}}, {}, by=alice, based_on=0)
    told({"tag": "ours"})
    assert seen_values(asking, "tag") == ["ours"]
    assert sorted(seen_values(draft, "tag")) == ["other team"]


def test_a_draft_without_a_connection_is_told_nothing(told, asking, bob, workspace):
    told()
    loose = Draft.objects.create(workspace=workspace, owner=bob)
    assert seen_values(loose, "tag") == []
    assert seen_values(asking, "tag") != []


@pytest.mark.parametrize("raw", ["", "[1]", "null", "{", '{"audience": "all"}', '{"audience": {"tag": [5, null, ""]}}'])
def test_what_cannot_be_read_is_passed_over(told, asking, listed, raw):
    listed(raw_text=raw)
    told({"tag": "fine"})
    assert seen_values(asking, "tag") == ["fine"]


def test_an_audience_nested_ten_thousand_deep_is_read_without_recursion(asking, listed):
    listed(raw_text='{"audience":' + '{"not":' * 10_000 + '{"tag":"a"}' + "}" * 10_001)
    assert seen_values(asking, "tag") in ([], ["a"])


def test_only_the_newest_tests_are_read(told, asking, django_assert_max_num_queries, listed):
    told({"tag": "oldest"})
    for _ in range(MOST_TESTS):
        told({"tag": "newer"})
    with django_assert_max_num_queries(3):
        assert seen_values(asking, "tag") == ["newer"]


def test_the_page_asks_for_values_of_its_own_draft(told, asking, visit, bob, vera, charlie):
    told()
    address = f"/w/{asking.workspace.slug}/drafts/{asking.pk}/seen/"
    answer = visit(bob).get(address, {"kind": "tag", "group": "loyalty"})
    assert answer.json() == {"values": ["silver"]}
    assert visit(bob).get(address, {"kind": "\0"}).json() == {"values": []}
    assert visit(vera).get(address, {"kind": "tag"}).status_code == 403
    assert visit(charlie).get(address, {"kind": "tag"}).status_code == 404


def test_a_value_that_the_field_would_read_otherwise_is_not_suggested(told, asking):
    told({"tag": ["with, comma", "plain"]})
    assert seen_values(asking, "tag") == ["plain"]
