"""How the learned parameters of a run moved."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from trax_activations.plotting.style import COLOURS, INK, bare, panels_of

__all__ = ["plot_history"]

_MOST_COLUMNS = 3


def plot_history(
    moved: Mapping[str, Mapping[str, NDArray[np.float64]]],
    path: str | Path | None = None,
    title: str = "Learned parameters",
) -> Figure:
    """Draws how learned parameters moved, a panel for each parameter of each layer.

    Args:
        moved: What :func:`trax_activations.training.learned_history.read_learned` returns.
        path: File to write, such as ``moved.png``; ``None`` to write none.
        title: Title of the picture.

    Returns:
        The figure.

    Raises:
        ValueError: If nothing was learned.
    """
    if not moved:
        raise ValueError("no activation of this run has learned anything, so there is no picture.")
    n_columns = min(len(moved), _MOST_COLUMNS)
    figure, panels = panels_of(len(moved), n_columns, (4.4, 3.3), title, 0.7, least_width=6.0)
    for panel, (name, series) in zip(panels, moved.items(), strict=True):
        _draw(panel, name, series)
    named: dict[str, Any] = {}
    for panel in figure.axes:
        handles, labels = panel.get_legend_handles_labels()
        named |= dict(zip(labels, handles, strict=True))
    keys: dict[str, Any] = {"ncols": len(named), "frameon": False, "fontsize": "small"}
    figure.legend(named.values(), named, loc="outside lower center", **keys)
    if path is not None:
        figure.savefig(path)
    return figure


def _draw(panel: Axes, name: str, series: Mapping[str, NDArray[np.float64]]) -> None:
    bare(panel)
    root, _, below = name.partition("/")
    panel.set_title(below or root, loc="left", fontsize="medium")
    panel.set_xlabel("step")
    steps, colour = series["step"], COLOURS[0]
    marker = "o" if len(steps) == 1 else ""
    if np.array_equal(series["min"], series["max"]):
        panel.plot(steps, series["median"], marker=marker, color=INK, linewidth=2.0, label="value")
    else:
        for low, high, alpha, label in (
            ("min", "max", 0.15, "all channels"),
            ("lower quarter", "upper quarter", 0.35, "half of them"),
        ):
            band = panel.fill_between(steps, series[low], series[high], color=colour, label=label)
            band.set(alpha=alpha, linewidth=0)
        panel.plot(steps, series["median"], marker=marker, color=INK, linewidth=2.0, label="median")
    panel.margins(x=0.02)
