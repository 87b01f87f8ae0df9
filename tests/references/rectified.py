"""References of the rectified, thresholded and stochastic families."""

import jax
import numpy as np


def relu(x):
    return np.maximum(x, 0)


def leaky_relu(x, negative_slope):
    return np.where(x > 0, x, negative_slope * x)


def parametric_relu(x, a):
    return np.where(x > 0, x, a * x)


def randomized_relu(x, key, lower, upper, shared_axes):
    shape = [1 if axis in (shared_axes or ()) else size for axis, size in enumerate(x.shape)]
    slopes = np.asarray(jax.random.uniform(key, shape, "float32", lower, upper), np.float64)
    return np.where(x > 0, x, slopes * x)


def thresholded_linear_unit(x, threshold):
    return np.maximum(x, threshold)


def affine_thresholded_linear_unit(x, threshold, a):
    return np.maximum(x, a * x + threshold)


SETTINGS = {
    "affine_thresholded_linear_unit": [
        {"threshold": 0.5, "a": 0.25},
        {"threshold": -1.0, "a": -2.0},
    ],
    "leaky_relu": [{"negative_slope": 0.2}, {"negative_slope": 0.0}, {"negative_slope": -0.5}],
    "parametric_relu": [{"a": 0.0}, {"a": -0.5}, {"a": 2.0}],
    "randomized_relu": [{"lower": -0.5, "upper": 0.5}, {"shared_axes": (0,)}],
    "thresholded_linear_unit": [{"threshold": -0.5}, {"threshold": 1.5}],
}
