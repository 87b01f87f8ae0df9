"""Checks of a loop's arguments, of its tasks and of their first batches, before anything runs."""

from collections.abc import Sequence
from numbers import Integral
from typing import Any

import numpy as np

from trax_activations._checks import check_count, refused
from trax_activations._trax import base, fastmath, optimizers, shapes
from trax_activations._trax import training as trax_training

__all__ = [
    "check_eval_task",
    "check_fits",
    "check_loop",
    "check_metric",
    "check_train_task",
    "named_metrics",
]

# Losses and metrics of Trax (layers/metrics.py) whose targets are numbers of classes.
_OF_CLASSES = frozenset(
    {"Accuracy", "CategoryAccuracy", "CategoryCrossEntropy", "CrossEntropyLoss", "CrossEntropySum"}
    | {"MaskedSequenceAccuracy", "SequenceAccuracy"}
    | {"WeightedCategoryAccuracy", "WeightedCategoryCrossEntropy"}
)
_SAME_SHAPE = frozenset({"BinaryCrossEntropy"})  # It would broadcast one against the other.


def check_train_task(owner: str, given: dict[str, Any]) -> None:
    """Refuses arguments of a training task that are another thing than they should be."""
    _check_data(owner, given)
    if "loss_layer" in given:
        _check_layer(owner, "loss_layer", given["loss_layer"])
    optimizer = given.get("optimizer")
    known = callable(optimizer) or isinstance(optimizer, optimizers.base.Optimizer)
    if "optimizer" in given and not known:
        raise refused(owner, "optimizer", optimizer, "an optimizer", "trax.optimizers.Adam(0.001)")
    for name in ("n_steps_per_checkpoint", "n_steps_per_permanent_checkpoint"):
        if given.get(name) is not None:  # None is Trax's word for never.
            check_count(owner, name, given[name])


def check_eval_task(owner: str, given: dict[str, Any]) -> None:
    """Refuses arguments of an eval task that are another thing than they should be."""
    _check_data(owner, given)
    metrics, names = given.get("metrics", ()), given.get("metric_names")
    if isinstance(metrics, base.Layer) or not isinstance(metrics, Sequence):
        raise refused(owner, "metrics", metrics, "a list of layers", "[tl.CategoryAccuracy()]")
    for metric in metrics:
        _check_layer(owner, "metrics", metric)
    names = list(names or (metric.name for metric in metrics))
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(
            f"{owner} takes different metric_names, for example ['loss', 'accuracy'], but received "
            f"{names}: of those called {twice[0]!r} only the last would be recorded."
        )
    check_count(owner, "n_eval_batches", given.get("n_eval_batches", 1))


def check_loop(model: base.Layer, eval_model: base.Layer | None, options: dict[str, Any]) -> None:
    """Refuses arguments of a loop that cannot work, and batches with too few or many arrays."""
    if not fastmath.is_backend(fastmath.Backend.JAX):
        raise RuntimeError(
            f"Loop trains on Trax's backend 'jax', but {fastmath.backend_name()!r} is in use. "
            "Leave out trax.fastmath.set_backend and use_backend."
        )
    seed = options.get("random_seed")
    integer = isinstance(seed, Integral) and not isinstance(seed, bool)
    if seed is not None and not (integer and 0 <= int(seed) < 2**32):
        raise refused("Loop", "random_seed", seed, "None or an integer from 0 to 2**32 - 1", "1")
    eval_tasks = [task for task in _listed(options.get("eval_tasks")) if task is not None]
    for task in _listed(options["tasks"]):
        check_train_task("TrainTask", {name.lstrip("_"): x for name, x in vars(task).items()})
        if isinstance(task.optimizer, type) and not options.get("use_memory_efficient_trainer"):
            name = task.optimizer.__name__
            raise TypeError(
                f"TrainTask takes an optimizer, for example trax.optimizers.{name}(0.001), but "
                f"received the class {name}. Call it."
            )
        _check_number_of_arrays("TrainTask", model, [task.loss_layer], task.sample_batch)
    for task in eval_tasks:
        check_eval_task("EvalTask", {name.lstrip("_"): x for name, x in vars(task).items()})
        _check_number_of_arrays("EvalTask", eval_model or model, task.metrics, task.sample_batch)
    for name in ("checkpoint_low_metric", "checkpoint_high_metric"):
        if options.get(name) is not None:
            check_metric("Loop", name, options[name], eval_tasks)


