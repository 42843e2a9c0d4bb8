"""The state of the list as its address holds it: read with tolerance, written in one way only."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from experiments import words
from experiments.models import Status
from experiments.models.listing import NOT_STARTED, SIZES, SORTS, Place, Wanted
from experiments.providers import PROVIDERS
from workspaces.models import User, Workspace

MOST_CHOICES = 30
LONGEST_TEXT = 200
STATUSES = (*Status.values, "attention", NOT_STARTED)


@dataclass(frozen=True)
class Filters:
    """What somebody asked the list for, in plain values that go back into the address and the form."""

    status: str = ""
    q: str = ""
    provider: tuple[str, ...] = ()
    connection: tuple[str, ...] = ()
    owner: tuple[str, ...] = ()
    tag: str = ""
    since: date | None = None
    until: date | None = None
    sort: str = "next"
    size: int = 50
    after: str = ""
    before: str = ""

    @property
    def are_on(self) -> bool:
        """Whether anything but the tab narrows the list."""
        return bool(self.q or self.provider or self.connection or self.owner or self.tag or self.since or self.until)

    @property
    def dates(self) -> str:
        """ "1 Sep – 31 Oct", "from 1 Sep", "until 31 Oct"."""
        first, last = (f"{day.day} {day:%b %Y}" if day else "" for day in (self.since, self.until))
        if first and last:
            return f"{first} – {last}"
        return f"from {first}" if first else f"until {last}" if last else ""

    def query(self, **changes: Any) -> str:
        """The address of this list with other values; a place in the list is left behind unless it is given."""
        values = self.__dict__ | {"after": "", "before": ""} | changes
        return urlencode([pair for pair in values.items() if pair[1] and pair[1] != _PLAIN[pair[0]]], doseq=True)

    def wanted(self, workspace: Workspace, user: User) -> Wanted:
        """The same for the database: days become moments in the workspace's zone, "me" a person."""
        zone = workspace.zone

        def midnight(day: date) -> datetime:
            return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)

        return Wanted(
            status=self.status,
            text=words.folded(self.q),
            providers=self.provider,
            connections=[uuid.UUID(text) for text in self.connection],
            owners=[user.pk if text == "me" else int(text) for text in self.owner],
            tag=self.tag,
            since=midnight(self.since) if self.since else None,
            until=midnight(self.until + timedelta(days=1)) if self.until else None,
            sort=self.sort,
            size=self.size,
            after=Place.read(self.after, self.sort),
            before=Place.read(self.before, self.sort),
        )


_PLAIN = Filters().__dict__


def read(params: QueryDict) -> Filters:
    """The filters that an address names. What makes no sense is left out: a mangled link still shows tests."""
    sort, size = params.get("sort", ""), params.get("size", "")
    status = params.get("status", "")
    return Filters(
        status=status if status in STATUSES else "",
        q=line(params.get("q", "")),
        provider=some(params.getlist("provider"), PROVIDERS.__contains__),
        connection=some(params.getlist("connection"), is_uuid),
        owner=some(params.getlist("owner"), is_owner),
        tag=line(params.get("tag", "")),
        since=day(params.get("since", "")),
        until=day(params.get("until", "")),
        sort=sort if sort in SORTS else "next",
        size=int(size) if size in {str(one) for one in SIZES} else 50,
        after=params.get("after", ""),
        before=params.get("before", ""),
    )


def line(text: str) -> str:
    """One line without what no database takes."""
    return " ".join(text.replace("\0", " ").encode(errors="replace").decode().split())[:LONGEST_TEXT]


def some(values: Sequence[str], is_fit: Callable[[str], bool]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values[:MOST_CHOICES] if is_fit(value)))


def is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


def is_owner(text: str) -> bool:
    return text == "me" or (text.isascii() and text.isdigit() and len(text) < 10)


def day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1970 <= day.year <= 9000 else None
