"""What every provider client takes and gives back: plain frozen values, in our words (see the glossary)."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

type Json = dict[str, Any]
type Value = str | int | float | bool

# Between these a moment has a wall time in every zone; a day further the calendar ends for some of them.
FIRST_MOMENT = datetime(1, 1, 3, tzinfo=UTC)
LAST_MOMENT = datetime(9999, 12, 29, tzinfo=UTC)


class Secret:
    """A provider secret that does not show itself in logs, tracebacks, templates or pickles."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __reduce__(self) -> tuple[type["Secret"], tuple[str]]:
        return Secret, ("***",)


@dataclass(frozen=True)
class Account:
    """One connection's key, ready for use: where to call and as whom."""

    url: str  # scheme and host only, from the deployment's settings, never typed by a person
    key: str
    secret: Secret
    allow_loopback: bool = False


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, or risky, in a document, with the place it is at."""

    pointer: str  # RFC 6901, "" means the whole document
    message: str  # one plain sentence for the person who writes the test
    code: str = ""  # stable short name such as "alert_missing", or the provider's own error code
    severity: Literal["error", "warning"] = "error"


@dataclass(frozen=True)
class Pasted:
    """A test made of something pasted. `notes` are sentences on what was done to make it one."""

    document: Json
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Field:
    """One value of a test, or of a variant, that a person may change where the provider holds it."""

    key: str  # the provider's own
    label: str
    kind: Literal["line", "area", "number", "yes_no"] = "line"
    hint: str = ""
    suggestions: tuple[tuple[str, str], ...] = ()  # value and what it means; other values are allowed too


@dataclass(frozen=True)
class Key:
    """A key that fits. `kind` is "text", "number", "yes or no", "list", "object" or several of them with "or"."""

    name: str
    kind: str
    is_needed: bool = False
    values: tuple[Value, ...] = ()


@dataclass(frozen=True)
class Fitting:
    """What fits at one place: the keys of an object, or the values where only some are known."""

    keys: tuple[Key, ...] = ()
    values: tuple[Value, ...] = ()
    together: tuple[tuple[str, ...], ...] = ()  # the keys of one object each, where several objects fit


@dataclass(frozen=True)
class Share:
    """A variant's part of the whole audience; the holdout has the letter "–"."""

    letter: str
    name: str
    percent: float
    weight: float = 1  # a whole number stays an int


@dataclass(frozen=True)
class RemoteVariant:
    position: int  # 0 is A
    name: str
    weight: float  # a whole number stays an int
    scheduled_at: datetime | None
    raw: Json
    remote_id: str = ""  # where the provider gives its variants ids of their own
    is_control: bool = False


@dataclass(frozen=True)
class RemoteExperiment:
    """An experiment as the provider lists it. Times are aware UTC; `raw` is what came, untouched."""

    remote_id: str
    name: str
    description: str
    raw: Json
    push_id: str = ""
    created_at: datetime | None = None
    scheduled_at: datetime | None = None  # the earliest of its variants, None where it went at once
    is_fenced: bool = False  # every variant holds one UTC moment: a late copy is refused
    variants: tuple[RemoteVariant, ...] = ()
    marker: str = ""  # our reference, "" where the test was not sent by Splitdesk
    status: str = ""  # in our words, "" where the provider has none or uses one nobody documents
    remote_status: str = ""  # the provider's own word, as it came
    started_at: datetime | None = None
    finished_at: datetime | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True)
class Page:
    """One page of a listing. `next_offset` is None on the last page.

    What a listing does not show is only gone where `is_whole`: the provider went on to the end without a break.
    """

    experiments: tuple[RemoteExperiment, ...]
    total: int | None
    next_offset: int | None
    is_whole: bool = True
    provider_date: datetime | None = None  # the provider's own clock, where it told


@dataclass(frozen=True)
class Answer:
    """What a provider said, kept for the ledger and for its support desk: never a secret, body cut to a limit."""

    status: int
    operation_id: str = ""
    request_id: str = ""
    body: str = ""
    provider_date: datetime | None = None
    milliseconds: int = 0


@dataclass(frozen=True)
class Validated:
    answer: Answer


@dataclass(frozen=True)
class Created:
    remote_id: str
    push_id: str
    answer: Answer


@dataclass(frozen=True)
class Deleted:
    answer: Answer


@dataclass(frozen=True)
class Changed:
    """A change of something that was there, and what it is now, where the answer tells."""

    answer: Answer
    experiment: RemoteExperiment | None = None


@dataclass(frozen=True)
class GroupChanged:
    """A group that was made or changed, and what it is now, where the answer tells."""

    answer: Answer
    group: RemoteVariant | None = None


@dataclass(frozen=True)
class KeyCheck:
    """The key works. `total` is how many experiments it sees, where the provider tells."""

    answer: Answer
    total: int | None = None


@dataclass(frozen=True)
class VariantFigures:
    position: int
    name: str
    percent: float | None
    sends: int
    direct_responses: int
    indirect_responses: int


@dataclass(frozen=True)
class Report:
    """Figures of a test that went out. The holdout's `sends` is its sample size: it gets nothing."""

    sends: int
    direct_responses: int
    influenced_responses: int
    variants: tuple[VariantFigures, ...]
    holdout_percent: float | None = None
    holdout_people: int | None = None
    holdout_responses: int | None = None
    raw: Json = field(default_factory=dict)


@dataclass(frozen=True)
class Figure:
    """One figure under the provider's own name. Nothing is rescaled: its unit is the provider's secret."""

    name: str  # as it came, levels apart by "/"
    label: str
    value: float  # a whole number stays an int


@dataclass(frozen=True)
class GroupFigures:
    position: int
    remote_id: str
    name: str
    weight: float
    is_control: bool
    figures: tuple[Figure, ...]
    raw: Json


@dataclass(frozen=True)
class Summary:
    """Figures of a test that runs or ran. Only known names become figures; everything is in `raw`."""

    remote_id: str
    status: str
    remote_status: str
    figures: tuple[Figure, ...]
    groups: tuple[GroupFigures, ...]
    raw: Json = field(default_factory=dict)
