"""The data of the study of activations: each set in three parts, which never change."""

import functools
from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from trax_activations._gin import configurable
from trax_activations._suggestions import did_you_mean
from trax_activations.datasets._stream import Examples, Inputs, as_inputs
from trax_activations.datasets._tables import _load_digits, _load_table, sklearn_folder
from trax_activations.datasets._text import _load_python_source, _windows

__all__ = ["study"]


_SYMBOLS, _WORD = 16, 7  # Of what is copied.
_WINDOW = 64  # Bytes of text.
_PIXELS = 64  # Of the image, each way.


@configurable
def study(
    name: str = "digits",
    held_out: Literal["validation", "test"] = "validation",
    batch_size: int = 64,
    seed: int = 0,
) -> Inputs:
    """Data of the study of activations: training, validation and test examples.

    Args:
        name: 'digits' and 'digit_images' (8 by 8 pixels, 10 classes), 'breast_cancer' (30 columns,
            2 classes), 'diabetes' (10 columns, a number), 'python_source' (windows of 64 bytes),
            'copying' (a word of 7 symbols, twice; only the second counts) or 'image' (a
            photograph: from the place of a pixel to its colour).
        held_out: What evaluation is on; training never is on either part.
        batch_size: Size of a training batch, over all devices.
        seed: Seed of the order of the training examples.

    Returns:
        Inputs of ``train``, with all examples of a part in one batch for evaluation.

    Raises:
        ImportError: If scikit-learn, or Pillow for 'image', is not installed.
        ValueError: If there is no such set, or a batch size is out of range or does not divide
            among the devices.
    """
    if name not in _SETS:
        raise ValueError(
            f"study: no data called {name!r}.{did_you_mean(name, _SETS)} There are "
            f"{', '.join(_SETS)}."
        )
    if held_out not in ("validation", "test"):
        raise ValueError(f"study takes held_out='validation' or 'test', but received {held_out!r}.")
    parts = dict(zip(("train", "validation", "test"), _SETS[name](), strict=True))
    sizes = batch_size, len(parts[held_out][0])
    return as_inputs("study", parts["train"], parts[held_out], sizes, (seed, None))


def _split(*arrays: NDArray[np.generic], held_out: int) -> tuple[Examples, Examples, Examples]:
    """Training, validation and test examples; the latter two are as many as said."""
    order = np.random.default_rng(0).permutation(len(arrays[0]))
    parts = order[2 * held_out :], order[held_out : 2 * held_out], order[:held_out]
    train, validation, test = (tuple(array[part] for array in arrays) for part in parts)
    return train, validation, test


@functools.cache
def _digits(*shape: int) -> tuple[Examples, Examples, Examples]:
    images, labels = _load_digits()
    return _split(images.reshape(-1, *shape), labels, held_out=384)


@functools.cache
def _breast_cancer() -> tuple[Examples, Examples, Examples]:
    values, labels = _load_table("breast_cancer")
    return _split(_scaled(values, 142), labels, held_out=142)


@functools.cache
def _diabetes() -> tuple[Examples, Examples, Examples]:
    values, target = (
        np.loadtxt(sklearn_folder("data of the study") / "data" / name)
        for name in ("diabetes_data_raw.csv.gz", "diabetes_target.csv.gz")
    )
    return _split(_scaled(values, 110), _scaled(target[:, None], 110), held_out=110)


@functools.cache
def _python_source() -> tuple[Examples, Examples, Examples]:
    text, test = (_windows(text, _WINDOW) for text in _load_python_source())
    train, validation, _ = _split(text, text, held_out=256)
    chosen = test[np.linspace(0, len(test) - 1, 256).astype(int)]
    return train, validation, (chosen, chosen)


@functools.cache
def _copying() -> tuple[Examples, Examples, Examples]:
    words = np.random.default_rng(0).integers(1, _SYMBOLS, (4096, _WORD))
    once = np.pad(words, ((0, 0), (1, 0))).astype(np.int32)  # 0 begins a word.
    counts = np.zeros((len(words), 2 * _WORD + 2), np.float32)
    counts[:, _WORD + 2 :] = 1
    twice = np.concatenate([once, once], axis=1)
    return _split(twice, twice, counts, held_out=256)


@functools.cache
def _image() -> tuple[Examples, Examples, Examples]:
    from PIL import Image

    file = sklearn_folder("data of the study") / "images" / "china.jpg"
    with Image.open(file) as photograph:
        square = photograph.crop((0, 0, photograph.height, photograph.height))
        colours = np.asarray(square.resize((_PIXELS, _PIXELS), Image.Resampling.BOX), np.float32)
    places = np.stack(np.meshgrid(*[np.linspace(-8, 8, _PIXELS)] * 2, indexing="ij"), axis=-1)
    return _split(
        places.reshape(-1, 2).astype(np.float32),
        colours.reshape(-1, 3) / np.float32(127.5) - 1,
        held_out=1024,
    )


def _scaled(values: NDArray[np.float64], held_out: int) -> NDArray[np.float32]:
    """Columns with mean 0 and variance 1 over the training examples."""
    (train,), _, _ = _split(values, held_out=held_out)
    scaled = (values - train.mean(axis=0)) / train.std(axis=0)
    return scaled.astype(np.float32)


_SETS: dict[str, Callable[[], tuple[Examples, Examples, Examples]]] = {
    "digits": functools.partial(_digits, 64),
    "digit_images": functools.partial(_digits, 8, 8, 1),
    "breast_cancer": _breast_cancer,
    "diabetes": _diabetes,
    "python_source": _python_source,
    "copying": _copying,
    "image": _image,
}
