"""Checks requests and answers against the OpenAPI document that Airship publishes, where it lies beside the checkout.

The document's schemas cannot be used as they stand: `REPAIRS` lists every change made before, each with its reason.
`UNLISTED` names the statuses that the document does not list for an operation but that conformance cases demand.
"""

import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

DOCUMENT = Path(__file__).resolve().parents[1].parent / "shared" / "providers" / "airship-openapi.json"

type Schemas = dict[str, Any]

formats = FormatChecker(formats=())


@formats.checks("date-time")
def is_moment(value: object) -> bool:
    """The introduction's form: UTC, T or space, Z optional. RFC 3339, which JSON Schema means, would want the Z."""
    return not isinstance(value, str) or bool(re.fullmatch(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z?", value))


@formats.checks("uuid")
def is_uuid(value: object) -> bool:
    return not isinstance(value, str) or bool(
        re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", value)
    )


def is_available() -> bool:
    return DOCUMENT.exists()


# What has to be repaired, and why. Each gets all schemas and changes them in place.


def operators_in_lower_case(schemas: Schemas) -> None:
    for branch in schemas["compoundSelector"]["oneOf"]:
        (name,) = branch["properties"]
        branch["required"] = [name]
    schemas["compoundSelector"]["oneOf"] += [
        {
            **branch,
            "properties": {name.lower(): child for name, child in branch["properties"].items()},
            "required": [name.lower() for name in branch["required"]],
        }
        for branch in schemas["compoundSelector"]["oneOf"]
    ]


def not_with_a_list_of_one(schemas: Schemas) -> None:
    for branch in schemas["compoundSelector"]["oneOf"]:
        for name, child in branch["properties"].items():
            if name.lower() == "not":
                one = {**child}
                branch["properties"][name] = {
                    "oneOf": [one, {"type": "array", "items": one, "minItems": 1, "maxItems": 1}]
                }


def all_in_any_case(schemas: Schemas) -> None:
    schemas["allSelector"] = {"type": "string", "pattern": "^[aA][lL][lL]$"}


def more_selectors(schemas: Schemas) -> None:
    schemas["iosChannel"] = {
        "type": "object",
        "properties": {"ios_channel": schemas["android_channel"]["properties"]["android_channel"]},
        "required": ["ios_channel"],
    }
    schemas["wrappedSms"] = {
        "type": "object",
        "properties": {"sms_id": {"$ref": "#/components/schemas/sms_id"}},
        "required": ["sms_id"],
    }
    schemas["atomicSelector"]["oneOf"] += [
        {"$ref": "#/components/schemas/iosChannel"},
        {"$ref": "#/components/schemas/wrappedSms"},
    ]


def moments_of_first_and_last(schemas: Schemas) -> None:
    schemas["activityObject"]["required"] = ["activity"]


def open_platform_names(schemas: Schemas) -> None:
    schemas["deviceTypesSelector"]["items"] = {
        "oneOf": [
            {"enum": ["android", "amazon", "ios", "web", "sms", "mms", "email"]},
            {"type": "string", "pattern": "^open::.+$"},
        ]
    }
    part = schemas["notificationObject"]["properties"].pop("open::open_platform_name")
    schemas["notificationObject"]["patternProperties"] = {"^open::": part}


def custom_interactive_types(schemas: Schemas) -> None:
    del schemas["interactiveObject"]["properties"]["type"]["enum"]


def described_ios_values(schemas: Schemas) -> None:
    for name in ("iosOverrideObject", "iosOverrideWithTemplate"):
        fields = schemas[name]["properties"]
        fields["badge"] = {"oneOf": [{"type": "integer"}, {"type": "string", "pattern": "^(auto|[+-][0-9]+)$"}]}
        fields["extra"] = {"type": "object"}
        fields["sound"] = {
            "oneOf": [
                {"type": "string"},
                {
                    "type": "object",
                    "properties": {
                        "name": {"type": "string"},
                        "critical": {"type": "boolean"},
                        "volume": {"type": "number", "minimum": 0, "maximum": 1},
                    },
                    "required": ["name"],
                },
            ]
        }


def free_objects(schemas: Schemas) -> None:
    schemas["actionsObject"]["properties"]["app_defined"] = {"type": "object", "minProperties": 1}
    schemas["contentStateObject"] = {"type": "object"}


def one_tag_as_a_string(schemas: Schemas) -> None:
    schemas["tagArray"] = {"oneOf": [{"type": "string"}, schemas["tagArray"]]}


def sizes_of_variants(schemas: Schemas) -> None:
    variants = schemas["experimentObject"]["properties"]["variants"]
    variants["minItems"], variants["maxItems"] = variants.pop("minimum"), variants.pop("maximum")


def type_of_a_platform(schemas: Schemas) -> None:
    schemas["variantPlatformObject"]["properties"]["type"] = {"type": "string"}


def mms_template(schemas: Schemas) -> None:
    schemas["mmsOverrideWithTemplate"]["required"] = ["slides", "template"]


def joined_parts(schemas: Schemas) -> None:
    whole = schemas["perPushPerGroupDetailReporting"]
    push_id = schemas["perPushDetail"]["allOf"][0]["properties"]
    schemas["perPushDetail"] = {**whole, "properties": {**whole["properties"], **push_id}}
    url, hosted = schemas["landingPageContent"]["oneOf"]
    common, forms = hosted["allOf"]
    schemas["landingPageContent"]["oneOf"] = [url] + [
        {
            "type": "object",
            "properties": {**common["properties"], **form["properties"]},
            "required": [*common["required"], *form["required"]],
        }
        for form in forms["oneOf"]
    ]


REPAIRS: tuple[tuple[Callable[[Schemas], None], str], ...] = (
    (operators_in_lower_case, "Operator names are read in any case, clients write and, or, not (cases 31 to 33)."),
    (not_with_a_list_of_one, "The official parser takes `not` with a list of one (dossier §8)."),
    (all_in_any_case, 'Case 27: "ALL" is accepted; and atomicSelector says `type: object` around a string.'),
    (more_selectors, "ios_channel (case 26) and the wrapped sms_id come from the official clients (dossier §8)."),
    (moments_of_first_and_last, "The text forbids operator and value with first and last; the schema demands them."),
    (open_platform_names, "open::open_platform_name stands for any configured name."),
    (custom_interactive_types, "<custom_defined_interactive_notification_type> stands for any name."),
    (described_ios_values, 'Case 48 and the texts: badge "auto" and "+3", sound as an object, extra with any JSON.'),
    (free_objects, "The texts say arbitrary JSON values where the schemas say objects only."),
    (one_tag_as_a_string, "Older documentation allows one tag as a string (dossier §7.12)."),
    (sizes_of_variants, "minimum and maximum mean nothing on an array; the text says 1 to 26 variants."),
    (mms_template, "A template object without its template would undo what the plain MMS object requires."),
    (joined_parts, "Objects that take no other keys cannot be put together with allOf."),
    (type_of_a_platform, "Official fixtures carry platforms.*.type (dossier §13)."),
)

# Statuses that the document does not list: (operation, status) -> the conformance case or switch that demands it.
UNLISTED: dict[tuple[str, int], str] = {
    ("any", 404): "unknown address; unknown push id or variant (cases 64, 83)",
    ("any", 405): "cases 67, 70",
    ("any", 406): "case 74",
    ("any", 413): "body_limit",
    ("any", 415): "wrong_content_type",
    ("any", 400): "cases 60, 83; non_uuid_id",
    ("any", 401): "cases 71 to 73: also where a report lists none",
    ("any", 403): "bearer_status",
    ("any", 500): "ordered faults",
}

# Keys of 200 answers that the document's schemas lack, with the reason.
MORE_KEYS: dict[str, dict[str, Any]] = {
    # Official fixtures carry them (dossier §13).
    "/api/reports/experiment/overview/{push_id}": {
        "sends": {"type": "integer"},
        "push_id": {"type": "string", "format": "uuid"},
        "created": {"type": "string", "format": "date-time"},
    },
    "/api/reports/experiment/detail/{push_id}/{variant_id}": {"sends": {"type": "integer"}},
}


@cache
def document() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(DOCUMENT.read_text())
    schemas = content["components"]["schemas"]
    for repair, _ in REPAIRS:
        repair(schemas)
    for path, keys in MORE_KEYS.items():
        content["paths"][path]["get"]["responses"]["200"]["content"]["application/json;"]["schema"]["properties"] |= (
            keys
        )
    overview = content["paths"]["/api/reports/experiment/overview/{push_id}"]["get"]["responses"]["200"]
    variants = overview["content"]["application/json;"]["schema"]["properties"]["variants"]
    # "Single variant reporting object or array of variant reporting objects", but the schema says object alone.
    overview["content"]["application/json;"]["schema"]["properties"]["variants"] = {
        "oneOf": [variants, {"type": "array", "items": {**variants}}]
    }
    return {name: strict(part) for name, part in content.items()}


def strict(schema: Any) -> Any:
    """OpenAPI's dialect as JSON Schema, and objects with listed keys take no others.

    - oneOf becomes anyOf: all keys of most branches are optional, so several always match.
    - `type` beside oneOf goes: expiryObject is an "object" made of integers and strings.
    - nullable becomes a second type.
    """
    if isinstance(schema, list):
        return [strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {
        name: {key: strict(child) for key, child in part.items()} if name == "properties" else strict(part)
        for name, part in schema.items()
        if name not in ("example", "examples")
    }
    if isinstance(schema.get("oneOf"), list):
        made["anyOf"] = made.pop("oneOf")
        made.pop("type", None)
    if made.get("nullable") is True:
        made["type"] = [made["type"], "null"]
    if isinstance(made.get("properties"), dict) and isinstance(made.get("required", []), list):
        made["type"] = "object"
        made.setdefault("additionalProperties", False)
    return made


@cache
def validator(*steps: str) -> Draft202012Validator:
    """For the schema at `steps` in the document."""
    pointer = "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)
    return Draft202012Validator({"$ref": f"#{pointer}", **document()}, format_checker=formats)


def operation_of(method: str, path: str) -> tuple[str, str] | None:
    """The document's path and method for a request, literal words before parameters."""
    path = path.partition("?")[0].rstrip("/")
    paths = sorted(document()["paths"], key=lambda name: name.count("{"))
    for template in paths:
        form = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template))
        if re.fullmatch(form, path) and method.lower() in document()["paths"][template]:
            return template, method.lower()
    return None


def accepts_request(content: object) -> bool:
    """Whether an experiment document is valid; quicker than asking for the complaints."""
    steps = ("paths", "/api/experiments", "post", "requestBody", "content", "application/json", "schema")
    return validator(*steps).is_valid(content)


def complaints_about_request(method: str, path: str, body: bytes) -> list[str]:
    operation = operation_of(method, path)
    if operation is None or method != "POST":
        return []
    checker = validator("paths", *operation, "requestBody", "content", "application/json", "schema")
    return [error.message for error in checker.iter_errors(json.loads(body))]


def complaints_about_answer(method: str, path: str, status: int, content_type: str, body: bytes) -> list[str]:
    operation = operation_of(method, path)
    listed = document()["paths"][operation[0]][operation[1]]["responses"] if operation else {}
    if str(status) not in listed:
        return [] if ("any", status) in UNLISTED else [f"{status} is not listed for {method} {path}"]
    steps: tuple[str, ...] = ("paths", *(operation or ()), "responses", str(status))
    response = listed[str(status)]
    if "$ref" in response:
        steps = tuple(response["$ref"].removeprefix("#/").split("/"))
        response = document()["components"]["responses"][steps[-1]]
    essence = content_type.partition(";")[0]
    media = {name.partition(";")[0]: name for name in response["content"]}
    if essence not in media:
        return [f"content type {content_type} instead of {', '.join(media)}"]
    if essence == "text/plain":  # the schema printed beside it is an object; a plain text is none
        return []
    checker = validator(*steps, "content", media[essence], "schema")
    return [f"{'.'.join(map(str, error.path))}: {error.message}" for error in checker.iter_errors(json.loads(body))]
