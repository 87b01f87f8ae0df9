"""Pictures of activations as SVG inside a page, whose colours are those of the page's theme."""

import html
import math
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from trax_activations._curves import REACH, Curve, Drawing, Points

_THUMBNAIL = (96, 72)
_PANEL = (340, 250)
_MARGIN = 24  # For the numbers on the axes.
_CLOSE = 0.15  # How far, in pixels, a line may be from the points that it is drawn through.


def thumbnail(drawing: Drawing, name: str) -> str:
    """The function alone, in the same scale for nearly all: 8 units wide, 6 high."""
    scale = max(1.0, drawing.reach / REACH)
    frame = _Frame(_THUMBNAIL, drawing.reach, bottom=-2.0 * scale, top=4.0 * scale)
    parts = [frame.axes(), *frame.curves(drawing.values)]
    return _svg(_THUMBNAIL, parts, f"{name}: thumbnail", "ta-thumbnail")


def panel(
    curves: Sequence[Curve], reach: float, title: str, dots: Iterable[tuple[float, float]] = ()
) -> str:
    """One set of curves with numbers on the axes.

    Args:
        curves: What is drawn.
        reach: The largest input that is drawn.
        title: What it is, for those who cannot see it.
        dots: Points that are marked.
    """
    frame = _Frame(_PANEL, reach, *_range(curves), margin=_MARGIN)
    parts = [frame.axes(), frame.numbers(), *frame.curves(curves)]
    parts += [frame.dot(x, y) for x, y in dots]
    return _svg(_PANEL, parts, title, "ta-panel")


def style(curves: Sequence[Curve], index: int) -> str:
    """The style sheet's classes for one of the lines, or the band, of a picture."""
    if curves[index].until is not None:
        return "ta-band"
    return "ta-curve" + (f" ta-shade-{index}" if len(curves) > 2 else "")


def _range(curves: Sequence[Curve]) -> tuple[float, float]:
    """Whole numbers between which what is worth seeing lies."""
    drawn = [row for curve in curves for row in (curve.y, curve.until) if row is not None]
    found = np.concatenate(drawn)
    found = found[np.isfinite(found)]
    low, high = max(found.min(), -4.0), min(found.max(), 4.0)
    bottom, top = min(math.floor(low + 0.02), 0), max(math.ceil(high - 0.02), 1)
    return bottom - 0.25, top + 0.25


def _svg(size: tuple[int, int], parts: Iterable[str], title: str, class_name: str) -> str:
    width, height = size
    return (
        f'<svg class="{class_name}" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{html.escape(title)}" data-search-exclude="">{"".join(parts)}</svg>'
    )


class _Frame:
    """Where a number is in a picture."""

    def __init__(
        self, size: tuple[int, int], reach: float, bottom: float, top: float, margin: int = 0
    ) -> None:
        self._width, self._height = size[0] - margin, size[1] - margin
        self._left, self._reach, self._bottom, self._top = margin, reach, bottom, top

    def _x(self, x: Points | float) -> Points:
        return self._left + (np.asarray(x) / self._reach + 1) / 2 * self._width

    def _y(self, y: Points | float) -> Points:
        share = (np.asarray(y) - self._bottom) / (self._top - self._bottom)
        return self._height * (1 - share)

    def axes(self) -> str:
        x, y = f"{self._x(0.0):.1f}", f"{self._y(0.0):.1f}"
        right = self._left + self._width
        return f'<path class="ta-axis" d="M{self._left} {y}H{right}M{x} 0V{self._height}"/>'

    def numbers(self) -> str:
        below, beside = self._height + 15, self._left - 5
        horizontal = (
            f'<text x="{self._x(n):.1f}" y="{below}" text-anchor="middle">{minus(f"{n:g}")}</text>'
            for n in np.linspace(-0.75, 0.75, 7) * self._reach
        )
        vertical = (
            f'<text x="{beside}" y="{self._y(n) + 4:.1f}" text-anchor="end">{minus(str(n))}</text>'
            for n in range(math.ceil(self._bottom), math.floor(self._top) + 1)
        )
        return f'<g class="ta-numbers">{"".join((*horizontal, *vertical))}</g>'

    def curves(self, curves: Sequence[Curve]) -> Iterator[str]:
        for i, curve in enumerate(curves):
            x, y = curve.x, curve.y
            if curve.until is not None:
                x, y = np.concatenate([x, x[::-1]]), np.concatenate([y, curve.until[::-1]])
            end = "" if curve.until is None else "Z"
            yield f'<path class="{style(curves, i)}" d="{self._path(x, y)}{end}"/>'

    def dot(self, x: float, y: float) -> str:
        return f'<circle class="ta-dot" cx="{self._x(x):.1f}" cy="{self._y(y):.1f}" r="4"/>'

    def _path(self, x: Points, y: Points) -> str:
        """Straight lines through as few of the points as a smooth look needs."""
        beyond = (self._top - self._bottom) / 2  # What is outside of the frame is cut off there.
        y = np.clip(y, self._bottom - beyond, self._top + beyond)
        points = np.stack([self._x(x), self._y(y)], axis=1)
        pieces = np.split(points, np.flatnonzero(~np.isfinite(points).all(1)))
        drawn = (_thinned(piece[np.isfinite(piece).all(1)]) for piece in pieces)
        return "".join(
            "M" + "L".join(f"{px:.1f} {py:.1f}" for px, py in piece)
            for piece in drawn
            if len(piece)
        )


def _thinned(points: Points) -> Points:
    """Leaves out points that are close to the line through their neighbours (Douglas, Peucker)."""
    if len(points) < 3:
        return points
    start, end = points[0], points[-1]
    along = (end - start) / max(float(np.hypot(*(end - start))), 1e-9)
    apart = points - start
    distance = np.abs(apart[:, 0] * along[1] - apart[:, 1] * along[0])
    farthest = int(distance.argmax())
    if distance[farthest] < _CLOSE:
        return np.stack([start, end])
    first, second = _thinned(points[: farthest + 1]), _thinned(points[farthest:])
    return np.concatenate([first, second[1:]])


def minus(number: str) -> str:
    """A number as it is printed, with a minus sign instead of a hyphen."""
    return number.replace("-", "\N{MINUS SIGN}")
