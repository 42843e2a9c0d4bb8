"""Writes down where every field of an Airship test is set: docs/airship-fields.md."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from experiments.management.field_table import page_of

PAGE = "docs/airship-fields.md"


class Command(BaseCommand):
    help = f"Writes {PAGE} from Airship's OpenAPI document and the editor's forms."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("openapi", help="Airship's OpenAPI document, a JSON file")

    def handle(self, *args: Any, **options: Any) -> None:
        openapi = json.loads(Path(options["openapi"]).read_text())
        Path(settings.BASE_DIR, PAGE).write_text(page_of(openapi))
        self.stdout.write(f"Wrote {PAGE}.")
