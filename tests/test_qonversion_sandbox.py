"""The Qonversion client against the sandbox, in every position of every switch: no answer is taken for another."""

import uuid

import pytest

from experiments.providers.marker import marker_for
from experiments.providers.outcomes import NotSent, OutcomeUnknown, ProviderFailure, Rejected
from experiments.providers.qonversion import client, document
from experiments.providers.shapes import Account, Secret
from sandbox.qonversion.choices import CHOICES
from sandbox.server import Sandbox
from tests.qonversion_documents import CONTROL, YEARLY, valid

# The sandbox knows no remote config but UUIDs.
CONFIG = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
WHOLE = document.marked(valid(groups=[CONTROL, YEARLY | {"remote_config_uid": CONFIG}]), marker_for(uuid.UUID(int=7)))
OTHER = document.marked(valid(name="Other", groups=[CONTROL]), marker_for(uuid.UUID(int=8)))
BODY = document.to_bytes(document.create_body(WHOLE))
POSITIONS = [(name, word) for name, words in CHOICES.items() for word in words[1:]]
FORBIDDEN = {("permissions", "read"), ("permissions", "none")}


@pytest.fixture
def sandbox():
    with Sandbox() as running:
        yield running


@pytest.fixture
def account(sandbox):
    return Account(sandbox.url, "", Secret(sandbox.secret_key), allow_loopback=True)


def there(value):
    assert value is not None
    return value


def made(account, whole=WHOLE):
    remote_id = client.create(account, document.to_bytes(document.create_body(whole))).remote_id
    while missing := document.missing_groups(whole, client.list_groups(account, remote_id)):
        client.create_group(account, remote_id, document.group_bodies(whole)[missing[0]])
    return remote_id


def state(account, remote_id):
    found = client.look_up(account, remote_id)
    return {key: value for key, value in found.raw.items() if key != "updated_at"} if found else None


def told(account, remote_id, write):
    """What a write returned; None where it was refused, after seeing that a refusal changed nothing."""
    before = state(account, remote_id)
    try:
        return write()
    except ProviderFailure as error:
        failure = error
    assert not (isinstance(failure, OutcomeUnknown) and failure.is_applied)
    assert state(account, remote_id) == before
    return None


@pytest.mark.parametrize(("name", "word"), [("", ""), *(pair for pair in POSITIONS if pair not in FORBIDDEN)])
def test_the_whole_life_of_a_test_is_told_as_it_is(sandbox, account, name, word):
    if name:
        sandbox.switch(name, word)
    remote_id, other_id = made(account), made(account, OTHER)
    assert document.missing_groups(WHOLE, client.list_groups(account, remote_id)) == ()
    held = there(client.look_up(account, remote_id))
    assert document.same_content(WHOLE, held.raw) == []
    assert (held.status or "draft") in ("draft", "paused")
    page = client.list_experiments(account)
    assert {one.remote_id for one in page.experiments} == {remote_id, other_id}
    assert page.is_whole
    if word == "absent" and name == "alias_in_answers":
        with pytest.raises(NotSent):
            client.find_by_alias(account, WHOLE["alias_id"])
    else:
        assert [one.remote_id for one in client.find_by_alias(account, WHOLE["alias_id"])] == [remote_id]

    if told(account, remote_id, lambda: client.update(account, remote_id, {"segment_percent": 10})):
        assert there(client.look_up(account, remote_id)).raw["segment_percent"] in (10, 0)
    group_id = held.variants[1].remote_id
    for wanted in ("active", "active", "paused", "active", "finished", "active", "draft"):
        if changed := told(account, remote_id, lambda word=wanted: client.change_status(account, remote_id, word)):
            now = there(client.look_up(account, remote_id))
            assert there(changed.experiment).remote_status == now.remote_status
            assert now.status in ({"active": "running"}.get(wanted, wanted), "")
        if wanted == "active":
            told(account, remote_id, lambda: client.attach_tester(account, remote_id, group_id, "QON_1"))
            told(account, other_id, lambda: client.attach_tester(account, other_id, group_id, "QON_1"))
            told(account, remote_id, lambda: client.update_group(account, remote_id, group_id, {"weight": 3}))
            told(account, remote_id, lambda: client.update(account, remote_id, {"name": "Renamed"}))
    assert client.report(account, remote_id).remote_id == remote_id
    assert client.summaries(account, [remote_id, other_id]).keys() == {remote_id, other_id}
    told(account, remote_id, lambda: client.detach_tester(account, remote_id, "QON_1"))
    told(account, remote_id, lambda: client.detach_tester(account, remote_id, "QON_2"))
    told(account, remote_id, lambda: client.delete_group(account, remote_id, held.variants[0].remote_id))
    if told(account, remote_id, lambda: client.delete(account, remote_id)):
        assert client.look_up(account, remote_id) is None
        assert name == "alias_in_answers" or client.find_by_alias(account, WHOLE["alias_id"]) == ()
    told(account, remote_id, lambda: client.delete(account, remote_id))


