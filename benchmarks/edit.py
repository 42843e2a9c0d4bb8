"""P10: every edit of the largest draft beside the whole page of its editor, and a limit that holds on its own."""

import gc
import itertools
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.test import Client
from django.urls import reverse

from benchmarks import content
from benchmarks.browser import Form
from benchmarks.figures import Effort, Goal, Section, Spread, percentile, ratio_goal
from benchmarks.stage import Stage
from benchmarks.view import timed
from experiments.forms import saving
from experiments.models import Draft

TEAM = "nesbyen"
VARIANTS = 26
PLATFORMS = ["ios", "android", "amazon", "web", "email", "sms"]
MESSAGE = "/variants/0/push/notification/alert"
FORM = "application/x-www-form-urlencoded"
WARM = 3
LIMIT_MS = 100


def measure(stage: Stage, effort: Effort) -> Section:
    draft, browser = opened(stage)
    a_round = max(effort.pairs // 3, 2)  # each is nine edits and the pages around them
    edits = edits_of(draft, browser)
    address = reverse("draft_edit", args=[TEAM, draft.pk])
    times: dict[str, list[float]] = {name: [] for name in ("whole page", *edits)}
    ratios: dict[str, list[float]] = {name: [] for name in edits}
    gc.collect()
    gc.freeze()  # as dashboard/wsgi.py does for the processes of the web server
    for number in range(WARM + a_round * effort.rounds):
        page = timed(lambda: answered(browser.get(address))) * 1000
        for name, edit in edits.items():
            spent = edit() * 1000
            if number >= WARM:
                times[name].append(spent)
                ratios[name].append(spent / page)
        if number >= WARM:
            times["whole page"].append(page)
    return Section(
        "P10",
        "Edit",
        "One edit of a draft ÷ the whole page of its editor, one after the other in this process with all middleware "
        f"(no socket, no gzip). {VARIANTS} variants on {len(PLATFORMS)} platforms, {size_of(draft):,} bytes as JSON. "
        "Whatever types or changes something writes a revision to the database; the others do not.",
        [
            *(goal for name in edits for goal in limits(name, times[name])),
            *(ratio_goal(f"{name} ÷ whole page", per_round(ratios[name], a_round), 1) for name in edits),
        ],
        [
            ["", "p50", "p95", "p99", "under 100 ms"],
            *(row(name, spent) for name, spent in times.items()),
        ],
    )


def limits(name: str, spent: list[float]) -> list[Goal]:
    """Every edit within the limit, of all rounds together. `spent` in milliseconds."""
    found = ((at, percentile(spent, at)) for at in (95, 99))
    return [Goal(f"{name}, p{at}", value, LIMIT_MS, f"{value:.1f} ms (of {len(spent)})", " ms") for at, value in found]


def row(name: str, spent: list[float]) -> list[str]:
    quick = sum(value < LIMIT_MS for value in spent) / len(spent)
    return [name, *(f"{percentile(spent, at):.1f} ms" for at in (50, 95, 99)), f"{quick:.0%}"]


def per_round(ratios: list[float], a_round: int) -> list[float]:
    """The median of each round."""
    return [Spread.over(list(part)).median for part in itertools.batched(ratios, a_round)]


def edits_of(draft: Draft, browser: Client) -> dict[str, Callable[[], float]]:
    """Each does its edit once, from the fields of the newest page, and gives back the seconds of the edit alone."""
    address = reverse("draft_edit", args=[TEAM, draft.pk])
    words = (f"Your long run is ready {number}" for number in itertools.count())
    platforms = itertools.cycle(PLATFORMS)
    letters = itertools.cycle("BCDEFGH")

    def post(path: str, do: str, *, is_typed: bool) -> float:
        fields = fields_of(answered(browser.get(address)), address)
        if is_typed:
            fields[MESSAGE] = [next(words)]
        if do:
            fields["do"] = [do]
        body = urlencode(fields, doseq=True)
        return timed(lambda: answered(browser.post(path, body, FORM, headers={"HX-Request": "true"})))

    def button(do: str, *, before: str = "", after: str = "") -> float:
        """The seconds of one button; `before` makes room for it, `after` undoes it."""
        if before:
            post(address, before, is_typed=False)
        spent = post(address, do, is_typed=False)
        if after:
            post(address, after, is_typed=False)
        return spent

    last = VARIANTS - 1

    return {
        "preview": lambda: post(f"{address}preview/", "", is_typed=True),
        "autosave": lambda: post(address, "", is_typed=True),
        "tab": lambda: post(address, f"show:{ord(next(letters)) - ord('A')}:", is_typed=False),
        "typing, then a tab": lambda: post(address, f"show:{ord(next(letters)) - ord('A')}:", is_typed=True),
        "platform tab": lambda: post(address, f"show-platform:0:{next(platforms)}", is_typed=False),
        "added variant": lambda: button("add-variant", before=f"remove-variant:{last}"),
        "duplicated variant": lambda: button("duplicate-variant:2", before=f"remove-variant:{last}"),
        "moved variant": lambda: button("move-variant:3:4"),
        "removed variant": lambda: button("remove-variant:20", after="add-variant"),
    }


def fields_of(page: str, address: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in Form(page, f'hx-post="{address}').fields:
        found.setdefault(name, []).append(value)
    assert MESSAGE in found, "The editor shows no message of variant A."
    return found


def answered(response: Any) -> str:
    assert response.status_code == 200, response.status_code
    return str(response.content.decode())


def size_of(draft: Draft) -> int:
    return len(draft.newest.document_text.encode())


def opened(stage: Stage) -> tuple[Draft, Client]:
    workspace, alice, connection = content.team(stage, TEAM)
    variants = [
        {"name": f"Idea {at}", "weight": 1, "push": {"notification": notification(at)}} for at in range(VARIANTS)
    ]
    document = {**content.DOCUMENT, "device_types": PLATFORMS, "variants": variants}
    draft = saving.start(workspace, document, content.PLAN, by=alice, connection=connection)
    browser = Client(SERVER_NAME="127.0.0.1")
    browser.force_login(alice, backend="allauth.account.auth_backends.AuthenticationBackend")
    return draft, browser


def notification(at: int) -> dict[str, Any]:
    """Somewhat more than two kilobytes on all platforms."""
    text = f"Variant {at}: 14 km is waiting for you. Easy pace, about 1 h 25 min. Rain holds off until noon."
    picture = "https://pictures.marlow.example/training/long-run/sunday.jpg"
    titled = {"title": f"Your Sunday run, idea {at}", "alert": text}
    return {
        "alert": text,
        "actions": {"open": {"type": "deep_link", "content": "marlow://plan/long-run"}},
        "ios": {**titled, "subtitle": "Sunday", "sound": "default", "media_attachment": {"url": picture}},
        "android": {**titled, "style": {"type": "big_picture", "big_picture": picture}},
        "amazon": titled,
        "web": {**titled, "image": {"url": picture}},
        "email": {
            "subject": f"Your run {at}",
            "plaintext_body": f"{text} [[unsubscribe]] " * 5,
            "html_body": f'<p>{text}</p><a data-ua-unsubscribe="1" href="#">Unsubscribe</a>' * 5,
            "message_type": "commercial",
            "sender_name": "Marlow",
            "sender_address": "run@marlow.example",
            "reply_to": "run@marlow.example",
        },
        "sms": {"alert": text},
    }
