"""Activation weights in TensorBoard."""

from typing import Any

import numpy as np

from trax_activations import weights
from trax_activations._gin import configurable
from trax_activations._model import walk
from trax_activations._trax import base, trainer_lib
from trax_activations.layers import Activation
from trax_activations.training.callbacks._base import WritingCallback
from trax_activations.training.protocols import TrainingLoop


@configurable
class ActivationWeights(WritingCallback):
    """TensorBoard histograms, and scalars, of every weight of every activation.

    They are called by the weights' paths, such as 'serial/parametric_relu_2/a', which two layers
    never share and which stay the same from run to run.

    Args:
        loop: The loop; without an output directory nothing is written.
        every: How many steps from one to the next.
    """

    def __init__(self, loop: TrainingLoop, every: int = 100) -> None:
        super().__init__(loop, every)

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


def activation_weights(model: base.Layer) -> dict[str, np.ndarray]:
    """The weights of a model's activations, by their paths."""
    paths = [path for path, layer in walk(model) if isinstance(layer, Activation)]
    return {
        name: np.asarray(value, np.float32)
        for name, value in weights.to_dict(model).items()
        if name.rpartition("/")[0] in paths
    }


def _histogram(tag: str, values: np.ndarray) -> Any:
    """A TensorBoard histogram: Trax's own writer of them fails on NumPy 2 (jaxboard.py:277)."""
    tf = trainer_lib.jaxboard.tf.compat.v1  # Of TensorBoard: nothing loads TensorFlow.
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
