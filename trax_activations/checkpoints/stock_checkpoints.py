"""Reads and writes the checkpoints of stock Trax: ``model.pkl.gz`` and the files beside it.

``Loop.save_checkpoint`` (trax/supervised/training.py:806) writes one file after another: optimizer
slots, weights, and last the pickle with step, history and state. Killed in between, it leaves files
of two steps. Their arrays tell no step; but gzip notes in each file when it was begun, and in
files of one save these times do not go back. Files of different runs, put together by hand, cannot
be told.
"""

import contextlib
import os
import pickle
import time
from collections.abc import Iterator, Sequence
from typing import Any

import jax
import numpy as np

from trax_activations._trax import ShapeDtype
from trax_activations.checkpoints import stock_files, stock_pickle
from trax_activations.checkpoints.run_state import RunState, history_of
from trax_activations.checkpoints.tensor_file import CheckpointError

__all__ = ["read_counters", "read_stock", "write_stock"]


def read_stock(directory: str, basename: str = "model", *, accept_torn: bool = False) -> RunState:
    """Reads a checkpoint of stock Trax, or a model that ``Layer.save_to_file`` wrote.

    Nothing is run that the pickle may hold.

    Raises:
        FileNotFoundError: If a file is missing.
        CheckpointError: If a file is damaged or holds something else, or if the files were not
            written by one save.

    Example:
        >>> import tempfile
        >>> directory = tempfile.mkdtemp()
        >>> run = RunState(7, {"_values": {}}, flat_weights=[np.zeros((2, 3), np.float32)])
        >>> path = write_stock(directory, run)
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
    signature = content.get("input_signature")
    if signature is not None and not isinstance(signature, (list, tuple)):
        signature = (signature,)
    try:
        return RunState(
            step=int(content.get("step", 0)),
            history=history_of(content.get("history", {"_values": {}})),
            flat_weights=stock_files.from_bits(weights),
            state=[np.asarray(x) for x in content.get("flat_state") or []],
            slots=[stock_files.from_bits(_flatten(task)) for task in slots],
            input_signature=signature
            and [[list(part.shape), np.dtype(part.dtype).name] for part in signature],
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


def write_stock(directory: str, run: RunState, basename: str = "model") -> str:
    """Writes a checkpoint that stock Trax's ``Loop`` and ``init_from_file`` read.

    Of bfloat16 weights such files hold the bits, which Trax's ``Loop`` knows; its
    ``init_from_file`` takes them for integers.

    Raises:
        CheckpointError: If an array has a dtype that such files cannot hold.
        OSError: If a file cannot be written.
    """
    path = os.path.join(directory, basename)
    level = 2  # As Trax has it.
    state = [np.asarray(x) for x in run.state]
    signature = run.input_signature
    content = {
        "step": run.step,
        "flat_weights": level,
        "flat_state": state,
        "flat_eval_state": state,
        "history": history_of(run.history),
        "slots_per_task": level,
        "input_signature": signature
        and tuple(ShapeDtype(tuple(shape), np.dtype(dtype)) for shape, dtype in signature),
        "version_timestamp": "Mar-10-2021",  # trax/supervised/training.py:860
    }
    now = time.time()
    with contextlib.ExitStack() as stack:
        # All are written before any is replaced; the last opened is the first to be replaced.
        with stock_files.compressed(stack, f"{path}.pkl.gz", level, now) as file:
            pickle.dump(content, file, protocol=4)
        arrays: dict[str, Sequence[Any]] = {
            f"{path}.weights.npy.gz": [*run.weights.values(), *run.flat_weights]
        }
        # Where an optimizer has none, as SGD, its file has no arrays, and must be there.
        for i, slots in enumerate(run.slots or [[]]):
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
