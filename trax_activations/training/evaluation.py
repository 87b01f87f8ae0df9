"""Measures a model on the batches of an eval task."""

from collections.abc import Callable, Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array

from trax_activations._trax import base
from trax_activations._trax import training as trax_training
from trax_activations.training.devices import Devices
from trax_activations.training.protocols import OwnLoop, Tree
from trax_activations.training.tasks import DataEnded

# Metrics of Trax (layers/metrics.py) that are means over sequences, whatever these weigh.
_OF_SEQUENCES = frozenset({"MaskedSequenceAccuracy", "SequenceAccuracy"})


def evaluate(loop: OwnLoop, summary_writers: Sequence[Any] | None) -> None:
    """Does what Trax's ``Loop.run_evals`` does, but weighs batches (supervised/training.py:719)."""
    loop._eval_model.weights, loop._eval_model.state = loop.model.weights, loop.model.state
    trainer = loop._trainer_per_task[loop._which_task(loop.step)]
    trained = getattr(trainer, "accelerated_model_with_loss", None)  # It lies on all devices.
    weights, state = (trained.weights[0], trained.state[0]) if trained else _held_by(loop.model)
    writers = summary_writers or (None,) * len(loop.eval_tasks)
    for i, task in enumerate(loop.eval_tasks):
        if task is not None:
            metrics = mean_metrics(task, loop._evaluator_per_task[i], weights, state, loop.new_rng)
            loop.log_summary(metrics, writers[i], "metrics/", "eval")
            loop.log_summary(dict(_summaries(state)), writers[i], "summary_", "eval")


def _held_by(model: base.Layer) -> tuple[Tree, Tree]:
    return model.weights, model.state


def _summaries(state: Tree) -> Iterator[tuple[str, Array]]:
    """What layers leave in their state for TensorBoard: values of keys 'summary_...'."""
    if isinstance(state, (tuple, list)):
        for part in state:
            yield from _summaries(part)
    elif isinstance(state, dict):
        for key, value in state.items():
            if isinstance(key, str) and key.startswith("summary_"):
                for i, each in enumerate(value):
                    yield f"device{i}/{key.removeprefix('summary_')}", each


def on_devices(devices: Devices, evaluator: trax_training._Evaluator) -> trax_training._Evaluator:
    """Trax's evaluator, which measures on all devices that a loop trains on."""

    def metrics_fn(batch: Tree, weights: Tree, state: Tree, rng: Array) -> Tree:
        placed = devices.replicate((weights, state, rng))
        return devices.local(evaluator.metrics_fn(devices.split(batch), *placed))

    return evaluator._replace(metrics_fn=metrics_fn)


def with_batch_weights(task: trax_training.EvalTask) -> Any:
    """An eval task as Trax's evaluator sees it: each metric is followed by a batch's weight."""
    weights = [_batch_weight(metric) for metric in task.metrics]
    return SimpleNamespace(metrics=[*task.metrics, *weights], sample_batch=task.sample_batch)


def mean_metrics(
    task: trax_training.EvalTask,
    evaluator: trax_training._Evaluator,
    weights: Tree,
    state: Tree,
    new_rng: Callable[[], Array],
) -> dict[str, Any]:
    """The metrics of an eval task, by name: means over its batches.

    Args:
        task: The task; it says how many batches to take, and whether to weigh them.
        evaluator: Gives the values of all metrics for a batch, then what it counts for each.
        weights: Those of the model.
        state: That of the model.
        new_rng: Makes a random key for each batch.

    Raises:
        DataEnded: If the data end.
    """
    n, taken = len(task.metrics), []
    for i in range(task.n_eval_batches):
        rng = new_rng()
        try:
            batch = task.next_batch()
        except StopIteration:
            raise DataEnded(
                f"The data of an eval task ended after {i} of {task.n_eval_batches} batches. Let "
                "them go on for ever, for example by itertools.cycle(batches)."
            ) from None
        values, _ = evaluator.metrics_fn(
            batch, (weights, evaluator.weights), (state, evaluator.state), rng
        )
        taken.append([np.asarray(value, np.float32) for value in values])
    rows = np.asarray(taken)
    # In the precision of Trax, which adds up a single metric in JAX, and several in NumPy.
    values, counts = np.split(rows.astype(np.float32 if n == 1 else np.float64), [n], axis=1)
    different = (counts != counts[0]).any(axis=0) & getattr(task, "weigh_batches", False)
    # Of a batch without any weight Trax's metrics are NaN, which times 0 is still NaN.
    weighed = np.where(counts == 0, 0, values * counts)
    with np.errstate(invalid="ignore"):  # Where `different` does not take it.
        means = np.where(different, _sum(weighed) / _sum(counts), _sum(values) / len(values))
    return dict(zip(task.metric_names, means, strict=True))


def _sum(rows: np.ndarray) -> np.ndarray:
    """The sum of rows, one after the other as in Trax."""
    total: np.ndarray = np.add.accumulate(rows)[-1]
    return total


def _batch_weight(metric: base.Layer) -> base.Layer:
    """What a batch counts for a metric, as a layer that takes what the metric takes."""
    name = (metric.sublayers[-1] if metric.sublayers else metric).name
    if "Sum" in name:  # A sum over a batch, as `WeightedSum`: batches count the same.
        return _of_inputs(metric, lambda first, *rest: jnp.float32(1))
    if metric.n_in < 2 or metric.name in _OF_SEQUENCES:
        return _of_inputs(metric, lambda first, *rest: jnp.float32(first.shape[0]))
    if metric.n_in < 3:
        return _of_inputs(metric, lambda outputs, targets: jnp.float32(targets.size))
    return _of_inputs(metric, lambda outputs, targets, weights, *rest: jnp.sum(weights))


def _of_inputs(metric: base.Layer, weight: Callable[..., Array]) -> base.Layer:
    def forward(inputs: Tree) -> Array:
        return weight(*inputs) if isinstance(inputs, (list, tuple)) else weight(inputs)

    return base.PureLayer(forward, n_in=metric.n_in, n_out=1, name="BatchWeight")
