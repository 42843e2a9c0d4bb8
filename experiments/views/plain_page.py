"""The editor's page for a provider that has no editor of its own."""

from experiments import words
from experiments.providers import document as document_module
from experiments.views.editor_page import EditorPage


class PlainPage(EditorPage):
    """The fields of the frame, and the document to look at."""

    sections = (
        "experiments/_plain_goal.html",
        "experiments/_plain_document.html",
        "experiments/_elsewhere.html",
    )
    live = "experiments/_plain_live.html"
    read = "experiments/_plain_read.html"

    def prepare(self) -> None:
        shares = document_module(self.draft.provider).shares(self.document)
        self.slices = words.slices(
            [{"letter": share.letter, "name": share.name, "percent": share.percent} for share in shares]
        )

    def said(self) -> dict[str, str]:
        count = len(document_module(self.draft.provider).variants_of(self.document))
        return {"variants": self.to_do_words("variants") or words.count(count, self.provider.variant_word)}
