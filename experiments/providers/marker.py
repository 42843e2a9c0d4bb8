"""Our reference inside a test: a suffix of its description, so that a lost answer can be found again in a listing.

` [ref abx-<26 characters>]`, the characters being the operation's id in Crockford base32, lower case.
Where a provider has an alias of the caller's choice, the reference ends that instead.
"""

import re
import uuid

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's: no i, l, o, u
_LENGTH = 26  # 128 bits in characters of 5 bits
_SUFFIX = re.compile(rf"(?P<text>.*?) ?\[ref (?P<marker>abx-[{_ALPHABET}]{{{_LENGTH}}})\]\s*", re.DOTALL)
_ALIAS = re.compile(rf"(?:(?P<text>.+)-)?(?P<marker>abx-[{_ALPHABET}]{{{_LENGTH}}})")
_MENTION = re.compile(r"ref\s+abx-", re.IGNORECASE)


def marker_for(operation_id: uuid.UUID) -> str:
    """The marker of one operation: "abx-" and 26 characters, always the same for the same id."""
    number = operation_id.int
    characters = [_ALPHABET[number >> shift & 31] for shift in range(5 * (_LENGTH - 1), -1, -5)]
    return "abx-" + "".join(characters)


def with_marker(description: str, marker: str) -> str:
    """The description as it is sent. A marker it already carries (from a clone) gives way to the new one."""
    text, _ = split_marker(description)
    return f"{text} [ref {marker}]" if text else f"[ref {marker}]"


def split_marker(description: str) -> tuple[str, str]:
    """`(text, marker)`: what the person wrote, and our reference or "" where there is none at the end."""
    match = _SUFFIX.fullmatch(description)
    return (match["text"], match["marker"]) if match else (description, "")


def mentions_marker(text: str) -> bool:
    """Whether a person's own text could be taken for a marker. Such text is refused before anything is sent."""
    return bool(_MENTION.search(text))


def alias_with_marker(alias: str, marker: str) -> str:
    """A name of letters, digits, ".", "_" and "-" as it is sent: what a person chose, "-" and the marker.

    A choice keeps a test recognisable in the provider's own pages and in an app's code; the marker makes the alias
    this one operation's, so that a lost answer is found again. It costs 31 characters, the marker alone 30.
    """
    text, _ = split_alias(alias)
    return f"{text}-{marker}" if text else marker


def split_alias(alias: str) -> tuple[str, str]:
    """`(text, marker)`: what the person chose, and our reference or "" where there is none at the end."""
    match = _ALIAS.fullmatch(alias)
    return (match["text"] or "", match["marker"]) if match else (alias, "")
