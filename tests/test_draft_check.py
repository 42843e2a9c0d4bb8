"""The page that says what will happen, before it happens."""

import pytest
from django.urls import reverse
from django.utils.html import escape

from experiments import relay
from experiments.models import Kind, Operation, State
from tests.buttons import token
from workspaces.models import Connection


def address(draft):
    return reverse("draft_check", args=[draft.workspace.slug, draft.pk])


def test_asking_freezes_the_bytes_and_asks_airship_without_sending(visit, paula, draft, work, sandbox):
    visitor = visit(paula)
    assert visitor.post(address(draft)).status_code == 302
    work()
    check = Operation.objects.get(kind=Kind.VALIDATE)
    page = visitor.get(address(draft)).content.decode()
    assert check.state == State.SUCCEEDED
    assert "Airship accepts it as it is." in page
    assert check.sha256 in page
    assert escape(check.body.decode()) in page
    assert not sandbox.effects(kind="created")


def test_opening_the_page_changes_nothing(visit, paula, draft, sandbox):
    visit(paula).get(address(draft))
    assert not Operation.objects.exists()


def test_the_sentence_names_who_where_and_when_and_no_number_of_people(visit, paula, draft, checked):
    check = checked(draft)
    sentence = visit(paula).get(address(draft)).context["announcement"]
    local = check.fence_at.astimezone(draft.workspace.zone)
    assert f"{local:%H:%M} Berlin time" in str(sentence)
    assert "long-run-plan" in str(sentence)
    assert "iOS and Android" in str(sentence)
    assert "10 in 100 get nothing" in str(sentence)
    assert "nobody can take it back" in str(sentence)


LOCAL = ("local", {"local_scheduled_time": "2027-02-01T09:00:00"})
BEST = ("best", {"best_time": {"send_date": "2027-02-01"}})


def timed(write, mode, schedule):
    push = {"notification": {"alert": "a"}}
    variants = [{"name": name, "push": push, "schedule": schedule} for name in ("A", "B")]
    return write(when={"mode": mode, "day": "2027-02-01", "time": "09:00"}, variants=variants)


@pytest.mark.parametrize(
    ("mode", "schedule", "sentence", "is_long"),
    [
        (*LOCAL, "At 09:00 on Mon 1 Feb 2027 where each person is, Airship will send", True),
        (*BEST, "On Mon 1 Feb 2027 at the best time for each, Airship will send", False),
    ],
)
def test_the_sentence_of_each_person_s_own_time_promises_no_undo(
    visit, paula, write, mode, schedule, sentence, is_long
):
    draft = timed(write, mode, schedule)
    told = str(visit(paula).get(address(draft)).context["announcement"])
    assert told.startswith(sentence)
    assert ("about 26 hours" in told) is is_long
    assert "There is no Undo for it, and a late copy would not be refused." in told


@pytest.mark.parametrize(
    ("mode", "schedule"), [("moment", {"scheduled_time": "2027-02-01T08:00:00"}), ("soon", LOCAL[1]), ("now", BEST[1])]
)
def test_the_sentence_of_one_moment_says_nothing_of_a_late_copy(visit, paula, write, mode, schedule):
    told = str(visit(paula).get(address(timed(write, mode, schedule))).context["announcement"])
    assert "late copy" not in told
    assert "each" not in told
    assert "nobody can take it back" in told


def test_what_airship_refuses_is_shown_with_a_way_to_the_field(visit, paula, draft, work, sandbox):
    body = (
        '{"ok":false,"error":"Could not parse request body.","error_code":40000,'
        '"details":{"error":"alert is too long","path":"variants[1].push.notification.alert"}}'
    )
    sandbox.order("status", method="POST", path="/api/experiments/validate", status=400, body=body)
    visitor = visit(paula)
    visitor.post(address(draft))
    work()
    page = visitor.get(address(draft)).content.decode()
    assert "Airship does not accept it." in page
    assert "variant=B#f-variants-1-push-notification-alert" in page
    assert "disabled" in page


def test_own_errors_are_told_before_airship_is_asked(visit, paula, write, sandbox):
    draft = write(device_types=[])
    answer = visit(paula).get(address(draft))
    assert answer.context["errors"]
    assert visit(paula).post(address(draft)).status_code == 409
    assert not Operation.objects.exists()


