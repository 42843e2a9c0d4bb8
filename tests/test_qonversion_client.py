"""The Qonversion client: a tiny imitation shows what the calls mean, whatever it chooses where no page says."""

import re
import uuid

import pytest

from experiments import providers
from experiments.providers import PROVIDERS
from experiments.providers.marker import marker_for
from experiments.providers.outcomes import NotSent, OutcomeUnknown, Rejected
from experiments.providers.qonversion import client, document
from experiments.providers.shapes import Account, Secret
from tests.qonversion_documents import valid
from tests.qonversion_imitation import KEY, Choices, Qonversion
from tests.scripted_server import ScriptedServer, answer, says

MARKER = marker_for(uuid.UUID(int=7))
WHOLE = document.marked(valid(), MARKER)
BODY = document.to_bytes(document.create_body(WHOLE))


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    monkeypatch.setattr(client, "WRITE_SECONDS", 5.0)
    monkeypatch.setattr(client, "READ_SECONDS", 5.0)


@pytest.fixture
def qonversion():
    with Qonversion() as running:
        yield running


def there(value):
    assert value is not None
    return value


def made(qonversion, whole=WHOLE):
    """The id of a test that was made with its groups."""
    remote_id = client.create(qonversion.account, document.to_bytes(document.create_body(whole))).remote_id
    for body in document.group_bodies(whole):
        client.create_group(qonversion.account, remote_id, body)
    return remote_id


# What the calls mean


def test_a_key_that_works_is_known_to_work(qonversion):
    made(qonversion)
    check = client.check_key(qonversion.account)
    assert (check.answer.status, check.total) == (200, 1)


def test_a_key_that_does_not_work_is_rejected(qonversion):
    account = qonversion.account
    with pytest.raises(Rejected) as caught:
        client.check_key(Account(account.url, "", Secret("sk_another"), allow_loopback=True))
    assert (caught.value.reason, caught.value.message) == ("unauthorized", "Qonversion does not accept this key.")


def test_what_is_created_is_found_again_with_its_groups_and_its_marker(qonversion):
    connected = []
    created = client.create(qonversion.account, BODY, lambda: connected.append(len(qonversion.seen)))
    for body in document.group_bodies(WHOLE):
        client.create_group(qonversion.account, created.remote_id, body)
    found = there(client.look_up(qonversion.account, created.remote_id))
    assert connected == [0]
    assert qonversion.bodies[0] == {key: value for key, value in WHOLE.items() if key != "groups"}
    assert (found.remote_id, found.marker, found.name) == (created.remote_id, MARKER, "Yearly first")
    assert (found.status, found.remote_status) == ("draft", "draft")
    assert [(v.position, v.name, v.weight, v.is_control) for v in found.variants] == [
        (0, "Control", 1, True),
        (1, "Yearly first", 1, False),
    ]
    assert document.same_content(WHOLE, found.raw) == []


def test_nothing_is_ever_scheduled(qonversion):
    page = client.list_scheduled(qonversion.account)
    assert (page.experiments, page.total, page.next_offset, qonversion.seen) == ((), 0, None, [])


def test_a_document_cannot_be_checked_without_being_made(qonversion):
    with pytest.raises(NotSent) as caught:
        client.validate(qonversion.account, BODY)
    assert (caught.value.reason, caught.value.is_permanent, qonversion.seen) == ("cannot_validate", True, [])


def test_a_test_nobody_made_is_not_found(qonversion):
    made(qonversion)
    assert client.look_up(qonversion.account, str(uuid.uuid4())) is None


def test_a_change_sends_only_what_changes_and_never_the_alias(qonversion):
    remote_id = made(qonversion)
    changes = {"name": "New", "alias_id": "other", "primary_metric": "user-to-trial", "status": "active", "groups": []}
    changed = client.update(qonversion.account, remote_id, changes)
    assert qonversion.bodies[-1] == {"name": "New", "primary_metric": "user_to_trial"}
    assert there(changed.experiment).name == "New"
    assert there(changed.experiment).status == "draft"


