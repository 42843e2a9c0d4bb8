"""The table of states as a drawing: boxes placed by hand, lines along a grid, numbers that refer to the table's rows.

States from which moves lead away stand in the middle, by stage from left to right; the final ones are bars above and
below, wide enough that every line into them is straight. It carries its own paper, for light and for dark.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from experiments.models.states import FINAL, TABLE, Machine, Move, State

type Point = tuple[float, float]

S = State
WIDTH, HEIGHT, LEFT_OUT = 1360, 716, 30  # the paper begins so far below zero
CORNER = 9  # radius of a bent line


@dataclass(frozen=True)
class Box:
    """Its middle and its size, in the picture's units."""

    x: float
    y: float
    width: float = 124
    height: float = 52

    @property
    def corner(self) -> Point:
        return self.x - self.width / 2, self.y - self.height / 2


@dataclass(frozen=True)
class Route:
    """The corners of one line from box to box, and where its number stands."""

    points: tuple[Point, ...]
    badge: Point


TOP, HIGH, MIDDLE, LOW, BOTTOM = 112, 256, 310, 432, 582
BOXES = {
    S.PARKED: Box(130, MIDDLE),
    S.QUEUED: Box(310, MIDDLE),
    S.CLAIMED: Box(530, MIDDLE),
    S.RETRY_WAIT: Box(420, LOW, width=152),
    S.ON_WIRE: Box(706, MIDDLE),
    S.UNKNOWN: Box(880, MIDDLE),
    S.RECONCILING: Box(1108, MIDDLE, width=160),
    S.NEEDS_PERSON: Box(990, LOW, width=150),
    S.CONFLICT: Box(1284, MIDDLE, width=104),
    S.CANCELLED: Box(347, TOP, width=536),
    S.SUCCEEDED: Box(994, TOP, width=676),
    S.EXPIRED: Box(295, BOTTOM, width=490),
    S.REJECTED: Box(860, BOTTOM, width=610),
    S.NOT_APPLIED: Box(1270, BOTTOM),
}
# What nobody can say of the states in it, and where that stands.
STAGES = (
    ("nothing has left", 50, 564, 172),
    ("on the wire", 634, 144, 646),
    ("nobody knows yet", 802, 542, 1136),
)
STAGE_TOP, STAGE_HEIGHT = 208, 300


def up(x: float, bar: State, start: State) -> Route:
    """Straight up into a bar."""
    begin, end = BOXES[start].y - 26, BOXES[bar].y + 26
    return Route(((x, begin), (x, end)), (x, 172))


def down(x: float, bar: State, start: State) -> Route:
    begin, end = BOXES[start].y + 26, BOXES[bar].y - 26
    return Route(((x, begin), (x, end)), (x, 533))


