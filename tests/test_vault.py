"""Stored secrets: sealed to their place, opened by nothing else, and moved to a new key without a pause."""

import base64
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from workspaces import vault
from workspaces.models import Connection

SECRET = "canary-of-secrets_1234"
OLD, NEW = (base64.b64encode(letter * 32).decode() for letter in (b"o", b"n"))


def ring(settings, **keys):
    settings.CREDENTIAL_KEYS = keys


@pytest.fixture
def held(workspace, alice) -> Connection:
    made = Connection(workspace=workspace, name="Airship EU", region="eu", key="k" * 22)
    made.seal_secret(SECRET, "http://127.0.0.1:9", alice)
    made.save()
    return made


def test_a_sealed_secret_opens_in_its_own_context_only():
    sealed = vault.seal(SECRET, "one")
    assert vault.open_sealed(sealed, "one") == SECRET
    with pytest.raises(vault.CannotOpen):
        vault.open_sealed(sealed, "another")


@given(secret=st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_any_text_survives(secret):
    assert vault.open_sealed(vault.seal(secret, "c"), "c") == secret


def test_the_same_secret_never_looks_the_same_twice():
    first, second = vault.seal(SECRET, "c"), vault.seal(SECRET, "c")
    assert first != second
    assert SECRET not in first
    assert base64.b64encode(SECRET.encode()).decode().rstrip("=") not in first


def test_every_changed_letter_is_noticed():
    sealed = vault.seal(SECRET, "c")
    assert vault.open_sealed(sealed, "c") == SECRET
    start = sealed.index(".", 3) + 1
    for place in range(start, len(sealed)):
        if sealed[place] in ".=":
            continue
        letter = "A" if sealed[place] != "A" else "B"
        changed = sealed[:place] + letter + sealed[place + 1 :]
        if _same_bytes(sealed, changed):
            continue  # the last letter of base64 has bits that mean nothing
        with pytest.raises(vault.CannotOpen):
            vault.open_sealed(changed, "c")


def _same_bytes(one, other) -> bool:
    return all(
        base64.urlsafe_b64decode(a) == base64.urlsafe_b64decode(b)
        for a, b in zip(one.split(".")[2:], other.split(".")[2:], strict=True)
    )


@pytest.mark.parametrize("sealed", ["", "v1", "v1.test.a.b", "v2.test.a.b", "plain text", "v1.gone.AAAA.AAAA"])
def test_what_is_no_sealed_secret_does_not_open(sealed):
    with pytest.raises(vault.CannotOpen):
        vault.open_sealed(sealed, "c")


@pytest.mark.parametrize(
    "change",
    [
        lambda row, elsewhere: setattr(row, "workspace", elsewhere),
        lambda row, elsewhere: setattr(row, "version", 2),
        lambda row, elsewhere: setattr(row, "provider", "other"),
        lambda row, elsewhere: setattr(row, "host", "http://127.0.0.1:10"),
        lambda row, elsewhere: setattr(row, "pk", "00000000-0000-0000-0000-000000000000"),
    ],
)
def test_a_row_that_was_moved_does_not_open(held, elsewhere, settings, change):
    assert held.reveal_secret() == SECRET
    change(held, elsewhere)
    settings.PROVIDER_URLS = {(held.provider, held.region): held.host}
    with pytest.raises(vault.CannotOpen):
        held.reveal_secret()


def test_a_secret_copied_into_another_row_does_not_open(held, alice):
    thief = Connection(workspace=held.workspace, name="Mine", region="eu", key="t" * 22, host=held.host)
    thief.secret = held.secret
    assert held.reveal_secret() == SECRET
    with pytest.raises(vault.CannotOpen):
        thief.reveal_secret()


def test_without_keys_nothing_is_stored_in_the_clear(settings):
    assert vault.seal(SECRET, "c")
    ring(settings)
    with pytest.raises(vault.CannotOpen):
        vault.seal(SECRET, "c")


def test_a_missing_key_is_named(settings):
    ring(settings, old=OLD)
    sealed = vault.seal(SECRET, "c")
    ring(settings, new=NEW)
    with pytest.raises(vault.CannotOpen, match="'old'"):
        vault.open_sealed(sealed, "c")


def rotate() -> str:
    out = StringIO()
    call_command("rotate_credentials", stdout=out, stderr=out)
    return out.getvalue()


def test_rotation_moves_every_secret_to_the_first_key(settings, held):
    held.seal_secret(SECRET, held.host, None)
    ring(settings, old=OLD)
    held.seal_secret(SECRET, held.host, None)
    held.save()
    ring(settings, new=NEW, old=OLD)
    assert "Wrapped anew: 1. Already under the first key: 0. Not readable: 0." in rotate()
    ring(settings, new=NEW)
    held.refresh_from_db()
    assert held.reveal_secret() == SECRET
    assert vault.is_current(held.secret)


def test_rotation_can_be_repeated(settings, held):
    assert "Wrapped anew: 0. Already under the first key: 1." in rotate()
    before = Connection.objects.get().secret
    rotate()
    assert Connection.objects.get().secret == before


def test_rotation_goes_on_after_a_secret_that_cannot_be_read(settings, held, alice, workspace):
    ring(settings, old=OLD)
    second = Connection(workspace=workspace, name="Second", region="eu", key="s" * 22)
    second.seal_secret(SECRET, held.host, alice)
    second.save()
    ring(settings, new=NEW, old=OLD)  # without the key that sealed the first one
    out = StringIO()
    with pytest.raises(CommandError, match="Keep the old key"):
        call_command("rotate_credentials", stdout=out, stderr=out)
    assert "Wrapped anew: 1. Already under the first key: 0. Not readable: 1." in out.getvalue()
    assert SECRET not in out.getvalue()
    second.refresh_from_db()
    assert second.reveal_secret() == SECRET


def test_rotation_leaves_removed_connections_alone(settings, held):
    Connection.objects.update(is_removed=True, secret="")
    assert "Wrapped anew: 0. Already under the first key: 0. Not readable: 0." in rotate()
