"""Data of scikit-learn: handwritten digits, and tables of measurements."""

import functools
import importlib.util
import pathlib

import numpy as np
from numpy.typing import NDArray

from trax_activations._gin import configurable
from trax_activations.datasets._stream import Inputs, as_inputs

_N_DIGITS_FOR_EVAL = 320  # Of 1797; divides among 1, 2, 4 ... 64 devices.
_TABLES = ("breast_cancer", "wine", "iris")


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
    return as_inputs(
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
    return as_inputs(
        "tabular",
        (values[~for_eval], labels[~for_eval]),
        (values[for_eval], labels[for_eval]),
        (batch_size, eval_batch_size or int(for_eval.sum())),
        (seed, None),
    )


@functools.cache
def _load_table(name: str) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    if name not in _TABLES:
        raise ValueError(f"There is no table {name!r}. Choose one of {', '.join(_TABLES)}.")
    return _load(name, "tables")


@functools.cache
def _load_digits() -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    values, labels = _load("digits", "digits")
    return (values.reshape(-1, 8, 8) / 16).astype(np.float32), labels


def _load(name: str, what: str) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Data of scikit-learn."""
    files = sklearn_folder(what).glob(f"data/{name}*.csv*")
    if file := next(files, None):
        table = np.loadtxt(file, delimiter=",", skiprows=0 if name == "digits" else 1)
        return table[:, :-1], table[:, -1].astype(np.int32)
    datasets = importlib.import_module("sklearn.datasets")  # It keeps its files elsewhere.
    values, labels = getattr(datasets, f"load_{name}")(return_X_y=True)
    return values, labels.astype(np.int32)


def sklearn_folder(what: str) -> pathlib.Path:
    """Where scikit-learn keeps its data: read without importing it, which takes longer than JAX."""
    spec = importlib.util.find_spec("sklearn")
    if spec is None or spec.origin is None:
        raise ImportError(
            f"The {what} come with scikit-learn, which is not installed. "
            "Install it with: pip install 'trax-activations[examples]'"
        )
    return pathlib.Path(spec.origin).parent / "datasets"


def _moved(images: NDArray[np.float32], shift: int) -> NDArray[np.float32]:
    """All translations by up to shift pixels each way: ``(n (2 shift + 1)^2, 8, 8)``."""
    if not 0 <= shift < 8:
        raise ValueError(f"Images of 8 by 8 pixels can move by 0 to 7; received shift={shift}.")
    padded = np.pad(images, ((0, 0), (shift, shift), (shift, shift)))
    corners = range(2 * shift + 1)
    return np.concatenate([padded[:, i : i + 8, j : j + 8] for i in corners for j in corners])
