"""The equal calls: each sample really makes the test and its groups that it shows, whatever the texts hold."""

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

from experiments.providers import samples as samples_of
from experiments.providers.qonversion import document, samples
from tests.qonversion_documents import valid

KEY = "sk_0123456789"
HOSTILE = {
    "name": "it's \"quoted\" `id` $(id) $HOME !! #{system('id')} #$0 %{x} \\ \\\\ \\u0041 \\n ''' \"\"\"",
    "alias_id": "hostile",
    "description": "lines\nand\r\ntabs\t\u2028 \u202eright to left\u202c \ufeff bell\x07 EOF\nJSON\nJSON_\n",
    "context_key": "Grüße 👩🏽‍🚀 日本語 é\\",
    "groups": [
        {"name": "it's $(id) #{x} \\ \"", "weight": 1, "is_control": True},
        {"name": "B\u2028 EOF\nJSON", "weight": 0.5, "remote_config_uid": "r'1"},
    ],
}
TEXTS = [
    json.dumps(HOSTILE, ensure_ascii=False, separators=(",", ":")),
    json.dumps(HOSTILE, ensure_ascii=False, indent=2),
    json.dumps(valid()),
    '{"name": "Bare"}',
]
ALL = [samples.curl, samples.python, samples.ruby, samples.java]


@pytest.fixture
def qonversion(httpserver):
    """A server that takes the calls with the right key, and keeps what it got."""
    got: list[Request] = []

    def create(request: Request) -> Response:
        got.append(request)
        return Response('{"alias_id": "a", "id": "e-1"}', status=201, content_type="application/json")

    httpserver.expect_request("/v4/experiments", method="POST").respond_with_handler(create)
    httpserver.expect_request("/v4/experiments/e-1/groups", method="POST").respond_with_handler(create)
    return httpserver.url_for("/v4/experiments"), got


def assert_made(got: list[Request], text: str) -> None:
    whole = json.loads(text)
    sent = [json.loads(request.get_data()) for request in got]
    assert sent[0] == document.create_body({"alias_id": "bare", **whole})
    assert sent[1:] == document.group_bodies(whole)
    for request in got:
        assert request.headers["Authorization"] == f"Bearer {KEY}"
        assert request.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("text", TEXTS)
def test_python_sample_creates_the_test(text, qonversion):
    url, got = qonversion
    source = samples.python(text, url, "").replace(samples.SECRET, KEY)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(source, "sample.py", "exec"), {"__name__": "__main__"})
    assert_made(got, text)
    assert printed.getvalue() == "e-1\n"


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("jq")), reason="curl or jq is not installed")
@pytest.mark.parametrize("text", TEXTS)
def test_curl_sample_creates_the_test(text, qonversion, tmp_path):
    url, got = qonversion
    script = tmp_path / "sample.sh"
    script.write_text(samples.curl(text, url, "").replace(samples.SECRET, KEY))
    done = subprocess.run(["bash", script], check=True, capture_output=True, timeout=30)
    assert_made(got, text)
    assert done.stdout.endswith(b"\ne-1\n" if len(got) > 1 else b"e-1\n")


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("jq")), reason="curl or jq is not installed")
def test_curl_sample_ends_where_the_create_is_refused(httpserver, tmp_path):
    httpserver.expect_request("/v4/experiments").respond_with_data('{"error":{"code":"x"}}', status=400)
    script = tmp_path / "sample.sh"
    script.write_text(samples.curl(TEXTS[0], httpserver.url_for("/v4/experiments"), ""))
    assert subprocess.run(["bash", script], capture_output=True, timeout=30, check=False).returncode != 0
    assert len(httpserver.log) == 1


@pytest.mark.skipif(not shutil.which("java"), reason="Java is not installed")
@pytest.mark.parametrize("text", [*TEXTS[1:], json.dumps({"name": "ö" * 50_000, "alias_id": "a"}, ensure_ascii=False)])
def test_java_sample_creates_the_test(text, qonversion, tmp_path):
    url, got = qonversion
    script = tmp_path / "CreateTest.java"
    script.write_text(samples.java(text, url, "").replace(samples.SECRET, KEY))
    subprocess.run(["java", script], check=True, capture_output=True, timeout=60)
    assert_made(got, text)


@pytest.mark.skipif(not shutil.which("ruby"), reason="Ruby is not installed")
@pytest.mark.parametrize("text", TEXTS)
def test_ruby_sample_creates_the_test(text, qonversion, tmp_path):
    url, got = qonversion
    script = tmp_path / "sample.rb"
    script.write_text(samples.ruby(text, url, "").replace(samples.SECRET, KEY))
    subprocess.run(["ruby", script], check=True, capture_output=True, timeout=30)
    assert_made(got, text)


@pytest.mark.parametrize("text", TEXTS)
def test_ruby_sample_holds_the_bodies_in_heredocs_that_interpolate_nothing(text):
    source = samples.ruby(text, "https://h/v4/experiments", "")
    found = {}
    for name in ("experiment", "groups"):
        opening, rest = source.split(f"{name} = <<'", 1)[1].split("'.chomp\n", 1)
        found[name] = json.loads(rest.split(f"\n{opening}\n", 1)[0])
    whole = json.loads(text)
    assert found == {
        "experiment": document.create_body({"alias_id": "bare", **whole}),
        "groups": document.group_bodies(whole),
    }


@pytest.mark.parametrize("sample", ALL)
def test_sample_shows_a_placeholder_and_warns(sample):
    source = sample('{"name":"x"}', "https://api.qonversion.io/v4/experiments", "")
    assert "Bearer <secret key>" in source
    assert "https://api.qonversion.io/v4/experiments" in source
    assert "nobody sees it until it is started" in source
    assert "twice creates two tests" in source


@pytest.mark.parametrize("sample", ALL)
def test_sample_shows_characters_that_turn_the_direction_as_escapes(sample):
    source = sample('{"name":"a\u202eb"}', "https://h", "")
    assert "\u202e" not in source
    assert "\\u202e" in source


@pytest.mark.parametrize(("name", "alias"), [("Yearly first", "yearly-first"), ("日本", "test")])
def test_sample_has_an_alias_where_nobody_chose_one(name, alias):
    assert f'"alias_id": "{alias}"' in samples.python(json.dumps({"name": name}), "https://h", "")


def test_java_sample_is_plain_ascii():
    assert samples.java(TEXTS[0], "https://h", "").isascii()


@given(st.dictionaries(st.sampled_from(["name", "description"]), st.text(st.characters(exclude_categories=["Cs"]))))
def test_python_sample_holds_any_document(whole):
    tree = ast.parse(samples.python(json.dumps(whole, ensure_ascii=False), "https://h", ""))
    body = next(node.value for node in tree.body if isinstance(node, ast.Assign))
    sent = json.loads(ast.literal_eval(body))
    assert {key: sent[key] for key in whole} == whole


def test_samples_are_found_by_their_provider():
    assert samples_of("qonversion") is samples
    assert samples.PATH == "/v4/experiments"
    assert samples_of("airship").PATH == "/api/experiments"
