"""The audience as nested groups of rules: read from the document, changed by what was posted, written back.

A part that nobody changed is written back as the very same value. A part that the form cannot express is shown as JSON,
kept as it is, and can only be taken out as a whole.
"""

from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from experiments.forms.editing import Editing
from experiments.forms.texts import NotKept, read_text, same_lines
from experiments.providers.airship.audience import is_everybody, operator_of
from experiments.providers.airship.wording import escape

MOST_DEPTH = 8
KINDS = {
    "tag": "Tag",
    "named_user": "Named user",
    "segment": "Segment",
    "static_list": "List",
    "subscription_list": "Subscription list",
    "attribute": "Attribute",
    "channel": "Channel",
    "ios_channel": "iOS channel",
    "android_channel": "Android channel",
    "amazon_channel": "Fire OS channel",
    "open_channel": "Open channel",
}
OLD_KINDS = {"subscription_lists": "Subscription list (old name)", "web_channel": "Web channel", "alias": "Alias"}
COMPARISONS = {
    "equals": "is",
    "contains": "contains",
    "less": "is less than",
    "greater": "is more than",
    "is_empty": "is empty",
    "before": "is before",
    "after": "is after",
}
PRECISIONS = ("years", "months", "weeks", "days", "hours", "minutes", "seconds")
HOWS = {"and": "all", "or": "any"}
OPERATORS = {"all": "and", "any": "or"}


@dataclass
class Rule:
    """One selector. `value` is the text of its field; several values stand with commas between them."""

    id: str
    raw: Any
    key: str = ""  # the selector's name as the document spells it; "" where the form cannot show the rule
    value: str = ""
    group: str = ""
    name: str = ""  # of the attribute
    operator: str = ""
    precision: str = ""
    is_changed: bool = False

    @property
    def kind(self) -> str:
        return self.key.lower()

    @property
    def value_place(self) -> str:
        """The pointer of the value, where a problem with it is told."""
        return f"{self.id}/value" if self.kind == "attribute" else f"{self.id}/{escape(self.key)}"

    def post(self, data: QueryDict) -> None:
        """Take over what was posted for this rule. NotKept where a text cannot be stored."""
        if not self.key or f"{self.id}:kind" not in data:
            return
        kind = data[f"{self.id}:kind"]
        if kind != self.kind and (kind in KINDS or kind in OLD_KINDS):
            self.key = kind
            self.is_changed = True
        for part in ("value", "group", "name", "operator", "precision"):
            posted = data.get(f"{self.id}:{part}")
            if posted is not None and same_lines(posted) != getattr(self, part).replace("\n", ""):
                setattr(self, part, read_text(posted, is_line=True))
                self.is_changed = True

    def written(self) -> Any:
        if not self.is_changed:
            return self.raw
        if self.kind == "attribute":
            return self._written_attribute()
        values = [text.strip() for text in self.value.split(",") if text.strip()]
        selector: dict[str, Any] = {self.key: values if len(values) > 1 else self.value.strip()}
        if self.kind == "tag" and self.group.strip():
            selector["group"] = self.group.strip()
        return selector

    def _written_attribute(self) -> dict[str, Any]:
        operator = self.operator or "equals"
        selector: dict[str, Any] = {self.key: self.name.strip(), "operator": operator}
        if operator != "is_empty":
            selector["value"] = self._written_value(operator)
        if self.precision and operator in ("before", "after", "equals"):
            selector["precision"] = self.precision
        return selector

    def _written_value(self, operator: str) -> Any:
        """A number where the document had one or the comparison asks for one; JSON readers tell 30 from "30"."""
        text = self.value.strip()
        had_number = isinstance(self.raw, dict) and type(self.raw.get("value")) in (int, float)
        if had_number or operator in ("less", "greater") or self.precision:
            try:
                return int(text) if text.isascii() and text.lstrip("-").isdecimal() else float(_plain_number(text))
            except ValueError:
                return text
        return text


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

    def post(self, data: QueryDict) -> None:
        how = data.get(f"{self.id}:how", self.how)
        if how != self.how and how in ("all", "any", "none"):
            self.how, self.operator, self.is_changed = how, "", True
        for child in self.children:
            child.post(data)

    def written(self) -> Any:
        written = [child.written() for child in self.children]
        is_same = all(new is child.raw for new, child in zip(written, self.children, strict=True))
        if is_same and not self.is_changed:
            return self.raw
        if self.is_wrapper and len(written) == 1 and not self.is_changed:
            return written[0]
        if self.how == "none":
            return {self.operator or "not": written[0] if len(written) == 1 else {"or": written}}
        return {self.operator or OPERATORS[self.how]: written}


def _plain_number(text: str) -> str:
    if not text.isascii() or any(character not in "0123456789.-" for character in text):
        raise ValueError(text)
    return text


def read_audience(audience: Any) -> Group | None:
    """The audience as a group of rules, None where it is not one: nothing yet, everybody, or no form shows it."""
    if not isinstance(audience, dict) or not audience:
        return None
    node = _read(audience, "/audience", 1)
    if isinstance(node, Group):
        return node
    return Group("/audience", audience, "all", [node], is_wrapper=True)


