"""How much memory each process of the running demo holds."""

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from benchmarks.browser import Browser, Form, links
from benchmarks.figures import Effort, Goal, Section, Spread
from benchmarks.load import put_on, request_for
from benchmarks.stage import MANAGE, Stage, answers, free_port, running, wait_for
from experiments.management.commands.demo_data import PASSWORD

LIMIT = 120  # MB, of a million bytes
NAMES = (  # the first whose mark is in a process's command line
    ("valkey-server", "broker"),
    ("redis-server", "broker"),
    ("gunicorn", "web"),
    (" beat ", "beat"),
    (" worker ", "worker"),
    (" sandbox ", "sandbox"),
    (" demo ", "demo"),
)
WITH_A_GOAL = ("web worker", "Celery child")


def measure(stage: Stage, effort: Effort) -> Section:
    visits = 10 if effort.is_quick else 60
    with demo(stage) as (process, url):
        use(url, visits)
        found: dict[str, list[tuple[float, float]]] = {}
        for _ in range(effort.rounds):
            for name, member in members(process.pid).items():
                with contextlib.suppress(psutil.NoSuchProcess):
                    found.setdefault(name, []).append(sizes(member))
            time.sleep(0.2)
    assert all(any(name.startswith(wanted) for name in found) for wanted in WITH_A_GOAL), sorted(found)
    section = Section(
        "Memory",
        "Resident size",
        "`manage.py demo` on its embedded defaults, after its first sync, one check by the worker, and "
        f"{visits} visits each to the list, a test, the ledger and the editor. Resident size (RSS) counts shared pages "
        "in every process, proportional size (PSS) shares them out. MB are millions of bytes.",
        [],
        [["", "RSS", "PSS"]],
    )
    for name, rounds in sorted(found.items()):
        rss, pss = (Spread.over([size[number] for size in rounds]) for number in (0, 1))
        section.table.append([name, rss.words(" MB", 0), pss.words(" MB", 0) if pss.median else "not known here"])
        if name.startswith(WITH_A_GOAL):
            section.goals.append(Goal(f"{name}, RSS", rss.median, LIMIT, rss.words(" MB", 0), " MB"))
    total = sum(Spread.over([size[1] for size in rounds]).median for rounds in found.values())
    section.notes.append(f"All together, by proportional size: {total:.0f} MB in {len(found)} processes.")
    return section


@contextmanager
def demo(stage: Stage) -> Iterator[tuple["subprocess.Popen[bytes]", str]]:
    """The demo, on a data directory and a port of its own."""
    port, directory = free_port(), stage.directory / "demo"
    directory.mkdir()
    log = stage.directory / "demo.log"
    before = os.environ.get("DATA_DIR", "")
    os.environ["DATA_DIR"] = str(directory)
    try:
        with running([*MANAGE, "demo", "--port", str(port)], log) as process:
            url = f"http://127.0.0.1:{port}"
            wait_for(lambda: "Ctrl-C stops it." in log.read_text() or process.poll() is not None, "the demo", 120)
            assert answers(f"{url}/healthz"), log.read_text()[-2000:]
            yield process, url
    finally:
        os.environ["DATA_DIR"] = before


def use(url: str, visits: int) -> None:
    """What a person does: sign in, look around, write, have it checked."""
    with Browser(url) as browser:
        fields = dict(Form(browser.get("/sign-in/").body, "sign-in").fields)
        fields |= {"login": "alice@example.com", "password": PASSWORD}
        assert browser.post("/sign-in/", list(fields.items())).status == 302, "The demo's log-in does not work."
        tests = "/w/marlow-running/experiments/"
        wait_for(lambda: bool(links(browser.get(tests).body, r".*/experiments/[0-9a-f-]{36}/")), "the first sync")
        page = browser.get(tests).body
        one, draft = links(page, r".*/experiments/[0-9a-f-]{36}/")[0], links(page, r".*/drafts/[0-9a-f-]{36}/")[-1]
        # Eight connections at once, so that every web worker has its share of the pages.
        put_on(url, request_for(url, tests, browser.cookies["session"]), visits / 20)
        for _ in range(visits):
            for address in (tests, one, "/w/marlow-running/operations/", draft):
                seen = browser.get(address)
                assert seen.status == 200, (address, seen.status)
        form = Form(browser.get(f"{draft}check/").body, 'method="post"')
        assert browser.post(f"{draft}check/", form.fields).status in (302, 409)
    time.sleep(2)  # the worker carries it out


def members(pid: int) -> dict[str, psutil.Process]:
    """The demo's processes by what they are."""
    named: dict[str, psutil.Process] = {}
    root = psutil.Process(pid)
    for process in [root, *root.children(recursive=True)]:
        with contextlib.suppress(psutil.NoSuchProcess):
            kind = kind_of(process)
            count = sum(name.partition(",")[0] == kind for name in named)
            named[f"{kind}, {count + 1}" if kind in WITH_A_GOAL else kind] = process
    return named


def kind_of(process: psutil.Process) -> str:
    command = " ".join(process.cmdline())
    name = next((name for mark, name in NAMES if mark in f"{command} "), "other")
    parent = process.parent()
    is_child = parent is not None and parent.cmdline() == process.cmdline()
    if name == "web":
        return "web worker" if is_child else "web, which watches its workers"
    if name == "worker":
        return "Celery child" if is_child else "Celery worker, which hands out tasks"
    return name


def sizes(process: psutil.Process) -> tuple[float, float]:
    """(RSS, PSS) in MB; PSS is 0 where the system does not tell."""
    if psutil.LINUX:
        whole = process.memory_full_info()
        return whole.rss / 1e6, whole.pss / 1e6
    return process.memory_info().rss / 1e6, 0.0
