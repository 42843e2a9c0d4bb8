"""The cast and the stage.

alice (admin), paula (publisher), bob (editor) and vera (viewer) work at Marlow Running; charlie is an admin of another
workspace and must see nothing of theirs.
"""

import atexit
import base64
import copy
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings as django_settings
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from dashboard.environment import broker
from experiments import mirror, relay, tasks
from experiments.accounts import account_for
from experiments.forms.connections import fingerprint
from experiments.models import Draft, Experiment, Operation, State, Sync
from experiments.providers import PROVIDERS, client
from experiments.relay import clock
from experiments.words import folded
from tests.remote_tests import body
from tests.sandbox_qonversion import EXPERIMENTS, Caller
from workspaces.models import Connection, Membership, Role, User, Workspace

PASSWORD = "correct horse battery"
REGIONS = [(provider.code, region.code) for provider in PROVIDERS.values() for region in provider.regions]

if django_settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, of this process alone: in memory, SQLite refuses a second writer instead of letting it wait.
    _directory = tempfile.mkdtemp(prefix="splitdesk-tests-")
    atexit.register(shutil.rmtree, _directory, ignore_errors=True)
    django_settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = f"{_directory}/tests.sqlite3"

if os.environ.get("REDIS_URLS"):
    # Every test empties its Redis database, so each worker needs one of its own. pytest-django has read the settings
    # before this file, so they are changed here, before anything connects.
    _urls = os.environ["REDIS_URLS"].split()
    _url = _urls[int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % len(_urls)]
    django_settings.REDIS_URL = django_settings.CACHES["default"]["LOCATION"] = _url
    django_settings.CELERY_BROKER_URL = broker(_url)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks by what a test uses: `browser` runs apart, `database` is what runs on a second pair of backends."""
    for item in items:
        names = getattr(item, "fixturenames", ())
        if "browser" in names or item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.browser)
        elif {"db", "transactional_db"} & set(names) or item.get_closest_marker("django_db"):
            item.add_marker(pytest.mark.database)


@pytest.fixture(autouse=True)
def stage(settings, monkeypatch, tmp_path_factory):
    """Own keys, loopback providers only, no message ever leaves for a broker unless a test starts one."""
    settings.CREDENTIAL_KEYS = {"test": base64.b64encode(b"k" * 32).decode()}
    settings.ALLOW_LOOPBACK_PROVIDERS = True
    settings.PROVIDER_URLS = dict.fromkeys(REGIONS, "http://127.0.0.1:9")
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.MISSING_SETTINGS = []
    settings.DATA_DIR = tmp_path_factory.getbasetemp() / "data"  # not the demo's: its spool and witness are no tests'
    settings.ASK_DATABASE_CLOCK = False  # it does not travel in time with the test
    # Static files straight from their sources: no test depends on a collectstatic.
    settings.WHITENOISE_AUTOREFRESH = settings.WHITENOISE_USE_FINDERS = True
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    monkeypatch.setattr(tasks, "_away_until", 0.0)
    monkeypatch.setattr(clock, "_measured_at", float("-inf"))
    cache.clear()


@pytest.fixture
def workspace(db) -> Workspace:
    return Workspace.objects.create(name="Marlow Running", slug="marlow", time_zone="Europe/Berlin")


@pytest.fixture
def elsewhere(db) -> Workspace:
    return Workspace.objects.create(name="Halden Books", slug="halden", time_zone="Europe/Oslo")


@pytest.fixture
def member(db) -> Callable[..., User]:
    def make(name: str, workspace: Workspace, role: Role) -> User:
        user = User.objects.create_user(f"{name.lower()}@example.com", PASSWORD, name=name)
        Membership.objects.create(workspace=workspace, user=user, role=role)
        return user

    return make


@pytest.fixture
def alice(member, workspace) -> User:
    return member("Alice", workspace, Role.ADMIN)


@pytest.fixture
def paula(member, workspace) -> User:
    return member("Paula", workspace, Role.PUBLISHER)


@pytest.fixture
def bob(member, workspace) -> User:
    return member("Bob", workspace, Role.EDITOR)


@pytest.fixture
def vera(member, workspace) -> User:
    return member("Vera", workspace, Role.VIEWER)


@pytest.fixture
def charlie(member, elsewhere) -> User:
    return member("Charlie", elsewhere, Role.ADMIN)


@pytest.fixture
def visit() -> Callable[[User | None], Client]:
    """A browser without script, signed in as the given person."""

    def sign_in(user: User | None = None) -> Client:
        client = Client()
        if user is not None:
            client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return sign_in


@pytest.fixture
def sandbox(settings) -> Iterator:
    """A running imitation of the providers; all their regions point at it."""
    from sandbox.server import Sandbox

    running = Sandbox(None, port=0)
    running.start()
    settings.PROVIDER_URLS = dict.fromkeys(REGIONS, running.url)
    yield running
    running.stop()


@pytest.fixture
def connection(workspace, alice, sandbox) -> Connection:
    """Marlow's working connection to the sandbox."""
    made = Connection(workspace=workspace, provider="airship", name="Airship EU", region="eu", key=sandbox.key)
    made.seal_secret(sandbox.secret, sandbox.url, alice)
    made.health = Connection.Health.ACTIVE
    made.save()
    return made


