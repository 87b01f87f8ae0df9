"""The models and batches with which peers_training.py times frameworks."""

import itertools
from collections.abc import Iterator

import numpy as np

RATE, EPSILON = 1e-3, 1e-5
VOCABULARY, LENGTH, D_MODEL, D_FF, HEADS, LAYERS = 256, 128, 128, 512, 4, 2
CLASSES = 10
WIDTHS = {"MLP 256": 256, "MLP 1024": 1024}
CONV, LM = "conv net", "TransformerLM"
MODELS = (*WIDTHS, CONV, LM)


def batches(name: str) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Eight batches, again and again."""
    rng = np.random.default_rng(0)

    def one() -> tuple[np.ndarray, np.ndarray]:
        if name == LM:
            x = rng.integers(1, VOCABULARY, (16, LENGTH)).astype(np.int32)
            return x, x
        shape = (64, 28, 28, 1) if name == CONV else (64, 784)
        return (
            rng.normal(size=shape).astype(np.float32),
            rng.integers(CLASSES, size=64).astype(np.int32),
        )

    return itertools.cycle([one() for _ in range(8)])


def positions() -> np.ndarray:
    """Sines and cosines: the initial values of what Trax adds to embeddings, and learns."""
    rates = np.exp(np.arange(0, D_MODEL, 2) * -(np.log(10000.0) / D_MODEL))
    angles = np.arange(LENGTH)[:, None] * rates
    both = np.stack([np.sin(angles), np.cos(angles)], -1)
    return both.reshape(1, LENGTH, D_MODEL).astype(np.float32)
