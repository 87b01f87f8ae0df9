"""Pictures of activations as a model has learned them."""

import functools
from pathlib import Path
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from matplotlib.axes import Axes  # Comes with Trax.
from matplotlib.figure import Figure
from numpy.typing import NDArray

from trax_activations import modes
from trax_activations._model import walk
from trax_activations._trax import base
from trax_activations.layers import Activation, LearnedActivation
from trax_activations.plotting.style import panels_of

__all__ = ["plot_learned"]

Vector: TypeAlias = NDArray[np.float32]

_X = np.linspace(-3.0, 3.0, 241, dtype=np.float32)
_N_DRAWS = 256
_MAX_COLUMNS = 4
_NOW, _CHANNEL, _INITIAL, _FRAME = "#0b4a8f", "#4f94d4", "#6b6b6b", "#c8c8c8"


def plot_learned(
    model: base.Layer, path: str | Path | None = None, title: str = "Activations"
) -> Figure | None:
    """Draws every activation of a model that learns or is random, a panel for each.

    A learned activation is drawn as it began and as it is now; with a value per channel, one thin
    line per channel and their median. Of a random one, all that training draws, and what evaluation
    takes.

    Args:
        model: An initialized model.
        path: File to write, such as ``learned.png``; ``None`` to write none.
        title: Title of the picture.

    Returns:
        The figure; ``None``, and no file, if the model has no such activation.

    Example:
        >>> import trax_activations as ta
        >>> from trax import layers as tl, shapes
        >>> model = tl.Serial(tl.Dense(4), ta.ParametricRelu(num_parameters=4))
        >>> _ = model.init(shapes.ShapeDtype((1, 2)))
        >>> len(plot_learned(model).axes)
        1
    """
    drawn = [
        (name, layer)
        for name, layer in walk(model)
        if isinstance(layer, Activation) and _is_a_curve(layer)
    ]
    if not drawn:
        return None
    n_columns = min(len(drawn), _MAX_COLUMNS)
    figure, panels = panels_of(len(drawn), n_columns, (4.2, 3.7), title, 0.5, least_width=5.0)
    for panel, (name, layer) in zip(panels, drawn, strict=True):
        _draw_frame(panel, name, layer)
        _draw_random(panel, layer) if layer.spec.random else _draw_learned(panel, layer)
        _draw_legend(panel)
    if path is not None:
        figure.savefig(path)
    return figure


def _is_a_curve(layer: Activation) -> bool:
    """It learns or is random, and each element of the output depends on one of the input."""
    elementwise = not layer.spec.along_axis and all(p.learned for p in layer.spec.parameters)
    return elementwise and bool(layer.spec.parameters or layer.spec.random)


def _draw_frame(panel: Axes, name: str, layer: Activation) -> None:
    root, _, below = name.partition("/")
    panel.set_title(f"{layer.spec.layer_name}\n", fontsize="large", loc="left")
    panel.text(0, 1.02, below or root, transform=panel.transAxes, fontsize="small", color=_INITIAL)
    panel.axhline(0, color=_FRAME, linewidth=0.8, zorder=0)
    panel.axvline(0, color=_FRAME, linewidth=0.8, zorder=0)
    panel.set_xlim(_X[0], _X[-1])
    panel.set_xlabel("input")
    panel.set_ylabel("output")
    panel.spines[["top", "right"]].set_visible(False)


def _draw_legend(panel: Axes) -> None:
    """In the corner where curves are rare; below the panel, if it is large."""
    lines = [line for label in panel.get_legend_handles_labels()[1] for line in label.split("\n")]
    large = len(lines) > 4 or max(map(len, lines)) > 40
    place: dict[str, Any] = {"bbox_to_anchor": (0, -0.18)} if large else {}
    panel.legend(loc="upper left", frameon=False, fontsize="small", **place)


