"""The page of one test: messages, audience, history, figures, code, and what each role may do from there."""

import base64
import json
import shlex
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from experiments import mirror, tasks
from experiments.accounts import account_for
from experiments.mirror import rows
from experiments.models import Experiment, Operation, State, Status
from experiments.providers import client
from tests.remote_tests import remote
from workspaces.models import AuditEntry, Connection

PART = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture
def told(monkeypatch):
    messages = []
    monkeypatch.setattr(tasks, "hint", lambda task, row_id: messages.append((task.name.split(".")[-1], str(row_id))))
    return messages


@pytest.fixture
def planned(make, sync) -> Experiment:
    make("Sunday long run", control=0.1)
    sync()
    return Experiment.objects.get()


@pytest.fixture
def sent(make, sync, sandbox) -> Experiment:
    make("Resume onboarding", ahead=None, control=0.1)
    sandbox.set_clock(speed=100_000)
    sync()
    mirror.read_report(str(Experiment.objects.get().pk))
    return Experiment.objects.get()


@pytest.fixture
def html_of(visit, vera):
    def get(experiment, query="", who=None, **headers):
        answer = visit(who or vera).get(experiment.get_absolute_url() + query, headers=headers)
        assert answer.status_code == 200
        return answer.content.decode()

    return get


# -- overview


def test_the_page_shows_what_people_get_who_and_when(html_of, planned):
    html = html_of(planned)
    assert "<bdi>Sunday long run</bdi>" in html
    assert "Scheduled</span>" in html
    assert 'class="split big"' in html
    assert "45 % of the audience" in html
    assert "Run now, says warm" in html
    assert "Held out" in html
    assert "people with the tag “plan”" in html
    assert "iOS and web" in html
    assert planned.remote_id in html
    assert "Berlin time" in html
    assert "In UTC" in html
    assert "Not by Splitdesk." in html or "Made in Airship" in html
    assert "style=" not in html


def test_a_test_of_ours_shows_who_sent_it_and_its_operation(html_of, planned, connection, paula):
    operation = Operation.objects.create(
        workspace=connection.workspace,
        connection=connection,
        connection_version=1,
        kind="create",
        state=State.SUCCEEDED,
        name="Sunday long run",
        by=paula,
        fence_at=planned.scheduled_at,
        attempt_count=1,
        finished_at=timezone.now(),
        read_back_at=timezone.now(),
        remote_operation_id="op-at-airship",
    )
    Experiment.objects.update(operation=operation)
    html = html_of(planned)
    assert "Scheduled by Paula" in html
    assert "Succeeded, 1 try." in html
    assert operation.get_absolute_url() in html
    assert "The same as what we sent, field by field." in html
    assert "op-at-airship" in html


def test_the_text_of_messages_is_text_and_nothing_else(html_of, connection):
    nasty = remote("nasty")
    nasty.raw["name"] = "<script>alert(1)</script>"
    nasty.raw["variants"][0]["push"]["notification"]["alert"] = "<img src=x onerror=alert(1)>\n{{ 7|add:7 }}"
    nasty.raw["audience"] = {"tag": "<b>bold</b>"}
    rows.store(connection, [nasty], number=1)
    for query in ("", "?tab=results", "?code=json", "?code=python"):
        html = html_of(Experiment.objects.get(), query)
        for tag in ("<script>alert", "<img src=x", "<b>bold"):
            assert tag not in html
    assert "{{ 7|add:7 }}" in html_of(Experiment.objects.get())


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"variants": None},
        {"variants": "many"},
        {"variants": [None, 7, {"push": None}, {"push": {"notification": {"alert": 7}}}]},
        {"audience": [1], "device_types": "all", "variants": [{"push": {"in_app": {"alert": "Hello"}}}]},
        {"device_types": [None, {}, "ios"], "control": "x", "variants": [{"weight": "4"}]},
    ],
)
@pytest.mark.parametrize("query", ["", "?tab=results", "?code=curl", "?code=java"])
def test_a_test_that_makes_little_sense_still_has_a_page(html_of, connection, raw, query):
    rows.store(connection, [remote("odd")], number=1)
    Experiment.objects.update(raw_text=json.dumps(raw))
    assert "Listed" in html_of(Experiment.objects.get(), query)


def test_a_deleted_test_says_so_and_cannot_be_deleted_again(html_of, planned, sync, connection, paula):
    assert reverse("experiment_delete", args=["marlow", planned.pk]) in html_of(planned, who=paula)
    client("airship").delete(account_for(connection), planned.remote_id)
    sync()
    html = html_of(planned, who=paula)
    assert "This test was deleted before it went out." in html
    assert "Splitdesk did not delete it." in html
    assert reverse("experiment_delete", args=["marlow", planned.pk]) not in html


def test_a_sent_test_that_is_not_listed_any_more_says_so(html_of, sent):
    assert "does not list this test any more" not in html_of(sent)
    Experiment.objects.update(gone_at=timezone.now())
    html = html_of(sent)
    assert "Airship does not list this test any more." in html
    assert "It was sent." in html


# -- roles


def test_each_role_is_offered_what_it_may_do(html_of, planned, vera, bob, paula):
    copy = reverse("experiment_copy", args=["marlow", planned.pk])
    delete = reverse("experiment_delete", args=["marlow", planned.pk])
    offered = {
        person.name: (copy in html_of(planned, who=person), delete in html_of(planned, who=person))
        for person in (vera, bob, paula)
    }
    assert offered == {"Vera": (False, False), "Bob": (True, False), "Paula": (True, True)}


