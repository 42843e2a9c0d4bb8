"""What will happen, in one plain sentence, before it happens. It never invents a number of people."""

from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.utils import timezone

from experiments import providers, words
from experiments.forms.moments import date_words
from experiments.models import Operation, Revision
from experiments.providers.airship.times import best_day_of, local_time_of
from experiments.providers.names import plainly
from experiments.providers.shapes import Json
from experiments.relay import mode_of

IDENTICAL = {"variants_identical", "groups_identical"}  # codes of problems


@dataclass(frozen=True)
class Phrase:
    text: str
    is_bold: bool = False


@dataclass(frozen=True)
class Announcement:
    """The sentence in pieces, and what its reader has to type before the button works."""

    phrases: tuple[Phrase, ...]
    is_to_everybody: bool
    is_immediate: bool
    fence_at: datetime | None
    same: str = ""  # which variants are one and the same, where some are

    def __str__(self) -> str:
        return "".join(phrase.text for phrase in self.phrases)


def announce(revision: Revision, check: Operation | None, zone: ZoneInfo) -> Announcement:
    """Of a draft's newest version; with its check, of the very bytes that were checked."""
    provider = revision.draft.provider
    if providers.PROVIDERS[provider].is_staged:
        return _announce_draft(revision, check)
    document_of, label = providers.document(provider), providers.PROVIDERS[provider].label
    document = check.document if check else revision.document
    mode = mode_of(revision)
    fence_at = check.fence_at if check else document_of.scheduled_at(document)
    phrases = [
        *_when(mode, fence_at, zone, document),
        Phrase(f", {label} will send "),
        Phrase(words.count(len(document.get("variants") or []), "variant"), True),
        Phrase(f" of “{_name(revision)}” to "),
        Phrase(plainly(document_of.audience_sentence(document.get("audience"))), True),
        Phrase(f" on {document_of.platform_sentence(document.get('device_types') or [])}. "),
        *_holdout(document),
        *_no_undo(mode, fence_at, document),
        Phrase("Once it has gone out, "),
        Phrase("nobody can take it back", True),
        Phrase("."),
    ]
    return Announcement(
        phrases=tuple(phrases),
        is_to_everybody=document_of.is_everybody(document.get("audience")),
        is_immediate=mode == "now",
        fence_at=fence_at,
        same=_same(provider, document),
    )


def _announce_draft(revision: Revision, check: Operation | None) -> Announcement:
    """Of a test that lands as a draft at its provider and reaches people only when somebody starts it."""
    provider = providers.PROVIDERS[revision.draft.provider]
    document_of = providers.document(provider.code)
    document = check.document if check else revision.document
    phrases = (
        Phrase(f"{provider.label} will hold “{_name(revision)}” with "),
        Phrase(words.count(len(document_of.variants_of(document)), provider.variant_word), True),
        Phrase(", not started", True),
        Phrase(". "),
        Phrase("Nobody sees it", True),
        Phrase(" until somebody starts it, which is a step of its own."),
    )
    same = _same(provider.code, document)
    return Announcement(phrases, is_to_everybody=False, is_immediate=False, fence_at=None, same=same)


def _name(revision: Revision) -> str:
    """Nothing in a name may turn the sentence around it: hidden characters are written as their numbers."""
    return plainly(str(revision.document.get("name") or "Untitled test"))


def _same(provider: str, document: Json) -> str:
    """A test of two equal variants may be meant, as a test of the test; more often it is a slip."""
    found = providers.document(provider).find_problems(document, now=timezone.now())
    return " ".join(problem.message for problem in found if problem.code in IDENTICAL)


def _when(mode: str, fence_at: datetime | None, zone: ZoneInfo, document: Json) -> list[Phrase]:
    if mode == "now":
        return [Phrase("The moment you confirm", True)]
    if fence_at:
        local = fence_at.astimezone(zone)
        return [
            Phrase("On "),
            Phrase(f"{local:%A} {local.day} {local:%B} at {local:%H:%M} {words.zone_words(zone)}", True),
        ]
    if mode == "soon":
        return [Phrase("A few minutes after you confirm", True)]
    if at := local_time_of(document):
        return [Phrase("At "), Phrase(f"{at:%H:%M} on {date_words(at)} where each person is", True)]
    if day := best_day_of(document):
        date = date_words(datetime.combine(day, time()))
        return [Phrase("On "), Phrase(f"{date} at the best time for each", True)]
    return [Phrase("At the times that the test itself gives, which may differ from person to person", True)]


def _no_undo(mode: str, fence_at: datetime | None, document: Json) -> list[Phrase]:
    """Of what goes out at each person's own time: only one moment for all has a countdown and refuses a late copy."""
    if fence_at or mode in ("now", "soon"):
        return []
    how = "It takes about 26 hours, from the first time zone to the last. " if local_time_of(document) else ""
    return [Phrase(how), Phrase("There is no Undo", True), Phrase(" for it, and a late copy would not be refused. ")]


def _holdout(document: Json) -> list[Phrase]:
    control = document.get("control")
    if not isinstance(control, int | float) or not control:
        return []
    return [
        Phrase(f"{control * 100:g} in 100", True),
        Phrase(" get nothing, so that you can see what happens anyway. "),
    ]
