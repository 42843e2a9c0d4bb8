"""Everything Qonversion does not document, or documents in two ways, as switches (sandbox/switches.py).

The first word is the default. Where an earlier and a later copy of the vendor's pages disagree, the later one is it.
"""

from collections.abc import Mapping

REFUSALS = ("409", "422", "400")

CHOICES: Mapping[str, tuple[str, ...]] = {
    # keys and addresses
    "project_key": ("401", "403"),  # a key of the right project, but not a secret one
    "permissions": ("all", "read", "none"),  # what the key may do; the rest is answered with 403
    "unknown_path": ("404", "400"),
    "wrong_method": ("405", "404"),
    "illegal_id": ("404", "400"),  # characters or a length that no id has
    "alias_as_id": ("no", "yes"),  # an alias in the place of an experiment's id
    "unknown_query": ("ignore", "400"),  # parameters that no page lists
    # what a request may hold
    "other_content_type": ("accept", "415", "400"),
    "malformed_json": ("invalid_data", "invalid_content"),  # the code of the 400
    "unknown_fields": ("ignore", "reject"),
    "null_on_create": ("reject", "accept"),  # for description, which only the page of PATCH calls nullable
    "empty_name": ("reject", "accept"),
    "alias_length": ("64", "256"),  # later and earlier copy
    "alias_taken": ("409", "400", "422", "accept"),
    "deleted_alias": ("free", "taken"),
    "alias_change": ("ignore", "400", "409", "422", "accept"),  # PATCH lists it, a description calls it immutable
    "empty_patch": ("200", "400"),
    "segment_percent_beyond_100": ("reject", "accept"),
    "segment_percent_fraction": ("accept", "reject"),
    "goal_value_negative": ("accept", "reject"),
    "metric_names": ("any", "known"),
    "hyphenated_metric": ("reject", "accept", "convert"),
    "goal_directions": ("any", "known"),  # known: increase and decrease
    "group_weight_zero": ("accept", "reject"),
    "group_weight_negative": ("reject", "accept"),
    "group_weight_fraction": ("accept", "reject"),
    "unknown_remote_config": ("accept", "422", "404", "400"),  # the sandbox knows those that are UUIDs
    # what a new one looks like
    "initial_status": ("draft", "paused"),
    "default_description": ("empty", "null", "absent"),
    "default_segment_percent": ("null", "100"),
    "default_context_key": ("empty", "absent"),
    "default_is_context_specific": ("false", "absent"),
    "default_group_name": ("null", "numbered"),
    "default_is_control": ("false", "first"),  # first: true for the first group
    # status
    "same_status": ("accept", *REFUSALS),
    "paused_to_active": ("accept", *REFUSALS),
    "paused_to_finished": ("accept", *REFUSALS),
    "draft_to_paused": ("409", "422", "400", "accept"),
    "draft_to_finished": ("409", "422", "400", "accept"),
    "finished_to_active": ("409", "422", "400", "accept"),
    "finished_to_paused": ("409", "422", "400", "accept"),
    "to_draft": ("409", "422", "400", "accept"),
    "start_needs_groups": ("none", "one", "two"),
    "start_needs_control": ("no", "yes"),
    "start_needs_weight": ("no", "yes"),  # weights that come to more than 0
    "start_needs_segment": ("no", "yes"),  # segment_percent above 0
    "start_refusal": REFUSALS,
    "started_at_again": ("kept", "renewed"),  # on the way from paused or finished to active
    "finished_at_again": ("cleared", "kept"),  # on the way from finished to another
    "paused_segment_percent": ("kept", "zero"),
    # what may be changed when
    "edit_active": ("accept", *REFUSALS),
    "edit_paused": ("accept", *REFUSALS),
    "edit_finished": ("409", "422", "400", "accept"),
    "edit_groups_after_start": ("accept", *REFUSALS),
    "second_control": ("accept", "409", "422", "400", "replace"),
    "delete_last_group": ("accept", *REFUSALS),
    "delete_control_group": ("accept", *REFUSALS),
    "delete_active": ("accept", *REFUSALS),
    "repeated_delete": ("404", "204"),
    "attachments_of_deleted": ("freed", "kept"),
    # users
    "attach_group_id_length": ("64", "256"),  # later and earlier copy
    "attach_inactive": ("accept", *REFUSALS),  # to an experiment that is not active
    "attach_unknown_user": ("accept", "404", "422"),  # known are those that start QON_
    "attach_unknown_group": ("404", "422", "400"),
    "attach_foreign_group": ("404", "422", "409"),  # a group of another experiment
    "attach_again": ("accept", "409"),  # to the same group
    "attach_other_group": ("move", "409"),  # of the same experiment
    "attach_second_experiment": ("409", "other_context", "accept"),  # other_context: only where context keys differ
    "detach_stranger": ("404", "204"),
    # how requests are answered
    "create_answer": ("201", "200"),
    "created_location": ("relative", "absolute", "absent"),
    "change_answer": ("200", "201"),
    "status_answer": ("200", "201"),
    "group_delete_answer": ("204", "200"),
    "attach_answer": ("204", "200", "201"),  # 200 and 201 come with an empty JSON object
    "detach_answer": ("204", "200"),
    "alias_in_answers": ("present", "absent"),  # later and earlier copy
    "offering_fields": ("null", "typed", "absent"),  # the later copy types them, without null; the earlier has none
    "status_words": ("active", "running"),  # running: draft, running, paused, stopped of an earlier overview
    "unknown_status": ("no", "yes"),  # yes: finished ones are shown as archived
    "extra_fields": ("absent", "present"),
    "sparse_answers": ("no", "yes"),  # yes: what is null is left out
    "time_form": ("z", "offset", "fraction"),
    "request_id_header": ("absent", "present"),
    "error_form": ("full", "without_type", "digits"),  # digits: without type, and the code is a string of digits
    "conflict_error": ("conflict", "already_exists", "logical"),  # code and type of a 409 that is no duplicate
    "idempotency_key": ("ignore", "honour"),
    "rate_limit_header": ("absent", "retry_after"),
    # lists
    "list_order": ("newest", "oldest"),
    "list_paging": ("none", "cursor"),
    "next_cursor": ("when_more", "always", "never"),  # with list_paging=cursor
    "unknown_cursor": ("restart", "400"),
    "page_limit_out_of_range": ("400", "clamp"),
    "finished_in_list": ("yes", "no"),
    "deleted_in_list": ("no", "yes"),
    # summary
    "summary_filter": ("required", "optional"),  # later and earlier copy; optional: without it, all
    "summary_unknown": ("omit", "404", "400"),
    "summary_repeated": ("once", "twice"),
    "summary_metric": ("hyphens", "underscores"),
    "summary_unset_time": ("zero", "null"),  # finished_at of what is not finished
    "summary_figures": ("in_groups", "beside_groups", "absent"),
}

NUMBERS: Mapping[str, float] = {
    "name_length": 0,  # characters, 0 = no limit
    "description_length": 0,  # characters, 0 = no limit
    "page_length": 20,  # rows, with list_paging=cursor and without limit
    "list_lag_seconds": 0,  # a new experiment stays out of the list this long
    "summary_uids": 50,  # how many one call may name
    "summary_delay_seconds": 0,  # how old the figures are
    "requests_per_minute": 0,  # by key, 0 = no limit; more are answered with 429
    "largest_body": 1024 * 1024,  # bytes, answered with 413
}
