"""The list of operations: by state, and by what, where, who, when and any id; and who is at work on them."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db.models.functions import Now
from django.urls import reverse

from experiments.models import Kind, Operation, State, Worker, workers
from workspaces.models import Connection

LIST = "/w/marlow/operations/"
PART = {"HX-Request": "true", "HX-Request-Type": "partial"}
WHOLE = {"HX-Request": "true", "HX-Request-Type": "full"}


@pytest.fixture(autouse=True)
def redis_answers(monkeypatch):
    monkeypatch.setattr("experiments.broker.look", lambda: {"write": 0})


@pytest.fixture
def asked(airship, paula):
    """An operation as the relay would leave it: `asked("Sunday", State.PARKED, kind=Kind.DELETE)`."""

    def make(name="Sunday", state=State.SUCCEEDED, **values):
        common = {"workspace": airship.workspace, "connection": airship, "connection_version": 1, "by": paula}
        return Operation.objects.create(name=name, state=state, **{"kind": Kind.CREATE, **common, **values})

    return make


@pytest.fixture
def names(visit, vera):
    """The names on the page of an address: `names("state=failed", by=alice)`."""

    def read(query="", by=vera):
        answer = visit(by).get(f"{LIST}?{query}")
        assert answer.status_code == 200
        return [row["operation"].name for row in answer.context["rows"]]

    return read


def html(client, query="", **headers):
    return client.get(f"{LIST}?{query}", headers=headers).text


TAB_OF = {
    State.QUEUED: "waiting",
    State.RETRY_WAIT: "waiting",
    State.CLAIMED: "sending",
    State.ON_WIRE: "sending",
    State.PARKED: "parked",
    State.UNKNOWN: "unknown",
    State.RECONCILING: "unknown",
    State.NEEDS_PERSON: "person",
    State.CONFLICT: "person",
    State.SUCCEEDED: "succeeded",
    State.REJECTED: "failed",
    State.EXPIRED: "failed",
    State.NOT_APPLIED: "failed",
    State.CANCELLED: "cancelled",
}


@pytest.mark.parametrize("state", list(State))
def test_every_state_has_its_tab_and_is_in_no_other(asked, names, state):
    asked(state=state)
    tabs = [tab for tab in sorted(set(TAB_OF.values()) | {"undone"}) if names(f"state={tab}")]
    assert tabs == [TAB_OF[state]]
    assert names() == ["Sunday"]


def test_what_was_undone_has_a_tab_of_its_own(asked, names):
    asked("Kept")
    asked("Undone", undone_at=datetime.now(UTC))
    assert names("state=succeeded") == ["Kept"]
    assert names("state=undone") == ["Undone"]


def test_tabs_count_the_whole_workspace_whatever_the_filters(asked, visit, vera, elsewhere):
    for state in (State.UNKNOWN, State.PARKED, State.PARKED, State.SUCCEEDED):
        asked(state=state)
    asked(state=State.UNKNOWN, kind=Kind.VALIDATE)
    page = html(visit(vera), "q=nothing")
    for words in ('All <span class="count">4', 'Unknown <span class="count hot">1', 'Parked <span class="count hot">2'):
        assert words in page
    assert 'Failed <span class="count">0' in page
    assert "Needs a person <" not in page
    assert "Cancelled <" not in page
    assert "Needs a person <" in html(visit(vera), "state=person")


def test_checks_are_no_operations_to_people(asked, names):
    asked("Check", kind=Kind.VALIDATE)
    asked("Send")
    assert names() == ["Send"]


def test_an_undo_is_not_a_delete_to_people(asked, names):
    sent = asked("Sent")
    asked("Undo of it", kind=Kind.DELETE, undoes=sent)
    asked("Delete", kind=Kind.DELETE, target_id="x")
    asked("Pause", kind=Kind.STATUS)
    assert names("kind=undo") == ["Undo of it"]
    assert names("kind=delete") == ["Delete"]
    assert sorted(names("kind=delete&kind=status")) == ["Delete", "Pause"]


def test_it_is_filtered_by_provider_connection_and_person(asked, names, airship, workspace, alice, paula):
    other = Connection.objects.create(workspace=workspace, provider="qonversion", name="Q", region="production")
    asked("Paula's")
    asked("Alice's", by=alice, connection=other)
    assert names("provider=qonversion") == names(f"connection={other.pk}") == ["Alice's"]
    assert names(f"provider=airship&by={paula.pk}") == ["Paula's"]
    assert names("by=me", by=alice) == ["Alice's"]
    assert names("by=me") == []
    assert names(f"by={alice.pk}&connection={airship.pk}") == []


def test_days_are_those_of_the_workspace(asked, names):
    asked("Just after midnight", created_at=datetime(2026, 9, 30, 22, 30, tzinfo=UTC))  # 00:30 in Berlin
    asked("Just before", created_at=datetime(2026, 9, 30, 21, 30, tzinfo=UTC))
    assert names("since=2026-10-01") == ["Just after midnight"]
    assert names("until=2026-09-30") == ["Just before"]
    assert len(names("since=2026-09-30&until=2026-10-01")) == 2


def test_a_search_finds_names_references_and_every_id(asked, names):
    ids = {
        "remote_id": "exp-1",
        "push_id": "push-2",
        "remote_operation_id": "op-3",
        "target_id": "target-4",
        "marker": "sd-5",
    }
    wanted = asked("Sunday long run", **ids)
    asked("Other")
    for text in ("LONG RUN", *ids.values(), str(wanted.pk), wanted.pk.hex, f"  {wanted.pk} "):
        assert names(f"q={text}") == ["Sunday long run"], text
    assert names("q=exp") == []
    assert names(f"q={uuid.uuid4()}") == []


def test_filters_stay_in_the_address_and_work_without_script(asked, visit, vera):
    for number in range(52):
        asked(f"Run {number}", State.REJECTED)
    answer = visit(vera).get(f"{LIST}?state=failed&q=Run&kind=create&by=me&by=x&since=2020-01-01&size=7")
    query = answer.context["filters"].query()
    assert query == "state=failed&q=Run&kind=create&by=me&since=2020-01-01"
    page = html(visit(vera), "state=failed&q=Run&since=2020-01-01")
    assert 'action="/w/marlow/operations/"' in page
    assert '<input type="hidden" name="state" value="failed">' in page
    assert 'value="Run"' in page
    assert 'value="2020-01-01"' in page
    assert "state=unknown&amp;q=Run&amp;since=2020-01-01" in page  # a tab keeps the filters
    assert 'href="/w/marlow/operations/?state=failed&amp;q=Run"' in page  # the dates alone are taken away
    assert 'href="/w/marlow/operations/?state=failed">Clear all' in page


def test_pages_follow_one_another_by_key_and_keep_the_filters(asked, visit, vera, names):
    for number in range(120):
        asked(f"Run {number}", State.REJECTED if number % 20 else State.SUCCEEDED)
    there = Operation.objects.filter(state=State.REJECTED).order_by("-pk").values_list("name", flat=True)
    expected = list(there)
    browser, seen, query = visit(vera), [], "state=failed&q=Run"
    while query:
        answer = browser.get(f"{LIST}?{query}")
        seen += [row["operation"].name for row in answer.context["rows"]]
        query = answer.context["older"]
        assert not query or query.startswith("state=failed&q=Run&before=")
        asked("Run late", State.REJECTED)  # what comes later moves no page
    assert seen == expected
    assert len(seen) == 114
    assert 'href="/w/marlow/operations/?state=failed&amp;q=Run"' in answer.text  # back to the newest


ODD = ["state=nonsense", "before=%00", "before=nonsense", "q=%00%ff", "by=²", "by=99999999999", "connection=x"]
ODD += ["kind=validate", "kind=" * 5, "since=2026-02-30", "since=0001-01-01&until=9999-12-31", "q=" + "%25" * 5000]


@pytest.mark.parametrize("query", ODD, ids=lambda query: query[:20])
def test_any_address_shows_a_page(asked, visit, vera, query):
    asked()
    assert visit(vera).get(f"{LIST}?{query}").status_code == 200


def test_htmx_gets_the_part_and_history_the_whole_page(asked, visit, vera):
    asked()
    browser = visit(vera)
    part, whole, restored = html(browser, **PART), html(browser), html(browser, **WHOLE)
    assert part.strip().startswith('<div class="page" id="operations"')
    assert "<html" not in part
    assert part.strip()[:300] in whole
    assert part.count("<tr") == whole.count("<tr") == 2
    assert "<html" in restored


def test_before_anything_was_asked_there_are_no_tabs_and_no_filters(visit, vera):
    page = html(visit(vera))
    assert "Nothing was asked of a provider yet" in page
    assert 'class="tabs"' not in page
    assert 'role="search"' not in page


def test_nothing_found_says_what_was_looked_for_and_leads_back(asked, visit, vera):
    asked()
    page = html(visit(vera), "q=<b>long&since=2026-10-01&state=failed")
    assert "Nothing matches “&lt;b&gt;long” in these dates." in page
    assert 'href="/w/marlow/operations/?state=failed">Clear the filters' in page
    assert "No operation is in this state" in html(visit(vera), "state=failed")


def test_what_others_asked_for_is_not_here(asked, visit, charlie, names, airship, elsewhere):
    theirs = Connection.objects.create(workspace=elsewhere, name="T", region="eu", key="t" * 22)
    asked("Ours")
    asked("Theirs", workspace=elsewhere, connection=theirs)
    assert names() == ["Ours"]
    assert names(f"connection={theirs.pk}") == names("q=Theirs") == []
    assert visit(charlie).get(LIST).status_code == 404


@pytest.mark.parametrize("rows", [1, 50])
def test_the_page_costs_the_same_with_many_rows(asked, visit, vera, rows, django_assert_max_num_queries):
    for number in range(rows):
        asked(f"Run {number}", list(State)[number % len(State)])
    browser = visit(vera)
    browser.get(LIST)
    with django_assert_max_num_queries(7):
        browser.get(LIST)


# -- who is at work


def test_the_page_tells_who_is_at_work(visit, vera, asked):
    workers.beat("worker@one", Worker.Role.WORKER)
    workers.beat("worker@two", Worker.Role.WORKER)
    workers.sweep_ended()
    page = html(visit(vera))
    assert "2 workers at work, last heard of" in page
    assert "Last sweep" in page
    assert "Redis answers." in page


def test_without_workers_and_sweeps_it_says_what_is_missing(visit, vera):
    page = html(visit(vera))
    assert "No worker was heard of within a minute." in page
    assert "No sweep has run yet." in page


def test_who_is_silent_is_named_to_admins_and_counted_for_others(visit, vera, alice):
    for name in ("worker@one", "worker@two"):
        workers.beat(name, Worker.Role.WORKER)
    workers.sweep_ended()
    Worker.objects.exclude(name="worker@one").update(seen_at=Now() - timedelta(minutes=7))
    seen, admins = html(visit(vera)), html(visit(alice))
    for page in (seen, admins):
        assert "1 worker at work" in page
        assert "The last sweep ran 7 min ago." in page
    assert "1 silent." in seen
    assert "worker@two" not in seen
    assert '<span class="mono">worker@two</span></span> silent for 7 min.' in admins


def test_bad_67_a_redis_that_is_away_is_told_and_the_page_works(visit, vera, monkeypatch):
    monkeypatch.setattr("experiments.broker.look", lambda: None)
    assert "Redis does not answer." in html(visit(vera))


def test_the_detail_page_of_every_row_is_one_click_away(asked, visit, vera):
    operation = asked()
    assert f'href="{reverse("operation_detail", args=["marlow", operation.pk])}"' in html(visit(vera))
