"""Every field of Airship's experiment object, read from its OpenAPI document, and where in the editor it is set."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from experiments.forms.messages import fields
from experiments.forms.messages.kinds import KINDS
from experiments.forms.messages.planning import MODES
from experiments.providers.pointers import escape
from experiments.providers.shapes import Json

ROOT = "experimentObject"
READ_ONLY, JSON = "set by Airship (read-only)", "JSON"
VALUE = "(the value itself)"
OPEN_CHANNEL = "open::<name>"
_NAMES = {"open::open_platform_name": OPEN_CHANNEL}
_TOP = {
    "name": "Goal › Name",
    "description": "Goal › Description",
    "campaigns": "Goal › Campaign categories",
    "campaigns.categories": "Goal › Campaign categories",
    "audience": "Audience",
    "device_types": "Audience › On",
    "control": "Split › Held out",
    "variants": "Variants",
    "variants[].name": "Variants › Name",
    "variants[].weight": "Split › Weight",
    "variants[].push": "Variants",
    "variants[].push.notification": "Variants",
    "variants[].push.in_app": "Variants › All platforms › In-app message",
    "variants[].push.options": "Variants › All platforms › Delivery options",
    "variants[].schedule": "When",
}
_WORDS = {"allSelector": "Audience › Everybody", "triggeredSelector": "Audience › JSON"}
_FOLDS = {"push/in_app": "In-app message", "push/options": "Delivery options"}
_TYPES = {"string": "text", "integer": "whole number", "number": "number", "boolean": "yes or no", "array": "list"}
_SELECTORS = frozenset({"audienceSelector1000", "compoundSelector", "atomicSelector"})
_MOST_WORDS = 6
# The mode of the section “When” that sets each kind of time, where it has it.
_MODES = {"scheduled_time": "moment", "local_scheduled_time": "local", "best_time": "best"}


@dataclass
class Row:
    """One property of one schema: `places` are all patterns at which a document can have it."""

    schema: str
    name: str  # dotted, where the schema has objects of its own inside
    kind: str
    is_read_only: bool
    places: list[str] = field(default_factory=list)

    @property
    def where(self) -> str:
        """Where it is set; places that only the JSON reaches are told last."""
        if self.is_read_only:
            return READ_ONLY
        found = list(dict.fromkeys(where_of(place, self.schema) for place in self.places))
        forms = [words for words in found if words.rpartition(" › ")[2] != JSON]
        json_only = [words for words in found if words not in forms]
        told = _by_tab(forms)
        if told and json_only:
            return f"{told}; elsewhere {json_only[0]}"
        return told or json_only[0]

    @property
    def is_in_form(self) -> bool:
        is_json_only = self.where.endswith(f"› {JSON}") and "; elsewhere" not in self.where
        return not self.is_read_only and not is_json_only


def read_rows(openapi: Json) -> list[Row]:
    """All properties that an experiment can have, each schema's together, in the order in which they are reached."""
    rows: dict[tuple[str, str], Row] = {}
    for schema, name, place, part in _properties(openapi["components"]["schemas"], ROOT, "", ()):
        row = rows.setdefault((schema, name), Row(schema, name, "", False))
        row.kind = row.kind or kind_of(openapi["components"]["schemas"], part)
        row.is_read_only |= bool(part.get("readOnly"))
        if place not in row.places:
            row.places.append(place)
    for row in rows.values():
        row.places.sort(key=lambda place: ("button_actions" in place, "in_app" in place, len(place), place))
    order = list(dict.fromkeys(row.schema for row in rows.values()))
    return sorted(rows.values(), key=lambda row: order.index(row.schema))


def _properties(schemas: Json, name: str, place: str, above: tuple[str, ...]) -> Iterator[tuple[str, str, str, Json]]:
    """Everything in the schema called `name`, `above` being those that are open already: schema, field, place, part.

    A schema without fields of its own, such as a list or a word, is one itself.
    """
    if name in above:
        return
    found = list(_inside(schemas, name, schemas[name], "", place, (*above, name)))
    if not any(schema == name for schema, *_ in found):
        yield name, VALUE, place, schemas[name]
    yield from found


def _inside(
    schemas: Json, schema: str, part: Json, inner: str, place: str, above: tuple[str, ...]
) -> Iterator[tuple[str, str, str, Json]]:
    if "$ref" in part:
        yield from _properties(schemas, part["$ref"].rpartition("/")[2], place, above)
        return
    for key in ("oneOf", "anyOf", "allOf"):
        for branch in part.get(key, ()):
            yield from _inside(schemas, schema, branch, inner, place, above)
    named = {_NAMES.get(name, name): child for name, child in part.get("properties", {}).items()}
    for name, child in named.items():
        own, there = f"{inner}.{name}".lstrip("."), f"{place}.{name}".lstrip(".")
        yield schema, own, there, child
        yield from _inside(schemas, schema, child, own, there, above)
    if isinstance(part.get("items"), dict):
        yield from _inside(schemas, schema, part["items"], f"{inner}[]", f"{place}[]", above)
    if isinstance(part.get("additionalProperties"), dict):
        yield from _inside(schemas, schema, part["additionalProperties"], f"{inner}.<key>", f"{place}.<key>", above)


