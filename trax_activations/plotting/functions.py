"""Plots of activations as functions: value, derivative, effect of each parameter."""

import re
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

import jax
import jax.numpy as jnp
import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from trax_activations import registry
from trax_activations._curves import REACH, Curve, Drawing, drawings
from trax_activations.plotting.style import COLOURS, DASHES, INK, bare, panels_of, wrapped
from trax_activations.plotting.variants import effects, variant

__all__ = ["plot_activation", "plot_together"]

_HIGHEST = 4.0  # Of what the curves reach; what lies outside is cut off.
_MOST_COLUMNS = 4
_MOST_TOGETHER = 2 * len(COLOURS)
_SHOWN_PARTNER = "b = 1"
_IN_MODE = {"training": "in training", "evaluation": "in evaluation"}


def plot_activation(
    spec: registry.ActivationSpec, path: str | Path | None = None, title: str | None = None
) -> Figure:
    """Draws an activation: function, derivative, and a panel for each parameter.

    Of a random activation, the function is the band of what training draws, and the line that
    evaluation takes. One that works along an axis is drawn by the first of its outputs as a
    function of the first of two inputs, ``[x, b]``, a line for each of several values of ``b``.

    Args:
        spec: A record of the registry, or a :func:`~trax_activations.plotting.variants.variant`.
        path: File to write, such as ``gelu.svg``; ``None`` to write none.
        title: Title of the picture; by default the name of the layer.

    Returns:
        The figure.

    Raises:
        ValueError: If there is nothing to see: a vector activation whose first output is constant.

    Example:
        >>> from trax_activations import registry
        >>> figure = plot_activation(registry.get("leaky_relu"))
        >>> [panel.get_title(loc="left") for panel in figure.axes]
        ['Function', 'Derivative', 'Effect of negative_slope']
    """
    changed = _changed(spec)
    all_drawn = drawings([spec, *(each for lines in changed.values() for each in lines.values())])
    own, others = all_drawn[0], iter(all_drawn[1:])
    _check_seen(own, spec)
    n_panels = 2 + len(changed)
    n_columns = min(n_panels, _MOST_COLUMNS) if n_panels != _MOST_COLUMNS + 1 else 3
    figure, panels = panels_of(n_panels, n_columns, (3.9, 3.5), title or spec.layer_name, 0.6)
    _draw_own(panels[0], "Function", own.values, spec)
    _draw_own(panels[1], "Derivative", own.slopes, spec)
    for panel, (name, lines) in zip(panels[2:], changed.items(), strict=True):
        drawn = {label: _representative(next(others)) for label in lines}
        _draw_effect(panel, name, drawn, spec, own.reach)
    if path is not None:
        figure.savefig(path)
    return figure


def plot_together(
    specs: Mapping[str, registry.ActivationSpec], path: str | Path | None = None
) -> Figure:
    """Draws several activations in one picture: functions on the left, derivatives on the right.

    Args:
        specs: Records, by what they are called.
        path: File to write; ``None`` to write none.

    Returns:
        The figure.

    Raises:
        ValueError: If one works along an axis, or there are more than can be told apart.

    Example:
        >>> from trax_activations import registry
        >>> figure = plot_together({name: registry.get(name) for name in ("relu", "gelu")})
        >>> [text.get_text() for text in figure.legends[0].get_texts()]
        ['relu', 'gelu']
    """
    along = [name for name, spec in specs.items() if spec.along_axis]
    if along:
        raise ValueError(
            f"{along[0]} works along an axis: it is no single curve that could lie beside others. "
            "Plot it alone."
        )
    if len(specs) > _MOST_TOGETHER:
        raise ValueError(
            f"{len(specs)} activations cannot be told apart in one picture. Give at most "
            f"{_MOST_TOGETHER}."
        )
    drawn = drawings(list(specs.values()))
    figure = Figure(figsize=(11.0, 4.2), dpi=120, layout="constrained")
    panels = figure.subplots(1, 2)
    parts = {"values": "Function", "slopes": "Derivative"}
    for panel, part in zip(panels, parts, strict=True):
        all_curves: list[Curve] = []
        for index, (label, drawing) in enumerate(zip(specs, drawn, strict=True)):
            colour, dashes = COLOURS[index % len(COLOURS)], DASHES[index % len(DASHES)]
            for curve in getattr(drawing, part):
                _draw_curve(panel, curve, colour, dashes, wrapped(label))
                all_curves.append(curve)
        _frame(panel, parts[part], all_curves)
    unique = dict(zip(*reversed(panels[0].get_legend_handles_labels()), strict=True))
    labels = [wrapped(label) for label in specs]
    handles = [unique[label] for label in labels]
    figure.legend(handles, labels, loc="outside right upper", frameon=False, fontsize="small")
    if path is not None:
        figure.savefig(path)
    return figure


def _check_seen(drawing: Drawing, spec: registry.ActivationSpec) -> None:
    if spec.along_axis and all(
        np.ptp(curve.y[np.isfinite(curve.y)]) == 0 for curve in drawing.values
    ):
        raise ValueError(
            f"{spec.layer_name} cannot be drawn as it is: the first of its outputs, which would "
            f"be, is the same for all inputs from {-drawing.reach:g} to {drawing.reach:g}. Give "
            "it other arguments, such as 'Fta(tiles=4, low=-2, high=2)'."
        )