@pytest.mark.parametrize("changes", [{}, {"alias_id": "other"}, {"groups": []}, {"status": "active"}])
def test_a_change_of_nothing_is_not_sent(qonversion, changes):
    with pytest.raises(NotSent) as caught:
        client.update(qonversion.account, "e1", changes)
    assert (caught.value.reason, qonversion.seen) == ("nothing_to_change", [])


def test_a_test_is_started_paused_and_finished(qonversion):
    remote_id = made(qonversion)
    for word, ours in (("active", "running"), ("paused", "paused"), ("active", "running"), ("finished", "finished")):
        changed = there(client.change_status(qonversion.account, remote_id, word).experiment)
        assert (changed.status, changed.remote_status) == (ours, word)
    assert qonversion.seen[-1] == f"POST /v4/experiments/{remote_id}/status"


def test_a_group_is_made_changed_and_taken_away(qonversion):
    remote_id = made(qonversion)
    group = there(client.create_group(qonversion.account, remote_id, {"name": "C", "weight": 0.5}).group)
    assert (group.name, group.weight, group.is_control) == ("C", 0.5, False)
    changed = client.update_group(qonversion.account, remote_id, group.remote_id, {"weight": 3})
    assert (there(changed.group).weight, qonversion.bodies[-1]) == (3, {"weight": 3})
    assert [one.name for one in client.list_groups(qonversion.account, remote_id)] == ["Control", "Yearly first", "C"]
    client.delete_group(qonversion.account, remote_id, group.remote_id)
    assert [one.name for one in client.list_groups(qonversion.account, remote_id)] == ["Control", "Yearly first"]
    with pytest.raises(Rejected) as caught:
        client.delete_group(qonversion.account, remote_id, group.remote_id)
    assert caught.value.reason == "already_gone"


def test_a_change_of_nothing_in_a_group_is_not_sent(qonversion):
    with pytest.raises(NotSent):
        client.update_group(qonversion.account, "e1", "g1", {})
    assert qonversion.seen == []


def test_a_tester_is_attached_to_one_test_at_a_time(qonversion):
    first, second = made(qonversion), made(qonversion, document.marked(valid(), marker_for(uuid.UUID(int=8))))
    assert client.attach_tester(qonversion.account, first, "00000001", "QON_1").answer.status == 200
    with pytest.raises(Rejected) as caught:
        client.attach_tester(qonversion.account, second, "00000000", "QON_1")
    assert caught.value.reason == "already_attached"
    assert caught.value.problems[0].message == "client already attached to experiment"
    client.detach_tester(qonversion.account, first, "QON_1")
    client.attach_tester(qonversion.account, second, "00000000", "QON_1")
    assert qonversion.testers == {"QON_1": (second, "00000000")}
    with pytest.raises(Rejected) as caught:
        client.detach_tester(qonversion.account, second, "QON_2")
    assert caught.value.reason == "already_gone"


@pytest.mark.parametrize("shape", ["keys", "entries"])
def test_a_report_tells_the_known_figures_of_each_group(shape):
    with Qonversion(Choices(metric_in_summary=shape)) as qonversion:
        remote_id = made(qonversion)
        report = client.report(qonversion.account, remote_id)
    assert (report.remote_id, report.status) == (remote_id, "draft")
    assert [(group.name, group.is_control) for group in report.groups] == [("Control", True), ("Yearly first", False)]
    figures = [(figure.name, figure.label, figure.value) for figure in report.groups[0].figures]
    assert (
        figures
        == {
            "keys": [("users", "Users", 120), ("user-to-trial", "User-to-trial conversion", 0.31)],
            "entries": [
                ("metrics/user-to-trial/value", "User-to-trial conversion", 0.31),
                ("metrics/user-to-trial/p_value", "User-to-trial conversion", 0.2),
            ],
        }[shape]
    )
    assert report.raw["experiment_id"] == 11


