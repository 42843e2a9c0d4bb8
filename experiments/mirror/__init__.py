"""READING: one connection's experiments and results into local rows. The only writer of Experiment and Sync."""

from experiments.mirror.due import Due, ask, pass_time, sync_due
from experiments.mirror.health import check_connection
from experiments.mirror.passes import sync
from experiments.mirror.reports import ask_report, read_report
from experiments.mirror.rows import adopt, mark_deleted, refresh, settle_changes

__all__ = [
    "Due",
    "adopt",
    "ask",
    "ask_report",
    "check_connection",
    "mark_deleted",
    "pass_time",
    "read_report",
    "refresh",
    "settle_changes",
    "sync",
    "sync_due",
]
