"""Changing what a provider holds: first the difference, field by field, then exactly that."""

import re

import pytest

from experiments import mirror
from experiments.models import Kind, Operation, State
from tests.sandbox_qonversion import EXPERIMENTS, Caller


@pytest.fixture
def vendor(sandbox):
    return Caller(sandbox, sandbox.secret_key)


@pytest.fixture
def propose(visit, paula):
    """Post changed values over what the form shows, as a browser does."""

    def post(experiment, **changes):
        client = visit(paula)
        form = client.get(f"{experiment.get_absolute_url()}change/").context["form"]
        shown = {}
        for one in [*form.inputs, *(one for row in form.rows for one in row.inputs)]:
            if one.value is True:
                shown[one.name] = "on"
            elif one.value is not False:
                shown[one.name] = one.value
        shown |= {name.replace("group_", "group-").replace("__", "-"): value for name, value in changes.items()}
        return client.post(f"{experiment.get_absolute_url()}change/", shown)

    return post


def confirm(visit, who, experiment, shown):
    token = re.findall(r'name="token" value="([^"]+)"', shown.text)
    assert len(token) == 1
    return visit(who).post(f"{experiment.get_absolute_url()}change/", {"token": token[0]})


def test_the_difference_is_shown_before_anything_is_asked(propose, paywall):
    experiment = paywall(name="Annual first")
    shown = propose(experiment, name="Monthly first", segment_percent="25")
    rows = [(row["where"], row["before"], row["after"]) for row in shown.context["changes"]]
    assert rows == [("Name", "Annual first", "Monthly first"), ("Share of users, %", "50", "25")]
    assert not Operation.objects.exists()


def test_the_confirmed_difference_reaches_the_provider(propose, paywall, visit, paula, work, vendor):
    experiment = paywall(name="Annual first", description="Why")
    shown = propose(experiment, name="Monthly first", goal_value="4,5", goal_direction="increase", description="")
    answer = confirm(visit, paula, experiment, shown)
    work()
    operation = Operation.objects.get()
    assert answer.headers["Location"] == operation.get_absolute_url()
    assert (operation.kind, operation.state) == (Kind.UPDATE, State.SUCCEEDED), operation.message
    held = vendor.shown(experiment.remote_id)
    assert (held["name"], held["goal_value"], held["goal_direction"]) == ("Monthly first", 4.5, "increase")
    assert held["segment_percent"] == 50
    assert not held["description"]


def test_groups_change_are_added_and_removed_by_their_ids(propose, paywall, visit, paula, work, vendor):
    experiment = paywall()
    shown = propose(experiment, group_0__weight="3", group_1__remove="on", group_2__name="Weekly")
    rows = [(row["where"], row["before"], row["after"]) for row in shown.context["changes"]]
    assert rows == [
        ("Group A: weight", "1", "3"),
        ("Group B", "Annual", "Removed"),
        ("New group", "–", "Weekly, weight 1"),
    ]
    confirm(visit, paula, experiment, shown)
    work()
    assert Operation.objects.get().state == State.SUCCEEDED, Operation.objects.get().message
    groups = vendor.call("GET", f"{EXPERIMENTS}/{experiment.remote_id}/groups").json()["data"]
    assert {(group["name"], group["weight"]) for group in groups} == {("Control", 3), ("Weekly", 1)}


def test_an_untouched_form_asks_nothing(propose, paywall):
    shown = propose(paywall())
    assert "Nothing differs from what Qonversion holds." in shown.text
    assert 'name="token"' not in shown.text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"segment_percent": "half"}, "“half” is no number."),
        ({"name": ""}, "name"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_asked(propose, paywall, changes, said):
    shown = propose(paywall(), **changes)
    assert shown.status_code == 422
    assert said in shown.text.split('role="alert"')[1]
    assert not Operation.objects.exists()


def test_a_test_that_changed_since_is_not_changed(propose, paywall, visit, paula, vendor, paywalls):
    experiment = paywall()
    shown = propose(experiment, name="Monthly first")
    assert vendor.change(experiment.remote_id, {"name": "Theirs"}).ok
    mirror.sync(str(paywalls.pk))
    late = confirm(visit, paula, experiment, shown)
    assert late.status_code == 409
    assert "Nothing was changed." in late.text
    assert not Operation.objects.exists()


def test_the_confirmation_of_somebody_else_or_of_nobody_does_not_count(propose, paywall, visit, alice):
    experiment = paywall()
    shown = propose(experiment, name="Monthly first")
    assert confirm(visit, alice, experiment, shown).status_code == 409
    made_up = visit(alice).post(f"{experiment.get_absolute_url()}change/", {"token": "made-up"})
    assert made_up.status_code == 409
    assert not Operation.objects.exists()


def test_a_started_test_is_changed_with_a_warning(propose, paywall):
    assert "This test was started." in propose(paywall("active"), name="Monthly first").text
    assert "This test was started." not in propose(paywall(), name="Monthly first").text


def test_an_old_metric_with_hyphens_is_left_alone_when_nobody_touches_it(propose, paywall, sandbox):
    sandbox.switch("hyphenated_metric", "accept")
    experiment = paywall(primary_metric="user-to-trial")
    shown = propose(experiment, name="Monthly first")
    assert [row["where"] for row in shown.context["changes"]] == ["Name"]
