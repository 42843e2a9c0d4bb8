"""How a test is drawn: its split as a bar, its state, its moments, and its row in the list.

A row is drawn in Python and kept, because a page has up to a hundred of them and most are the same on the next page
load. Everything a row shows is in the key, so a kept row is never an old one.
"""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from experiments import words
from experiments.models.listing import Row

register = template.Library()

NOTHING = SafeString("")
_NOBODY = uuid.UUID(int=0)


class Cells(NamedTuple):
    """All that a row of the list shows, ready to be drawn."""

    slug: str
    id: str
    is_draft: bool
    can_edit: bool
    name: str
    provider: str
    channels: str
    shares: str
    tags: str
    owner: str
    iso: str
    moment: str
    aside: str
    state: words.State


@register.simple_tag
def split_bar(shares: Sequence[dict[str, Any]], size: str = "") -> SafeString:
    """A split as SVG: `size` "big" writes the letters into it."""
    pieces = words.slices(shares)
    if not pieces:
        return NOTHING
    rects = format_html_join(
        "",
        '<rect class="v{}" x="{}%" width="{}%" height="100%"/>',
        ((piece.colour, _figure(piece.start), _figure(piece.percent)) for piece in pieces),
    )
    names = format_html_join("", '<text{} x="{}%" y="50%">{}</text>', _inscriptions(pieces)) if size else NOTHING
    return format_html(
        '<svg class="split{}" role="img" aria-label="{}">{}{}</svg>',
        f" {size}" if size else "",
        words.split_label(pieces),
        rects,
        names,
    )


def _inscriptions(pieces: Iterable[words.Slice]) -> Iterable[tuple[SafeString, str, str]]:
    for piece in pieces:
        percent = f"{words.number(piece.percent)}%"
        text = percent if piece.is_holdout else f"{piece.letter} {percent}"
        if piece.percent < 8:
            text = "" if piece.is_holdout else piece.letter
        styled = format_html(' class="{}"', "on-hold") if piece.is_holdout else NOTHING
        yield styled, _figure(piece.start + piece.percent / 2), text


