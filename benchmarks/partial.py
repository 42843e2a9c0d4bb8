"""P8: what an interaction transfers, beside the whole page that it spares."""

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse

from benchmarks import content
from benchmarks.browser import Browser, Form, Seen, session_of
from benchmarks.figures import Effort, Goal, Section, Spread
from benchmarks.list import SLUG, listed
from benchmarks.stage import Stage
from experiments import relay
from experiments.models import State
from workspaces.models import User

TEAM = "halden"
LIMIT = 0.15


@dataclass(frozen=True)
class Interaction:
    """`ask` does it once in a given browser; `mark` is in the part and in the page, as what was asked for."""

    name: str
    page: str
    ask: Callable[[Browser], Seen]
    mark: str
    has_goal: bool


def measure(stage: Stage, effort: Effort) -> Section:
    listed(stage, effort.rows)
    section = Section(
        "P8",
        "Partial",
        "Bytes of the body of what htmx asks for ÷ bytes of the HTML of the whole page at the same address, from "
        "gunicorn, once as it is and once with gzip as on the wire. Style sheet and script are not counted: a browser "
        "keeps them, and with them the ratios would be smaller. The goal is for the small interactions that happen by "
        "themselves; a new page of rows is shown beside them. A poll that finds nothing new is answered by 204, "
        "without a body, and is not listed.",
        [],
        [["", "part", "page", "ratio", "part, gzip", "page, gzip", "ratio, gzip"]],
    )
    with stage.web():
        for interaction in interactions(stage):
            plain, packed = (weigh(stage, interaction, effort, is_compressing=way) for way in (False, True))
            section.table.append([interaction.name, *_cells(plain), *_cells(packed)])
            if interaction.has_goal:
                section.goals += [
                    _goal(f"{interaction.name}, as it is", plain),
                    _goal(f"{interaction.name}, gzip", packed),
                ]
    return section


def interactions(stage: Stage) -> list[Interaction]:
    workspace, alice, connection = content.team(stage, TEAM)
    asked = content.checked(content.new_draft(workspace, connection, alice), alice)
    sent = relay.submit(content.checked(content.new_draft(workspace, connection, alice), alice), alice, {})
    relay.send(sent.pk)
    sent.refresh_from_db()
    assert sent.state == State.SUCCEEDED, sent.message
    draft = content.new_draft(workspace, connection, alice)
    tests = reverse("experiment_list", args=[SLUG])
    finished, searched = f"{tests}?status=finished", f"{tests}?q=race+week"
    check, operation, editor = (
        reverse("draft_check", args=[TEAM, asked.draft_id]),
        reverse("operation_detail", args=[TEAM, sent.pk]),
        reverse("draft_edit", args=[TEAM, draft.pk]),
    )
    left = f"{operation}?part=left"
    return [
        Interaction("operation, its countdown", operation, lambda b: b.get(left, is_htmx=True), "left", True),
        Interaction(
            "operation, something changed", operation, lambda b: b.get(operation, is_htmx=True), "operation", True
        ),
        Interaction("check, something changed", check, lambda b: b.get(check, is_htmx=True), "check", True),
        Interaction("autosave of the editor", editor, lambda b: autosave(b, editor), "", True),
        Interaction("list, another status", tests, lambda b: b.get(finished, is_htmx=True), "tests", False),
        Interaction("list, a search", tests, lambda b: b.get(searched, is_htmx=True), "tests", False),
    ]


def autosave(browser: Browser, editor: str) -> Seen:
    """One more word in the description, as the page sends it some moments after the last key."""
    fields = Form(browser.get(editor).body, f'hx-post="{editor}').fields
    longer = [(name, f"{value} word" if name == "/description" else value) for name, value in fields]
    assert longer != fields, "The editor has no field for the description."
    return browser.post(editor, longer, is_htmx=True)


def weigh(stage: Stage, interaction: Interaction, effort: Effort, *, is_compressing: bool) -> list[tuple[int, int]]:
    """(bytes of the part, bytes of the page) in each round."""
    team = interaction.page.split("/")[2]
    with Browser(stage.url, session(team), is_compressing=is_compressing) as browser:
        found = []
        for _ in range(effort.rounds):
            part, page = interaction.ask(browser), browser.get(interaction.page)
            assert (part.status, page.status) == (200, 200), (interaction.name, part.status, page.status)
            assert "<html" in page.body, f"{interaction.name}: the page is not whole."
            assert "<html" not in part.body, f"{interaction.name}: the part is a whole page."
            assert part.body.strip(), f"{interaction.name}: the part is empty."
            assert f'id="{interaction.mark}"' in part.body or not interaction.mark, f"{interaction.name}: wrong part."
            found.append((part.wire, page.wire))
    return found


def session(team: str) -> str:
    return session_of(User.objects.get(email=f"alice@{team}.example.com"))


def _cells(found: list[tuple[int, int]]) -> list[str]:
    part, page = (Spread.over(list(side)) for side in zip(*found, strict=True))
    return [f"{part.median:,.0f}", f"{page.median:,.0f}", _ratio(found).words("", 3)]


def _ratio(found: list[tuple[int, int]]) -> Spread:
    return Spread.over([part / page for part, page in found])


def _goal(name: str, found: list[tuple[int, int]]) -> Goal:
    ratio = _ratio(found)
    return Goal(f"{name}: part ÷ page", ratio.median, LIMIT, ratio.words("", 3))
