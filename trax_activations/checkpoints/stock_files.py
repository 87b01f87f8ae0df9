"""The single files of Trax's checkpoints: gzip around a pickle, or around arrays in a row."""

import contextlib
import errno
import glob
import gzip
import itertools
import os
import tokenize
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

import ml_dtypes
import numpy as np

from trax_activations._atomic import replacement
from trax_activations.checkpoints import stock_pickle
from trax_activations.checkpoints.tensor_file import CheckpointError

__all__ = [
    "check_times",
    "compressed",
    "from_bits",
    "read_arrays",
    "read_pickle",
    "slot_files",
    "write_arrays",
]

# What a damaged file makes gzip and NumPy raise; CheckpointError is a ValueError.
_DAMAGE = (
    EOFError,
    MemoryError,
    OverflowError,
    SyntaxError,
    ValueError,
    gzip.BadGzipFile,
    tokenize.TokenError,
    zlib.error,
)


def read_pickle(path: str) -> dict[str, Any]:
    """Reads the pickle of a checkpoint, without running what it may hold."""
    with _open(path) as file:
        while file.read(1 << 20):  # To the end, where gzip's checksum is: damage is seen first.
            pass
        file.seek(0)
        content = stock_pickle.load(file)
        if not isinstance(content, dict) or "flat_weights" not in content:
            raise CheckpointError("it holds no weights")
        return content


def read_arrays(path: str) -> list[np.ndarray]:
    """Reads arrays to the end of the file: Trax itself takes a damaged array for the end."""
    arrays = []
    with _open(path) as file:
        while file.peek(1):
            arrays.append(np.lib.format.read_array(file, allow_pickle=False))
    return arrays


def write_arrays(file: gzip.GzipFile, arrays: Iterable[Any]) -> None:
    """Writes arrays one after another, as Trax's ``np_to_file`` does."""
    for array in map(np.asarray, arrays):
        bits = array.view(np.uint16) if array.dtype == ml_dtypes.bfloat16 else array
        if bits.dtype.kind not in "biufc" or bits.dtype.type.__module__ != "numpy":
            raise CheckpointError(f"Trax's files hold no arrays of dtype {bits.dtype}. Convert it.")
        np.lib.format.write_array(file, bits, allow_pickle=False)


def from_bits(arrays: Iterable[Any]) -> list[np.ndarray]:
    """Arrays as they were: Trax stores the bits of bfloat16 as uint16, and no other uint16.

    Example:
        >>> from_bits([np.uint16([0x3F80])])
        [array([1], dtype=bfloat16)]
    """
    return [
        array.view(ml_dtypes.bfloat16) if array.dtype == np.uint16 else array
        for array in map(np.asarray, arrays)
    ]


def slot_files(path: str) -> list[str]:
    """The files of all tasks' slots; Trax's pickle does not say how many there are."""
    found = glob.glob(f"{glob.escape(path)}.opt_slots*.npy.gz")
    files = [f"{path}.opt_slots{i}.npy.gz" for i in range(max(len(found), 1))]
    for file in files:
        if not os.path.exists(file):
            raise FileNotFoundError(errno.ENOENT, f"{file!r} is missing. Put a copy there.")
    return files


def check_times(files: list[str]) -> None:
    """Refuses files that one save cannot have written in this order."""
    begun = []
    for file in files:
        with open(file, "rb") as plain:
            begun.append(int.from_bytes(plain.read(8)[4:], "little"))  # RFC 1952: MTIME.
    stamped = [(time, file) for time, file in zip(begun, files, strict=True) if time]
    for (time, file), (next_time, next_file) in itertools.pairwise(stamped):
        if time > next_time:
            raise CheckpointError(
                f"{file!r} was begun {time - next_time} s after {next_file!r}, which Trax writes "
                "after it: a save was cut short, and they are of different steps. Take an older "
                "copy of all files, or read them with accept_torn=True."
            )


@contextlib.contextmanager
def compressed(
    stack: contextlib.ExitStack, path: str, level: int, now: float
) -> Iterator[gzip.GzipFile]:
    """Opens a file to be compressed."""
    descriptor = stack.enter_context(replacement(path))
    with (
        open(descriptor, "wb", closefd=False) as plain,
        gzip.GzipFile("", "wb", level, plain, now) as file,
    ):
        yield file


@contextlib.contextmanager
def _open(path: str) -> Iterator[gzip.GzipFile]:
    """A compressed file; whatever is wrong with it is told with its name."""
    try:
        with gzip.open(path, "rb") as file:
            if not os.path.getsize(path):  # gzip takes it for a file without content.
                raise CheckpointError("it is empty")
            yield file
    except _DAMAGE as error:
        reason = (str(error) or type(error).__name__).rstrip(".")
        raise CheckpointError(f"{path!r} is unusable: {reason}. Put a whole copy there.") from error
