"""Settled sends of which a provider holds a test too many are told on every page, so they are found by an index."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("experiments", "0007_heartbeats_and_counts_by_state"),
        ("workspaces", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="operation",
            index=models.Index(
                condition=models.Q(("reason__in", ["held_after_all", "held_twice"])),
                fields=["workspace", "fence_at"],
                name="operation_held_too_often",
            ),
        ),
    ]