ROUTES = {
    # nothing has left
    (S.QUEUED, S.CLAIMED): Route(((372, 298), (468, 298)), (440, 298)),
    (S.QUEUED, S.CANCELLED): up(310, S.CANCELLED, S.QUEUED),
    (S.QUEUED, S.PARKED): Route(((248, 298), (192, 298)), (222, 298)),
    (S.CLAIMED, S.QUEUED): Route(((468, 322), (372, 322)), (400, 322)),
    (S.CLAIMED, S.ON_WIRE): Route(((592, MIDDLE), (644, MIDDLE)), (612, MIDDLE)),
    (S.CLAIMED, S.RETRY_WAIT): Route(((486, 336), (486, 376), (462, 376), (462, 406)), (486, 358)),
    (S.CLAIMED, S.REJECTED): down(574, S.REJECTED, S.CLAIMED),
    (S.CLAIMED, S.EXPIRED): down(522, S.EXPIRED, S.CLAIMED),
    (S.CLAIMED, S.CANCELLED): up(555, S.CANCELLED, S.CLAIMED),
    (S.CLAIMED, S.PARKED): Route(((505, 284), (505, HIGH), (156, HIGH), (156, 284)), (415, HIGH)),
    (S.RETRY_WAIT, S.QUEUED): Route(((378, 406), (378, 376), (330, 376), (330, 336)), (330, 358)),
    (S.RETRY_WAIT, S.EXPIRED): down(420, S.EXPIRED, S.RETRY_WAIT),
    (S.RETRY_WAIT, S.CANCELLED): Route(((344, 444), (50, 444), (50, TOP), (79, TOP)), (300, 444)),
    (S.RETRY_WAIT, S.PARKED): Route(((344, 420), (156, 420), (156, 336)), (230, 420)),
    (S.PARKED, S.QUEUED): Route(((192, 322), (248, 322)), (216, 322)),
    (S.PARKED, S.CANCELLED): up(105, S.CANCELLED, S.PARKED),
    (S.PARKED, S.EXPIRED): down(105, S.EXPIRED, S.PARKED),
    (S.PARKED, S.UNKNOWN): Route(
        ((68, MIDDLE), (26, MIDDLE), (26, 62), (636, 62), (636, 188), (852, 188), (852, 284)), (26, 188)
    ),
    # on the wire
    (S.ON_WIRE, S.SUCCEEDED): up(742, S.SUCCEEDED, S.ON_WIRE),
    (S.ON_WIRE, S.REJECTED): down(734, S.REJECTED, S.ON_WIRE),
    (S.ON_WIRE, S.RETRY_WAIT): Route(((690, 336), (690, LOW), (496, LOW)), (632, LOW)),
    (S.ON_WIRE, S.UNKNOWN): Route(((768, MIDDLE), (818, MIDDLE)), (788, MIDDLE)),
    # nobody knows yet
    (S.UNKNOWN, S.RECONCILING): Route(((942, 298), (1028, 298)), (1008, 298)),
    (S.UNKNOWN, S.SUCCEEDED): up(908, S.SUCCEEDED, S.UNKNOWN),
    (S.UNKNOWN, S.REJECTED): down(850, S.REJECTED, S.UNKNOWN),
    (S.UNKNOWN, S.NEEDS_PERSON): Route(((896, 336), (896, LOW), (915, LOW)), (896, 384)),
    (S.RECONCILING, S.UNKNOWN): Route(((1028, 322), (942, 322)), (968, 322)),
    (S.RECONCILING, S.SUCCEEDED): up(1108, S.SUCCEEDED, S.RECONCILING),
    (S.RECONCILING, S.REJECTED): down(1112, S.REJECTED, S.RECONCILING),
    (S.RECONCILING, S.CONFLICT): Route(((1188, MIDDLE), (1232, MIDDLE)), (1206, MIDDLE)),
    (S.RECONCILING, S.NOT_APPLIED): Route(((1142, 336), (1142, 533), (1270, 533), (1270, 556)), (1142, 420)),
    (S.RECONCILING, S.NEEDS_PERSON): Route(((1086, 336), (1086, LOW), (1065, LOW)), (1086, 384)),
    (S.NEEDS_PERSON, S.RECONCILING): Route(((1051, 406), (1051, 336)), (1051, 371)),
    (S.NEEDS_PERSON, S.UNKNOWN): Route(((929, 406), (929, 336)), (929, 371)),
    (S.NEEDS_PERSON, S.SUCCEEDED): Route(((990, 406), (990, 138)), (990, 172)),
    (S.NEEDS_PERSON, S.REJECTED): down(990, S.REJECTED, S.NEEDS_PERSON),
    (S.CONFLICT, S.SUCCEEDED): up(1284, S.SUCCEEDED, S.CONFLICT),
}

STYLE = """
  .paper { fill: #ffffff; } .stage { fill: #f4f5f7; }
  .box { fill: #ffffff; stroke: #3d4450; stroke-width: 1.5; } .final { fill: #e8ebef; stroke: #8a929e; }
  text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; fill: #1d222b; }
  .name { font-size: 17px; font-weight: 600; text-anchor: middle; }
  .shown { font-size: 12px; text-anchor: middle; fill: #59616e; }
  .heading { font-size: 12.5px; letter-spacing: .05em; fill: #59616e; } .legend { font-size: 15px; }
  .badge { fill: #ffffff; stroke-width: 1.5; } .number { font-size: 11.5px; font-weight: 600; text-anchor: middle; }
  .line { fill: none; stroke-width: 2.25; }
  .worker { stroke: #1f5fd0; } .sweep { stroke: #b25a00; stroke-dasharray: 7 5; }
  .person { stroke: #9b2fae; stroke-width: 3; stroke-dasharray: 0.1 6; stroke-linecap: round; }
  .badge.sweep, .badge.person { stroke-dasharray: none; stroke-width: 1.5; }
  .tip-worker { fill: #1f5fd0; } .tip-sweep { fill: #b25a00; } .tip-person { fill: #9b2fae; }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #14171c; } .stage { fill: #1e2229; }
    .box { fill: #14171c; stroke: #c3c9d3; } .final { fill: #2c323c; stroke: #7d8694; }
    text { fill: #eceff4; } .shown, .heading { fill: #a9b1be; } .badge { fill: #14171c; }
    .worker { stroke: #7fb0ff; } .sweep { stroke: #f0a04b; } .person { stroke: #e08cf0; }
    .tip-worker { fill: #7fb0ff; } .tip-sweep { fill: #f0a04b; } .tip-person { fill: #e08cf0; }
  }
"""
LEGEND = (
    ("worker", "the worker that holds it"),
    ("sweep", "the sweep, a look-up or an adoption"),
    ("both", "either of these"),
    ("person", "a person"),
)


