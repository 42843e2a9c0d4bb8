"""What is measured on: a workspace with its people and key, many mirrored tests, and drafts to check and send."""

import json
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.db import connection as database
from django.utils import timezone

from benchmarks.stage import Stage
from experiments import providers, relay
from experiments.forms import saving
from experiments.models import Draft, Experiment, Operation, State, Status
from experiments.words import channel_words, folded
from workspaces.models import Connection, Membership, Role, User, Workspace

AT_ONCE = 2000  # rows in one INSERT
AHEAD = 40  # tests whose time is still to come
THINGS = ("Sunday long run", "Shoe mileage", "Race week", "First 5 k", "Streak at risk", "Winter plan", "Club night")
ANGLES = ("distance or weather", "how blunt", "morning or evening", "with a picture", "two titles", "one word less")
TAGS: tuple[list[str], ...] = (["retention"], ["retention", "q3"], [], ["onboarding"], ["club"])
DOCUMENT: dict[str, Any] = {
    "name": "Sunday long run reminder",
    "description": "Does the distance bring more runners out?",
    "audience": {"and": [{"tag": "long-run-plan"}, {"not": {"tag": "injury-pause"}}]},
    "device_types": ["ios", "android"],
    "control": 0.1,
    "variants": [
        {"name": "Distance", "weight": 2, "push": {"notification": {"alert": "14 km is waiting for you."}}},
        {"name": "Weather", "weight": 1, "push": {"notification": {"alert": "Dry until noon."}}},
    ],
}
PLAN: dict[str, Any] = {"goal": "More runs", "measure": "", "tags": ["retention"], "when": {"mode": "soon"}}


def team(stage: Stage, slug: str) -> tuple[Workspace, User, Connection]:
    """A workspace, its admin (who is an operator too), five members more, and a working connection to the sandbox."""
    workspace = Workspace.objects.create(name=slug.title(), slug=slug, time_zone="Europe/Berlin")
    alice = User.objects.create_superuser(f"alice@{slug}.example.com", None, name="Alice Brandt")
    Membership.objects.create(workspace=workspace, user=alice, role=Role.ADMIN)
    for name in ("Paula Nkemelu", "Bob Lindqvist", "Vera Okafor", "Tom Reuter", "Ida Sand"):
        user = User.objects.create_user(f"{name.split()[0].lower()}@{slug}.example.com", None, name=name)
        Membership.objects.create(workspace=workspace, user=user, role=Role.PUBLISHER)
    made = Connection(workspace=workspace, provider="airship", name="Airship EU", region="eu", key=stage.key)
    made.seal_secret(stage.secret, stage.sandbox, alice)
    made.health = Connection.Health.ACTIVE
    made.save()
    return workspace, alice, made


def mirrored(workspace: Workspace, connection: Connection, rows: int) -> None:
    """So many tests, as a sync would have written them: a few ahead, most finished, one in forty deleted."""
    document_of = providers.document("airship")
    shares = [asdict(share) for share in document_of.shares(DOCUMENT)]
    channels = channel_words(document_of.channels(DOCUMENT))
    owners = [*User.objects.filter(memberships__workspace=workspace), None]
    now = timezone.now()
    for first in range(0, rows, AT_ONCE):
        batch = []
        for number in range(first, min(first + AT_ONCE, rows)):
            is_ahead = number < AHEAD
            at = now + timedelta(hours=5 * (number + 1)) if is_ahead else now - timedelta(minutes=37 * number)
            name = f"{THINGS[number % len(THINGS)]}: {ANGLES[number % len(ANGLES)]} {number}"
            description = f"Number {number} of the plan for this season, written for the benchmark."
            document = {**DOCUMENT, "name": name, "description": description}
            finished = Status.DELETED if number % 40 == 39 else Status.FINISHED
            batch.append(
                Experiment(
                    workspace=workspace,
                    connection=connection,
                    remote_id=f"bench-{number:08}",
                    push_id=f"push-{number:08}",
                    name=name,
                    description=description,
                    status=Status.SCHEDULED if is_ahead else finished,
                    created_at=at - timedelta(days=2),
                    scheduled_at=at,
                    when_at=at,
                    is_fenced=is_ahead,
                    raw_text=json.dumps(document),
                    search_text=folded(name, description),
                    shares=shares,
                    channels=channels,
                    tags=TAGS[number % len(TAGS)],
                    owner=owners[number % len(owners)],
                    updated_at=at - timedelta(hours=1) if is_ahead else at,
                    gone_at=at if finished == Status.DELETED and not is_ahead else None,
                )
            )
        Experiment.objects.bulk_create(batch)
    with database.cursor() as cursor:  # what autovacuum does soon after so many rows have come
        cursor.execute("VACUUM ANALYZE" if database.vendor == "postgresql" else "ANALYZE")


def new_draft(workspace: Workspace, connection: Connection, by: User) -> Draft:
    return saving.start(workspace, DOCUMENT, PLAN, by=by, connection=connection)


def checked(draft: Draft, by: User) -> Operation:
    """The check of a draft, answered and accepted by the sandbox."""
    check = relay.propose(draft, by)
    relay.send(check.pk)
    check.refresh_from_db()
    assert check.state == State.SUCCEEDED, check.message
    return check
