"""Makes a checkpoint of stock Trax of one of ours, and the other way round.

Neither needs the model. Stock Trax's weights have no names, only an order; made into ours they are
numbered, and the first checkpoint that a loop writes after it has taken them over names them. It
takes them over from the stock files as well: :func:`from_stock` is for keeping.
"""

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from trax_activations._trax import ShapeDtype
from trax_activations.checkpoints import run_file as checkpoints
from trax_activations.checkpoints.run_file import Checkpoint, CheckpointError
from trax_activations.checkpoints.stock_checkpoints import StockCheckpoint, read_stock, write_stock

__all__ = ["STOCK", "SUFFIX", "as_ours", "from_stock", "to_stock"]

SUFFIX, STOCK = ".safetensors", ".pkl.gz"


def to_stock(source: str, target: str) -> Checkpoint:
    """Writes a checkpoint of ours as stock Trax does: for its ``Loop``, and ``init_from_file``.

    Random key, data position and the metrics since the last evaluation have no place there: a run
    that stock Trax goes on with is not exactly the one that was stopped.

    Args:
        source: Our checkpoint, such as ``run/model.safetensors``.
        target: The file to write, such as ``stock/model.pkl.gz``; files of its name with other
            endings, such as ``stock/model.weights.npy.gz``, come beside it and belong to it.

    Returns:
        What was read; its ``warning`` says if it is the checkpoint before, and why.

    Raises:
        FileNotFoundError: If there is no checkpoint.
        CheckpointError: If it is damaged or no checkpoint, or such files cannot hold an array.
        OSError: If a file cannot be read or written.
    """
    found = checkpoints.read(source)
    try:
        slots = _in_order(found.arrays, "slots")
        stock = StockCheckpoint(
            flat_weights=[x for name, x in found.arrays.items() if _kind(name) in _WEIGHTS],
            flat_state=_flat(found.arrays, "state"),
            flat_eval_state=_flat(found.arrays, "state"),
            # Where an optimizer has none, as SGD, its file has no arrays, and must be there.
            slots_per_task=slots or [[]],
            step=int(found.record["step"]),
            history=found.record["history"],
            input_signature=_signature(found.record.get("input_signature")),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{found.path!r} is no checkpoint of a training loop.") from error
    directory, name = os.path.split(target.removesuffix(STOCK))
    write_stock(directory, stock, name)
    return found


def from_stock(source: str, target: str, *, accept_torn: bool = False) -> Checkpoint:
    """Writes a checkpoint of stock Trax as one of ours, which a loop goes on from.

    Nothing is run that the pickle may hold.

    Args:
        source: The pickle, such as ``stock/model.pkl.gz``; the files beside it are read too.
        target: The file to write, such as ``run/model.safetensors``.
        accept_torn: Whether to take files that were not written by one save.

    Returns:
        What was written.

    Raises:
        FileNotFoundError: If a file is missing.
        CheckpointError: If a file is damaged or holds something else, or if the files were not
            written by one save.
        OSError: If a file cannot be read or written.
    """
    directory, name = os.path.split(source.removesuffix(STOCK))
    stock = read_stock(directory, name, accept_torn=accept_torn)
    converted = as_ours(stock, source)
    checkpoints.write(target, converted.arrays, converted.record)
    return converted


def as_ours(stock: StockCheckpoint, path: str) -> Checkpoint:
    """The content of a stock checkpoint, in the places where a loop looks for it.

    Args:
        stock: The content.
        path: Where it was read.
    """
    places: dict[str, list[Any]] = {"flat_weights": stock.flat_weights, "state": stock.flat_state}
    places |= {f"slots/{i}": slots for i, slots in enumerate(stock.slots_per_task)}
    arrays = {
        f"{place}/{i}": np.asarray(x) for place, xs in places.items() for i, x in enumerate(xs)
    }
    signature = stock.input_signature
    if signature is not None:
        signature = signature if isinstance(signature, (list, tuple)) else (signature,)
        signature = [[list(part.shape), np.dtype(part.dtype).name] for part in signature]
    record = {"step": stock.step, "history": stock.history, "input_signature": signature}
    return Checkpoint(arrays, record, path)


_WEIGHTS = ("weights", "flat_weights")


def _kind(name: str) -> str:
    return name.partition("/")[0]


def _flat(arrays: Mapping[str, np.ndarray], place: str) -> list[np.ndarray]:
    """The arrays of a place, which are numbered."""
    count = sum(name.rpartition("/")[0] == place for name in arrays)
    return [arrays[f"{place}/{i}"] for i in range(count)]


def _in_order(arrays: Mapping[str, np.ndarray], kind: str) -> list[list[np.ndarray]]:
    """The arrays of numbered places."""
    numbers = [int(name.split("/")[1]) for name in arrays if _kind(name) == kind]
    return [_flat(arrays, f"{kind}/{i}") for i in range(max(numbers, default=-1) + 1)]


def _signature(stored: Any) -> Any:
    if stored is None:
        return None
    return tuple(ShapeDtype(tuple(shape), np.dtype(dtype)) for shape, dtype in stored)
