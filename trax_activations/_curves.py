"""Samples activations and their derivatives on a grid, for plots."""

import dataclasses
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from trax_activations import registry

Points = NDArray[np.float64]

# Drawn is from -REACH to REACH; twice as far where a kink lies there, and a tenth of it of what
# would have too many turns.
REACH = 4.0
_N_POINTS = 4001
_MOST_TURNS = 20
_PARTNERS = (-2.0, -1.0, 0.0, 1.0, 2.0)  # What the second input of a vector activation is.
_N_DRAWS = 128
_STEP = 1e-3  # Beside a kink.


@dataclasses.dataclass(frozen=True)
class Curve:
    """One line of a picture, or the band between two.

    Attributes:
        label: What tells it from the other lines; empty if it is the only one.
        x: Inputs; NaN where the line is interrupted, because the function jumps.
        y: Outputs.
        until: The other edge of a band.
    """

    label: str
    x: Points
    y: Points
    until: Points | None = None


@dataclasses.dataclass(frozen=True)
class Drawing:
    """The curves of an activation, and of its derivative in the same order.

    Attributes:
        values: Lines of the function.
        slopes: Lines of its derivative.
        reach: The largest input that is drawn; the least is its negative.
    """

    values: tuple[Curve, ...]
    slopes: tuple[Curve, ...]
    reach: float


def drawings(specs: Sequence[registry.ActivationSpec]) -> list[Drawing]:
    """Samples each activation at its initial parameters.

    A function of each element is one line. A random one is the band of what training draws, and the
    line that evaluation takes. One that works along an axis is drawn by the first of its outputs as
    a function of the first of two inputs, ``[x, b]``, a line for each of several values of ``b``.

    Args:
        specs: Records of the registry.

    Returns:
        A drawing for each.

    Example:
        >>> from trax_activations import registry
        >>> (relu,) = drawings([registry.get("relu")])
        >>> float(relu.values[0].y.max()), relu.reach
        (4.0, 4.0)
    """
    points = [_points(_kinks(spec), _reach(spec)) for spec in specs]

    @jax.jit  # One program for all: compiling is what takes the time.
    def evaluate(points: list[jax.Array]) -> list[tuple[jax.Array, jax.Array]]:
        return [_lines(spec)(x) for spec, x in zip(specs, points, strict=True)]

    found = evaluate([jnp.asarray(x, jnp.float32) for x in points])
    return [
        _drawing(spec, x, np.asarray(y, np.float64), np.asarray(slope, np.float64))
        for spec, x, (y, slope) in zip(specs, points, found, strict=True)
    ]


def _kinks(spec: registry.ActivationSpec) -> list[float]:
    return [0.0] if spec.random else sorted(k for k in spec.kinks_at() if abs(k) < 2 * REACH)


def _reach(spec: registry.ActivationSpec) -> float:
    return 2 * REACH if any(abs(kink) >= REACH for kink in _kinks(spec)) else REACH


def _points(kinks: list[float], reach: float) -> Points:
    """A dense grid that has both sides of each kink instead of the kink itself."""
    beside = [kink + side for kink in kinks for side in (-_STEP, _STEP)]
    grid = np.linspace(-reach, reach, _N_POINTS)
    apart = [np.abs(grid - kink) > _STEP for kink in kinks]
    return np.union1d(grid[np.all(apart, axis=0)] if apart else grid, beside)


def _lines(spec: registry.ActivationSpec) -> Callable[[jax.Array], tuple[jax.Array, jax.Array]]:
    """A function from the grid to values and derivatives, ``(lines, points)`` each."""
    parameters = [jnp.asarray(parameter.initial, jnp.float32) for parameter in spec.parameters]
    others: Any = jnp.zeros(1)
    if spec.along_axis:
        others = jnp.asarray(_PARTNERS)
    elif spec.random:
        others = jax.random.split(jax.random.key(0), _N_DRAWS)

    def value(x: jax.Array, other: jax.Array) -> jax.Array:
        if spec.along_axis:
            y: jax.Array = spec.function(jnp.stack([x, other]), *parameters)[0]
            return y
        key = (other,) if spec.random else ()
        y = spec.function(x, *key, *parameters)
        return y

    def both(x: jax.Array, other: jax.Array) -> tuple[jax.Array, jax.Array]:
        y, slope = jax.jvp(lambda x: value(x, other), (x,), (jnp.ones_like(x),))
        return y, slope

    def lines(x: jax.Array) -> tuple[jax.Array, jax.Array]:
        along_x = jax.vmap(both, in_axes=(0, None))
        y, slope = jax.vmap(along_x, in_axes=(None, 0))(x, others)
        return y, slope

    return lines


def _drawing(spec: registry.ActivationSpec, x: Points, y: Points, slope: Points) -> Drawing:
    turns = np.count_nonzero(np.diff(np.sign(slope)), axis=1).max()
    reach = _reach(spec) if turns <= _MOST_TURNS else REACH / 10
    is_seen = np.abs(x) <= reach
    x, y, slope = x[is_seen], y[:, is_seen], slope[:, is_seen]
    kinks = _kinks(spec)
    labels = [f"b = {partner:g}" for partner in _PARTNERS] if spec.along_axis else [""]

    def curves(rows: Points, mean: Points | None) -> tuple[Curve, ...]:
        if mean is None:
            lines = zip(labels, rows, strict=True)
            return tuple(Curve(label, *_with_gaps(x, row, kinks)) for label, row in lines)
        band = Curve("training", x, rows.min(0), rows.max(0))
        return (band, Curve("evaluation", *_with_gaps(x, mean, kinks)))

    settled = _in_eval(spec, x) if spec.random else (None, None)
    return Drawing(curves(y, settled[0]), curves(slope, settled[1]), reach)


def _in_eval(spec: registry.ActivationSpec, x: Points) -> tuple[Points, Points]:
    """Values and derivatives of a random activation in eval mode."""
    from trax_activations import layers
    from trax_activations._trax import shapes

    made_by = getattr(layers, spec.layer_name)
    given = dict(getattr(spec.function, "keywords", {}))  # Of a variant; see plotting.variants.
    known = inspect.signature(made_by).parameters
    given |= {each.name: each.initial for each in spec.parameters if each.name in known}
    layer = made_by(**given, mode="eval")
    at = jnp.asarray(x, jnp.float32)
    layer.init(shapes.signature(at))
    y, slope = jax.jvp(layer.forward, (at,), (jnp.ones_like(at),))
    return np.asarray(y, np.float64), np.asarray(slope, np.float64)


def _with_gaps(x: Points, y: Points, kinks: list[float]) -> tuple[Points, Points]:
    """Inserts NaN where the function jumps: between the points on both sides of a kink."""
    after = np.searchsorted(x, kinks)
    jumps = [i for i in after if abs(y[i] - y[i - 1]) > 5 * _STEP]
    return np.insert(x, jumps, np.nan), np.insert(y, jumps, np.nan)