def check_metric(
    owner: str, argument: str, metric: str, eval_tasks: Sequence[trax_training.EvalTask | None]
) -> None:
    """Refuses the name of a metric that no eval task has, or more than one."""
    names = named_metrics(eval_tasks)
    if metric not in names:
        there_are = f"There are {', '.join(names)}." if names else "There is none: no eval task."
        raise ValueError(f"{owner}: no eval metric is called {metric!r}. {there_are}")
    if names.count(metric) > 1:
        raise ValueError(
            f"{owner}: {argument}={metric!r} names a metric of {names.count(metric)} eval tasks. "
            "Give each task metric_names of its own."
        )


def named_metrics(eval_tasks: Sequence[trax_training.EvalTask | None]) -> list[str]:
    """The names of all metrics of all eval tasks."""
    return [name for task in eval_tasks if task is not None for name in task.metric_names]


def check_fits(
    owner: str, model: base.Layer, ends: Sequence[base.Layer], batch: Sequence[Any]
) -> None:
    """Refuses a first batch whose targets do not go with the outputs of an initialised model."""
    known = [layer for layer in ends if layer.name in _OF_CLASSES | _SAME_SHAPE]
    if not known or model.n_out != 1 or len(batch) <= model.n_in:
        return
    signature = model.output_signature(shapes.signature(batch))
    output = signature[0] if isinstance(signature, (list, tuple)) else signature
    targets, shape = np.asarray(batch[model.n_in]), tuple(output.shape)
    for layer in known:
        wanted = shape if layer.name in _SAME_SHAPE else shape[:-1]
        if targets.shape != wanted:
            raise ValueError(
                f"{owner}: the model's output has shape {shape}, so {layer.name} takes targets of "
                f"shape {wanted}, but received {targets.shape}.{_reshaping(targets, shape, wanted)}"
            )
        if layer.name in _OF_CLASSES:
            _check_classes(owner, layer, targets, shape[-1], batch[model.n_in + 1 :])


def _check_classes(
    owner: str, layer: base.Layer, targets: np.ndarray, n: int, rest: Sequence[Any]
) -> None:
    """Refuses numbers of classes that a model has no output for, unless they weigh nothing."""
    weights = rest[0] if layer.n_in > 2 and rest else 1.0
    counts = np.broadcast_to(np.asarray(weights) != 0, targets.shape)
    wrong = targets[((targets < 0) | (targets >= n)) & counts]
    if wrong.size:
        raise ValueError(
            f"{owner}: the model has {n} outputs, so {layer.name} takes targets from 0 to {n - 1}, "
            f"but received {wrong.flat[0]}. Give the last layer as many units as there are classes."
        )


def _reshaping(targets: np.ndarray, output: tuple[int, ...], wanted: tuple[int, ...]) -> str:
    if targets.shape == (*wanted, 1):
        return " Take the last axis away: targets[..., 0]."
    if wanted == (*targets.shape, 1):
        return " Add a last axis: targets[..., None]."
    if targets.shape == output:
        return " Give the numbers of the classes: targets.argmax(-1)."
    return ""


def _check_number_of_arrays(
    owner: str, model: base.Layer, ends: Sequence[base.Layer], batch: Any
) -> None:
    if not isinstance(batch, (list, tuple)):
        raise TypeError(
            f"{owner} takes batches that are tuples of arrays, (inputs, targets) or (inputs, "
            f"targets, weights), but received a {type(batch).__name__}."
        )
    longest = max(ends, key=lambda layer: layer.n_in)
    wanted = model.n_in + max(0, longest.n_in - model.n_out)
    if len(batch) != wanted:
        raise ValueError(
            f"{owner} takes batches of {wanted} arrays here, {model.n_in} for the model and "
            f"{wanted - model.n_in} for {longest.name}, but received {len(batch)}. The losses and "
            "metrics called Weighted... take weights as well, the others do not."
        )


def _check_data(owner: str, given: dict[str, Any]) -> None:
    data = given.get("labeled_data", iter(()))
    if not hasattr(data, "__next__"):
        raise TypeError(
            f"{owner} takes an iterator of batches as labeled_data, for example "
            f"itertools.cycle(batches), but received a {type(data).__name__}."
        )


def _check_layer(owner: str, name: str, value: Any) -> None:
    if not isinstance(value, base.Layer):
        what = getattr(value, "__name__", None)
        called = f" Call it: {what}()." if callable(value) and what else ""
        raise TypeError(f"{owner} takes a layer as {name}, but received {value!r}.{called}")


def _listed(tasks: Any) -> Sequence[Any]:
    return () if tasks is None else tasks if isinstance(tasks, (list, tuple)) else (tasks,)