def kind_of(schemas: Json, part: Json, above: tuple[str, ...] = ()) -> str:
    """What may stand there, in a few words. `above` are the schemas that are open already."""
    if "$ref" in part:
        name = part["$ref"].rpartition("/")[2]
        if name in _SELECTORS:
            return "selector"
        return "list" if name in above else kind_of(schemas, schemas[name], (*above, name))
    if "enum" in part:
        values = [str(value) for value in part["enum"]]
        return f"one of {', '.join(values)}" if len(values) <= _MOST_WORDS else f"one of {len(values)} words"
    branches = [branch for key in ("oneOf", "anyOf") for branch in part.get(key, ())]
    if branches:
        return " or ".join(dict.fromkeys(kind_of(schemas, branch, above) for branch in branches))
    if "items" in part:
        return f"list: {kind_of(schemas, part['items'], above)}"
    forms = {"date-time": "UTC time", "date": "day", "uuid": "id"}
    return forms.get(str(part.get("format")), _TYPES.get(str(part.get("type")), "object"))


# -- where it is set


def pointer_of(place: str) -> str:
    """The pattern as a pointer below the document: "variants[].push" is "variants/0/push"."""
    return "/".join(escape(step) for step in place.replace("[]", ".0").split("."))


def where_of(place: str, schema: str) -> str:
    if schema in _WORDS:
        return _WORDS[schema]
    if place in _TOP:
        return _TOP[place]
    if place.startswith("audience"):
        return _where_in_audience(place, schema)
    if place.startswith("variants[].schedule"):
        return "When" if _MODES[place.split(".")[2]] in MODES else "Variants › JSON"
    return _where_in_variant(pointer_of(place).removeprefix("variants/0/"))


def _where_in_variant(path: str) -> str:
    found = form_field(path)
    if found is None:
        return "Variants › JSON"
    tab = tab_of(path)
    return f"Variants › {tab} › {found.label}" if found.path == path or not _holds(path) else f"Variants › {tab}"


def form_field(path: str) -> fields.Field | None:
    """The field that sets a place below the variant, or one of those that set what is in it."""
    return fields.nearest_field(path)


def _holds(path: str) -> bool:
    """Whether the place is an object whose parts have fields of their own."""
    return any(known.path.startswith(f"{path}/") for known in fields.fields_of(fields.platform_at(path)))


def tab_of(path: str) -> str:
    """The tab's name, or that of its fold for what only the tab of all platforms has."""
    for place, fold in _FOLDS.items():
        if path.startswith(place):
            return f"All platforms › {fold}"
    platform = fields.platform_at(path)
    return "Open channel" if platform == OPEN_CHANNEL else fields.tab_name(platform)


def _by_tab(found: list[str]) -> str:
    """The same field on several tabs is told once: "Variants › iOS, Android › Title"."""
    tabs: dict[str, list[str]] = {}
    plain = []
    for words in found:
        parts = words.split(" › ")
        if parts[0] == "Variants" and len(parts) > 2:
            tabs.setdefault(parts[-1], []).append(" › ".join(parts[1:-1]))
        else:
            plain.append(words)
    told = [f"Variants › {', '.join(dict.fromkeys(on))} › {last}" for last, on in tabs.items()]
    return "; ".join([*dict.fromkeys(plain), *told])


def _where_in_audience(place: str, schema: str) -> str:
    """A selector is a rule of the kind that has a part for the key; operators are groups."""
    steps = [step for step in place.replace("[]", "").split(".")[1:] if step not in ("AND", "OR", "NOT")]
    if not steps:
        return "Audience › All of, any of, none of"
    present = [kind for kind in KINDS.values() if not kind.is_old]
    own = [kind for kind in present if _is_of(kind.name, kind.key, schema)]
    for kinds in (own, present, list(KINDS.values())):
        names = [
            kind.label + (f" › {part.label}" if len(kind.parts) > 1 and part.path == tuple(steps) else "")
            for kind in kinds
            for part in kind.parts
            if part.path[: len(steps)] == tuple(steps)
        ]
        if names:
            return f"Audience › rule {' or '.join(dict.fromkeys(names))}"
    return "Audience › JSON"


_KIND_OF_SCHEMA = {
    "textAttribute": "text_attribute",
    "numberAttribute": "number_attribute",
    "dateAttribute": "date_attribute",
    "jsonAttribute": "json_attribute",
    "activityObject": "activity",
    "whereObject": "activity",
}


def _is_of(name: str, key: str, schema: str) -> bool:
    return name == _KIND_OF_SCHEMA.get(schema, name) and (schema in _KIND_OF_SCHEMA or key == schema or name == schema)


# -- the page


HEAD = """# The fields of an Airship test

Everything that Airship's experiment object can hold, by the names of Airship's own API definition, and where in the
editor it is set. “JSON” is the tab of a variant, or the mode of the audience, that shows the whole part as text.

This table is written by `manage.py fields` from Airship's OpenAPI document and from the editor's own forms.

{count} fields of {schemas} schemas: {forms} in forms, {json} in the JSON only, {read_only} set by Airship.

| Schema | Field | Place in the document | Kind | Where it is set |
|---|---|---|---|---|
"""


def page_of(openapi: Json) -> str:
    """The whole page."""
    rows = read_rows(openapi)
    forms = sum(row.is_in_form for row in rows)
    read_only = sum(row.is_read_only for row in rows)
    head = HEAD.format(
        count=len(rows),
        schemas=len({row.schema for row in rows}),
        forms=forms,
        json=len(rows) - forms - read_only,
        read_only=read_only,
    )
    return head + "\n".join(_line(row) for row in rows) + "\n"


def _line(row: Row) -> str:
    place = f"`{row.places[0]}`" + (f" and {len(row.places) - 1} more" if len(row.places) > 1 else "")
    cells: list[Any] = [row.schema, f"`{row.name}`", place, row.kind, row.where]
    return f"| {' | '.join(str(cell).replace('|', '∣') for cell in cells)} |"
