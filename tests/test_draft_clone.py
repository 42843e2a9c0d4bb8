"""Copying a test to another connection or workspace, with a choice for everything that it names there."""

import json
from typing import Any

import pytest

from experiments.forms.mapping import id_of
from experiments.models import Draft, Experiment
from experiments.providers.references import Name
from tests.editor_form import Editor, FormReader
from workspaces.models import AuditEntry, Connection, Membership, Role

AUDIENCE = {"and": [{"tag": "long-run-plan"}, {"not": {"segment": "opted-out"}}]}
TAG, SEGMENT = id_of(Name("tag", "long-run-plan")), id_of(Name("segment", "opted-out"))


@pytest.fixture
def connect(alice):
    def make(workspace, name="Airship US", provider="airship", **values):
        made = Connection(workspace=workspace, provider=provider, name=name, region="us", key=name[:22])
        made.seal_secret("s" * 22, "http://127.0.0.1:9", alice)
        for key, value in values.items():
            setattr(made, key, value)
        made.save()
        return made

    return make


@pytest.fixture
def theirs(connect, elsewhere, bob):
    """A connection of Halden, where bob is an editor too."""
    Membership.objects.create(workspace=elsewhere, user=bob, role=Role.EDITOR)
    return connect(elsewhere, "Books US")


@pytest.fixture
def source(write):
    return write(audience=AUDIENCE)


def address(held):
    kind = "drafts" if isinstance(held, Draft) else "experiments"
    return f"/w/{held.workspace.slug}/{kind}/{held.pk}/clone/"


def choices(target, tag="keep", segment="keep", do="copy", **more: Any):
    return {"to": target.pk, f"how:{TAG}": tag, f"how:{SEGMENT}": segment, "do": do, **more}


def copy_of(target):
    return Draft.objects.filter(connection=target).first()


def hidden(page, name):
    return FormReader(page, "mapping").fields.get(name, [""])[0]


# -- where to


def test_it_goes_to_connections_of_the_same_provider_where_one_may_write(
    source, connect, theirs, visit, bob, elsewhere
):
    own = connect(source.workspace)
    connect(source.workspace, "Paywalls", "qonversion")
    connect(source.workspace, "Old", is_removed=True)
    page = visit(bob).get(address(source)).content.decode()
    assert f'value="{own.pk}" checked' in page
    assert f'value="{theirs.pk}"' in page
    assert "Halden Books" in page
    assert page.count('name="to"') == 2
    assert str(source.connection_id) not in page


@pytest.mark.parametrize("role", [None, Role.VIEWER])
def test_bad_45_connections_of_others_are_as_if_they_did_not_exist(
    source, connect, elsewhere, charlie, visit, bob, role
):
    foreign = connect(elsewhere, "Books US")
    if role:
        Membership.objects.create(workspace=elsewhere, user=bob, role=role)
    page = visit(bob).get(address(source)).content.decode()
    assert "No other connection of Airship" in page
    assert "Halden" not in page
    for answer in (
        visit(bob).get(address(source), {"to": foreign.pk}),
        visit(bob).post(address(source), choices(foreign)),
        visit(bob).get(address(source), {"to": "x"}),
        visit(bob).get(address(source), {"to": source.connection_id}),
    ):
        assert answer.status_code == 404
    assert Draft.objects.count() == 1
    Membership.objects.update_or_create(workspace=elsewhere, user=bob, defaults={"role": Role.EDITOR})
    assert visit(bob).get(address(source), {"to": foreign.pk}).status_code == 200
    assert visit(bob).post(address(source), choices(foreign)).status_code == 302


def test_a_stranger_copies_nothing_out_although_a_connection_is_theirs(source, connect, elsewhere, charlie, bob, visit):
    foreign = connect(elsewhere, "Books US")
    assert visit(charlie).get(address(source)).status_code == 404
    assert visit(charlie).post(address(source), choices(foreign)).status_code == 404
    Membership.objects.create(workspace=source.workspace, user=charlie, role=Role.VIEWER)
    assert visit(charlie).post(address(source), choices(foreign)).status_code == 403
    assert Draft.objects.count() == 1
    Membership.objects.filter(user=charlie, workspace=source.workspace).update(role=Role.EDITOR)
    assert visit(charlie).post(address(source), choices(foreign)).status_code == 302