def test_a_report_nobody_has_is_rejected(qonversion):
    made(qonversion)
    with pytest.raises(Rejected) as caught:
        client.report(qonversion.account, str(uuid.uuid4()))
    assert caught.value.reason == "not_found"


def test_fifty_summaries_are_one_call_and_more_are_refused_here(qonversion):
    ids = [made(qonversion, document.marked(valid(), marker_for(uuid.UUID(int=n)))) for n in range(3)]
    before = len(qonversion.seen)
    assert client.summaries(qonversion.account, ids).keys() == set(ids)
    assert len(qonversion.seen) == before + 1
    assert qonversion.seen[-1].count("filter[experiment_uid][]=") == 3
    for wrong in ([], ids * 17):
        with pytest.raises(ValueError, match="1 to 50"):
            client.summaries(qonversion.account, wrong)


def test_an_older_summary_that_knows_no_filter_is_read_by_its_ids():
    body = b'{"total_count":2,"items":[{"uid":"other","groups":[]},{"uid":"e1","status":"active"}]}'
    with ScriptedServer(says(answer(200, body))) as server:
        account = Account(server.url, "", Secret(KEY), allow_loopback=True)
        assert client.report(account, "e1").status == "running"


# Whatever no page tells


@pytest.mark.parametrize(
    "choices",
    [
        Choices(created_status=200),
        Choices(tells_id="location"),
        Choices(tells_id="path"),
        Choices(empty_answers=True),
        Choices(page=1),
        Choices(page=2),
        Choices(shows_alias=False),
        Choices(takes_alias_as_id=True),
        Choices(second_delete=204),
        Choices(refuses_second_alias=False),
    ],
    ids=lambda choices: str(choices)[8:-1] if choices != Choices() else "",
)
def test_the_whole_life_of_a_test_survives_each_choice(choices):
    with Qonversion(choices) as qonversion:
        account = qonversion.account
        remote_id = made(qonversion)
        made(qonversion, document.marked(valid(name="Another"), marker_for(uuid.UUID(int=9))))
        found = there(client.look_up(account, remote_id))
        assert document.same_content(WHOLE, found.raw) == []
        assert document.missing_groups(WHOLE, client.list_groups(account, remote_id)) == ()
        page = client.list_experiments(account)
        assert [one.name for one in page.experiments] == ["Yearly first", "Another"]
        assert (page.total, page.next_offset, page.is_whole) == (2, None, True)
        client.update(account, remote_id, {"segment_percent": 10})
        client.change_status(account, remote_id, "active")
        client.attach_tester(account, remote_id, found.variants[1].remote_id, "QON_1")
        client.detach_tester(account, remote_id, "QON_1")
        client.change_status(account, remote_id, "paused")
        now = there(client.look_up(account, remote_id))
        assert (now.status, now.raw["segment_percent"]) == ("paused", 10)
        client.delete(account, remote_id)
        assert client.look_up(account, remote_id) is None
        if choices.second_delete == 404:
            with pytest.raises(Rejected) as caught:
                client.delete(account, remote_id)
            assert caught.value.reason == "already_gone"
        else:
            assert client.delete(account, remote_id).answer.status == 204


def test_a_second_create_with_our_alias_is_looked_up_and_not_repeated(qonversion):
    remote_id = client.create(qonversion.account, BODY).remote_id
    with pytest.raises(OutcomeUnknown) as caught:
        client.create(qonversion.account, BODY)
    assert (caught.value.reason, caught.value.is_applied) == ("conflict", False)
    assert "This alias is taken" in caught.value.message
    assert [one.remote_id for one in client.find_by_alias(qonversion.account, WHOLE["alias_id"])] == [remote_id]


