"""RFC 6901 pointers: places in a document, the form fields that stand for them, and paths in other notations."""

import re
from typing import Any

_LONGEST_MESSAGE = 500
_STEP = re.compile(r"""\[\s*(?:"([^"]*)"|'([^']*)'|([^\]]*))\s*\]|([^.\[\]]+)""")


def escape(key: str) -> str:
    """One key as a step of an RFC 6901 pointer."""
    return key.replace("~", "~0").replace("/", "~1")


def steps(pointer: str) -> list[str]:
    """The keys and positions of an RFC 6901 pointer."""
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def field_for(pointer: str) -> str:
    """The id of the editor's form field for a place in the document: "/variants/0/name" is "f-variants-0-name"."""
    return "f-" + re.sub(r"[^A-Za-z0-9_-]", "_", pointer.removeprefix("/").replace("/", "-"))


def pointer_of(path: object) -> str:
    """An RFC 6901 pointer from "a.0.b", "a[0].b", "$.a[0]['b']", "/a/0/b" or ["a", 0, "b"]; "" is the whole."""
    if isinstance(path, list):
        found = [plain(step) for step in path]
    elif not isinstance(path, str):
        return ""
    elif path.strip().startswith("/"):
        return path.strip().rstrip("/")
    else:
        found = ["".join(groups) for groups in _STEP.findall(path.strip().removeprefix("$"))]
    return "".join(f"/{escape(step)}" for step in found if step)


def plain(value: Any) -> str:
    """What a provider said as one line of at most 500 characters, from text or a number; "" for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return " ".join(str(value).split())[:_LONGEST_MESSAGE]