@pytest.fixture
def paywalls(workspace, alice, sandbox) -> Connection:
    """Marlow's working connection to the sandbox's Qonversion, production."""
    made = Connection(workspace=workspace, provider="qonversion", name="Qonversion", region="production")
    made.key = fingerprint(sandbox.secret_key)
    made.seal_secret(sandbox.secret_key, sandbox.url, alice)
    made.health = Connection.Health.ACTIVE
    made.save()
    return made


@pytest.fixture
def paywall(paywalls, sandbox) -> Callable[..., Experiment]:
    """Make a test with two groups at the sandbox's Qonversion and read it: `paywall("active", "paused", name="x")`."""
    vendor = Caller(sandbox, sandbox.secret_key)

    def make(*statuses: str, **fields: Any) -> Experiment:
        shown = vendor.created(**{"segment_percent": 50, "primary_metric": "user_to_trial", **fields})
        for name, is_control in (("Control", True), ("Annual", False)):
            group = {"name": name, "weight": 1, "is_control": is_control}
            assert vendor.call("POST", f"{EXPERIMENTS}/{shown['id']}/groups", group).status_code == 201
        for status in statuses:
            assert vendor.move(shown["id"], status).ok
        mirror.sync(str(paywalls.pk))
        return Experiment.objects.get(remote_id=shown["id"])

    return make


DOCUMENT: dict[str, Any] = {
    "name": "Sunday long run reminder",
    "description": "Does the distance bring more runners out?",
    "audience": {"tag": "long-run-plan"},
    "device_types": ["ios", "android"],
    "control": 0.1,
    "variants": [
        {"name": "Distance", "weight": 2, "push": {"notification": {"alert": "14 km is waiting for you."}}},
        {"name": "Weather", "weight": 1, "push": {"notification": {"alert": "Dry until noon."}}},
    ],
}


@pytest.fixture
def write(connection, bob) -> Callable[..., Draft]:
    """A draft of bob's with one revision: `write(when={"mode": "now"}, audience="all")`."""

    def make(when: dict[str, Any] | None = None, **changes: Any) -> Draft:
        document = copy.deepcopy(DOCUMENT) | changes
        draft = Draft.objects.create(workspace=connection.workspace, connection=connection, owner=bob)
        plan = {"goal": "", "measure": "", "tags": [], "when": when or {"mode": "soon"}}
        draft.append(document, plan, by=bob, based_on=0, name=str(document["name"]))
        return draft

    return make


@pytest.fixture
def draft(write) -> Draft:
    return write()


@pytest.fixture
def work() -> Callable[[], None]:
    """What workers do, here and now: carry out everything that is queued, then look up what is unknown."""

    def carry_out() -> None:
        due = Operation.objects.filter(not_before__lte=timezone.now())
        for operation in due.filter(state=State.QUEUED).order_by("created_at"):
            relay.send(operation.pk)
        for operation in due.filter(state=State.UNKNOWN):
            relay.reconcile(operation.pk)

    return carry_out


@pytest.fixture
def checked(paula, work) -> Callable[[Draft], Operation]:
    """The check of a draft that the provider accepted."""

    def check(draft: Draft) -> Operation:
        operation = relay.propose(draft, paula)
        work()
        operation.refresh_from_db()
        assert operation.state == State.SUCCEEDED, operation.message
        return operation

    return check


@pytest.fixture
def confirmed(checked, paula) -> Callable[[Draft], Operation]:
    """A send that paula confirmed and no worker has taken yet."""

    def confirm(draft: Draft) -> Operation:
        return relay.submit(checked(draft), paula, {})

    return confirm


@pytest.fixture
def passing() -> Iterator[time_machine.Traveller]:
    """Time stands still, for us and for the sandbox, until `passing.move_to(…)` or `passing.shift(…)`."""
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


@pytest.fixture
def airship(workspace, alice) -> Connection:
    """Marlow's connection, for pages that ask no provider."""
    made = Connection(workspace=workspace, name="Airship EU", region="eu", key="k" * 22, health="active")
    made.seal_secret("s" * 22, "http://127.0.0.1:9", alice)
    made.save()
    return made


@pytest.fixture
def listed(airship, bob) -> Callable[..., Any]:
    """Make a row of the list: `listed("draft", "Sunday", …)`."""
    made = iter(range(10_000))

    def make(kind="experiment", name="Sunday", **values):
        number = next(made)
        at = values.pop("at", datetime(2026, 10, 1, 9, tzinfo=UTC) + timedelta(minutes=number))
        tags = values.get("tags", [])
        common = {
            "workspace": airship.workspace,
            "connection": airship,
            "name": name,
            "search_text": folded(name, tags),
            "when_at": at,
            "updated_at": at,
            "owner": bob,
        } | values
        if kind == "draft":
            return Draft.objects.create(**common)
        return Experiment.objects.create(remote_id=f"r{number}", **common)

    return make


@pytest.fixture
def make(connection) -> Callable[..., Any]:
    """Make a test at the provider, behind Splitdesk's back."""

    def create(name, **more):
        return client("airship").create(account_for(connection), json.dumps(body(name, **more)).encode())

    return create


@pytest.fixture
def sync(connection) -> Callable[[], Sync]:
    """Read the connection once."""

    def run():
        mirror.sync(str(connection.pk))
        return Sync.objects.get(connection=connection)

    return run
