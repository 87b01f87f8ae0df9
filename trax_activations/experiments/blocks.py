"""What a report is made of, whatever it is written in."""

import dataclasses
from typing import TypeAlias

__all__ = ["Block", "Heading", "Picture", "Sentences", "Table"]


@dataclasses.dataclass(frozen=True)
class Heading:
    """A heading of the second level."""

    text: str


@dataclasses.dataclass(frozen=True)
class Sentences:
    """Paragraphs; of several sentences that belong together, a list."""

    texts: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        head: Names of the columns; those that end in a blank hold texts, aligned left.
        rows: Its cells.
        strong: Numbers of the rows to be set off.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    strong: frozenset[int] = frozenset()

    @property
    def is_text(self) -> tuple[bool, ...]:
        """Which columns hold texts."""
        return tuple(name.endswith(" ") for name in self.head)


@dataclasses.dataclass(frozen=True)
class Picture:
    """A picture.

    Attributes:
        name: Name of its file, without ending.
        alt: What it shows, for who cannot see it.
        caption: What to know when looking at it.
    """

    name: str
    alt: str
    caption: str


Block: TypeAlias = Heading | Sentences | Table | Picture
