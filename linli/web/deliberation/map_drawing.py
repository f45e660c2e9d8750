"""A drawn opinion map as shapes and sentences of a page; a pure module but for its words.

Groups are told apart by letter, outline and pattern, not by colour alone. What of it may be shown
says `linli.deliberation.drawing`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from linli.deliberation.drawing import Held, Shown, shown_of

WIDTH, HEIGHT = 640, 420
_EDGE_X, _EDGE_Y = 80, 90
_DOTS_MOST = 600
_MARGIN = 16.0
_RADIUS_LEAST = 42.0
_LETTERS = "ABCDE"


@dataclass(frozen=True, slots=True)
class Shape:
    """One group as an ellipse, with its letter and how many people stand in it."""

    letter: str
    number: int
    size: int
    x: float
    y: float
    radius_x: float
    radius_y: float

    @property
    def name_y(self) -> float:
        """Where its name stands: above the shape, so that it hides nobody."""
        return round(max(self.y - self.radius_y - 16, 20.0), 1)


@dataclass(frozen=True, slots=True)
class Dot:
    """Where somebody of a group that is shown stands."""

    x: float
    y: float
    number: int


@dataclass(frozen=True, slots=True)
class SharedLine:
    """What all groups share, with the share that agrees in each group that may be shown."""

    text: str
    shares: tuple[tuple[str, int], ...]  # letter, percent


@dataclass(frozen=True, slots=True)
class Drawing:
    """All that a page shows of a map."""

    shapes: tuple[Shape, ...]
    dots: tuple[Dot, ...]
    me: Dot | None
    my_letter: str
    shared: tuple[SharedLine, ...]
    held: tuple[tuple[Shape, tuple[Held, ...]], ...]
    withheld: int  # groups too small to be shown
    participants: int
    grouped: int


def drawing_of(
    *, drawn: Mapping[str, Any] | None, texts: Mapping[int, str], participant_id: int | None
) -> Drawing | None:
    """Return what a page shows, or None while there is nothing to show."""
    shown = shown_of(drawn=drawn, texts=texts)
    if drawn is None or shown is None:
        return None
    place = _scale(drawn, {group["group"] for group in shown.groups})
    shapes = tuple(_shape(group, place) for group in shown.groups)
    letters = {shape.number: shape.letter for shape in shapes}
    me = drawn["points"].get(str(participant_id)) if participant_id is not None else None
    return Drawing(
        shapes=shapes,
        dots=_dots(drawn, letters, place),
        me=Dot(*_at(place, me)) if me is not None else None,
        my_letter=letters.get(me[2], "") if me is not None else "",
        shared=_shared(shown, letters),
        held=tuple(zip(shapes, shown.held, strict=True)),
        withheld=shown.withheld,
        participants=shown.participants,
        grouped=shown.grouped,
    )


def _scale(drawn: Mapping[str, Any], letters: Collection[int]) -> Any:
    """Return a function from where somebody stands to where that is on the picture.

    The groups that are shown fill it; whoever stands farther out is put at its edge.
    """
    points = [one for one in drawn["points"].values() if one[2] in letters]
    spans = []
    for axis, length, edge in ((0, WIDTH, _EDGE_X), (1, HEIGHT, _EDGE_Y)):
        low, high = min(one[axis] for one in points), max(one[axis] for one in points)
        spans.append((low, (length - 2 * edge) / ((high - low) or 1.0)))

    def place(x: float, y: float) -> tuple[float, float]:
        (left, by_x), (bottom, by_y) = spans
        return (
            round(_within(_EDGE_X + (x - left) * by_x, WIDTH), 1),
            round(_within(HEIGHT - _EDGE_Y - (y - bottom) * by_y, HEIGHT), 1),
        )

    return place


def _within(value: float, length: int) -> float:
    return min(max(value, _MARGIN), length - _MARGIN)


def _shape(group: Mapping[str, Any], place: Any) -> Shape:
    x, y = place(*group["centre"])
    edge_x, edge_y = place(
        group["centre"][0] + 2 * group["spread"][0],
        group["centre"][1] + 2 * group["spread"][1],
    )
    return Shape(
        letter=_LETTERS[group["group"] - 1],
        number=group["group"],
        size=group["size"],
        x=x,
        y=y,
        radius_x=round(max(abs(edge_x - x), _RADIUS_LEAST), 1),
        radius_y=round(max(abs(edge_y - y), _RADIUS_LEAST), 1),
    )


def _at(place: Any, point: Any) -> tuple[float, float, int]:
    x, y = place(point[0], point[1])
    return x, y, point[2]


def _dots(drawn: Mapping[str, Any], letters: Mapping[int, str], place: Any) -> tuple[Dot, ...]:
    points = [one for one in drawn["points"].values() if one[2] in letters]
    step = max(1, -(-len(points) // _DOTS_MOST))
    return tuple(Dot(*_at(place, one)) for one in points[::step])


def _shared(shown: Shown, letters: Mapping[int, str]) -> tuple[SharedLine, ...]:
    return tuple(
        SharedLine(
            text=one.text, shares=tuple((letters[number], share) for number, share in one.shares)
        )
        for one in shown.shared
    )
