"""One list and one search over message tests and paywall tests, and the page of a paywall test."""

import pytest

from experiments import mirror
from experiments.models import Experiment, Operation, State, Status
from tests.buttons import press

LIST = "/w/marlow/experiments/"


@pytest.fixture
def both(make, connection, paywall):
    """A scheduled message test, and paywall tests in each status."""
    make("Sunday long run")
    mirror.sync(str(connection.pk))
    paywall(name="Trial length")
    paywall("active", name="Annual first", alias_id="annual_first")
    paywall("active", "paused", name="Coach headline")
    paywall("active", "finished", name="Old headline")


def names(response) -> set[str]:
    known = {"Sunday long run", "Trial length", "Annual first", "Coach headline", "Old headline"}
    return {name for name in known if f"<bdi>{name}</bdi>" in response.text}


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", {"Sunday long run", "Trial length", "Annual first", "Coach headline", "Old headline"}),
        ("status=not_started", {"Trial length"}),
        ("status=draft", set()),
        ("status=running", {"Annual first"}),
        ("status=paused", {"Coach headline"}),
        ("status=finished", {"Old headline"}),
        ("provider=qonversion", {"Trial length", "Annual first", "Coach headline", "Old headline"}),
        ("provider=airship", {"Sunday long run"}),
        ("q=headline", {"Coach headline", "Old headline"}),
        ("q=annual_first", {"Annual first"}),
        ("q=run+now", {"Sunday long run"}),
    ],
)
def test_both_providers_are_in_one_list(visit, vera, both, query, wanted):
    assert names(visit(vera).get(f"{LIST}?{query}")) == wanted


def test_the_tabs_count_both(visit, vera, both):
    tabs = {tab.label: tab.count for tab in visit(vera).get(LIST).context["tabs"]}
    assert tabs["All"] == "5"
    assert {name: tabs[name] for name in ("Not started", "Running", "Paused", "Finished", "Scheduled", "Drafts")} == {
        "Not started": "1",
        "Running": "1",
        "Paused": "1",
        "Finished": "1",
        "Scheduled": "1",
        "Drafts": "0",
    }


def test_a_row_says_since_when_it_runs_and_never_calls_their_draft_ours(visit, vera, both):
    page = visit(vera).get(f"{LIST}?provider=qonversion").text
    rows = {
        name: row for row in page.split('<tr role="row">') for name in ("Trial length", "Annual first") if name in row
    }
    assert "No time yet" in rows["Trial length"]
    assert "Not started" in rows["Trial length"]
    assert "Draft" not in rows["Trial length"]
    assert "Since " in rows["Annual first"]
    assert "Qonversion · Paywall" in rows["Annual first"]


# -- the page of a paywall test


def test_the_page_shows_groups_ids_and_what_is_set_elsewhere(visit, vera, paywall):
    experiment = paywall("active", name="Annual first", context_key="main_paywall", alias_id="annual_first")
    page = visit(vera).get(experiment.get_absolute_url()).text
    for said in ("Control", "Annual", "25 % of those who may enter", "main_paywall", "annual_first", "User-to-trial"):
        assert said in page, said
    assert experiment.remote_id in page
    assert "cannot be set through Qonversion’s API" in page
    assert experiment.raw["groups"][0]["id"] in page


def test_figures_are_a_table_and_everything_else_is_one_click_away(visit, vera, paywall, sandbox):
    experiment = paywall("active")
    address = f"{experiment.get_absolute_url()}?tab=results"
    assert "No figures yet" in visit(vera).get(address).text
    sandbox.set_clock(offset_seconds=20 * 86_400)
    assert mirror.read_report(str(experiment.pk))
    page = visit(vera).get(address)
    assert "Figures by group" in page.text
    assert [row["letter"] for row in page.context["rows"]] == ["A", "B"]
    assert page.context["columns"]
    assert all(value != "–" for row in page.context["rows"] for value in row["values"])
    assert "The figures as JSON" in page.text


@pytest.mark.parametrize("language", ["json", "curl", "python", "ruby", "java"])
def test_the_code_is_qonversions_and_holds_no_secret(visit, vera, paywall, sandbox, language):
    experiment = paywall()
    text = visit(vera).get(f"{experiment.get_absolute_url()}?code={language}").context["text"]
    assert "segment_percent" in text
    assert sandbox.secret_key not in text
    assert "/api/experiments" not in text


def test_a_paywall_test_is_deleted_after_one_question(visit, paula, paywall, work):
    experiment = paywall("active")
    client, address = visit(paula), f"{experiment.get_absolute_url()}delete/"
    page = client.get(address).text
    assert "is not documented" in page
    assert "Nobody receives it" not in page
    assert client.post(address).status_code == 422
    press(client, address, sure="on")
    work()
    assert Operation.objects.get().state == State.SUCCEEDED, Operation.objects.get().message
    experiment.refresh_from_db()
    assert experiment.status == Status.DELETED
    page = client.get(experiment.get_absolute_url()).text
    assert "This test is deleted." in page
    assert "move/" not in page


def test_reading_the_groups_later_is_told(visit, vera, paywall):
    experiment = paywall()
    Experiment.objects.filter(pk=experiment.pk).update(raw_text="{}", shares=[])
    assert "No groups were read yet." in visit(vera).get(experiment.get_absolute_url()).text
