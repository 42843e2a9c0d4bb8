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


def zone_names(*more: str) -> list[str]:
    """The zones with a place in their name, UTC and `more`, in the order of the alphabet."""
    names = {name for name in available_timezones() if "/" in name and not name.startswith("Etc/")}
    return sorted({"UTC", *more, *names})


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
    time_zone = forms.CharField(
        label="Your time zone",
        required=False,
        max_length=60,
        help_text="The editor shows times on your clock too. Empty: as your browser says.",
        error_messages={"max_length": "This is no time zone. Pick one such as Europe/Berlin."},
        widget=forms.TextInput(attrs={"list": "zones", "autocomplete": "off", "placeholder": "As your browser says"}),
    )
    has_single_keys = forms.BooleanField(label="Single-key shortcuts", required=False)

    @property
    def zones(self) -> list[str]:
        return zone_names()

    def clean_time_zone(self) -> str:
        """A zone by its name, also in other letters and with blanks: "europe/new york" finds nothing it is not."""
        typed = self.cleaned_data["time_zone"].strip().replace(" ", "_")
        if not typed:
            return ""
        found = {name.lower(): name for name in zone_names()}.get(typed.lower())
        if found is None:
            raise ValidationError("This is no time zone. Pick one such as Europe/Berlin.", code="zone")
        return found

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
        self.fields["time_zone"] = forms.ChoiceField(
            label="Time zone",
            choices=[(name, name.replace("_", " ")) for name in zone_names(workspace.time_zone)],
        )


def _clock_input() -> forms.TimeInput:
    return forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class QuietHoursForm(forms.Form):
    """From one clock time to another, past midnight too; both empty: there are none."""

    quiet_from = forms.TimeField(label="From", required=False, widget=_clock_input())
    quiet_until = forms.TimeField(label="Until", required=False, widget=_clock_input())

    def __init__(self, data: Any = None, *, workspace: Workspace) -> None:
        super().__init__(data, initial={name: getattr(workspace, name) for name in ("quiet_from", "quiet_until")})
        for field in self.fields.values():
            field.error_messages["invalid"] = "Write a time such as 21:00."

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if self.errors:
            return values
        begin, end = values["quiet_from"], values["quiet_until"]
        if (begin is None) != (end is None):
            empty = "quiet_from" if begin is None else "quiet_until"
            self.add_error(empty, "Write both times, or none for no quiet hours.")
        elif begin is not None and begin == end:
            self.add_error("quiet_until", "Quiet hours that begin and end at the same time would be all day or none.")
        return values
