"""The soak: its oracle finds what it must, its plan repeats, and a short run of the real thing is clean."""

import io
import itertools

import pytest

from rig.soak import plan
from rig.soak.browser import Page
from rig.soak.lives import Press
from rig.soak.oracle import Pressed, judge
from rig.soak.run import Bar, Options, Soak, installation
from tests.installations import installed

REF = "abx-01m808qk1se9htdp3scxzt0hdg"


def row(kind="create", state="succeeded", **more):
    """An operation as rig/world.py tells it; a create that made r1 unless something else is said."""
    plain = {
        "id": "op1",
        "kind": kind,
        "provider": "airship",
        "state": state,
        "is_settled": state not in {"queued", "claimed", "on_wire", "retry_wait", "unknown", "reconciling"},
        "name": "Sunday",
        "message": "",
        "marker": REF if kind == "create" else "",
        "sent_sha256": "same",
        "draft": "d1",
        "target_id": "" if kind == "create" else "r1",
        "remote_id": "r1" if kind == "create" else "",
        "asked": None,
        "next_at": 1000.0,
    }
    return plain | more


def effect(kind="created", **more):
    """An effect as the sandbox tells it; of Airship unless it has a project."""
    plain = {
        "kind": kind,
        "experiment_id": "r1",
        "project": "",
        "alias_id": "",
        "description": f"Words [ref {REF}]",
        "sha256": "same",
        "body": "{}",
        "user_id": "",
    }
    return plain | more


def staged(kind, **more):
    return effect(kind, project="Marlow", alias_id=f"annual-{REF}", description="", **more)


def counts(rows, effects, presses=()):
    verdict = judge(rows, effects, presses)
    return len(verdict.doubles), len(verdict.lost), len(verdict.wrong_claims)


CLEAN = {
    "a send that arrived": ([row()], [effect()]),
    "a send that was refused": ([row(state="rejected")], []),
    "an unknown one that waits for a person and arrived": ([row(state="needs_person")], [effect()]),
    "an unknown one that waits for a person and did not": ([row(state="needs_person")], []),
    "a send that went out in time": ([row()], [effect(), effect("started")]),
    "an undone send": ([row(), row("delete", id="op2")], [effect(), effect("deleted")]),
    "two deletes, of which the second found nothing": (
        [row("delete"), row("delete", id="op2")],
        [effect("deleted")],
    ),
    "a check, which has no effect": ([row("validate", state="succeeded")], []),
    "a draft at the provider with two groups": (
        [row()],
        [staged("created"), staged("group_created", body="A"), staged("group_created", body="B")],
    ),
    "a group that was refused, and told so": (
        [row(state="rejected", message="The test was made as a draft (r1), but …")],
        [staged("created")],
    ),
    "started, paused, resumed": (
        [row("status", id=f"op{n}", asked={"status": word}) for n, word in enumerate(["active", "paused", "active"])],
        [staged("started"), staged("paused"), staged("resumed")],
    ),
    "two testers": (
        [row("attach", id=name, asked={"user_id": name, "group_id": "g"}) for name in ("u1", "u2")],
        [staged("attached", user_id="u1"), staged("attached", user_id="u2")],
    ),
    "a change of which nobody knows yet": ([row("update", state="conflict", asked={})], [staged("changed")]),
}


@pytest.mark.parametrize("case", CLEAN)
def test_what_is_as_it_should_be_is_found_clean(case):
    assert counts(*CLEAN[case]) == (0, 0, 0)


DOUBLE, LOST, WRONG = (1, 0, 0), (0, 1, 0), (0, 0, 1)
FAULTY = {
    "made twice": ([row()], [effect(), effect(experiment_id="r2")], DOUBLE),
    "made twice while it is unknown": (
        [row(state="needs_person")],
        [effect(), effect(experiment_id="r2")],
        DOUBLE,
    ),
    "a group made twice": (
        [row()],
        [staged("created"), *[staged("group_created", body="A")] * 2],
        DOUBLE,
    ),
    "deleted twice by one": ([row("delete")], [effect("deleted")] * 2, DOUBLE),
    "started twice by one": (
        [row("status", asked={"status": "active"})],
        [staged("started"), staged("resumed")],
        DOUBLE,
    ),
    "changed twice by one": ([row("update", asked={})], [staged("changed")] * 2, DOUBLE),
    "pinned twice by one": (
        [row("attach", asked={"user_id": "u1"})],
        [staged("attached", user_id="u1")] * 2,
        DOUBLE,
    ),
    "succeeded without an effect": ([row()], [], LOST),
    "deleted without an effect": ([row("delete")], [], LOST),
    "changed without an effect": ([row("update", asked={})], [], LOST),
    "made by no operation": ([], [effect()], LOST),
    "made without a reference": ([], [effect(description="Words")], LOST),
    "never settled": ([row(state="claimed")], [], LOST),
    "still unknown": ([row(state="unknown")], [effect()], LOST),
    "shown as refused, but made": ([row(state="rejected")], [effect()], WRONG),
    "shown as not sent, but made": ([row(state="not_applied")], [effect()], WRONG),
    "shown as late, but made": ([row(state="expired")], [effect()], WRONG),
    "shown as cancelled, but deleted": ([row("delete", state="cancelled")], [effect("deleted")], WRONG),
    "shown as not changed, but changed": (
        [row("update", asked={}), row("update", "rejected", id="op2", asked={})],
        [staged("changed")] * 2,
        WRONG,
    ),
    "other bytes": ([row()], [effect(sha256="other")], WRONG),
    "another test's id": ([row(remote_id="r9")], [effect()], WRONG),
    "shown as deleted, but it went out": (
        [row("delete")],
        [effect("deleted"), effect("started")],
        WRONG,
    ),
}