def draw(table: Sequence[Move] = TABLE) -> str:
    """The picture as SVG."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 {LEFT_OUT} {WIDTH} {HEIGHT - LEFT_OUT}" '
        'role="img" aria-labelledby="t d">',
        '<title id="t">The states of an operation and the moves between them</title>',
        f'<desc id="d">{escape("; ".join(f"{move.source} to {move.to}" for move in table))}</desc>',
        f"<style>{STYLE}</style>",
        *_tips(),
        f'<rect class="paper" y="{LEFT_OUT}" width="{WIDTH}" height="{HEIGHT - LEFT_OUT}" rx="14"/>',
        *_stages(),
        *[piece for move in table for piece in _line(move)],
        *[_box(state) for state in State],
        *[piece for number, move in enumerate(table, 1) for piece in _badge(number, move)],
        *_legend(),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def stroke_of(move: Move) -> str:
    """Who makes it, as the class of its line."""
    if not move.machines:
        return "person"
    is_worker = Machine.WORKER in move.machines
    return "worker" if is_worker and len(move.machines) == 1 else "both" if is_worker else "sweep"


def route_of(move: Move) -> Route:
    """By hand, else straight from middle to middle: a new move is drawn badly rather than not at all."""
    known = ROUTES.get((move.source, move.to))
    if known:
        return known
    begin, end = BOXES[move.source], BOXES[move.to]
    middle = ((begin.x + end.x) / 2, (begin.y + end.y) / 2)
    return Route(((begin.x, begin.y), (end.x, end.y)), middle)


def _tips() -> Iterable[str]:
    for kind in ("worker", "sweep", "person"):
        yield (
            f'<marker id="{kind}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="11" markerHeight="11" '
            f'markerUnits="userSpaceOnUse" orient="auto"><path class="tip-{kind}" d="M0 0 10 5 0 10z"/></marker>'
        )


def _stages() -> Iterable[str]:
    for name, x, width, text_x in STAGES:
        yield f'<rect class="stage" x="{x}" y="{STAGE_TOP}" width="{width}" height="{STAGE_HEIGHT}" rx="12"/>'
        yield f'<text class="heading" x="{text_x}" y="{STAGE_TOP + 24}">{name}</text>'


def _line(move: Move) -> Iterable[str]:
    path, stroke = _path(route_of(move).points), stroke_of(move)
    if stroke == "both":
        yield f'<path class="line worker" d="{path}" marker-end="url(#worker)"/>'
        yield f'<path class="line sweep" d="{path}"/>'
    else:
        yield f'<path class="line {stroke}" d="{path}" marker-end="url(#{stroke})"/>'


def _path(points: Sequence[Point]) -> str:
    """Straight pieces with rounded corners."""
    pieces = [f"M{_at(points[0])}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        pieces.append(f"L{_at(_towards(corner, before))}Q{_at(corner)} {_at(_towards(corner, after))}")
    return "".join([*pieces, f"L{_at(points[-1])}"])


def _towards(corner: Point, other: Point) -> Point:
    (x, y), (a, b) = corner, other
    length = max(abs(a - x), abs(b - y)) or 1
    step = min(CORNER, length / 2) / length
    return x + (a - x) * step, y + (b - y) * step


def _at(point: Point) -> str:
    return f"{point[0]:g} {point[1]:g}"


def _box(state: State) -> str:
    box, is_final = BOXES[state], state in FINAL
    x, y = box.corner
    name, shown = state.value.replace("_", " "), state.label
    return (
        f'<rect class="box{" final" if is_final else ""}" x="{x:g}" y="{y:g}" width="{box.width:g}" '
        f'height="{box.height:g}" rx="{10 if is_final else 26}"/>'
        f'<text class="name" x="{box.x:g}" y="{box.y - 2:g}">{escape(name)}</text>'
        f'<text class="shown" x="{box.x:g}" y="{box.y + 16:g}">“{escape(shown)}”</text>'
    )


def _badge(number: int, move: Move) -> Iterable[str]:
    x, y = route_of(move).badge
    stroke = stroke_of(move)
    yield f'<circle class="badge {"worker" if stroke == "both" else stroke}" cx="{x:g}" cy="{y:g}" r="10"/>'
    yield f'<text class="number" x="{x:g}" y="{y + 4:g}">{number}</text>'


def _legend() -> Iterable[str]:
    x, y = 50.0, 668
    for kind, words in LEGEND:
        d = f"M{x:g} {y}H{x + 44:g}"
        tip = "worker" if kind == "both" else kind
        yield f'<path class="line {tip}" d="{d}" marker-end="url(#{tip})"/>'
        if kind == "both":
            yield f'<path class="line sweep" d="{d}"/>'
        yield f'<text class="legend" x="{x + 56:g}" y="{y + 5}">{words}</text>'
        x += 86 + 8 * len(words)
    yield f'<rect class="box final" x="{x:g}" y="{y - 11}" width="40" height="22" rx="5"/>'
    yield f'<text class="legend" x="{x + 52:g}" y="{y + 5}">final</text>'
