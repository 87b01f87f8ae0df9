"""The elements of a report, independent of its format."""

import dataclasses
from typing import TypeAlias

from matplotlib.figure import Figure

__all__ = ["Block", "Heading", "Picture", "Sentences", "Table"]


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
class Picture:
    """A picture.

    Attributes:
        name: Name of its file, without ending.
        figure: What it shows.
        alt: The same in words, for who cannot see it.
        caption: What to know when looking at it.
    """

    name: str
    figure: Figure
    alt: str
    caption: str


Block: TypeAlias = Heading | Sentences | Table | Picture
