"""`manage.py sandbox`: run the imitation of the provider APIs on this machine."""

import json
import signal
import threading
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from sandbox.server import Sandbox


class Command(BaseCommand):
    help = "Run a local imitation of the provider APIs, with its own state. Ctrl-C ends it."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8080, help="where to listen on 127.0.0.1; 0 takes a free port")
        parser.add_argument("--json", action="store_true", help="print addresses and keys as one line of JSON")
        parser.add_argument(
            "--state", default="", help="SQLite file, or :memory: (default: sandbox.sqlite3 in DATA_DIR)"
        )
        parser.add_argument("--examples", action="store_true", help="fill an empty state with about 70 tests")
        parser.add_argument("--speed", type=float, default=1.0, help="how fast tests that run collect figures")

    def handle(self, *args: Any, **options: Any) -> None:
        path = options["state"] or settings.DATA_DIR / "sandbox.sqlite3"
        ended = threading.Event()

        def end(number: int, frame: FrameType | None) -> None:
            ended.set()

        signal.signal(signal.SIGINT, end)
        signal.signal(signal.SIGTERM, end)
        sandbox = Sandbox(path, options["port"], speed=options["speed"], examples=options["examples"])
        try:
            sandbox.start()
        except OSError as problem:
            raise CommandError(f"The sandbox cannot listen on port {options['port']}: {problem.strerror}.") from problem
        self.stdout.write(self._introduction(sandbox, options["json"]))
        self.stdout.flush()
        ended.wait()
        sandbox.stop()

    def _introduction(self, sandbox: Sandbox, as_json: bool) -> str:
        if as_json:
            keys = {"secret_key": sandbox.secret_key, "test_secret_key": sandbox.test_secret_key}
            return json.dumps(
                {
                    "airship": {"url": sandbox.url, "key": sandbox.key, "secret": sandbox.secret},
                    "qonversion": {"url": sandbox.url, **keys},
                }
            )
        return (
            f"The sandbox imitates Airship on {sandbox.url}\n"
            f"App key          {sandbox.key}\n"
            f"Master secret    {sandbox.secret}\n"
            f"and Qonversion on {sandbox.url}/v4\n"
            f"Secret key       {sandbox.secret_key}\n"
            f"Test secret key  {sandbox.test_secret_key}\n"
            f"Nothing leaves this machine. Ledger of effects: {sandbox.url}/_sandbox/ledger\n"
            "Ctrl-C ends it."
        )
