"""References of the polynomial family."""

import numpy as np


def star_relu(x, scale, bias):
    return scale * np.maximum(x, 0) ** 2 + bias


def poly_relu(x, weight, bias):
    powers = range(len(weight), 0, -1)
    terms = (w * np.maximum(x, 0) ** p for w, p in zip(weight, powers, strict=True))
    return sum(terms) + bias


def poly_norm(x, weight, bias, epsilon, axis):
    def normalized(v):
        return v / np.sqrt(np.mean(v**2, axis=axis, keepdims=True) + epsilon)

    powers = range(len(weight), 0, -1)
    return sum(w * normalized(x**p) for w, p in zip(weight, powers, strict=True)) + bias


SETTINGS = {
    "poly_norm": [
        {"weight": (0.0, 1.0), "epsilon": 0.01},
        {"weight": (1.0, 0.5, -0.25), "axis": 0},
    ],
    "poly_relu": [
        {"weight": (0.0, 0.5, -1.0), "bias": 0.5},
        {"weight": (-0.25, 0.0)},
        {"weight": (0.0,), "bias": -1.0},
    ],
    "star_relu": [{"scale": 0.0, "bias": 1.0}, {"scale": -0.5}],
}
