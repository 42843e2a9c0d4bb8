"""What a value may look like: small checks that are put together to bigger ones, each raising Invalid with the path."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sandbox.switches import Switches

type Path = tuple[str | int, ...]


class Invalid(Exception):
    """The document breaks a rule at `path`; `placeless` ones are told without path and location."""

    def __init__(
        self,
        path: Path,
        message: str,
        code: int = 40000,
        *,
        location: tuple[int, int] | None = None,
        placeless: bool = False,
    ) -> None:
        super().__init__(message)
        self.path = path
        self.message = message
        self.code = code
        self.location = location
        self.placeless = placeless


@dataclass(frozen=True, slots=True)
class Rules:
    """What the checks depend on besides the value: switches, and now (UTC, naive) for schedules."""

    switches: Switches
    now: datetime


type Check = Callable[[object, Path, Rules], None]

MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(\.\d+)?Z?")
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


def anything(value: object, path: Path, rules: Rules) -> None:
    pass


def text(least: int = 0, most: int | None = None, pattern: str = "", blank: bool = True, most_bytes: int = 0) -> Check:
    """A string; lengths in characters, `most_bytes` in UTF-8; `blank` False wants more than white space."""
    form = re.compile(pattern) if pattern else None

    def check(value: object, path: Path, rules: Rules) -> None:
        if not isinstance(value, str):
            raise Invalid(path, "expected a string")
        if len(value) < least or (not blank and not value.strip()):
            raise Invalid(path, "must not be empty or blank")
        if most is not None and len(value) > most:
            raise Invalid(path, f"longer than {most} characters")
        if most_bytes and len(value.encode("utf-8", "surrogatepass")) > most_bytes:
            raise Invalid(path, f"larger than {most_bytes} bytes")
        if form and not form.fullmatch(value):
            raise Invalid(path, "is not in the expected form")

    return check


def choice(*allowed: object) -> Check:
    def check(value: object, path: Path, rules: Rules) -> None:
        if isinstance(value, bool) or value not in allowed:
            raise Invalid(path, f"must be one of {', '.join(map(str, allowed))}")

    return check


def integer(least: int | None = None, most: int | None = None) -> Check:
    def check(value: object, path: Path, rules: Rules) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            raise Invalid(path, "expected an integer")
        if (least is not None and value < least) or (most is not None and value > most):
            raise Invalid(path, f"out of range {least} to {most}")

    return check


def number(least: float | None = None, most: float | None = None) -> Check:
    def check(value: object, path: Path, rules: Rules) -> None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Invalid(path, "expected a number")
        if (least is not None and value < least) or (most is not None and value > most):
            raise Invalid(path, f"out of range {least} to {most}")

    return check


def boolean(value: object, path: Path, rules: Rules) -> None:
    if not isinstance(value, bool):
        raise Invalid(path, "expected true or false")


def uuid(value: object, path: Path, rules: Rules) -> None:
    if not isinstance(value, str) or not is_uuid(value):
        raise Invalid(path, "expected a UUID")


def is_uuid(value: str) -> bool:
    try:
        return str(UUID(value)) == value.lower()
    except ValueError:
        return False


def moment_of(value: object) -> datetime | None:
    """The UTC moment of a date-time in a request, naive; None when it is not in the vendor's form.

    `YYYY-MM-DDThh:mm:ss`, the T may be a space, Z is optional, offsets are not allowed.
    Reference: https://docs.airship.com/developer/rest-api/ua/introduction
    """
    match = MOMENT.fullmatch(value) if isinstance(value, str) and value.isascii() else None
    if match is None:
        return None
    try:
        return datetime.fromisoformat(f"{match[1]}T{match[2]}")
    except ValueError:
        return None


def moment(value: object, path: Path, rules: Rules) -> None:
    if moment_of(value) is None:
        raise Invalid(path, "expected a UTC date-time, YYYY-MM-DDThh:mm:ss")
    if "." in str(value) and not rules.switches.accepts("fractional_seconds"):
        raise Invalid(path, "fractions of a second are not allowed")


def colour(value: object, path: Path, rules: Rules) -> None:
    if not isinstance(value, str) or not COLOUR.fullmatch(value):
        raise Invalid(path, "expected a colour, #rrggbb")


def array(item: Check, least: int = 0, most: int | None = None) -> Check:
    def check(value: object, path: Path, rules: Rules) -> None:
        if not isinstance(value, list):
            raise Invalid(path, "expected an array")
        if len(value) < least:
            raise Invalid(path, f"needs at least {least}")
        if most is not None and len(value) > most:
            raise Invalid(path, f"holds more than {most}")
        for index, member in enumerate(value):
            item(member, (*path, index), rules)

    return check


def mapping(item: Check, least: int = 0, forbidden: str = "") -> Check:
    """An object with free keys; keys that match `forbidden` are not allowed."""
    form = re.compile(forbidden) if forbidden else None

    def check(value: object, path: Path, rules: Rules) -> None:
        members = an_object(value, path)
        if len(members) < least:
            raise Invalid(path, "must not be empty")
        for name, member in members.items():
            if form and form.fullmatch(name):
                raise Invalid((*path, name), f"key '{name}' is not allowed")
            item(member, (*path, name), rules)

    return check


def record(
    fields: Mapping[str, Check], required: tuple[str, ...] = (), some: bool = False, also: Check = anything
) -> Check:
    """An object with these keys only; `some` wants at least one; `also` looks at the whole afterwards."""

    def check(value: object, path: Path, rules: Rules) -> None:
        members = an_object(value, path)
        for name, member in members.items():
            if name not in fields:
                raise Invalid((*path, name), f"unexpected key '{name}'")
            fields[name](member, (*path, name), rules)
        for name in required:
            if name not in members:
                raise Invalid((*path, name), f"missing required key '{name}'")
        if some and not members:
            raise Invalid(path, "must not be empty")
        also(members, path, rules)

    return check


def either(*checks: Check) -> Check:
    """At least one must hold; of several complaints the one that got furthest is told."""

    def check(value: object, path: Path, rules: Rules) -> None:
        complaints: list[Invalid] = []
        for candidate in checks:
            try:
                candidate(value, path, rules)
            except Invalid as complaint:
                complaints.append(complaint)
            else:
                return
        raise max(complaints, key=lambda complaint: (len(complaint.path), not complaint.message.startswith("expected")))

    return check


def by_key(name: str, present: Check, absent: Check) -> Check:
    """`present` where the object has the key, else `absent`: overrides with a template, and without."""

    def check(value: object, path: Path, rules: Rules) -> None:
        has = isinstance(value, dict) and name in value
        (present if has else absent)(value, path, rules)

    return check


def an_object(value: object, path: Path) -> dict[str, object]:
    if not isinstance(value, dict):
        raise Invalid(path, "expected an object")
    return value


def expiry(least: int = 0, most: int | None = None) -> Check:
    """Seconds from now, or a UTC date-time.

    Reference: https://www.airship.com/docs/developer/rest-api/ua/schemas/others/ (expiryObject)
    """
    seconds = integer(least, most)

    def check(value: object, path: Path, rules: Rules) -> None:
        if isinstance(value, str):
            moment(value, path, rules)
        else:
            seconds(value, path, rules)

    return check
