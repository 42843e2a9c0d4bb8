"""The same rows through the relay: the state an operation ends in, what is written down, what is told, and one POST."""

import json
from datetime import timedelta
from types import MappingProxyType

import pytest
from django.utils import timezone

from experiments import ledger, providers, relay
from experiments.models import Attempt, Kind, Operation, State
from experiments.providers.airship import client as airship_client
from experiments.providers.qonversion import client as qonversion_client
from tests.conftest import DOCUMENT, REGIONS
from tests.outcome_rows import NO_ID, ROWS, Scene
from workspaces.models import Connection

ALL = {row.name: row for row in [*ROWS, *NO_ID] if not row.is_large}
# One of each class, for the kinds of operation that are not a send.
SOME = (
    "refused",
    "certificate: expired",
    "307: never followed",
    "422: refused",
    "429: refused for now",
    "418: undocumented or in between",
    "409: in conflict with what is there",
    "503: may speak after the origin acted",
    "eof",
    "2xx: a page",
    "ok:false with 200",
)
STAGED = {"name": "Paywall", "alias_id": "abx-test", "groups": []}
BODIES = MappingProxyType(
    {
        ("airship", Kind.CREATE): DOCUMENT,
        ("airship", Kind.VALIDATE): DOCUMENT,
        ("airship", Kind.DELETE): None,
        ("qonversion", Kind.CREATE): STAGED,
        ("qonversion", Kind.DELETE): None,
        ("qonversion", Kind.STATUS): {"status": "active"},
        ("qonversion", Kind.UPDATE): {"changes": {"name": "New"}, "groups": [], "removed": [], "added": []},
        ("qonversion", Kind.ATTACH): {"group_id": "g1", "user_id": "u1"},
        ("qonversion", Kind.DETACH): {"user_id": "u1"},
    }
)


@pytest.fixture
def asked(workspace, alice, paula, settings, monkeypatch):
    """A confirmed operation whose provider is to be found at this address."""

    def make(provider, kind, url, seconds):
        monkeypatch.setattr(airship_client, "WRITE_SECONDS", seconds)
        monkeypatch.setattr(airship_client, "READ_SECONDS", seconds)
        monkeypatch.setattr(qonversion_client, "WRITE_SECONDS", seconds)
        settings.PROVIDER_URLS = dict.fromkeys(REGIONS, url)
        region = next(region for code, region in REGIONS if code == provider)
        connection = Connection(workspace=workspace, provider=provider, name="Line", region=region, key="k" * 22)
        connection.seal_secret("sk_0123456789", url, alice)
        connection.health = Connection.Health.ACTIVE
        connection.save()
        body = BODIES[provider, kind]
        payload = b"" if body is None else json.dumps(body).encode()
        return Operation.objects.create(
            workspace=workspace,
            connection=connection,
            connection_version=connection.version,
            kind=kind,
            name="Tone",
            payload=payload,
            sha256=providers.document(provider).sha256(payload) if kind == Kind.CREATE else "",
            target_id="" if kind in (Kind.CREATE, Kind.VALIDATE) else "e1",
            fence_at=timezone.now() + timedelta(hours=1) if provider == "airship" else None,
            by=paula,
        )

    return make


def ends_of(row, provider, kind):
    """The row's words for the one write that an operation of this kind makes first."""
    call = {
        Kind.STATUS: "change_status",
        Kind.UPDATE: "update",
        Kind.ATTACH: "attach_tester",
        Kind.DETACH: "detach_tester",
    }.get(kind, f"{provider} {kind}")
    return row.but.get(call, row.but.get(call.rpartition(" ")[2], row.ends))


def expected(ends, kind):
    """State and the attempt's outcome."""
    if ends == "done":
        return State.SUCCEEDED, "applied"
    if ends.startswith("Rejected"):
        return State.REJECTED, "rejected"
    if ends.startswith("OutcomeUnknown") and kind != Kind.VALIDATE:
        return State.UNKNOWN, "unknown"
    return (State.REJECTED if ends.endswith("for good") else State.RETRY_WAIT), "not_sent"


def writes_of(server):
    return [request for request in server.requests if not request.startswith(b"GET ")] if server else []


def told(operation):
    return ledger.show(operation).sentence


def check(row, provider, kind, asked, scene):
    with row.world(scene) as (url, server):
        operation = asked(provider, kind, url, row.seconds)
        for _ in range(2):  # the second time there is nothing to do
            relay.send(operation.pk)
        relay.sweep()
        relay.send(operation.pk)
        assert len(writes_of(server)) == (row.requests if server else 0)
    operation.refresh_from_db()
    ends = ends_of(row, provider, kind)
    state, outcome = expected(ends, kind)
    assert operation.state == state
    attempt = Attempt.objects.get(operation=operation)
    reasons = ends.removesuffix(", applied").removesuffix(" for good").partition(" ")[2].split("|")
    assert attempt.outcome == outcome
    assert attempt.ended_at is not None
    if state != State.SUCCEEDED:
        assert operation.reason == attempt.reason
        assert attempt.reason in reasons
    # A check changes nothing, so there is no line to cross: it is on the wire from the start.
    is_unconnected = row.requests == 0 and ends.startswith("NotSent") and kind != Kind.VALIDATE
    assert (attempt.wire_at is None) == is_unconnected
    if row.name[:3].isdigit() or row.name.startswith("2xx: 20"):
        assert attempt.status_code == int(row.name.removeprefix("2xx: ")[:3])
    return operation


@pytest.fixture
def scene(tmp_path, monkeypatch):
    return Scene(tmp_path, monkeypatch)


@pytest.mark.parametrize("name", ALL)
def test_a_send_ends_where_its_row_says_after_at_most_one_post(name, asked, scene):
    operation = check(ALL[name], "airship", Kind.CREATE, asked, scene)
    words = told(operation)
    if operation.state == State.UNKNOWN:
        assert words.startswith("We do not know whether Airship got this.")
        assert "will not send it again" in words
        assert "othing was" not in words
        assert operation.unknown_since is not None
        assert operation.events.last().data == {"is_applied": ALL[name].ends.endswith("applied")}
    elif operation.state == State.SUCCEEDED:
        assert "Airship holds it" in words
        assert operation.remote_id in ("e1", "7")
    else:
        assert words.endswith("Nothing was sent.") or "so nothing was sent." in words
        assert operation.unknown_since is None
        assert (operation.state == State.RETRY_WAIT) == (operation.not_before > timezone.now())


OTHERS = [ends for ends in BODIES if ends != ("airship", Kind.CREATE)]


@pytest.mark.parametrize(("provider", "kind"), OTHERS, ids=lambda part: str(part))
@pytest.mark.parametrize("name", SOME)
def test_every_other_kind_ends_where_the_row_of_its_class_says(name, provider, kind, asked, scene):
    operation = check(ALL[name], provider, kind, asked, scene)
    words = told(operation)
    if operation.state == State.UNKNOWN:
        assert "got no answer" in words or "We do not know whether" in words
        assert "othing was" not in words
    elif operation.state == State.REJECTED:
        assert "othing was" in words
