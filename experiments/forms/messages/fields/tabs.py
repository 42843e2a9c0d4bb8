"""Which fields stand on which tab, and which field is for a place."""

from collections.abc import Iterator
from functools import cache

from experiments.forms.messages.fields import apps, everywhere, others
from experiments.forms.messages.fields.field import Field, Group
from experiments.providers.airship.wording import PLATFORMS, escape, platform_name, steps

_GROUPS: dict[str, tuple[Group, ...]] = {
    "": everywhere.GROUPS,
    "ios": apps.IOS,
    "android": apps.ANDROID,
    "amazon": apps.AMAZON,
    "web": others.WEB,
    "email": others.EMAIL,
    "sms": others.SMS,
    "mms": others.MMS,
}
_MAIN = {"": "alert", "email": "subject", "mms": "fallback_text"}
# Kinds that hold all that is below their place.
_WHOLE = frozenset({"texts", "text_or_texts", "ids", "pairs", "json"})


@cache
def groups_of(platform: str) -> tuple[Group, ...]:
    """The groups of one platform's tab; "" is the tab for all of them. None for a platform without a form."""
    return others.open_channel(platform) if platform.startswith("open::") else _GROUPS.get(platform, ())


@cache
def fields_of(platform: str) -> tuple[Field, ...]:
    return tuple(field for group in groups_of(platform) for field in group.fields)


def has_form(platform: str) -> bool:
    return bool(groups_of(platform))


def platform_at(path: str) -> str:
    """The tab for a place below the variant: "ios" for "push/notification/ios/title"."""
    inner = steps(f"/{path}")
    is_own = inner[:2] == ["push", "notification"] and len(inner) > 2
    return inner[2] if is_own and (inner[2] in PLATFORMS or inner[2].startswith("open::")) else ""


@cache
def _by_path(platform: str) -> dict[str, Field]:
    return {field.path: field for field in fields_of(platform)}


def field_at(path: str) -> Field | None:
    """The field for a place below the variant, whichever tab it is on."""
    return _by_path(platform_at(path)).get(path)


def main_field(platform: str) -> Field:
    """The field that stands for the platform's message as a whole."""
    place = f"push/notification/{escape(platform)}" if platform else "push/notification"
    return _by_path(platform)[f"{place}/{_MAIN.get(platform, 'alert')}"]


def nearest_field(path: str) -> Field | None:
    """The field that shows a place: its own, one that holds what is around it, or the first of what is in it."""
    platform = platform_at(path)
    if not has_form(platform):
        return None
    whole = f"push/notification/{escape(platform)}" if platform else "push/notification"
    if path == whole:
        return main_field(platform)
    own = field_at(path) or next((field for field in _around(path) if field is not None), None)
    return own or next((field for field in fields_of(platform) if field.path.startswith(f"{path}/")), None)


def _around(path: str) -> Iterator[Field | None]:
    parent, _, last = path.rpartition("/")
    around = field_at(parent)
    if around is not None and around.inner:
        yield around if around.inner == last else None
    while parent:
        around = field_at(parent)
        yield around if around is not None and around.kind in _WHOLE else None
        parent = parent.rpartition("/")[0]


def tab_name(platform: str) -> str:
    """ "Web" for "web", "iOS" for "ios", "All platforms" for ""."""
    if not platform:
        return "All platforms"
    name = platform_name(platform)
    return name[0].upper() + name[1:] if name.islower() and not platform.startswith(("ios", "open::")) else name
