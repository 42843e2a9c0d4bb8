"""The vendor's envelope, errors and headers.

Reference: https://docs.airship.com/developer/rest-api/ua/schemas/responses
"""

import json
import uuid
from collections.abc import Mapping

from sandbox.airship.reader import locate
from sandbox.airship.shapes import Invalid, Path
from sandbox.switches import Switches
from sandbox.wire import Answer

VENDOR = "application/vnd.urbanairship+json; version=3"
JSON = "application/json"


def operation_id() -> str:
    return str(uuid.uuid4())


def content_type(switches: Switches) -> str:
    return VENDOR if switches.word("content_type") == "vendor" else JSON


def answer(
    status: int, content: Mapping[str, object], switches: Switches, headers: dict[str, str] | None = None
) -> Answer:
    """A good answer; `ok` is written the way the switch says."""
    shown = dict(content)
    if "ok" in shown and switches.word("ok_type") == "string":
        shown["ok"] = "true"
    return Answer(status, _encode(shown), content_type(switches), headers or {})


def problem(
    status: int,
    error: str,
    code: int,
    details: Mapping[str, object] | None = None,
    headers: dict[str, str] | None = None,
) -> Answer:
    content: dict[str, object] = {"ok": False, "error": error, "error_code": code}
    if details:
        content["details"] = details
    return Answer(status, _encode(content), VENDOR if status == 404 else JSON, headers or {})


def unauthorized() -> Answer:
    return Answer(401, b"Unauthorized", "text/plain")


def not_found() -> Answer:
    return problem(404, "Entity not found", 40401)


def not_allowed(allow: str, why: str = "") -> Answer:
    return problem(405, "Method not allowed", 40500, {"error": why} if why else None, {"Allow": allow})


def refusal(invalid: Invalid, text: str, switches: Switches) -> Answer:
    """400 with the path and, where known, line and column."""
    details: dict[str, object] = {"error": invalid.message}
    if not invalid.placeless:
        if invalid.path:
            details["path"] = written(invalid.path, switches.word("path_notation"))
        line, column = invalid.location or locate(text, invalid.path)
        details["location"] = {"line": line, "column": column}
    return problem(400, "Could not parse request body.", invalid.code, details)


def written(path: Path, notation: str) -> str:
    """`variants.0.push`, `variants[0].push` or `/variants/0/push`; how the vendor writes it is not documented."""
    if notation == "pointer":
        return "".join(f"/{step}" for step in path)
    if notation == "bracket":
        text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
        return text.removeprefix(".")
    return ".".join(map(str, path))


def _encode(content: Mapping[str, object]) -> bytes:
    return json.dumps(content, separators=(",", ":")).encode()