@pytest.mark.parametrize(
    "choices",
    [Choices(), Choices(page=1), Choices(shows_alias=False, takes_alias_as_id=True), Choices(takes_alias_as_id=True)],
)
def test_a_lost_create_is_found_by_its_alias(choices):
    with Qonversion(choices, lost=["POST /v4/experiments"]) as qonversion:
        with pytest.raises(OutcomeUnknown):
            client.create(qonversion.account, BODY)
        made(qonversion, document.marked(valid(name="Another"), marker_for(uuid.UUID(int=9))))
        (found,) = client.find_by_alias(qonversion.account, WHOLE["alias_id"])
    assert found.name == "Yearly first"


def test_two_tests_with_one_alias_are_both_found():
    with Qonversion(Choices(refuses_second_alias=False)) as qonversion:
        ids = {client.create(qonversion.account, BODY).remote_id for _ in range(2)}
        assert {one.remote_id for one in client.find_by_alias(qonversion.account, WHOLE["alias_id"])} == ids


@pytest.mark.parametrize("takes_alias_as_id", [True, False])
def test_an_alias_that_is_nowhere_is_proven_absent(takes_alias_as_id):
    with Qonversion(Choices(takes_alias_as_id=takes_alias_as_id)) as qonversion:
        assert client.find_by_alias(qonversion.account, WHOLE["alias_id"]) == ()
        made(qonversion, document.marked(valid(), marker_for(uuid.UUID(int=9))))
        assert client.find_by_alias(qonversion.account, WHOLE["alias_id"]) == ()


@pytest.mark.parametrize(
    "choices", [Choices(shows_alias=False), Choices(page=1, restarts=True), Choices(page=1, is_deaf_to_cursor=True)]
)
def test_an_alias_that_was_not_told_of_every_test_is_not_called_absent(choices):
    with Qonversion(choices) as qonversion:
        for number in (8, 9):
            made(qonversion, document.marked(valid(groups=[]), marker_for(uuid.UUID(int=number))))
        with pytest.raises(NotSent) as caught:
            client.find_by_alias(qonversion.account, WHOLE["alias_id"])
    assert caught.value.reason == "alias_not_told"


@pytest.mark.parametrize(
    ("choices", "names"),
    [
        (Choices(page=2, restarts=True), ["0", "1"]),
        (Choices(page=2, is_deaf_to_cursor=True), ["0", "1"]),
        (Choices(page=2), ["0", "1", "2", "3", "4"]),
    ],
)
def test_a_listing_that_does_not_come_to_an_end_is_not_called_whole(choices, names, caplog):
    with Qonversion(choices) as qonversion:
        for name in "01234":
            qonversion.experiments[name] = {"id": name, "name": name, "alias_id": name}
        page = client.list_experiments(qonversion.account)
    assert [one.name for one in page.experiments] == names
    assert page.is_whole is (len(names) == 5)
    assert page.total == (5 if page.is_whole else None)
    assert ("without coming to an end" in caplog.text) is not page.is_whole


def test_a_listing_that_went_back_to_its_first_row_ends_there():
    first = answer(200, b'{"data":[{"id":"a"},{"id":"b"}],"has_more":true}')
    again = answer(200, b'{"data":[{"id":"n"},{"id":"a"}],"has_more":true}', "X-Qon-Pagination-Restarted: true")
    with ScriptedServer(says(first), says(again)) as server:
        page = client.list_experiments(Account(server.url, "", Secret(KEY), allow_loopback=True))
        assert len(server.requests) == 2
    assert ([one.remote_id for one in page.experiments], page.is_whole) == (["a", "b", "n"], False)


def test_a_cursor_is_only_used_where_there_is_more():
    with Qonversion(Choices(page=2)) as qonversion:
        for name in "012":
            qonversion.experiments[name] = {"id": name, "name": name}
        client.list_experiments(qonversion.account)
    assert qonversion.seen == ["GET /v4/experiments", "GET /v4/experiments?starting_after=1"]


