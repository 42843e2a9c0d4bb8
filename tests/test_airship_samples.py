"""The equal call: each sample really sends the document it shows, whatever the texts hold."""

import ast
import contextlib
import io
import json
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug import Request, Response

from experiments.providers.airship import samples

KEY = "abcdefghijklmnopqrst-_"
SECRET = "0123456789012345678901"
URL = "https://go.urbanairship.com/api/experiments"
HOSTILE = {
    "name": "it's \"quoted\" `id` $(id) $HOME !! #{system('id')} #$0 %{x} \\ \\\\ \\u0041 \\n ''' \"\"\"",
    "description": "lines\nand\r\ntabs\t\u2028 \u202eright to left\u202c \ufeff bell\x07 EOF\nJSON\nJSON_\n",
    "variants": [{"push": {"notification": {"alert": "Grüße 👩🏽‍🚀 日本語 é\\"}}}],
    "extra": {"": "", "\\": "\\", "'": "'", '"': '"'},
}
TEXTS = [
    json.dumps(HOSTILE, ensure_ascii=False, separators=(",", ":")),
    json.dumps(HOSTILE, ensure_ascii=False, indent=2),
    json.dumps(HOSTILE),
    "{}",
]


@pytest.fixture
def airship(httpserver):
    """A server that takes the create call with the right login, and keeps what it got."""
    got: list[Request] = []

    def create(request: Request) -> Response:
        got.append(request)
        return Response('{"ok": true, "experiment_id": "e-1"}', status=201, content_type="application/json")

    httpserver.expect_request("/api/experiments", method="POST").respond_with_handler(create)
    return httpserver.url_for("/api/experiments"), got


def assert_created(got: list[Request], text: str) -> None:
    (request,) = got
    assert json.loads(request.get_data()) == json.loads(text)
    assert request.authorization is not None
    assert (request.authorization.username, request.authorization.password) == (KEY, SECRET)
    assert request.headers["Accept"].rstrip(";") == samples.ACCEPT
    assert request.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("text", TEXTS)
def test_python_sample_creates_the_test_with_the_official_client(text, airship):
    url, got = airship
    source = samples.python(text, url, KEY).replace(samples.SECRET, SECRET)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(source, "sample.py", "exec"), {"__name__": "__main__"})
    assert_created(got, text)
    assert printed.getvalue() == "e-1\n"


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
@pytest.mark.parametrize("text", TEXTS)
def test_curl_sample_creates_the_test(text, airship, tmp_path):
    url, got = airship
    source = samples.curl(text, url, KEY).replace(samples.SECRET, SECRET)
    script = tmp_path / "sample.sh"
    script.write_text(source)
    subprocess.run(["bash", script], check=True, capture_output=True, timeout=30)
    assert_created(got, text)


@pytest.mark.skipif(not shutil.which("java"), reason="Java is not installed")
@pytest.mark.parametrize("text", [*TEXTS[:2], json.dumps({"name": "ö" * 50_000}, ensure_ascii=False)])
def test_java_sample_creates_the_test(text, airship, tmp_path):
    url, got = airship
    source = samples.java(text, url, KEY).replace(samples.SECRET, SECRET)
    script = tmp_path / "CreateTest.java"
    script.write_text(source)
    subprocess.run(["java", script], check=True, capture_output=True, timeout=60)
    assert_created(got, text)


@pytest.mark.skipif(not shutil.which("ruby"), reason="Ruby is not installed")
@pytest.mark.parametrize("text", TEXTS)
def test_ruby_sample_creates_the_test(text, airship, tmp_path):
    url, got = airship
    source = samples.ruby(text, url, KEY).replace(samples.SECRET, SECRET)
    script = tmp_path / "sample.rb"
    script.write_text(source)
    subprocess.run(["ruby", script], check=True, capture_output=True, timeout=30)
    assert_created(got, text)


@pytest.mark.parametrize("text", TEXTS)
def test_ruby_sample_holds_the_document_in_a_heredoc_that_interpolates_nothing(text):
    source = samples.ruby(text, URL, KEY)
    opening, rest = source.split(".chomp\n", 1)
    assert opening.endswith("body = <<'JSON'")
    assert json.loads(rest.split("\nJSON\n", 1)[0]) == json.loads(text)


def test_ruby_heredoc_gets_another_end_where_the_text_has_that_line():
    source = samples.ruby("{\nJSON\nJSON_\n}", URL, KEY)
    assert "<<'JSON__'.chomp\n{\nJSON\nJSON_\n}\nJSON__\n" in source


def test_ruby_quotes_what_stands_outside_the_heredoc():
    source = samples.ruby("{}", "https://h/'#{x}\\", "k'\\")
    assert r"URI('https://h/\'#{x}\\')" in source
    assert r"basic_auth('k\'\\', '<master secret>')" in source


@pytest.mark.parametrize("sample", [samples.curl, samples.python, samples.ruby, samples.java])
def test_sample_shows_a_placeholder_and_warns(sample):
    source = sample('{"name":"x"}', URL, KEY)
    assert "<master secret>" in source
    assert KEY in source
    assert URL in source
    assert "sent at once" in source
    assert "twice creates two tests" in source


@pytest.mark.parametrize("sample", [samples.curl, samples.python, samples.ruby, samples.java])
def test_sample_shows_characters_that_turn_the_direction_as_escapes(sample):
    source = sample('{"name":"a\u202eb"}', URL, KEY)
    assert "\u202e" not in source
    assert "\\u202e" in source


def test_java_sample_is_plain_ascii():
    assert samples.java(TEXTS[0], URL, KEY).isascii()


@given(
    st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"]))
    )
)
def test_python_sample_holds_any_document(document):
    text = json.dumps(document, ensure_ascii=False)
    tree = ast.parse(samples.python(text, URL, KEY))
    body = next(node.value for node in tree.body if isinstance(node, ast.Assign))
    assert json.loads(ast.literal_eval(body)) == document


@pytest.mark.parametrize("text", ['"', 'x"""', "a\\", "a\r\nb"])
def test_python_sample_quotes_what_a_raw_string_cannot_hold(text):
    tree = ast.parse(samples.python(text, URL, KEY))
    body = next(node.value for node in tree.body if isinstance(node, ast.Assign))
    assert ast.literal_eval(body) == text
