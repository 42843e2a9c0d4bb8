"""Our typed definition against Airship's own: every key, every kind, every list of choices."""

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from experiments.providers.airship import document
from experiments.providers.airship.actions import BUTTONS
from experiments.providers.airship.definition import find_shape_problems, find_variant_shape_problems, key_order
from experiments.providers.airship.grammar import find_audience_problems

OPENAPI = Path(__file__).parents[2] / "shared" / "providers" / "airship-openapi.json"
pytestmark = pytest.mark.skipif(not OPENAPI.exists(), reason="Airship's definition is not at hand")
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12).map(lambda text: text + ".")
# Shrinking such large documents takes minutes and the failing place is in the message anyway.
BROAD = settings(deadline=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck))
# Where the OpenAPI says in words, or by example, what its types do not say.
WORDED = {
    "priority": st.sampled_from([5, 10]),
    "badge": st.integers(0, 9) | st.sampled_from(["auto", "+1", "-2"]),
    "icon_color": st.just("#1f6feb"),
    "primary_color": st.just("#FF0000"),
    "secondary_color": st.just("#00ff00"),
    "list_id": st.just("90s_rap_videos"),
    "add_tag": st.lists(TEXT, min_size=1, max_size=3),
    "remove_tag": st.lists(TEXT, min_size=1, max_size=3),
    "big_picture": st.just("https://example.com/a.png"),
    "volume": st.floats(0, 1),
    "best_time": st.just({"send_date": "2031-01-01"}),
    "subscription_list": st.lists(TEXT, min_size=1, max_size=3),
}


@cache
def schemas():
    return json.loads(OPENAPI.read_text())["components"]["schemas"]


def resolved(schema):
    while "$ref" in schema:
        schema = schemas()[schema["$ref"].rsplit("/", 1)[1]]
    return schema


def generated(schema, name=""):
    """A strategy for values that the OpenAPI takes at a property called `name`."""
    schema = resolved(schema)
    is_bounded = "minimum" in schema or "items" in schema
    if name in WORDED and not is_bounded:
        return WORDED[name]
    if "enum" in schema:
        return st.sampled_from([choice for choice in schema["enum"] if "<" not in str(choice)])
    if "oneOf" in schema:
        return st.one_of([generated(choice, name) for choice in schema["oneOf"]])
    if "allOf" in schema:
        return st.tuples(*[generated(part) for part in schema["allOf"]]).map(lambda parts: parts[0] | parts[1])
    return KINDS[schema.get("type", "object" if "properties" in schema else "string")](schema)


def later(schema, name):
    def build():
        return generated(schema, name)

    return st.deferred(build)


def generated_object(schema):
    properties = {key: value for key, value in schema.get("properties", {}).items() if not value.get("readOnly")}
    if not properties:
        extra = schema.get("additionalProperties")
        values = generated(extra) if extra and "$ref" in extra else TEXT
        return st.dictionaries(TEXT, values, max_size=2)
    needed = {key: later(properties[key], key) for key in schema.get("required", ())}
    other = {key: later(properties[key], key) for key in properties if key not in needed}
    return st.fixed_dictionaries(needed, optional=other)


def generated_text(schema):
    formats = {"date-time": "2031-01-01T00:00:00", "date": "2031-01-01", "uuid": "b43ae1b2-3ff6-4c02-adb2-79deac0bbb19"}
    if schema.get("format") in formats:
        return st.just(formats[schema["format"]])
    if "pattern" in schema:
        return st.just("https://example.com")
    return TEXT.map(lambda text: text[: schema.get("maxLength", 99)])


def generated_list(schema):
    return st.lists(
        generated(schema["items"]), min_size=schema.get("minItems", 0), max_size=min(3, schema.get("maxItems", 3))
    )


KINDS = {
    "object": generated_object,
    "string": generated_text,
    "array": generated_list,
    "integer": lambda schema: st.integers(schema.get("minimum", 1), schema.get("maximum", 60)),
    "number": lambda schema: st.floats(0, 1) | st.integers(0, 9),
    "boolean": lambda schema: st.booleans(),
}


def pushes():
    variant = schemas()["experimentObject"]["properties"]["variants"]["items"]
    return generated(variant)


@settings(BROAD, max_examples=60)
@given(st.data())
def test_every_variant_that_the_openapi_takes_has_the_right_shape(data):
    variant = data.draw(pushes())
    built = {"name": "n", "audience": {"tag": "a"}, "device_types": ["ios"], "variants": [variant]}
    assert list(find_shape_problems({**built, "variants": []})) == []
    assert list(find_variant_shape_problems(variant, 0)) == []
    document.find_problems(built, now=NOW)
    assert document.read_document(document.to_bytes(built).decode())[0] == built
    assert document.same_content(built, built) == []


def property_names(schema, seen):
    schema = resolved(schema)
    if id(schema) in seen:
        return set()
    seen.add(id(schema))
    names = set()
    for key, value in schema.get("properties", {}).items():
        names |= {key} | property_names(value, seen)
    for part in (*schema.get("oneOf", ()), *schema.get("allOf", ()), *([schema["items"]] if "items" in schema else ())):
        names |= property_names(part, seen)
    return names


def test_every_key_of_the_openapi_is_known():
    experiment = schemas()["experimentObject"]["properties"]
    variant = experiment["variants"]["items"]["properties"]
    names = set(experiment) | set(variant)
    for schema in (variant["push"], variant["schedule"], experiment["campaigns"]):
        names |= property_names(schema, set())
    buttons = {button for ids in BUTTONS.values() for button in ids}
    by_name = {"id", "push_id", "created_at", "open::open_platform_name"}
    in_free_values = {"exp"}  # inside an attribute's own JSON value
    assert names - set(key_order()) - buttons - by_name - in_free_values == set()


def test_every_button_of_the_openapi_is_known():
    schema = schemas()["interactiveObject"]["properties"]
    assert set(BUTTONS) == {kind for kind in schema["type"]["enum"] if "<" not in kind}
    sets = [set(choice["properties"]) for choice in schema["button_actions"]["oneOf"] if "properties" in choice]
    assert {frozenset(ids) for ids in BUTTONS.values()} == {frozenset(ids) for ids in sets}


CHOSEN = ["android", "amazon", "sms"]
AUDIENCE_WORDS = ("allSelector", "triggeredSelector", "sms_id")


@settings(BROAD, max_examples=150)
@given(st.data())
def test_every_selector_that_the_openapi_takes_follows_the_grammar(data):
    names = [choice["$ref"].rsplit("/", 1)[1] for choice in schemas()["atomicSelector"]["oneOf"]]
    name = data.draw(st.sampled_from([name for name in names if name not in AUDIENCE_WORDS]))
    schema = dict(schemas()[name])
    if name == "sms_sender":  # the OpenAPI calls this object a string
        schema["type"] = "object"
    selector = data.draw(generated_object(schema))
    if name in ("dateAttribute", "jsonAttribute"):
        part = selector.get("where", selector)
        if part["operator"] not in ("is_empty", "not_empty"):
            part.setdefault("value", 1)
        part.setdefault("precision", "days")
    nested = {"AND": [selector, {"NOT": {"OR": [selector]}}]}
    found = [*find_audience_problems(selector, CHOSEN), *find_audience_problems(nested, CHOSEN)]
    # Which units go with which comparison only the words of the OpenAPI say, so they are warned of.
    assert {(problem.code, problem.severity) for problem in found} <= {("audience_precision", "warning")}
    assert document.audience_sentence(selector).startswith("people w")
