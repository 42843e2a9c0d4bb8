"""The body of a pasted curl command, read as a shell would read it, without running anything.

Reference: https://curl.se/docs/manpage.html (--data, --json); quoting as in POSIX shells, with Bash's $'…'.
"""

import re

_DATA = ("--data-raw", "--data-binary", "--data-ascii", "--data", "--json", "-d")
_OTHER_DATA = ("--data-urlencode", "--form", "--form-string", "-F", "-T", "--upload-file")
_STARTS = re.compile(r"(?:\s|\\\r?\n|#[^\n]*(?:\n|\Z)|\$ )*curl(?:\.exe)?(?=\s|\\\r?\n|\Z)")
_ESCAPES = {
    "n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v",
    "e": "\x1b", "\\": "\\", "'": "'", '"': '"', "?": "?",
}  # fmt: skip
_CODE = re.compile(r"x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})|([0-7]{1,3})")


class NotRead(Exception):
    """The command holds no body that can be read here. `str(error)` is a sentence for the person who pasted it."""


def is_curl(text: str) -> bool:
    """Whether the text begins with a curl command, after comments and a prompt."""
    return _STARTS.match(text) is not None


def body_of(text: str) -> str:
    """The text that the command sends. NotRead where there is none, or it is elsewhere than in the command."""
    text = text.replace("\r\n", "\n")
    words = _words(text[_end_of_start(text) :])
    bodies = _bodies(words)
    if not bodies:
        raise NotRead("This command sends no body. Paste one with --data or --json, or paste the JSON alone.")
    if len(bodies) > 1:
        raise NotRead("This command sends several bodies. Paste the JSON of one of them.")
    if bodies[0].startswith("@"):
        raise NotRead(f"This command reads its body from the file “{bodies[0][1:41]}”. Paste what is in the file.")
    return bodies[0]


def _end_of_start(text: str) -> int:
    match = _STARTS.match(text)
    return match.end() if match else 0


def _bodies(words: list[str]) -> list[str]:
    found, waits = [], False
    for word in words:
        if waits:
            found.append(word)
            waits = False
        elif word in _DATA:
            waits = True
        elif word in _OTHER_DATA:
            raise NotRead(f"“{word}” sends a form or a file, not JSON. Paste the JSON alone.")
        else:
            found += [word[len(name) + 1 :] for name in _DATA if name != "-d" and word.startswith(f"{name}=")]
            if word.startswith("-d") and not word.startswith("--"):
                found.append(word[2:])
    return found


def _words(text: str) -> list[str]:
    """The words of the first command. A word ends at unquoted white space; the command at a line end, ; & or |."""
    words: list[str] = []
    word: list[str] | None = None
    position = 0
    while position < len(text):
        character = text[position]
        if text.startswith("\\\n", position):
            position += 2
        elif character in "\n;&|" or (character == "#" and word is None):
            break
        elif character in " \t":
            if word is not None:
                words.append("".join(word))
                word = None
            position += 1
        else:
            piece, position = _piece(text, position)
            word = [*(word or []), piece]
    return words if word is None else [*words, "".join(word)]


def _piece(text: str, position: int) -> tuple[str, int]:
    """One quoted or plain piece that begins at `position`, and where it ends."""
    if text.startswith("$'", position):
        return _ansi(text, position + 2)
    if text[position] == "'":
        end = text.find("'", position + 1)
        if end < 0:
            raise NotRead("A quote in this command never ends. Copy the whole command.")
        return text[position + 1 : end], end + 1
    if text[position] == '"':
        return _double(text, position + 1)
    if text[position] == "\\" and position + 1 < len(text):
        return text[position + 1], position + 2
    if text[position] in "$`":
        raise NotRead("This command uses a shell variable. Paste it with the values filled in, or the JSON alone.")
    return text[position], position + 1


def _double(text: str, position: int) -> tuple[str, int]:
    found: list[str] = []
    while position < len(text) and text[position] != '"':
        if text[position] == "\\" and text[position + 1 : position + 2] in ('"', "\\", "$", "`", "\n"):
            found.append(text[position + 1].replace("\n", ""))
            position += 2
        elif text[position] == "`" or re.match(r"\$[A-Za-z_{(]", text[position : position + 2]):
            raise NotRead("This command uses a shell variable. Paste it with the values filled in, or the JSON alone.")
        else:
            found.append(text[position])
            position += 1
    if position >= len(text):
        raise NotRead("A quote in this command never ends. Copy the whole command.")
    return "".join(found), position + 1


def _ansi(text: str, position: int) -> tuple[str, int]:
    """Bash's $'…', as browsers copy requests."""
    found: list[str] = []
    while position < len(text) and text[position] != "'":
        if text[position] != "\\":
            found.append(text[position])
            position += 1
        elif match := _CODE.match(text, position + 1):
            base = 8 if match[4] else 16
            code = int(next(group for group in match.groups() if group), base)
            found.append(chr(code) if code < 0x110000 else "\ufffd")
            position = match.end()
        else:
            escaped = text[position + 1 : position + 2]
            found.append(_ESCAPES.get(escaped, f"\\{escaped}"))
            position += 2
    if position >= len(text):
        raise NotRead("A quote in this command never ends. Copy the whole command.")
    return _joined("".join(found)), position + 1


def _joined(text: str) -> str:
    """Two halves of a character that were escaped one by one become the character."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
