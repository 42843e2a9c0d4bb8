"""All variants of a message test beside each other on every device, with what differs from the control marked."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from experiments.forms.messages.previews import Preview, previews
from experiments.models import Draft
from experiments.providers.airship.comparing import things_that_differ, words_that_differ
from experiments.providers.airship.variants import variants_of
from experiments.providers.airship.wording import listed
from experiments.providers.graphemes import cut
from experiments.providers.letters import variant_letter
from experiments.providers.shapes import Json
from experiments.views.messages.variants import name_of
from experiments.views.opening import PAGES, draft_of
from workspaces.access import WorkspaceRequest, workspace_page
from workspaces.models import Role, Workspace

MOST_LETTERS = 240  # of a text on the sheet
type Pieces = tuple[tuple[str, bool], ...]


@dataclass(frozen=True)
class Cell:
    """One variant on one device. The texts are in pieces, each with whether it differs from the control's."""

    look: str
    title: Pieces
    detail: Pieces
    body: Pieces
    buttons: tuple[str, ...]
    is_same: bool


@dataclass(frozen=True)
class Row:
    position: int
    letter: str
    name: str
    colour: int
    things: str
    cells: tuple[tuple[str, Cell | None], ...]  # each with its device

    @property
    def is_same(self) -> bool:
        return self.position > 0 and not self.things and all(cell.is_same for _, cell in self.cells if cell)


class Sheet:
    """`asked` are the devices to show, all for none; `only_differences` leaves out what is as in the control."""

    def __init__(self, document: Json, asked: list[str], *, only_differences: bool) -> None:
        self.document, self.only_differences = document, only_differences
        self.variants = variants_of(document)
        self.drawn = [{shown.caption: shown for shown in previews(document, at)} for at in range(len(self.variants))]
        self.devices = list(dict.fromkeys(caption for shown in self.drawn for caption in shown))
        self.chosen = [caption for caption in self.devices if caption in asked] or self.devices

    @cached_property
    def all_rows(self) -> list[Row]:
        return [self._row(position) for position in range(len(self.variants))]

    @property
    def rows(self) -> list[Row]:
        return [row for row in self.all_rows if not (self.only_differences and row.is_same)]

    @property
    def left_out(self) -> str:
        """The letters of the variants that are left out because they are as the control."""
        return listed([row.letter for row in self.all_rows if row.is_same]) if self.only_differences else ""

    @property
    def device_links(self) -> list[dict[str, object]]:
        """Each device, with the address of the sheet that has it too, or no more."""
        found: list[dict[str, object]] = []
        for caption in self.devices:
            is_on = caption in self.chosen
            then = [other for other in self.devices if (other in self.chosen) != (other == caption)]
            is_last = is_on and len(self.chosen) == 1
            query = self.query(self.devices if is_last else then, only_differences=self.only_differences)
            found.append({"caption": caption, "is_on": is_on, "query": query})
        return found

    @property
    def query_of_all(self) -> str:
        return self.query(self.chosen, only_differences=False)

    @property
    def query_of_differences(self) -> str:
        return self.query(self.chosen, only_differences=True)

    def query(self, chosen: list[str], *, only_differences: bool) -> str:
        asked = [("device", caption) for caption in chosen] if len(chosen) < len(self.devices) else []
        return "?" + urlencode([*asked, *([("only", "differences")] if only_differences else [])])

    def _row(self, position: int) -> Row:
        return Row(
            position,
            variant_letter(position),
            name_of(self.variants[position]),
            position % 6 + 1,
            listed(things_that_differ(self.document, position)),
            tuple((caption, self._cell(position, caption)) for caption in self.chosen),
        )

    def _cell(self, position: int, caption: str) -> Cell | None:
        shown, control = self.drawn[position].get(caption), self.drawn[0].get(caption)
        if shown is None:
            return None
        title, detail, body = (
            _marked(ours, theirs) if position and control else ((ours, False),)
            for ours, theirs in zip(_texts(shown), _texts(control or shown), strict=True)
        )
        return Cell(shown.look, title, detail, body, shown.buttons, is_same=position > 0 and shown == control)


def _texts(shown: Preview) -> Iterator[str]:
    for text in (shown.title, shown.detail, shown.body):
        yield text if len(text) <= MOST_LETTERS else f"{cut(text, MOST_LETTERS)}…"


def _marked(text: str, control: str) -> Pieces:
    return words_that_differ(control, text) or (("", False),)


@never_cache
@require_GET
@workspace_page(Role.VIEWER)
def contact_sheet(request: WorkspaceRequest, workspace: Workspace, pk: uuid.UUID) -> HttpResponse:
    draft: Draft = draft_of(request, workspace, pk)
    if draft.provider not in PAGES or not PAGES[draft.provider].has_tabs:
        raise Http404("There are no messages to see here.")
    sheet = Sheet(
        draft.newest.document,
        request.GET.getlist("device"),
        only_differences=request.GET.get("only") == "differences",
    )
    context = {
        "workspace": workspace,
        "membership": request.membership,
        "draft": draft,
        "sheet": sheet,
        "address": reverse("draft_edit", args=[workspace.slug, draft.pk]),
    }
    return render(request, "experiments/contact_sheet.html", context)
