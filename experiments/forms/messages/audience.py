"""The audience as nested groups of rules: read from the document, changed by what was posted, written back.

A part that nobody changed is written back as the very same value. plan["rule_kinds"] says of single rules, by the
pointer of each, as which kind somebody wants to see it where the selector alone would say another.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from experiments.forms.editing import Editing
from experiments.forms.messages import selectors
from experiments.forms.messages.kinds import JSON, KINDS, Part, choices_of, is_shown
from experiments.forms.messages.parts import part_id, part_name, read_part
from experiments.forms.texts import read_text, same_lines
from experiments.providers.airship.audience import is_everybody, operator_of
from experiments.providers.airship.grammar import MOST_DEPTH
from experiments.providers.pointers import escape, field_for
from experiments.providers.shapes import Json

ALL, RULES = "all", "rules"
HOWS = {"and": "all", "or": "any"}
OPERATORS = {"all": "and", "any": "or"}
WHOLE = "/audience"


@dataclass
class Rule:
    """One selector as one of the kinds. `texts` are those of its fields, by the names of the kind's parts."""

    id: str
    raw: Any
    kind: str = JSON
    texts: dict[str, str] = field(default_factory=dict)
    new: Any = None
    is_changed: bool = False

    def __post_init__(self) -> None:
        if self.kind != JSON:
            self.texts = selectors.texts_of(self.kind, self.raw) or {}
        else:
            self.texts = {JSON: selectors.shown_json(self.raw)}

    def written(self) -> Any:
        return self.new if self.is_changed else self.raw

    def place_of(self, part: Part) -> str:
        """The pointer of a part's value, where a problem with it is told."""
        return self.id + selectors.place_of(KINDS[self.kind], part, self.raw)


@dataclass
class Group:
    """ "all", "any" or "none" of its children."""

    id: str
    raw: Any
    how: str
    children: "list[Group | Rule]" = field(default_factory=list)
    operator: str = ""  # as the document spells it
    is_changed: bool = False
    is_wrapper: bool = False  # stands for a single rule, which the document does not put into a group

    def written(self) -> Any:
        written = [child.written() for child in self.children]
        is_same = all(new is child.raw for new, child in zip(written, self.children, strict=True))
        if is_same and not self.is_changed:
            return self.raw
        if self.is_wrapper and len(written) == 1 and not self.is_changed:
            return written[0]
        if self.how == "none":
            return {self.operator or "not": written[0] if _stands_alone(written) else {"or": written}}
        return {self.operator or OPERATORS[self.how]: written}


type Node = Group | Rule


def _stands_alone(written: list[Any]) -> bool:
    """One part that "not" holds itself. An "or" is put into one more, else its parts would be taken for the group's."""
    return len(written) == 1 and not (
        isinstance(written[0], dict) and len(written[0]) == 1 and operator_of(written[0]).lower() == "or"
    )


def read_audience(audience: Any, kinds: Mapping[str, str] | None = None) -> Group | None:
    """The audience as a group of rules, None where it is not one: nothing yet, everybody, or no form shows it."""
    if not isinstance(audience, dict) or not audience:
        return None
    node = _read(audience, WHOLE, 1, kinds or {})
    if isinstance(node, Group):
        return node
    return Group(WHOLE, audience, "all", [node], is_wrapper=True)


def _read(selector: Any, pointer: str, depth: int, kinds: Mapping[str, str]) -> Node:
    if not isinstance(selector, dict) or depth > MOST_DEPTH or kinds.get(pointer) == JSON:
        return Rule(pointer, selector)
    operator = operator_of(selector)
    if not operator:
        wanted = kinds.get(pointer, "")
        kind = wanted if selectors.can_show(wanted, selector) else selectors.natural_kind(selector)
        return Rule(pointer, selector, kind)
    if len(selector) != 1:
        return Rule(pointer, selector)
    place = f"{pointer}/{escape(operator)}"
    children = selector[operator]
    if operator.lower() in HOWS and isinstance(children, list):
        nodes = [_read(child, f"{place}/{position}", depth + 1, kinds) for position, child in enumerate(children)]
        return Group(pointer, selector, HOWS[operator.lower()], nodes, operator)
    if operator.lower() == "not":
        return _read_none(selector, pointer, place, depth, kinds)
    return Rule(pointer, selector)


def _read_none(selector: dict[str, Any], pointer: str, place: str, depth: int, kinds: Mapping[str, str]) -> Node:
    child = selector[operator_of(selector)]
    if isinstance(child, list):
        if len(child) != 1:
            return Rule(pointer, selector)
        place, child = f"{place}/0", child[0]
    operator = operator_of(child) if isinstance(child, dict) and len(child) == 1 else ""
    if operator.lower() == "or" and isinstance(child[operator], list):
        inner = f"{place}/{escape(operator)}"
        nodes = [_read(item, f"{inner}/{at}", depth + 2, kinds) for at, item in enumerate(child[operator])]
    else:
        nodes = [_read(child, place, depth + 1, kinds)]
    return Group(pointer, selector, "none", nodes, operator_of(selector))


