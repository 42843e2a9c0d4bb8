"""The buttons of the audience: rules and groups come, go, are copied, wrapped and moved.

A place is the pointer of a rule or group; where something is put is "<group>:<position>".
"""

import copy
from collections.abc import Callable
from typing import Any

from experiments.forms.actions import Act, CannotDo, Done
from experiments.forms.editing import Editing
from experiments.forms.messages import audience as audiences
from experiments.forms.messages.audience import Group, Node, Rule, nodes_of
from experiments.providers.airship.grammar import MOST_DEPTH, MOST_IN_GROUP, MOST_SELECTORS, count_selectors, depth_of


class _Tree:
    """The rules while a button works on them. IndexError where a place is not there."""

    def __init__(self, editing: Editing) -> None:
        self.editing = editing
        root = audiences.rules_in(editing.document, editing.plan)
        if root is None:
            raise IndexError("/audience")
        self.root = root
        self.parents = {
            id(child): node for node in nodes_of(root) if isinstance(node, Group) for child in node.children
        }

    def at(self, place: str) -> Node:
        """The node with this pointer. A group that only stands for a single rule has the rule's own pointer."""
        found = [node for node in nodes_of(self.root) if node.id == place]
        if not found:
            raise IndexError(place)
        return found[-1]

    def group_at(self, place: str) -> Group:
        found = [node for node in nodes_of(self.root) if node.id == place and isinstance(node, Group)]
        if not found:
            raise IndexError(place)
        return found[0]

    def parent(self, node: Node) -> tuple[Group, int]:
        """The group that a rule or group stands in, and its position. IndexError for the outermost group."""
        group = self.parents.get(id(node))
        if group is None:
            raise IndexError(node.id)
        return group, next(at for at, child in enumerate(group.children) if child is node)

    def put(self, group: Group, position: int, node: Node) -> None:
        group.children.insert(position, node)
        group.is_changed = True
        self.parents[id(node)] = group

    def take(self, node: Node) -> None:
        """Take a rule or group out; a group that is left without parts goes too."""
        group, position = self.parent(node)
        del group.children[position]
        group.is_changed = True
        if not group.children and group is not self.root:
            self.take(group)

    def done(self, words: str, shown: Node | None = None, *, is_removal: bool = False) -> Done:
        """Write the rules back. CannotDo where a limit is passed: then nothing was changed."""
        self._refuse_beyond_limits()
        places = audiences.write(self.editing, self.root)
        return Done(words, focus=places.get(id(shown), ""), is_removal=is_removal, said=words, swap="audience")

    def _refuse_beyond_limits(self) -> None:
        written = self.root.written()
        for number, group in enumerate(groups_of(self.root), 1):
            if len(group.children) > MOST_IN_GROUP and group.is_changed:
                raise CannotDo(f"Group {number} is full: {MOST_IN_GROUP} parts are the most. Use a group inside it.")
        if depth_of(written) > MOST_DEPTH:
            raise CannotDo(f"The groups would be nested deeper than {MOST_DEPTH} levels. Nothing was changed.")
        if count_selectors(written) > MOST_SELECTORS:
            raise CannotDo(
                f"The audience would name more than {MOST_SELECTORS:,} tags, lists or people. Nothing was changed."
            )


def groups_of(root: Group | None) -> list[Group]:
    """The groups in the order of the page; their numbers in words are their positions here, from 1."""
    return [node for node in nodes_of(root) if isinstance(node, Group)]


def _add_rule(editing: Editing, place: str) -> Done:
    return _add(editing, place, Rule("new", audiences.new_rule(), "tag"))


def _add_group(editing: Editing, place: str) -> Done:
    raw = {"or": [audiences.new_rule()]}
    return _add(editing, place, Group("new", raw, "any", [Rule("new", raw["or"][0], "tag")], "or"))


def _add(editing: Editing, place: str, node: Node) -> Done:
    if audiences.mode_of(editing.document, editing.plan) == "":
        editing.document["audience"] = {"and": [node.written()]}
        return Done(focus="/audience/and/0")
    tree = _Tree(editing)
    group = tree.group_at(place)
    tree.put(group, len(group.children), node)
    return tree.done("", node.children[0] if isinstance(node, Group) else node)


def _remove(editing: Editing, place: str) -> Done:
    tree = _Tree(editing)
    node = tree.at(place)
    group, position = tree.parent(node)
    tree.take(node)
    left = group.children[min(position, len(group.children) - 1)] if group.children else None
    return tree.done(f"The {_word(node)} is removed.", left, is_removal=True)


def _duplicate(editing: Editing, place: str) -> Done:
    tree = _Tree(editing)
    node = tree.at(place)
    group, position = tree.parent(node)
    twin = _copy(node)
    tree.put(group, position + 1, twin)
    return tree.done(f"The {_word(node)} stands there twice now.", twin)


