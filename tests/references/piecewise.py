"""References of the clipped, hard, shrink and grouped families: straight and quadratic pieces."""

import numpy as np


def relu6(x):
    return np.clip(x, 0, 6)


def hard_tanh(x, min_val, max_val):
    return np.clip(x, min_val, max_val)


def hard_sigmoid(x):
    return np.clip(x + 3, 0, 6) / 6


def sparse_sigmoid(x):
    return np.clip(x + 1, 0, 2) / 2


def hard_swish(x):
    return x * (np.clip(x + 3, 0, 6) / 6)


def hard_mish(x):
    return x * (np.clip(x + 2, 0, 2) / 2)


def soft_shrink(x, lambd):
    return np.sign(x) * np.maximum(np.abs(x) - lambd, 0)


def hard_shrink(x, lambd):
    return np.where(np.abs(x) > lambd, x, 0)


def tanh_shrink(x):
    return x - np.tanh(x)


def threshold(x, threshold, value):
    return np.where(x > threshold, x, value)


def crelu(x, axis):
    return np.concatenate([np.maximum(x, 0), np.maximum(-x, 0)], axis)


def maxout(x, pieces, axis):
    axis = axis % x.ndim
    shape = (*x.shape[:axis], x.shape[axis] // pieces, pieces, *x.shape[axis + 1 :])
    return x.reshape(shape).max(axis + 1)


SETTINGS = {
    "hard_tanh": [{"min_val": -0.5, "max_val": 2.0}],
    "hard_shrink": [{"lambd": 1.5}],
    "soft_shrink": [{"lambd": 1.5}],
    "threshold": [
        {"threshold": 1.0, "value": -2.0},
        {"threshold": -1.0, "value": 3.0},
    ],
    "crelu": [{"axis": 0}],
    "maxout": [{"pieces": 4}, {"axis": 0}],
}
