"""Who else is in a draft: seen while they are there, forgotten soon after, and never waited for."""

import re
import threading
from datetime import timedelta

import pytest
from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from experiments.models import Draft, Presence
from experiments.models.presence import LIFE, MOST_SWEPT
from tests.editor_form import Editor, message


def sign(client, draft, page, revision=1, **more):
    address = f"/w/{draft.workspace.slug}/drafts/{draft.pk}/presence/"
    return client.post(address, {"page": page, "revision": revision, **more})


def words(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.text)).strip()


def seen(response):
    return re.findall(r'data-seen="(\w+)"', response.text)[0]


def test_two_people_in_one_draft_see_each_other(draft, visit, paula, bob):
    sign(visit(paula), draft, "p", place="B › Title")
    said = words(sign(visit(bob), draft, "b", place="Goal › Name"))
    assert "Paula is here , in B › Title" in said
    assert "Bob" not in said
    assert "Bob is here , in Goal › Name" in words(sign(visit(paula), draft, "p"))


def test_nothing_new_is_answered_with_nothing(draft, visit, paula, bob):
    client = visit(bob)
    first = sign(client, draft, "b")
    assert sign(client, draft, "b", seen=seen(first)).status_code == 204
    sign(visit(paula), draft, "p", place="Goal › Name")
    second = sign(client, draft, "b", seen=seen(first))
    assert second.status_code == 200
    assert sign(client, draft, "b", seen=seen(second)).status_code == 204
    sign(visit(paula), draft, "p", place="Split › Weight")
    assert sign(client, draft, "b", seen=seen(second)).status_code == 200


def test_who_gave_no_sign_for_half_a_minute_is_not_shown(draft, visit, paula, bob):
    sign(visit(paula), draft, "p")
    Presence.objects.update(at=timezone.now() - LIFE + timedelta(seconds=10))
    assert "Paula" in words(sign(visit(bob), draft, "b"))
    Presence.objects.filter(page="p").update(at=timezone.now() - LIFE - timedelta(seconds=1))
    assert "Paula" not in words(sign(visit(bob), draft, "b"))


def test_a_page_that_is_left_is_gone_at_once(draft, visit, paula, bob):
    sign(visit(paula), draft, "p")
    sign(visit(paula), draft, "p", leaving="1")
    assert "Paula" not in words(sign(visit(bob), draft, "b"))


def test_viewers_see_who_writes_and_are_not_shown(draft, visit, vera, bob):
    sign(visit(bob), draft, "b")
    assert "Bob is here" in words(sign(visit(vera), draft, "v"))
    assert not Presence.objects.filter(user=vera).exists()
    assert "Vera" not in words(sign(visit(bob), draft, "b"))


def test_ones_own_other_window_is_told_and_one_person_is_told_once(draft, visit, paula, bob):
    for page in ("p1", "p2", "p3"):
        sign(visit(paula), draft, page)
    sign(visit(bob), draft, "b1")
    said = words(sign(visit(bob), draft, "b2"))
    assert said.count("Paula is here") == 1
    assert "You, in another window" in said


def test_nobody_speaks_for_the_page_of_somebody_else(draft, visit, paula, bob):
    sign(visit(paula), draft, "p", place="Goal › Name")
    sign(visit(bob), draft, "p", place="Forged")
    sign(visit(bob), draft, "p", leaving="1")
    row = Presence.objects.get(draft=draft, page="p")
    assert (row.user, row.place) == (paula, "Goal › Name")


def test_a_place_is_text_and_short(draft, visit, paula, bob):
    sign(visit(paula), draft, "p" * 99, place="<b>x</b>\x00" + "y" * 500)
    row = Presence.objects.get()
    assert (len(row.page), len(row.place)) == (40, 80)
    html = sign(visit(bob), draft, "b").text
    assert "<b>x</b>" not in html
    assert "&lt;b&gt;x&lt;/b&gt;" in html


def test_old_rows_of_all_drafts_are_swept_by_a_newcomer_a_bounded_number(draft, write, visit, paula, bob):
    old, other = timezone.now() - timedelta(days=1), write()
    Presence.objects.bulk_create(
        Presence(draft=other, user=paula, page=str(number), at=old) for number in range(MOST_SWEPT + 5)
    )
    sign(visit(bob), draft, "b")
    assert Presence.objects.filter(draft=other).count() == 5
    sign(visit(bob), draft, "b2")
    assert Presence.objects.filter(draft=other).count() == 0


def test_a_newer_version_is_told_before_it_is_a_conflict(draft, visit, paula, bob):
    late = Editor(visit(bob), draft)
    Editor(visit(paula), draft).post({message(1, "alert"): "New words"})
    response = sign(visit(bob), draft, late.fields["page"])
    said = words(response)
    at = draft.revisions.get(number=2).at.astimezone(draft.workspace.zone)
    assert f"Paula saved version 2 at {at:%H:%M} ( B: message )" in said
    assert f"/drafts/{draft.pk}/versions/2/?with=1" in response.text
    assert "data-load" in response.text
    assert "saved version" not in words(sign(visit(bob), draft, "new", revision=2))


def test_ones_own_save_whose_answer_is_under_way_is_no_news(draft, visit, bob):
    editor = Editor(visit(bob), draft)
    page = editor.fields["page"][0]
    editor.post({"/name": "x"}, turn=1, htmx=True)
    assert "saved version" not in words(sign(visit(bob), draft, page))
    assert "You, in another window, saved version 2" in words(sign(visit(bob), draft, "other"))


def test_a_draft_that_was_sent_meanwhile_is_told_and_nobody_is_in_it(draft, visit, bob):
    Editor(visit(bob), draft).post({"/name": "x"})
    Draft.objects.filter(pk=draft.pk).update(removed_at=timezone.now())
    assert "no longer a draft" in words(sign(visit(bob), draft, "b"))
    assert Presence.objects.count() == 0


@pytest.mark.parametrize("revision", ["", "x", "-1", "9" * 30, "0", "4711"])
def test_a_sign_that_names_no_version_is_no_error(draft, visit, bob, revision):
    assert sign(visit(bob), draft, "b", revision=revision).status_code == 200
    assert sign(visit(bob), draft, "", revision=revision).status_code == 200


def test_a_sign_asks_the_database_three_things(draft, visit, paula, bob, django_assert_max_num_queries):
    client = visit(bob)
    sign(visit(paula), draft, "p")
    before = sign(client, draft, "b")
    signed_in = 3  # the session, the person, the membership; a cache may know the first
    with django_assert_max_num_queries(signed_in + 3) as asked:
        assert sign(client, draft, "b", seen=seen(before)).status_code == 204
    own = [query["sql"] for query in asked if "experiments_" in query["sql"]]
    assert len(own) == 3


@pytest.mark.django_db(transaction=True)
def test_a_sign_never_waits_for_a_draft_that_is_being_written(draft, visit, bob):
    if database.vendor != "postgresql":
        pytest.skip("only PostgreSQL locks rows")
    client, answers = visit(bob), []

    def ask():
        answers.append(sign(client, draft, "b").status_code)
        database.close()

    with transaction.atomic():
        Draft.objects.select_for_update().get(pk=draft.pk)
        asking = threading.Thread(target=ask)
        asking.start()
        asking.join(timeout=20)
        assert not asking.is_alive()
    assert answers == [204]
    assert sign(client, draft, "b").status_code == 200
    assert Presence.objects.get().user == bob
