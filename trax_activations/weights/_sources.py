"""Finds weights: in safetensors files, checkpoints of runs, ours or stock Trax's, and folders."""

import difflib
import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import safetensors

from trax_activations import checkpoints
from trax_activations._trax import ShapeDtype
from trax_activations.checkpoints import convert, tensor_file
from trax_activations.checkpoints.run_file import record_of
from trax_activations.checkpoints.run_state import RunState
from trax_activations.checkpoints.stock_checkpoints import read_stock

__all__ = ["find", "in_order", "run_in", "signature_of"]


def find(source: str | os.PathLike[str]) -> str:
    """The file of a source: of a directory its checkpoint, ours before stock Trax's."""
    path = os.path.expanduser(os.fspath(source))
    if not os.path.isdir(path):
        return path
    for candidate in (checkpoints.path_of(path), os.path.join(path, "model" + convert.STOCK)):
        if os.path.exists(candidate):
            return candidate
    raise IsADirectoryError(
        f"{path} is a directory; weights are in a file, or in the checkpoint of a run: here is "
        f"neither model{convert.SUFFIX} nor model{convert.STOCK}."
    )


def run_in(path: str) -> RunState | None:
    """The run whose checkpoint a file is, ours or stock Trax's; ``None`` if it is none.

    Nothing is run that a pickle may hold.
    """
    with open(path, "rb") as file:
        is_stock = file.read(2) == b"\x1f\x8b"  # Of gzip.
    if is_stock:
        directory, name = os.path.split(path.removesuffix(convert.STOCK))
        return read_stock(directory, name)
    with safetensors.safe_open(path, framework="numpy") as opened:
        if "record" not in (opened.metadata() or {}):
            return None
    arrays, metadata = tensor_file.load(path)
    return RunState.of(checkpoints.Checkpoint(arrays, record_of(metadata), path))


def signature_of(run: RunState) -> Any:
    """The inputs of the model of a run, as Trax has them; ``None`` if it does not tell."""
    parts = [ShapeDtype(tuple(s), np.dtype(d)) for s, d in run.input_signature or ()]
    return parts[0] if len(parts) == 1 else tuple(parts) or None


def in_order(
    names: Sequence[str], present: Mapping[str, Any], arrays: Sequence[Any], partial: bool
) -> dict[str, Any]:
    """Names for arrays that have an order only, as stock Trax's: that of the model.

    If there are too few or too many, ``partial`` aligns them by shape.
    """
    if len(arrays) == len(present):
        return dict(zip(present, arrays, strict=True))
    if len(arrays) == len(names):
        return dict(zip(names, arrays, strict=True))
    if not partial:
        raise ValueError(
            f"it has {len(arrays)} weights without names, the model {len(names)}. Leave out by "
            "exclude= what is new in the model, or give partial=True, which aligns them by shape."
        )
    shapes = [np.shape(present[name]) for name in names], [np.shape(x) for x in arrays]
    matcher = difflib.SequenceMatcher(None, *shapes, autojunk=False)
    return {
        names[block.a + i]: arrays[block.b + i]
        for block in matcher.get_matching_blocks()
        for i in range(block.size)
    }
