"""Whether what two people wrote at the same time may be put together without asking them."""

from experiments.forms.conflicts import PLAN_LABELS, Version, differences, merged
from experiments.forms.editors import editor_of
from experiments.providers import document as document_module
from experiments.providers.shapes import Problem

type Unit = tuple[str, ...]


def merged_alone(base: Version, theirs: Version, mine: Version) -> Version | None:
    """Their version with my changes, where nobody has to be asked; None where somebody has to.

    Different places are not enough. Two weights, two halves of one message or an audience and its platforms are read
    as one thing, so a mixture of them would be something that neither person has seen. It is only done where each
    wrote in parts of the test that the other did not touch, and every text could be read.
    """
    if any(base.plan.get("unparsed") != version.plan.get("unparsed") for version in (theirs, mine)):
        return None
    apart = differences(theirs, theirs, mine)
    if not apart or _units(base, mine, theirs) & _units(base, theirs, mine):
        return None
    return merged(base, theirs, mine)


def _units(base: Version, changed: Version, other: Version) -> set[Unit]:
    """The parts in which `changed` differs from both: from where it began, and from the other version."""
    since, between = _places(base, changed), _places(other, changed)
    return {_unit(place, base.provider) for place in since if any(_touch(place, also) for also in between)}


def _places(before: Version, after: Version) -> set[str]:
    found = document_module(before.provider).difference(before.document, after.document)
    return {pointer for pointer, _, _ in found} | {
        f"plan/{key}" for key in PLAN_LABELS if before.plan.get(key) != after.plan.get(key)
    }


def _touch(one: str, other: str) -> bool:
    return one == other or one.startswith(f"{other}/") or other.startswith(f"{one}/")


def _unit(place: str, provider: str) -> Unit:
    """A part of the test that is read as one thing: a variant, the split, the audience, the moment; else the place."""
    if place == "plan/when":
        return ("when",)
    if place.startswith("plan/"):
        return (place,)
    found = editor_of(provider).locate(Problem(place, ""))
    if found.step == "goal":
        return (place,)
    if found.step == "variants":
        return (found.step, "" if found.position is None else str(found.position))
    return (found.step,)
