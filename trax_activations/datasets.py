"""Data that is on every machine, as Trax's ``Inputs``: digits, small tables, Python's sources.

Data sets of the network are Trax's own business: ``trax.data.TFDS``, ``trax.data.batcher``.

Example:
    >>> stream = digits(batch_size=64).train_stream(n_devices=1)
    >>> images, labels, weights = next(stream)
    >>> images.shape, labels.shape, weights.shape, stream.position
    ((64, 64), (64,), (64,), 1)
"""

import functools
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import jax
import numpy as np
from numpy.typing import NDArray

from trax_activations._gin import configurable
from trax_activations._trax import trainer_lib
from trax_activations.layers._checks import check_count

__all__ = ["Stream", "digits", "python_source", "tabular"]

Inputs: TypeAlias = trainer_lib.trax_inputs.Inputs
Batch = tuple[NDArray[np.generic], NDArray[np.int32], NDArray[np.float32]]

_N_DIGITS_FOR_EVAL = 320  # Of 1797; divides among 1, 2, 4 ... 64 devices.
_EVAL_FILE_EVERY = 10
_TABLES = ("breast_cancer", "wine", "iris")


class Stream(Iterator[Batch]):
    """Batches ``(inputs, targets, weights)`` without end, in an order that anyone can repeat.

    A batch is a function of the seed and its position alone, so a stream can continue anywhere.
    Every epoch has an order of its own and leaves out what does not fill its last batch. The
    weights, which Trax's losses and metrics ask for, are ones.

    Args:
        inputs: Examples along the first axis.
        targets: Their targets.
        batch_size: Number of examples in a batch.
        seed: Seed of the order; ``None`` to keep the order of ``inputs``.
        share: Which part of each batch to give, and of how many: of several processes that train
            together, each feeds its own.

    Raises:
        ValueError: If ``batch_size`` is not positive, exceeds the number of examples, or does not
            divide into the shares.

    Example:
        >>> stream = Stream(np.arange(10), np.arange(10), batch_size=2)
        >>> batches = [next(stream)[0] for _ in range(8)]
        >>> stream.seek(7)
        >>> bool((next(stream)[0] == batches[7]).all())
        True
    """

    def __init__(
        self,
        inputs: NDArray[np.generic],
        targets: NDArray[np.generic],
        batch_size: int,
        seed: int | None = 0,
        share: tuple[int, int] = (0, 1),
    ) -> None:
        if not 0 < batch_size <= len(inputs):
            raise ValueError(
                f"A batch must hold 1 to {len(inputs)} examples, as many as there are; "
                f"received batch_size={batch_size}."
            )
        part, parts = share
        if batch_size % parts or not 0 <= part < parts:
            raise ValueError(
                f"A batch of {batch_size} has no share {part} of {parts}. Choose a batch_size that "
                f"is a multiple of {parts}, and a share of (0, {parts}) to ({parts - 1}, {parts})."
            )
        self._share = slice(batch_size // parts * part, batch_size // parts * (part + 1))
        self._inputs, self._targets = inputs, targets
        self._batch_size, self._seed = batch_size, seed
        self._position = 0
        self._order_of_epoch = functools.lru_cache(maxsize=1)(self._make_order)

    @property
    def position(self) -> int:
        """Number of batches before the next one."""
        return self._position

    def seek(self, position: int) -> None:
        """Goes to a position: what follows is as if ``position`` batches had been taken.

        Args:
            position: Number of batches before the next one.

        Raises:
            ValueError: If it is negative.
        """
        if position < 0:
            raise ValueError(f"A stream starts at position 0; received {position}.")
        self._position = position

    def __next__(self) -> Batch:
        epoch, batch = divmod(self._position, len(self._inputs) // self._batch_size)
        chosen = self._order_of_epoch(epoch)[batch * self._batch_size :][self._share]
        targets = self._targets[chosen].astype(np.int32)
        self._position += 1
        return self._inputs[chosen], targets, np.ones(targets.shape, np.float32)

    def _make_order(self, epoch: int) -> NDArray[np.int64]:
        if self._seed is None:
            return np.arange(len(self._inputs))
        return np.random.default_rng((self._seed, epoch)).permutation(len(self._inputs))


@configurable
def digits(
    batch_size: int = 64,
    eval_batch_size: int = _N_DIGITS_FOR_EVAL,
    image: bool = False,
    shift: int = 0,
    seed: int = 0,
) -> Inputs:
    """Handwritten digits of scikit-learn: 1797 images of 8 by 8 pixels, 10 classes.

    320 images, spread evenly over the file, are for evaluation: one batch by default.

    Args:
        batch_size: Size of a training batch, over all devices.
        eval_batch_size: Size of an evaluation batch, over all devices.
        image: Whether an example has shape ``(8, 8, 1)``, for convolutions, or ``(64,)``.
        shift: Training images also come moved by up to this many pixels in each direction.
        seed: Seed of the order of the training examples.

    Returns:
        Inputs of ``train``: float32 in [0, 1] and int32 labels.

    Raises:
        ImportError: If scikit-learn is not installed.
        ValueError: If a batch size is out of range or does not divide among the devices.
    """
    images, labels = _load_digits()
    for_eval = np.zeros(len(labels), bool)
    for_eval[np.arange(_N_DIGITS_FOR_EVAL) * len(labels) // _N_DIGITS_FOR_EVAL] = True
    shape = (-1, 8, 8, 1) if image else (-1, 64)
    train_images = _moved(images[~for_eval], shift)
    train_labels = np.tile(labels[~for_eval], (2 * shift + 1) ** 2)
    return _as_inputs(
        "digits",
        (train_images.reshape(shape), train_labels),
        (images[for_eval].reshape(shape), labels[for_eval]),
        (batch_size, eval_batch_size),
        (seed, None),
    )


@configurable
def tabular(
    name: str = "breast_cancer",
    batch_size: int = 32,
    eval_batch_size: int | None = None,
    seed: int = 0,
) -> Inputs:
    """Small tables of scikit-learn to be classified: measurements of tumours, wines or irises.

    Every fourth example is for evaluation: all of them in one batch by default. Each column is
    moved and scaled to mean 0 and variance 1 over the training examples.

    Args:
        name: 'breast_cancer' (569 examples, 30 columns, 2 classes), 'wine' (178, 13, 3) or 'iris'
            (150, 4, 3).
        batch_size: Size of a training batch, over all devices.
        eval_batch_size: The same for evaluation; by default the number of its examples.
        seed: Seed of the order of the training examples.

    Returns:
        Inputs of ``train``: float32 and int32 labels.

    Raises:
        ImportError: If scikit-learn is not installed.
        ValueError: If there is no such table, or a batch size is out of range or does not divide
            among the devices.
    """
    values, labels = _load_table(name)
    for_eval = np.arange(len(labels)) % 4 == 3
    mean, scale = values[~for_eval].mean(axis=0), values[~for_eval].std(axis=0)
    values = ((values - mean) / scale).astype(np.float32)
    return _as_inputs(
        "tabular",
        (values[~for_eval], labels[~for_eval]),
        (values[for_eval], labels[for_eval]),
        (batch_size, eval_batch_size or int(for_eval.sum())),
        (seed, None),
    )


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
    return _as_inputs("python_source", (train, train), (held_out, held_out), sizes, (seed, seed))


def _as_inputs(
    name: str,
    train: tuple[NDArray[np.generic], NDArray[np.generic]],
    held_out: tuple[NDArray[np.generic], NDArray[np.generic]],
    batch_sizes: tuple[int, int],
    seeds: tuple[int, int | None],
) -> Inputs:
    """Bundles the two halves of a data set for Trax's ``train``."""
    for argument, size in zip(("batch_size", "eval_batch_size"), batch_sizes, strict=True):
        check_count(name, argument, size)

    def stream(part: int, n_devices: int) -> Stream:
        share = jax.process_index(), jax.process_count()
        everywhere = n_devices * share[1]
        if batch_sizes[part] % everywhere:
            raise ValueError(
                f"A batch of {batch_sizes[part]} does not divide among {everywhere} devices. "
                f"Choose a multiple of {everywhere} for batch_size and eval_batch_size."
            )
        return Stream(*(train, held_out)[part], batch_sizes[part], seeds[part], share)

    return Inputs(functools.partial(stream, 0), functools.partial(stream, 1))


def _sklearn(what: str) -> Any:
    try:
        from sklearn import datasets
    except ImportError as error:
        raise ImportError(
            f"The {what} come with scikit-learn, which is not installed. "
            "Install it with: pip install 'trax-activations[examples]'"
        ) from error
    return datasets


@functools.cache
def _load_table(name: str) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    if name not in _TABLES:
        raise ValueError(f"There is no table {name!r}. Choose one of {', '.join(_TABLES)}.")
    values, labels = getattr(_sklearn("tables"), f"load_{name}")(return_X_y=True)
    return values, labels.astype(np.int32)


@functools.cache
def _load_digits() -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    bunch = _sklearn("digits").load_digits()
    return (bunch.images / 16).astype(np.float32), bunch.target.astype(np.int32)


def _moved(images: NDArray[np.float32], shift: int) -> NDArray[np.float32]:
    """All images, moved by -shift to shift pixels each way: ``(n (2 shift + 1)^2, 8, 8)``."""
    if not 0 <= shift < 8:
        raise ValueError(f"Images of 8 by 8 pixels can move by 0 to 7; received shift={shift}.")
    padded = np.pad(images, ((0, 0), (shift, shift), (shift, shift)))
    corners = range(2 * shift + 1)
    return np.concatenate([padded[:, i : i + 8, j : j + 8] for i in corners for j in corners])


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
    """Cuts text into windows: ``(n, length)``; a rest is left out."""
    if not 0 < length <= len(text):
        raise ValueError(f"A window must hold 1 to {len(text)} bytes; received length={length}.")
    return text[: len(text) // length * length].reshape(-1, length).astype(np.int32)
