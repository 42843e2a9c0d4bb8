"""Values of several parts as text: lists of texts and tables of texts, one entry a line, and any other value as JSON.

Each `show_…` gives the text for a value, None where lines cannot say it; its `read_…` gives that value back.
"""

import json
from typing import Any

from experiments.forms.texts import NotKept
from experiments.providers.canonical import ABSENT
from experiments.providers.text import read_document


def show_texts(value: Any) -> str | None:
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) and _is_line(text) for text in texts):
        return None
    return "\n".join(texts)


def read_texts(text: str) -> Any:
    return [line.strip() for line in text.split("\n") if line.strip()] or ABSENT


def show_ids(value: Any) -> str | None:
    is_plain = isinstance(value, list) and all(isinstance(part, dict) and set(part) == {"id"} for part in value)
    return show_texts([part["id"] for part in value]) if is_plain else None


def read_ids(text: str) -> Any:
    lines = read_texts(text)
    return lines if lines is ABSENT else [{"id": line} for line in lines]


def show_pairs(value: Any) -> str | None:
    if not isinstance(value, dict):
        return None
    for key, text in value.items():
        is_plain = isinstance(text, str) and (text == "" or _is_line(text))
        if not is_plain or not _is_line(key) or "=" in key:
            return None
    return "\n".join(f"{key} = {text}" for key, text in value.items())


def read_pairs(text: str) -> Any:
    pairs: dict[str, str] = {}
    for line in text.split("\n"):
        key, mark, value = (part.strip() for part in line.partition("="))
        if not line.strip():
            continue
        if not mark or not key:
            raise NotKept(f"“{line.strip()[:40]}” has no key and value. Write it as key = value.")
        if key in pairs:
            raise NotKept(f"“{key[:40]}” stands twice. Delete one of them.")
        pairs[key] = value
    return pairs or ABSENT


def show_json(value: Any) -> str | None:
    return json.dumps(value, ensure_ascii=False, indent=2) if isinstance(value, dict) else None


def read_json(text: str) -> Any:
    if not text.strip():
        return ABSENT
    value, problems = read_document(text)
    errors = [problem.message for problem in problems if problem.severity == "error"]
    if errors:
        raise NotKept(errors[0])
    return value


def _is_line(text: str) -> bool:
    """Whether one line can say it: not empty, no line end in it, and no space around it that reading would drop."""
    return text != "" and text == text.strip() and not set("\n\r\0") & set(text)
