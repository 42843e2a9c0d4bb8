"""What a document names of its project, such as tags and segments, and what becomes of each in another one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from experiments.providers.shapes import Json


class Name(NamedTuple):
    """What makes two mentions the same thing. `within` is the group of a tag, "" where there is none."""

    kind: str
    value: str
    within: str = ""


@dataclass(frozen=True)
class Reference:
    """One thing of a project, and the pointers of all places that name it."""

    name: Name
    pointers: tuple[str, ...]
    can_replace: bool = True
    can_leave_out: bool = True


@dataclass(frozen=True)
class Choice:
    """What becomes of a reference. `new` is the value of a replacement."""

    how: Literal["keep", "replace", "leave"]
    new: str = ""


KEEP = Choice("keep")
type Choices = Mapping[Name, Choice]


@dataclass(frozen=True)
class Carried:
    """The document after all choices. `wider` are the things whose leaving out lets more people in."""

    document: Json
    wider: tuple[Name, ...] = ()


class CannotCarry(Exception):
    """A choice would leave no meaningful document. `str(error)` is a sentence for the person who chose."""


class References(Protocol):
    """What a provider's `references` module has. `KINDS` says what people call each kind."""

    KINDS: Mapping[str, str]

    def find_references(self, document: Json) -> tuple[Reference, ...]: ...
    def carry_over(self, document: Json, choices: Choices) -> Carried: ...


def grouped(found: Iterable[Reference]) -> tuple[Reference, ...]:
    """One reference for all mentions of the same thing, in the order of their first. It can be done only what can be
    done with each of them."""
    by_name: dict[Name, Reference] = {}
    for one in found:
        held = by_name.get(one.name)
        if held is None:
            by_name[one.name] = one
        else:
            by_name[one.name] = Reference(
                one.name,
                held.pointers + one.pointers,
                held.can_replace and one.can_replace,
                held.can_leave_out and one.can_leave_out,
            )
    return tuple(by_name.values())
