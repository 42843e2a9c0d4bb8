"""What people press: pages, their forms, and the same button again where no answer came."""

import re
import time
from dataclasses import dataclass, field
from html.parser import HTMLParser

import requests

PATIENCE = 120.0  # seconds for one page or button, across all tries
PAUSE = 0.4  # seconds before the same is tried again
ANSWER_WITHIN = 15.0  # seconds
_OPERATION = re.compile(r"/operations/([0-9a-f-]{36})/")


class GaveUp(Exception):
    """No answer came in all that time; whether the last press did anything is not known to the person."""


@dataclass
class Form:
    """A form of a page with what it would send. `buttons` holds (name, value) of those that can be pressed."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Page:
    """`status` and `location` as answered; `tries` is how often it was asked for."""

    url: str
    status: int
    text: str
    location: str = ""
    tries: int = 1

    @property
    def operation(self) -> str:
        """The id of the operation that the answer leads to, "" where it leads to none."""
        found = _OPERATION.search(self.location)
        return found[1] if found else ""

    def form(self, part_of_action: str = "", field: str = "", button: tuple[str, str] | None = None) -> Form | None:
        """The first POST form with that in its action, that field and that button, ready to be pressed."""
        for form in _Forms(self.text, self.url).forms:
            fits = part_of_action in form.action and (not field or field in form.fields)
            if fits and form.buttons and (button is None or button in form.buttons):
                return form
        return None


class Browser:
    """One signed-in person. Every thread needs its own."""

    def __init__(self, url: str, cookies: dict[str, str]) -> None:
        self.url = url
        self.retries = 0
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.cookies.update(cookies)

    def read(self, address: str) -> Page:
        """Raises GaveUp."""
        return self._ask("GET", address, {})

    def press(self, form: Form, button: tuple[str, str] | None = None, **values: str) -> Page:
        """The very same request until it is answered. Raises GaveUp."""
        name, value = button or form.buttons[0]
        return self._ask("POST", form.action, {**form.fields, **values, **({name: value} if name else {})})

    def _ask(self, method: str, address: str, fields: dict[str, str]) -> Page:
        until, tries = time.monotonic() + PATIENCE, 0
        while time.monotonic() < until:
            tries += 1
            try:
                answer = self._session.request(
                    method, self.url + address, data=fields or None, timeout=ANSWER_WITHIN, allow_redirects=False
                )
                if answer.status_code < 500:
                    return Page(address, answer.status_code, answer.text, answer.headers.get("Location", ""), tries)
            except requests.RequestException:
                pass
            self.retries += 1
            time.sleep(PAUSE)
        raise GaveUp(f"{method} {address}")


class _Forms(HTMLParser):
    """The forms of a page, as a browser without script has them."""

    def __init__(self, page: str, url: str) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self._url = url
        self._form: Form | None = None
        self._area = self._select = ""
        self._text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            is_post = values.get("method", "").lower() == "post"
            self._form = Form(values.get("action") or self._url) if is_post else None
        if self._form is None or "disabled" in values:
            return
        name = values.get("name", "")
        if tag == "button":
            self._form.buttons.append((name, values.get("value", "")))
        elif tag == "input" and name:
            is_choice = values.get("type") in {"checkbox", "radio"}
            if not is_choice or "checked" in values:
                self._form.fields[name] = values.get("value", "on" if is_choice else "")
        elif tag == "textarea":
            self._area, self._text = name, ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and (self._select not in self._form.fields or "selected" in values):
            self._form.fields[self._select] = values.get("value", "")

    def handle_data(self, data: str) -> None:
        if self._area:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self._form is not None:
            self.forms.append(self._form)
            self._form = None
        elif tag == "textarea" and self._area and self._form is not None:
            self._form.fields[self._area] = self._text.removeprefix("\n")
            self._area = ""
        elif tag == "select":
            self._select = ""
