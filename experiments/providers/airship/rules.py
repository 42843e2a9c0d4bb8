"""What Airship's OpenAPI says in words only, and what Splitdesk asks besides: one list of small rules about the test.

Each rule takes the document and yields problems; its docstring ends with its source. OpenAPI means the document that
Airship publishes; reference of 2015 means its API v3 reference of that year; own means Splitdesk's own decision. Where
no source says that Airship refuses something, the rule mostly warns: Airship's own check decides. Rules about one
message are in message_rules.py.
"""

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from experiments.providers.airship.comparing import differs_in_more_than_one_thing, reads_the_same_when_cut
from experiments.providers.airship.grammar import find_audience_problems
from experiments.providers.airship.single_variant import find_markers, find_nulls, judged, without_variants
from experiments.providers.airship.times import best_day_trouble, has_offset, parse_moment
from experiments.providers.airship.variants import MOST_VARIANTS, SET_BY_AIRSHIP, variant_letter, variants_of
from experiments.providers.airship.wording import PLATFORMS, owner, subject
from experiments.providers.names import find_name_problems
from experiments.providers.shapes import LAST_MOMENT, Json, Problem
from experiments.providers.text import is_unseen as is_unseen

LONGEST_NAME = 255
_LARGEST_WEIGHT = 2**31 - 1
_FAR_AHEAD = timedelta(days=366)
_TIME_KINDS = ("scheduled_time", "local_scheduled_time", "best_time")

# Codes of what is only not written yet: a new draft is not shouted at for them.
MISSING = frozenset(
    {"missing", "name_missing", "audience_missing", "device_types_missing", "variants_missing"}
    | {"message_missing", "text_empty", "payload_missing", "email_field_missing", "mms_field_missing"}
)


@dataclass(frozen=True)
class Check:
    """What a rule may need besides the document. `now` is aware UTC; `zone` is the zone times are told in."""

    now: datetime
    lead: timedelta = timedelta(0)
    zone: tzinfo = UTC


def name_is_there(document: Json, check: Check) -> Iterator[Problem]:
    """A test has a name that can be read, on one line. Source: own; Airship does not ask for one."""
    name = document.get("name")
    if "name" not in document:
        message = "The test has no name. Airship takes it, but your team has nothing to know it by."
        yield Problem("/name", message, "name_absent", "warning")
    elif name is None or (isinstance(name, str) and is_unseen(name)):
        yield Problem("/name", "The test has no name. Give it one that your team will know it by.", "name_missing")
    elif isinstance(name, str):
        if any(unicodedata.category(character) in ("Cc", "Zl", "Zp") for character in name):
            yield Problem("/name", "The name must be one line without control characters.", "name_lines")
        if len(name) > LONGEST_NAME:
            message = f"The name has {len(name):,} characters; {LONGEST_NAME} are the most."
            yield Problem("/name", message, "name_too_long")


def names_show_what_they_are(document: Json, check: Check) -> Iterator[Problem]:
    """Turned writing directions and letters that look alike make a name read otherwise than it is. Source: own."""
    yield from find_name_problems("/name", subject("/name"), document.get("name"))
    for position, variant in enumerate(variants_of(document)):
        if isinstance(variant, dict):
            pointer = f"/variants/{position}/name"
            yield from find_name_problems(pointer, subject(pointer), variant.get("name"))


def marker_is_ours(document: Json, check: Check) -> Iterator[Problem]:
    """Nobody writes what reads like our own reference: by it a lost test is found again. Source: own."""
    yield from find_markers(without_variants(document))
    for variant in judged(document):
        yield from variant.markers


def server_keys_are_left_out(document: Json, check: Check) -> Iterator[Problem]:
    """Ids and the creation time are Airship's to give. Source: OpenAPI experimentObject, readOnly properties."""
    found = [f"/{key}" for key in SET_BY_AIRSHIP if key in document]
    for position, variant in enumerate(variants_of(document)):
        if isinstance(variant, dict) and "id" in variant:
            found.append(f"/variants/{position}/id")
    for pointer in found:
        yield Problem(pointer, f"Airship sets “{pointer.rsplit('/', 1)[1]}” itself. Delete it here.", "set_by_airship")


def nothing_is_null(document: Json, check: Check) -> Iterator[Problem]:
    """A key without a value is left out. Source: OpenAPI, no type of these is nullable but some of an iOS alert."""
    yield from find_nulls(without_variants(document))
    for variant in judged(document):
        yield from variant.nulls


def audience_is_chosen(document: Json, check: Check) -> Iterator[Problem]:
    """There is an audience, and it follows the grammar. Source: OpenAPI experimentObject, audienceSelector1000."""
    audience = document.get("audience")
    if audience is None or audience == {} or audience == "":
        yield Problem("/audience", "The test has no audience. Choose who may get it.", "audience_missing")
    else:
        yield from find_audience_problems(audience, document.get("device_types"))


