"""The façade of a paywall test's document: all that the rest of the product asks any provider."""

import ast
import datetime
import inspect
import json
from pathlib import Path

import pytest

from experiments import providers
from experiments.providers import modules
from experiments.providers.qonversion import document
from experiments.providers.qonversion.wording import subject
from tests.qonversion_documents import NOW, valid

FOLDER = Path(document.__file__).parent


def names_of(protocol):
    """What a protocol asks for: its functions and its values."""
    return {name for name in dir(protocol) if not name.startswith("_")} | set(protocol.__annotations__)


@pytest.mark.parametrize("code", providers.PROVIDERS)
def test_every_provider_has_every_function_in_the_form_that_was_agreed(code):
    parts = [(modules.Client, providers.client(code)), (modules.Document, providers.document(code))]
    parts.append((modules.Samples, providers.samples(code)))
    if providers.PROVIDERS[code].is_staged:
        parts += [
            (modules.StagedClient, providers.staged_client(code)),
            (modules.StagedDocument, providers.staged_document(code)),
        ]
    for protocol, module in parts:
        for name in names_of(protocol):
            assert hasattr(module, name), f"{module} has no {name}"
            asked = getattr(protocol, name, None)
            if callable(asked):
                expected = list(inspect.signature(asked).parameters)[1:]
                assert list(inspect.signature(getattr(module, name)).parameters) == expected, name


@pytest.mark.parametrize("code", ["airship", "elsewhere"])
def test_a_provider_that_is_not_staged_has_no_staged_modules(code):
    for part in (providers.staged_client, providers.staged_document):
        with pytest.raises(KeyError):
            part(code)


@pytest.mark.parametrize("code", providers.PROVIDERS)
def test_the_shared_functions_of_clients_stand_in_the_same_order(code):
    source = ast.parse(Path(inspect.getsourcefile(providers.client(code)) or "").read_text())  # type: ignore[arg-type]  # a module
    written = [node.name for node in source.body if isinstance(node, ast.FunctionDef)]
    shared = ["check_key", "list_experiments", "list_scheduled", "look_up", "validate", "create", "delete", "report"]
    assert written[: len(shared)] == shared


def test_the_facade_names_only_what_there_is():
    assert set(document.__all__) <= set(vars(document))
    assert document.__all__ == sorted(
        document.__all__, key=lambda name: (not name.isupper(), not name[0].isupper(), name)
    )


def test_a_paywall_test_has_no_time():
    whole = valid()
    assert document.at_time(whole, NOW) is whole
    assert document.without_time(whole) is whole
    assert document.scheduled_at(whole) is None
    assert document.is_fenced(whole) is False


def test_nobody_can_tell_who_is_let_in():
    assert document.is_everybody(None) is False
    assert "dashboard" in document.audience_sentence(None)
    assert document.platform_sentence([]) == "the apps of the project"
    assert document.channels(valid()) == ("Paywall",)


@pytest.mark.parametrize(
    ("pointer", "words"),
    [
        ("", "The document"),
        ("/name", "The test’s name"),
        ("/segment_percent", "The test’s share of users"),
        ("/groups", "The test’s list of groups"),
        ("/groups/1", "Group B"),
        ("/groups/1/remote_config_uid", "Group B’s remote config id"),
        ("/odd_key", "The test’s odd key"),
    ],
)
def test_a_place_is_named_as_people_call_it(pointer, words):
    assert subject(pointer) == words


def test_what_the_api_cannot_set_is_told_with_where_to_set_it():
    told = providers.PROVIDERS["qonversion"].elsewhere
    assert [one.label for one in told] == ["Audience", "Offerings"]
    assert all("dashboard" in one.sentence for one in told)


def test_the_fields_of_the_editor_are_named_by_their_place():
    assert document.field_for("/groups/0/remote_config_uid") == "f-groups-0-remote_config_uid"


def test_a_pasted_document_is_read_strictly():
    whole, problems = document.read_document(json.dumps(valid()))
    assert (whole, problems) == (valid(), ())
    assert document.read_document('{"name": 1, "name": 2}')[1][0].code == "duplicate_key"


@pytest.mark.parametrize(
    ("status", "verbs"),
    [
        ("draft", [("start", True)]),
        ("running", [("pause", True), ("finish", True)]),
        ("paused", [("resume", False), ("finish", False)]),
        ("finished", [("restart", False)]),
        ("", [("pause", False), ("finish", False)]),
        ("deleted", []),
    ],
)
def test_the_moves_from_a_status_say_which_are_documented(status, verbs):
    moves = providers.PROVIDERS["qonversion"].moves_from(status)
    assert [(move.verb, move.is_documented) for move in moves] == verbs
    assert all(move.reaches_people is (move.remote_status == "active") for move in moves)
    assert all(move.sentence.endswith(".") for move in moves)
    assert providers.PROVIDERS["airship"].moves_from(status) == ()


def test_metrics_are_offered_as_they_are_written():
    assert {metric.name for metric in document.METRICS if metric.is_documented} == {
        "user_to_trial",
        "subscription_cancellation",
    }
    assert all(document.written_metric(metric.name) == metric.name for metric in document.METRICS)
    assert document.metric_label("user-to-paid") == document.metric_label("user_to_paid") == "User-to-paid conversion"
    assert document.metric_label("arpu") == ""


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.name)
def test_no_module_of_one_provider_knows_the_other(path):
    assert "providers.airship" not in path.read_text()


def test_times_of_checking_do_not_matter():
    far = datetime.datetime(2999, 1, 1, tzinfo=datetime.UTC)
    assert document.find_problems(valid(), now=far, lead=datetime.timedelta(days=9)) == ()
