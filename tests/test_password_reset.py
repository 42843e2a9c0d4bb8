"""A new password by a link in the mail. Nothing tells which addresses have an account."""

import re
from datetime import timedelta
from smtplib import SMTPServerDisconnected

import time_machine
from django.core.mail import EmailMessage
from django.utils import timezone

from tests.conftest import PASSWORD

NEW = "four other words here"


def ask(client, email):
    return client.post("/sign-in/reset/", {"email": email}, follow=True)


def without_token(page: str) -> str:
    return re.sub(r'"X-CSRFToken": "\w+"', "", page)


def link_in(mail) -> str:
    found = re.search(r"http://localhost:\d+(/password/\S+)", mail.body)
    assert found is not None
    return found[1]


def set_password(client, link, password=NEW):
    page = client.get(link, follow=True)
    path = page.redirect_chain[-1][0] if page.redirect_chain else link
    return client.post(path, {"password1": password, "password2": password}, follow=True)


def can_sign_in(client, password) -> bool:
    client.post("/sign-in/", {"login": "alice@example.com", "password": password})
    return bool(client.get("/account/").status_code == 200)


def test_the_link_sets_a_new_password(client, alice, mailoutbox):
    ask(client, "alice@example.com")
    assert mailoutbox[0].to == ["alice@example.com"]
    assert "Your new password works from now on" in set_password(client, link_in(mailoutbox[0])).text
    assert not can_sign_in(client, PASSWORD)
    assert can_sign_in(client, NEW)


def test_the_person_is_told_by_mail_that_it_was_changed(client, alice, mailoutbox):
    ask(client, "alice@example.com")
    set_password(client, link_in(mailoutbox[0]))
    assert mailoutbox[1].subject == "Your Splitdesk password was set anew"
    assert "Was it not you?" in mailoutbox[1].body


def test_the_link_works_once(client, alice, mailoutbox):
    ask(client, "alice@example.com")
    link = link_in(mailoutbox[0])
    set_password(client, link)
    assert "This link does not work any more" in client.get(link, follow=True).text


def test_the_link_ends_after_three_days(client, alice, mailoutbox):
    ask(client, "alice@example.com")
    link = link_in(mailoutbox[0])
    assert "Choose a new password" in client.get(link, follow=True).text
    with time_machine.travel(timezone.now() + timedelta(days=3, minutes=1)):
        assert "This link does not work any more" in client.get(link, follow=True).text


def test_an_unknown_address_gets_the_same_answer_and_a_mail_that_says_so(client, alice, mailoutbox):
    known, unknown = ask(client, "alice@example.com"), ask(client, "nobody@example.com")
    assert "Look into your mail" in known.text
    assert without_token(known.text) == without_token(unknown.text)
    assert [mail.to for mail in mailoutbox] == [["alice@example.com"], ["nobody@example.com"]]
    assert "There is no account with it." in mailoutbox[1].body
    assert "/password/" not in mailoutbox[1].body


def test_a_mail_server_that_is_away_answers_alike_for_both(client, alice, mailoutbox, monkeypatch):
    def refuse(*args, **kwargs):
        raise SMTPServerDisconnected("gone")

    monkeypatch.setattr(EmailMessage, "send", refuse)
    known, unknown = ask(client, "alice@example.com"), ask(client, "nobody@example.com")
    assert known.status_code == 200
    assert without_token(known.text) == without_token(unknown.text)
    assert mailoutbox == []


def test_the_link_names_the_deployment_not_the_host_of_the_request(client, alice, mailoutbox, settings):
    settings.ALLOWED_HOSTS = ["*"]
    settings.BASE_URL = "https://tests.example.com"
    client.post("/sign-in/reset/", {"email": "alice@example.com"}, headers={"host": "evil.example"})
    assert "https://tests.example.com/password/" in mailoutbox[0].body
    assert "evil.example" not in mailoutbox[0].body


def test_a_new_password_ends_all_other_sessions(client, visit, alice, mailoutbox):
    alices = visit(alice)
    assert alices.get("/account/").status_code == 200
    ask(client, "alice@example.com")
    set_password(client, link_in(mailoutbox[0]))
    assert alices.get("/account/").status_code == 302


def test_a_new_password_ends_the_pause_after_wrong_tries(client, alice, mailoutbox):
    for _ in range(6):
        client.post("/sign-in/", {"login": "alice@example.com", "password": "wrong"})
    assert not can_sign_in(client, PASSWORD)
    ask(client, "alice@example.com")
    set_password(client, link_in(mailoutbox[0]))
    assert can_sign_in(client, NEW)


def test_a_short_or_common_password_is_refused(client, alice, mailoutbox):
    ask(client, "alice@example.com")
    link = link_in(mailoutbox[0])
    for weak in ("short", "password1234"):
        assert "id_password1_error" in set_password(client, link, weak).text
    assert can_sign_in(client, PASSWORD)


def test_asking_too_often_is_slowed_down(client, alice, mailoutbox):
    answers = [client.post("/sign-in/reset/", {"email": "alice@example.com"}).status_code for _ in range(6)]
    assert answers == [302] * 5 + [429]
