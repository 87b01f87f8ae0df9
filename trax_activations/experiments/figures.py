"""Figures of a comparison: learning curves, and final metrics."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import LogLocator, NullFormatter

from trax_activations.experiments.outcome import Outcome
from trax_activations.experiments.ranking import Ranking, require_posthocs
from trax_activations.experiments.statistics import Row
from trax_activations.plotting.style import COLOURS, GREY, INK, bare, wrapped

__all__ = ["critical_differences", "curves", "endings"]

_PARTS = {"train": "training data", "held_out": "evaluation data"}
_MOST_LINES = 2 * len(COLOURS) + 1
_EARLY = 0.2  # Of the steps: where all curves are steep, and none is told from another.
_BY_VERDICT = {"better": "#0072B2", "worse": "#D55E00", "baseline": INK}


def curves(outcomes: Sequence[Outcome], rows: Sequence[Row], metrics: Sequence[str]) -> Figure:
    """Plots learning curves: mean over the seeds, and a standard deviation each way.

    A row of panels for each metric, a column for training and one for evaluation data. If there are
    more than a dozen activations, the first of ``rows``, the best, are coloured, the others grey.
    """
    baseline = [row for row in rows if row.is_baseline]
    others = [row for row in rows if not row.is_baseline]
    coloured = [*baseline, *others][:_MOST_LINES]
    grey = others[len(coloured) - len(baseline) :]
    layout = ConstrainedLayoutEngine(hspace=0.06)
    figure = Figure(figsize=(11.5, 3.5 * len(metrics) + 0.3), dpi=120, layout=layout)
    panels = figure.subplots(len(metrics), 2, squeeze=False)
    for across, metric in zip(panels, metrics, strict=True):
        for panel, part in zip(across, _PARTS, strict=True):
            bare(panel)
            panel.set_title(f"{metric} on {_PARTS[part]}", loc="left", fontsize="medium")
            seen = []
            for row in grey:
                seen += _draw(panel, outcomes, row, part, metric, GREY, "-", 0.5, "")
            for index, row in enumerate(coloured):
                colour, style = _line(index, row)
                name = wrapped(row.label + (" (baseline)" if row.is_baseline else ""))
                seen += _draw(panel, outcomes, row, part, metric, colour, style, 1.0, name)
            _limit(panel, metric, seen)
        across[0].set_ylabel(metric)
    for panel in panels[-1]:
        panel.set_xlabel("step")
    handles, labels = panels[0, 0].get_legend_handles_labels()
    if grey:
        handles += panels[0, 0].plot([], [], color=GREY)
        labels.append(f"{len(grey)} others")
    figure.legend(handles, labels, loc="outside right upper", frameon=False, fontsize="small")
    return figure


def endings(rows: Sequence[Row], metric: str) -> Figure:
    """A dot plot of the final metric: each seed, mean and standard deviation."""
    names = [wrapped(row.label) for row in rows]
    n_lines = sum(name.count("\n") + 1 for name in names)
    height = max(0.21 * n_lines + 0.13 * len(rows) + 1.1, 1.9)
    figure = Figure(figsize=(9.0, height), dpi=120, layout="constrained")
    panel = figure.subplots()
    bare(panel)
    for place, row in enumerate(rows):
        colour = _BY_VERDICT.get(row.verdict, "#6b6b6b")
        values = list(row.values.values())
        if len(values) == 1:
            panel.plot(values, [place], "D", color=colour, markersize=5)
        else:
            panel.plot(values, [place] * len(values), "o", color=colour, alpha=0.35, markersize=5)
            panel.errorbar(
                row.mean, place, xerr=row.deviation, fmt="D", color=colour, markersize=5, capsize=3
            )
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


def _draw(
    panel: Axes,
    outcomes: Sequence[Outcome],
    row: Row,
    part: str,
    metric: str,
    colour: str,
    style: str,
    alpha: float,
    name: str,
) -> list[tuple[int, float]]:
    """Draws a curve; returns its points."""
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
    marker = "o" if len(steps) == 1 else "none"
    width = 2.2 if row.is_baseline else 1.6
    (line,) = panel.plot(steps, mean, color=colour, alpha=alpha, label=name, marker=marker)
    line.set(linestyle=style, linewidth=width)
    if len(runs) > 1 and name:
        spread = values.std(axis=0, ddof=1)
        band = panel.fill_between(steps, mean - spread, mean + spread, color=colour)
        band.set(alpha=0.12, linewidth=0)
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


def _line(index: int, row: Row) -> tuple[str, str]:
    if row.is_baseline:
        return INK, "-"
    turn, which = divmod(index - 1, len(COLOURS))
    return COLOURS[which], ("-", "--")[turn % 2]
