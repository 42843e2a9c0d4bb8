"""Personalised texts: which values of a person a text asks for, and how it reads for one person.

Airship fills in Handlebars. What is understood here is what every Handlebars has ({{name}}, if, unless, else), and two
helpers that our facts do not document ({{$def name "words"}}, {{#eq name "words"}}). The rest stays as it was typed.
Reference: airship OpenAPI pushOptions.personalization; https://handlebarsjs.com/guide/ (expressions, built-in helpers).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

_TAG = re.compile(r"\{\{\{?\s*(.*?)\s*\}?\}\}", re.DOTALL)
_NAME = re.compile(r"[\w.@$-]+")
_OPEN = re.compile(r"#(if|unless|eq)\s+([\w.@-]+)(?:\s+(?:\"([^\"]*)\"|'([^']*)'))?")
_DEFAULT = re.compile(r"\$def\s+([\w.@-]+)\s+(?:\"([^\"]*)\"|'([^']*)')")
_DEEPEST = 20  # conditions within conditions
_LONGEST = 20_000  # letters; a longer text is shown as it was typed


@dataclass
class _Node:
    """A piece of text, a value, or a condition with what stands in it."""

    kind: str  # "text", "value", "if", "unless" or "eq"
    text: str = ""  # as typed
    name: str = ""
    words: str | None = None  # of a default, or of a comparison
    then: "list[_Node]" = field(default_factory=list)
    otherwise: "list[_Node]" = field(default_factory=list)


def variables(text: str) -> tuple[str, ...]:
    """The names of the values that the text asks for, each once, in their order."""
    return tuple(dict.fromkeys(node.name for node in _walk(_read(text)) if node.name))


def without_words(text: str) -> tuple[str, ...]:
    """The values that leave a hole for people who have none: no default, and no condition around them."""
    return tuple(dict.fromkeys(_bare(_read(text), frozenset())))


def read_for(text: str, values: Mapping[str, str]) -> str:
    """The text as a person with these values reads it. A value that the person does not have is nothing."""
    return "".join(_written(_read(text), values))


def _read(text: str) -> list[_Node]:
    """The text as a tree; conditions that are not closed, or closed by another word, stay text."""
    if len(text) > _LONGEST:
        return [_Node("text", text)]
    root: list[_Node] = []
    stack: list[tuple[_Node, list[_Node]]] = []  # each open condition with the list it stands in
    into, last = root, 0
    for tag in _TAG.finditer(text):
        into.append(_Node("text", text[last : tag.start()]))
        last = tag.end()
        inner = tag[1]
        if len(stack) < _DEEPEST and (opened := _OPEN.fullmatch(inner)):
            words = opened[3] if opened[3] is not None else opened[4]
            node = _Node(opened[1], tag[0], opened[2], words)
            into.append(node)
            stack.append((node, into))
            into = node.then
        elif inner == "else" and stack and into is stack[-1][0].then:
            into = stack[-1][0].otherwise
        elif stack and inner == f"/{stack[-1][0].kind}":
            into = stack.pop()[1]
        else:
            into.append(_value(inner, tag[0]))
    into.append(_Node("text", text[last:]))
    return [_Node("text", text)] if stack else root


def _value(inner: str, typed: str) -> _Node:
    if default := _DEFAULT.fullmatch(inner):
        return _Node("value", typed, default[1], default[2] if default[2] is not None else default[3])
    return _Node("value", typed, inner) if _NAME.fullmatch(inner) and inner != "else" else _Node("text", typed)


def _walk(nodes: list[_Node]) -> Iterator[_Node]:
    for node in nodes:
        yield node
        yield from _walk(node.then)
        yield from _walk(node.otherwise)


def _bare(nodes: list[_Node], known: frozenset[str]) -> Iterator[str]:
    for node in nodes:
        if node.kind == "value" and node.words is None and node.name not in known:
            yield node.name
        yield from _bare(node.then, known | {node.name} if node.kind in ("if", "eq") else known)
        yield from _bare(node.otherwise, known | {node.name} if node.kind == "unless" else known)


def _written(nodes: list[_Node], values: Mapping[str, str]) -> Iterator[str]:
    for node in nodes:
        value = values.get(node.name, "")
        if node.kind == "text":
            yield node.text
        elif node.kind == "value":
            yield value or node.words or ""
        else:
            holds = value == node.words if node.kind == "eq" else bool(value) == (node.kind == "if")
            yield from _written(node.then if holds else node.otherwise, values)