def _copy(node: Node) -> Node:
    """A twin whose values are its own, shown as the same kinds."""
    if isinstance(node, Rule):
        return Rule("new", copy.deepcopy(node.raw), node.kind)
    children = [_copy(child) for child in node.children]
    return Group("new", None, node.how, children, node.operator, is_changed=True)


def _wrap(editing: Editing, place: str) -> Done:
    tree = _Tree(editing)
    node = tree.at(place)
    group, position = tree.parent(node)
    around = Group("new", None, "any" if group.how == "all" else "all", [], is_changed=True)
    group.children[position] = around
    group.is_changed = True
    tree.parents[id(around)] = group
    tree.put(around, 0, node)
    return tree.done(f"The {_word(node)} stands in a group of its own now.", node)


def _move(editing: Editing, place: str) -> Done:
    """ "<rule>:<group>:<position>", the position as it was before the rule was taken out."""
    from_place, to, position = place.split(":")
    tree = _Tree(editing)
    node, target = tree.at(from_place), tree.group_at(to)
    if target in list(nodes_of(node)):
        raise CannotDo("A group cannot be moved into itself.")
    at = int(position)
    if not 0 <= at <= len(target.children):
        raise IndexError(position)
    return _moved(tree, node, target, at)


def _moved(tree: _Tree, node: Node, target: Group, position: int) -> Done:
    group, before = tree.parent(node)
    tree.put(target, position, node)
    del group.children[before + (group is target and position <= before)]
    tree.parents[id(node)] = target
    group.is_changed = True
    if not group.children and group is not tree.root:
        tree.take(group)
    number = groups_of(tree.root).index(target) + 1
    at = next(at for at, child in enumerate(target.children) if child is node) + 1
    return tree.done(f"The {_word(node)} is now {at} of {len(target.children)} in group {number}.", node)


def _up(tree: _Tree, node: Node) -> tuple[Group, int]:
    group, position = tree.parent(node)
    if position:
        return group, position - 1
    outer, at = tree.parent(group)
    return outer, at


def _down(tree: _Tree, node: Node) -> tuple[Group, int]:
    group, position = tree.parent(node)
    if position + 1 < len(group.children):
        return group, position + 2
    outer, at = tree.parent(group)
    return outer, at + 1


def _into(tree: _Tree, node: Node) -> tuple[Group, int]:
    """The group after the rule, at its top; else the one before it, at its end."""
    group, position = tree.parent(node)
    after = group.children[position + 1] if position + 1 < len(group.children) else None
    before = group.children[position - 1] if position else None
    if isinstance(after, Group):
        return after, 0
    if isinstance(before, Group):
        return before, len(before.children)
    raise IndexError(node.id)


def _out(tree: _Tree, node: Node) -> tuple[Group, int]:
    outer, at = tree.parent(tree.parent(node)[0])
    return outer, at + 1


WAYS: dict[str, tuple[str, Callable[[_Tree, Node], tuple[Group, int]]]] = {
    "rule-up": ("Up", _up),
    "rule-down": ("Down", _down),
    "rule-into": ("Into the group beside it", _into),
    "rule-out": ("Out of its group", _out),
}


def ways_of(root: Group, parents: dict[int, tuple[Group, int]], node: Node) -> list[tuple[str, str]]:
    """The moves that this rule or group can make, as verbs with their words."""
    group, position = parents[id(node)]
    is_nested = group is not root
    last = len(group.children) - 1
    beside = [group.children[at] for at in (position - 1, position + 1) if 0 <= at <= last]
    can = {
        "rule-up": position > 0 or is_nested,
        "rule-down": position < last or is_nested,
        "rule-into": any(isinstance(node, Group) for node in beside),
        "rule-out": is_nested,
    }
    return [(verb, words) for verb, (words, _) in WAYS.items() if can[verb]]


def _go(verb: str) -> Act:
    def go(editing: Editing, place: str) -> Done:
        tree = _Tree(editing)
        node = tree.at(place)
        try:
            target, position = WAYS[verb][1](tree, node)
        except IndexError:
            raise CannotDo(f"The {_word(node)} cannot go further that way.") from None
        return _moved(tree, node, target, position)

    return go


def _word(node: Any) -> str:
    return "group" if isinstance(node, Group) else "rule"


ACTIONS: dict[str, Act] = {
    "add-rule": _add_rule,
    "add-group": _add_group,
    "remove": _remove,
    "duplicate-rule": _duplicate,
    "wrap-rule": _wrap,
    "move-rule": _move,
    **{verb: _go(verb) for verb in WAYS},
}
