"""A copy of a draft is a new draft of whoever made it."""

import pytest

from experiments.models import Draft
from tests.editor_form import Editor
from workspaces.models import AuditEntry


def address(draft):
    return f"/w/{draft.workspace.slug}/drafts/{draft.pk}/copy/"


def test_a_copy_has_the_content_but_not_the_time(draft, visit, paula, bob):
    Editor(visit(bob), draft).post(
        {"when.mode": "moment", "when.day": "2027-02-01", "when.time": "09:00", "goal": "More runs", "tags": "a"}
    )
    response = visit(paula).post(address(draft))
    copied = Draft.objects.get(from_draft=draft)
    assert response["Location"] == copied.get_absolute_url()
    assert copied.name == "Sunday long run reminder (copy)"
    assert copied.owner == paula
    assert copied.connection == draft.connection
    assert copied.scheduled_at is None
    document = copied.newest.document
    assert all("schedule" not in variant for variant in document["variants"])
    assert document["audience"] == {"tag": "long-run-plan"}
    assert copied.newest.plan["goal"] == "More runs"
    assert "when" not in copied.newest.plan
    assert AuditEntry.objects.get().action == "draft.copy"


def test_a_draft_that_was_sent_can_be_copied(draft, confirmed, visit, bob):
    confirmed(draft)
    visit(bob).post(address(draft))
    assert Draft.objects.get(from_draft=draft).is_open


@pytest.mark.parametrize(("who", "status"), [("vera", 403), ("charlie", 404)])
def test_who_may_not_write_may_not_copy(draft, visit, request, who, status):
    assert visit(request.getfixturevalue(who)).post(address(draft)).status_code == status
    assert Draft.objects.count() == 1


def test_a_link_alone_copies_nothing(draft, visit, bob):
    assert visit(bob).get(address(draft)).status_code == 405
    assert Draft.objects.count() == 1
    assert visit(bob).post(address(draft)).status_code == 302
