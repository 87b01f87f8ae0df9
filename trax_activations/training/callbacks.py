"""What people watch while a model trains; for our ``Loop`` and for Trax's own.

Trax makes a callback from a class, ``callback(loop)``: give options with ``functools.partial``::

    training.Loop(..., callbacks=[functools.partial(training.ActivationWeights, every=50)])
"""

import os
import sys
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import tqdm

from trax_activations import weights
from trax_activations._gin import configurable
from trax_activations._paths import walk
from trax_activations._trax import base, trainer_lib
from trax_activations._trax import callbacks as trax_callbacks
from trax_activations.layers import Activation

__all__ = [
    "ActivationWeights",
    "Callback",
    "EarlyStopping",
    "Progress",
    "StopTraining",
    "UnitHealth",
]


class StopTraining(Exception):
    """Raised by a callback to end a run. Our ``Loop`` ends it in order; Trax's lets it through."""


class Callback(trax_callbacks.TrainingStepCallback):
    """A callback that does nothing, to be derived from.

    Args:
        loop: The loop.
        every: It is called at step 1 and at every multiple of this.
    """

    # Whether the model must show its newest weights when the callback is called, which copies them.
    needs_model = True

    def __init__(self, loop: Any, every: int = 1) -> None:
        super().__init__(loop)
        self._every = every

    def call_at(self, step: int) -> bool:
        """Whether it is called at this step."""
        return step == 1 or step % self._every == 0

    def on_step_begin(self, step: int) -> None:
        """Called before a step."""

    def on_step_end(self, step: int) -> None:
        """Called after a step."""


@configurable
class ActivationWeights(Callback):
    """TensorBoard histograms, and scalars, of every weight of every activation.

    They are called by the weights' paths, such as 'serial/parametric_relu_2/a', which two layers
    never share and which stay the same from run to run.

    Args:
        loop: The loop; without an output directory nothing is written.
        every: How many steps from one to the next.
    """

    def __init__(self, loop: Any, every: int = 100) -> None:
        super().__init__(loop, every)
        self._writer = _writer(loop, "activations")

    def on_step_end(self, step: int) -> None:
        """Writes the weights."""
        if self._writer is None:
            return
        for path, value in activation_weights(self._loop.model).items():
            self._writer.scalar(f"{path}/mean", value.mean(), step)
            if value.size > 1:
                self._writer.scalar(f"{path}/min", value.min(), step)
                self._writer.scalar(f"{path}/max", value.max(), step)
                self._writer.add_summary(_histogram(path, value), step)
        self._writer.flush()


@configurable
class UnitHealth(Callback):
    """The share of dead and of saturated units of every activation layer, in TensorBoard.

    On the training task's sample batch: a unit (an element of the last axis) is dead if the
    derivative of its activation is 0 for every example, and saturated if it is nowhere more than
    ``threshold`` but not dead.

    Args:
        loop: The loop; without an output directory nothing is written, but see ``shares``.
        every: How many steps from one to the next.
        threshold: Derivatives up to this size count as saturated.
    """

    def __init__(self, loop: Any, every: int = 100, threshold: float = 0.01) -> None:
        super().__init__(loop, every)
        self._threshold = threshold
        self._writer = _writer(loop, "activations")

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


@configurable
class EarlyStopping(Callback):
    """Ends the run when an eval metric has not improved for a while.

    Args:
        loop: The loop.
        metric: Name of the metric, as in the eval task's ``metric_names``.
        patience: How many evaluations without an improvement end the run.
        higher_is_better: Whether the metric is to rise.
        min_delta: The least difference that counts as an improvement.
    """

    needs_model = False

    def __init__(
        self,
        loop: Any,
        metric: str = "loss",
        patience: int = 5,
        higher_is_better: bool = False,
        min_delta: float = 0.0,
    ) -> None:
        super().__init__(loop)
        self._metric, self._patience, self._min_delta = metric, patience, min_delta
        self._sign = 1.0 if higher_is_better else -1.0

    def on_step_begin(self, step: int) -> None:
        """Looks at the evaluations so far; asks for the end if they no longer improve."""
        series = self._loop.history.get("eval", f"metrics/{self._metric}")
        values = [self._sign * float(value) for _, value in series]
        best = -float("inf")
        since = 0
        for value in values:
            if value > best + self._min_delta:
                best, since = value, 0
            else:
                since += 1
        if values and since >= self._patience:
            raise StopTraining(
                f"{self._metric} has not improved for {since} evaluations; its best value is "
                f"{self._sign * best:.6g}."
            )


@configurable
class Progress(Callback):
    """A progress bar with steps per second and the time that remains; silent off a terminal.

    Args:
        loop: The loop.
        total: Number of steps of the whole run.
    """

    needs_model = False

    def __init__(self, loop: Any, total: int | None = None) -> None:
        super().__init__(loop)
        self._bar = tqdm.tqdm(
            total=total,
            initial=loop.step,
            unit="step",
            disable=not sys.stderr.isatty(),
            dynamic_ncols=True,
            leave=False,
        )

    def on_step_end(self, step: int) -> None:
        """Moves the bar on."""
        self._bar.update(step - self._bar.n)
        if self._bar.n == self._bar.total:
            self._bar.refresh()


def activation_weights(model: base.Layer) -> dict[str, np.ndarray]:
    """The weights of a model's activations, by their paths.

    Args:
        model: An initialised model.

    Returns:
        NumPy arrays.
    """
    paths = [path for path, layer in walk(model) if isinstance(layer, Activation)]
    return {
        name: np.asarray(value, np.float32)
        for name, value in weights.to_dict(model).items()
        if name.rpartition("/")[0] in paths
    }


def _largest_derivatives(model: base.Layer, inputs: Any) -> dict[str, np.ndarray]:
    """The largest size of the derivative of each unit of each activation layer over a batch."""
    found: dict[str, np.ndarray] = {}
    watched: list[base.Layer] = []
    for path, layer in walk(model):
        if not isinstance(layer, Activation):
            continue
        forward = layer.forward

        def note(x: Any, path: str = path, forward: Any = forward) -> Any:
            y, derivative = jax.jvp(forward, (x,), (jnp.ones_like(x),))
            if not isinstance(y, jax.core.Tracer):  # As inside of a scan.
                size = np.abs(np.asarray(derivative, np.float32))
                found[path] = size.reshape(-1, size.shape[-1]).max(axis=0)
            return y

        object.__setattr__(layer, "forward", note)  # Trax refuses public attributes.
        watched.append(layer)
    try:
        model.pure_fn(inputs, model.weights, model.state, jax.random.PRNGKey(0))
    finally:
        for layer in watched:
            object.__delattr__(layer, "forward")
    return found


def _histogram(tag: str, values: np.ndarray) -> Any:
    """A TensorBoard histogram: Trax's own writer of them fails on NumPy 2 (jaxboard.py:277)."""
    tf = trainer_lib.tf.compat.v1
    counts, edges = np.histogram(values, bins=30)
    histogram = tf.HistogramProto(
        min=values.min(),
        max=values.max(),
        num=values.size,
        sum=values.sum(),
        sum_squares=np.square(values).sum(),
        bucket_limit=edges[1:].tolist(),
        bucket=counts.tolist(),
    )
    return tf.Summary(value=[tf.Summary.Value(tag=tag, histo=histogram)])


def _writer(loop: Any, name: str) -> Any:
    if loop.output_dir is None or not loop.is_chief:
        return None
    return trainer_lib.jaxboard.SummaryWriter(os.path.join(loop.output_dir, name))
