"""What a checkpoint of a loop holds, and how a loop goes on from it as if it had never stopped."""

import collections
import os
from collections.abc import Iterator
from typing import Any

import jax
import numpy as np

from trax_activations import weights
from trax_activations._trax import trainer_lib
from trax_activations.training import checkpoints

_SUFFIX = ".safetensors"


def path_of(directory: str, basename: str) -> str:
    """Path of the checkpoint of that name."""
    return os.path.join(directory, basename + _SUFFIX)


def save(loop: Any, path: str) -> None:
    """Writes everything that a loop needs to go on: one file, whole or not at all.

    Args:
        loop: A :class:`trax_activations.training.Loop`, whose model shows its newest weights.
        path: The file.

    Raises:
        OSError: If the file cannot be written; the checkpoint before it is intact.
    """
    arrays = {f"weights/{name}": array for name, array in weights.to_dict(loop.model).items()}
    arrays["rng"] = loop._rng
    for place, tree in _other_arrays(loop):
        arrays |= {f"{place}/{i}": leaf for i, leaf in enumerate(jax.tree.leaves(tree))}
    record = {
        "step": loop.step,
        "history": loop.history.to_dict(),
        "metrics": loop._since.to_record(),
        "counters": trainer_lib.trax_inputs.data_counters,
        "positions": [getattr(stream, "position", None) for stream in _streams(loop)],
    }
    checkpoints.write(path, arrays, record)


def load(loop: Any, path: str) -> str | None:
    """Puts a loop where the checkpoint was written.

    Args:
        loop: A loop over the same model and tasks.
        path: The file; the one before it is taken if it is damaged.

    Returns:
        A warning, if the checkpoint before it was taken.

    Raises:
        FileNotFoundError: If there is no checkpoint.
        ValueError: If no file is whole, or it is of another model or optimizer.
    """
    found = checkpoints.read(path)
    arrays = found.arrays
    prefix = "weights/"
    weights.assign(
        loop.model,
        {name.removeprefix(prefix): a for name, a in arrays.items() if name.startswith(prefix)},
    )
    for place, tree in _other_arrays(loop):
        _replace(loop, place, _filled(tree, place, arrays, found.path))
    loop._rng = jax.numpy.asarray(arrays["rng"])
    loop._step = found.record["step"]
    loop._history = trainer_lib.trax_history.History.from_dict(_as_history(found.record["history"]))
    loop._since.restore(found.record["metrics"])
    # How Trax's own streams (trax.data.CountAndSkip) remember where they were.
    trainer_lib.trax_inputs.data_counters = dict(found.record["counters"])
    for stream, position in zip(_streams(loop), found.record["positions"], strict=False):
        if position is not None and hasattr(stream, "seek"):
            stream.seek(position)
    return found.warning


def _other_arrays(loop: Any) -> Iterator[tuple[str, Any]]:
    """The trees of arrays besides the weights, each with its place in the file."""
    yield "state", loop.model.state
    for i, trainer in enumerate(loop._trainer_per_task):
        if loop._use_memory_efficient_trainer:
            yield f"slots/{i}", trainer.slots
            continue
        yield f"slots/{i}", trainer._slots
        yield f"loss_weights/{i}", trainer.model_with_loss.weights[1]
        yield f"loss_state/{i}", trainer.model_with_loss.state[1]


def _replace(loop: Any, place: str, tree: Any) -> None:
    """Puts back one of the trees of ``_other_arrays``."""
    kind, _, index = place.partition("/")
    if kind == "state":
        loop.model.state = tree
        return
    trainer = loop._trainer_per_task[int(index)]
    if kind == "slots":
        trainer.slots = tree
    elif kind == "loss_weights":
        trainer.model_with_loss.sublayers[1].weights = tree
    else:
        trainer.model_with_loss.sublayers[1].state = tree


def _filled(tree: Any, place: str, arrays: dict[str, np.ndarray], path: str) -> Any:
    """``tree`` with the arrays of the file."""
    leaves, structure = jax.tree.flatten(tree)
    stored = [arrays.get(f"{place}/{i}") for i in range(len(leaves))]
    surplus = f"{place}/{len(leaves)}" in arrays
    shapes = [np.shape(leaf) for leaf in leaves]
    if surplus or any(a is None or a.shape != s for a, s in zip(stored, shapes, strict=True)):
        count = sum(name.startswith(f"{place}/") for name in arrays)
        raise ValueError(
            f"{path} holds {count} arrays of {place!r}, and they do not fit the {len(leaves)} of "
            "this loop: it was written by another model, optimizer or list of tasks. Use another "
            "output_dir, or load the weights alone with trax_activations.weights."
        )
    return jax.tree.unflatten(structure, [jax.numpy.asarray(array) for array in stored])


def _streams(loop: Any) -> Iterator[Any]:
    """The data of all tasks, each in its place."""
    tasks = [*loop._tasks, *(task for task in loop._eval_tasks if task is not None)]
    return (task.labeled_data for task in tasks)


def _as_history(stored: dict[str, Any]) -> dict[str, Any]:
    """The history as Trax keeps it: JSON has made lists of its pairs."""
    values = {
        mode: collections.defaultdict(
            list, {name: [tuple(pair) for pair in series] for name, series in by_name.items()}
        )
        for mode, by_name in stored["_values"].items()
    }
    return {**stored, "_values": values}
