"""Everything the vendor does not document, as named switches with a default: nobody may rely on either position.

A switch is a choice between words (the first is the default) or a number, set for all app keys or for one.
What the vendor's OpenAPI document settles has no switch, or has the documented behaviour as its default.
Airship's stand here, Qonversion's in sandbox/qonversion/choices.py; no name is used by both.
"""

from collections.abc import Mapping

from sandbox.qonversion import choices as qonversion

CHOICES: Mapping[str, tuple[str, ...]] = {
    # what a request may hold
    "past_schedule": ("reject", "accept"),
    "past_local_schedule": ("accept", "reject"),  # passed in some zones; passed in all is past_schedule
    "mixed_schedules": ("reject", "accept"),  # some variants with, some without; accepted ones start at once
    "different_schedules": ("accept", "reject"),
    "local_scheduled_time": ("accept", "reject"),
    "best_time": ("accept", "reject"),
    "recurring": ("reject", "accept"),
    "fractional_seconds": ("reject", "accept"),
    "device_types_all": ("reject", "accept"),
    "duplicate_device_types": ("accept", "reject"),
    "wns": ("reject", "accept"),
    "payload_for_unlisted_device_type": ("accept", "reject"),
    "weight_zero": ("reject", "accept"),
    "weight_negative": ("reject", "accept"),
    "weight_fraction": ("reject", "accept"),
    "weight_text": ("reject", "accept"),
    "control_zero": ("accept", "reject"),
    "control_one": ("reject", "accept"),
    "message_center": ("reject", "accept"),
    "push_extras": ("reject", "accept"),  # campaigns, localizations, global_attributes inside variant.push
    "experiment_extras": ("reject", "accept"),  # orchestration, message_type: known to the Java client alone
    "redact_payload": ("reject", "accept"),
    "unsubscribe_link": ("optional", "required"),  # in a commercial e-mail
    "response_only_fields": ("reject", "ignore"),
    "duplicate_names": ("accept", "reject"),
    "duplicate_keys": ("accept", "reject"),  # accepted: the last one wins
    "subscription_lists": ("reject", "accept"),  # the Python client's name for subscription_list
    "legacy_selectors": ("reject", "accept"),
    "triggered": ("reject", "accept"),
    "all_inside_operators": ("reject", "accept"),
    "not_with_list": ("accept", "reject"),
    "selector_ids": ("uuid", "any"),  # segments and channels
    "wrong_content_type": ("400", "415", "accept"),
    # how requests are answered
    "scheduled_push_id": ("present", "absent"),
    "scheduled_in_listing": ("no", "yes"),
    "scheduled_listing_push_id": ("absent", "present"),
    "scheduled_listing_created_at": ("absent", "present"),
    "lookup_created_at": ("present", "absent"),
    "deleted_in_listing": ("no", "yes"),
    "deleted_in_lookup": ("no", "yes"),
    "second_delete": ("404", "200"),
    "description": ("unchanged", "cut", "dropped"),  # in listings and lookup; cut at description_cut characters
    "ok_type": ("boolean", "string"),
    "non_uuid_id": ("404", "400"),
    "page_out_of_range": ("400", "clamp"),
    "path_notation": ("dot", "bracket", "pointer"),
    "location_header": ("absolute", "relative", "absent"),
    "content_type": ("json", "vendor"),
    "bearer_status": ("401", "403"),
    "created_at_zone": ("absent", "z"),
    "schedule_echo": ("as_sent", "z"),
    "reads_add_defaults": ("no", "yes"),  # weight 1 and control 0, also where they were not sent
    # reports
    "report_unknown_push": ("404", "zeros"),
    "report_before_start": ("404", "zeros"),
    "report_unknown_variant": ("404", "400"),
    "report_variant_ids": ("one", "zero"),  # first number in /detail/{push}/{variant} and in "variant"
    "overview_variant_ids": ("one", "zero"),
    "overview_single_variant": ("array", "object"),
    "detail_indirect_key": ("none", "web", "android"),  # the platform that says indirect_ where others say influenced_
    "report_ok": ("absent", "present"),
    "unnamed_variant": ("absent", "letter", "empty"),
    "push_type": ("audience", "a_b"),
}

NUMBERS: Mapping[str, float] = {
    "description_cut": 255,  # characters kept by description=cut
    "name_limit": 0,  # characters, 0 = none
    "description_limit": 0,  # characters, 0 = none; longer ones are refused
    "maximum_lead_days": 0,  # 0 = none
    "listing_lag_seconds": 0,  # a new experiment stays out of both listings this long
    "ios_limit": 4096,  # bytes
    "android_limit": 4096,
    "web_limit": 4096,
    "amazon_limit": 0,
    "email_limit": 102400,  # bytes of each body
    "body_limit": 5 * 1024 * 1024,  # bytes of a request, answered with 413
}

ALL_CHOICES = {**CHOICES, **qonversion.CHOICES}
ALL_NUMBERS = {**NUMBERS, **qonversion.NUMBERS}

type Value = str | float


class UnknownSwitch(ValueError):
    """No such switch, or not one of its positions."""


def default(name: str) -> Value:
    if name in ALL_CHOICES:
        return ALL_CHOICES[name][0]
    if name in ALL_NUMBERS:
        return ALL_NUMBERS[name]
    raise UnknownSwitch(f"there is no switch {name!r}")


def checked(name: str, value: object) -> Value:
    """`value` as a position of the switch. Raises UnknownSwitch."""
    if name in ALL_CHOICES:
        word = str(value)
        if word not in ALL_CHOICES[name]:
            raise UnknownSwitch(f"{name} is one of {', '.join(ALL_CHOICES[name])}, not {word!r}")
        return word
    default(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise UnknownSwitch(f"{name} is a number from 0, not {value!r}")
    return value


class Switches:
    """The positions as one app key sees them: its own, else the common ones, else the defaults."""

    def __init__(self, positions: Mapping[str, Value] | None = None) -> None:
        self.positions = dict(positions or {})

    def word(self, name: str) -> str:
        return str(self.positions.get(name, ALL_CHOICES[name][0]))

    def number(self, name: str) -> float:
        return float(self.positions.get(name, ALL_NUMBERS[name]))

    def accepts(self, name: str) -> bool:
        return self.word(name) == "accept"

    def all(self) -> dict[str, Value]:
        return {name: self.positions.get(name, default(name)) for name in (*ALL_CHOICES, *ALL_NUMBERS)}
