"""References of the stochastic family."""

import jax
import numpy as np


def prob_act(x, key, sigma):
    noise = np.asarray(jax.random.normal(key, np.shape(x), "float32"), np.float64)
    return np.maximum(x, 0) + sigma * noise


def randomized_relu(x, key, lower, upper, shared_axes):
    shape = [1 if axis in (shared_axes or ()) else size for axis, size in enumerate(x.shape)]
    slopes = np.asarray(jax.random.uniform(key, shape, "float32", lower, upper), np.float64)
    return np.where(x > 0, x, slopes * x)


SETTINGS = {
    "prob_act": [{"sigma": 0.5}, {"sigma": -2.0}],
    "randomized_relu": [{"lower": -0.5, "upper": 0.5}, {"shared_axes": (0,)}],
}