def test_a_listing_that_goes_on_for_too_long_is_given_up(monkeypatch):
    monkeypatch.setattr(client, "LISTING_SECONDS", -1.0)
    with Qonversion(Choices(page=1)) as qonversion:
        for name in "012":
            qonversion.experiments[name] = {"id": name}
        assert client.list_experiments(qonversion.account).is_whole is False
        qonversion.groups["0"] = [{"id": "a"}, {"id": "b"}]
        with pytest.raises(NotSent):
            client.list_groups(qonversion.account, "0")
        with pytest.raises(NotSent):
            client.look_up(qonversion.account, "0")


def test_an_offset_leaves_out_the_first_ones(qonversion):
    for name in "012":
        qonversion.experiments[name] = {"id": name, "name": name}
    assert [one.name for one in client.list_experiments(qonversion.account, offset=2).experiments] == ["2"]


@pytest.mark.parametrize("status", [400, 422, 409])
def test_a_move_that_is_refused_is_told_apart_from_one_to_look_up(status):
    with Qonversion(Choices(illegal_move=status)) as qonversion:
        remote_id = made(qonversion)
        client.change_status(qonversion.account, remote_id, "finished")
        with pytest.raises(OutcomeUnknown if status == 409 else Rejected) as caught:
            client.change_status(qonversion.account, remote_id, "active")
    assert caught.value.reason == ("conflict" if status == 409 else "invalid")
    assert "Finished for good" in caught.value.message


@pytest.mark.parametrize("lost", ["create", "first group", "second group"])
def test_a_half_made_test_is_completed_after_a_loss_at_any_step(lost):
    with Qonversion() as qonversion:
        account = qonversion.account
        if lost == "create":
            qonversion.lost = ["POST /v4/experiments"]
        try:
            remote_id = client.create(account, BODY).remote_id
        except OutcomeUnknown:
            (found,) = client.find_by_alias(account, WHOLE["alias_id"])
            remote_id = found.remote_id
        path, number = f"POST /v4/experiments/{remote_id}/groups", 0
        while missing := document.missing_groups(WHOLE, client.list_groups(account, remote_id)):
            if lost == ("first group", "second group")[number if number < 2 else 0]:
                qonversion.lost = [path]
            number += 1
            try:
                client.create_group(account, remote_id, document.group_bodies(WHOLE)[missing[0]])
            except OutcomeUnknown:
                lost = ""
        assert len(qonversion.experiments) == 1
        assert [group["name"] for group in qonversion.groups[remote_id]] == ["Control", "Yearly first"]
        assert document.extra_groups(WHOLE, client.list_groups(account, remote_id)) == ()


# The request


@pytest.mark.parametrize(
    ("call", "line"),
    [
        (lambda a: client.check_key(a), "GET /v4/experiments"),
        (lambda a: client.list_experiments(a, 5, 7), "GET /v4/experiments"),
        (lambda a: client.create(a, b"{}"), "POST /v4/experiments"),
        (lambda a: client.delete(a, "e1"), "DELETE /v4/experiments/e1"),
        (lambda a: client.update(a, "e1", {"name": "n"}), "PATCH /v4/experiments/e1"),
        (lambda a: client.change_status(a, "e1", "active"), "POST /v4/experiments/e1/status"),
        (lambda a: client.list_groups(a, "e1"), "GET /v4/experiments/e1/groups"),
        (lambda a: client.create_group(a, "e1", {"weight": 1}), "POST /v4/experiments/e1/groups"),
        (lambda a: client.update_group(a, "e1", "g1", {"weight": 1}), "PATCH /v4/experiments/e1/groups/g1"),
        (lambda a: client.delete_group(a, "e1", "g1"), "DELETE /v4/experiments/e1/groups/g1"),
        (lambda a: client.attach_tester(a, "e1", "g1", "u.1"), "POST /v4/experiments/e1/users/u.1"),
        (lambda a: client.detach_tester(a, "e1", "u.1"), "DELETE /v4/experiments/e1/users/u.1"),
        (lambda a: client.report(a, "e1"), "GET /v4/experiments/summary?filter%5Bexperiment_uid%5D%5B%5D=e1"),
    ],
)
def test_each_call_asks_one_address_once(call, line):
    body = b'{"object":"list","id":"e1","data":[],"has_more":false,"items":[{"uid":"e1"}]}'
    with ScriptedServer(says(answer(200, body))) as server:
        call(Account(server.url, "", Secret(KEY), allow_loopback=True))
    (request,) = server.requests
    head = request.split(b"\r\n\r\n")[0].decode().split("\r\n")
    assert head[0] == f"{line} HTTP/1.1"
    assert f"Authorization: Bearer {KEY}" in head
    assert "Accept: application/json" in head


