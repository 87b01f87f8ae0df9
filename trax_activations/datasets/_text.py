"""Text that comes with Python: the sources of its standard library."""

import functools
import sysconfig
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from trax_activations._gin import configurable
from trax_activations.datasets._stream import Inputs, as_inputs

_EVAL_FILE_EVERY = 10


@configurable
def python_source(
    batch_size: int = 16, eval_batch_size: int | None = None, length: int = 128, seed: int = 0
) -> Inputs:
    """Sources of Python's standard library as text, byte by byte, for a language model.

    The text is that of the modules on the first level of the library (5 MB; each version of
    Python has its own), in alphabetical order, cut into windows; every tenth file is for
    evaluation. Inputs equal targets, as ``TransformerLM`` expects, which shifts its input itself.

    Args:
        batch_size: Number of windows in a training batch, over all devices.
        eval_batch_size: The same for evaluation; by default ``batch_size``.
        length: Number of bytes in a window.
        seed: Seed of the order of the windows.

    Returns:
        Inputs of ``train``: int32 bytes, so ``vocab_size`` is 256.

    Raises:
        FileNotFoundError: If this Python came without the sources of its library.
        ValueError: If a batch size is out of range or does not divide among the devices.
    """
    train, held_out = (_windows(text, length) for text in _load_python_source())
    sizes = (batch_size, eval_batch_size or batch_size)
    return as_inputs("python_source", (train, train), (held_out, held_out), sizes, (seed, seed))


@functools.cache
def _load_python_source() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    folder = Path(sysconfig.get_path("stdlib"))
    files = sorted(folder.glob("*.py"), key=lambda file: file.name)
    if len(files) < _EVAL_FILE_EVERY:
        raise FileNotFoundError(
            f"The sources of Python's standard library are not in {folder}. Use a Python that "
            "came with them, or another data set."
        )
    eval_files = files[::_EVAL_FILE_EVERY]
    train_files = [file for file in files if file not in eval_files]
    train, held_out = (
        np.frombuffer(b"".join(file.read_bytes() for file in part), np.uint8)
        for part in (train_files, eval_files)
    )
    return train, held_out


def _windows(text: NDArray[np.uint8], length: int) -> NDArray[np.int32]:
    """Splits text into windows: ``(n, length)``; a remainder is dropped."""
    if not 0 < length <= len(text):
        raise ValueError(f"A window must hold 1 to {len(text)} bytes; received length={length}.")
    return text[: len(text) // length * length].reshape(-1, length).astype(np.int32)
