"""Text boxes that are composed horizontally and vertically: the layout of formulas."""

from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["Box", "beside", "braced", "line", "stacked", "stretched"]

_STRETCHED = {"(": "⎛⎜⎝", ")": "⎞⎟⎠", "[": "⎡⎢⎣", "]": "⎤⎥⎦", "|": "│││"}


class Box(NamedTuple):
    """Lines of the same width; the one at ``axis`` is aligned with neighbouring boxes."""

    lines: tuple[str, ...]
    axis: int = 0

    @property
    def width(self) -> int:
        """Number of columns."""
        return len(self.lines[0])


def line(text: str) -> Box:
    """A box of one line."""
    return Box((text,))


def beside(boxes: Sequence[Box]) -> Box:
    """Composes boxes horizontally, aligned at their axes."""
    above = max((box.axis for box in boxes), default=0)
    below = max((len(box.lines) - box.axis for box in boxes), default=1)
    rows: list[str] = []
    for row in range(-above, below):
        places = [(box, box.axis + row) for box in boxes]
        rows.append(
            "".join(
                box.lines[at] if 0 <= at < len(box.lines) else " " * box.width for box, at in places
            )
        )
    return Box(tuple(rows), above)


def stacked(boxes: Sequence[Box | None], axis: int) -> Box:
    """Composes boxes vertically, centred."""
    width = max(box.width for box in boxes if box)
    lines = (f"{each:^{width}}" for box in boxes if box for each in box.lines)
    return Box(tuple(lines), axis)


def stretched(left: str, box: Box, right: str) -> Box:
    """A box in delimiters, which stretch if it has three lines or more."""
    height, sides = len(box.lines), []
    if height < 3:
        return beside([line(left), box, line(right)])
    for bracket in (left, right):
        top, middle, bottom = tuple(_STRETCHED.get(bracket, bracket * 3))
        sides.append(Box((top, *middle * (height - 2), bottom), box.axis))
    return beside([sides[0], box, sides[1]])


def braced(rows: Sequence[Sequence[Box]]) -> Box:
    """Rows of cases in aligned columns, with a brace on the left."""
    widths = [max(box.width for box in column) for column in zip(*rows, strict=True)]
    lines: list[str] = []
    for row in rows:
        cells = [
            Box(tuple(line.ljust(width + 2) for line in box.lines), box.axis)
            for box, width in zip(row, widths, strict=True)
        ]
        lines += beside(cells).lines
    if len(lines) == 2:  # A brace has three parts.
        lines.insert(1, " " * len(lines[0]))
    axis = len(lines) // 2
    brace = ["⎪"] * len(lines)
    brace[0], brace[axis], brace[-1] = "⎧", "⎨", "⎩"
    return Box(tuple(f"{left} {line[:-2]}" for left, line in zip(brace, lines, strict=True)), axis)
