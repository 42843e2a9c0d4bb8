"""`manage.py demo_data`: the demo's people, workspaces, connections and drafts. Run again, it changes nothing."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from experiments import tasks
from experiments.forms import saving
from experiments.forms.connections import fingerprint
from experiments.forms.templates import test_content, variant_content
from experiments.models import Template
from workspaces.models import Connection, Membership, Role, User, Workspace

PASSWORD = "splitdesk-demo"  # noqa: S105  the demo prints it; it exists nowhere else
CAST = (
    ("alice", "Alice Brandt", Role.ADMIN),
    ("paula", "Paula Nkemelu", Role.PUBLISHER),
    ("bob", "Bob Lindqvist", Role.EDITOR),
    ("vera", "Vera Okafor", Role.VIEWER),
)
RUN = {
    "name": "Sunday long run reminder",
    "description": "Does the distance bring more runners out than the weather?",
    "audience": {"and": [{"tag": "long-run-plan"}, {"not": {"tag": "injury-pause"}}]},
    "device_types": ["ios", "android"],
    "control": 0.1,
    "variants": [
        {
            "name": "Distance",
            "weight": 2,
            "push": {
                "notification": {
                    "alert": "{{first_name}}, your Sunday long run is ready. Easy pace, about 1 h 25 min.",
                    "ios": {"title": "14 km is waiting for you"},
                    "android": {"title": "14 km is waiting for you"},
                },
                "options": {"personalization": True},
            },
        },
        {
            "name": "Weather",
            "weight": 2,
            "push": {
                "notification": {
                    "alert": "11 °C, a light wind from the west and no rain before lunch.",
                    "ios": {"title": "Dry until noon"},
                    "android": {"title": "Dry until noon"},
                }
            },
        },
    ],
}
SHOES = {
    "name": "Shoe mileage warning: how blunt?",
    "device_types": ["ios", "android", "web"],
    "variants": [
        {"name": "Blunt", "weight": 1, "push": {"notification": {"alert": "Your shoes are done. 812 km."}}},
        {"name": "Kind", "weight": 1, "push": {"notification": {}}},
    ],
}
PLAN = {
    "goal": "More runs on Sunday",
    "measure": "",
    "tags": ["retention"],
    "sample": "first_name = Ines",
    "when": {"mode": "soon"},
}
SIGN_OFF = {"text": "See you on Sunday, {{first_name}}."}


class Command(BaseCommand):
    help = "Load the demo's people, workspaces, connections and drafts. Only for the demo."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--airship-key", required=True)
        parser.add_argument("--airship-secret", required=True)
        parser.add_argument("--qonversion-secret", default="")

    def handle(self, *, airship_key: str, airship_secret: str, qonversion_secret: str, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("This is only for the demo: it makes people with a known password. Set DEMO=1.")
        with transaction.atomic():
            marlow, _ = Workspace.objects.get_or_create(
                slug="marlow-running", defaults={"name": "Marlow Running", "time_zone": "Europe/Berlin"}
            )
            people = [self.person(name, full, role, marlow) for name, full, role in CAST]
            halden, _ = Workspace.objects.get_or_create(
                slug="halden-books", defaults={"name": "Halden Books", "time_zone": "Europe/Oslo"}
            )
            people.append(self.person("charlie", "Charlie Moe", Role.ADMIN, halden))
            User.objects.filter(email="alice@example.com").update(is_staff=True, is_superuser=True)
            airship = Connection(workspace=marlow, provider="airship", name="Airship EU", region="eu", key=airship_key)
            connection = self.connect(airship, airship_secret, people[0])
            if qonversion_secret:
                place = {"provider": "qonversion", "name": "Qonversion", "region": "production"}
                paywalls = Connection(workspace=marlow, key=fingerprint(qonversion_secret), **place)
                self.connect(paywalls, qonversion_secret, people[0])
            if not marlow.drafts.exists():
                for document in (RUN, SHOES):
                    saving.start(marlow, document, PLAN, by=people[2], connection=connection)
            if not marlow.templates.exists():
                self.keep_templates(marlow, by=people[2])
        width = max(len(user.email) for user in people)
        for user in User.objects.filter(pk__in=[user.pk for user in people]).order_by("pk"):
            membership = user.memberships.select_related("workspace").order_by("pk")[0]  # the demo's own is the first
            also = ", operator at /operators/" if user.is_staff else ""
            self.stdout.write(
                f"{user.email:<{width}}  {PASSWORD}  {membership.get_role_display()} of {membership.workspace}{also}"
            )

    def person(self, name: str, full: str, role: Role, workspace: Workspace) -> User:
        email = f"{name}@example.com"
        user = User.objects.filter(email=email).first() or User.objects.create_user(email, PASSWORD, name=full)
        Membership.objects.get_or_create(user=user, workspace=workspace, defaults={"role": role})
        return User.objects.get(pk=user.pk)

    def keep_templates(self, workspace: Workspace, by: User) -> None:
        """One of each kind, as the editor would keep them."""
        content, plan = test_content(RUN, PLAN, "airship")
        whole = Template(workspace=workspace, kind=Template.Kind.TEST, provider="airship", plan=plan, by=by)
        whole.write(name="Reminder before a run", document=content)
        variant = Template(workspace=workspace, kind=Template.Kind.VARIANT, provider="airship", by=by)
        variant.write(name="Weather forecast", document=variant_content(RUN, 1, "airship", "variants"))
        Template(workspace=workspace, kind=Template.Kind.SNIPPET, by=by).write(name="Sign-off", document=SIGN_OFF)

    def connect(self, wanted: Connection, secret: str, by: User) -> Connection:
        """The sandbox's key. Its address may have changed since the last start, so the secret is sealed anew then."""
        host = settings.PROVIDER_URLS[wanted.provider, wanted.region]
        held = Connection.objects.filter(workspace=wanted.workspace, provider=wanted.provider, is_removed=False)
        made = held.filter(key=wanted.key).first() or wanted
        if made.host == host:
            return made
        made.seal_secret(secret, host, by)
        made.save()
        tasks.hint(tasks.check_connection, made.pk)
        return made
