"""The editor as a browser without script has it: the fields of its form, read from the page and posted back."""

from html.parser import HTMLParser
from typing import Any

from django.test import Client

from experiments.models import Draft

VOID = {"input", "meta", "link", "rect", "path", "use", "br"}


class FormReader(HTMLParser):
    """The successful controls of the form with the given id, as a browser would send them, and its submit buttons."""

    def __init__(self, page: str, form_id: str = "") -> None:
        super().__init__(convert_charrefs=True)
        self.form_id = form_id
        self.fields: dict[str, list[str]] = {}
        self.buttons: list[str] = []
        self.is_inside = False
        self.area = self.select = ""
        self.text = ""
        self.options: list[tuple[str, bool]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {key: value or "" for key, value in attrs}
        if tag == "form":
            self.is_inside = values.get("id", "") == self.form_id
        if not self.is_inside or "disabled" in values:
            return
        name = values.get("name", "")
        if tag == "button" and name == "do":
            self.buttons.append(values.get("value", ""))
        elif tag == "textarea":
            self.area, self.text = name, ""
        elif tag == "select":
            self.select, self.options = name, []
        elif tag == "option":
            self.options.append((values.get("value", ""), "selected" in values))
        elif tag == "input" and name:
            is_tick = values.get("type") in ("checkbox", "radio")
            if not is_tick or "checked" in values:
                value = values.get("value", "on" if is_tick else "")
                self.fields.setdefault(name, []).append(value.replace("\r", "").replace("\n", ""))

    def handle_data(self, data: str) -> None:
        if self.area:
            self.text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.is_inside = False
        elif tag == "textarea" and self.area:
            text = self.text.replace("\r\n", "\n").removeprefix("\n")  # a browser drops the first line end
            self.fields[self.area] = [text.replace("\n", "\r\n")]
            self.area = ""
        elif tag == "select" and self.select:
            chosen = next((value for value, is_on in self.options if is_on), self.options[0][0] if self.options else "")
            self.fields[self.select] = [chosen]
            self.select = ""


class Editor:
    """One opened page of a draft. `post` sends all its fields with some of them changed."""

    def __init__(self, client: Client, draft: Draft, query: str = "") -> None:
        self.client, self.draft = client, draft
        self.address = f"/w/{draft.workspace.slug}/drafts/{draft.pk}/"
        self.response: Any = client.get(self.address + query)
        assert self.response.status_code == 200, self.response.status_code
        self.html = self.response.content.decode()
        read = FormReader(self.html, "editor")
        self.fields, self.buttons = read.fields, read.buttons

    def post(self, changes: dict[str, Any] | None = None, *, do: str = "", htmx: bool = False, **more: Any) -> Any:
        data: dict[str, Any] = {**self.fields, **(changes or {}), **more}
        if do:
            data["do"] = do
        headers = {"HX-Request": "true"} if htmx else {}
        return self.client.post(self.address, data, headers=headers)

    @property
    def document(self) -> dict[str, Any]:
        self.draft.refresh_from_db()
        return self.draft.newest.document

    @property
    def plan(self) -> dict[str, Any]:
        self.draft.refresh_from_db()
        plan: dict[str, Any] = self.draft.newest.plan
        return plan


def message(position: int, path: str) -> str:
    """The name of a field of a variant's message: `message(0, "ios/title")`."""
    return f"/variants/{position}/push/notification/{path}"
