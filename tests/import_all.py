"""Import all of Splitdesk with every package hidden that requirements.lock does not hold, or that an argument names."""

import importlib
import importlib.metadata
import pkgutil
import re
import sys
from pathlib import Path


def plain(name: str) -> str:
    """A package's name as the locks spell it."""
    return re.sub(r"[-_.]+", "-", name).lower()


LOCK = Path("requirements.lock").read_text()
LOCKED = {plain(name) for name in re.findall(r"^(\S+)==", LOCK, re.MULTILINE)} - set(sys.argv[1:])
OWNERS = importlib.metadata.packages_distributions()


class LockedAlone:
    """An import hook that refuses what the lock does not hold."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        packages = OWNERS.get(name.partition(".")[0])
        if packages and not {plain(package) for package in packages} & LOCKED:
            raise ModuleNotFoundError(f"hidden: {name}", name=name)


if __name__ == "__main__":
    sys.path.insert(0, "")
    sys.meta_path.insert(0, LockedAlone())
    import django

    django.setup()
    for name in ("gunicorn.app.wsgiapp", "gunicorn.workers.gthread", "kombu.transport.redis", "psycopg"):
        importlib.import_module(name)
    for root in ("dashboard", "workspaces", "experiments", "sandbox"):
        for module in pkgutil.walk_packages([root], f"{root}."):
            importlib.import_module(module.name)
