"""Taking rules out of an audience, and whether that lets more people in.

Leaving a rule out narrows an “or” and widens an “and”; inside a “not” it is the other way round.
"""

from collections.abc import Mapping
from typing import Any

from experiments.providers.airship.audience import operator_of
from experiments.providers.airship.wording import escape
from experiments.providers.references import CannotCarry, Name

NOTHING_LEFT = (
    "Nothing would be left of the audience. Replace at least one of its rules, or write another audience first."
)
ALL_BUT = (
    "Then everybody would be in the test but those whom it excludes. Keep or replace one of the rules that say who is "
    "in it."
)
BROKEN_GROUP = "This part of the audience joins two things in one object. Mend it in the test first."
_NONE = object()


def leave_out_of_audience(audience: Any, left: Mapping[str, Name]) -> tuple[Any, tuple[Name, ...]]:
    """The audience without the values at the pointers in `left`, and the names whose leaving out lets more people in.

    Raises CannotCarry where nothing would be left, or nothing but who is excluded: a test to everybody is never what
    remains of one to some.
    """
    pruning = _Pruning(left)
    pruned = pruning.node(audience, "/audience", is_positive=True)
    if pruned is _NONE:
        raise CannotCarry(NOTHING_LEFT)
    if takes_anybody(pruned) and not takes_anybody(audience):
        raise CannotCarry(ALL_BUT)
    return pruned, tuple(dict.fromkeys(pruning.wider))


def takes_anybody(selector: Any) -> bool:
    """Whether somebody is in who matches no rule at all: of whom nothing is known."""
    if not isinstance(selector, dict):
        return isinstance(selector, str) and selector.strip().lower() == "all"
    operator = operator_of(selector)
    if not operator:
        return False
    children = selector[operator]
    parts = children if isinstance(children, list) else [children]
    if operator.lower() == "and":
        return all(takes_anybody(part) for part in parts)
    if operator.lower() == "or":
        return any(takes_anybody(part) for part in parts)
    return not any(takes_anybody(part) for part in parts)


class _Pruning:
    """One walk through an audience. `wider` collects what lets more people in."""

    def __init__(self, left: Mapping[str, Name]) -> None:
        self.left = left
        self.wider: list[Name] = []

    def names_in(self, pointer: str) -> list[Name]:
        return [name for place, name in self.left.items() if place == pointer or place.startswith(f"{pointer}/")]

    def node(self, selector: Any, pointer: str, *, is_positive: bool) -> Any:
        """The selector without what is left out, _NONE where nothing of it remains."""
        if not self.names_in(pointer):
            return selector
        operator = operator_of(selector)
        if not operator:
            return self._rule(selector, pointer, is_positive)
        if len(selector) > 1:
            raise CannotCarry(BROKEN_GROUP)
        children, place, word = selector[operator], f"{pointer}/{escape(operator)}", operator.lower()
        if not isinstance(children, list):
            if word != "not":
                raise CannotCarry(BROKEN_GROUP)
            child = self.node(children, place, is_positive=not is_positive)
            return _NONE if child is _NONE else {operator: child}
        return self._group(operator, children, place, is_positive)

    def _group(self, operator: str, children: list[Any], place: str, is_positive: bool) -> Any:
        word = operator.lower()
        if word == "not" and len(children) != 1:
            raise CannotCarry(BROKEN_GROUP)
        inner = is_positive if word != "not" else not is_positive
        pruned = [self.node(child, f"{place}/{at}", is_positive=inner) for at, child in enumerate(children)]
        kept = [child for child in pruned if child is not _NONE]
        if not kept:
            return _NONE
        if word != "not" and (word == "and") == is_positive:
            for at, child in enumerate(pruned):
                if child is _NONE:
                    self.wider += self.names_in(f"{place}/{at}")
        return {operator: kept}

    def _rule(self, selector: dict[str, Any], pointer: str, is_positive: bool) -> Any:
        """A rule goes as a whole; only of several values, any of which will do, single ones can go."""
        listed = [key for key, value in selector.items() if isinstance(value, list)]
        places = {place for place in self.left if place == pointer or place.startswith(f"{pointer}/")}
        if len(listed) != 1 or not all(place.startswith(f"{pointer}/{escape(listed[0])}/") for place in places):
            return _NONE
        key = listed[0]
        kept = [value for at, value in enumerate(selector[key]) if f"{pointer}/{escape(key)}/{at}" not in places]
        if not kept:
            return _NONE
        if not is_positive:
            self.wider += self.names_in(pointer)
        return {**selector, key: kept}
