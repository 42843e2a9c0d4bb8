"""What a failed request has surely not written, statement by statement, and where its page leads back to."""

import pytest
from django.db import Error, OperationalError, connection, transaction

from dashboard import views, written
from workspaces.models import Workspace

pytestmark = pytest.mark.django_db(transaction=True)


def add(name: str) -> None:
    Workspace.objects.create(name=name, slug=name)


def fail() -> None:
    """A statement that the database refuses."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM there_is_no_such_table")


def read() -> None:
    list(Workspace.objects.all())


def write_and_fail_in_one() -> None:
    with transaction.atomic():
        add("a")
        fail()


def write_and_fail_afterwards() -> None:
    with transaction.atomic():
        add("a")
    fail()


def write_by_itself_and_fail() -> None:
    add("a")
    fail()


def read_and_fail() -> None:
    read()
    fail()


def take_back_and_fail() -> None:
    try:
        with transaction.atomic():
            add("a")
            raise ValueError
    except ValueError:
        fail()


def take_half_back_and_fail_afterwards() -> None:
    with transaction.atomic():
        try:
            with transaction.atomic():
                add("a")
                raise ValueError
        except ValueError:
            add("b")
    fail()


CASES = [
    (read_and_fail, True),
    (write_and_fail_in_one, True),
    (take_back_and_fail, True),
    (write_and_fail_afterwards, False),
    (write_by_itself_and_fail, False),
    (take_half_back_and_fail_afterwards, False),
]


@pytest.mark.parametrize(("act", "is_nothing_done"), CASES, ids=lambda value: getattr(value, "__name__", ""))
def test_nothing_is_called_done_only_where_it_is(act, is_nothing_done):
    with written.watch():
        with pytest.raises(Error) as error:
            act()
        assert written.is_nothing_done(error.value) == is_nothing_done
    connection.close()
    assert Workspace.objects.exists() == (not is_nothing_done)


@pytest.mark.parametrize(("sqlstate", "is_nothing_done"), [("40001", True), ("57P01", False), (None, False)])
def test_a_commit_that_failed_is_nothing_only_where_the_server_says_so(monkeypatch, sqlstate, is_nothing_done):
    cause = Exception()
    cause.sqlstate = sqlstate  # type: ignore[attr-defined]  # as psycopg's errors have it

    def fail_to_commit() -> None:
        raise OperationalError("COMMIT") from cause

    with written.watch():
        monkeypatch.setattr(connection, "_commit", fail_to_commit)
        with pytest.raises(OperationalError) as error, transaction.atomic():
            add("a")
        assert written.is_nothing_done(error.value) == is_nothing_done


def test_without_a_watch_nothing_is_promised():
    assert not written.is_nothing_done(OperationalError("gone"))
    with written.watch():
        assert written.is_nothing_done(OperationalError("gone"))


@pytest.mark.parametrize(
    ("headers", "leads_to"),
    [
        ({"referer": "http://testserver/w/marlow/drafts/1/check/?a=b#c"}, "/w/marlow/drafts/1/check/?a=b"),
        ({"referer": "http://testserver/a/", "hx-current-url": "http://testserver/b/"}, "/b/"),
        ({"referer": "http://elsewhere.example/w/"}, "/"),
        ({"referer": "http://testserver//elsewhere.example/"}, "/"),
        ({"referer": "javascript:alert(1)"}, "/"),
        ({}, "/"),
    ],
)
def test_the_page_leads_back_to_where_the_button_was(rf, headers, leads_to):
    request = rf.post("/w/marlow/drafts/1/send/", headers={"host": "testserver", **headers})
    answer = views.unavailable(request, OperationalError("gone"))
    assert f'href="{leads_to}"' in answer.content.decode()
    assert answer.headers["Retry-After"] == "5"
