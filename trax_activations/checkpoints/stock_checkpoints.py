"""Reads and writes the checkpoints of stock Trax: ``model.pkl.gz`` and the files beside it.

``Loop.save_checkpoint`` (trax/supervised/training.py:806) writes one file after another: optimizer
slots, weights, and last the pickle with step, history and state. Killed in between, it leaves files
of two steps. Their arrays tell no step; but gzip notes in each file when it was begun, and in
files of one save these times do not go back. Files of different runs, put together by hand, cannot
be told.
"""

import contextlib
import dataclasses
import os
import pickle
import time
from collections.abc import Iterator
from typing import Any

import jax
import numpy as np

from trax_activations.checkpoints import stock_files, stock_pickle
from trax_activations.checkpoints.run_state import history_of
from trax_activations.checkpoints.tensor_file import CheckpointError

__all__ = ["StockCheckpoint", "read_counters", "read_stock", "write_stock"]


@dataclasses.dataclass(frozen=True)
class StockCheckpoint:
    """What the files hold.

    Attributes:
        flat_weights: The weights, in the order of ``tl.flatten_weights_and_state``.
        flat_state: The state, in that order.
        flat_eval_state: The state of the eval model.
        slots_per_task: The optimizer's slots for each training task, flat, without empty ones.
        step: The number of steps done.
        history: What ``History.to_dict`` gives, with Python numbers for values.
        input_signature: Trax's ``ShapeDtype`` of the model's input, or a tuple of them.
    """

    flat_weights: list[np.ndarray]
    flat_state: list[Any]
    flat_eval_state: list[Any]
    slots_per_task: list[list[np.ndarray]]
    step: int
    history: dict[str, Any]
    input_signature: Any


def read_stock(
    directory: str, basename: str = "model", *, accept_torn: bool = False
) -> StockCheckpoint:
    """Reads a checkpoint of stock Trax, or a model that ``Layer.save_to_file`` wrote.

    Nothing is run that the pickle may hold.

    Raises:
        FileNotFoundError: If a file is missing.
        CheckpointError: If a file is damaged or holds something else, or if the files were not
            written by one save.

    Example:
        >>> import tempfile
        >>> directory = tempfile.mkdtemp()
        >>> weights, history = [np.zeros((2, 3), np.float32)], {"_values": {}}
        >>> path = write_stock(
        ...     directory, StockCheckpoint(weights, [], [], [[]], 7, history, None)
        ... )
        >>> read_stock(directory).step
        7
    """
    path = os.path.join(directory, basename)
    content = stock_files.read_pickle(f"{path}.pkl.gz")
    files = [f"{path}.pkl.gz"]
    weights: Any = content["flat_weights"]
    if isinstance(weights, int):  # The files of arrays were compressed at this level.
        files.insert(0, f"{path}.weights.npy.gz")
        weights = stock_files.read_arrays(files[0])
    slots: Any = content.get("slots_per_task", [content["slots"]] if "slots" in content else [])
    if isinstance(slots, int):
        slot_files = stock_files.slot_files(path)
        files = slot_files + files
        slots = [stock_files.read_arrays(file) for file in slot_files]
    if not accept_torn:
        stock_files.check_times(files)
    state = content.get("flat_state") or []
    try:
        return StockCheckpoint(
            flat_weights=stock_files.from_bits(weights),
            flat_state=list(state),
            flat_eval_state=list(content.get("flat_eval_state", state)),
            slots_per_task=[stock_files.from_bits(_flatten(task)) for task in slots],
            step=int(content.get("step", 0)),
            history=history_of(content.get("history", {"_values": {}})),
            input_signature=content.get("input_signature"),
        )
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise CheckpointError(f"{path + '.pkl.gz'!r} is no checkpoint of Trax's.") from error


def read_counters(directory: str) -> dict[str, int]:
    """Reads how far stock Trax's streams were (``trax.data.CountAndSkip``), in this process.

    Raises:
        CheckpointError: If it holds something else.
    """
    path = os.path.join(directory, f"data_counters{jax.process_index()}.pkl")
    if not os.path.exists(path):
        return {}
    try:
        with open(path, "rb") as file:
            counters = stock_pickle.load(file)
        return {str(name): int(count) for name, count in counters.items()}
    except (AttributeError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"{path!r} is unusable: {error}. Put a whole copy there, or remove it: the data are "
            "then read from their beginning."
        ) from error


def write_stock(directory: str, checkpoint: StockCheckpoint, basename: str = "model") -> str:
    """Writes a checkpoint that stock Trax's ``Loop`` and ``init_from_file`` read.

    Of bfloat16 weights such files hold the bits, which Trax's ``Loop`` knows; its
    ``init_from_file`` takes them for integers.

    Raises:
        CheckpointError: If an array has a dtype that such files cannot hold.
        OSError: If a file cannot be written.
    """
    path = os.path.join(directory, basename)
    level = 2  # As Trax has it.
    content = {
        "step": checkpoint.step,
        "flat_weights": level,
        "flat_state": [_on_host(x) for x in checkpoint.flat_state],
        "flat_eval_state": [_on_host(x) for x in checkpoint.flat_eval_state],
        "history": history_of(checkpoint.history),
        "slots_per_task": level if checkpoint.slots_per_task else [],
        "input_signature": checkpoint.input_signature,
        "version_timestamp": "Mar-10-2021",  # trax/supervised/training.py:860
    }
    now = time.time()
    with contextlib.ExitStack() as stack:
        # All are written before any is replaced; the last opened is the first to be replaced.
        with stock_files.compressed(stack, f"{path}.pkl.gz", level, now) as file:
            pickle.dump(content, file, protocol=4)
        arrays = {f"{path}.weights.npy.gz": checkpoint.flat_weights}
        for i, slots in enumerate(checkpoint.slots_per_task):
            arrays[f"{path}.opt_slots{i}.npy.gz"] = slots
        for name, values in arrays.items():
            with stock_files.compressed(stack, name, level, now) as file:
                stock_files.write_arrays(file, values)
    return f"{path}.pkl.gz"


def _flatten(slots: Any) -> Iterator[Any]:
    if isinstance(slots, (list, tuple)):
        for part in slots:
            yield from _flatten(part)
    elif slots is not None:
        yield slots


def _on_host(value: Any) -> Any:
    return np.asarray(value) if hasattr(value, "dtype") else value
