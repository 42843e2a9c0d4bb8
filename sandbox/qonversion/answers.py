"""The vendor's envelopes: errors, lists, and who is refused in which words.

Reference: https://documentation.qonversion.io/reference/v4/handling-api-errors
"""

import json
import uuid
from collections.abc import Mapping, Sequence

from sandbox.switches import Switches
from sandbox.wire import Answer

TYPES: Mapping[str, str] = {
    "invalid_data": "request",
    "invalid_content": "request",
    "invalid_request": "request",
    "control_unauthorized": "request",
    "control_forbidden": "request",
    "too_many_requests": "request",
    "not_found": "resource",
    "already_exists": "resource",
    "conflict": "resource",
    "relation_not_found": "logical",
    "not_allowed_now": "logical",
    "unknown_error": "internal",
}


class Refused(Exception):
    """The request gets an error, and nothing of it stays. `fields` are (field, message); without any, no details."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        fields: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.fields = status, code, message, fields
        self.headers = dict(headers or {})

    def answer(self, switches: Switches) -> Answer:
        error: dict[str, object] = {"type": TYPES[self.code], "code": self.code, "message": self.message}
        if self.code == "conflict":
            position = switches.word("conflict_error")
            error["type"] = "logical" if position == "logical" else "resource"
            error["code"] = "already_exists" if position == "already_exists" else "conflict"
        if switches.word("error_form") != "full":
            del error["type"]
        if switches.word("error_form") == "digits":
            error["code"] = f"{self.status}01"
        if self.fields:
            error["details"] = [{"field": field, "message": message} for field, message in self.fields]
        return json_answer(self.status, {"error": error}, self.headers)


def invalid(field: str, message: str) -> Refused:
    return Refused(400, "invalid_data", "Request data is invalid", [(field, message)])


def not_found(what: str) -> Refused:
    return Refused(404, "not_found", f"{what} not found")


def refusal(position: str, message: str, field: str = "status") -> Refused:
    """What a switch's position (409, 422, 400 or 404) means for something that cannot be done as things stand."""
    if position == "400":
        return invalid(field, message)
    if position == "404":
        return Refused(404, "not_found", message)
    return Refused(409, "conflict", message) if position == "409" else Refused(422, "not_allowed_now", message)


def missing(position: str, message: str, field: str) -> Refused:
    """What a switch's position (404, 422, 400 or 409) means for something named that is not there."""
    return Refused(422, "relation_not_found", message) if position == "422" else refusal(position, message, field)


def refuse_unless_accepted(position: str, message: str, field: str = "status") -> None:
    """Raises Refused unless the switch says `accept`."""
    if position != "accept":
        raise refusal(position, message, field)


def json_answer(status: int, content: object, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, json.dumps(content, separators=(",", ":")).encode(), headers=dict(headers or {}))


def wordless(status: int) -> Answer:
    """Success of which the vendor's pages show no body: none with 204, else an empty object."""
    return Answer(204, b"", None) if status == 204 else json_answer(status, {})


def with_request_id(answer: Answer, switches: Switches) -> Answer:
    if switches.word("request_id_header") == "present":
        answer.headers["X-Request-Id"] = str(uuid.uuid4())
    return answer
