"""The section “Audience” of the editor's page."""

import json
from typing import Any

from experiments.forms.messages import audience as audiences
from experiments.forms.messages import fields
from experiments.forms.messages.posting import DEVICE_TYPES
from experiments.providers.airship import document as airship
from experiments.providers.shapes import Json
from experiments.views.editor_fields import Marks


class AudienceSection:
    """`mode` is "all", "rules" or "" for nothing chosen yet."""

    kinds = audiences.KINDS
    old_kinds = audiences.OLD_KINDS
    comparisons = audiences.COMPARISONS
    precisions = audiences.PRECISIONS
    dated = ("before", "after", "equals")
    hows = (("all", "All of"), ("any", "Any of"), ("none", "None of"))

    def __init__(self, document: Json, marks: Marks) -> None:
        self.document, self.marks = document, marks
        audience = document.get("audience")
        self.mode = "all" if airship.is_everybody(audience) else "rules" if audience else ""
        self.root = audiences.read_audience(audience)
        sentence = airship.audience_sentence(audience)
        self.words = sentence[:1].upper() + sentence[1:]
        self.errors = marks.at("f-audience")
        self.device_type_errors = marks.at("f-device_types")

    @property
    def json_text(self) -> str:
        """An audience that is neither everybody nor rules, as it stands in the document."""
        audience = self.document.get("audience")
        is_shown = not audience or self.mode == "all" or self.root is not None
        return "" if is_shown else json.dumps(audience, ensure_ascii=False, indent=2)

    @property
    def rules(self) -> dict[str, Any] | None:
        return self._node(self.root) if self.root is not None else None

    def _node(self, node: audiences.Group | audiences.Rule) -> dict[str, Any]:
        if isinstance(node, audiences.Group):
            children = [self._node(child) for child in node.children]
            return {"is_group": True, "id": node.id, "how": node.how, "children": children}
        value_id = airship.field_for(node.value_place)
        return {
            "id": node.id,
            "field_id": airship.field_for(node.id),
            "rule": node,
            "value_id": value_id,
            "errors": self.marks.at(value_id) + self.marks.at(airship.field_for(node.id)),
            "json": "" if node.key else json.dumps(node.raw, ensure_ascii=False),
        }

    @property
    def device_types(self) -> list[dict[str, Any]]:
        chosen = chosen_platforms(self.document)
        known = [{"name": name, "label": fields.tab_name(name), "is_on": name in chosen} for name in DEVICE_TYPES]
        others = [name for name in chosen if name not in DEVICE_TYPES and ":" in name]
        return [*known, *({"name": name, "label": fields.tab_name(name), "is_on": True} for name in others)]

    @property
    def kept_platforms(self) -> str:
        """Platforms that no tick stands for; they stay as they are."""
        names = [name for name in chosen_platforms(self.document) if name not in DEVICE_TYPES and ":" not in name]
        return ", ".join(fields.tab_name(name) for name in names)


def chosen_platforms(document: Json) -> list[str]:
    chosen = document.get("device_types")
    return list(dict.fromkeys(str(name) for name in chosen)) if isinstance(chosen, list) else []
