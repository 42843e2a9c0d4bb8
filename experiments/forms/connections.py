"""The form of a connection: what people paste is cleaned, judged by its shape, and the secret is only ever taken in."""

import base64
import binascii
import re
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.crypto import salted_hmac

from experiments.providers import PROVIDERS, Provider
from workspaces.forms import NameField
from workspaces.models import AuditEntry, Connection, User, Workspace

# What copying from a terminal, a mail or a table brings along.
_AROUND = "\"'“”‘’`,;"
_NOT_PART = re.compile(r"[\s\u00a0\u200b\u200c\u200d\u2060\ufeff]+")

IN_USE = "“{}” in this workspace already uses this {}."


def fingerprint(secret: str) -> str:
    """What stands for a connection's key where the secret is all there is: equal for equal secrets, and no way back."""
    return salted_hmac("splitdesk.connection.fingerprint", secret, algorithm="sha256").hexdigest()[:32]


def tidy(pasted: str) -> str:
    """A key without the blanks, line breaks and quotes that came with it."""
    return _NOT_PART.sub("", pasted).strip(_AROUND)


def pair_in(pasted: str, provider: Provider) -> tuple[str, str] | None:
    """Key and secret, where both were pasted together: `key:secret`, or the base64 of it, as in a Basic header."""
    text = pasted[5:] if pasted.lower().startswith("basic") else pasted
    for candidate in (text, _from_base64(text)):
        key, colon, secret = candidate.partition(":")
        if colon and re.fullmatch(provider.key_pattern, key) and re.fullmatch(provider.secret_pattern, secret):
            return key, secret
    return None


