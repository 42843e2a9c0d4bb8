"""A person at the web server of a private installation (rig/): real HTTP, one browser without script."""

import re
import time
from dataclasses import dataclass, field

import requests

from rig.installation import Installation

TIMEOUT = 60.0  # seconds after which a page counts as never answered


@dataclass
class Answered:
    """One answer and how long it took, in seconds."""

    status: int
    text: str
    address: str  # where it leads to, "" for a page
    seconds: float


@dataclass
class Visitor:
    """Signed in as `name`, an e-mail's first half, for as long as it lives."""

    it: Installation
    name: str = "paula"
    session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        self.session.trust_env = False
        self.session.cookies.update(self.it.driver.session(self.name))

    def get(self, path: str) -> Answered:
        return self._ask("GET", path)

    def post(self, path: str, **fields: str) -> Answered:
        token = self.session.cookies.get("csrf") or ""
        return self._ask("POST", path, {"csrfmiddlewaretoken": token, **fields})

    def checked_draft(self, **changes: object) -> tuple[str, str]:
        """A draft that the provider has accepted: its address, and the token of the button that sends it."""
        driver = self.it.driver
        draft = driver.write(**changes)
        check = driver.propose(draft)
        assert driver.wait_for(check, "succeeded", "rejected")["state"] == "succeeded"
        return f"/w/marlow/drafts/{draft}/", self.token(f"/w/marlow/drafts/{draft}/")

    def token(self, draft: str) -> str:
        page = self.get(f"{draft}check/")
        assert page.status == 200, page.text
        return re.findall(r'name="token" value="([^"]*)"', page.text)[-1]

    def confirm(self, draft: str, token: str) -> Answered:
        return self.post(f"{draft}send/", token=token)

    def _ask(self, method: str, path: str, fields: dict[str, str] | None = None) -> Answered:
        began = time.monotonic()
        answer = self.session.request(
            method,
            self.it.url + path,
            data=fields,
            headers={"Referer": self.it.url + path},
            allow_redirects=False,
            timeout=TIMEOUT,
        )
        seconds = time.monotonic() - began
        return Answered(answer.status_code, answer.text, answer.headers.get("Location", ""), seconds)


def operation_at(answered: Answered) -> str:
    """The id of the operation that an answer leads to."""
    return answered.address.rstrip("/").rsplit("/", 1)[-1]
