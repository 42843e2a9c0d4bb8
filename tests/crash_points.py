"""The forty points at which something may break between a keystroke and a receipt, and the tests that break it there.

Run as a module it prints the table of docs/reliability.md.
"""

from dataclasses import dataclass

from experiments import failpoints

MATRIX = "test_crash_matrix.py::test_never_twice_and_nothing_lost"
TYPING = "browser/test_draft_autosave.py::test_"
PRESSING = "bad/test_people.py::test_bad_"
ANSWERS = "test_relay_send.py::test_"
LINES = "test_transport.py::test_"
PAGES = "test_trouble_postgres.py::test_bad_68_the_page_says_only_what_is_true_and_the_same_button_works_afterwards"
DATABASE = "test_trouble_postgres.py::test_"
REDIS = "test_trouble_redis.py::test_"
OWN = "test_crash_points.py::test_"


@dataclass(frozen=True)
class Point:
    """`truth` is what the provider has done by then; `tests` are files below tests/ with a test's name."""

    number: int
    what: str
    truth: str
    recovery: str
    tests: tuple[str, ...]

    @property
    def failpoints(self) -> list[str]:
        return [name for name, numbers in failpoints.POINTS.items() if self.number in numbers]


def _point(number: int, what: str, truth: str, recovery: str, *tests: str) -> Point:
    return Point(number, what, truth, recovery, tests)


