"""Inside the installation: what people do, as functions that a driver calls. Run as a module it answers calls.

Everything that is asked for goes the way the pages go: the relay writes the row, then a worker is told about it. Ids
are texts, moments are seconds since the epoch, and whatever is refused raises `Refused` with its code.
"""

import copy
import hashlib
import json
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402  (models need a Django that is set up)
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.db import close_old_connections, connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from experiments import mirror, providers, relay, tasks  # noqa: E402
from experiments.forms import saving  # noqa: E402
from experiments.forms.connections import fingerprint  # noqa: E402
from experiments.models import Attempt, Draft, Event, Experiment, Operation, Revision, State  # noqa: E402
from workspaces.models import AuditEntry, Connection, Membership, Role, User, Workspace  # noqa: E402

PASSWORD = "correct horse battery"  # noqa: S105  (of people who exist in a private installation alone)
CAST = {"alice": Role.ADMIN, "paula": Role.PUBLISHER, "bob": Role.EDITOR, "vera": Role.VIEWER}
WAIT_FOR_PERSON = frozenset({State.NEEDS_PERSON, State.CONFLICT, getattr(State, "PARKED", State.NEEDS_PERSON)})
MESSAGE = {
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
PAYWALL = {
    "name": "Annual first or monthly first",
    "alias_id": "annual-first",
    "description": "Which plan stands first?",
    "primary_metric": "user_to_trial",
    "goal_value": 4,
    "goal_direction": "increase",
    "segment_percent": 50,
    "groups": [
        {"name": "Annual first", "weight": 1, "is_control": True},
        {"name": "Monthly first", "weight": 1, "is_control": False},
    ],
}

# -- the stage


def make_world(undo_window: int = 60) -> dict[str, str]:
    """Marlow Running with its people and a working connection to each provider. Called again it changes nothing.

    Returns the ids of the `workspace`, of the connections `airship` and `qonversion`, and the workspace's `slug`.
    """
    workspace, _ = Workspace.objects.get_or_create(
        slug="marlow", defaults={"name": "Marlow Running", "time_zone": "Europe/Berlin", "undo_window": undo_window}
    )
    for name, role in CAST.items():
        email = f"{name}@example.com"
        user = User.objects.filter(email=email).first() or User.objects.create_user(email, PASSWORD, name=name.title())
        Membership.objects.get_or_create(user=user, workspace=workspace, defaults={"role": role})
    airship_key, airship_secret = _env("AIRSHIP_KEY"), _env("AIRSHIP_SECRET")
    airship = _connect(workspace, "airship", "eu", airship_key, airship_secret)
    secret = _env("QONVERSION_SECRET")
    qonversion = _connect(workspace, "qonversion", "production", fingerprint(secret), secret)
    return {
        "workspace": str(workspace.pk),
        "slug": workspace.slug,
        "airship": str(airship.pk),
        "qonversion": str(qonversion.pk),
    }


def session(name: str = "paula") -> dict[str, str]:
    """A cookie with which `name` is signed in at the web server: {cookie name: value}."""
    user = person(name)
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    return {settings.SESSION_COOKIE_NAME: str(store.session_key)}


# -- drafts


def write(provider: str = "airship", mode: str = "soon", seconds: float = 120, **changes: Any) -> str:
    """A draft of bob's with one revision. `mode` is "soon", "moment" (in so many `seconds`) or "now"."""
    document = copy.deepcopy(MESSAGE if provider == "airship" else PAYWALL) | changes
    plan: dict[str, Any] = {"goal": "", "measure": "", "tags": []}
    if provider == "airship":
        plan["when"] = {"mode": mode}
        if mode == "moment":
            at = (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")
            document = providers.document("airship").at_time(document, datetime.fromisoformat(f"{at}+00:00"))
    connection = Connection.objects.select_related("workspace").get(provider=provider, is_removed=False)
    draft = saving.start(
        connection.workspace, document, plan, by=person("bob"), provider=provider, connection=connection
    )
    return str(draft.pk)


def save(draft: str, **changes: Any) -> int:
    """Append a revision with the document's keys changed. Returns its number, which is acknowledged by that."""
    held = Draft.objects.select_related("workspace").get(pk=draft)
    newest = held.newest
    saved = saving.save(
        held, held.workspace, {**newest.document, **changes}, newest.plan, by=person("bob"), based_on=held.number
    )
    return saved.revision.number


# -- what publishers ask for; every one returns the id of its operation


def propose(draft: str, by: str = "paula") -> str:
    """Have the newest revision checked."""
    return _told(relay.propose(Draft.objects.select_related("workspace", "connection").get(pk=draft), person(by)))


def confirm(check: str, by: str = "paula") -> str:
    """Confirm what a check that succeeded has proposed."""
    return _told(relay.submit(_operation(check), person(by), {"sentence": "confirmed by the rig"}))


def propose_and_confirm(
    provider: str = "airship", mode: str = "soon", seconds: float = 120, patience: float = 30, **changes: Any
) -> str:
    """Write, have checked, wait for a worker to do that, and confirm. Raises TimeoutError, RuntimeError."""
    check = propose(write(provider, mode, seconds, **changes))
    until = time.monotonic() + patience
    while not (made := _operation(check)).is_final:
        if time.monotonic() > until:
            raise TimeoutError(f"The check is {made.state} after {patience:g} seconds: do workers run?")
        time.sleep(0.05)
    if made.state != State.SUCCEEDED:
        raise RuntimeError(f"The check is {made.state}: {made.message}")
    return confirm(check)


def undo(operation: str, by: str = "paula") -> str:
    return _told(relay.undo(_operation(operation), person(by)))


def delete(remote_id: str, by: str = "paula") -> str:
    return _told(relay.delete_experiment(_experiment(remote_id), person(by)))


def move(remote_id: str, verb: str, by: str = "paula") -> str:
    """Of a paywall test: "start", "pause", "resume", "finish" …, as its provider's moves are called."""
    experiment = _experiment(remote_id)
    found = next(move for move in providers.PROVIDERS[experiment.provider].moves if move.verb == verb)
    return _told(relay.move_status(experiment, found, person(by)))


def change(remote_id: str, by: str = "paula", **changes: Any) -> str:
    """Of a paywall test: other values for fields of its document."""
    experiment = _experiment(remote_id)
    document = providers.staged_document(experiment.provider).from_remote(experiment.raw)
    return _told(relay.change(experiment, document, {**document, **changes}, person(by)))


def attach(remote_id: str, group_id: str, user_id: str, by: str = "paula") -> str:
    return _told(relay.attach_tester(_experiment(remote_id), group_id, user_id, person(by)))


def detach(remote_id: str, user_id: str, by: str = "paula") -> str:
    return _told(relay.detach_tester(_experiment(remote_id), user_id, person(by)))


def cancel(operation: str, by: str = "paula") -> None:
    relay.cancel(_operation(operation), person(by))


def look_now(operation: str) -> None:
    relay.look_now(_operation(operation))
    tasks.hint(tasks.reconcile, operation)


# -- what workers do, here and now, in the driver itself


def send(operation: str) -> None:
    relay.send(operation)


def reconcile(operation: str) -> None:
    relay.reconcile(operation)


def sweep() -> dict[str, list[str]]:
    """One sweep, telling nobody about what it found."""
    found = relay.sweep()
    return {"to_send": found.to_send, "to_look_up": found.to_look_up}


def sync(provider: str = "airship") -> None:
    """Read the connection until its pass is complete."""
    pk = str(Connection.objects.get(provider=provider, is_removed=False).pk)
    while mirror.sync(pk):
        pass


# -- looking


def states(ids: Iterable[str] | None = None) -> dict[str, dict[str, Any]]:
    """Operations by id, all of them where `ids` is None, as `row` tells them."""
    rows = Operation.objects.all() if ids is None else Operation.objects.filter(pk__in=list(ids))
    rows = rows.select_related("connection")
    return {str(operation.pk): row(operation) for operation in rows.order_by("created_at")}


def open_count() -> int:
    """How many operations are neither final nor wait for a person."""
    open_states = Operation.objects.exclude(state__in=WAIT_FOR_PERSON).filter(finished_at=None)
    return sum(not operation.is_final for operation in open_states.only("state"))


def revision_names() -> list[tuple[str, str]]:
    """(draft, the document's name) of every revision."""
    return [(str(one.draft_id), one.document.get("name", "")) for one in Revision.objects.all()]


def recovery_times() -> dict[str, float]:
    """Of operations whose worker had gone: how many, and the longest time in seconds until they were taken up."""
    longest, count = 0.0, 0
    before: dict[Any, Any] = {}
    for event in Event.objects.order_by("operation_id", "pk"):
        if event.reason == "worker_gone":
            count += 1
            longest = max(longest, (event.at - before[event.operation_id]).total_seconds())
        before[event.operation_id] = event.at
    return {"longest": round(longest, 1), "count": count}


def settled(ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Those of them that are final or wait for a person."""
    return {pk: found for pk, found in states(ids).items() if found["is_settled"]}


def undo_of(operation: str) -> str:
    """The newest undo of a send, "" where there is none."""
    found = Operation.objects.filter(undoes__pk=operation).order_by("-created_at").first()
    return str(found.pk) if found else ""


def experiment(remote_id: str) -> dict[str, Any] | None:
    """What the mirror shows of a test: its `pk` in addresses, and its `status`. None where it does not show it yet."""
    found = Experiment.objects.filter(remote_id=remote_id).first()
    return {"pk": str(found.pk), "status": found.status, "remote_status": found.remote_status} if found else None


def row(operation: Operation) -> dict[str, Any]:
    """What an operation is, how it stands, and when: moments as seconds since the epoch, None where there is none."""
    return {
        "id": str(operation.pk),
        "kind": operation.kind,
        "provider": providers.PROVIDERS[operation.connection.provider].code,
        "state": operation.state,
        "is_final": operation.is_final,
        "is_settled": operation.is_final or operation.state in WAIT_FOR_PERSON,
        "reason": operation.reason,
        "message": operation.message,
        "name": operation.name,
        "marker": operation.marker,
        "sha256": operation.sha256,
        "sent_sha256": _sent_sha256(operation),
        "draft": str(operation.draft_id or ""),
        "undoes": str(operation.undoes_id or ""),
        "is_undone": operation.undone_at is not None,
        "target_id": operation.target_id,
        "remote_id": operation.remote_id,
        "matches": operation.matches,
        "asked": json.loads(operation.body) if operation.kind not in {"create", "validate", "delete"} else None,
        "attempts": operation.attempt_count,
        "was_unknown": operation.unknown_since is not None,
        "created_at": operation.created_at.timestamp(),
        "finished_at": operation.finished_at.timestamp() if operation.finished_at else None,
        "fence_at": operation.fence_at.timestamp() if operation.fence_at else None,
        "next_at": (operation.lease_until or operation.not_before).timestamp(),
    }


def events(operation: str) -> list[dict[str, Any]]:
    """Every move of an operation, oldest first."""
    return [
        {"from": event.from_state, "to": event.to_state, "reason": event.reason, "at": event.at.isoformat()}
        for event in Event.objects.filter(operation__pk=operation)
    ]


def revisions(draft: str) -> list[int]:
    return list(Revision.objects.filter(draft__pk=draft).order_by("number").values_list("number", flat=True))


def evaluate(expression: str, /, **names: Any) -> Any:
    """The value of an expression over everything that this module imports."""
    return eval(expression, {**globals(), **names})  # noqa: S307  (the tests' own words)


def execute(statements: str, /, **names: Any) -> Any:
    """Run statements over everything that this module imports; what they leave in `result` comes back."""
    scope = {**globals(), **names, "result": None}
    exec(statements, scope)  # noqa: S102  (the tests' own words)
    return scope["result"]


# -- inside


def _sent_sha256(operation: Operation) -> str:
    """Of the bytes of the create call: a test that is made in steps is confirmed together with its groups."""
    code = operation.connection.provider
    if operation.kind != "create" or not providers.PROVIDERS[code].is_staged:
        return operation.sha256
    document_of = providers.staged_document(code)
    return hashlib.sha256(document_of.to_bytes(document_of.create_body(operation.document))).hexdigest()


def person(name: str) -> User:
    return User.objects.get(email=f"{name}@example.com")


def _told(operation: Operation) -> str:
    tasks.hint(tasks.send, operation.pk)
    return str(operation.pk)


def _operation(pk: str) -> Operation:
    return Operation.objects.select_related("workspace", "connection__workspace", "draft", "revision").get(pk=pk)


def _experiment(remote_id: str) -> Experiment:
    return Experiment.objects.select_related("workspace", "connection__workspace").get(remote_id=remote_id)


def _connect(workspace: Workspace, provider: str, region: str, key: str, secret: str) -> Connection:
    made = Connection.objects.filter(workspace=workspace, provider=provider, is_removed=False).first()
    if made is None:
        made = Connection(workspace=workspace, provider=provider, name=provider.title(), region=region, key=key)
        made.seal_secret(secret, settings.PROVIDER_URLS[provider, region], person("alice"))
        made.health = Connection.Health.ACTIVE
        made.save()
    return made


def _env(name: str) -> str:
    return os.environ[f"RIG_{name}"]


def _called(name: str) -> Callable[..., Any]:
    found: Callable[..., Any] | None = globals().get(name)
    if found is None or name.startswith("_") or getattr(found, "__module__", "") != __name__:
        raise AttributeError(f"rig/world.py has no function {name}")
    return found


def _answer(question: dict[str, Any]) -> dict[str, Any]:
    close_old_connections()
    try:
        result = _called(question["name"])(*question["arguments"], **question["named"])
        return {"result": result}
    except Exception as error:
        connection.close()  # whatever state it is in
        where = traceback.format_exc(limit=-6)
        message = getattr(error, "code", "") if isinstance(error, relay.Refused) else ""
        return {"error": {"kind": type(error).__name__, "message": message or str(error), "where": where}}


def _serve() -> None:
    answers = sys.stdout
    sys.stdout = sys.stderr  # whatever is printed must not look like an answer
    for line in sys.stdin:
        answers.write(json.dumps(_answer(json.loads(line)), default=str) + "\n")
        answers.flush()


__all__ = ["Attempt", "AuditEntry", "Experiment", "timezone"]  # there for `evaluate` and `execute`

if __name__ == "__main__":
    _serve()
