"""Makes a checkpoint of stock Trax of one of ours, and the other way round.

Neither needs the model. Stock Trax's weights have no names, only an order; made into ours they are
numbered, and the first checkpoint that a loop writes after it has taken them over names them. It
takes them over from the stock files as well: :func:`from_stock` is for keeping.
"""

import dataclasses
import os

from trax_activations.checkpoints import run_file
from trax_activations.checkpoints.run_file import SUFFIX, Checkpoint
from trax_activations.checkpoints.run_state import RunState
from trax_activations.checkpoints.stock_checkpoints import read_counters, read_stock, write_stock

__all__ = ["STOCK", "SUFFIX", "find_stock", "from_stock", "to_stock"]

STOCK = ".pkl.gz"


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
    found = run_file.read(source)
    directory, name = os.path.split(target.removesuffix(STOCK))
    write_stock(directory, RunState.of(found), name)
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
    run = read_stock(directory, name, accept_torn=accept_torn)
    run_file.write(target, run.arrays, run.record)
    return Checkpoint(run.arrays, run.record, source)


def find_stock(directory: str, name: str) -> tuple[str, RunState] | None:
    """The run that stock Trax has left in a directory, with how far its streams of data were.

    Returns the path of the pickle, and the run. Raises as :func:`from_stock`.
    """
    path = os.path.join(directory, name + STOCK)
    if not os.path.exists(path):
        return None
    run = read_stock(directory, name)
    return path, dataclasses.replace(run, counters=read_counters(directory))
