"""What a provider is and can do, as data: pages and relay ask this and never "is it Airship?"."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Region:
    """A place where a provider keeps data. A key belongs to one region and is never tried in another."""

    code: str
    label: str
    host: str  # the vendor's own; a deployment may put another in its place
    secret_pattern: str = ""  # where a secret shows which region it is for, else ""


@dataclass(frozen=True)
class Move:
    """One way from status to status that a person may take. Statuses are ours; `remote_status` is what is asked for."""

    verb: str
    label: str
    from_status: str
    to_status: str
    remote_status: str
    sentence: str  # what it does and what it does not do
    reaches_people: bool = False
    is_documented: bool = True  # else the page warns that nobody knows whether the provider does it


@dataclass(frozen=True)
class Elsewhere:
    """Something of a test that the provider's API cannot set, and where a person sets it."""

    label: str
    sentence: str


@dataclass(frozen=True)
class Provider:
    """What the rest of the product needs to know about a provider without asking it."""

    code: str
    label: str
    module: str
    document_module: str
    samples_module: str
    regions: tuple[Region, ...]
    key_label: str  # "" where the secret is all there is
    secret_label: str
    key_pattern: str  # the shape of a key, for a hint while it is typed; "" where none is known
    secret_pattern: str
    most_variants: int
    can_schedule: bool
    can_undo: bool  # a scheduled test can be deleted until it begins
    can_validate: bool  # a document can be checked at the provider without making anything
    can_report: bool
    is_idempotent: bool  # the provider itself refuses a second copy of a create
    test_kind: str = "Message test"
    variant_word: str = "variant"
    completion_module: str = ""  # what keys fit where in a document, for whoever writes it as JSON
    report_id: Literal["push_id", "remote_id"] = "push_id"  # by which of its ids figures are asked for
    is_staged: bool = False  # a create makes a draft that reaches nobody; `staged_client` has what follows
    moves: tuple[Move, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()
    region_label: str = "site"
    key_words: str = ""  # the shape of key and secret, in a sentence
    where_words: str = ""  # where a person finds them
    delete_words: str = ""  # what nobody knows about deleting a test that was started
    refused_words: str = ""  # the usual reasons why a key is refused
    figures_words: tuple[str, ...] = ()  # how the provider counts, beside its figures

    def moves_from(self, status: str) -> tuple[Move, ...]:
        """The moves that make sense from one of our statuses, "" being a word of the provider's that nobody knows."""
        return tuple(move for move in self.moves if move.from_status == status)
