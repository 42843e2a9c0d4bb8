"""The list of tests: what it shows, how its address holds its state, who sees what."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from experiments.models import Experiment, Status, Sync
from workspaces.models import Connection

LIST = reverse("experiment_list", args=["marlow"])
PART = {"HX-Request": "true", "HX-Request-Type": "partial"}
WHOLE = {"HX-Request": "true", "HX-Request-Type": "full", "HX-History-Restore-Request": "true"}


@pytest.fixture
def read(airship):
    """The connection was read two minutes ago."""
    at = timezone.now() - timedelta(minutes=2)
    return Sync.objects.create(connection=airship, started_at=at, finished_at=at)


@pytest.fixture
def html_of(visit, vera):
    client = visit(vera)

    def get(query="", who=None, **headers):
        answer = (visit(who) if who else client).get(LIST + query, headers=headers)
        assert answer.status_code == 200
        return answer.content.decode()

    return get


# -- rows


def test_a_row_shows_name_split_time_owner_and_state(html_of, listed, read):
    shares = [{"letter": "A", "percent": 45}, {"letter": "B", "percent": 45}, {"letter": "–", "percent": 10}]
    test = listed("experiment", "Sunday long run", shares=shares, tags=["retention"], channels="Push, web")
    html = html_of()
    assert f'href="{test.get_absolute_url()}"' in html
    assert "<bdi>Sunday long run</bdi>" in html
    assert "Airship · Push, web" in html
    assert '<span class="tag">retention</span>' in html
    assert 'aria-label="Split: A 45%, B 45%, held out 10%"' in html
    assert "A 45 · B 45 · held out 10" in html
    assert '<time datetime="2026-10-01T09:00:00Z">' in html
    assert "11:00</time>" in html  # Berlin
    assert 'title="Bob"' in html
    assert "#i-good" in html
    assert "Sent</span>" in html
    assert "style=" not in html


def test_drafts_lead_to_the_editor_and_say_what_is_to_fix(html_of, listed, read):
    draft = listed("draft", "", problems=2)
    html = html_of()
    assert f'href="{draft.get_absolute_url()}"' in html
    assert "Untitled test" in html
    assert "No time yet" in html
    assert "2 things to fix" in html


def test_a_test_inside_the_undo_window_sends_soon(html_of, listed, read):
    soon = timezone.now() + timedelta(minutes=3)
    listed("experiment", "Soon", status=Status.SCHEDULED, scheduled_at=soon, at=soon)
    html = html_of()
    assert "Sends soon" in html
    assert "sends in 2 min 5" in html
    assert "Undo open" not in html  # nobody here sent it


def test_names_are_text_and_nothing_else(html_of, listed, read):
    listed("experiment", "<script>alert(1)</script>{{ 7|add:7 }}\u202eevil", tags=["<b>"])
    html = html_of("?q=" + "<i>")
    assert "<i>" not in html
    html = html_of()
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7|add:7 }}" in html
    assert '<span class="tag">&lt;b&gt;</span>' in html


def test_a_kept_row_is_drawn_anew_when_anything_about_it_changes(html_of, listed, read):
    test = listed("experiment", "Before")
    assert "Before" in html_of()
    Experiment.objects.filter(pk=test.pk).update(name="After", tags=["new"])
    html = html_of()
    assert "Before" not in html
    assert "After" in html
    assert '<span class="tag">new</span>' in html


# -- cost


@pytest.mark.parametrize("rows", [1, 60])
def test_the_page_takes_four_statements_however_many_rows(
    visit,
    vera,
    listed,
    read,
    django_assert_num_queries,
    rows,
):
    for number in range(rows):
        listed("experiment" if number % 2 else "draft", f"Test {number}")
    client = visit(vera)
    client.get(LIST)
    with django_assert_num_queries(4):  # who, membership, overview, rows
        client.get(LIST + "?size=100")


# -- the address


def test_tabs_count_and_choose(html_of, listed, read):
    listed("draft", "Written")
    listed("experiment", "Sent")
    listed("experiment", "Changed", needs_attention=True)
    html = html_of()
    for label, number in (("All", 3), ("Drafts", 1), ("Finished", 2)):
        assert f'{label} <span class="count">{number}</span>' in html
    assert 'Needs attention <span class="count hot">1</span>' in html
    assert "Paused" not in html
    drafts = html_of("?status=draft")
    assert "Written" in drafts
    assert "<bdi>Sent</bdi>" not in drafts
    assert 'aria-current="true">Drafts' in drafts


def test_filters_stay_in_every_link_and_in_the_form(html_of, listed, read):
    for number in range(30):
        listed("experiment", f"Long run {number}")
    html = html_of("?q=long+run&status=finished&sort=name&size=25&owner=me&since=2026-09-01&tag=")
    assert 'value="long run"' in html
    assert 'name="status" value="finished"' in html
    assert 'name="owner" value="me" checked' in html
    assert 'value="2026-09-01"' in html
    assert "status=finished&amp;q=long+run&amp;owner=me&amp;since=2026-09-01&amp;sort=newest" in html
    assert "Nothing matches “long run” in these dates." in html  # vera owns none of them


def test_pages_lead_on_and_back(visit, vera, listed, read):
    for number in range(60):
        listed("experiment", f"Test {number:02}")
    client, seen, query = visit(vera), [], "?sort=name&size=25"
    while query:
        context = client.get(LIST + query).context
        seen.append(str(context["rows"]).count("<tr"))
        query, last = ("?" + context["later"] if context["later"] else ""), context
    assert seen == [25, 25, 10]
    back = client.get(f"{LIST}?{last['earlier']}").context
    assert str(back["rows"]).count("<tr") == 25
    assert "Test 25" in str(back["rows"])


@pytest.mark.parametrize(
    "query",
    [
        *("?after=nonsense", "?before=%00", "?size=9999", "?sort=price", "?status=nope", "?owner=1;2", "?owner=x"),
        *("?connection=none", "?since=2026-13-45", "?until=0001-01-01", "?q=%00", "?q=%ff%fe", "?provider=acme"),
        *("?tag=" + "x" * 3000, "?size=1e9", "?owner=" + "9" * 50, "?since=9999-12-31", "?until=9000-12-31"),
        "?after=" + "A" * 3000,
        "?" + "owner=me&" * 500,
    ],
)
def test_a_mangled_address_still_shows_tests(html_of, listed, read, vera, query):
    listed("experiment", "Here", owner=vera)
    html = html_of(query)
    assert "Here" in html or "Nothing matches" in html


def test_dates_are_days_of_the_workspace(html_of, listed, read):
    listed("experiment", "Late in the evening", at=datetime(2026, 10, 1, 21, 59, tzinfo=UTC))  # 23:59 in Berlin
    listed("experiment", "Just after midnight", at=datetime(2026, 10, 1, 22, 1, tzinfo=UTC))
    html = html_of("?since=2026-10-01&until=2026-10-01")
    assert "Late in the evening" in html
    assert "Just after midnight" not in html
    assert "1 Oct 2026 – 1 Oct 2026" in html


def test_htmx_gets_the_part_and_history_the_whole_page(html_of, listed, read):
    listed("experiment", "Sunday")
    part, whole, restored = html_of(**PART), html_of(), html_of(**WHOLE)
    assert part.strip().startswith('<div class="page" id="tests"')
    assert "<html" not in part
    assert part.strip()[:300] in whole
    assert part.count("<tr") == whole.count("<tr") == 2
    assert "<html" in restored


def test_the_answer_differs_by_what_asks_for_it(visit, vera, read):
    assert "HX-Request" in visit(vera).get(LIST).headers["Vary"]


# -- who


def test_editors_can_begin_and_copy_and_viewers_cannot(html_of, listed, read, bob):
    test = listed("experiment", "Sunday")
    copy = f'formaction="{reverse("experiment_copy", args=["marlow", test.pk])}"'
    seen, edited = html_of(), html_of(who=bob)
    assert "New test" not in seen
    assert copy not in seen
    assert "New test" in edited
    assert copy in edited
    assert '<form id="copy" method="post" hidden>' in edited


def test_strangers_find_nothing_here(visit, charlie, listed, read):
    listed("experiment", "Secret plan")
    assert visit(charlie).get(LIST).status_code == 404


def test_somebody_signed_out_is_asked_to_sign_in(visit, workspace):
    answer = visit().get(LIST)
    assert answer.status_code == 302
    assert reverse("account_login") in answer.url


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_the_list_is_only_read(visit, vera, read, method):
    assert getattr(visit(vera), method)(LIST).status_code == 405


# -- nothing yet, nothing fresh


def test_without_a_provider_admins_are_led_to_connect_one(html_of, workspace, alice):
    assert "An admin of the workspace can connect a provider." in html_of()
    html = html_of(who=alice)
    assert reverse("connection_new", args=["marlow"]) in html
    assert "No provider yet" in html


def test_without_a_test_the_page_says_what_was_looked_at(html_of, read, bob):
    html = html_of(who=bob)
    assert "No tests yet" in html
    assert "The providers were read 2 min ago: they hold no tests either." in html
    assert 'class="tabs"' not in html


def test_the_first_reading_shows_bones_and_looks_again_by_itself(html_of, airship):
    html = html_of()
    assert 'aria-busy="true"' in html
    assert "Reading your tests for the first time…" in html
    assert 'hx-trigger="load delay:2s"' in html


def test_a_finished_reading_does_not_poll(html_of, listed, read):
    listed("experiment", "Sunday")
    html = html_of()
    assert "Read from the providers 2 min ago" in html
    assert 'hx-trigger="load' not in html


def test_read_again_is_followed_until_it_has_ended(html_of, listed, read):
    listed("experiment", "Sunday")
    now = timezone.now()
    Sync.objects.update(asked_at=now)
    assert "Reading the providers again…" in html_of()
    Sync.objects.update(started_at=now, finished_at=now + timedelta(seconds=1))
    assert "Reading the providers again…" not in html_of()
    Sync.objects.update(asked_at=now - timedelta(minutes=5), started_at=now - timedelta(minutes=9))
    assert "Reading the providers again…" not in html_of()  # no worker took it: the page does not ask for ever


def test_a_provider_that_does_not_answer_is_told_with_the_time(html_of, listed, read, airship):
    listed("experiment", "Sunday")
    Connection.objects.update(worked_at=read.finished_at, health=Connection.Health.UNREACHABLE)
    Sync.objects.update(reason="server_error", message="Airship had a fault of its own.")
    html = html_of()
    assert "Airship has not answered since" in html
    assert "Airship had a fault of its own. Tests that Airship already holds still go out on time." in html
    assert "Sunday" in html


def test_a_refused_key_is_told_and_admins_can_mend_it(html_of, listed, read, airship, alice):
    listed("experiment", "Sunday")
    airship.record_health(Connection.Health.REFUSED, "Airship does not accept this key. Replace the secret.")
    assert "The key of “Airship EU” does not work." in html_of()
    assert "Replace the secret</a>" not in html_of()
    assert "Replace the secret</a>" in html_of(who=alice)


def test_a_provider_that_asked_to_slow_down_is_told_with_the_time(html_of, listed, read):
    listed("experiment", "Sunday")
    Sync.objects.update(reason="rate_limited", message="x", not_before=timezone.now() + timedelta(minutes=10))
    assert "Airship asked us to slow down. We go on t" in html_of()
