"""Forms of people: the way in, one's account, the members of a workspace."""

import unicodedata
from typing import Any
from zoneinfo import available_timezones

from allauth.account.adapter import get_adapter
from allauth.account.forms import ResetPasswordForm as AllauthResetPasswordForm
from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from workspaces.models import Role, User, Workspace


class NameField(forms.CharField):
    """One line of text that can be seen: line breaks become spaces, and invisible characters alone are no name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 80, **kwargs})

    def to_python(self, value: Any) -> str:
        return " ".join((super().to_python(value) or "").split())

    def validate(self, value: str) -> None:
        super().validate(value)
        if value and all(unicodedata.category(character)[0] in "CZ" for character in value):
            raise ValidationError("Nobody can see this name. Use letters.", code="invisible")


class ResetPasswordForm(AllauthResetPasswordForm):  # type: ignore[misc]  # allauth ships no types
    """Writes to every address alike, so that neither the page nor its time tells which ones we know."""

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        email: str = super().save(request, **kwargs)
        if not self.users:
            get_adapter(request).send_mail("account/email/unknown_account", email, {})
        return email


class AccountForm(forms.Form):
    name = NameField(label="Name", max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    theme = forms.ChoiceField(label="Colours", choices=User.Theme.choices, widget=forms.RadioSelect)
    has_single_keys = forms.BooleanField(label="Single-key shortcuts", required=False)

    def save(self, user: User) -> None:
        for name, value in self.cleaned_data.items():
            setattr(user, name, value)
        user.save(update_fields=list(self.cleaned_data))


class JoinForm(forms.Form):
    """Somebody who has no account yet accepts an invitation."""

    name = NameField(label="Your name", max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    password = forms.CharField(
        label="Password",
        strip=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="12 letters or more. Four words in a row are good.",
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if "password" in values:
            try:
                validate_password(values["password"], User(email=self.email, name=values.get("name", "")))
            except ValidationError as error:
                self.add_error("password", error)
        return values


class InviteForm(forms.Form):
    email = forms.EmailField(
        label="Invite by email",
        widget=forms.EmailInput(attrs={"placeholder": "name@example.com", "autocomplete": "off"}),
    )
    role = forms.ChoiceField(label="Role", choices=Role.choices, initial=Role.EDITOR)

    def __init__(self, *args: Any, workspace: Workspace, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.workspace = workspace

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].lower()
        if self.workspace.memberships.filter(user__email=email).exists():
            raise ValidationError(f"{email} is a member already. Change the role in the list instead.", code="member")
        return email


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=Role.choices)


class UndoWindowForm(forms.Form):
    minutes = forms.IntegerField(
        label="Undo window",
        min_value=1,
        max_value=60,
        error_messages={
            "min_value": "Pick 1 to 60 minutes.",
            "max_value": "Pick 1 to 60 minutes.",
            "invalid": "Write a whole number of minutes, 1 to 60.",
        },
    )


class TimeZoneForm(forms.Form):
    time_zone = forms.ChoiceField(label="Time zone")

    def __init__(self, data: Any = None, *, workspace: Workspace) -> None:
        super().__init__(data, initial={"time_zone": workspace.time_zone})
        names = {name for name in available_timezones() if "/" in name and not name.startswith("Etc/")}
        self.fields["time_zone"] = forms.ChoiceField(
            label="Time zone",
            choices=[(name, name.replace("_", " ")) for name in sorted({"UTC", workspace.time_zone, *names})],
        )
