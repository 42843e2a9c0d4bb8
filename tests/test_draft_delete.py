"""Removing a draft takes it out of the lists and can be taken back."""

import pytest

from experiments.models import Draft
from experiments.models.counts import count_tests
from workspaces.models import AuditEntry


def address(draft):
    return f"/w/{draft.workspace.slug}/drafts/{draft.pk}/delete/"


def test_a_draft_is_removed_after_a_question_and_comes_back(draft, visit, bob, workspace):
    browser = visit(bob)
    assert "You can bring it back" in browser.get(address(draft)).content.decode()
    assert Draft.objects.get().removed_at is None
    page = browser.post(address(draft), {"do": "remove"}, follow=True).content.decode()
    assert Draft.objects.get().removed_at is not None
    assert "Bring it back" in page
    assert count_tests(workspace).tests == 0
    assert "This draft was removed" in browser.get(draft.get_absolute_url()).content.decode()
    browser.post(address(draft), {"do": "restore"})
    assert Draft.objects.get().removed_at is None
    assert draft.revisions.count() == 1
    assert [entry.action for entry in AuditEntry.objects.order_by("number")] == ["draft.remove", "draft.restore"]


def test_removing_twice_is_one_entry(draft, visit, bob):
    browser = visit(bob)
    browser.post(address(draft))
    browser.post(address(draft))
    assert AuditEntry.objects.count() == 1


def test_what_is_being_sent_is_not_removed(draft, confirmed, visit, bob):
    confirmed(draft)
    assert "is not removed" in visit(bob).post(address(draft), follow=True).content.decode()
    draft.refresh_from_db()
    assert draft.removed_at is None


@pytest.mark.parametrize(("who", "status"), [("vera", 403), ("charlie", 404)])
def test_who_may_not_write_may_not_remove(draft, visit, request, who, status):
    assert visit(request.getfixturevalue(who)).post(address(draft)).status_code == status
    draft.refresh_from_db()
    assert draft.removed_at is None
