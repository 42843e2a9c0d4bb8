"""After a restore or a copy: show what the providers hold, and with --yes let things go out again."""

from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from experiments.relay import adopting
from workspaces.models import Connection, Installation
from workspaces.models.installation import address


class Command(BaseCommand):
    help = (
        "After a restore or a copy nothing goes out until the data is adopted. Reads all connections and says what it "
        "found; with --yes it settles or parks what was waiting, and opens the gate. It sends nothing itself."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        left_out = "id of a connection that cannot be read: nothing goes out through it until it is adopted as well"
        parser.add_argument("--yes", action="store_true", help="adopt; without it, only look")
        parser.add_argument("--why", default="", help="one sentence for the record of every workspace")
        parser.add_argument("--without", action="append", default=[], metavar="ID", type=UUID, help=left_out)
        parser.add_argument("--restored", action="store_true", help="adopt although there is no sign of a restore")

    def handle(self, *, yes: bool, why: str, without: Sequence[UUID], restored: bool, **options: Any) -> None:
        reason = adopting.reason() or ("An operator said that the data was restored." if restored else "")
        if not reason and not Installation.the().unadopted:
            self.stdout.write("Nothing has to be adopted: the data is where it was. (--restored adopts it anyway.)")
            return
        self.stdout.write(reason or "Some connections were left out at the last adoption.")
        compared = adopting.compare(everything=bool(reason))
        for one in compared:
            self.stdout.write(f"\n{one.connection} in {one.connection.workspace} ({one.connection.pk})")
            self.stdout.write("".join(f"  {line}\n" for line in adopting.lines(one)), ending="")
        if not yes:
            self.stdout.write(f"\nThis was a look. With --yes it is adopted for {address()}, and sending goes on.")
            return
        try:
            left_out = list(Connection.objects.filter(pk__in=without))
            adopting.adopt(compared, by=None, why=why or reason or "Left out before.", without=left_out)
        except adopting.CannotAdopt as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"\nAdopted for {address()}. What was waiting is settled, or waits for a person.")
