"""Writes the table of states down for people: docs/states.md and its picture."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from experiments.management.states_picture import draw
from experiments.models.states import TABLE, Move, State

PAGE, PICTURE = "docs/states.md", "docs/pictures/states.svg"
HEAD = """# The states of an operation

Everything that Splitdesk does at a provider (a send, an undo, a check, a change) is one row, an *operation*, in one of
these states. Each move between them is one conditional update that must change exactly one row, and writes an event in
the same transaction. Every other move is refused twice: by the relay, and by a trigger in the database.

![The states of an operation and the moves between them](pictures/states.svg)

From *on wire* one line leads back to *queued*, through *retry wait*, and only with proof that nothing was applied. From
*unknown*, *reconciling* and *needs person* there is none: what may have arrived is never sent again.

The picture and this table are written from `experiments/models/states.py` by `manage.py states`.

| | From | To | Who | When |
|--:|---|---|---|---|
"""


class Command(BaseCommand):
    help = "Writes docs/states.md and docs/pictures/states.svg from the table of states."

    def handle(self, *args: Any, **options: Any) -> None:
        for name, text in files().items():
            Path(settings.BASE_DIR, name).write_text(text)
            self.stdout.write(f"Wrote {name}.")


def files() -> dict[str, str]:
    """What is written, by its path from the project's folder."""
    rows = [_row(number, move) for number, move in enumerate(TABLE, 1)]
    return {PAGE: HEAD + "\n".join(rows) + "\n", PICTURE: draw()}


def _row(number: int, move: Move) -> str:
    return f"| {number} | {_words(move.source)} | {_words(move.to)} | {_who(move)} | {move.when} |"


def _words(state: State) -> str:
    return state.value.replace("_", " ")


def _who(move: Move) -> str:
    if move.role:
        return f"a person: {move.role.label.lower()} or more"
    return ", ".join(machine.value for machine in move.machines)
