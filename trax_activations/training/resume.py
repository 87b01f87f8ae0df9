"""What a checkpoint of a loop holds, and how a loop goes on from it as if it had never stopped."""

import collections
import contextlib
import os
from collections.abc import Iterator
from typing import Any

import jax
import numpy as np

from trax_activations import weights
from trax_activations._trax import base, patched, trainer_lib
from trax_activations.checkpoints import convert
from trax_activations.checkpoints import run_file as checkpoints
from trax_activations.checkpoints.stock_checkpoints import read_counters, read_stock


def path_of(directory: str, basename: str) -> str:
    """Path of the checkpoint of that name."""
    return os.path.join(directory, basename + convert.SUFFIX)


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
    signature = loop._batch_signature[: loop.model.n_in]
    record = {
        "step": loop.step,
        "history": loop.history.to_dict(),
        "metrics": loop._since.to_record(),
        "counters": trainer_lib.trax_inputs.data_counters,
        "positions": [getattr(stream, "position", None) for stream in _streams(loop)],
        # For whoever makes a model of the checkpoint: see `convert`.
        "input_signature": [[list(part.shape), np.dtype(part.dtype).name] for part in signature],
    }
    checkpoints.write(path, arrays, record)


def no_pickled_counters() -> contextlib.AbstractContextManager[None]:
    """Keeps Trax's constructor from unpickling what lies in the output directory."""
    return patched(trainer_lib.trax_inputs, "load_data_counters", lambda directory: None)


def load(loop: Any, directory: str, basename: str) -> str | None:
    """Puts a loop where a checkpoint was written: ours, or else one of stock Trax, or nowhere.

    Args:
        loop: A loop over the same model and tasks.
        directory: Where the checkpoint is, if there is one.
        basename: Its name without suffix.

    Returns:
        A warning, if the checkpoint before it was taken.

    Raises:
        ValueError: If no file is whole, or it is of another model or optimizer.
    """
    path = path_of(directory, basename)
    if checkpoints.exists(path):
        found = checkpoints.read(path)
    elif os.path.exists(stock := os.path.join(directory, basename + convert.STOCK)):
        found = convert.as_ours(read_stock(directory, basename), stock)
        found.record["counters"] = read_counters(directory)
    else:
        return None
    _put(loop, found)
    return found.warning


def _put(loop: Any, found: checkpoints.Checkpoint) -> None:
    """Puts a loop where the checkpoint was written; unless all fits, it stays where it is."""
    arrays, record, before = found.arrays, found.record, loop.model.weights
    weights.assign(loop.model, _weights(loop.model, found))
    try:
        trees = _trees(loop, found)
    except ValueError:
        loop.model.weights = before
        raise
    for place, tree in trees.items():
        _replace(loop, place, tree)
    if "rng" in arrays:
        loop._rng = jax.numpy.asarray(arrays["rng"])
    loop._step = record["step"]
    loop._history = trainer_lib.trax_history.History.from_dict(_as_history(record["history"]))
    if "metrics" in record:
        loop._since.restore(record["metrics"])
    # How Trax's own streams (trax.data.CountAndSkip) remember where they were.
    trainer_lib.trax_inputs.data_counters = dict(record.get("counters", {}))
    for stream, position in zip(_streams(loop), record.get("positions", ()), strict=False):
        if position is not None and hasattr(stream, "seek"):
            stream.seek(position)


def _trees(loop: Any, found: checkpoints.Checkpoint) -> dict[str, Any]:
    """The stored trees of arrays besides the weights, by their places."""
    trees = {
        place: _filled(tree, place, found)
        for place, tree in _other_arrays(loop)
        # Stock Trax forgets those of a loss.
        if "rng" in found.arrays or not place.startswith("loss")
    }
    places = tuple(f"{place}/" for place in (*trees, "weights", "flat_weights"))
    for name in found.arrays:
        if name != "rng" and not name.startswith(places):
            raise _misfit(found, f"it has {name!r} besides")
    return trees


def _weights(model: base.Layer, found: checkpoints.Checkpoint) -> dict[str, np.ndarray]:
    """The stored weights by name; those of a stock checkpoint, which only has an order, too."""
    present = weights.to_dict(model)
    stored = {
        name.partition("/")[2]: array
        for name, array in found.arrays.items()
        if name.startswith("weights/")
    }
    if not stored:
        trees = _filled(list(present.values()), "flat_weights", found)
        return dict(zip(present, trees, strict=True))
    for name in present.keys() & stored.keys():
        if not _same_dtype(stored[name], present[name]):
            raise _misfit(found, f"{name!r} is {stored[name].dtype}, not {present[name].dtype}")
    return stored


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


def _filled(tree: Any, place: str, found: checkpoints.Checkpoint) -> Any:
    """``tree`` with the arrays of the file."""
    leaves, structure = jax.tree.flatten(tree)
    count = sum(name.startswith(f"{place}/") for name in found.arrays)
    if count != len(leaves):
        raise _misfit(found, f"it has {count} of {place!r}, not {len(leaves)}")
    stored = [found.arrays[f"{place}/{i}"] for i in range(count)]
    for i, (array, leaf) in enumerate(zip(stored, leaves, strict=True)):
        if array.shape != np.shape(leaf) or not _same_dtype(array, leaf):
            wanted = f"{jax.numpy.result_type(leaf)}{list(np.shape(leaf))}"
            raise _misfit(found, f"{place}/{i} is {array.dtype}{list(array.shape)}, not {wanted}")
    return jax.tree.unflatten(structure, [jax.numpy.asarray(array) for array in stored])


def _same_dtype(array: np.ndarray, leaf: Any) -> bool:
    """Whether an array is what JAX makes of a leaf: without the width that it has no use for."""
    return jax.numpy.result_type(array) == jax.numpy.result_type(leaf)


def _misfit(found: checkpoints.Checkpoint, what: str) -> ValueError:
    return ValueError(
        f"The arrays of {found.path} do not fit this loop: {what}. It was written by another "
        "model, optimizer or list of tasks. Use another output_dir, or load the weights alone with "
        "trax_activations.weights."
    )


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
