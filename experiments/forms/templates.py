"""What is kept as a template, what a new test makes of one, and the names and texts that people give them."""

import json

from experiments.forms.texts import NotKept, read_text
from experiments.models import Template
from experiments.providers import document as document_module
from experiments.providers.shapes import Json
from experiments.providers.text import MOST_BYTES, is_unseen

LONGEST_NAME = 120
LONGEST_SNIPPET = 4_000
_KEPT_PLAN = ("goal", "measure", "sample", "tags")
_OF_ONE_TEST = ("name", "alias_id")  # what names one test, and no other


def read_name(raw: str) -> str:
    """A name as it is kept. NotKept where it cannot be one."""
    name = read_text(raw, is_line=True).strip()
    if is_unseen(name):
        raise NotKept("This has no name. Give it one that your team will know it by.")
    if len(name) > LONGEST_NAME:
        raise NotKept(f"The name has {len(name):,} characters; {LONGEST_NAME} are the most.")
    return name


def read_snippet(raw: str) -> Json:
    """A snippet's document. Its text is kept as it was typed, also personalisation. NotKept where there is none."""
    text = read_text(raw)
    if is_unseen(text):
        raise NotKept("There is no text yet. Write what people should be able to insert.")
    if len(text) > LONGEST_SNIPPET:
        raise NotKept(f"The text has {len(text):,} characters; {LONGEST_SNIPPET:,} are the most.")
    return {"text": text}


def test_content(document: Json, plan: Json, provider: str) -> tuple[Json, Json]:
    """A test's content without ids, marker, time and name, and of its plan what counts for the next test too.

    NotKept where it is larger than a document may be.
    """
    content = document_module(provider).from_remote(document)
    for key in _OF_ONE_TEST:
        content.pop(key, None)
    _refuse_too_large(content)
    return content, {key: plan[key] for key in _KEPT_PLAN if plan.get(key)}


def variant_content(document: Json, position: int, provider: str, key: str) -> Json:
    """One variant's content. Its weight stays behind: that is a share of its own test. IndexError beyond the end."""
    variant = document_module(provider).variants_of(document)[position]
    if not isinstance(variant, dict):
        raise NotKept("This variant is not an object. Mend it in the JSON first.")
    content: Json = document_module(provider).from_remote({key: [variant]})[key][0]
    content.pop("weight", None)
    _refuse_too_large(content)
    return content


def started(template: Template, name: str) -> tuple[Json, Json]:
    """The document and the plan of a new test from a test's template; what it lacks is as in an empty test."""
    return {**document_module(template.provider).blank(name), **template.document}, dict(template.plan)


def _refuse_too_large(content: Json) -> None:
    size = len(json.dumps(content, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    if size > MOST_BYTES:
        raise NotKept(f"It has {size:,} bytes; {MOST_BYTES:,} are the most that can be kept.")
