"""How the learned parameters of a run moved: kept in the loop's history, hence in checkpoints."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from trax_activations._model import walk
from trax_activations._trax import base
from trax_activations.layers import LearnedActivation
from trax_activations.training.protocols import TrainingLoop

__all__ = ["QUANTILES", "append_learned", "learned_values", "read_learned"]

MODE = "learned"  # Under which Trax's History, which has 'train' and 'eval', keeps them.

# Of all channels of a layer: these five tell a distribution, whatever the number of channels.
QUANTILES = {"min": 0.0, "lower quarter": 0.25, "median": 0.5, "upper quarter": 0.75, "max": 1.0}


def learned_values(model: base.Layer) -> dict[str, NDArray[np.float32]]:
    """What the activations of a model have learned: an array for each parameter, by path.

    Example:
        >>> import trax_activations as ta
        >>> from trax import layers as tl
        >>> model = tl.Serial(tl.Dense(2), ta.ParametricRelu(2))
        >>> _ = model.init(jax.ShapeDtypeStruct((1, 3), jnp.float32))
        >>> learned_values(model)
        {'serial/parametric_relu/a': array([0.25, 0.25], dtype=float32)}
    """
    found = {}
    for path, layer in walk(model):
        if isinstance(layer, LearnedActivation):
            for name, value in layer.values().items():
                found[f"{path}/{name}"] = np.asarray(value, np.float32)
    return found


def append_learned(loop: TrainingLoop) -> None:
    """Adds the learned parameters to a loop's history, if they are not there for this step."""
    for path, values in learned_values(loop.model).items():
        for name, share in QUANTILES.items():
            metric = f"{path}/{name}"
            series = loop.history.get(MODE, metric)
            if not series or series[-1][0] < loop.step:
                loop.history.append(MODE, metric, loop.step, float(np.quantile(values, share)))


def read_learned(history: dict[str, Any]) -> dict[str, dict[str, NDArray[np.float64]]]:
    """Reads the learned parameters back, by path: the steps, as 'step', and :data:`QUANTILES`."""
    found: dict[str, dict[str, NDArray[np.float64]]] = {}
    for metric, series in history["_values"].get(MODE, {}).items():
        path, _, name = metric.rpartition("/")
        steps, values = np.asarray(series, np.float64).reshape(-1, 2).T
        found.setdefault(path, {})["step"] = steps
        found[path][name] = values
    return found
