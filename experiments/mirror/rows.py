"""What a provider lists, as rows: one row for each (connection, id), whoever writes it first."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from experiments.models import Experiment, Kind, Operation, State, Status
from experiments.providers import PROVIDERS, document
from experiments.providers.marker import split_marker
from experiments.providers.shapes import Json, RemoteExperiment
from experiments.words import channel_words, folded
from workspaces.models import Connection

FIRST_REPORT = timedelta(minutes=1)
REPORTED_FOR = timedelta(days=14)
LISTING_LAG = timedelta(minutes=10)  # how long a listing may take to show what was just made; not documented
SEARCHED = 20_000  # characters of a test that the search looks at

_WRITTEN = (
    *("workspace", "provider", "push_id", "marker", "name", "description", "status", "remote_status", "created_at"),
    *("scheduled_at", "when_at", "is_fenced", "raw_text", "search_text", "shares", "channels", "tags", "owner"),
    *("operation", "needs_attention", "changes", "report_due_at", "seen_in_pass", "updated_at", "gone_at"),
)
_COMPARED = (
    *("name", "audience", "device_types", "control", "variants"),
    *("primary_metric", "goal_value", "goal_direction", "segment_percent", "context_key", "is_context_specific"),
    "groups",
)
_WHOLE_VARIANT = re.compile(r"/(variants|groups)/\d+")
_MESSAGE_KEYS = frozenset({"alert", "title", "subject", "summary", "body", "plaintext_body", "subtitle"})


def store(
    connection: Connection,
    remotes: Sequence[RemoteExperiment],
    *,
    number: int,
    planned: frozenset[str] | set[str] | None = None,
) -> int:
    """Write one page of a listing, in one transaction. Returns how many rows are new or changed.

    `number` is the pass they were seen in. `planned` holds the ids of the scheduled listing, which was read before: a
    test whose time is still to come and which is not among them has been taken back, whatever the other listing says.
    """
    now = timezone.now()
    with transaction.atomic():
        old = {
            row.remote_id: row for row in Experiment.objects.filter(connection=connection, remote_id__in=_ids(remotes))
        }
        buried = _buried(connection, old)
        rows, unchanged = [], []
        for remote in {remote.remote_id: remote for remote in remotes}.values():
            before = old.get(remote.remote_id)
            if before and (before.remote_id in buried or _is_taken_back(before, planned, now)):
                continue
            row = _row(connection, remote, before, number, now)
            if before and row is before:
                unchanged.append(before.pk)
            else:
                rows.append(row)
        _link(connection, rows)
        _write(rows)
        Experiment.objects.filter(pk__in=unchanged).update(seen_in_pass=number)
    return len(rows)


def adopt(operation: Operation, remote: RemoteExperiment | None = None) -> Experiment:
    """The row of what an operation has just made, so that lists show it before the next pass does.

    Without `remote`, where it could not be read back yet, the row shows what was sent, under the operation's remote id.
    """
    now = timezone.now()
    remote = remote or _as_sent(operation)
    with transaction.atomic():
        before = Experiment.objects.filter(connection_id=operation.connection_id, remote_id=remote.remote_id).first()
        # Not seen in any listing yet: until it is, or LISTING_LAG is over, no pass may call it gone.
        row = _row(operation.connection, remote, before, before.seen_in_pass if before else 0, now)
        row.push_id = row.push_id or operation.push_id
        _attach(row, operation)
        _write([row])
        adopted: Experiment = Experiment.objects.get(connection_id=operation.connection_id, remote_id=remote.remote_id)
    return adopted


def _as_sent(operation: Operation) -> RemoteExperiment:
    sent = operation.document
    speech = document(operation.connection.provider)
    return RemoteExperiment(
        remote_id=operation.remote_id,
        name=str(sent.get("name") or ""),
        description=str(sent.get("description") or ""),
        raw={"id": operation.remote_id, **sent},
        push_id=operation.push_id,
        scheduled_at=speech.scheduled_at(sent),
        is_fenced=speech.is_fenced(sent),
        marker=operation.marker,
        # A create has no status to set: what is made in steps begins as something that nobody can enter.
        status=Status.DRAFT if PROVIDERS[operation.connection.provider].is_staged else "",
    )


def refresh(connection: Connection, remote: RemoteExperiment) -> None:
    """One experiment as it was just looked up, in the row it has."""
    before = Experiment.objects.filter(connection=connection, remote_id=remote.remote_id).first()
    if before:
        # By our own doing, so nothing was “changed outside”.
        with transaction.atomic():
            row = _row(connection, remote, before, before.seen_in_pass, timezone.now())
            row.needs_attention, row.changes = before.needs_attention, before.changes
            _write([row])


def mark_deleted(connection: Connection, remote_id: str) -> None:
    """The provider has confirmed that it deleted this test before its time."""
    now = timezone.now()
    Experiment.objects.filter(connection=connection, remote_id=remote_id).exclude(status=Status.DELETED).update(
        status=Status.DELETED, gone_at=now, updated_at=now, needs_attention=False, report_due_at=None
    )


def settle_changes(experiment: Experiment) -> None:
    """Somebody has seen what was changed at the provider."""
    Experiment.objects.filter(pk=experiment.pk).update(needs_attention=False, changes=None)


def bury(connection: Connection, number: int) -> int:
    """After a complete pass: what it did not see is gone. Tests whose time has passed stay what they are, sent."""
    now = timezone.now()
    ids = list(missing_from(connection, number).values_list("pk", flat=True))
    gone = Experiment.objects.filter(pk__in=ids)
    gone.filter(status=Status.SCHEDULED, scheduled_at__gt=now).update(status=Status.DELETED, updated_at=now)
    return gone.update(gone_at=now)


def missing_from(connection: Connection, number: int) -> QuerySet[Experiment]:
    """The tests that pass `number` has not seen although it should have."""
    now = timezone.now()
    return Experiment.objects.filter(connection=connection, gone_at=None, seen_in_pass__lt=number).exclude(
        # Just made by us, or just begun: the listings may not show it yet.
        Q(seen_in_pass=0, operation__finished_at__gt=now - LISTING_LAG)
        | Q(scheduled_at__gt=now - LISTING_LAG, scheduled_at__lte=now)
    )


def set_groups(experiment: Experiment, groups: Sequence[Json]) -> bool:
    """The groups of a test whose listing does not tell them. False where they are known, or the row moved on."""
    old_raw = experiment.raw
    if old_raw.get("groups") == list(groups):
        return False
    held, raw = experiment.raw_text, {**old_raw, "groups": list(groups)}
    experiment.raw_text = json.dumps(raw, ensure_ascii=False)
    _set_shown(experiment, raw)
    if experiment.operation_id and (changes := _changes(experiment.provider, old_raw, raw)):
        experiment.needs_attention, experiment.changes = True, changes
    names = ("raw_text", "shares", "channels", "search_text", "needs_attention", "changes")
    values = {name: getattr(experiment, name) for name in names}
    # Conditional: an operation that refreshed the row meanwhile knows more.
    return bool(Experiment.objects.filter(pk=experiment.pk, raw_text=held).update(**values))


def _ids(remotes: Iterable[RemoteExperiment]) -> list[str]:
    return [remote.remote_id for remote in remotes]


def _buried(connection: Connection, old: dict[str, Experiment]) -> set[str]:
    """Those that we deleted ourselves: a listing that lags must not bring them back."""
    deleted = [remote_id for remote_id, row in old.items() if row.status == Status.DELETED]
    if not deleted:
        return set()
    ours = Operation.objects.filter(
        connection=connection, kind=Kind.DELETE, state=State.SUCCEEDED, target_id__in=deleted
    )
    return set(ours.values_list("target_id", flat=True))


def _is_taken_back(before: Experiment, planned: frozenset[str] | set[str] | None, now: datetime) -> bool:
    is_ahead = before.scheduled_at is not None and before.scheduled_at > now
    return planned is not None and is_ahead and before.remote_id not in planned


def _row(
    connection: Connection, remote: RemoteExperiment, before: Experiment | None, number: int, now: datetime
) -> Experiment:
    """A row for `remote`, not saved; `before` itself where nothing but the pass would change."""
    old_raw = before.raw if before else {}
    is_same_pass = before is not None and number > 0 and before.seen_in_pass == number
    raw = _merged(connection, old_raw, remote.raw, is_same_pass)
    if before and raw == old_raw and before.gone_at is None and before.raw_text:
        return before
    row = Experiment(connection=connection, remote_id=remote.remote_id)
    if before:
        for name in ("owner_id", "operation_id", "tags", "needs_attention", "changes", "report_due_at"):
            setattr(row, name, getattr(before, name))
    row.workspace_id, row.provider = connection.workspace_id, connection.provider
    row.push_id = remote.push_id or (before.push_id if before else "")
    row.name = str(raw.get("name") or remote.name)[:255]
    row.description, marker = split_marker(str(raw.get("description") or remote.description))
    row.marker = marker or remote.marker
    row.raw_text = json.dumps(raw, ensure_ascii=False)
    row.seen_in_pass, row.updated_at = number, now
    _set_times(row, remote, before, now)
    _set_shown(row, raw)
    if before and before.operation_id and (changes := _changes(before.provider, old_raw, raw)):
        row.needs_attention, row.changes = True, changes
    return row


def _merged(connection: Connection, old_raw: Json, raw: Json, is_same_pass: bool) -> Json:
    if PROVIDERS[connection.provider].is_staged:
        # One listing that shows a test whole, where a missing key is no value. Only the groups are told elsewhere.
        return ({"groups": old_raw["groups"]} if "groups" in old_raw else {}) | raw
    # The listings leave out different keys. Of one that both show, the scheduled listing, read first, knows more.
    return {**raw, **old_raw} if is_same_pass else {**old_raw, **raw}


def _set_times(row: Experiment, remote: RemoteExperiment, before: Experiment | None, now: datetime) -> None:
    row.created_at = remote.created_at or (before.created_at if before else None)
    row.remote_status = remote.remote_status
    if PROVIDERS[row.provider].is_staged:
        _set_status(row, remote, before, now)
        return
    row.scheduled_at = remote.scheduled_at or (before.scheduled_at if before else None)
    row.is_fenced = remote.is_fenced if remote.scheduled_at else bool(before and before.is_fenced)
    row.when_at = row.scheduled_at or row.created_at or (before.when_at if before else now)
    is_ahead = row.scheduled_at is not None and row.scheduled_at > now
    row.status = Status.SCHEDULED if is_ahead else Status.FINISHED
    has_figures_to_come = not is_ahead and row.when_at > now - REPORTED_FOR
    if has_figures_to_come and not row.report_due_at and not (before and before.report_at):
        row.report_due_at = row.when_at + FIRST_REPORT


def _set_status(row: Experiment, remote: RemoteExperiment, before: Experiment | None, now: datetime) -> None:
    """What the provider says it is, since when; "" for a word that nobody knows. Its own time of change counts."""
    row.status, row.updated_at = remote.status, remote.updated_at or now
    begun = remote.started_at or row.created_at or (before.when_at if before else now)
    row.when_at = (remote.finished_at or begun) if row.status == Status.FINISHED else begun
    if row.status not in ("", Status.DRAFT) and (before is None or before.status != row.status):
        row.report_due_at = now


def _set_shown(row: Experiment, raw: Json) -> None:
    speech = document(row.provider)
    row.shares = [asdict(share) for share in speech.shares(raw)]
    row.channels = channel_words(speech.channels(raw))[:100]
    ids = [row.remote_id, row.push_id, str(raw.get("alias_id") or "")]
    texts = [row.name, row.description, *ids, *row.tags, *_messages(speech.variants_of(raw))]
    row.search_text = folded(texts)[:SEARCHED]


def _messages(value: Any, key: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _messages(item, name)
    elif isinstance(value, list):
        for item in value:
            yield from _messages(item, key)
    elif isinstance(value, str) and (key in _MESSAGE_KEYS or key == "name"):
        yield value


def _changes(provider: str, before: Json, after: Json) -> list[dict[str, Any]]:
    """What somebody changed. A place that only one of the two shows is a listing that tells less, not a change."""
    both = [key for key in _COMPARED if key in before and key in after]
    found = document(provider).same_content({key: before[key] for key in both}, {key: after[key] for key in both})
    return [
        {"pointer": pointer, "before": _plain(old), "after": _plain(new)}
        for pointer, old, new in found
        if _WHOLE_VARIANT.fullmatch(pointer) or (_is_json(old) and _is_json(new))
    ]


def _plain(value: Any) -> Any:
    return value if _is_json(value) else None


def _is_json(value: Any) -> bool:
    return value is None or isinstance(value, dict | list | str | int | float)


def _link(connection: Connection, rows: Sequence[Experiment]) -> None:
    """Tie rows to the operations that made them: by the id that came back, else by our marker."""
    loose = [row for row in rows if not row.operation_id]
    if not loose:
        return
    markers = [row.marker for row in loose if row.marker]
    made = Operation.objects.filter(connection=connection, kind=Kind.CREATE).select_related("draft")
    found = made.filter(Q(remote_id__in=[row.remote_id for row in loose]) | Q(marker__in=markers))
    by_id = {operation.remote_id: operation for operation in found if operation.remote_id}
    by_marker = {operation.marker: operation for operation in found if operation.marker}
    for row in loose:
        maker = by_id.get(row.remote_id) or by_marker.get(row.marker)
        # A copy made at the provider carries our marker as well; what we made has another id.
        if maker and maker.remote_id in ("", row.remote_id):
            _attach(row, maker)


def _attach(row: Experiment, operation: Operation) -> None:
    draft = operation.draft
    row.operation = operation
    row.owner_id = row.owner_id or (draft.owner_id if draft and draft.owner_id else operation.by_id)
    row.marker = row.marker or operation.marker
    row.is_fenced = row.is_fenced or bool(operation.fence_at)
    if draft and draft.tags:
        row.tags = draft.tags
        row.search_text = folded(row.search_text, draft.tags)[:SEARCHED]


def _write(rows: Sequence[Experiment]) -> None:
    Experiment.objects.bulk_create(
        rows, batch_size=500, update_conflicts=True, update_fields=_WRITTEN, unique_fields=["connection", "remote_id"]
    )
