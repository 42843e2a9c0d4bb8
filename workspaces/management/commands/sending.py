"""Stop all sending in all workspaces, or let it go on. The same switch is on the operators' pages."""

import getpass
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from workspaces.models import Installation


class Command(BaseCommand):
    help = (
        "Stops all sending in all workspaces (stop), or lets it go on (go). What is queued waits, and nothing is lost."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["stop", "go"])
        parser.add_argument("--why", default="", help="one sentence, which every member can read; needed to stop")

    def handle(self, *, what: str, why: str, **options: Any) -> None:
        if what == "stop" and not why.strip():
            raise CommandError("Say why: manage.py sending stop --why “…”. Every member can read it.")
        changed = Installation.switch(stopped=what == "stop", why=why.strip(), by=None, at_console=_account())
        state = "stopped in all workspaces" if what == "stop" else "on, except where an admin stopped a workspace"
        self.stdout.write(f"Sending is {state}." if changed else f"Nothing changed: sending was {state} already.")


def _account() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"  # a container's user need not have a name
