"""Keeping a test or a variant from the editor, and adding a kept variant to a test."""

import pytest

from experiments.models import Template
from tests.editor_form import Editor, FormReader, message
from workspaces.models import AuditEntry


def address(draft, query=""):
    return f"/w/{draft.workspace.slug}/drafts/{draft.pk}/template/{query}"


@pytest.fixture
def short(workspace, bob):
    template = Template(workspace=workspace, kind="variant", provider="airship", by=bob)
    content = {"name": "Short", "push": {"notification": {"alert": "Run!", "future": [1]}}}
    template.write(name="Short one", document=content)
    return template


def test_the_button_saves_what_was_typed_and_asks_for_a_name(draft, visit, bob):
    editor = Editor(visit(bob), draft)
    assert "save-template" in editor.buttons
    response = editor.post({message(0, "alert"): "typed last"}, do="save-template")
    assert response["Location"] == address(draft)
    page = visit(bob).get(response["Location"]).content.decode()
    assert FormReader(page).fields["name"] == ["Sunday long run reminder"]
    visit(bob).post(address(draft), {"name": "Long run"})
    kept = Template.objects.get()
    assert kept.document["variants"][0]["push"]["notification"]["alert"] == "typed last"
    by_htmx = Editor(visit(bob), draft).post(do="save-template", htmx=True)
    assert by_htmx.headers["HX-Redirect"] == address(draft)


def test_a_test_is_kept_without_name_ids_marker_time_and_plan_of_its_own(write, visit, bob):
    draft = write(
        id="11111111-1111-1111-1111-111111111111",
        push_id="p",
        created_at="2026-10-01T08:00:00",
        description="Why? [ref abx-0123456789abcdefghjkmnpqrs]",
        future_key={"kept": 1},
    )
    fields = {
        "when.mode": "moment",
        "when.day": "2027-02-01",
        "when.time": "09:00",
        "goal": "More runs",
        "tags": "a, b",
    }
    Editor(visit(bob), draft).post(fields)
    assert "schedule" in draft.newest.document["variants"][0] or Editor(visit(bob), draft).document["variants"][0]
    response = visit(bob).post(address(draft), {"name": "Long run"}, follow=True)
    assert "Kept as the template “Long run”." in response.content.decode()
    kept = Template.objects.get()
    assert (kept.kind, kept.provider, kept.by, kept.workspace) == ("test", "airship", bob, draft.workspace)
    assert set(kept.document) == {"description", "audience", "device_types", "control", "variants", "future_key"}
    assert kept.document["description"] == "Why?"
    assert all("schedule" not in variant for variant in kept.document["variants"])
    assert kept.plan == {"goal": "More runs", "tags": ["a", "b"]}
    entry = AuditEntry.objects.get(action="template.new")
    assert (entry.by, entry.object_id, entry.data["kind"]) == (bob, str(kept.pk), "test")


def test_one_variant_is_kept_without_its_weight_and_time(draft, visit, bob):
    editor = Editor(visit(bob), draft, "?variant=B")
    assert "save-variant-template:B" in editor.buttons
    response = editor.post({message(1, "alert"): "Dry all day"}, do="save-variant-template:B")
    assert response["Location"] == address(draft, "?variant=B")
    page = visit(bob).get(response["Location"]).content.decode()
    fields = FormReader(page).fields
    assert fields["name"] == ["Weather"]
    assert fields["variant"] == ["B"]
    back = visit(bob).post(address(draft), {"name": "Weather", "variant": "B"})
    assert back["Location"] == f"{draft.get_absolute_url()}?variant=B"
    kept = Template.objects.get()
    assert (kept.kind, kept.document) == (
        "variant",
        {"name": "Weather", "push": {"notification": {"alert": "Dry all day"}}},
    )


def test_a_variant_that_is_not_there_is_not_found(draft, visit, bob):
    for letter in ("Z", "a", "ä", "AA", "../x"):
        assert visit(bob).get(address(draft), {"variant": letter}).status_code == 404
        assert visit(bob).post(address(draft), {"name": "x", "variant": letter}).status_code == 404
    assert visit(bob).get(address(draft), {"variant": "A"}).status_code == 200


@pytest.mark.parametrize(
    ("name", "words"),
    [("", "This has no name"), ("LONG run", "There is a template of this name already"), ("x" * 121, "121 characters")],
)
def test_a_name_that_cannot_be_is_told_and_kept(draft, visit, bob, name, words):
    visit(bob).post(address(draft), {"name": "Long run"})
    response = visit(bob).post(address(draft), {"name": name})
    assert response.status_code == 422
    assert words in response.content.decode()
    assert FormReader(response.content.decode()).fields["name"] == [name]
    assert Template.objects.count() == 1
    assert visit(bob).post(address(draft), {"name": "Longer run"}).status_code == 302


