"""What narrows the list of operations, as its address holds it: read with tolerance, written in one way only."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.http import QueryDict

from experiments.models import Kind, State
from experiments.providers import PROVIDERS
from experiments.views.filters import day, is_owner, is_uuid, line, some
from workspaces.models import User, Workspace

# An undo is a delete to the machine and something else to people.
KINDS: dict[str, tuple[str, Q]] = {
    "create": ("Send", Q(kind=Kind.CREATE)),
    "undo": ("Undo", Q(kind=Kind.DELETE, undoes__isnull=False)),
    "delete": ("Delete", Q(kind=Kind.DELETE, undoes=None)),
    **{kind.value: (str(kind.label), Q(kind=kind)) for kind in (Kind.STATUS, Kind.UPDATE, Kind.ATTACH, Kind.DETACH)},
}
# What was undone has succeeded as well, and is shown apart.
TABS: dict[str, tuple[str, tuple[State, ...]]] = {
    "": ("All", tuple(State)),
    "waiting": ("Queued", (State.QUEUED, State.RETRY_WAIT)),
    "sending": ("Sending", (State.CLAIMED, State.ON_WIRE)),
    "unknown": ("Unknown", (State.UNKNOWN, State.RECONCILING)),
    "person": ("Needs a person", (State.NEEDS_PERSON, State.CONFLICT)),
    "parked": ("Parked", (State.PARKED,)),
    "failed": ("Failed", (State.REJECTED, State.EXPIRED, State.NOT_APPLIED)),
    "succeeded": ("Succeeded", (State.SUCCEEDED,)),
    "undone": ("Undone", (State.SUCCEEDED,)),
    "cancelled": ("Cancelled", (State.CANCELLED,)),
}
IDS = ("remote_id", "push_id", "remote_operation_id", "target_id", "marker")


@dataclass(frozen=True)
class Filters:
    """What somebody asked the list for, in plain values that go back into the address and the form."""

    state: str = ""
    q: str = ""
    kind: tuple[str, ...] = ()
    provider: tuple[str, ...] = ()
    connection: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    before: str = ""

    @property
    def are_on(self) -> bool:
        """Whether anything but the tab narrows the list."""
        return any((self.q, self.kind, self.provider, self.connection, self.by, self.since, self.until))

    @property
    def dates(self) -> str:
        """ "1 Sep 2026 – 31 Oct 2026", "from 1 Sep 2026", "until 31 Oct 2026"."""
        first, last = (f"{at.day} {at:%b %Y}" if at else "" for at in (self.since, self.until))
        if first and last:
            return f"{first} – {last}"
        return f"from {first}" if first else f"until {last}" if last else ""

    def query(self, **changes: Any) -> str:
        """The address of this list with other values; the place in the list is left behind unless it is given."""
        values = self.__dict__ | {"before": ""} | changes
        return urlencode([pair for pair in values.items() if pair[1]], doseq=True)

    def wanted(self, workspace: Workspace, user: User) -> Q:
        """The same for the database: days become moments in the workspace's zone, "me" a person."""
        wanted = Q()
        for part in self._parts(workspace, user):
            wanted &= part
        return wanted

    def _parts(self, workspace: Workspace, user: User) -> Iterator[Q]:
        if self.state:
            yield Q(state__in=TABS[self.state][1])
        if self.state in ("succeeded", "undone"):
            yield Q(undone_at__isnull=self.state == "succeeded")
        if self.kind:
            either = Q()
            for code in self.kind:
                either |= KINDS[code][1]
            yield either
        if self.provider:
            yield Q(connection__provider__in=self.provider)
        if self.connection:
            yield Q(connection__in=self.connection)
        if self.by:
            yield Q(by__in=[user.pk if one == "me" else int(one) for one in self.by])
        if self.since:
            yield Q(created_at__gte=_midnight(self.since, workspace))
        if self.until:
            yield Q(created_at__lt=_midnight(self.until + timedelta(days=1), workspace))
        if self.q:
            yield _found(self.q)


def _midnight(at: date, workspace: Workspace) -> datetime:
    return datetime.combine(at, time(), tzinfo=workspace.zone).astimezone(UTC)


def _found(text: str) -> Q:
    """A part of the name, or a whole id: ours, our reference in the test, or any that a provider gave."""
    found = Q(name__icontains=text)
    for name in IDS:
        found |= Q(**{name: text})
    if is_id := _uuid(text):
        found |= Q(pk=is_id)
    return found


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def read(params: QueryDict) -> Filters:
    """The filters that an address names. What makes no sense is left out: a mangled link still shows operations."""
    state = params.get("state", "")
    return Filters(
        state=state if state in TABS else "",
        q=line(params.get("q", "")),
        kind=some(params.getlist("kind"), KINDS.__contains__),
        provider=some(params.getlist("provider"), PROVIDERS.__contains__),
        connection=some(params.getlist("connection"), is_uuid),
        by=some(params.getlist("by"), is_owner),
        since=day(params.get("since", "")),
        until=day(params.get("until", "")),
        before=params.get("before", "") if is_uuid(params.get("before", "")) else "",
    )
