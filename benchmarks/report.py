"""docs/performance.md, and the same in the terminal."""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime

import psutil

from benchmarks.figures import Effort, Section
from benchmarks.stage import Stage

HEAD = """# How fast Splitdesk is

Written by `python -m benchmarks all`, from the root of the repository, with the Python of `.venv`. Nothing here is
typed in by hand.

| Command | Measures |
|---|---|
| `python -m benchmarks relay` | P1: a send by the relay beside the same create by the official `urbanairship` client |
| `python -m benchmarks confirm` | P2: from the confirming click to the first byte at the provider, beside bare Celery |
| `python -m benchmarks list` | P4: the list of tests beside the Django admin's list of the same rows |
| `python -m benchmarks view` | P6: the list's view beside the one SQL statement that it needs |
| `python -m benchmarks partial` | P8: what an interaction transfers beside the whole page |
| `python -m benchmarks edit` | P10: every edit of a draft with 26 variants, beside the whole page of its editor |
| `python -m benchmarks memory` | resident memory of every process of the running demo |
| `python -m benchmarks all` | all of it, and writes this file |

`--quick` repeats little and writes nothing. `--embedded` measures on SQLite and the embedded Valkey also where
PostgreSQL and Redis are found. `--rows 1000000` fills the list with more tests. Databases and servers are
made for the run and taken away again.

Both sides of a ratio alternate in one run (ABAB). What is compared is first checked to be right: a wrong or missing
answer ends the run. Every figure is the median of the rounds with the lowest and the highest round in brackets. A goal
that is not reached says MISSED.
"""


def machine(stage: Stage) -> list[str]:
    """What the figures were measured on, one fact a line."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return [
        f"- {datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        f"- {cores} cores, {psutil.virtual_memory().total / 2**30:.0f} GiB of memory, {_system()}",
        f"- Python {platform.python_version()}, {stage.database}, {stage.queue}",
        f"- Processors taken by others just before: {psutil.cpu_percent(2.0):.0f} %",
    ]


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return f"{platform.system()} {platform.release()}"


def whole(facts: Sequence[str], sections: Sequence[Section], effort: Effort) -> str:
    ordered = sorted(sections, key=lambda section: (not section.code.startswith("P"), section.code))
    goals = [["", "Figure", "Goal", "Measured", ""]] + [
        [section.code, goal.name, goal.limit_words, goal.said, goal.verdict]
        for section in ordered
        for goal in section.goals
    ]
    missed = sum(not goal.is_met for section in ordered for goal in section.goals)
    told = f"{len(goals) - 1 - missed} of {len(goals) - 1} goals are met, {missed} are missed."
    size = "A quick run" if effort.is_quick else "A full run"
    facts = [*facts, f"- {size}: {effort.rounds} rounds"]
    parts = [HEAD, "## Run\n", "\n".join(facts), "", "## Goals\n", told, "", _table(goals), ""]
    for section in ordered:
        parts += [section_text(section), ""]
    return "\n".join(parts)


def section_text(section: Section) -> str:
    rows = [[goal.name, goal.limit_words, goal.said, goal.verdict] for goal in section.goals]
    lines = [f"## {section.code}: {section.title}", "", section.how, ""]
    if rows:
        lines += [_table([["Figure", "Goal", "Measured", ""], *rows]), ""]
    if section.table:
        lines += [_table(section.table), ""]
    lines += [f"- {note}" for note in section.notes]
    return "\n".join(lines).rstrip()


def _table(rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])
