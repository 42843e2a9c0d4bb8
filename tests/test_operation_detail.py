"""The page of one operation says what is true, and never more."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from experiments import ledger, relay
from experiments.models import Kind, Operation, State
from tests.looks import look, lost
from tests.unguarded import put


def page(visitor, operation, **headers):
    return visitor.get(operation.get_absolute_url(), headers=headers)


def test_a_queued_send_says_that_nothing_has_left(visit, paula, confirmed, draft):
    text = page(visit(paula), confirmed(draft)).content.decode()
    assert "Nothing has left Splitdesk yet." in text
    assert "Cancel it" in text
    assert "Undo the send" not in text


def test_a_scheduled_send_offers_undo_with_a_countdown(visit, paula, confirmed, draft, work):
    operation = confirmed(draft)
    work()
    answer = page(visit(paula), operation)
    assert answer.context["can_undo"]
    assert answer.context["left"].count(":") == 1
    assert "Nobody had received anything yet." in answer.content.decode()


def test_undo_from_the_page_deletes_it_once(visit, paula, confirmed, draft, work, sandbox):
    operation = confirmed(draft)
    work()
    visitor = visit(paula)
    undo = reverse("operation_undo", args=["marlow", operation.pk])
    for _ in range(2):
        assert visitor.post(undo).status_code == 302
    work()
    assert len(sandbox.effects(kind="deleted")) == 1
    assert "Taken back before it went out." in page(visitor, operation).content.decode()


def test_undo_after_the_start_says_too_late(visit, paula, confirmed, draft, work):
    operation = confirmed(draft)
    work()
    put(operation, fence_at=timezone.now() - timedelta(seconds=5))
    answer = visit(paula).post(reverse("operation_undo", args=["marlow", operation.pk]))
    assert answer.status_code == 409
    assert "cannot be taken back" in answer.content.decode()


def test_an_unknown_send_is_neither_sent_nor_failed(visit, paula, confirmed, draft, sandbox):
    operation = confirmed(draft)
    sandbox.order("reset", method="POST", path="/api/experiments", when="after")
    relay.send(operation.pk)
    text = page(visit(paula), operation).content.decode()
    assert "We do not know whether Airship got this." in text
    assert "Look now" in text
    assert "Failed" not in text


def test_the_page_follows_until_nothing_can_change(visit, paula, confirmed, draft, work, sandbox):
    operation = confirmed(draft)
    visitor = visit(paula)
    assert page(visitor, operation).context["poll"] == "1s"
    work()
    assert page(visitor, operation).context["poll"] == "2s"
    relay.undo(Operation.objects.get(pk=operation.pk), paula)
    work()
    assert page(visitor, operation).context["poll"] == ""


def test_under_htmx_only_the_operation_is_sent(visit, paula, confirmed, draft):
    part = page(visit(paula), confirmed(draft), **{"HX-Request": "true"}).content
    assert part.lstrip().startswith(b'<div id="operation"')


def test_a_viewer_sees_it_but_no_button(visit, vera, paula, confirmed, draft, work):
    operation = confirmed(draft)
    work()
    assert "Undo the send" not in page(visit(vera), operation).content.decode()
    assert "Undo the send" in page(visit(paula), operation).content.decode()


def test_what_airship_holds_differently_is_shown_in_red(visit, paula, confirmed, draft, work):
    operation = confirmed(draft)
    work()
    Operation.objects.filter(pk=operation.pk).update(differences=[["/variants/0/push", "'a'", "'b'"]])
    assert "holds something else than what was confirmed" in page(visit(paula), operation).content.decode()


@pytest.fixture
def stuck(confirmed, draft) -> Operation:
    operation = confirmed(draft)
    put(operation, state=State.NEEDS_PERSON)
    operation.refresh_from_db()
    return operation


def resolve(visitor, operation, **form):
    return visitor.post(reverse("operation_resolve", args=["marlow", operation.pk]), form)


def test_only_an_admin_settles_what_is_unknown(visit, paula, alice, stuck):
    put(stuck, fence_at=timezone.now() - timedelta(minutes=5))
    form = {"decision": "not-there", "why": "I looked", "typed": "it is not there"}
    assert resolve(visit(paula), stuck, **form).status_code == 403
    assert resolve(visit(alice), stuck, **form).status_code == 302
    relay.reconcile(stuck.pk)
    stuck.refresh_from_db()
    assert stuck.state == State.NOT_APPLIED


def test_saying_it_is_not_there_needs_the_words_and_a_reason(visit, alice, stuck):
    assert resolve(visit(alice), stuck, decision="not-there", why="", typed="no").status_code == 422
    stuck.refresh_from_db()
    assert stuck.state == State.NEEDS_PERSON


def test_saying_it_is_there_is_believed_when_airship_says_so_too(visit, alice, confirmed, draft, work, sandbox):
    operation = confirmed(draft)
    sandbox.order("reset", method="POST", path="/api/experiments", when="after")
    relay.send(operation.pk)
    put(operation, state=State.NEEDS_PERSON)
    missing = "00000000-0000-4000-8000-000000000000"
    resolve(visit(alice), operation, decision="there", why="I saw it", remote_id=missing)
    relay.reconcile(operation.pk)
    operation.refresh_from_db()
    assert operation.state == State.NEEDS_PERSON
    [effect] = sandbox.effects(kind="created")
    resolve(visit(alice), operation, decision="there", why="I saw it", remote_id=effect.experiment_id)
    relay.reconcile(operation.pk)
    operation.refresh_from_db()
    assert operation.state == State.SUCCEEDED


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("kind", list(Kind))
def test_every_state_has_an_icon_a_word_and_a_sentence(confirmed, draft, state, kind):
    operation = confirmed(draft)
    operation.state, operation.kind, operation.message = state, kind, ""
    shown = ledger.show(operation)
    assert shown.icon
    assert shown.word
    assert shown.sentence.endswith((".", "lists."))
    if state in {State.UNKNOWN, State.RECONCILING, State.NEEDS_PERSON}:
        assert "othing was sent" not in shown.sentence
        assert "deleted it" not in shown.sentence


def test_the_list_shows_every_effect_newest_first(visit, vera, paula, confirmed, draft, write, work):
    first = confirmed(draft)
    second = confirmed(write(name="Second"))
    answer = visit(vera).get(reverse("operation_list", args=["marlow"]))
    assert [row["operation"].pk for row in answer.context["rows"]] == [second.pk, first.pk]


@pytest.mark.parametrize("query", ["?state=unknown", "?state=nonsense", "?before=nonsense", "?before=%00"])
def test_the_list_survives_any_address(visit, vera, query):
    assert visit(vera).get(reverse("operation_list", args=["marlow"]) + query).status_code == 200


def test_a_poll_that_would_bring_nothing_new_is_answered_by_nothing(visit, paula, confirmed, draft, work):
    operation = confirmed(draft)
    visitor = visit(paula)
    headers = {"HX-Request": "true"}
    seen = page(visitor, operation).context["seen"]
    address = f"{operation.get_absolute_url()}?seen={seen}"
    assert visitor.get(address, headers=headers).status_code == 204
    work()
    answer = visitor.get(address, headers=headers)
    assert answer.status_code == 200
    assert "Undo the send" in answer.content.decode()


def test_the_countdown_alone_is_small(visit, paula, confirmed, draft, work):
    operation = confirmed(draft)
    work()
    answer = visit(paula).get(f"{operation.get_absolute_url()}?part=left", headers={"HX-Request": "true"})
    assert answer.content.lstrip().startswith(b'<div id="left"')
    assert len(answer.content) < 700


def test_a_hundred_looks_that_found_nothing_are_a_few_lines(visit, vera, confirmed, draft, sandbox, passing):
    operation = lost(sandbox, confirmed(draft))
    put(operation, fence_at=timezone.now() + timedelta(days=2))
    for _ in range(100):
        look(passing, operation)
    answer = page(visit(vera), operation)
    assert answer.content.decode().count("not in the lists") == 2
    assert "So did 98 looks before." in answer.content.decode()
    assert [line.title for line in answer.context["lines"]].count("We look again") == 1


def test_a_poll_of_an_unknown_operation_is_cheap(visit, vera, confirmed, draft, sandbox, django_assert_max_num_queries):
    operation = lost(sandbox, confirmed(draft))
    visitor = visit(vera)
    headers = {"HX-Request": "true"}
    address = f"{operation.get_absolute_url()}?seen={page(visitor, operation, **headers).context['seen']}"
    with django_assert_max_num_queries(8):
        assert visitor.get(address, headers=headers).status_code == 204