def _changed(spec: registry.ActivationSpec) -> dict[str, dict[str, registry.ActivationSpec]]:
    """The valid variants of an activation, by name and label."""
    changed: dict[str, dict[str, registry.ActivationSpec]] = {}
    for name, lines in effects(spec).items():
        changed[name] = {}
        for label, given in lines.items():
            try:
                changed[name][label] = _possible(variant(spec, given))
            except ValueError:  # Out of range.
                continue
    return {name: lines for name, lines in changed.items() if len(lines) > 1}


def _possible(spec: registry.ActivationSpec) -> registry.ActivationSpec:
    """The record itself, if its function takes its values; what refuses them raises ValueError."""
    key = (jax.random.key(0),) if spec.random else ()
    parameters = [jnp.asarray(each.initial, jnp.float32) for each in spec.parameters]
    jax.eval_shape(spec.function, jnp.zeros(2), *key, *parameters)
    return spec


def _representative(drawing: Drawing) -> Curve:
    """The line that stands for an activation where several variants of it are drawn."""
    named = [curve for curve in drawing.values if curve.label == _SHOWN_PARTNER]
    return (named or [curve for curve in drawing.values if curve.until is None])[0]


def _draw_own(
    panel: Axes, title: str, curves: Sequence[Curve], spec: registry.ActivationSpec
) -> None:
    which = ", first output of [x, b]" if spec.along_axis else ""
    if spec.along_axis and _are_one(curves):
        curves, which = curves[:1], which + ", for every b"
    shades = _shades(len(curves)) if spec.along_axis else [COLOURS[0]] * len(curves)
    for curve, colour in zip(curves, shades, strict=True):
        label = _IN_MODE.get(curve.label, curve.label)
        _draw_curve(panel, curve, colour, "-", label)
    _frame(panel, title + which, curves)
    if len(curves) > 1:
        _explain(panel)


def _draw_effect(
    panel: Axes, name: str, drawn: Mapping[str, Curve], spec: registry.ActivationSpec, reach: float
) -> None:
    seen = {label: curve for label, curve in drawn.items() if np.isfinite(curve.y).any()}
    usual = [label for label in seen if label.endswith(")")]
    where = f", {_SHOWN_PARTNER}" if spec.along_axis else ", in evaluation" if spec.random else ""
    if _are_one(list(seen.values())):
        seen, where = {label: seen[label] for label in usual}, where + ": none in this range"
    shades = iter(_shades(len(seen) - len(usual)))
    for label, curve in seen.items():
        if label in usual:
            _draw_curve(panel, curve, INK, "-", label, 2.6)
        else:
            _draw_curve(panel, curve, next(shades), "-", label, 1.5)
    _frame(panel, f"Effect of {name}{where}", list(seen.values()), reach)
    _explain(panel)


def _are_one(curves: Sequence[Curve]) -> bool:
    """Whether all curves are the same."""
    first = curves[0]
    return all(
        first.y.shape == curve.y.shape and np.allclose(first.y, curve.y, equal_nan=True)
        for curve in curves
    )


def _explain(panel: Axes) -> None:
    panel.legend(loc="best", fontsize="small", framealpha=0.85, edgecolor="none")


def _draw_curve(
    panel: Axes, curve: Curve, colour: str, style: str, label: str, width: float = 2.0
) -> None:
    label = _minus(label)
    if curve.until is not None:
        band = panel.fill_between(curve.x, curve.y, curve.until, color=colour, label=label)
        band.set(alpha=0.22, linewidth=0)
        return
    (line,) = panel.plot(curve.x, curve.y, color=colour, linewidth=width, label=label)
    line.set_linestyle(style)


def _frame(panel: Axes, title: str, curves: Sequence[Curve], reach: float | None = None) -> None:
    bare(panel)
    panel.set_title("\n".join(textwrap.wrap(title, 40)), loc="left", fontsize="medium")
    panel.axhline(0, color="#8b939c", linewidth=0.8, zorder=1)
    panel.axvline(0, color="#8b939c", linewidth=0.8, zorder=1)
    panel.set_xlabel("x")
    reach = reach or float(np.nanmax(curves[0].x))
    panel.set_xlim(-reach, reach)
    rows = [
        row[np.abs(curve.x) <= reach]
        for curve in curves
        for row in (curve.y, curve.until)
        if row is not None
    ]
    values = np.concatenate(rows)
    values = values[np.isfinite(values)]
    # Where x is drawn larger, slopes are steeper; where it is drawn smaller, values are greater.
    most = _HIGHEST * max(REACH / reach, 2 * reach / REACH - 1)
    low, high = max(values.min(), -most), min(values.max(), most)
    margin = 0.06 * max(high - low, 1.0)
    panel.set_ylim(low - margin, high + margin)


def _shades(count: int) -> list[str]:
    """Colours of a perceptually uniform colormap, in order."""
    places = np.linspace(0.05, 0.82, max(count, 1))
    colours = matplotlib.colormaps["viridis"](places)
    return [matplotlib.colors.to_hex(colour) for colour in colours]


def _minus(label: str) -> str:
    """A label with minus signs, as on the axes."""
    return re.sub(r"(?<![\w])-(?=\d)", "\N{MINUS SIGN}", label)
