"""The templates of a workspace: who sees them, who changes them, and that nothing of them is lost."""

import json

import pytest

from experiments.models import NameTaken, Template
from tests.editor_form import FormReader
from workspaces.models import AuditEntry, Role

ADDRESS = "/w/marlow/templates/"
NEW = f"{ADDRESS}snippets/new/"
NAMED = {"name": "Greeting", "text": "Hello {{ first_name|default('runner') }}"}


@pytest.fixture
def kept(workspace, bob):
    def make(name="Greeting", kind="snippet", provider="", document=None, **more):
        template = Template(workspace=more.pop("workspace", workspace), kind=kind, provider=provider, by=bob, **more)
        template.write(name=name, document=document or {"text": "Hello {{ name }}"})
        return template

    return make


def page_of(client):
    return client.get(ADDRESS).content.decode()


def test_an_empty_page_says_what_templates_are_for(workspace, visit, bob, vera):
    page = page_of(visit(bob))
    assert "No templates yet" in page
    assert page.count("btn primary") == 1
    assert f'href="{NEW}"' in page
    assert f'href="{NEW}"' not in page_of(visit(vera))


def test_a_snippet_is_kept_exactly_as_it_was_typed(workspace, visit, bob):
    browser = visit(bob)
    response = browser.post(NEW, {"name": " Greeting ", "text": "Hi {{ name }},\r\n\r\n“good” morning  "})
    assert response["Location"] == ADDRESS
    snippet = Template.objects.get()
    assert (snippet.name, snippet.kind, snippet.provider, snippet.by) == ("Greeting", "snippet", "", bob)
    assert snippet.text == "Hi {{ name }},\n\n“good” morning  "
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.by, entry.object_id) == ("template.new", bob, str(snippet.pk))
    page = page_of(browser)
    assert "Hi {{ name }}," in page
    assert "Bob" in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": ""}, "This has no name"),
        ({"name": "\u200b"}, "This has no name"),
        ({"name": "x" * 121}, "121 characters; 120 are the most"),
        ({"name": "a\0b"}, "NUL character"),
        ({"name": "GREETING"}, "There is a snippet of this name already"),
        ({"text": " "}, "There is no text yet"),
        ({"text": "x" * 4001}, "4,001 characters; 4,000 are the most"),
        ({"text": "a\0b"}, "NUL character"),
    ],
)
def test_what_cannot_be_kept_is_told_at_its_field_and_stays_there(kept, visit, bob, changes, words):
    kept()
    posted = {"name": "Another", "text": "Fine text"} | changes
    response = visit(bob).post(NEW, posted)
    page = response.content.decode()
    assert response.status_code == 422
    assert words in page
    assert page.count('aria-invalid="true"') == 1
    fields = FormReader(page).fields
    assert fields["text"] == [posted["text"].replace("\0", "␀")]
    assert fields["name"] == [posted["name"].replace("\0", "␀")]
    assert Template.objects.count() == 1
    assert not AuditEntry.objects.exists()
    assert visit(bob).post(NEW, {"name": "Another", "text": "Fine text"}).status_code == 302


def test_a_name_is_free_for_another_kind_provider_and_workspace(kept, elsewhere):
    kept("Same")
    kept("Same", "test", "airship", {"variants": []})
    kept("Same", "variant", "airship", {"push": {}})
    kept("Same", "test", "qonversion", {"groups": []})
    kept("Same", workspace=elsewhere)
    with pytest.raises(NameTaken):
        kept("sAME")
    assert Template.objects.count() == 5


def test_a_name_with_turned_directions_is_shown_as_it_is_stored(workspace, visit, bob):
    browser = visit(bob)
    browser.post(NEW, {"name": "a\u202eb", "text": "x"})
    page = page_of(browser)
    assert "“a[U+202E]b” is saved." in page
    assert "<bdi>a\u202eb</bdi>" in page


def test_a_snippet_is_changed_and_its_earlier_text_stays_in_the_record(kept, visit, bob):
    snippet = kept()
    address = f"{ADDRESS}{snippet.pk}/"
    page = visit(bob).get(address).content.decode()
    assert FormReader(page).fields["text"] == ["Hello {{ name }}"]
    visit(bob).post(address, {"name": "Morning", "text": "Good morning", "do": "save"})
    snippet.refresh_from_db()
    assert (snippet.name, snippet.text) == ("Morning", "Good morning")
    entry = AuditEntry.objects.get()
    assert entry.action == "template.change"
    assert entry.data["from"] == {"name": "Greeting", "text": "Hello {{ name }}"}