POINTS = (
    _point(1, "the browser dies while somebody types", "nothing", "what is older than two seconds is saved",
           f"{TYPING}what_is_typed_is_saved_within_two_seconds_of_the_last_key"),
    _point(2, "a save is lost, or the session is over", "nothing", "the text stays and is saved again",
           f"{TYPING}text_typed_while_the_line_is_cut_is_saved_when_it_is_back",
           f"{TYPING}a_save_whose_answer_was_lost_is_followed_without_a_conflict",
           f"{TYPING}signing_in_again_in_another_tab_saves_what_was_typed_meanwhile"),
    _point(3, "two save at once", "nothing", "both versions are shown",
           f"{TYPING}two_people_see_both_versions_and_neither_text_is_lost"),
    _point(4, "a double click, or back and again", "nothing yet", "one operation",
           f"{PRESSING}33_twenty_parallel_clicks_are_one_operation",
           f"{PRESSING}34_going_back_and_pressing_again_leads_to_the_same_operation"),
    _point(5, "the click never arrives", "nothing", "pressed again, it is the first",
           f"{PRESSING}43_after_a_lost_line_the_page_finds_the_operation_and_never_says_failed"),
    _point(6, "the web process dies before its commit", "nothing", "pressed again, it is the first", MATRIX),
    _point(7, "it dies after the commit, before its answer", "nothing yet", "the row is there and goes out", MATRIX),
    _point(8, "nobody knows whether it committed", "nothing yet", "the page says so; pressed again, it is the same",
           MATRIX, PAGES),
    _point(9, "the hint is not published", "nothing", "the sweep",
           MATRIX, f"{REDIS}bad_67_no_page_waits_for_redis_and_nothing_is_lost"),
    _point(10, "Redis loses the hint", "nothing", "the sweep",
           f"{REDIS}what_waits_in_redis_is_gone_and_the_sweep_brings_it_back"),
    _point(11, "the hint comes twice", "nothing", "the second claim takes nothing",
           MATRIX, f"{ANSWERS}twenty_workers_take_one_operation_once"),
    _point(12, "the worker dies before its claim", "nothing", "the sweep", MATRIX),
    _point(13, "nobody knows whether the claim was committed", "nothing", "the lease ends", MATRIX),
    _point(14, "it dies after the claim", "nothing", "the lease ends, back into the queue", MATRIX),
    _point(15, "the key cannot be opened", "nothing", "refused, the draft is free",
           MATRIX, "bad/test_infrastructure.py::test_bad_70_a_worker_with_other_keys_sends_nothing_and_says_so"),
    _point(16, "a guard refuses", "nothing", "refused, expired or left in the queue",
           MATRIX, f"{ANSWERS}a_new_secret_before_the_send_stops_it",
           f"{ANSWERS}what_is_too_near_to_its_time_expires_unsent",
           f"{ANSWERS}a_stopped_workspace_sends_nothing_and_loses_nothing"),
    _point(17, "name, connection or TLS fails", "nothing, proven", "again later",
           MATRIX, f"{LINES}a_refused_connection_is_not_sent", f"{LINES}an_unknown_name_is_not_sent",
           "test_transport_tls.py::test_a_handshake_that_fails_is_not_sent"),
    _point(18, "it dies connected, before “on the wire” is committed", "nothing, proven", "back into the queue",
           MATRIX, f"{DATABASE}bad_68_without_the_commit_of_on_wire_nothing_leaves"),
    _point(19, "nobody knows whether that was committed", "nothing", "nothing is sent; closed after the fence",
           MATRIX),
    _point(20, "it dies after it, before the first byte", "nothing, unproven", "closed after the fence", MATRIX),
    _point(21, "it is frozen there and wakes later", "nothing, or late", "the deadline; the fence",
           MATRIX, f"{LINES}one_who_wakes_after_the_deadline_sends_nothing"),
    _point(22, "it dies in the middle of the body", "probably nothing", "looked up", MATRIX),
    _point(23, "it dies after the last byte", "probably done", "found", MATRIX),
    _point(24, "no answer comes", "either", "looked up", MATRIX, f"{LINES}a_write_without_a_whole_answer_is_unknown"),
    _point(25, "the line ends before the answer", "either", "looked up",
           MATRIX, f"{ANSWERS}a_lost_answer_is_looked_up_and_never_sent_again"),
    _point(26, "the answer is garbage", "either", "looked up",
           f"{ANSWERS}a_lost_answer_is_looked_up_and_never_sent_again",
           f"{LINES}a_write_without_a_whole_answer_is_unknown"),
    _point(27, "a yes that cannot be read to its id", "done, or contradictory", "looked up for the id",
           "bad/test_answers.py::test_bad_50_an_unusual_success_is_read_as_far_as_it_goes",
           f"{LINES}a_lost_2xx_keeps_its_status_for_the_ledger"),
    _point(28, "it dies with the answer in memory", "done", "found", MATRIX),
    _point(29, "the database is away when the answer comes", "done", "kept on disk, recorded by the sweep",
           MATRIX, f"{DATABASE}an_answer_that_comes_while_the_database_is_away_is_kept_and_recorded",
           "test_spool.py::test_a_yes_that_could_not_be_recorded_is_kept_and_recorded_by_the_next_sweep"),
    _point(30, "nobody knows whether the outcome was committed", "done", "read again, repeated", MATRIX),
    _point(31, "the answer comes after the sweep gave it up", "done", "believed, of the same claim alone",
           MATRIX, "test_spool.py::test_it_settles_what_the_sweep_has_given_up_meanwhile"),
    _point(32, "it dies after recording", "done", "nothing is left to take", MATRIX),
    _point(33, "a look-up or a sweep dies", "as it was", "the next one goes on", MATRIX),
    _point(34, "a listing lags behind", "done", "looked at again, until after the fence",
           MATRIX, f"{ANSWERS}a_lagging_listing_is_looked_at_again"),
    _point(35, "found twice", "doubled", "conflict: one can be deleted before it goes out",
           "bad/test_answers.py::test_bad_62_the_same_marker_twice_is_a_conflict_that_offers_to_delete_one"),
    _point(36, "a page misses the news", "as it was", "it asks again; nothing hangs on it",
           MATRIX, f"{PRESSING}43_after_a_lost_line_the_page_finds_the_operation_and_never_says_failed"),
    _point(37, "the audit entry cannot be written", "as it was", "neither the entry nor the move",
           MATRIX, f"{OWN}an_audit_entry_that_cannot_be_written_stops_what_it_is_about"),
    _point(38, "an older backup is restored", "done, and the row is gone", "nothing goes out until it is adopted",
           "test_restore_drill.py::test_after_a_restore_nothing_is_sent_twice"),
    _point(39, "two versions run side by side", "as it was", "the bytes are frozen; unknown states are left alone",
           f"{OWN}a_new_version_sends_the_bytes_that_the_old_one_froze",
           f"{OWN}a_state_that_only_a_newer_version_knows_is_left_alone"),
    _point(40, "undo and start at the same moment", "started", "too late, never “deleted”",
           "test_relay_undo.py::test_after_the_start_it_is_too_late_and_never_called_deleted"),
)  # fmt: skip


def table() -> str:
    """As docs/reliability.md shows it."""
    lines = ["| # | What breaks | Truth at the provider | What happens then | Failpoints | Other tests |",
             "|---|---|---|---|---|---|"]  # fmt: skip
    for point in POINTS:
        points = ", ".join(f"`{name}`" for name in point.failpoints) if MATRIX in point.tests else ""
        tests = ", ".join(sorted({f"`{test.partition('::')[0]}`" for test in point.tests if test != MATRIX}))
        lines.append(f"| {point.number} | {point.what} | {point.truth} | {point.recovery} | {points} | {tests} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())  # noqa: T201