@pytest.mark.parametrize(("who", "status"), [("vera", 403), ("charlie", 404)])
def test_who_may_not_write_keeps_nothing(draft, visit, request, who, status, bob):
    assert visit(request.getfixturevalue(who)).post(address(draft), {"name": "x"}).status_code == status
    assert not Template.objects.exists()
    visit(bob).post(address(draft), {"name": "x"})
    assert Template.objects.exists()


def test_a_test_that_was_sent_can_still_be_kept(draft, confirmed, visit, bob):
    confirmed(draft)
    assert address(draft) in visit(bob).get(draft.get_absolute_url()).content.decode()
    visit(bob).post(address(draft), {"name": "Sent one"})
    assert Template.objects.get().name == "Sent one"


def test_a_variant_is_added_from_a_template_after_what_was_typed_is_saved(draft, short, visit, bob):
    editor = Editor(visit(bob), draft)
    assert f"use-template:{short.pk}" in editor.buttons
    response = editor.post({message(0, "alert"): "typed"}, do=f"use-template:{short.pk}")
    assert "variant=C" in response["Location"]
    variants = editor.document["variants"]
    assert variants[0]["push"]["notification"]["alert"] == "typed"
    assert variants[2] == short.document
    Editor(visit(bob), draft, "?variant=C").post({message(2, "alert"): "changed here"})
    short.refresh_from_db()
    assert short.document["push"]["notification"]["alert"] == "Run!"


def test_it_goes_out_with_the_others(draft, short, visit, bob):
    Editor(visit(bob), draft).post({"when.mode": "moment", "when.day": "2027-02-01", "when.time": "09:00"})
    editor = Editor(visit(bob), draft)
    editor.post(do=f"use-template:{short.pk}")
    times = {variant["schedule"]["scheduled_time"] for variant in editor.document["variants"]}
    assert times == {"2027-02-01T08:00:00"}


def test_bad_11_a_twenty_seventh_variant_is_refused(write, short, visit, bob):
    one = {"name": "Distance", "push": {"notification": {"alert": "14 km is waiting for you."}}}
    editor = Editor(visit(bob), write(variants=[one] * 25))
    editor.post(do=f"use-template:{short.pk}")
    assert len(editor.document["variants"]) == 26
    full = Editor(visit(bob), editor.draft)
    assert f"use-template:{short.pk}" not in full.buttons
    response = full.post(do=f"use-template:{short.pk}", htmx=True)
    assert "26 variants are the most that fit here." in response.content.decode()
    assert len(full.document["variants"]) == 26


def test_bad_45_a_template_of_others_or_of_another_kind_is_not_used(draft, short, elsewhere, visit, bob):
    theirs = Template(workspace=elsewhere, kind="variant", provider="airship")
    theirs.write(name="Theirs", document={"name": "Theirs"})
    test = Template(workspace=draft.workspace, kind="test", provider="airship")
    test.write(name="Test", document={"variants": []})
    gone = Template(workspace=draft.workspace, kind="variant", provider="airship")
    gone.write(name="Gone", document={"name": "Gone"})
    gone.remove()
    for id in (theirs.pk, test.pk, gone.pk, "x", "", "1:2"):
        response = Editor(visit(bob), draft).post(do=f"use-template:{id}", htmx=True)
        assert "Nothing was changed" in response.content.decode()
        assert len(Editor(visit(bob), draft).document["variants"]) == 2
    page = Editor(visit(bob), draft).html
    assert "Theirs" not in page
    assert "Gone" not in page
    Editor(visit(bob), draft).post(do=f"use-template:{short.pk}")
    assert len(Editor(visit(bob), draft).document["variants"]) == 3


def test_the_editor_offers_snippets_with_their_exact_text(draft, visit, bob, elsewhere):
    for workspace, text in ((draft.workspace, 'Hi {{ name }}, "you" & <b>'), (elsewhere, "secret of others")):
        snippet = Template(workspace=workspace, kind="snippet")
        snippet.write(name="Greeting", document={"text": text})
    page = Editor(visit(bob), draft).html
    assert 'data-snippet="Hi {{ name }}, &quot;you&quot; &amp; &lt;b&gt;"' in page
    assert "secret of others" not in page


def test_a_paywall_test_is_kept_whole(paywalls, visit, bob):
    visit(bob).post("/w/marlow/drafts/new/", {"name": "Annual first", "connection": paywalls.pk})
    draft = paywalls.drafts.get()
    editor = Editor(visit(bob), draft)
    assert "save-template" in editor.buttons
    assert not [do for do in editor.buttons if do.startswith(("use-template", "save-variant-template"))]
    visit(bob).post(address(draft), {"name": "Annual"})
    kept = Template.objects.get()
    assert (kept.provider, kept.kind) == ("qonversion", "test")
    assert set(kept.document) == {"groups"}
