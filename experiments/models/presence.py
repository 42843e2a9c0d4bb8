"""Who has a draft open: one short-lived row for each opened page."""

from datetime import timedelta

from django.db import connection, models, transaction
from django.utils import timezone

from experiments.models.drafts import Draft
from workspaces.models import User

LIFE = timedelta(seconds=30)  # three times the pause between two signs of a page
LONGEST_PLACE = 80
MOST_SWEPT = 200  # rows taken away by one newcomer
_PATIENCE = "300ms"  # a save holds the draft's row for a moment; a sign of presence must not wait for it


class Presence(models.Model):
    """A page of the editor that somebody has open. A row that was not renewed for a while says nothing."""

    draft = models.ForeignKey(Draft, models.CASCADE, related_name="presences")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    page = models.CharField(max_length=40, help_text="The id that the opened page carries.")
    place = models.CharField(max_length=80, blank=True, help_text="The field that has the focus, in words.")
    at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        ordering = ["at"]
        constraints = [models.UniqueConstraint(fields=["draft", "page"], name="one_presence_each_page")]

    def __str__(self) -> str:
        return f"{self.user} in {self.draft}"

    @classmethod
    def sign(cls, draft: Draft, user: User, page: str, place: str) -> None:
        """Write that the page is open. Nobody can speak for the page of somebody else: that changes nothing.

        One statement for a page that is known. A new one also sweeps old rows, of all drafts, a bounded number.
        Raises OperationalError where the draft is locked for longer than a moment.
        """
        now = timezone.now()
        if cls.objects.filter(draft=draft, page=page, user=user).update(place=place[:LONGEST_PLACE], at=now):
            return
        with transaction.atomic():
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute(f"SET LOCAL lock_timeout = '{_PATIENCE}'")
            row = Presence(draft=draft, user=user, page=page, place=place[:LONGEST_PLACE], at=now)
            Presence.objects.bulk_create([row], ignore_conflicts=True)
            old = cls.objects.filter(at__lt=now - LIFE).order_by("at").values("pk")[:MOST_SWEPT]
            cls.objects.filter(pk__in=list(old.values_list("pk", flat=True))).delete()

    @classmethod
    def leave(cls, draft: Draft, user: User, page: str) -> None:
        cls.objects.filter(draft=draft, page=page, user=user).delete()

    @classmethod
    def others(cls, draft: Draft, page: str) -> "list[Presence]":
        """The other pages that are open now, the newest sign of each person (of at most 50 pages)."""
        rows = cls.objects.filter(draft=draft, at__gte=timezone.now() - LIFE).exclude(page=page)
        newest = {row.user_id: row for row in rows.select_related("user").order_by("-at")[:50][::-1]}
        return sorted(newest.values(), key=lambda row: str(row.user))
