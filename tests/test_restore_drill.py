"""The restore drill on a private installation of real processes; `scripts/drill` is the same in one command."""

import pytest

from rig.drill import OPTIONS, drill
from tests.installations import installed

pytestmark = pytest.mark.crash


def test_after_a_restore_nothing_is_sent_twice(tmp_path):
    said: list[str] = []
    with installed(tmp_path, **OPTIONS) as it:
        drill(it, said.append)
    assert said[-1].endswith("Nothing was sent twice.")