def platforms_are_known(document: Json, check: Check) -> Iterator[Problem]:
    """One or more platforms, each once, each one that Airship has. Source: OpenAPI deviceTypesSelector."""
    device_types = document.get("device_types")
    if device_types is None or device_types == []:
        yield Problem("/device_types", "The test has no platform. Choose at least one.", "device_types_missing")
    if isinstance(device_types, str):
        message = 'The platforms must be a list, such as ["ios", "android"]; “all” is no longer one.'
        yield Problem("/device_types", message, "device_types_form")
    if not isinstance(device_types, list):
        return
    seen: set[str] = set()
    for position, name in enumerate(device_types):
        pointer = f"/device_types/{position}"
        if not isinstance(name, str):
            continue
        if name not in PLATFORMS and not (name.startswith("open::") and name.removeprefix("open::").strip()):
            known = ", ".join([*PLATFORMS, "open::name"])
            yield Problem(pointer, f"Airship has no platform “{name}”. There are: {known}.", "device_type_unknown")
        elif name in seen:
            yield Problem(pointer, f"The platform “{name}” stands twice. Delete one.", "device_type_double")
        seen.add(name)


def number_of_variants(document: Json, check: Check) -> Iterator[Problem]:
    """1 to 26 variants. Source: OpenAPI experimentObject.variants."""
    variants = document.get("variants")
    if variants is None or variants == []:
        message = f"The test has no variant. It needs 1 to {MOST_VARIANTS}."
        yield Problem("/variants", message, "variants_missing")
    elif isinstance(variants, list) and len(variants) > MOST_VARIANTS:
        excess = len(variants) - MOST_VARIANTS
        message = f"The test has {len(variants)} variants; {MOST_VARIANTS} are the most. Remove {excess}."
        yield Problem("/variants", message, "variants_too_many")
    elif isinstance(variants, list) and len(variants) == 1 and not document.get("control"):
        message = "There is one variant and no holdout, so nothing is compared."
        yield Problem("/variants", message, "nothing_to_compare", "warning")


def variants_differ(document: Json, check: Check) -> Iterator[Problem]:
    """Two variants with the same message and time compare nothing. Source: own."""
    first_with: dict[str, int] = {}
    for position, variant in enumerate(judged(document)):
        first = first_with.setdefault(variant.content, position) if variant.content else position
        if first != position:
            message = f"Variant {variant_letter(position)} says the same as variant {variant_letter(first)}."
            yield Problem(f"/variants/{position}", message, "variants_identical", "warning")


def weights_are_proportions(document: Json, check: Check) -> Iterator[Problem]:
    """Weights are whole numbers from 1 on. Source: OpenAPI variant.weight integer; from 1 on: own."""
    for position, variant in enumerate(variants_of(document)):
        weight = variant.get("weight", 1) if isinstance(variant, dict) else 1
        whose = f"Variant {variant_letter(position)}’s weight"
        pointer = f"/variants/{position}/weight"
        explained = "Weights are proportions: 3 and 1 give three quarters and one quarter."
        if type(weight) is not int:
            yield Problem(pointer, f"{whose} must be a whole number such as 1 or 3. {explained}", "weight_not_whole")
        elif weight < 1:
            message = f"{whose} is {weight}. It must be 1 or more; remove the variant if nobody is to get it."
            yield Problem(pointer, message, "weight_too_small")
        elif weight > _LARGEST_WEIGHT:
            yield Problem(pointer, f"{whose} is too large. {explained}", "weight_too_large")


def holdout_leaves_somebody(document: Json, check: Check) -> Iterator[Problem]:
    """The holdout is a share from 0 to below 1. Source: OpenAPI control; Airship's guide to legacy A/B tests."""
    control = document.get("control")
    if control is None:
        return
    if isinstance(control, str) and "," in control:
        message = f"The holdout “{control}” has a comma. Write it with a point: {control.replace(',', '.')}."
        yield Problem("/control", message, "control_comma")
    elif isinstance(control, bool) or not isinstance(control, int | float):
        yield Problem("/control", "The holdout must be a number such as 0.1 for 10 %.", "control_not_number")
    elif not 0 <= control < 1:
        message = f"The holdout is {control}. It must be 0 or more and less than 1; 0.1 means 10 % get nothing."
        yield Problem("/control", message, "control_range")


def all_variants_are_scheduled_or_none(document: Json, check: Check) -> Iterator[Problem]:
    """Either every variant has a time or none has. Source: own; not documented."""
    variants = [variant for variant in variants_of(document) if isinstance(variant, dict)]
    without = [position for position, variant in enumerate(variants) if not variant.get("schedule")]
    if without and len(without) < len(variants):
        for position in without:
            message = f"Variant {variant_letter(position)} has no time, but others have. Give all of them one, or none."
            yield Problem(f"/variants/{position}/schedule", message, "schedule_mixed")


