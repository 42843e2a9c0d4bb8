"""The small faults a module could have: one change each, in a condition, a constant, a set, an argument, a statement.

Not changed: docstrings, annotations, decorators, sentences for people (a text with a space in it), what is only logged,
failpoints, which do nothing in production, and members of an enumeration, which are also choices of the database.
"""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
}
_SETS = (ast.BitOr, ast.BitAnd)  # each side can be forgotten
_NAMES = {"min": "max", "max": "min", "any": "all", "all": "any"}
_ENUMERATIONS = {"State": "State", "S": "State", "Kind": "Kind", "Machine": "Machine", "M": "Machine", "Role": "Role"}
_LOGS = ("log", "logger")
_SENTENCE = re.compile(r"\s")

type Found = Iterator[tuple[str, ast.AST]]


@dataclass(frozen=True)
class Mutant:
    """One fault. A test must run one of `lines` to notice it; where there are none, any test may."""

    function: str
    line: int
    lines: frozenset[int]
    what: str
    statement: ast.stmt = field(repr=False)  # the whole top-level statement, with the fault in it


def mutants_of(source: str, only: frozenset[str] = frozenset()) -> list[Mutant]:
    """Every fault of a module's source, of the functions in `only` where it names any."""
    tree = ast.parse(source)
    members = _members(tree)
    found: list[Mutant] = []
    for top in tree.body:
        if isinstance(top, ast.Import | ast.ImportFrom) or _is_enumeration(top):
            continue
        for place in _places(top):
            name = ".".join(place.names)
            if only and name not in only:
                continue
            for what, changed in _changes(place.node, members):
                found.append(Mutant(name, _line(place.node, top), place.lines, what, _with(top, place.path, changed)))
    return found


@dataclass(frozen=True)
class _Place:
    """A node, the way to it from its top-level statement, the functions around it, and the lines that run it."""

    node: ast.AST
    path: tuple[tuple[str, int | None], ...]
    names: tuple[str, ...]
    lines: frozenset[int]


def _places(top: ast.stmt) -> Iterator[_Place]:
    todo = [_Place(top, (), (), frozenset())]
    while todo:
        place = todo.pop(0)
        yield place
        node, names, lines = place.node, place.names, place.lines
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names = (*names, node.name)
        if isinstance(node, ast.FunctionDef):
            lines = frozenset(range(node.lineno, (node.end_lineno or node.lineno) + 1))
        for name, index, child in _children(node):
            is_own = isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case)
            span = _span(child) if is_own and lines else lines
            todo.append(_Place(child, (*place.path, (name, index)), names, span))


def _children(node: ast.AST) -> Iterator[tuple[str, int | None, ast.AST]]:
    """What may be changed below a node."""
    skipped = {"annotation", "returns", "decorator_list", "type_params", "ctx", "op", "ops", "bases"}
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return  # a docstring
    if isinstance(node, ast.TypeAlias) or _is_log(node):
        return
    for name, value in ast.iter_fields(node):
        if name in skipped:
            continue
        for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(child, ast.AST):
                yield name, index, child


def _changes(node: ast.AST, members: dict[str, list[str]]) -> Found:
    """Every other form that a node could wrongly have."""
    match node:
        case ast.Attribute(value=ast.Name(id=name)) if name in _ENUMERATIONS and node.attr in members:
            others = members[node.attr]
            after = others[(others.index(node.attr) + 1) % len(others)]
            yield f"{name}.{node.attr} → {name}.{after}", _set(node, attr=after)
        case ast.Name(id=name, ctx=ast.Load()) if name in _NAMES:
            yield f"{name} → {_NAMES[name]}", _set(node, id=_NAMES[name])
        case ast.Set() | ast.List() | ast.Tuple() if not isinstance(getattr(node, "ctx", None), ast.Store):
            yield from _without(node, "elts")
        case ast.Call():
            yield from _without(node, "keywords")
        case ast.stmt() if not _is_log(node):
            yield from _statements(node)
        case ast.expr():
            yield from _expressions(node)


def _statements(node: ast.stmt) -> Found:
    match node:
        case ast.If() | ast.While():
            yield from _turned_round(node)
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
            yield "return … → return None", _set(node, value=ast.Constant(None))
        case ast.Raise() | ast.Continue() | ast.Break() | ast.AugAssign() | ast.Return(value=None):
            yield f"{_short(node)} left out", ast.copy_location(ast.Pass(), node)
        case ast.Expr(value=ast.Call()):
            yield f"{_short(node)} left out", ast.copy_location(ast.Pass(), node)


def _expressions(node: ast.expr) -> Found:
    match node:
        case ast.Compare():
            yield from _compared(node)
        case ast.BoolOp():
            yield from _joined(node)
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            yield f"{_short(node)} → {_short(node.operand)}", node.operand
        case ast.BinOp():
            yield from _reckoned(node)
        case ast.IfExp():
            yield from _turned_round(node)
        case ast.Constant():
            yield from _constants(node)
        case ast.Dict():
            yield from _without_pairs(node)


