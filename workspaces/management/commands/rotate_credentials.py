"""Wrap every stored secret with the first key of CREDENTIAL_KEYS. Can be stopped and started again at any time."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from workspaces import vault
from workspaces.models import Connection


class Command(BaseCommand):
    help = "Wraps every stored secret that is not under the first key of CREDENTIAL_KEYS with that key."

    def handle(self, *args: Any, **options: Any) -> None:
        wrapped = current = failed = 0
        for connection in Connection.objects.exclude(secret="").order_by("created_at").iterator():
            if vault.is_current(connection.secret):
                current += 1
                continue
            try:
                sealed = vault.rewrap(connection.secret, connection.context)
            except vault.CannotOpen as error:
                failed += 1
                self.stderr.write(f"{connection.pk} in {connection.workspace_id}: {error}")
                continue
            # Only where nobody entered a new secret meanwhile; that one is under the first key anyway.
            wrapped += Connection.objects.filter(pk=connection.pk, secret=connection.secret).update(secret=sealed)
        self.stdout.write(f"Wrapped anew: {wrapped}. Already under the first key: {current}. Not readable: {failed}.")
        if failed:
            raise CommandError("Keep the old key: some secrets could not be read. Enter them again on their pages.")