# -- what it names


def test_what_no_test_there_names_has_to_be_decided(source, theirs, visit, bob):
    browser = visit(bob)
    page = browser.get(address(source), {"to": theirs.pk}).content.decode()
    assert "No test of Books US that we have read names these" in page
    assert "we cannot ask" in page
    fields = FormReader(page, "mapping").fields
    assert f"how:{TAG}" not in fields
    response = browser.post(address(source), {"to": theirs.pk, "do": "copy"})
    assert response.status_code == 422
    assert "2 things to decide" in response.content.decode()
    assert copy_of(theirs) is None
    assert browser.post(address(source), {"to": theirs.pk, "do": "keep"}).status_code == 302
    assert copy_of(theirs).newest.document["audience"] == AUDIENCE


def test_what_tests_and_drafts_there_name_is_seen_and_kept_unless_one_says_so(source, theirs, visit, bob, elsewhere):
    raw = {"audience": {"tag": "long-run-plan"}, "variants": []}
    Experiment.objects.create(workspace=elsewhere, connection=theirs, remote_id="1", raw_text=json.dumps(raw))
    draft = Draft.objects.create(workspace=elsewhere, connection=theirs, owner=bob)
    draft.append({"audience": {"segment": "no-mail"}, "variants": []}, {}, by=bob, based_on=0)
    page = visit(bob).get(address(source), {"to": theirs.pk}).content.decode()
    assert "Seen there before (1)" in page
    assert "In 1 test there" in page
    assert FormReader(page, "mapping").fields[f"how:{TAG}"] == ["keep"]
    assert '<option value="no-mail">' in page
    draft.removed_at = draft.updated_at
    draft.save()
    assert "no-mail" not in visit(bob).get(address(source), {"to": theirs.pk}).content.decode()


# -- the copy


def test_a_copy_is_a_draft_there_without_time_and_told_in_both_places(source, theirs, visit, bob, elsewhere):
    Editor(visit(bob), source).post(
        {"when.mode": "moment", "when.day": "2027-02-01", "when.time": "09:00", "goal": "More runs", "tags": "a"}
    )
    response = visit(bob).post(address(source), choices(theirs, "replace", **{f"new:{TAG}": " readers "}))
    shown = response.content.decode()
    assert response.status_code == 422
    assert "Read it once more" in shown
    assert "people with the tag “readers” who are not in the segment “opted-out”" in shown
    assert copy_of(theirs) is None
    again = choices(theirs, "replace", **{f"new:{TAG}": "readers", "shown": hidden(shown, "shown")})
    response = visit(bob).post(address(source), again)
    made = copy_of(theirs)
    assert response["Location"] == made.get_absolute_url() == f"/w/halden/drafts/{made.pk}/"
    document = made.newest.document
    assert document["audience"] == {"and": [{"tag": "readers"}, {"not": {"segment": "opted-out"}}]}
    assert all("schedule" not in variant for variant in document["variants"])
    assert (made.name, made.owner, made.workspace) == ("Sunday long run reminder (copy)", bob, elsewhere)
    assert (made.newest.plan["goal"], made.tags, made.scheduled_at) == ("More runs", ["a"], None)
    assert made.from_draft is None  # its name would be told to people who may not see it
    came, out = AuditEntry.objects.get(workspace=elsewhere), AuditEntry.objects.get(action="draft.clone.out")
    assert (came.action, came.object_id, came.data["source"]) == ("draft.clone", str(made.pk), str(source.pk))
    assert (out.workspace, out.object_id, out.data["draft"]) == (source.workspace, str(source.pk), str(made.pk))
    assert AuditEntry.first_break(elsewhere) is AuditEntry.first_break(source.workspace) is None
    assert visit(bob).get(made.get_absolute_url()).status_code == 200
    source.refresh_from_db()
    assert source.newest.document["audience"] == AUDIENCE


def test_within_a_workspace_the_copy_names_what_it_came_from(source, connect, visit, bob):
    target = connect(source.workspace)
    visit(bob).post(address(source), choices(target))
    assert copy_of(target).from_draft == source


