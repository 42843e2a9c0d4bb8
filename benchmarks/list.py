"""P4: how many list pages a second, beside the Django admin's list of the same rows."""

import gzip
from typing import Final

from django.urls import reverse

from benchmarks import content
from benchmarks.browser import Browser, session_of
from benchmarks.figures import Effort, Section, Spread, percentile, ratio_goal
from benchmarks.load import Load, put_on, request_for
from benchmarks.stage import Stage
from experiments.models import Experiment, Status
from experiments.models.listing import Wanted, leaf
from workspaces.models import Workspace

SLUG = "marlow"
PAGE = 50
LIST_ROW: Final = '<td role="cell" class="name">'
ADMIN_ROW: Final = '<th class="field-name">'


def measure(stage: Stage, effort: Effort) -> Section:
    workspace = listed(stage, effort.rows)
    session = session_of(workspace.memberships.get(user__email=f"alice@{SLUG}.example.com").user)
    list_path = reverse("experiment_list", args=[SLUG])
    admin_path = reverse("admin:experiments_experiment_changelist")
    ours, admins = [], []
    with stage.web():
        with Browser(stage.url, session) as browser:
            check_list(browser.get(list_path).body, workspace)
            check_admin(browser.get(admin_path).body)
        for path in (list_path, admin_path) * 2:  # warm: imports, templates, connections
            put_on(stage.url, request_for(stage.url, path, session), 0.5)
        for _ in range(effort.rounds):
            ours.append(put_on(stage.url, request_for(stage.url, list_path, session), effort.seconds))
            admins.append(put_on(stage.url, request_for(stage.url, admin_path, session), effort.seconds))
    for load in ours:
        check_answers(load, LIST_ROW)
    for load in admins:
        check_answers(load, ADMIN_ROW)
    ratios = [our.per_second / admin.per_second for our, admin in zip(ours, admins, strict=True)]
    return Section(
        "P4",
        "List",
        f"Pages a second over HTTP from gunicorn (2 processes of 4 threads, DEBUG off, 8 kept connections, gzip): the "
        f"list of tests ÷ the Django admin's list of the same {effort.rows:,} rows, both with {PAGE} a page, their "
        "usual columns and filters, and the same signed-in person. Every answer is unpacked after the clock has "
        f"stopped and must hold {PAGE} rows.",
        [ratio_goal("list ÷ admin, pages a second", ratios, 80, at_most=False)],
        [
            ["", "pages a second", "p50", "p95", "load generator's own time"],
            _row("list of tests", ours),
            _row("Django admin", admins),
        ],
    )


def _row(name: str, loads: list[Load]) -> list[str]:
    waits = [wait * 1000 for load in loads for wait in load.waits]
    return [
        name,
        Spread.over([load.per_second for load in loads]).words("", 1),
        f"{percentile(waits, 50):.1f} ms",
        f"{percentile(waits, 95):.1f} ms",
        f"{100 * sum(load.own for load in loads) / sum(load.seconds for load in loads):.1f} % of the time",
    ]


def listed(stage: Stage, rows: int) -> Workspace:
    """The workspace with all the rows, made once for a run."""
    workspace = Workspace.objects.filter(slug=SLUG).first()
    if workspace is None:
        workspace, _, connection = content.team(stage, SLUG)
        content.mirrored(workspace, connection, rows)
    return workspace


def check_list(page: str, workspace: Workspace) -> None:
    """The page holds the names that belong on it, in their order."""
    names = [row.name for row in leaf(workspace, Wanted(size=PAGE)).rows]
    ahead = workspace.experiments.filter(status=Status.SCHEDULED).order_by("when_at").values_list("name", flat=True)
    assert names[:3] == list(ahead[:3]), "The list does not begin with what is next."
    places = [page.index(f"<bdi>{name}</bdi>") for name in names]
    assert places == sorted(places), "The rows are not in their order."
    assert page.count(LIST_ROW) == PAGE, "The list does not hold 50 rows."


def check_admin(page: str) -> None:
    newest = Experiment.objects.order_by("-when_at")[:PAGE]
    assert all(str(experiment) in page for experiment in newest), "The admin does not list the newest tests."
    assert page.count(ADMIN_ROW) == PAGE, "The admin does not list 50 rows."


def check_answers(load: Load, mark: str) -> None:
    for answer in load.answers:
        head, _, body = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 "), head[:100]
        text = gzip.decompress(body) if b"content-encoding: gzip" in head.lower() else body
        assert text.count(mark.encode()) == PAGE, "An answer under load does not hold 50 rows."