def _read(selector: Any, pointer: str, depth: int) -> Group | Rule:
    if not isinstance(selector, dict) or depth > MOST_DEPTH:
        return Rule(pointer, selector)
    operator = operator_of(selector)
    if not operator:
        return _read_rule(selector, pointer)
    if len(selector) != 1:
        return Rule(pointer, selector)
    place = f"{pointer}/{escape(operator)}"
    children = selector[operator]
    if operator.lower() in HOWS and isinstance(children, list):
        nodes = [_read(child, f"{place}/{position}", depth + 1) for position, child in enumerate(children)]
        return Group(pointer, selector, HOWS[operator.lower()], nodes, operator)
    if operator.lower() == "not":
        return _read_none(selector, pointer, place, children, depth)
    return Rule(pointer, selector)


def _read_none(selector: Any, pointer: str, place: str, child: Any, depth: int) -> Group | Rule:
    if isinstance(child, list):
        if len(child) != 1:
            return Rule(pointer, selector)
        place, child = f"{place}/0", child[0]
    operator = operator_of(child) if isinstance(child, dict) and len(child) == 1 else ""
    if operator.lower() == "or" and isinstance(child[operator], list):
        inner = f"{place}/{escape(operator)}"
        nodes = [_read(item, f"{inner}/{position}", depth + 1) for position, item in enumerate(child[operator])]
    else:
        nodes = [_read(child, place, depth + 1)]
    return Group(pointer, selector, "none", nodes, operator_of(selector))


def _read_rule(selector: dict[str, Any], pointer: str) -> Rule:
    hidden = Rule(pointer, selector)
    key = next((name for name in selector if name.lower() in KINDS or name.lower() in OLD_KINDS), "")
    others = set(selector) - {key}
    if not key:
        return hidden
    if key.lower() == "attribute":
        return _read_attribute(selector, key, others, pointer) or hidden
    value = _shown_values(selector[key])
    group = selector.get("group", "")
    if value is None or others - ({"group"} if key.lower() == "tag" else set()) or not isinstance(group, str):
        return hidden
    return Rule(pointer, selector, key, value, group)


def _shown_values(value: Any) -> str | None:
    values = value if isinstance(value, list) else [value]
    plain = all(isinstance(text, str) and "\n" not in text for text in values)
    if not plain or (isinstance(value, list) and (len(value) < 2 or any(text != text.strip() for text in values))):
        return None
    return None if any("," in text for text in values) else ", ".join(values)


def _read_attribute(selector: dict[str, Any], key: str, others: set[str], pointer: str) -> Rule | None:
    value, operator, precision = selector.get("value", ""), selector.get("operator", ""), selector.get("precision", "")
    if not (isinstance(operator, str) and isinstance(precision, str)):
        return None
    is_plain = isinstance(value, str | int | float) and not isinstance(value, bool)
    is_known = (operator in COMPARISONS or operator == "") and (precision in PRECISIONS or precision == "")
    has_others = bool(others - {"operator", "value", "precision"})
    if has_others or not is_plain or not is_known or not isinstance(selector[key], str):
        return None
    return Rule(pointer, selector, key, str(value), "", selector[key], operator, precision)


def is_all(audience: Any) -> bool:
    return is_everybody(audience)


def new_rule() -> dict[str, Any]:
    return {"tag": ""}


def add_to(root: Group, id: str, selector: Any) -> bool:
    """Put a new rule or group into the group with this id. False where there is no such group."""
    group = next((group for group in _groups(root) if group.id == id), None)
    if group is None:
        return False
    group.children.append(Rule(f"{id}/new", selector))
    group.is_changed = True
    return True


def remove_from(root: Group, id: str) -> bool:
    """Take the rule or group with this id out; a group that is left without children goes too."""
    for node in _groups(root):
        for child in node.children:
            if child.id == id:
                node.children.remove(child)
                node.is_changed = True
                if not node.children and node is not root:
                    return remove_from(root, node.id)
                return True
    return False


def rule_ids(node: Group | Rule | None) -> list[str]:
    """The ids of all rules, in the order in which they stand on the page."""
    if isinstance(node, Group):
        return [id for child in node.children for id in rule_ids(child)]
    return [node.id] if node else []


def _groups(root: Group) -> list[Group]:
    found, waiting = [], [root]
    while waiting:
        group = waiting.pop()
        found.append(group)
        waiting += [child for child in group.children if isinstance(child, Group)]
    return found


def shape(audience: Any) -> Any:
    """What of an audience decides which fields its form has: two audiences with one shape have the same fields."""
    root = read_audience(audience)
    return _shape(root) if root else (is_everybody(audience), bool(audience))


def _shape(node: Group | Rule) -> Any:
    if isinstance(node, Rule):
        return (node.kind, node.operator == "is_empty", node.operator in ("before", "after", "equals"))
    return (node.how, *(_shape(child) for child in node.children))


def post_audience(editing: Editing, data: QueryDict) -> None:
    document, plan = editing.document, editing.plan
    root = read_audience(document.get("audience"))
    if root is not None:
        try:
            root.post(data)
        except NotKept:
            return
        document["audience"] = root.written()
    mode = data.get("audience.mode", "")
    if mode == "all" and document.get("audience") != "all" and not is_everybody(document.get("audience")):
        if root is not None:
            plan["rules"] = document["audience"]
        document["audience"] = "all"
    elif mode == "rules" and (is_everybody(document.get("audience")) or not document.get("audience")):
        document["audience"] = plan.pop("rules", None) or {"and": [new_rule()]}