def _from_base64(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return ""


# The providers that this deployment has an address for.
OFFERED = [(p.code, p.label) for p in PROVIDERS.values() if any(code == p.code for code, _ in settings.PROVIDER_URLS)]


class PastedField(forms.CharField):
    """A key or a secret as it was pasted. Whether it had to be tidied is told to the person."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"strip": False, "max_length": 400, **kwargs})

    def to_python(self, value: Any) -> str:
        pasted = super().to_python(value) or ""
        tidied = tidy(pasted)
        self.was_tidied = tidied != pasted
        return tidied


class ConnectionForm(forms.Form):
    """Makes a connection, or mends one. Another region, app key or host needs the secret once more."""

    provider = forms.ChoiceField(widget=forms.HiddenInput, choices=OFFERED)
    name = NameField(label="Name")
    region = forms.ChoiceField()
    key = PastedField(
        label="App key", widget=forms.TextInput(attrs={"class": "mono", "autocomplete": "off", "spellcheck": "false"})
    )
    secret = PastedField(
        label="Master secret", widget=forms.PasswordInput(attrs={"class": "mono", "autocomplete": "new-password"})
    )

    def __init__(
        self,
        data: Any = None,
        *,
        workspace: Workspace,
        connection: Connection | None = None,
        provider: str = "",
        **kwargs: Any,
    ) -> None:
        offered = dict(OFFERED)
        chosen = data.get("provider", "") if data is not None else provider
        first = chosen if chosen in offered else next(iter(offered))
        initial = {"provider": first}
        if connection is not None:
            initial = {name: getattr(connection, name) for name in ("provider", "name", "region", "key")}
        super().__init__(data, initial=initial, **kwargs)
        self.workspace, self.connection = workspace, connection
        self.spec = PROVIDERS[connection.provider if connection else first]
        self.fields["region"] = forms.ChoiceField(
            label=f"{self.spec.label} {self.spec.region_label}",
            choices=[(region.code, f"{region.label}, {_host(self.spec, region.code)}") for region in self.spec.regions],
        )
        self.fields["key"].label, self.fields["secret"].label = self.spec.key_label, self.spec.secret_label
        if connection is not None:
            self.fields["provider"].disabled = True
            # Another app key is another project: tests already mirrored or sent would change their owner. Where the
            # secret is all there is, the environment is what tells two sets of tests apart.
            is_used = connection.worked_at is not None or connection.operations.exists()
            self.fields["key" if self.spec.key_label else "region"].disabled = is_used
            self.fields["secret"].required = False
        if not self.spec.key_label:
            del self.fields["key"]

    def clean_key(self) -> str:
        return self._judge("key", self.spec.key_pattern)

    def clean_secret(self) -> str:
        return self._judge("secret", self.spec.secret_pattern)

    def _judge(self, name: str, pattern: str) -> str:
        value: str = self.cleaned_data[name]
        if not value or self.fields[name].disabled:
            return value
        key_label, secret_label = self.spec.key_label.lower(), self.spec.secret_label.lower()
        if key_label and pair_in(value, self.spec):
            raise ValidationError(
                f"This is the {key_label} and the {secret_label} in one, as a Basic header carries them. "
                "Paste each on its own.",
                code="pair",
            )
        if not re.fullmatch(pattern, value):
            raise ValidationError(f"{self.spec.key_words} This one has {len(value)} and looks different.", code="shape")
        return value

    def _refuse_another_region(self, secret: str, region: str) -> None:
        """Where a secret shows for which region it is, it must not be used as one for another."""
        fits = [place for place in self.spec.regions if re.fullmatch(place.secret_pattern, secret)]
        if fits and region not in [place.code for place in fits]:
            labels = {place.code: place.label for place in self.spec.regions}
            message = (
                f"This is a {self.spec.secret_label.lower()} for {fits[0].label}, and the {self.spec.region_label} "
                f"above says {labels.get(region, region)}. Choose the one that you mean."
            )
            self.add_error("secret", message)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        secret, region = values.get("secret", ""), values.get("region", "")
        if not self.spec.key_label:
            values["key"] = fingerprint(secret) if secret else getattr(self.connection, "key", "")
        key = values.get("key", "")
        others = self.workspace.connections.filter(provider=self.spec.code, is_removed=False)
        if self.connection is not None:
            others = others.exclude(pk=self.connection.pk)
        if key and (twin := others.filter(key=key).first()):
            self.add_error(self.key_field, self.in_use(twin.name))
        if secret:
            self._refuse_a_key_as_secret(key, secret)
            if region:
                self._refuse_another_region(secret, region)
        elif self.connection is not None and "secret" in values and self._needs_secret(key, region):
            self.add_error(
                "secret",
                f"Enter the {self.spec.secret_label.lower()} again: it was given for "
                f"{_host_only(self.connection.host)} and is not sent anywhere else.",
            )
        return values

    @property
    def key_field(self) -> str:
        """By which field one connection differs from another."""
        return "key" if self.spec.key_label else "secret"

    def in_use(self, name: str) -> str:
        """That another connection, of this name, has the same key."""
        return IN_USE.format(name, (self.spec.key_label or self.spec.secret_label).lower())

    def _refuse_a_key_as_secret(self, key: str, secret: str) -> None:
        if secret == key:
            self.add_error("secret", f"This is the {self.spec.key_label.lower()} a second time.")
        elif twin := self.workspace.connections.filter(key=secret).first():
            self.add_error(
                "secret", f"This is the {self.spec.key_label.lower()} of “{twin.name}”. Are the two swapped?"
            )

    def _needs_secret(self, key: str, region: str) -> bool:
        held = self.connection
        return held is not None and (
            key != held.key or settings.PROVIDER_URLS.get((self.spec.code, region)) != held.host or not held.secret
        )

    @property
    def notices(self) -> list[str]:
        """What was done to the input, in words."""
        return [
            f"Blanks or quotes around the {field.label.lower()} were left out."
            for field in (self.fields[name] for name in ("key", "secret") if name in self.fields)
            if getattr(field, "was_tidied", False) and not field.disabled and field.label
        ]

    def save(self, by: User) -> tuple[Connection, bool]:
        """The saved connection, and whether its key must be tested now.

        Raises IntegrityError where another connection took the app key since the form was judged.
        """
        values = self.cleaned_data
        made = self.connection or Connection(workspace=self.workspace)
        before = {name: getattr(made, name) for name in ("name", "region", "key")}
        made.provider = self.spec.code
        made.name, made.region, made.key = values["name"], values["region"], values["key"]
        if values["secret"]:
            made.seal_secret(values["secret"], settings.PROVIDER_URLS[made.provider, made.region], by)
        changed = sorted(name for name, value in before.items() if getattr(made, name) != value)
        with transaction.atomic():
            if self.connection is None:
                made.save(force_insert=True)
                AuditEntry.record(self.workspace, "connection.add", by=by, target=made, region=made.region)
            elif changed or values["secret"]:
                made.save(update_fields=[*changed, *(SEALED if values["secret"] else [])])
                AuditEntry.record(
                    self.workspace,
                    "connection.change",
                    by=by,
                    target=made,
                    changed=[*changed, *(["secret"] if values["secret"] else [])],
                )
        return made, bool(values["secret"])


SEALED = ["host", "secret", "version", "secret_set_at", "secret_set_by", "health", "health_message"]


def _host(provider: Provider, region: str) -> str:
    return _host_only(settings.PROVIDER_URLS.get((provider.code, region), ""))


def _host_only(url: str) -> str:
    return url.partition("://")[2]