def nodes_of(root: Node | None) -> Iterator[Node]:
    """The group and everything in it, in the order of the page."""
    if root is not None:
        yield root
        for child in root.children if isinstance(root, Group) else ():
            yield from nodes_of(child)


def rules_of(root: Node | None) -> list[Rule]:
    return [node for node in nodes_of(root) if isinstance(node, Rule)]


def new_rule() -> dict[str, Any]:
    return {"tag": ""}


def rules_in(document: Json, plan: Json) -> Group | None:
    """The audience of a draft as the page shows it."""
    return read_audience(document.get("audience"), plan.get("rule_kinds"))


# -- modes


def mode_of(document: Json, plan: Json) -> str:
    """ "all", "rules", "json" for the whole audience as text, or "" while nothing is chosen."""
    audience = document.get("audience")
    if plan.get("audience_as") == JSON:
        return JSON
    if is_everybody(audience) or not audience:
        return ALL if audience else ""
    return RULES if isinstance(audience, dict) else JSON


def shape(audience: Any, plan: Json | None = None) -> Any:
    """What decides which fields the audience's form has: two drafts with one shape have the same fields."""
    document = {"audience": audience}
    mode = mode_of(document, plan or {})
    root = rules_in(document, plan or {}) if mode == RULES else None
    return (mode, *(_shape(node) for node in nodes_of(root)))


def _shape(node: Node) -> Any:
    if isinstance(node, Group):
        return (node.id, node.how, len(node.children))
    parts = KINDS[node.kind].parts
    shown = [part.name for part in parts if is_shown(node.kind, part, node.texts)]
    choices = [len(choices_of(node.kind, part, node.texts)) for part in parts if part.form == "choice"]
    return (node.id, node.kind, *shown, *choices)


# -- posting


def post_audience(editing: Editing, data: QueryDict) -> None:
    """Put the posted rules and the posted mode into the document. What cannot be a value is kept as it was typed."""
    root = rules_in(editing.document, editing.plan)
    if root is not None and mode_of(editing.document, editing.plan) == RULES:
        for node in nodes_of(root):
            if isinstance(node, Group):
                _post_how(node, data)
            else:
                _post_rule(editing, node, data)
        write(editing, root)
    is_unread = any(problem.severity == "error" for problem in read_part(data.get(part_name(WHOLE), "{}"))[1])
    if not is_unread:  # a text that is no JSON yet would have nowhere to stand
        _post_mode(editing, data.get("audience.mode", ""))


def write(editing: Editing, root: Group) -> dict[int, str]:
    """Put the rules into the document. Their wished kinds and kept texts go with them to their new places.

    The answer is the new pointer of each node, by `id(node)`.
    """
    written = root.written()
    places = dict(_places(root, written, WHOLE))
    rules = rules_of(root)
    kept = [(rule, name, text) for rule in rules for name, text in _kept(editing, rule.id).items()]
    for name in [name for name in editing.unparsed if name.startswith(WHOLE) and ":" in name]:
        del editing.unparsed[name]  # also those of rules that are gone
    for rule, name, text in kept:
        editing.unparsed[f"{places[id(rule)]}:{name}"] = text
    kinds = {places[id(rule)]: rule.kind for rule in rules if rule.kind != _plain_kind(rule.written())}
    if kinds:
        editing.plan["rule_kinds"] = kinds
    else:
        editing.plan.pop("rule_kinds", None)
    editing.document["audience"] = written
    return places


def _places(node: Node, written: Any, pointer: str) -> Iterator[tuple[int, str]]:
    """Where each node stands in what was written of it."""
    yield id(node), pointer
    if isinstance(node, Rule):
        return
    if node.is_wrapper and len(node.children) == 1 and written is node.children[0].written():
        yield from _places(node.children[0], written, pointer)
        return
    operator = operator_of(written)
    place, inside = f"{pointer}/{escape(operator)}", written[operator]
    if node.how == "none":
        if isinstance(inside, list):
            place, inside = f"{place}/0", inside[0]
        if _stands_alone([inside]):
            yield from _places(node.children[0], inside, place)
            return
        inner = operator_of(inside)
        place, inside = f"{place}/{escape(inner)}", inside[inner]
    for position, child in enumerate(node.children):
        yield from _places(child, inside[position], f"{place}/{position}")


def _plain_kind(selector: Any) -> str:
    """The kind that a rule gets without a wish, "" where it would be a group."""
    node = _read(selector, WHOLE, 1, {})
    return node.kind if isinstance(node, Rule) else ""


def _kept(editing: Editing, id: str) -> dict[str, dict[str, str]]:
    start = f"{id}:"
    return {name.removeprefix(start): text for name, text in editing.unparsed.items() if name.startswith(start)}


