"""The button of the split: even weights."""

from experiments.forms.actions import Act, Done
from experiments.forms.editing import Editing
from experiments.providers.airship.variants import variants_of


def _even_split(editing: Editing, place: str) -> Done:
    for position, variant in enumerate(variants_of(editing.document)):
        if isinstance(variant, dict) and variant.get("weight", 1) != 1:
            variant["weight"] = 1
        editing.unparsed.pop(f"/variants/{position}/weight", None)
    return Done("All variants now have the same weight.")


ACTIONS: dict[str, Act] = {"even-split": _even_split}
