"""Places at which a test lets a process die, freeze or stumble, to prove that nothing is sent twice or lost.

Off, `reach` is one look at an empty dict. A test arms points in the environment of the process that it starts:

    FAILPOINTS="before_first_byte=exit,after_record=freeze"    point=action, comma-separated
    FAILPOINTS_ONCE=/some/directory                            each point acts once for all processes that share it

Actions: `exit` (killed, as by SIGKILL), `freeze` (stopped until SIGCONT), `raise` (an exception nobody expects), `lost`
(the database connection breaks here, so that nobody knows whether the last commit was done). Production refuses to
start while FAILPOINTS is set (dashboard/checks.py).
"""

import os
import signal
from collections.abc import Callable

# Each point, with the numbers of the crash points that it stands for (docs/reliability.md).
POINTS = {
    "submit_before_commit": (6,),
    "submit_after_commit": (7, 8),
    "hint_before_publish": (9,),
    "send_before_claim": (12,),
    "claim_before_commit": (13,),
    "claim_after_commit": (13, 14),
    "before_decrypt": (15, 16),
    "before_connect": (17,),
    "after_connect": (18,),
    "wire_before_commit": (18, 19),
    "wire_after_commit": (19, 20),
    "before_first_byte": (20, 21),
    "deadline_checked": (21,),
    "mid_body": (22,),
    "after_last_byte": (23, 24, 25),
    "answer_in_memory": (28, 29, 31),
    "record_before_commit": (29, 37),
    "record_after_commit": (30,),
    "after_record": (32,),
    "reconcile_before_look": (33,),
    "reconcile_between_pages": (33, 34),
    "reconcile_before_settle": (33,),
    "read_back_before": (36,),
    "sweep_between_rows": (11, 33),
}


class Stumbled(Exception):
    """What an armed point with the action `raise` raises."""


def _read(text: str) -> dict[str, str]:
    armed = dict(part.split("=", 1) for part in text.split(",") if part)
    unknown = set(armed) - set(POINTS)
    if unknown:
        raise ValueError(f"There is no failpoint {', '.join(sorted(unknown))}.")
    return armed


lose_database: Callable[[str], None] | None = None  # set by experiments.apps: this module knows no Django
armed = _read(os.environ.get("FAILPOINTS", ""))


def reach(point: str) -> None:
    """Say that the process is at `point`."""
    if armed and point in armed and _is_first(point):
        _act(point, armed[point])


def _is_first(point: str) -> bool:
    directory = os.environ.get("FAILPOINTS_ONCE")
    if not directory:
        return True
    try:
        os.close(os.open(os.path.join(directory, point), os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    return True


def _act(point: str, action: str) -> None:
    if action == "exit":
        os._exit(137)
    elif action == "freeze":
        os.kill(os.getpid(), signal.SIGSTOP)
    elif action == "lost" and lose_database:
        lose_database(point)
    else:
        raise Stumbled(point)