def times_can_be_kept(document: Json, check: Check) -> Iterator[Problem]:
    """One kind of time, in UTC, not past, not too near. Source: OpenAPI scheduleSpec; lead: own."""
    for position, variant in enumerate(variants_of(document)):
        schedule = variant.get("schedule") if isinstance(variant, dict) else None
        if not isinstance(schedule, dict):
            continue
        pointer = f"/variants/{position}/schedule"
        kinds = [kind for kind in _TIME_KINDS if kind in schedule]
        if len(kinds) != 1:
            words = "two kinds of time" if kinds else "a schedule without a time"
            message = f"Variant {variant_letter(position)} has {words}. Choose one moment for it."
            yield Problem(pointer, message, "schedule_kinds")
        elif kinds == ["best_time"]:
            yield _unfenced(f"{pointer}/best_time", "at the best hour for each person")
            if trouble := best_day_trouble(schedule["best_time"], check.now):
                yield Problem(f"{pointer}/best_time/send_date", *trouble)
        else:
            yield from _find_time_problems(schedule[kinds[0]], f"{pointer}/{kinds[0]}", kinds[0], check)


def _unfenced(pointer: str, how: str) -> Problem:
    message = f"{owner(pointer)} goes out {how}, not at one moment. A copy that arrives late would not be refused."
    return Problem(pointer, message, "unfenced", "warning")


def _find_time_problems(text: object, pointer: str, kind: str, check: Check) -> Iterator[Problem]:
    whose = subject(pointer)
    moment = parse_moment(text)
    if not isinstance(text, str) or not text.strip():
        yield Problem(pointer, f"{whose} is empty. Choose one.", "schedule_empty")
    elif moment is None and has_offset(text):
        yield Problem(
            pointer, f"{whose} has an offset. Airship takes UTC only: 2026-10-29T06:30:00.", "schedule_offset"
        )
    elif moment is None:
        message = f"{whose} “{text}” does not exist. Write it as 2026-10-29T06:30:00, in UTC."
        yield Problem(pointer, message, "schedule_form")
    elif kind == "local_scheduled_time":
        yield _unfenced(pointer, "at each person’s own clock time")
        if moment < check.now - timedelta(hours=12):  # past even where the day is still the youngest
            yield Problem(
                pointer, f"{_clock(moment, check, UTC)} has passed everywhere. Pick a later time.", "schedule_past"
            )
    elif moment <= check.now:
        yield Problem(pointer, f"{_clock(moment, check)} has passed. Pick a later time.", "schedule_past")
    elif moment < check.now + check.lead:
        earliest = _clock(check.now + check.lead, check)
        message = f"{_clock(moment, check)} is too near to be taken back. Pick {earliest} or later."
        yield Problem(pointer, message, "schedule_near")
    elif moment > LAST_MOMENT:
        message = f"{whose} “{text}” is where the calendar ends. Pick an earlier time."
        yield Problem(pointer, message, "schedule_form")
    elif moment > check.now + _FAR_AHEAD:
        message = f"{_clock(moment, check)} is more than a year ahead."
        yield Problem(pointer, message, "schedule_far", "warning")


def _clock(moment: datetime, check: Check, zone: tzinfo | None = None) -> str:
    """A moment in the words of the pages: "09:00 today", "09:00 on 29 October 2026"."""
    try:
        local = moment.astimezone(zone or check.zone)
    except OverflowError:  # the years 1 and 9999, east or west of Greenwich
        local = moment
    is_today = local.date() == check.now.astimezone(zone or check.zone).date()
    return f"{local:%H:%M} today" if is_today else f"{local:%H:%M} on {local.day} {local:%B} {local.year}"


def times_are_one_moment(document: Json, check: Check) -> Iterator[Problem]:
    """Variants at different moments have no common fence. Source: own: the schedule is the fence."""
    moments: dict[datetime, int] = {}
    for position, variant in enumerate(variants_of(document)):
        schedule = variant.get("schedule") if isinstance(variant, dict) else None
        moment = parse_moment(schedule.get("scheduled_time")) if isinstance(schedule, dict) else None
        if moment:
            moments.setdefault(moment, position)
    if len(moments) > 1:
        message = "The variants go out at different times, so the time decides as well as the message."
        yield Problem("/variants", message, "schedule_differs", "warning")


def each_message(document: Json, check: Check) -> Iterator[Problem]:
    """Every rule about one variant's message. Source: message_rules.py."""
    for variant in judged(document):
        yield from variant.message


type Rule = Callable[[Json, Check], Iterator[Problem]]

RULES: tuple[Rule, ...] = (
    name_is_there,
    names_show_what_they_are,
    marker_is_ours,
    server_keys_are_left_out,
    nothing_is_null,
    audience_is_chosen,
    platforms_are_known,
    number_of_variants,
    variants_differ,
    reads_the_same_when_cut,
    differs_in_more_than_one_thing,
    weights_are_proportions,
    holdout_leaves_somebody,
    all_variants_are_scheduled_or_none,
    times_can_be_kept,
    times_are_one_moment,
    each_message,
)
