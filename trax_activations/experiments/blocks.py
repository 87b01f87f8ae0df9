"""The elements of a report, independent of its format."""

import dataclasses
from typing import TypeAlias

from matplotlib.figure import Figure

__all__ = ["Block", "Choice", "Heading", "Mark", "Picture", "Sentences", "Table"]


@dataclasses.dataclass(frozen=True)
class Heading:
    """A heading; by default of the second level, as the first is the title's."""

    text: str
    level: int = 2


@dataclasses.dataclass(frozen=True)
class Sentences:
    """Paragraphs."""

    texts: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        head: Names of the columns.
        rows: Its cells.
        align: A letter for each column: ``l`` for texts, ``r`` for numbers.
        strong: Numbers of the rows to be set off.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    align: str
    strong: frozenset[int] = frozenset()


@dataclasses.dataclass(frozen=True)
class Mark:
    """How a line is drawn: told from the others with and without its colour.

    Attributes:
        colour: Its colour.
        dashes: Lengths of dashes and gaps; none of a solid line.
        marker: Matplotlib's name of the marker; '' for none.
        width: Its width.
    """

    colour: str
    dashes: tuple[float, ...] = ()
    marker: str = ""
    width: float = 1.6


@dataclasses.dataclass(frozen=True)
class Choice:
    """A figure of which the reader of a page chooses what to see.

    Attributes:
        figure: It; its parts have the group ids ``part-0``, ``part-1`` ...
        names: What the parts are.
        marks: How each is drawn.
        n_shown: How many of the parts are shown at first.
    """

    figure: Figure
    names: tuple[str, ...]
    marks: tuple[Mark, ...]
    n_shown: int


@dataclasses.dataclass(frozen=True)
class Picture:
    """A picture.

    Attributes:
        name: Name of its file, without ending.
        figure: What it shows.
        alt: The same in words, for who cannot see it.
        caption: What to know when looking at it.
        choice: What a page has in its place, if the reader may choose.
    """

    name: str
    figure: Figure
    alt: str
    caption: str
    choice: Choice | None = None


Block: TypeAlias = Heading | Sentences | Table | Picture
