"""Pictures for the page of figures: a dot for each activation and library. Used by report.py."""

from pathlib import Path
from typing import NamedTuple

import matplotlib
from matplotlib.figure import Figure

_COLORS = {
    "ours": "#0b4a8f",
    "Remat": "#57a0e5",
    "plain": "#a3a9b1",
    "textbook": "#d08a2e",
    "jax.nn": "#2f9e63",
    "flax": "#8d5bb5",
    "torch": "#c8453b",
}
_OTHER = "#444444"


class Dots(NamedTuple):
    """What a picture shows.

    Attributes:
        label: What the numbers are.
        rows: The number of each library, for each activation, in the order from left to right.
        scale: That of the axis, as Matplotlib calls it.
        ticks: Numbers on it.
    """

    label: str
    rows: dict[str, dict[str, float]]
    scale: str
    ticks: tuple[float, ...]


def draw(dots: Dots, path: Path) -> None:
    """Writes a picture as SVG: the same file for the same numbers."""
    with matplotlib.rc_context({"svg.hashsalt": "dots", "svg.fonttype": "none", "font.size": 8}):
        figure = Figure(figsize=(9.5, 4), layout="constrained")
        axes = figure.subplots()
        libraries = dict.fromkeys(name for row in dots.rows.values() for name in row)
        for library in sorted(
            libraries, key=lambda name: name in ("ours", "Remat")
        ):  # Ours on top.
            at = [i for i, row in enumerate(dots.rows.values()) if library in row]
            numbers = [row[library] for row in dots.rows.values() if library in row]
            color = _COLORS.get(library, _OTHER)
            axes.scatter(at, numbers, s=12, color=color, linewidths=0, label=library, zorder=3)
        axes.set_yscale(dots.scale, **({"linthresh": 3} if dots.scale == "symlog" else {}))
        axes.set_yticks(dots.ticks, [f"{tick:g}" for tick in dots.ticks])
        axes.minorticks_off()
        axes.set_xticks(range(len(dots.rows)), dots.rows, rotation=90, fontsize=6.2)
        axes.set_xlim(-1, len(dots.rows))
        axes.set_ylabel(dots.label)
        axes.grid(alpha=0.3, linewidth=0.5)
        axes.spines[["top", "right"]].set_visible(False)
        figure.legend(loc="outside upper center", ncols=len(libraries), frameon=False)
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, metadata={"Date": None})
