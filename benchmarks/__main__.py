"""The command: `python -m benchmarks relay|confirm|list|view|partial|edit|memory|all [--quick]`."""

import argparse
import importlib
import sys
import time
from pathlib import Path

from benchmarks import report, stage
from benchmarks.figures import Effort, Section

ROOT = Path(__file__).resolve().parent.parent
# In this order: what is listed is counted by both sides, so nothing may be sent before.
NOUNS = ("list", "view", "partial", "edit", "relay", "confirm", "memory")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("noun", choices=[*NOUNS, "all"])
    parser.add_argument("--quick", action="store_true", help="few repetitions, to see that everything works")
    parser.add_argument("--embedded", action="store_true", help="on SQLite and the embedded Valkey, whatever is found")
    parser.add_argument("--rows", type=int, default=10_000, help="tests in the list (default: 10000)")
    parser.add_argument("--write", type=Path, help="where the report goes (a full run of all: docs/performance.md)")
    asked = parser.parse_args()
    nouns = NOUNS if asked.noun == "all" else (asked.noun,)
    effort = Effort.quick(asked.rows) if asked.quick else Effort.full(asked.rows)
    sections: list[Section] = []
    with stage.prepared(is_embedded=asked.embedded) as prepared:
        machine = report.machine(prepared)
        print("\n".join(machine), flush=True)
        for noun in nouns:
            started = time.monotonic()
            # Only now: these modules hold models, and Django has to know the stage's database first.
            section = importlib.import_module(f"benchmarks.{noun}").measure(prepared, effort)
            sections.append(section)
            print(f"\n{report.section_text(section)}\n({time.monotonic() - started:.0f} s)", flush=True)
    path = asked.write or (ROOT / "docs" / "performance.md" if asked.noun == "all" and not asked.quick else None)
    if path:
        path.write_text(report.whole(machine, sections, effort), encoding="utf-8")
        print(f"\nWritten to {path}.")
    else:
        print("\nNothing was written: only a full run of all writes docs/performance.md.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