def test_a_create_carries_these_very_bytes():
    with ScriptedServer(says(answer(201, b'{"id":"e1"}'))) as server:
        client.create(Account(server.url, "", Secret(KEY), allow_loopback=True), BODY)
    assert server.requests[0].partition(b"\r\n\r\n")[2] == BODY
    assert b"Content-Type: application/json\r\n" in server.requests[0]
    assert b"Idempotency-Key" not in server.requests[0]


@pytest.mark.parametrize("bad", ["", ".", "..", "a/b", "a?b", "summary", "é", "x" * 101, " e1"])
def test_an_id_that_would_change_the_path_is_never_asked_for(bad, qonversion):
    account = qonversion.account
    calls = [
        lambda: client.look_up(account, bad),
        lambda: client.delete(account, bad),
        lambda: client.report(account, bad),
        lambda: client.update(account, bad, {"name": "n"}),
        lambda: client.change_status(account, bad, "active"),
        lambda: client.list_groups(account, bad),
        lambda: client.create_group(account, bad, {"weight": 1}),
        lambda: client.update_group(account, "e1", bad, {"weight": 1}),
        lambda: client.delete_group(account, "e1", bad),
        lambda: client.attach_tester(account, "e1", bad, "u1"),
        lambda: client.summaries(account, [bad]),
    ]
    for call in calls:
        with pytest.raises(NotSent) as caught:
            call()
        assert (caught.value.reason, caught.value.is_permanent) == ("bad_id", True)
    assert qonversion.seen == []


@pytest.mark.parametrize("bad", ["", "..", "a/b", "a b", "x" * 257])
def test_a_user_that_would_change_the_path_is_never_asked_for(bad, qonversion):
    for call in (
        lambda: client.attach_tester(qonversion.account, "e1", "g1", bad),
        lambda: client.detach_tester(qonversion.account, "e1", bad),
    ):
        with pytest.raises(NotSent) as caught:
            call()
        assert caught.value.reason == "bad_id"
    assert qonversion.seen == []


def test_a_secret_that_the_answer_repeats_is_struck_out():
    said = f'{{"error":{{"code":"x","message":"Bearer {KEY}"}}}}'.encode()
    with ScriptedServer(says(answer(400, said, f"X-Request-Id: {KEY}"))) as server, pytest.raises(Rejected) as caught:
        client.create(Account(server.url, "", Secret(KEY), allow_loopback=True), b"{}")
    shown = f"{vars(caught.value)!r} {caught.value}"
    assert "Bearer ***" in shown
    assert KEY not in shown


# The list of providers


def test_qonversion_is_listed_with_what_it_can_do():
    listed = PROVIDERS["qonversion"]
    assert providers.client("qonversion") is client
    assert providers.staged_client("qonversion") is client
    assert set(client.HOSTS.values()) == {"https://api.qonversion.io"}
    assert (listed.can_schedule, listed.can_validate, listed.can_undo, listed.is_staged) == (False, False, False, True)
    patterns = {region.code: region.secret_pattern for region in listed.regions}
    assert re.fullmatch(patterns["production"], "sk_abc")
    assert not re.fullmatch(patterns["production"], "test_sk_abc")
    assert re.fullmatch(patterns["sandbox"], "test_sk_abc")
    assert not re.fullmatch(patterns["sandbox"], "sk_abc")
    assert re.fullmatch(listed.secret_pattern, "test_sk_abc")
    assert not re.fullmatch(listed.secret_pattern, "test_abc")
