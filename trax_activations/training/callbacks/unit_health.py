"""Dead and saturated units in TensorBoard."""

import jax
import jax.numpy as jnp
import numpy as np

from trax_activations._gin import configurable
from trax_activations._trax import base
from trax_activations.layers import Activation
from trax_activations.training.callbacks._base import WritingCallback
from trax_activations.training.intercept import Forward, intercept
from trax_activations.training.protocols import TrainingLoop, Tree


@configurable
class UnitHealth(WritingCallback):
    """The share of dead and of saturated units of every activation layer, in TensorBoard.

    On the training task's sample batch: a unit (an element of the last axis) is dead if the
    derivative of its activation is 0 for every example, and saturated if it is nowhere more than
    ``threshold`` but not dead.

    Args:
        loop: The loop; without an output directory nothing is written, but see ``shares``.
        every: How many steps from one to the next.
        threshold: Derivatives up to this size count as saturated.
    """

    def __init__(self, loop: TrainingLoop, every: int = 100, threshold: float = 0.01) -> None:
        super().__init__(loop, every)
        self._threshold = threshold

    def shares(self) -> dict[str, tuple[float, float]]:
        """The shares of dead and of saturated units now, by the path of the layer."""
        model = self._loop.model
        batch = self._loop.tasks[0].sample_batch
        inputs = batch[0] if model.n_in == 1 else batch[: model.n_in]
        return {
            path: (
                float((size == 0).mean()),
                float(((size > 0) & (size <= self._threshold)).mean()),
            )
            for path, size in _largest_derivatives(model, inputs).items()
        }

    def on_step_end(self, step: int) -> None:
        """Writes the shares."""
        if self._writer is None:
            return
        for path, (dead, saturated) in self.shares().items():
            self._writer.scalar(f"{path}/dead", dead, step)
            self._writer.scalar(f"{path}/saturated", saturated, step)
        self._writer.flush()


def _largest_derivatives(model: base.Layer, inputs: Tree) -> dict[str, np.ndarray]:
    """The largest size of the derivative of each unit of each activation layer over a batch."""
    found: dict[str, np.ndarray] = {}

    def noting(path: str, layer: base.Layer, forward: Forward) -> Forward | None:
        def note(x: jax.Array) -> jax.Array:
            y, derivative = jax.jvp(forward, (x,), (jnp.ones_like(x),))
            if not isinstance(y, jax.core.Tracer):  # As inside of a scan.
                size = np.abs(np.asarray(derivative, np.float32))
                found[path] = size.reshape(-1, size.shape[-1]).max(axis=0)
            return y

        return note if isinstance(layer, Activation) else None

    with intercept(model, noting):
        model.pure_fn(inputs, model.weights, model.state, jax.random.PRNGKey(0))
    return found