def _figure(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")


@register.simple_tag
def split_text(shares: Sequence[dict[str, Any]]) -> str:
    return words.split_words(words.slices(shares))


@register.simple_tag
def state_mark(state: words.State, shape: str = "") -> SafeString:
    """A state as icon, word and tone; `shape` "pill" for heads."""
    return format_html(
        '<span class="state{}"{}><svg class="icon{}" aria-hidden="true"><use href="#i-{}"/></svg>{}</span>',
        f" {shape}" if shape else "",
        format_html(' data-tone="{}"', state.tone) if state.tone else NOTHING,
        " spin" if state.icon == "sending" else "",
        state.icon,
        state.word,
    )


@register.simple_tag
def ago(at: datetime | None, now: datetime | None = None) -> str:
    """ "2 min ago", "in 4 days 19 h"."""
    return words.relative(at, now or timezone.now()) if at else ""


def _iso(at: datetime) -> str:
    return f"{at.replace(microsecond=0, tzinfo=None).isoformat()}Z"  # much faster than strftime


# -- the list


def test_rows(rows: Iterable[Row], slug: str, zone: ZoneInfo, undo_window: int, can_edit: bool) -> SafeString:
    """The rows of a page of the list."""
    now, window = timezone.now(), timedelta(seconds=undo_window)
    drawn = ((_drawn(_cells(row, slug, zone, now, window, can_edit)),) for row in rows)
    return format_html_join("", "{}", drawn)


def _cells(row: Row, slug: str, zone: ZoneInfo, now: datetime, undo_window: timedelta, can_edit: bool) -> Cells:
    left = row.scheduled_at - now if row.scheduled_at else None
    state = words.state_of(
        row.status,
        row.provider,
        is_draft=bool(row.is_draft),
        needs_attention=bool(row.needs_attention),
        problems=row.problems,
        left=left,
        undo_window=undo_window,
        is_ours=bool(row.is_ours),
        is_gone=row.gone_at is not None,
        remote_status=row.remote_status,
    )
    at, said, aside = _when(row, state, zone, now)
    return Cells(
        slug=slug,
        id=row.id,
        is_draft=bool(row.is_draft),
        can_edit=can_edit,
        name=row.name,
        provider=row.provider,
        channels=row.channels,
        shares=row.shares,
        tags=row.tags,
        owner=row.owner,
        iso=_iso(at) if at else "",
        moment=said,
        aside=aside,
        state=state,
    )


def _when(row: Row, state: words.State, zone: ZoneInfo, now: datetime) -> tuple[datetime | None, str, str]:
    if row.status == "draft" and not row.is_draft:
        return None, "No time yet", f"changed {words.relative(row.updated_at, now)}"
    if row.status in ("running", "paused"):
        aside = f"changed {words.relative(row.updated_at, now)}"
        if row.status == "running":
            aside = f"for {words.span(now - row.when_at)}"
        return row.when_at, f"Since {words.day(row.when_at, zone, now)}", aside
    if row.status == "draft":
        edited = f"edited {words.relative(row.updated_at, now)}"
        if row.scheduled_at is None:
            return None, "No time yet", edited
        return row.scheduled_at, words.moment(row.scheduled_at, zone, now), f"planned, {edited}"
    at = row.scheduled_at or row.when_at
    said = words.moment(at, zone, now)
    if row.status == "deleted" and row.gone_at:
        return at, said, f"deleted {words.relative(row.gone_at, now)}"
    aside = words.relative(at, now)
    return at, said, f"sends {aside}" if state.icon == "send" else aside


@lru_cache(maxsize=4096)
def _drawn(cells: Cells) -> SafeString:
    address = _address(cells.slug, cells.is_draft)
    here = f"{address.before}{cells.id}{address.after}"
    name = cells.name or "Untitled test"
    pieces = words.slices(words.read_list(cells.shares))
    channels = words.channel_words(cells.channels.split(", "))
    return format_html(
        '<tr role="row">'
        '<td role="cell" class="name"><a href="{here}"><bdi>{name}</bdi></a>'
        '<small><span class="provider"><svg class="icon" aria-hidden="true"><use href="#i-{provider}"/></svg>{where}'
        "</span>{tags}</small></td>"
        '<td role="cell" class="share">{bar}<small>{split}</small></td>'
        '<td role="cell" class="when">{moment} <small>{aside}</small></td>'
        '<td role="cell" class="owner">{owner}</td>'
        '<td role="cell" class="status">{state}{reason}</td>'
        '<td role="cell" class="more">{menu}</td></tr>\n',
        here=here,
        name=name,
        provider=cells.provider,
        where=" · ".join(filter(None, (words.provider_name(cells.provider), channels))),
        tags=format_html_join("", '<span class="tag">{}</span>', ((tag,) for tag in words.read_list(cells.tags))),
        bar=split_bar(words.read_list(cells.shares)),
        split=words.split_words(pieces),
        moment=format_html('<time datetime="{}">{}</time>', cells.iso, cells.moment) if cells.iso else cells.moment,
        aside=cells.aside,
        owner=_avatar(cells.owner),
        state=state_mark(cells.state),
        reason=format_html("<small>{}</small>", cells.state.reason) if cells.state.reason else NOTHING,
        menu=_menu(here, name) if cells.can_edit else NOTHING,
    )


def _avatar(owner: str) -> SafeString:
    if not owner:
        return NOTHING
    return format_html(
        '<span class="avatar" title="{}">{}<span class="vh">, {}</span></span>', owner, words.initials(owner), owner
    )


def _menu(here: str, name: str) -> SafeString:
    """The page holds one form, `copy`, for the buttons of all its rows: rows carry no token and can be kept."""
    return format_html(
        '<details class="menu to-end"><summary class="btn quiet small square"><svg class="icon" aria-hidden="true">'
        '<use href="#i-dots"/></svg><span class="vh">Actions for {name}</span></summary><div class="panel">'
        '<a href="{here}">Open</a><button form="copy" formaction="{here}copy/">Copy as a new draft</button>'
        "</div></details>",
        name=name,
        here=here,
    )


class _Address(NamedTuple):
    before: str
    after: str


@lru_cache(maxsize=1024)
def _address(slug: str, is_draft: bool) -> _Address:
    """What stands around the id in the address of a draft or an experiment; resolving it for each row is slow."""
    page = reverse("draft_edit" if is_draft else "experiment_detail", args=[slug, _NOBODY])
    before, _, after = page.partition(str(_NOBODY))
    return _Address(before, after)