def _turned_round(node: ast.If | ast.While | ast.IfExp) -> Found:
    if not isinstance(node.test, ast.Compare | ast.UnaryOp):  # these are changed themselves
        yield f"condition {_short(node.test)} turned round", _set(node, test=ast.UnaryOp(ast.Not(), node.test))


def _compared(node: ast.Compare) -> Found:
    for index, operator in enumerate(node.ops):
        for other in _COMPARISONS[type(operator)]:
            ops = [*node.ops[:index], other(), *node.ops[index + 1 :]]
            yield f"{_short(node)}: {type(operator).__name__} → {other.__name__}", _set(node, ops=ops)


def _joined(node: ast.BoolOp) -> Found:
    other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    yield f"{_short(node)}: and ↔ or", _set(node, op=other)
    for index, value in enumerate(node.values):
        left = [*node.values[:index], *node.values[index + 1 :]]
        yield f"{_short(value)} left out", left[0] if len(left) == 1 else _set(node, values=left)


def _reckoned(node: ast.BinOp) -> Found:
    if isinstance(node.op, _SETS):
        yield f"{_short(node.left)} left out", node.right
        yield f"{_short(node.right)} left out", node.left
    elif other := _OPERATORS.get(type(node.op)):
        yield f"{_short(node)}: {type(node.op).__name__} → {other.__name__}", _set(node, op=other())


def _constants(node: ast.Constant) -> Found:
    value = node.value
    if isinstance(value, bool):
        yield f"{value} → {not value}", _set(node, value=not value)
    elif isinstance(value, int | float):
        yield f"{value} → {value + 1}", _set(node, value=value + 1)
    elif isinstance(value, str) and not _SENTENCE.search(value):
        yield f"{value!r} → {value + 'x'!r}", _set(node, value=value + "x")


def _without(node: ast.AST, name: str) -> Found:
    items = getattr(node, name)
    for index, item in enumerate(items):
        yield f"{_short(item)} left out", _set(node, **{name: [*items[:index], *items[index + 1 :]]})


def _without_pairs(node: ast.Dict) -> Found:
    for index, key in enumerate(node.keys):
        keys, values = list(node.keys), list(node.values)
        del keys[index], values[index]
        yield f"{_short(key) if key else '**'} left out", _set(node, keys=keys, values=values)


def _members(tree: ast.Module) -> dict[str, list[str]]:
    """For each member of an enumeration that the source mentions, all that it mentions of the same one."""
    groups: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=member) if name in _ENUMERATIONS and member.isupper():
                groups.setdefault(_ENUMERATIONS[name], set()).add(member)
    return {member: sorted(group) for group in groups.values() if len(group) > 1 for member in group}


def _is_enumeration(top: ast.stmt) -> bool:
    return isinstance(top, ast.ClassDef) and any(ast.unparse(base).endswith(("Choices", "Enum")) for base in top.bases)


def _is_log(node: ast.AST) -> bool:
    match node:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name)))):
            return name in _LOGS
        case ast.Expr(value=ast.Call(func=ast.Name(id="reach"))):
            return True
    return False


def _span(node: ast.AST) -> frozenset[int]:
    """The lines of a simple statement, or of the head of one that has others inside."""
    first = getattr(node, "lineno", 0) or getattr(getattr(node, "pattern", None), "lineno", 0)
    last = getattr(node, "end_lineno", None) or first
    body = getattr(node, "body", None)
    if isinstance(body, list) and body:
        last = max(first, body[0].lineno - 1)
    return frozenset(range(first, last + 1))


def _line(node: ast.AST, top: ast.stmt) -> int:
    return getattr(node, "lineno", top.lineno)


def _short(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) < 60 else f"{text[:57]}…"


def _set[N: ast.AST](node: N, **values: object) -> N:
    changed = copy.copy(node)
    for name, value in values.items():
        setattr(changed, name, value)
    return changed


def _with(top: ast.stmt, path: tuple[tuple[str, int | None], ...], changed: ast.AST) -> ast.stmt:
    """A copy of `top` in which the node at `path` is another one."""
    if not path:
        assert isinstance(changed, ast.stmt)
        return ast.fix_missing_locations(copy.deepcopy(changed))
    made = copy.deepcopy(top)
    node: ast.AST = made
    for name, index in path[:-1]:
        value = getattr(node, name)
        node = value if index is None else value[index]
    name, index = path[-1]
    if index is None:
        setattr(node, name, copy.deepcopy(changed))
    else:
        getattr(node, name)[index] = copy.deepcopy(changed)
    return ast.fix_missing_locations(made)
