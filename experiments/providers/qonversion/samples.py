"""The equal calls in four languages: what to run to create the same test without Splitdesk.

A test is one call, and each of its groups is one more. Ruby and Java use their standard libraries, the shell needs jq.
The secret is always a placeholder. Every sample says that the test lands as a draft.
"""

import json
import shlex

from experiments.providers.qonversion.alias import suggested_alias
from experiments.providers.qonversion.bodies import create_body, group_bodies
from experiments.providers.quoting import java_document, java_text, python_text, ruby_heredoc, ruby_text, seen
from experiments.providers.shapes import Json

PATH = "/v4/experiments"
SECRET = "<secret key>"  # noqa: S105 - a placeholder that people replace
_BEARER = f"Bearer {SECRET}"
_WARNING = (
    "Creates the test at Qonversion, as a draft: nobody sees it until it is started.",
    "Running this twice creates two tests, unless Qonversion refuses the same alias again.",
)


def curl(body_text: str, url: str, key: str) -> str:
    """A bash script. `body_text` is the document as JSON, `url` the whole address to post to; `key` is not used."""
    experiment, groups = _bodies(body_text)
    lines = [
        *(f"# {line}" for line in _WARNING),
        "set -eu -o pipefail",
        f"experiment=$({_curl(experiment, shlex.quote(url))} | jq --exit-status --raw-output .id)",
    ]
    for group in groups:
        address = f'{shlex.quote(url)}/"$experiment"/groups'
        lines.append(f"{_curl(group, address)} | jq .")
    return "\n".join([*lines, 'echo "$experiment"', ""])


def _curl(body: Json, address: str) -> str:
    return " \\\n  ".join(
        [
            "curl --silent --show-error --fail-with-body --request POST",
            f"--header {shlex.quote(f'Authorization: {_BEARER}')}",
            "--header 'Content-Type: application/json'",
            f"--data-raw {shlex.quote(_json(body))}",
            address,
        ]
    )


def python(body_text: str, url: str, key: str) -> str:
    """A script for requests."""
    experiment, groups = _bodies(body_text)
    return "\n".join(
        [
            *(f"# {line}" for line in _WARNING),
            "# pip install requests",
            "import json",
            "",
            "import requests",
            "",
            f"experiment = {python_text(_json(experiment))}",
            f"groups = {python_text(_json(groups))}",
            "",
            f"url = {url!r}",
            f"headers = {{'Authorization': {_BEARER!r}, 'Content-Type': 'application/json'}}",
            "answer = requests.post(url, data=experiment.encode(), headers=headers, timeout=30)",
            "answer.raise_for_status()",
            "experiment_id = answer.json()['id']",
            "for group in json.loads(groups):",
            "    body = json.dumps(group).encode()",
            "    answer = requests.post(f'{url}/{experiment_id}/groups', data=body, headers=headers, timeout=30)",
            "    answer.raise_for_status()",
            "print(experiment_id)",
            "",
        ]
    )


def ruby(body_text: str, url: str, key: str) -> str:
    """A script for Ruby's standard library."""
    experiment, groups = _bodies(body_text)
    return "\n".join(
        [
            *(f"# {line}" for line in _WARNING),
            'require "net/http"',
            'require "json"',
            "",
            *ruby_heredoc("experiment", _json(experiment)),
            *ruby_heredoc("groups", _json(groups)),
            "",
            "def create(url, body)",
            "  uri = URI(url)",
            "  request = Net::HTTP::Post.new(uri)",
            f"  request['Authorization'] = {ruby_text(_BEARER)}",
            "  request['Content-Type'] = 'application/json'",
            "  request.body = body",
            "  http = Net::HTTP.new(uri.host, uri.port)",
            "  http.use_ssl = uri.scheme == 'https'",
            "  http.max_retries = 0",
            "  response = http.request(request)",
            "  response.value",
            "  JSON.parse(response.body)",
            "end",
            "",
            f"url = {ruby_text(url)}",
            "id = create(url, experiment)['id']",
            'JSON.parse(groups).each { |group| create("#{url}/#{id}/groups", JSON.generate(group)) }',
            "puts id",
            "",
        ]
    )


def java(body_text: str, url: str, key: str) -> str:
    """A class for Java 17 and its standard library, which reads no JSON: the id is cut out of the answer."""
    experiment, groups = _bodies(body_text)
    listed = ",\n            ".join(java_document(_json(group)) for group in groups)
    return "\n".join(
        [
            *(f"// {line}" for line in _WARNING),
            "import java.net.URI;",
            "import java.net.http.HttpClient;",
            "import java.net.http.HttpRequest;",
            "import java.net.http.HttpResponse;",
            "import java.util.List;",
            "import java.util.regex.Matcher;",
            "import java.util.regex.Pattern;",
            "",
            "public class CreateTest {",
            "    public static void main(String[] args) throws Exception {",
            f"        String experiment = {java_document(_json(experiment))};",
            f"        List<String> groups = List.of({listed});",
            "",
            f"        String url = {java_text(url)};",
            '        Pattern found = Pattern.compile("\\"id\\"\\\\s*:\\\\s*\\"([^\\"]+)\\"");',
            "        Matcher id = found.matcher(create(url, experiment));",
            '        if (!id.find()) throw new IllegalStateException("The answer tells no id.");',
            "        for (String group : groups) {",
            '            create(url + "/" + id.group(1) + "/groups", group);',
            "        }",
            "        System.out.println(id.group(1));",
            "    }",
            "",
            "    static String create(String url, String body) throws Exception {",
            "        HttpRequest request = HttpRequest.newBuilder(URI.create(url))",
            f'            .header("Authorization", {java_text(_BEARER)})',
            '            .header("Content-Type", "application/json")',
            "            .POST(HttpRequest.BodyPublishers.ofString(body))",
            "            .build();",
            "        HttpResponse<String> response =",
            "            HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());",
            "        if (response.statusCode() >= 300) throw new IllegalStateException(response.body());",
            "        return response.body();",
            "    }",
            "}",
            "",
        ]
    )


def _bodies(body_text: str) -> tuple[Json, list[Json]]:
    document: Json = json.loads(body_text)
    name = document.get("name")
    alias = document.get("alias_id") or suggested_alias(name if isinstance(name, str) else "") or "test"
    return create_body({**document, "alias_id": alias}), group_bodies(document)


def _json(value: Json | list[Json]) -> str:
    return seen(json.dumps(value, ensure_ascii=False, indent=2))
