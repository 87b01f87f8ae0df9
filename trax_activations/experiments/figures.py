"""Figures of a comparison: learning curves, and final metrics."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import LogLocator, NullFormatter

from trax_activations.experiments.blocks import Choice, Mark
from trax_activations.experiments.outcome import Outcome
from trax_activations.experiments.ranking import Ranking, require_posthocs
from trax_activations.experiments.statistics import Row
from trax_activations.plotting.style import COLOURS, GREY, INK, bare, wrapped

__all__ = ["chosen_curves", "critical_differences", "curves", "endings"]

_PARTS = {"train": "training data", "held_out": "evaluation data"}
_MOST_LINES = 2 * len(COLOURS) + 1
_EARLY = 0.2  # Of the steps: where all curves are steep, and none is told from another.
# Of the first 28 lines, no two have the same dashes and marker.
_DASHES: tuple[tuple[float, ...], ...] = ((), (6, 2), (2, 2), (7, 2, 2, 2))
_MARKERS = ("o", "s", "^", "D", "v", "P", "X")
_OTHER = Mark(GREY)
# Colour and marker.
_BY_VERDICT = {"better": ("#0072B2", "^"), "worse": ("#D55E00", "v"), "baseline": (INK, "D")}


def curves(outcomes: Sequence[Outcome], rows: Sequence[Row], metrics: Sequence[str]) -> Figure:
    """Plots learning curves: mean over the seeds, and a standard deviation each way.

    A row of panels for each metric, a column for training and one for evaluation data. If there are
    more than a dozen activations, the first of ``rows``, the best, are told apart, the others grey.
    """
    ordered = _baseline_first(rows)
    figure, panels = _plotted(outcomes, ordered, metrics, _MOST_LINES)
    handles, labels = panels[0].get_legend_handles_labels()
    if grey := ordered[_MOST_LINES:]:
        handles += panels[0].plot([], [], color=GREY)
        labels.append(f"{len(grey)} others")
    legend = {"loc": "outside right upper", "frameon": False, "fontsize": "small"}
    figure.legend(handles, labels, handlelength=3.2, **legend)
    return figure


def chosen_curves(
    outcomes: Sequence[Outcome], rows: Sequence[Row], metrics: Sequence[str]
) -> Choice:
    """The same without a legend, all told apart, for a page on which the reader chooses."""
    ordered = _baseline_first(rows)
    figure, _ = _plotted(outcomes, ordered, metrics, len(ordered))
    return Choice(
        figure,
        tuple(row.label + (" (baseline)" if row.is_baseline else "") for row in ordered),
        tuple(_mark(index, row) for index, row in enumerate(ordered)),
        min(len(ordered), _MOST_LINES),
    )


def _plotted(
    outcomes: Sequence[Outcome], rows: Sequence[Row], metrics: Sequence[str], n_told: int
) -> tuple[Figure, list[Axes]]:
    layout = ConstrainedLayoutEngine(hspace=0.06)
    figure = Figure(figsize=(11.5, 3.5 * len(metrics) + 0.3), dpi=120, layout=layout)
    panels = figure.subplots(len(metrics), 2, squeeze=False)
    for across, metric in zip(panels, metrics, strict=True):
        for panel, part in zip(across, _PARTS, strict=True):
            bare(panel)
            panel.set_title(f"{metric} on {_PARTS[part]}", loc="left", fontsize="medium")
            seen = []
            # The grey ones lie below the others.
            for index, row in sorted(enumerate(rows), key=lambda pair: pair[0] < n_told):
                mark = _mark(index, row) if index < n_told else _OTHER
                seen += _draw(panel, outcomes, row, part, metric, mark, index)
            _limit(panel, metric, seen)
        across[0].set_ylabel(metric)
    for panel in panels[-1]:
        panel.set_xlabel("step")
    return figure, list(panels.ravel())


def endings(rows: Sequence[Row], metric: str) -> Figure:
    """A dot plot of the final metric: each seed, mean and standard deviation."""
    names = [wrapped(row.label) for row in rows]
    n_lines = sum(name.count("\n") + 1 for name in names)
    height = max(0.21 * n_lines + 0.13 * len(rows) + 1.1, 1.9)
    figure = Figure(figsize=(9.0, height), dpi=120, layout="constrained")
    panel = figure.subplots()
    bare(panel)
    for place, row in enumerate(rows):
        colour, marker = _BY_VERDICT.get(row.verdict, ("#6b6b6b", "o"))
        values = list(row.values.values())
        if len(values) == 1:
            panel.plot(values, [place], marker, color=colour, markersize=6)
        else:
            panel.plot(values, [place] * len(values), "|", color=colour, alpha=0.5, markersize=8)
            bar = panel.errorbar(row.mean, place, xerr=row.deviation, fmt=marker, color=colour)
            bar.lines[0].set_markersize(7)
        if row.is_baseline:
            panel.axvline(row.mean, color=INK, linewidth=0.9, linestyle=":", zorder=0)
    panel.set_yticks(range(len(rows)), names)
    panel.set_ylim(len(rows) - 0.4, -0.6)
    panel.tick_params(axis="y", length=0)
    panel.set_xlabel(f"{metric} on evaluation data, at the end")
    return figure


def critical_differences(ranking: Ranking) -> Figure:
    """A critical-difference diagram: bars join what cannot be told apart by its mean rank."""
    labels = list(ranking.labels)
    height = 1.4 + 0.12 * len(labels)
    figure = Figure(figsize=(9.0, height), dpi=120, layout="constrained")
    panel = figure.subplots()
    posthocs = require_posthocs()
    tests = posthocs.posthoc_nemenyi_friedman(ranking.by_task)
    tests.index = tests.columns = labels
    posthocs.critical_difference_diagram(
        ranking.means, tests, ax=panel, elbow_props={"color": INK, "linewidth": 0.8}
    )
    title = f"mean rank; critical difference {ranking.critical_difference:.3g}"
    panel.set_title(title, loc="left", fontsize="medium")
    return figure


def _baseline_first(rows: Sequence[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: not row.is_baseline)


def _draw(
    panel: Axes,
    outcomes: Sequence[Outcome],
    row: Row,
    part: str,
    metric: str,
    mark: Mark,
    index: int,
) -> list[tuple[int, float]]:
    """Draws a curve, the part of this index; returns its points."""
    runs = [
        dict(getattr(outcome, part)[metric])
        for outcome in outcomes
        if outcome.label == row.label and metric in getattr(outcome, part)
    ]
    if not runs:
        return []
    steps = sorted(set.intersection(*map(set, runs)))
    values = np.array([[run[step] for step in steps] for run in runs])
    mean = values.mean(axis=0)
    is_grey = mark is _OTHER
    name = "" if is_grey else wrapped(row.label + (" (baseline)" if row.is_baseline else ""))
    (line,) = panel.plot(steps, mean, color=mark.colour, label=name, linewidth=mark.width)
    line.set(
        marker=mark.marker or "none",
        markersize=5,
        gid=f"part-{index}",
        alpha=0.5 if is_grey else 1.0,
    )
    apart = max(1, len(steps) // 6)
    line.set_markevery((index % apart, apart))
    line.set_linestyle((0, tuple(x / mark.width for x in mark.dashes)) if mark.dashes else "-")
    if len(steps) == 1 and not mark.marker:
        line.set_marker(".")
    if len(runs) > 1 and not is_grey:
        spread = values.std(axis=0, ddof=1)
        band = panel.fill_between(steps, mean - spread, mean + spread, color=mark.colour)
        band.set(alpha=0.12, linewidth=0, gid=f"part-{index}")
    return [(step, value) for run in runs for step, value in run.items()]


def _limit(panel: Axes, metric: str, seen: Sequence[tuple[int, float]]) -> None:
    """Sets the limits without the first steps; a loss gets a logarithmic scale."""
    if not seen:
        return
    early = _EARLY * max(step for step, _ in seen)
    late = [value for step, value in seen if step >= early and math.isfinite(value)]
    low, high = min(late), max(late)
    if "loss" in metric and low > 0:
        panel.set_yscale("log")
        panel.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        panel.yaxis.set_major_formatter("{x:g}")
        panel.yaxis.set_minor_formatter(NullFormatter())
        low, high = low / 1.15, high * 1.15
    else:
        margin = 0.05 * (high - low) or 0.01
        low, high = low - margin, high + margin
    panel.set_ylim(low, high)


def _mark(index: int, row: Row) -> Mark:
    """Colour, dashes and marker of a line; two of dashes and marker tell it without its colour."""
    if row.is_baseline:
        return Mark(INK, width=2.4)
    place = index - 1
    return Mark(
        COLOURS[place % len(COLOURS)],
        _DASHES[place % len(_DASHES)],
        _MARKERS[place % len(_MARKERS)],
    )