def _post_how(group: Group, data: QueryDict) -> None:
    how = data.get(f"{group.id}:how", group.how)
    if how != group.how and how in ("all", "any", "none"):
        group.how, group.operator, group.is_changed = how, "", True


def _post_rule(editing: Editing, rule: Rule, data: QueryDict) -> None:
    kind = data.get(f"{rule.id}:kind")
    if kind is None:
        return
    for name in rule.texts:
        posted = data.get(f"{rule.id}:{name}")
        if posted is not None:
            _post_part(editing, rule, name, posted)
    _settle(rule)
    if kind != rule.kind and kind in KINDS:
        _become(editing, rule, kind)


def _post_part(editing: Editing, rule: Rule, name: str, posted: str) -> None:
    field_name = f"{rule.id}:{name}"
    is_line = name != JSON
    if same_lines(posted) == (rule.texts[name] if not is_line else rule.texts[name].replace("\n", "")):
        editing.unparsed.pop(field_name, None)
        return
    editing.keep(field_name, posted, lambda: _put(rule, name, read_text(posted, is_line=is_line)))


def _put(rule: Rule, name: str, text: str) -> None:
    if name == JSON:
        rule.new, rule.is_changed = selectors.read_json(text), True
        return
    part = KINDS[rule.kind].part(name)
    if part is None or (part.form == "choice" and text and text not in dict(part.choices)):
        return
    selector = _copied(rule.written())
    selectors.put_text(rule.kind, selector, part, text)
    rule.new, rule.is_changed = selector, True


def _copied(selector: Any) -> Any:
    return {key: dict(value) if isinstance(value, dict) else value for key, value in selector.items()}


def _settle(rule: Rule) -> None:
    if rule.is_changed and rule.kind != JSON:
        after = selectors.texts_of(rule.kind, rule.new)
        selectors.settled(rule.kind, rule.new, rule.texts, after or rule.texts)


def _become(editing: Editing, rule: Rule, kind: str) -> None:
    """Another kind for the rule: what fits goes with it. Texts that no value came of stay with the fields they fit."""
    selector = rule.written()
    kept = {name: text["text"] for name, text in _kept(editing, rule.id).items()}
    for name in kept:
        del editing.unparsed[f"{rule.id}:{name}"]
    if not selectors.can_show(kind, selector):
        shown = selectors.natural_kind(selector) if rule.kind == JSON else rule.kind
        texts = dict((selectors.texts_of(shown, selector) if shown != JSON else None) or {})
        rule.new, unread = selectors.converted(kind, texts | kept)
        editing.unparsed.update({f"{rule.id}:{name}": text for name, text in unread.items()})
        rule.is_changed = True
    elif kind == "date_attribute":
        rule.new, rule.is_changed = _copied(selector), True
        selectors.settled(kind, rule.new, {}, selectors.texts_of(kind, selector) or {})
    rule.kind = kind


def _post_mode(editing: Editing, mode: str) -> None:
    document, plan = editing.document, editing.plan
    if mode == mode_of(document, plan) or mode not in (ALL, RULES, JSON):
        return
    if mode == JSON:
        plan["audience_as"] = JSON
        document.setdefault("audience", plan.get("rules") or {"and": [new_rule()]})
        return
    plan.pop("audience_as", None)
    audience = document.get("audience")
    if mode == ALL and not is_everybody(audience):
        if audience:
            plan["rules"] = audience
        document["audience"] = "all"
    elif mode == RULES and (not isinstance(audience, dict) or not audience):
        document["audience"] = plan.pop("rules", None) or {"and": [new_rule()]}


# -- places


def locate_audience(pointer: str, document: Json, plan: Json | None = None) -> str:
    """The id of the field of the editor's page that shows this place of the audience.

    `pointer` is a problem's: of a part, a rule, a group, anything inside one, or the name of a posted field.
    """
    if mode_of(document, plan or {}) == JSON:
        return part_id(WHOLE)
    place, _, name = pointer.partition(":")
    found: Node | None = None
    for node in nodes_of(rules_in(document, plan or {})):
        if place == node.id or place.startswith(f"{node.id}/"):
            found = node
    if found is None or mode_of(document, plan or {}) != RULES:
        return "f-audience"
    if isinstance(found, Group):
        return "f-audience" if place == WHOLE else node_field(found)
    shown = [part for part in KINDS[found.kind].parts if is_shown(found.kind, part, found.texts)]
    for part in shown:
        if place == found.place_of(part) or place.startswith(f"{found.place_of(part)}/") or part.name == name:
            return field_for(found.place_of(part))
    return node_field(found)


def node_field(node: Node) -> str:
    """The id of the element that stands for a group or a rule as a whole."""
    if isinstance(node, Group):
        return "f-audience-rules" if node.id == WHOLE else field_for(node.id)
    return f"{field_for(node.id)}-{JSON if node.kind == JSON else 'kind'}"
