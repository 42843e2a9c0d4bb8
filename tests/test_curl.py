"""Reading the body of a pasted curl command as a shell would."""

import json
import shlex
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.providers.airship import samples
from experiments.providers.curl import NotRead, body_of, is_curl

BODY = '{"name": "Läufer’s “Test”"}'


@pytest.mark.parametrize(
    "command",
    [
        "curl -X POST https://go.urbanairship.com/api/experiments -d '{BODY}'",
        "curl https://x.example --data-raw '{BODY}'",
        "curl https://x.example --data-binary='{BODY}'",
        "curl https://x.example --json '{BODY}' --user key:secret",
        "curl https://x.example -d'{BODY}'",
        "$ curl \\\n  -H 'Accept: x' \\\n  --data \\\n '{BODY}' \\\n https://x.example",
        "# a comment\n\n# another\ncurl -d '{BODY}' x.example; rm -rf /",
        "curl -d '{BODY}' x.example | jq .",
        "curl.exe -d '{BODY}' x.example\necho done",
    ],
)
def test_the_body_is_found_however_it_is_written(command):
    command = command.replace("{BODY}", BODY.replace("'", "'\\''"))
    assert is_curl(command)
    assert body_of(command) == BODY


def test_double_quotes_and_ansi_quotes_are_read_as_bash_reads_them():
    assert body_of(r'curl -d "{\"a\": \"b \\ c\", \"price\": \"5 \$\"}" x') == r'{"a": "b \ c", "price": "5 $"}'
    assert body_of(r"curl --data-raw $'{\"a\": \"it\'s \\n \u00e9 \x41 \ud83d\ude00\"}' x") == (
        '{"a": "it\'s \\n é A 😀"}'
    )


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("curl https://x.example", "sends no body"),
        ("curl", "sends no body"),
        ("curl -d @test.json x", "from the file “test.json”"),
        ("curl -d '{}' --data '{}' x", "several bodies"),
        ("curl -F a=b x", "a form or a file"),
        ("curl -d '{ x", "never ends"),
        ('curl -d "{ x', "never ends"),
        ("curl -d $'{ x", "never ends"),
        ('curl -d "$BODY" x', "shell variable"),
        ("curl -d $BODY x", "shell variable"),
        ("curl -d `cat x` x", "shell variable"),
    ],
)
def test_a_command_without_a_body_says_why(command, words):
    assert is_curl(command)
    with pytest.raises(NotRead, match=words):
        body_of(command)


@pytest.mark.parametrize("text", ['{"curl": 1}', "curly", "", "a curl -d x", "curling"])
def test_other_texts_are_no_commands(text):
    assert not is_curl(text)


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
def test_every_quoted_text_comes_back(text):
    if text.startswith("@"):
        return
    assert body_of(f"curl --data-raw {shlex.quote(text)} https://x.example") == text


SHELL_WORDS = st.text(st.sampled_from("abAB 01\t\\'\"éü.,:/-_+%"), min_size=1, max_size=30)


@settings(max_examples=25, deadline=None)
@given(SHELL_WORDS)
def test_words_are_those_of_a_real_shell(text):
    try:
        found = body_of(f"curl -d {text}")
    except NotRead:
        return
    script = f'curl() {{ printf "%s" "$2"; }}; curl -d {text}'
    shell = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)  # harmless words only
    if shell.returncode == 0:
        assert found == shell.stdout


def test_our_own_sample_comes_back():
    body = json.dumps({"name": "it's $5 `now`\n\\ ok", "é": ["😀"]}, ensure_ascii=False)
    command = samples.curl(body, "https://go.urbanairship.com/api/experiments", "key")
    assert json.loads(body_of(command)) == json.loads(body)