def test_leaving_out_an_exclusion_asks_before_it_lets_more_people_in(source, theirs, visit, bob):
    browser = visit(bob)
    asked = browser.post(address(source), choices(theirs, segment="leave"))
    page = asked.content.decode()
    assert asked.status_code == 422
    assert "More people would get in." in page
    assert "segment “opted-out”" in page
    assert "people with the tag “long-run-plan” who are not in the segment “opted-out”" in page
    assert copy_of(theirs) is None
    token = page.split('name="wider" value="')[1].split('"')[0]
    for wrong in ({"shown": token}, {"wider": "on"}, {"wider": ""}):
        assert browser.post(address(source), choices(theirs, segment="leave", **wrong)).status_code == 422
    assert copy_of(theirs) is None
    assert browser.post(address(source), choices(theirs, segment="leave", wider=token)).status_code == 302
    assert copy_of(theirs).newest.document["audience"] == {"and": [{"tag": "long-run-plan"}]}


def test_a_yes_counts_only_for_the_audience_that_was_shown(source, theirs, visit, bob):
    browser = visit(bob)
    page = browser.post(address(source), choices(theirs, segment="leave")).content.decode()
    token = page.split('name="wider" value="')[1].split('"')[0]
    other = {f"new:{TAG}": "somebody", "wider": token, "shown": token}
    assert browser.post(address(source), choices(theirs, "replace", "leave", **other)).status_code == 422
    editor = Editor(browser, source)
    editor.draft.append(
        {**editor.document, "audience": {"and": [{"tag": "long-run-plan"}, {"tag": "x"}, AUDIENCE["and"][1]]}},
        editor.plan,
        by=bob,
        based_on=source.number,
    )
    posted = choices(theirs, segment="leave", wider=token) | {f"how:{id_of(Name('tag', 'x'))}": "keep"}
    assert browser.post(address(source), posted).status_code == 422
    assert copy_of(theirs) is None


@pytest.mark.parametrize(
    ("tag", "segment", "words"),
    [
        ("leave", "leave", "Nothing would be left of the audience"),
        ("leave", "keep", "everybody would be in the test but those whom it excludes"),
    ],
)
def test_what_would_reach_everybody_is_refused(source, theirs, visit, bob, tag, segment, words):
    response = visit(bob).post(address(source), choices(theirs, tag, segment, wider="x", shown="x"))
    assert response.status_code == 422
    assert words in response.content.decode()
    assert copy_of(theirs) is None


@pytest.mark.parametrize(
    ("new", "words"),
    [("", "Write what stands in its place"), ("a\0b", "NUL character"), ("x" * 256, "256 characters; 255")],
)
def test_a_replacement_that_is_none_is_told_and_kept(source, theirs, visit, bob, new, words):
    response = visit(bob).post(address(source), choices(theirs, "replace", **{f"new:{TAG}": new}))
    page = response.content.decode()
    assert response.status_code == 422
    assert words in page
    assert hidden(page, f"new:{TAG}") == new.replace("\0", "␀")
    assert copy_of(theirs) is None


def test_who_only_writes_a_new_value_has_chosen_to_replace(source, theirs, visit, bob):
    data = {"to": theirs.pk, f"new:{TAG}": "readers", f"how:{SEGMENT}": "keep", "do": "look"}
    page = visit(bob).post(address(source), data).content.decode()
    assert "people with the tag “readers”" in page
    assert FormReader(page, "mapping").fields[f"how:{TAG}"] == ["replace"]


@pytest.mark.parametrize("how", ["", "burn", "leave:x", "replace\0"])
def test_a_choice_nobody_offers_decides_nothing(source, theirs, visit, bob, how):
    assert visit(bob).post(address(source), choices(theirs, how)).status_code == 422
    assert copy_of(theirs) is None


def test_the_outcome_is_shown_while_one_chooses_and_copies_nothing(source, theirs, visit, bob):
    data = choices(theirs, segment="leave", do="look")
    del data[f"how:{TAG}"]
    response = visit(bob).post(address(source), data, headers={"HX-Request": "true"})
    part = response.content.decode()
    assert response.status_code == 200
    assert part.strip().startswith('<section class="section" id="outcome"')
    assert "More people would get in." in part
    assert copy_of(theirs) is None


