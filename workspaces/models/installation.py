"""The installation as a whole, one row: whether anything is sent at all, and where its data was when it was adopted.

Pages and workers read it with what they read anyway (`standing`), so that asking costs no query of its own.
"""

import time
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from workspaces.models.audit import AuditEntry
from workspaces.models.people import User, Workspace

ONLY = 1


def _now_in_microseconds() -> int:
    return time.time_ns() // 1000


def address() -> str:
    """Where people open Splitdesk: a copy for trying things out has another one. On this machine alone, any port."""
    url = settings.BASE_URL.strip().rstrip("/").lower()
    return "localhost" if urlsplit(url).hostname in {"localhost", "127.0.0.1", "::1"} else url


class Installation(models.Model):
    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY, editable=False)
    identity = models.UUIDField(default=uuid.uuid4, editable=False)

    is_sending_stopped = models.BooleanField(
        "sending is stopped everywhere",
        default=False,
        help_text="While this is on, nothing is sent or deleted at any provider, in no workspace. Nothing is lost.",
    )
    stopped_why = models.CharField("why", max_length=300, blank=True, help_text="Every member can read this.")
    stopped_by = models.ForeignKey(User, models.SET_NULL, null=True, editable=False, related_name="+")
    stopped_at = models.DateTimeField(null=True, editable=False)

    # Where the data was, and for whom, when it was adopted:
    place = models.JSONField(default=dict, editable=False)
    address = models.CharField(max_length=300, default=address, editable=False)
    instance = models.CharField(max_length=100, blank=True, editable=False)
    epoch = models.CharField(max_length=100, blank=True, editable=False)
    adopted_at = models.DateTimeField(default=timezone.now, editable=False)
    adopted_by = models.ForeignKey(User, models.SET_NULL, null=True, editable=False, related_name="+")
    unadopted = models.JSONField(
        default=dict,
        editable=False,
        help_text="Connections that nobody could read at the last adoption, with the time since when to compare them.",
    )
    # How new it is: `life` counts adoptions (microseconds since 1970), `tick` the sweeps since.
    life = models.PositiveBigIntegerField(default=_now_in_microseconds, editable=False)
    tick = models.PositiveBigIntegerField(default=0, editable=False)
    ticked_at = models.DateTimeField(null=True, editable=False)

    closed_because = models.CharField(max_length=300, blank=True, editable=False)
    closed_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name_plural = "installation"
        constraints = [models.CheckConstraint(condition=models.Q(id=ONLY), name="one_installation")]

    def __str__(self) -> str:
        return "This installation"

    @classmethod
    def the(cls) -> "Installation":
        """The one row. Where there is none yet, this is the first start, and the data is adopted where it is."""
        row, _ = cls.objects.get_or_create(pk=ONLY, defaults={"instance": settings.INSTANCE})
        return row

    @classmethod
    def switch(cls, *, stopped: bool, why: str, by: User | None, **data: Any) -> bool:
        """Stop all sending, or let it go on. False where it was so already.

        Every workspace gets an entry in its own record: its members must see who stopped their sends.
        """
        cls.the()
        values: dict[str, Any] = {"is_sending_stopped": stopped, "stopped_why": why if stopped else ""}
        values |= {"stopped_by": by if stopped else None, "stopped_at": timezone.now() if stopped else None}
        with transaction.atomic():
            same = {"is_sending_stopped": stopped, "stopped_why": values["stopped_why"]}
            if not cls.objects.filter(pk=ONLY).exclude(**same).update(**values):
                return False
            cls.tell_everybody("installation.stop" if stopped else "installation.go", by, why=why, **data)
        return True

    @classmethod
    def tick_on(cls) -> "Installation | None":
        """The row, one sweep newer; None where sending was closed meanwhile."""
        fresh = {"tick": models.F("tick") + 1, "ticked_at": timezone.now()}
        is_open = cls.objects.filter(pk=ONLY, closed_because="").update(**fresh)
        return cls.objects.get(pk=ONLY) if is_open else None

    @classmethod
    def close(cls, because: str) -> bool:
        """Nothing goes out any more until a person adopts the data. False where it was closed already."""
        with transaction.atomic():
            values = {"closed_because": because[:300], "closed_at": timezone.now()}
            if not cls.objects.filter(pk=ONLY, closed_because="").update(**values):
                return False
            cls.tell_everybody("installation.close", None, why=because)
        return True

    @classmethod
    def open_again(cls, row: "Installation", *, after: int, by: User | None, **values: Any) -> bool:
        """Adopt the data where it is now. False where somebody else has done so since `row` was read.

        Its new life is newer than `after`, the newest that any witness has seen.
        """
        now = timezone.now()
        new = {"life": max(_now_in_microseconds(), after + 1), "tick": 0, "ticked_at": now}
        values |= {"closed_because": "", "closed_at": None, "adopted_at": now, "adopted_by": by}
        return bool(cls.objects.filter(pk=ONLY, life=row.life).update(**new, **values))

    @staticmethod
    def tell_everybody(action: str, by: User | None, **data: Any) -> None:
        """One audit entry in every workspace, in the caller's transaction."""
        for workspace in Workspace.objects.order_by("pk"):
            AuditEntry.record(workspace, action, by=by, **data)


@dataclass(frozen=True)
class Standing:
    """What the one row says, as far as sending asks. The empty one, before the first start, is open."""

    is_stopped: bool = False
    why: str = ""
    closed_because: str = ""
    unadopted: tuple[str, ...] = ()

    @classmethod
    def of(cls, read: dict[str, Any] | None) -> "Standing":
        """From what `standing()` read."""
        if not read:
            return cls()
        closed = read["closed_because"] or moved(read["address"], read["instance"], read["epoch"])
        return cls(bool(read["is_stopped"]), read["why"], closed, tuple(read["unadopted"]))


class standing(models.Func):  # noqa: N801  (written like any other function of a query)
    """A column for any query, `….annotate(installation=standing())`, of which `Standing.of` makes a `Standing`.

    Plain SQL: put together from expressions it costs each page and each claim more than the rest of their query.
    """

    output_field = models.JSONField()
    arity = 0
    function = "JSON_OBJECT"
    template = """(SELECT %(function)s('is_stopped', is_sending_stopped, 'why', stopped_why,
        'closed_because', closed_because, 'unadopted', %(unadopted)s, 'address', address, 'instance', instance,
        'epoch', epoch) FROM workspaces_installation WHERE id = 1)"""

    def __init__(self) -> None:
        super().__init__(unadopted="JSON(unadopted)")  # else SQLite takes it for a text

    def as_postgresql(self, compiler: Any, connection: Any) -> Any:
        return self.as_sql(compiler, connection, function="JSONB_BUILD_OBJECT", unadopted="unadopted")


def moved(adopted_address: str, adopted_instance: str, adopted_epoch: str) -> str:
    """Why this very process is not of the installation that was adopted, "" where it is.

    It concerns this process alone: a command run with other settings must not close the real installation.
    """
    if adopted_address != address():
        return f"The data was adopted for {adopted_address}, and this is {address()}."
    if adopted_instance != settings.INSTANCE:
        return f"The data was adopted as “{adopted_instance}”, and this is “{settings.INSTANCE}”."
    if settings.RESTORE_EPOCH and adopted_epoch != settings.RESTORE_EPOCH:
        return f"RESTORE_EPOCH says that the data was restored ({settings.RESTORE_EPOCH})."
    return ""