def test_an_editor_may_check_but_the_button_stays_closed(visit, bob, paula, draft, checked):
    checked(draft)
    assert "Editors can write this test but not send it." in visit(bob).get(address(draft)).content.decode()
    assert visit(paula).get(address(draft)).context["closed_because"] == ""


def test_a_check_of_an_older_version_does_not_open_the_button(visit, paula, bob, draft, checked):
    checked(draft)
    draft.append({**draft.newest.document, "name": "Changed"}, draft.newest.plan, by=bob, based_on=1)
    answer = visit(paula).get(address(draft))
    assert answer.context["check"] is None
    assert answer.context["closed_because"]


def test_everybody_has_to_be_typed(visit, paula, write, checked):
    draft = write(audience="all")
    checked(draft)
    page = visit(paula).get(address(draft)).content.decode()
    assert "Type the word “everybody”" in page
    assert "Type the words “send now”" not in page


def test_an_immediate_send_has_to_be_typed_and_is_marked_as_without_undo(visit, paula, write, checked):
    draft = write(when={"mode": "now"})
    checked(draft)
    page = visit(paula).get(address(draft)).content.decode()
    assert "Type the words “send now”" in page
    assert "There is no Undo" in page


def test_a_connection_that_does_not_work_is_not_asked(visit, paula, draft, connection):
    connection.record_health(Connection.Health.REFUSED, "Airship does not accept this key.")
    answer = visit(paula).post(address(draft))
    assert answer.status_code == 409
    assert "does not work at the moment" in answer.content.decode()


def test_under_htmx_only_the_moving_part_is_sent(visit, paula, draft, checked):
    checked(draft)
    whole = visit(paula).get(address(draft)).content
    part = visit(paula).get(address(draft), headers={"HX-Request": "true"}).content
    assert part.lstrip().startswith(b'<div class="pair" id="check"')
    assert len(part) < len(whole) / 2


def test_after_an_undo_the_old_button_is_gone_and_a_new_check_sends_again(
    visit, paula, draft, confirmed, work, sandbox
):
    visitor = visit(paula)
    first = confirmed(draft)
    work()
    first.refresh_from_db()
    relay.undo(first, paula)
    work()
    assert token(visitor, address(draft)) == ""
    visitor.post(address(draft))
    work()
    fresh = token(visitor, address(draft))
    assert fresh
    sent = visitor.post(reverse("draft_send", args=["marlow", draft.pk]), {"token": fresh})
    assert sent["Location"] != first.get_absolute_url()
    work()
    assert len(sandbox.effects(kind="created")) == 2
    assert len(sandbox.effects(kind="deleted")) == 1


def test_a_check_without_an_answer_is_asked_again_and_then_told(visit, paula, draft, work, sandbox):
    sandbox.order("reset", method="POST", path="/api/experiments/validate", times=3)
    visitor = visit(paula)
    visitor.post(address(draft))
    for _ in range(3):
        Operation.objects.filter(state=State.RETRY_WAIT).update(state=State.QUEUED, not_before="2020-01-01T00:00Z")
        work()
    assert Operation.objects.get().state == State.REJECTED
    assert "gave no answer" in visitor.get(address(draft)).content.decode()


def test_text_that_nobody_understood_is_never_sent_with_the_value_before_it(visit, paula, bob, draft, sandbox):
    plan = {**draft.newest.plan, "unparsed": {"/variants/0/weight": {"text": "abc", "why": "A weight is a number."}}}
    draft.append(draft.newest.document, plan, by=bob, based_on=1)
    visitor = visit(paula)
    assert visitor.post(address(draft)).status_code == 409
    assert not Operation.objects.exists()
    draft.append(draft.newest.document, {**plan, "unparsed": {}}, by=bob, based_on=2)
    assert visitor.post(address(draft)).status_code == 302


def test_a_poll_that_would_bring_nothing_new_is_answered_by_nothing(visit, paula, draft, checked):
    visitor = visit(paula)
    headers = {"HX-Request": "true"}
    seen = visitor.get(address(draft)).context["seen"]
    assert visitor.get(f"{address(draft)}?seen={seen}", headers=headers).status_code == 204
    checked(draft)
    assert visitor.get(f"{address(draft)}?seen={seen}", headers=headers).status_code == 200
