"""How allauth behaves here: nobody signs up without an invitation, and its words are ours."""

import logging
from smtplib import SMTPException
from typing import Any
from urllib.parse import urljoin

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

log = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": (
            "That email and password do not match. After 5 wrong tries there is a 15 minute pause."
        ),
        "too_many_login_attempts": (
            "Too many wrong tries. Signing in pauses for up to 15 minutes. A new password ends the pause at once."
        ),
        "enter_current_password": "That is not your password of today.",
        "invalid_password_reset": "This link has been used or is too old.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The link in the mail. Its host is the deployment's own, never one that a request brought along."""
        path: str = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return urljoin(settings.BASE_URL, path.replace("UID-KEY", key))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """A mail server that is away must not answer differently for addresses we know and those we do not."""
        try:
            super().send_mail(template_prefix, email, {**context, "base_url": settings.BASE_URL})
        except (OSError, SMTPException) as error:
            log.error("the mail %s could not be sent: %s", template_prefix, error)
