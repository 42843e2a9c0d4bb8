"""Who has a draft open: one short-lived row for each opened page."""

from django.db import models
from django.utils import timezone

from experiments.models.drafts import Draft
from workspaces.models import User


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
