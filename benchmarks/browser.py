"""One signed-in visitor over one kept connection, who reads forms off pages and posts them as a browser does."""

import gzip
import http.client
import re
import time
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Self
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.test import Client

from workspaces.models import User

VALUED = frozenset({"hidden", "text", "search", "url", "email", "number", "date", "time", "password", ""})
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


@dataclass(frozen=True)
class Seen:
    """An answer. `wire` counts the bytes of its body on the wire; `sent_ns` and `sent_at` say when it was asked for."""

    status: int
    body: str
    wire: int
    location: str
    sent_ns: int  # monotonic, the same clock for all processes
    sent_at: float  # seconds since the epoch


def session_of(user: User) -> str:
    """The value of a cookie that is signed in."""
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client.cookies[settings.SESSION_COOKIE_NAME].value


class Browser:
    """`is_compressing` asks for gzip, as browsers do."""

    def __init__(self, url: str, session: str = "", *, is_compressing: bool = True) -> None:
        self.url, self.is_compressing = url, is_compressing
        self.cookies = {"session": session} if session else {}
        self.connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.connection.close()

    def get(self, path: str, *, is_htmx: bool = False) -> Seen:
        return self._ask("GET", path, None, is_htmx)

    def post(self, path: str, fields: list[tuple[str, str]], *, is_htmx: bool = False) -> Seen:
        return self._ask("POST", path, urlencode(fields).encode(), is_htmx)

    def _ask(self, method: str, path: str, body: bytes | None, is_htmx: bool) -> Seen:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        headers |= {"Accept-Encoding": "gzip"} if self.is_compressing else {}
        headers |= {**HTMX, "HX-Current-URL": self.url + path} if is_htmx else {}
        headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.url} if body is not None else {}
        if method == "POST":
            self.connection.close()  # one that gunicorn hangs up at this moment must not make us send it twice
        try:
            sent_ns, sent_at = time.monotonic_ns(), time.time()
            self.connection.request(method, path, body, headers)
            answer = self.connection.getresponse()
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            if method == "POST":
                raise
            self.connection.close()  # gunicorn ends a connection that was idle for 2 seconds
            return self._ask(method, path, body, is_htmx)
        raw = answer.read()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        is_packed = answer.getheader("Content-Encoding") == "gzip"
        text = (gzip.decompress(raw) if is_packed else raw).decode()
        return Seen(answer.status, text, len(raw), answer.getheader("Location") or "", sent_ns, sent_at)


class Form(HTMLParser):
    """The fields, in order, of the form of `page` whose start tag holds `mark`, with the values that are set."""

    def __init__(self, page: str, mark: str) -> None:
        super().__init__()
        self.mark, self.is_inside = mark, False
        self.fields: list[tuple[str, str]] = []
        self.area = self.select = ""
        self.feed(page)
        assert self.fields, f"There is no form with {mark} on the page: {words_of(page)}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {key: value or "" for key, value in attrs}
        if tag == "form":
            self.is_inside = self.mark in (self.get_starttag_text() or "")
        name = values.get("name", "")
        if not self.is_inside or "disabled" in values:
            return
        if tag == "input" and name:
            kind = values.get("type", "")
            if kind in VALUED or "checked" in values:
                self.fields.append((name, values.get("value", "" if kind in VALUED else "on")))
        elif tag == "textarea":
            self.area = name
            self.fields.append((name, ""))
        elif tag == "select":
            self.select = name
        elif tag == "option" and "selected" in values:
            self.fields.append((self.select, values.get("value", "")))

    def handle_data(self, data: str) -> None:
        if self.area:
            name, text = self.fields[-1]
            self.fields[-1] = (name, (text + data).removeprefix("\n"))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.is_inside = False
        elif tag == "textarea":
            self.area = ""


def words_of(page: str) -> str:
    """The end of what the page says, without its marks, for a message about it."""
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())[-600:]


def links(page: str, pattern: str) -> list[str]:
    """Addresses on the page that match the whole pattern, each once, in order."""
    found = re.findall(r'href="([^"]+)"', page)
    return list(dict.fromkeys(address for address in found if re.fullmatch(pattern, address)))