@pytest.mark.parametrize("case", FAULTY)
def test_what_is_wrong_is_found_and_named(case):
    rows, effects, wanted = FAULTY[case]
    assert counts(rows, effects) == wanted


def test_one_press_that_made_two_operations_is_a_double():
    rows = [row(), row(id="op2", marker="abx-other", state="rejected")]
    once = Pressed("create", "d1", frozenset({"op1", "op2"}))
    assert judge(rows, [effect()], [once]).doubles
    twice = [Pressed("create", "d1", frozenset({name})) for name in ("op1", "op2")]
    assert judge(rows, [effect()], twice).is_clean


def test_an_operation_that_no_answer_named_is_still_counted_against_the_presses():
    rows = [row(), row(id="op2", marker="abx-other", state="rejected")]
    assert judge(rows, [effect()], [Pressed("create", "d1", frozenset({"op1"}))]).doubles
    assert judge(rows[:1], [effect()], [Pressed("create", "d1", frozenset())]).is_clean


def test_an_acknowledged_operation_that_is_gone_is_lost():
    assert judge([], [], [Pressed("delete", "r1", frozenset({"op1"}))]).lost


def test_only_who_cannot_wait_excuses_what_is_not_due_yet():
    open_one = [row(state="unknown")]
    assert judge(open_one, [effect()], overdue_since=1001).lost
    assert judge(open_one, [effect()], overdue_since=999).is_clean


def test_the_same_seed_plans_the_same():
    assert plan.first(7, 120) == plan.first(7, 120)
    assert plan.first(7, 120) != plan.first(8, 120)


def test_the_plan_keeps_its_pace_and_names_every_target():
    actions = plan.first(1, 1200)
    assert [action.at for action in actions] == sorted(action.at for action in actions)
    kills = [action for action in actions if action.what == "kill"]
    pauses = sorted(after.at - before.at for before, after in itertools.pairwise(kills))
    assert len(kills) > 1900
    assert pauses[len(pauses) // 2] < 0.6
    assert {action.target for action in kills} == set(plan.KILLS)
    frozen = [action for action in actions if action.what == "freeze"]
    assert {action.target for action in frozen} == set(plan.FREEZES)
    assert any(action.seconds > 60 for action in frozen)
    assert {action.fault["kind"] for action in actions if action.what == "fault"} >= {"reset", "hang", "lag", "status"}


def test_a_form_is_read_as_a_browser_would_send_it():
    page = Page(
        "/here/",
        200,
        '<form method="get" action="/search/"><input name="q"><button>Go</button></form>'
        '<form method="post"><input type="hidden" name="token" value="a&amp;b"><input type="checkbox" name="no">'
        '<input type="checkbox" name="yes" checked><textarea name="text">\nTwo\nlines</textarea>'
        '<select name="one"><option value="1"></option><option value="2" selected></option></select>'
        '<button name="do" value="off" disabled>No</button><button name="do" value="on">Yes</button></form>',
        location="/w/marlow/operations/01a2008b-cc39-7263-a6d8-79677fa045b0/",
    )
    form = page.form("/here/", field="token")
    assert form is not None
    assert form.fields == {"token": "a&b", "yes": "on", "text": "Two\nlines", "one": "2"}
    assert form.buttons == [("do", "on")]
    assert page.form(button=("do", "off")) is None
    assert page.operation == "01a2008b-cc39-7263-a6d8-79677fa045b0"


def test_progress_is_a_line_now_and_then_where_nobody_looks_at_a_terminal():
    screen = io.StringIO()
    bar = Bar(screen)
    for _ in range(3):
        bar.show("trouble", 0.5, lambda: "3 kills")
    assert screen.getvalue().count("\n") == 1
    assert "[##########..........]" in screen.getvalue()


@pytest.mark.crash
def test_a_short_soak_is_clean_and_would_have_found_a_double(tmp_path):
    options = Options(seed=4, kills=12, lives=12, settle_within=10, must_settle=False)
    with installed(tmp_path, **installation(options)) as it:
        soak = Soak(it, options, Bar(io.StringIO()))
        # One that is there whatever the others come to, far enough ahead to be made a second time.
        sent = it.driver.propose_and_confirm(mode="moment", seconds=1800)
        soak.traffic.pressed(Press("create", it.driver.wait_until_settled([sent])[sent]["draft"], {sent}))
        figures = soak.run()
        assert figures["kills"] >= 12
        assert figures["operations"] >= 1
        assert figures["findings"] == {"doubles": [], "lost": [], "wrong_claims": []}
        soak.make_one_twice()
        assert len(soak.verdict().doubles) == 1