# -- other sources and providers


def test_a_test_at_the_provider_is_copied_as_a_draft(connection, theirs, visit, bob):
    raw = {
        "id": "0f3d0f6c-9a55-4d9e-8d8d-111111111111",
        "push_id": "p",
        "name": "Spring sale",
        "description": "Which? [ref abx-0123456789abcdefghjkmnpqrs]",
        "audience": {"tag": "long-run-plan"},
        "variants": [{"id": 0, "schedule": {"scheduled_time": "2026-10-02T08:00:00"}, "push": {"notification": {}}}],
    }
    held = Experiment.objects.create(
        workspace=connection.workspace,
        connection=connection,
        remote_id="r",
        name="Spring sale",
        raw_text=json.dumps(raw),
        tags=["spring"],
    )
    assert address(held) in visit(bob).get(held.get_absolute_url()).content.decode()
    visit(bob).post(address(held), {"to": theirs.pk, f"how:{TAG}": "keep", "do": "copy"})
    made = copy_of(theirs)
    assert made.newest.document == {
        "name": "Spring sale (copy)",
        "description": "Which?",
        "audience": {"tag": "long-run-plan"},
        "variants": [{"push": {"notification": {}}}],
    }
    assert (made.tags, made.from_experiment) == (["spring"], None)


def test_a_paywall_test_is_copied_with_its_remote_configs(paywalls, connect, visit, bob):
    target = connect(paywalls.workspace, "Sandbox", "qonversion")
    visit(bob).post("/w/marlow/drafts/new/", {"name": "Annual first", "connection": paywalls.pk})
    draft = paywalls.drafts.get()
    document = {**draft.newest.document}
    document["groups"][0]["remote_config_uid"] = "config-1"
    draft.append(document, {}, by=bob, based_on=draft.number, name="Annual first")
    id = id_of(Name("remote_config", "config-1"))
    data = {"to": target.pk, f"how:{id}": "replace", f"new:{id}": "config-2", "do": "copy"}
    assert visit(bob).post(address(draft), data).status_code == 302
    assert copy_of(target).newest.document["groups"][0]["remote_config_uid"] == "config-2"


def test_a_test_that_names_nothing_is_copied_at_once(write, theirs, visit, bob):
    draft = write(audience="all", device_types=["ios"])
    page = visit(bob).get(address(draft), {"to": theirs.pk}).content.decode()
    assert "It names nothing of its project" in page
    assert visit(bob).post(address(draft), {"to": theirs.pk, "do": "copy"}).status_code == 302
    assert copy_of(theirs).newest.document["audience"] == "all"


def test_rules_kept_aside_of_an_audience_to_everybody_stay_behind(write, theirs, visit, bob):
    draft = write(audience="all")
    plan = {**draft.newest.plan, "rules": {"tag": "secret"}, "unparsed": {"x": {"text": "y", "why": "z"}}}
    draft.append(draft.newest.document, plan, by=bob, based_on=draft.number)
    visit(bob).post(address(draft), {"to": theirs.pk, "do": "copy"})
    assert not {"rules", "unparsed", "when"} & set(copy_of(theirs).newest.plan)


def test_the_editor_saves_and_leads_to_the_page(source, visit, bob):
    editor = Editor(visit(bob), source)
    assert "clone" in editor.buttons
    response = editor.post({"goal": "typed last"}, do="clone")
    assert response["Location"] == address(source)
    assert editor.plan["goal"] == "typed last"


def test_a_draft_that_was_sent_can_be_copied_there(draft, confirmed, connect, visit, bob):
    target = connect(draft.workspace)
    confirmed(draft)
    assert address(draft) in visit(bob).get(draft.get_absolute_url()).content.decode()
    assert visit(bob).post(address(draft), {"to": target.pk, "do": "keep"}).status_code == 302
    assert copy_of(target).is_open


def test_a_link_alone_copies_nothing(source, theirs, visit, bob):
    assert visit(bob).get(address(source), choices(theirs)).status_code == 200
    assert copy_of(theirs) is None
