"""The section “Audience” of the editor's page."""

import uuid
from functools import cache
from typing import Any

from django.http import JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from experiments.forms.messages import audience as audiences
from experiments.forms.messages import fields
from experiments.forms.messages.audience import Group, Node, Rule
from experiments.forms.messages.audience_actions import groups_of, ways_of
from experiments.forms.messages.kinds import JSON, KINDS, Part, choices_of, is_shown
from experiments.forms.messages.posting import DEVICE_TYPES
from experiments.forms.messages.seen import KINDS as SEEN_KINDS
from experiments.forms.messages.seen import seen_values
from experiments.providers.airship import document as airship
from experiments.providers.airship.audience import ACTIVITIES
from experiments.providers.airship.grammar import MOST_DEPTH, MOST_IN_GROUP
from experiments.providers.airship.wording import platform_sentence
from experiments.providers.pointers import field_for
from experiments.providers.shapes import Json
from experiments.views.editor_fields import Marks
from experiments.views.part import part_of
from workspaces.access import WorkspaceRequest, workspace_page
from workspaces.models import Role, Workspace


class AudienceSection:
    """`mode` is "all", "rules", "json" or "" for nothing chosen yet."""

    hows = (("all", "All of"), ("any", "Any of"), ("none", "None of"))
    most_in_group = MOST_IN_GROUP
    activities = ACTIVITIES
    seen_kinds = SEEN_KINDS

    def __init__(self, document: Json, marks: Marks, plan: Json | None = None) -> None:
        self.document, self.marks, self.plan = document, marks, plan or {}
        audience = document.get("audience")
        self.mode = audiences.mode_of(document, self.plan)
        self.root = audiences.rules_in(document, self.plan) if self.mode == audiences.RULES else None
        self.groups = {id(group): number for number, group in enumerate(groups_of(self.root), 1)}
        self.parents = {
            id(child): (group, at) for group in groups_of(self.root) for at, child in enumerate(group.children)
        }
        sentence = airship.audience_sentence(audience)
        self.words = sentence[:1].upper() + sentence[1:]
        self.errors = marks.at("f-audience")
        self.device_type_errors = marks.at("f-device_types")
        self.part = part_of(document, marks, "/audience", "The audience as JSON") if self.mode == JSON else None

    @property
    def has_kept_rules(self) -> bool:
        return bool(self.plan.get("rules"))

    @property
    def on_platforms(self) -> str:
        return platform_sentence(chosen_platforms(self.document))

    @property
    def rules(self) -> dict[str, Any] | None:
        return self._group(self.root, 1) if self.root is not None else None

    def _node(self, node: Node, depth: int) -> dict[str, Any]:
        return self._group(node, depth) if isinstance(node, Group) else self._rule(node)

    def _group(self, group: Group, depth: int) -> dict[str, Any]:
        levels = depth + (group.how == "none" and len(group.children) != 1)
        field_id = audiences.node_field(group)
        return {
            "is_group": True,
            "is_root": group is self.root,
            "id": group.id,
            "field_id": field_id,
            "name": f"group {self.groups[id(group)]}",
            "how": group.how,
            "is_full": len(group.children) >= MOST_IN_GROUP,
            "is_deep": levels + 2 > MOST_DEPTH,
            "errors": self.marks.at(field_id),
            "ways": self._ways(group),
            "children": [self._node(child, levels + 1) for child in group.children],
        }

    def _ways(self, node: Node) -> list[tuple[str, str]]:
        if self.root is None or node is self.root:
            return []
        return ways_of(self.root, self.parents, node)

    def _rule(self, rule: Rule) -> dict[str, Any]:
        group, at = self.parents[id(rule)]
        name = f"rule {at + 1} in group {self.groups[id(group)]}"
        field_id = audiences.node_field(rule)
        parts = [part for part in KINDS[rule.kind].parts if is_shown(rule.kind, part, self._texts(rule))]
        unread = self.marks.unread(f"{rule.id}:{JSON}")
        return {
            "id": rule.id,
            "name": name,
            "kind": rule.kind,
            "kind_options": _kind_options(rule.kind),
            "div_id": field_for(rule.id),
            "kind_id": f"{field_for(rule.id)}-kind",
            "field_id": field_id,
            "json_lines": f"\n{rule.texts[JSON] if unread is None else unread}" if rule.kind == JSON else "",
            "errors": self.marks.at(field_id),
            "parts": [self._part(rule, part, name) for part in parts],
            "ways": self._ways(rule),
            "words": " ".join([KINDS[rule.kind].label, *(text for text in rule.texts.values() if rule.kind != JSON)]),
        }

    def _texts(self, rule: Rule) -> dict[str, str]:
        """The texts of the fields, those that no value came of as they were typed."""
        unread = {name: self.marks.unread(f"{rule.id}:{name}") for name in rule.texts}
        return {name: text if (kept := unread[name]) is None else kept for name, text in rule.texts.items()}

    def _part(self, rule: Rule, part: Part, name: str) -> dict[str, Any]:
        texts = self._texts(rule)
        field_id = field_for(rule.place_of(part))
        return {
            "id": field_id,
            "name": f"{rule.id}:{part.name}",
            "part": part,
            "label": f"{part.label} of {name}",
            "value": texts[part.name],
            "choices": choices_of(rule.kind, part, texts),
            "errors": self.marks.at(field_id),
        }

    @property
    def device_types(self) -> list[dict[str, Any]]:
        chosen = chosen_platforms(self.document)
        known = [{"name": name, "label": fields.tab_name(name), "is_on": name in chosen} for name in DEVICE_TYPES]
        others = [name for name in chosen if name not in DEVICE_TYPES and fields.has_tick(name)]
        return [*known, *({"name": name, "label": fields.tab_name(name), "is_on": True} for name in others)]

    @property
    def kept_platforms(self) -> str:
        """Platforms that no tick stands for; they stay as they are."""
        names = [
            name for name in chosen_platforms(self.document) if name not in DEVICE_TYPES and not fields.has_tick(name)
        ]
        return ", ".join(fields.tab_name(name) for name in names)


@cache
def _kind_options(chosen: str) -> SafeString:
    """What a rule can look at, by section. Kinds of older versions are offered only where one is there.

    As HTML, once for each kind: with a thousand rules, the same options would be most of the work on the page.
    """
    sections: dict[str, list[tuple[str, str, str]]] = {}
    for kind in KINDS.values():
        if not kind.is_old or kind.name == chosen or kind.name in ("ios_channel", "email_address"):
            selected = " selected" if kind.name == chosen else ""
            sections.setdefault(kind.section, []).append((kind.name, selected, kind.label))
    groups = (
        (section, format_html_join("", '<option value="{}"{}>{}</option>', kinds))
        for section, kinds in sections.items()
    )
    return format_html_join("", '<optgroup label="{}">{}</optgroup>', groups)


def chosen_platforms(document: Json) -> list[str]:
    chosen = document.get("device_types")
    return list(dict.fromkeys(str(name) for name in chosen)) if isinstance(chosen, list) else []


@never_cache
@require_GET
@workspace_page(Role.EDITOR)
def draft_seen(request: WorkspaceRequest, workspace: Workspace, pk: uuid.UUID) -> JsonResponse:
    """Values that earlier tests of the draft's connection used: {"values": [text, …]}.

    `?kind=` is one of those of forms/messages/seen.py; with `&group=` only tags of that tag group.
    """
    draft = get_object_or_404(workspace.drafts, pk=pk)
    return JsonResponse({"values": seen_values(draft, request.GET.get("kind", ""), request.GET.get("group"))})
