"""The alias of a test: what a person chose, and behind it the marker of the one operation that makes the test.

Qonversion lets the caller choose `alias_id` once, on create. A person's choice alone could be taken already, and a
lost answer could then be mistaken for somebody else's test; so the marker always ends it, and the choice keeps it
readable. Whether Qonversion refuses a second experiment with the same alias is not documented.
Reference: https://documentation.qonversion.io/api-reference/experiments/create-an-experiment
"""

import re
import unicodedata

LONGEST = 64  # the newer pages; an older one says 256
LONGEST_CHOICE = LONGEST - 31  # "-" and the marker
ALLOWED = re.compile(r"[a-zA-Z0-9._-]+")


def suggested_alias(name: str) -> str:
    """An alias made of a test's name: "Größe & Preis" gives "grosse-preis"; "" where no letter is left."""
    plain = unicodedata.normalize("NFKD", name.replace("ß", "ss")).encode("ascii", "ignore").decode().lower()
    return fitting(re.sub(r"[^a-z0-9]+", "-", plain))


def fitting(alias: str) -> str:
    """An alias cut to what leaves room for the marker, without hyphens at its ends."""
    return alias.strip("-")[:LONGEST_CHOICE].strip("-")