@pytest.mark.parametrize(("name", "word"), FORBIDDEN)
def test_a_key_that_may_not_is_told_as_that(sandbox, account, name, word):
    sandbox.switch(name, word)
    with pytest.raises(Rejected) as caught:
        client.create(account, BODY)
    assert caught.value.reason == "forbidden"
    assert client.check_key(account).total == 0 if word == "read" else True


@pytest.mark.parametrize("word", CHOICES["alias_taken"])
@pytest.mark.parametrize("form", CHOICES["error_form"])
def test_a_second_create_never_makes_anybody_believe_that_nothing_is_there(sandbox, account, word, form):
    sandbox.switch("alias_taken", word)
    sandbox.switch("error_form", form)
    ids, failure = {client.create(account, BODY).remote_id}, None
    try:
        ids.add(client.create(account, BODY).remote_id)
    except ProviderFailure as error:
        failure = error
    assert (failure is None) is (word == "accept")
    assert word != "409" or isinstance(failure, OutcomeUnknown)
    assert {one.remote_id for one in client.find_by_alias(account, WHOLE["alias_id"])} == ids


@pytest.mark.parametrize("kind", ["reset", "close", "garbage", "html", "cut"])
def test_a_lost_create_is_found_by_its_alias(sandbox, account, kind):
    sandbox.order(kind, when="after", method="POST", path="/v4/experiments")
    with pytest.raises(OutcomeUnknown):
        client.create(account, BODY)
    assert [one.name for one in client.find_by_alias(account, WHOLE["alias_id"])] == ["Yearly first"]


def test_a_test_key_and_a_production_key_see_nothing_of_each_other(sandbox, account):
    made(account)
    other = Account(sandbox.url, "", Secret(sandbox.test_secret_key), allow_loopback=True)
    assert client.list_experiments(other).experiments == ()
    assert client.find_by_alias(other, WHOLE["alias_id"]) == ()
    assert len(client.list_experiments(account).experiments) == 1


@pytest.mark.parametrize("spelling", CHOICES["summary_metric"])
@pytest.mark.parametrize("place", CHOICES["summary_figures"])
def test_figures_of_a_test_that_lives_are_told_where_their_names_are_known(sandbox, account, spelling, place):
    sandbox.switch("summary_metric", spelling)
    sandbox.switch("summary_figures", place)
    remote_id = made(account)
    client.change_status(account, remote_id, "active")
    sandbox.set_clock(offset_seconds=72 * 3600)
    report = client.report(account, remote_id)
    assert [(group.name, group.is_control) for group in report.groups] == [("Control", True), ("Yearly first", False)]
    labels = [{figure.label: figure.value for figure in group.figures} for group in report.groups]
    if place == "absent":
        assert labels == [{}, {}]
    else:
        assert all(one["Users"] > 0 and {"Sales", "Proceeds", "Refunds"} <= one.keys() for one in labels)
    assert report.figures == ()


def test_a_listing_longer_than_a_page_is_read_to_its_end(sandbox, account):
    sandbox.switch("list_paging", "cursor")
    sandbox.switch("page_length", 2)
    ids = {made(account, document.marked(valid(groups=[]), marker_for(uuid.UUID(int=n)))) for n in range(5)}
    page = client.list_experiments(account)
    assert ({one.remote_id for one in page.experiments}, page.is_whole, page.total) == (ids, True, 5)
