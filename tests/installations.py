"""A private installation for a test, or the reason why there is none on this machine."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from rig.installation import Installation, Unavailable


@contextmanager
def installed(directory: Path, **options: Any) -> Iterator[Installation]:
    """`Installation(directory, **options)`. Where something is missing the test is skipped; with CI=true it fails."""
    try:
        made = Installation(directory, **options).__enter__()
    except Unavailable as missing:
        if os.environ.get("CI", "").lower() in {"1", "true"}:
            raise
        pytest.skip(str(missing))
    try:
        yield made
    finally:
        made.__exit__(None, None, None)
