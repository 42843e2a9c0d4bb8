"""The restore drill, in plain sentences. Ends with 0 if everything held, 1 if not, 2 if it cannot run here."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from rig.drill import OPTIONS, Failed, drill  # noqa: E402  (importable from here on)
from rig.installation import Installation, NotReady, Unavailable  # noqa: E402


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="splitdesk-drill-") as directory:
        try:
            with Installation(directory, **OPTIONS) as it:
                drill(it, lambda sentence: print(sentence, flush=True))
        except (Unavailable, NotReady) as missing:
            print(f"The drill cannot run: {missing}", file=sys.stderr)
            return 2
        except Failed as failed:
            print(f"The drill failed. {failed}", file=sys.stderr)
            return 1
    print("The drill held.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
