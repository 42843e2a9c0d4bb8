"""The one button that sends."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from experiments import tasks
from experiments.models import Kind, Operation, State
from tests.unguarded import put


def addresses(draft):
    return [reverse(name, args=[draft.workspace.slug, draft.pk]) for name in ("draft_check", "draft_send")]


def token_on(visitor, draft):
    page = visitor.get(addresses(draft)[0]).content.decode()
    found = re.search(r'name="token" value="([^"]+)"', page)
    return found[1] if found else ""


def sends():
    return Operation.objects.filter(kind=Kind.CREATE)


def test_confirming_writes_one_operation_and_leads_to_its_page(visit, paula, draft, checked, work, sandbox):
    check = checked(draft)
    visitor = visit(paula)
    answer = visitor.post(addresses(draft)[1], {"token": token_on(visitor, draft)})
    operation = sends().get()
    assert answer["Location"] == operation.get_absolute_url()
    assert operation.pk == check.future_id
    assert "nobody can take it back" in operation.confirmed["sentence"]
    work()
    assert len(sandbox.effects(kind="created")) == 1


def test_pressing_twice_and_coming_back_days_later_sends_once(visit, paula, draft, checked, work, sandbox):
    checked(draft)
    visitor = visit(paula)
    token = token_on(visitor, draft)
    first = visitor.post(addresses(draft)[1], {"token": token})
    work()
    second = visitor.post(addresses(draft)[1], {"token": token})
    assert first["Location"] == second["Location"]
    assert sends().count() == 1
    assert len(sandbox.effects(kind="created")) == 1


@pytest.mark.parametrize("typed", ["", "all", "everyone"])
def test_a_wrong_word_sends_nothing(visit, paula, write, checked, typed):
    draft = write(audience="all")
    checked(draft)
    visitor = visit(paula)
    form = {"token": token_on(visitor, draft)}
    answer = visitor.post(addresses(draft)[1], {**form, "everybody": typed})
    assert answer.status_code == 422
    assert "Nothing was sent." in answer.content.decode()
    assert not sends().exists()
    assert visitor.post(addresses(draft)[1], {**form, "everybody": "Everybody"}).status_code == 302
    assert sends().count() == 1


def test_an_immediate_send_needs_its_words(visit, paula, write, checked):
    draft = write(when={"mode": "now"})
    checked(draft)
    visitor = visit(paula)
    form = {"token": token_on(visitor, draft)}
    assert visitor.post(addresses(draft)[1], form).status_code == 422
    assert not sends().exists()
    assert visitor.post(addresses(draft)[1], {**form, "at_once": "send now"}).status_code == 302
    assert sends().get().confirmed["at_once"] == "send now"


def test_a_token_of_somebody_else_or_of_nobody_sends_nothing(visit, paula, alice, draft, checked):
    checked(draft)
    foreign = token_on(visit(alice), draft)
    for token in ("", "nonsense", foreign, foreign[:-2]):
        answer = visit(paula).post(addresses(draft)[1], {"token": token})
        assert answer.status_code == 409
    assert not sends().exists()
    assert visit(alice).post(addresses(draft)[1], {"token": foreign}).status_code == 302


def test_a_draft_that_moved_on_after_the_page_was_opened_is_not_sent(visit, paula, bob, draft, checked):
    checked(draft)
    visitor = visit(paula)
    token = token_on(visitor, draft)
    draft.append({**draft.newest.document, "name": "Changed"}, draft.newest.plan, by=bob, based_on=1)
    answer = visitor.post(addresses(draft)[1], {"token": token})
    assert answer.status_code == 409
    assert "changed after this check" in answer.content.decode()
    assert not sends().exists()


def test_an_editor_cannot_send(visit, bob, paula, draft, checked):
    checked(draft)
    token = token_on(visit(bob), draft)
    assert visit(bob).post(addresses(draft)[1], {"token": token}).status_code == 403
    assert not sends().exists()


def test_sending_is_never_a_get(visit, paula, draft, checked):
    checked(draft)
    assert visit(paula).get(addresses(draft)[1]).status_code == 405


def test_a_broker_that_is_away_does_not_stop_the_click(
    visit, paula, draft, checked, settings, django_capture_on_commit_callbacks
):
    checked(draft)
    visitor = visit(paula)
    token = token_on(visitor, draft)
    from dashboard.celery import app

    app.conf.broker_url = "redis://127.0.0.1:1/0"
    with django_capture_on_commit_callbacks(execute=True):
        answer = visitor.post(addresses(draft)[1], {"token": token})
    assert answer.status_code == 302
    assert sends().get().state == State.QUEUED


def test_a_broker_that_failed_is_left_alone_for_a_moment(db, monkeypatch, django_capture_on_commit_callbacks):
    tried = []

    def publish(row_id):
        tried.append(row_id)
        raise OSError("the broker is away")

    monkeypatch.setattr(tasks.send, "delay", publish)
    for expected in (["1"], ["1"]):
        with django_capture_on_commit_callbacks(execute=True):
            tasks.hint(tasks.send, 1)
        assert tried == expected
    monkeypatch.setattr(tasks, "_away_until", 0.0)
    with django_capture_on_commit_callbacks(execute=True):
        tasks.hint(tasks.send, 2)
    assert tried == ["1", "2"]


@pytest.mark.parametrize("change", [{"sha256": "0" * 64}, {"kind": "delete"}, {"draft_id": None}], ids=str)
def test_an_id_that_made_something_else_is_refused_and_nothing_is_stored(visit, paula, draft, checked, change):
    checked(draft)
    visitor = visit(paula)
    form = {"token": token_on(visitor, draft)}
    assert visitor.post(addresses(draft)[1], form).status_code == 302
    put(Operation.objects.get(kind=Kind.CREATE), **change)
    answer = visitor.post(addresses(draft)[1], form)
    assert answer.status_code == 409
    assert "This button was used for something else already. Nothing more was done." in answer.text
    assert Operation.objects.count() == 2


def test_a_page_of_an_older_revision_sends_nothing(visit, paula, bob, draft, checked):
    checked(draft)
    visitor = visit(paula)
    form = {"token": token_on(visitor, draft)}
    draft.append({**draft.newest.document, "name": "Another"}, draft.newest.plan, by=bob, based_on=1)
    assert visitor.post(addresses(draft)[1], form).status_code == 409
    assert not sends().exists()


def test_a_warning_says_when_the_providers_clock_is_off(visit, paula, draft, checked):
    check = checked(draft)
    assert "seconds apart" not in visit(paula).get(addresses(draft)[0]).text
    attempt = check.attempts.get()
    check.attempts.update(provider_date=attempt.ended_at + timedelta(seconds=20))
    assert "are 20 seconds apart. It goes out when their clock says so." in visit(paula).get(addresses(draft)[0]).text
