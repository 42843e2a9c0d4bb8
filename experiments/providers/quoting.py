"""JSON inside the source code of other languages, so that nothing in it is read as code."""

import re

# Characters that change how source code looks or breaks lines; inside JSON strings an escape says the same.
_INVISIBLE = re.compile("[\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")
_LONGEST_LITERAL = 20_000  # a Java constant holds 65,535 bytes, and a UTF-16 unit takes up to 3


def seen(text: str) -> str:
    """The JSON text with characters that nobody sees written as escapes."""
    return _INVISIBLE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def python_text(text: str) -> str:
    """A Python literal."""
    # JSON never holds three quotes in a row, nor does a document end in one; anything else is quoted the plain way
    is_raw = '"""' not in text and not text.endswith(('"', "\\")) and "\r" not in text
    return f'r"""{text}"""' if is_raw else repr(text)


def ruby_heredoc(name: str, text: str) -> list[str]:
    """The lines that set `name` to the text. A quoted heredoc keeps backslashes and #{} as they are."""
    end = "JSON"
    while end in text.split("\n"):
        end += "_"
    return [f"{name} = <<'{end}'.chomp", text, end]


def ruby_text(text: str) -> str:
    """A Ruby literal on one line."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def java_document(text: str) -> str:
    """A Java expression for a text of any length."""
    pieces = [text[start : start + _LONGEST_LITERAL] for start in range(0, len(text), _LONGEST_LITERAL)]
    if len(pieces) > 1:
        return "String.join(\n            " + ",\n            ".join(['""', *map(java_text, pieces)]) + ")"
    # A text block strips what looks like indentation, so only a text that begins at the margin may be one.
    if text.startswith("{") and not re.search(r"[ \t]$|\r", text, re.MULTILINE):
        return '"""\n' + _java_escape(text).replace('"""', '\\"""') + '"""'
    return java_text(text)


def java_text(text: str) -> str:
    """A Java literal on one line."""
    quoted = _java_escape(text).replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    return f'"{quoted}"'


def _java_escape(text: str) -> str:
    """Backslashes doubled first: Java reads an escape for a letter only after an even number of them."""
    units = text.replace("\\", "\\\\").encode("utf-16-be", "surrogatepass")
    codes = [int.from_bytes(units[index : index + 2]) for index in range(0, len(units), 2)]
    return "".join(chr(code) if code < 0x7F else f"\\u{code:04x}" for code in codes)
