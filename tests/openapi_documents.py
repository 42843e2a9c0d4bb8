"""Experiment documents made from the OpenAPI document's own schemas: every schema, key, branch and enum value once."""

import copy
from collections.abc import Iterator
from typing import Any

from tests.openapi_check import document
from tests.sandbox_cases_documents import CHANNEL, MAIL
from tests.sandbox_server import in_time

# Values that a schema's type alone does not tell: the texts want a form.
KNOWN: dict[str, Any] = {
    "url": "https://marlow.example/map.png",
    "big_picture": "https://marlow.example/map.png",
    "fallback_url": "https://marlow.example/",
    "icon_color": "#0a7f5c",
    "primary_color": "#0a7f5c",
    "secondary_color": "#ffffff",
    "msisdn": "15551234567",
    "sender": "40404",
    "sms_sender": "40404",
    "bcc": ["copy@marlow.example"],
    "group": "loyalty",
    "badge": 3,
    "control": 0.2,
    "priority": 10,
    "expiry": 3600,
    "expires_after": 3600,
    "time_to_live": 3600,
}
OWN_PRIORITY = {"androidOverrideObject": 2, "androidOverrideWithTemplate": 2}
# The texts ask for more than the schemas: keys that go together.
TOGETHER: dict[str, dict[str, Any]] = {
    "style": {"big_text": "Long", "big_picture": "https://marlow.example/map.png", "lines": ["One"]},
    "tagsActionArg": {"group": "loyalty"},
    "dateAttribute": {"value": 3},
    "activityObject": {"operator": "greater", "value": 2},
}
INSIDE_ITSELF: dict[str, Any] = {"compoundSelector": {"AND": [{"tag": "runner"}]}, "attributesArray": ["text"]}
NEVER = {"triggered"}  # the text keeps it to pipelines


class Maker:
    """Expands each named schema fully once; after that one instance is enough."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self.open: set[str] = set()

    def instances(self, schema: dict[str, Any], key: str = "") -> Iterator[Any]:
        if "$ref" in schema:
            yield from self._named(schema["$ref"].rpartition("/")[2], key)
        elif key in KNOWN:
            yield KNOWN[key]
        elif "anyOf" in schema:
            for branch in schema["anyOf"]:
                yield from self.instances(branch, key)
        elif "enum" in schema:
            yield from (value for value in schema["enum"] if value not in NEVER)
        elif schema.get("type") == "object" or "properties" in schema:
            yield from self._objects(schema)
        elif schema.get("type") == "array":
            yield from ([item] for item in self.instances(schema["items"]))
        else:
            yield self._plain(schema)

    def _named(self, name: str, key: str) -> Iterator[Any]:
        if name == "allSelector":
            yield from () if "compoundSelector" in self.open else ("all",)  # case 32: not inside operators
            self.seen.add(name)
            return
        if name in self.open:
            yield INSIDE_ITSELF[name]
            return
        schema = document()["components"]["schemas"][name]
        first_time = name not in self.seen
        self.open.add(name)
        try:
            for number, instance in enumerate(self.instances(schema, "" if name in OWN_PRIORITY else key)):
                if not first_time and number:
                    return
                if isinstance(instance, dict):
                    instance = {**TOGETHER.get(name, {}), **instance}
                    if name in OWN_PRIORITY and "priority" in instance:
                        instance["priority"] = OWN_PRIORITY[name]
                yield instance
            self.seen.add(name)
        finally:
            self.open.discard(name)

    def _objects(self, schema: dict[str, Any]) -> Iterator[Any]:
        fields = schema.get("properties", {})
        if not fields:
            inner = schema.get("additionalProperties")
            yield {"key": next(self.instances(inner))} if isinstance(inner, dict) else {"key": "value"}
            return
        base = {name: next(self.instances(fields[name], name)) for name in schema.get("required", ())}
        if base:
            yield base
        for name, field in fields.items():
            for instance in self.instances(field, name):
                yield {**base, name: instance}
        free = schema.get("additionalProperties")
        for instance in self.instances(free) if isinstance(free, dict) else ():
            yield {**base, "key": instance}
        for field in schema.get("patternProperties", {}).values():
            for instance in self.instances(field):
                yield {**base, "open::kiosk": instance}

    def _plain(self, schema: dict[str, Any]) -> Any:
        kind = schema.get("type")
        if kind == "string" or kind is None or (isinstance(kind, list) and "string" in kind):
            forms = {"uuid": CHANNEL, "date-time": in_time(90_000), "date": in_time(200_000, "%Y-%m-%d")}
            form = forms.get(str(schema.get("format")), "text")
            return "open::kiosk" if str(schema.get("pattern", "")).startswith("^open") else form
        if kind == "boolean":
            return True
        if isinstance(kind, list):
            return ["text"]
        return schema.get("minimum", 1)


def documents() -> Iterator[dict[str, Any]]:
    """Valid documents; together they hold every schema that a request can hold."""
    for made in Maker().instances(document()["components"]["schemas"]["experimentObject"]):
        made = copy.deepcopy(made)
        if not any(name in made for name in ("id", "push_id", "created_at")):
            yield completed(made)


def completed(made: dict[str, Any]) -> dict[str, Any]:
    """The same with what rules beyond the schemas ask for: a payload for each listed device type, fitting e-mail."""
    listed = [name for name in made["device_types"] if name not in ("email", "mms")] or ["ios"]
    for variant in made["variants"]:
        variant.pop("id", None)
        push = variant["push"]
        parts = push.setdefault("notification", {})
        parts.setdefault("alert", "Ready for a run?")
        mail = parts.get("email", {})
        if "bypass_opt_in_level" in mail:
            mail["message_type"] = "transactional"
        if push.get("options", {}).get("redact_payload"):
            push["options"]["redact_payload"] = False
        if "email" in made["device_types"]:
            parts.setdefault("email", MAIL)
    audience = str(made["audience"])
    needed = ["ios", "android", "amazon", "sms", "open::kiosk"] if "channel" in audience or "s" in audience else []
    made["device_types"] = list(dict.fromkeys([*listed, *needed]))
    return made


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The path of every object inside."""
    if isinstance(value, dict):
        yield path
        for name, child in value.items():
            yield from places(child, (*path, name))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from places(child, (*path, index))


def spots() -> Iterator[tuple[dict[str, Any], tuple[str | int, ...], str]]:
    """Each key that occurs anywhere, once: a document, the path of the object, the key ("" for the object itself)."""
    seen: set[tuple[str, ...]] = set()
    for made in documents():
        for path in places(made):
            for name in ("", *at(made, path)):
                spot = (*(step for step in path if isinstance(step, str)), name)
                if spot not in seen:
                    seen.add(spot)
                    yield made, path, name


def at(value: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        value = value[step]
    return value