def test_a_test_is_renamed_and_keeps_its_content(kept, visit, bob):
    test = kept("Old", "test", "airship", {"audience": {"tag": "a"}, "variants": []})
    visit(bob).post(f"{ADDRESS}{test.pk}/", {"name": "New", "text": "ignored", "do": "save"})
    test.refresh_from_db()
    assert test.name == "New"
    assert test.document == {"audience": {"tag": "a"}, "variants": []}


def test_a_removed_template_comes_back(kept, visit, bob):
    snippet, browser = kept(), visit(bob)
    address = f"{ADDRESS}{snippet.pk}/"
    page = browser.post(address, {"do": "remove"}, follow=True).content.decode()
    assert "“Greeting” is removed" in page
    assert "Removed (1)" in page
    browser.post(address, {"do": "remove"})
    assert "“Greeting” is back" in browser.post(address, {"do": "restore"}, follow=True).content.decode()
    snippet.refresh_from_db()
    assert snippet.removed_at is None
    actions = list(AuditEntry.objects.order_by("number").values_list("action", flat=True))
    assert actions == ["template.remove", "template.restore"]


def test_one_whose_name_was_taken_meanwhile_stays_removed_until_it_is_renamed(kept, visit, bob):
    first, browser = kept(), visit(bob)
    address = f"{ADDRESS}{first.pk}/"
    browser.post(address, {"do": "remove"})
    kept()
    page = browser.post(address, {"do": "restore"}, follow=True).content.decode()
    assert "is not back: another one has this name now" in page
    browser.post(address, {"name": "Older greeting", "text": first.text, "do": "save"})
    browser.post(address, {"do": "restore"})
    assert set(Template.objects.filter(removed_at=None).values_list("name", flat=True)) == {
        "Greeting",
        "Older greeting",
    }


def test_every_kind_has_its_section_and_says_what_is_in_it(kept, visit, vera):
    kept("Launch", "test", "airship", {"device_types": ["ios", "email"], "variants": [{}, {}]})
    kept("Paywalls", "test", "qonversion", {"groups": [{"name": "A"}]})
    kept("Short", "variant", "airship", {"push": {"notification": {"alert": "Run now"}}})
    kept()
    page = page_of(visit(vera))
    assert "2 variants, Push, Email" in page
    assert "1 group, Paywall" in page
    assert "Run now" in page
    assert "Hello {{ name }}" in page
    assert "Remove" not in page
    assert "Rename" not in page


def test_viewers_look_and_strangers_see_nothing(kept, visit, vera, charlie, bob):
    snippet = kept()
    for path, data in ((NEW, NAMED), (f"{ADDRESS}{snippet.pk}/", {"do": "remove"})):
        assert visit(vera).post(path, data).status_code == 403
        assert visit(charlie).post(path, data).status_code == 404
    assert "Greeting" in page_of(visit(vera))
    assert visit(charlie).get(ADDRESS).status_code == 404
    assert Template.objects.get().removed_at is None
    assert visit(bob).post(f"{ADDRESS}{snippet.pk}/", {"do": "remove"}).status_code == 302


def test_bad_45_a_template_of_another_workspace_is_as_if_it_did_not_exist(kept, elsewhere, visit, bob, member):
    theirs = kept("Theirs", workspace=elsewhere)
    browser = visit(bob)
    assert "Theirs" not in page_of(browser)
    assert browser.post(f"{ADDRESS}{theirs.pk}/", {"do": "remove"}).status_code == 404
    assert Template.objects.get().removed_at is None
    both = member("Dora", elsewhere, Role.EDITOR)
    own = f"/w/halden/templates/{theirs.pk}/"
    assert visit(both).post(own, {"do": "remove"}).status_code == 302


def test_a_link_alone_removes_nothing(kept, visit, bob):
    snippet = kept()
    assert visit(bob).get(f"{ADDRESS}{snippet.pk}/?do=remove").status_code == 200
    assert Template.objects.get().removed_at is None


def test_the_settings_tell_what_became_of_templates(kept, visit, bob, alice):
    snippet = kept()
    visit(bob).post(f"{ADDRESS}{snippet.pk}/", {"do": "remove"})
    assert "removed the template" in visit(alice).get("/w/marlow/settings/").content.decode()


def test_what_nobody_can_show_breaks_no_page(kept, visit, vera):
    kept("Odd", "variant", "airship", {"push": 3})
    kept("Odd", "test", "airship", {"variants": "x", "device_types": 4})
    kept("Gone", "test", "nobody", {"x": 1})
    kept("Text", "snippet", "", json.loads('{"other": 1}'))
    assert visit(vera).get(ADDRESS).status_code == 200