def test_strangers_and_other_workspaces_find_nothing(visit, charlie, planned, elsewhere):
    assert visit(charlie).get(planned.get_absolute_url()).status_code == 404
    assert visit(charlie).get(reverse("experiment_detail", args=["halden", planned.pk])).status_code == 404
    assert visit(charlie).post(planned.get_absolute_url(), {"do": "seen"}).status_code == 404


# -- figures


def test_figures_stand_beside_their_variants_and_are_dated(html_of, sent):
    html = html_of(sent, "?tab=results")
    first = sent.report["variants"][0]
    assert "<bdi>warm</bdi>" in html
    assert f'<td class="num">{first["sends"]}</td>' in html
    rate = 100 * (first["direct_responses"] + first["indirect_responses"]) / first["sends"]
    assert f"<b>{rate:.1f} %</b>" in html
    assert "Held out" in html
    assert "Read " in html
    assert "advises to wait 12 to 24 hours" in html


def test_a_test_that_was_not_sent_has_no_figures(html_of, planned):
    html = html_of(planned, "?tab=results")
    assert "Not sent yet" in html
    assert "Read the figures again" not in html


def test_anybody_can_have_the_figures_read_again_once_in_a_while(visit, vera, sent, told, html_of):
    client_of_vera = visit(vera)
    client_of_vera.post(sent.get_absolute_url(), {"do": "figures"})
    assert told == []  # they were read a moment ago
    Experiment.objects.update(report_at=timezone.now() - timedelta(minutes=1))
    answer = client_of_vera.post(sent.get_absolute_url(), {"do": "figures"})
    assert answer.url == sent.get_absolute_url() + "?tab=results"
    assert told == [("read_report", str(sent.pk))]
    waiting = html_of(sent, "?tab=results")
    assert "Reading the figures…" in waiting
    assert 'hx-trigger="load delay:2s"' in waiting
    mirror.read_report(str(sent.pk))
    assert "Reading the figures…" not in html_of(sent, "?tab=results")


def test_figures_without_variants_are_told_as_none(html_of, sent):
    Experiment.objects.update(report={**sent.report, "variants": []})
    assert "holds no figures for variants" in html_of(sent, "?tab=results")


# -- changed elsewhere


def test_editors_can_settle_what_was_changed_elsewhere(visit, html_of, planned, vera, bob):
    Experiment.objects.update(
        needs_attention=True, changes=[{"pointer": "/audience", "before": {"tag": "plan"}, "after": "all"}]
    )
    seen = html_of(planned)
    assert "Somebody changed this in Airship." in seen
    assert "/audience" in seen
    assert "I have seen this" not in seen
    assert visit(vera).post(planned.get_absolute_url(), {"do": "seen"}).status_code == 403
    assert Experiment.objects.get().needs_attention
    assert "I have seen this" in html_of(planned, who=bob)
    assert visit(bob).post(planned.get_absolute_url(), {"do": "seen"}).status_code == 302
    assert not Experiment.objects.get().needs_attention
    assert AuditEntry.objects.get().action == "experiment.seen"


# -- code


def test_raw_json_is_what_the_provider_said(visit, vera, planned):
    text = visit(vera).get(planned.get_absolute_url() + "?code=json").context["text"]
    assert json.loads(text) == planned.raw


@pytest.mark.parametrize("language", ["curl", "python", "ruby", "java"])
def test_the_equal_call_holds_the_document_but_no_secret(visit, vera, planned, connection, language):
    answer = visit(vera).get(planned.get_absolute_url() + f"?code={language}")
    text = answer.context["text"]
    assert "Sunday long run" in text
    assert connection.key in text
    assert "/api/experiments" in text
    assert "scheduled_time" in text  # its time is still to come
    assert connection.reveal_secret() not in answer.content.decode()
    pair = f"{connection.key}:{connection.reveal_secret()}"
    assert base64.b64encode(pair.encode()).decode() not in answer.content.decode()


def test_a_sent_test_in_code_holds_no_time_that_has_passed(visit, vera, planned):
    Experiment.objects.update(status=Status.FINISHED)
    answer = visit(vera).get(planned.get_absolute_url() + "?code=curl")
    assert "scheduled_time" not in answer.context["text"]
    assert "running it sends at once" in answer.content.decode()


def test_the_python_sample_compiles_and_curl_survives_a_shell(visit, vera, planned):
    pages = {
        name: visit(vera).get(planned.get_absolute_url() + f"?code={name}").context["text"]
        for name in ("python", "curl")
    }
    compile(pages["python"], "send_test.py", "exec")
    words = shlex.split(pages["curl"], comments=True)
    body = json.loads(words[words.index("--data-raw") + 1])
    assert body["name"] == "Sunday long run"


def test_htmx_gets_the_code_alone(html_of, planned):
    html = html_of(planned, "?code=ruby&part=code", **PART)
    assert html.strip().startswith('<div class="stack" id="code"')
    assert "<html" not in html
    assert 'aria-current="true">Ruby' in html
    assert "<html" in html_of(planned, "?code=ruby&part=code")


def test_an_unknown_language_is_curl(html_of, planned):
    assert "send_test.sh" in html_of(planned, "?code=cobol")


def test_the_page_takes_a_steady_number_of_statements(visit, vera, planned, django_assert_max_num_queries):
    client_of_vera = visit(vera)
    client_of_vera.get(planned.get_absolute_url())
    with django_assert_max_num_queries(6):
        client_of_vera.get(planned.get_absolute_url())


def test_a_refused_connection_does_not_poll_for_figures(html_of, sent):
    Experiment.objects.update(report_due_at=timezone.now())
    assert "Reading the figures…" in html_of(sent, "?tab=results")
    Connection.objects.update(health=Connection.Health.REFUSED)
    assert "Reading the figures…" not in html_of(sent, "?tab=results")
