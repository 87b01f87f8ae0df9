"""Watches every loss and gradient, without waiting for them, and finds what went wrong first."""

import collections
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike

from trax_activations._trax import base
from trax_activations.training.intercept import Forward, intercept
from trax_activations.training.protocols import TrainingLoop, Tree

# How many steps may be under way before their results are waited for: enough to keep the devices
# busy. Some 50 with collectives among many CPU devices have made XLA abort the process.
_LAG = 8
_OF_DATA = "the batch itself is not finite"


class Step(NamedTuple):
    """A step under way.

    Attributes:
        number: Number of the step.
        batch: Its batch, to look for the cause.
        values: Its metrics; the last one is 1 as long as all was finite.
    """

    number: int
    batch: Tree
    values: Array


class Watch:
    """Looks at the metrics of each step once they are there, and waits if too many are not."""

    def __init__(self) -> None:
        self._under_way: collections.deque[Step] = collections.deque()

    def push(self, step: Step, look: bool = True) -> Step | None:
        """Takes note of a step; returns an earlier one that was not finite, if it finds one."""
        self._under_way.append(step)
        return self._look(waiting_for=len(self._under_way) - _LAG) if look else None

    def settle(self) -> Step | None:
        """Waits for all steps under way; returns the first that was not finite."""
        return self._look(waiting_for=len(self._under_way))

    def _look(self, waiting_for: int) -> Step | None:
        """Goes through the results that are there, and through the oldest even if they are not."""
        while self._under_way and (waiting_for > 0 or _is_ready(self._under_way[0].values)):
            if np.asarray(self._under_way[0].values)[-1] == 0:
                return self._under_way[0]
            self._under_way.popleft()
            waiting_for -= 1
        return None


def _is_ready(array: Array) -> bool:
    return bool(array.is_ready())  # type: ignore[attr-defined]  # JAX's annotations lack it.


def explain(
    model_with_loss: base.Layer, batch: Tree, weights: Tree, state: Tree, key: Array
) -> str:
    """Says what was not finite first in a step from these weights, in a clause without an end."""
    for i, leaf in enumerate(jax.tree.leaves(batch)):
        if not _is_finite(leaf):
            return f"{_OF_DATA} (its array number {i + 1})"
    culprit = _first_layer(model_with_loss, batch, weights, state, key)
    if culprit is not None:
        return f"the first output that is not finite is that of {culprit}"
    return "every output is finite, but a gradient is not"


def not_finite(loop: TrainingLoop, step: int, cause: str) -> FloatingPointError:
    """The error that stops a run."""
    directory = loop.output_dir
    saved = f"in {directory}" if directory else "none, for want of output_dir"
    advice = "A lower learning rate, clip_grad_norm, or more careful initial values usually help"
    if cause.startswith(_OF_DATA):
        advice = "Look for NaN and infinity in the data, and leave such examples out"
    return FloatingPointError(
        f"The loss or a gradient of step {step} is not finite: {cause}. The model has the weights "
        f"from before that step. The last good checkpoint: {saved}. {advice}; stop_at_nan=False "
        "trains on regardless."
    )


def _first_layer(
    model_with_loss: base.Layer, batch: Tree, weights: Tree, state: Tree, key: Array
) -> str | None:
    """Path of the innermost layer that first puts out something not finite."""
    found: list[str] = []

    def noting(path: str, layer: base.Layer, forward: Forward) -> Forward:
        def note(inputs: Tree) -> Tree:
            outputs = forward(inputs)
            if not found and not all(map(_is_finite, jax.tree.leaves(outputs))):
                found.append(path.partition("/")[2] or path)
            return outputs

        return note

    with intercept(model_with_loss, noting):
        model_with_loss.pure_fn(batch, weights, state, key)
    return found[0] if found else None


def _is_finite(leaf: ArrayLike) -> bool:
    if isinstance(leaf, jax.core.Tracer):  # Inside of a scan there are no values to look at.
        return True
    array = jnp.asarray(leaf)
    return not jnp.issubdtype(array.dtype, jnp.inexact) or bool(jnp.isfinite(array).all())
