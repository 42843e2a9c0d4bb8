"""The equal call in four languages: what to run to create the same test without Splitdesk.

The Python sample uses Airship's official client for address, key and headers, but hands it the document as it is: the
client's own Experiment and Variant classes (7.4.1) silently drop a holdout of 0 and keys they do not know. Ruby and
Java use their standard libraries: nothing to install, and the document goes out as it is. The secret is always a
placeholder. Every sample says that creating is sending.
"""

import shlex

from experiments.providers.quoting import java_document, java_text, python_text, ruby_heredoc, ruby_text, seen

SECRET = "<master secret>"  # noqa: S105 — a placeholder that people replace
PATH = "/api/experiments"
ACCEPT = "application/vnd.urbanairship+json; version=3"
_WARNING = (
    "Creates the test at Airship. Without a schedule it is sent at once.",
    "Running this twice creates two tests.",
)


def curl(body_text: str, url: str, key: str) -> str:
    """A shell command. `body_text` is the document as JSON, `url` the whole address to post to."""
    return "\n".join(
        [
            *(f"# {line}" for line in _WARNING),
            "curl --fail-with-body --request POST \\",
            f"  --user {shlex.quote(f'{key}:{SECRET}')} \\",
            f"  --header {shlex.quote(f'Accept: {ACCEPT}')} \\",
            "  --header 'Content-Type: application/json' \\",
            f"  --data-raw {shlex.quote(seen(body_text))} \\",
            f"  {shlex.quote(url)}",
            "",
        ]
    )


def python(body_text: str, url: str, key: str) -> str:
    """A script for the official client, which takes the document unchanged through `request`."""
    return "\n".join(
        [
            *(f"# {line}" for line in _WARNING),
            "# pip install urbanairship",
            "import urbanairship",
            "",
            f"body = {python_text(seen(body_text))}",
            "",
            f"client = urbanairship.BasicAuthClient(key={key!r}, secret={SECRET!r}, retries=0)",
            "response = client.request(",
            '    method="POST",',
            "    body=body.encode(),",
            f"    url={url!r},",
            '    content_type="application/json",',
            "    version=3,",
            ")",
            'print(response.json()["experiment_id"])',
            "",
        ]
    )


def ruby(body_text: str, url: str, key: str) -> str:
    """A script for Ruby's standard library. A quoted heredoc keeps backslashes and #{} as they are."""
    return "\n".join(
        [
            *(f"# {line}" for line in _WARNING),
            'require "net/http"',
            'require "json"',
            "",
            *ruby_heredoc("body", seen(body_text)),
            "",
            f"uri = URI({ruby_text(url)})",
            "request = Net::HTTP::Post.new(uri)",
            f"request.basic_auth({ruby_text(key)}, {ruby_text(SECRET)})",
            f"request['Accept'] = {ruby_text(ACCEPT)}",
            "request['Content-Type'] = 'application/json'",
            "request.body = body",
            "",
            "http = Net::HTTP.new(uri.host, uri.port)",
            "http.use_ssl = uri.scheme == 'https'",
            "http.max_retries = 0",
            "response = http.request(request)",
            "puts JSON.parse(response.body)['experiment_id']",
            "",
        ]
    )


def java(body_text: str, url: str, key: str) -> str:
    """A class for Java 17 and its standard library. Letters beyond ASCII are escaped, so any compiler setting does."""
    return "\n".join(
        [
            *(f"// {line}" for line in _WARNING),
            "import java.net.URI;",
            "import java.net.http.HttpClient;",
            "import java.net.http.HttpRequest;",
            "import java.net.http.HttpResponse;",
            "import java.nio.charset.StandardCharsets;",
            "import java.util.Base64;",
            "",
            "public class CreateTest {",
            "    public static void main(String[] args) throws Exception {",
            f"        String body = {java_document(body_text)};",
            "",
            f"        String pair = {java_text(f'{key}:{SECRET}')};",
            "        String login = Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));",
            "",
            f"        HttpRequest request = HttpRequest.newBuilder(URI.create({java_text(url)}))",
            '            .header("Authorization", "Basic " + login)',
            f'            .header("Accept", {java_text(ACCEPT)})',
            '            .header("Content-Type", "application/json")',
            "            .POST(HttpRequest.BodyPublishers.ofString(body))",
            "            .build();",
            "",
            "        HttpResponse<String> response =",
            "            HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());",
            "        System.out.println(response.body());",
            "    }",
            "}",
            "",
        ]
    )