def _draw_learned(panel: Axes, layer: LearnedActivation) -> None:
    initial, learned = _parameters(layer)
    curves = _curves(layer, learned)
    n_curves = curves.shape[1]
    values = _described(layer, learned)
    if n_curves > 1:
        thin: dict[str, Any] = {"color": _CHANNEL, "linewidth": 0.7}
        panel.plot(_X, curves, alpha=float(np.clip(8 / n_curves, 0.05, 0.6)), **thin)
        panel.plot([], [], label=f"learned, {n_curves} channels:\n{values}", **thin)
    label = "their median" if n_curves > 1 else f"learned: {values}"
    panel.plot(_X, np.median(curves, axis=1), color=_NOW, linewidth=2.2, label=label)
    drawn = None in layer.given_values().values()
    first = "typical at first" if drawn else "initial"
    label = f"{first}: {_described(layer, initial)}"
    panel.plot(_X, _curves(layer, initial)[:, 0], "--", color=_INITIAL, label=label)


def _draw_random(panel: Axes, layer: Activation) -> None:
    # Elements that share a slope have the same distribution as those that do not.
    given = {name: getattr(layer, f"_{name}") for name in layer.spec.hyperparameters}
    given.pop("shared_axes", None)
    # Of one that learns too, all channels at once.
    parameters = _parameters(layer)[1] if isinstance(layer, LearnedActivation) else []
    x = np.broadcast_to(_X[:, None], (len(_X), _n_curves(parameters)))
    function = functools.partial(layer.spec.function, **given)
    keys = jax.random.split(jax.random.key(0), _N_DRAWS)
    draws = np.asarray(jax.vmap(lambda key: function(x, key, *parameters))(keys))
    in_eval = np.median(modes.with_mode(layer, "eval").forward(jnp.asarray(x)), -1)
    edges = draws.min((0, 2)), draws.max((0, 2))
    band = panel.fill_between(_X, *edges, color=_CHANNEL, label="in training")
    band.set(alpha=0.4, linewidth=0)
    panel.plot(_X, in_eval, color=_NOW, linewidth=2.2, label="in evaluation")


def _parameters(
    layer: LearnedActivation,
) -> tuple[list[Vector], list[Vector]]:
    """Initial and learned values of each parameter; the last axis is that of the channels."""
    initial = layer.initial_values()
    learned = [
        np.asarray(value, np.float32).reshape(*np.shape(initial[name]), -1)
        for name, value in layer.values().items()
    ]
    return [np.asarray(value, np.float32)[..., None] for value in initial.values()], learned


def _curves(layer: LearnedActivation, parameters: list[Vector]) -> Vector:
    """The function with each channel's parameters: ``(points, channels)``."""
    x = np.broadcast_to(_X[:, None], (len(_X), _n_curves(parameters)))
    given = {name: getattr(layer, f"_{name}") for name in layer.spec.hyperparameters}
    return np.asarray(layer.spec.function(x, *map(jnp.asarray, parameters), **given), np.float32)


def _described(layer: LearnedActivation, parameters: list[Vector]) -> str:
    """The parameters in words, as 'a = 0.25' or 'a from −0.683 to 0.326'."""
    words = []
    for name, values in zip(layer.initial_values(), parameters, strict=True):
        if values.size == 1:
            words.append(f"{name} = {values.item():.3g}")
        elif values.shape[-1] == 1:
            words.append(f"{name} = ({', '.join(f'{value:.3g}' for value in values[:, 0])})")
        else:
            words.append(f"{name} from {values.min():.3g} to {values.max():.3g}")
    in_lines = len(words) > 2 or any(values.size > 1 for values in parameters)
    text = ("\n" if in_lines else ", ").join(words)
    return text.replace("-", "\N{MINUS SIGN}")  # As on the axes.


def _n_curves(parameters: list[Vector]) -> int:
    """How many channels there are, if any parameter has one value for each."""
    return max((values.shape[-1] for values in parameters), default=1)
