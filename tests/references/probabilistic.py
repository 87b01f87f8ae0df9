"""Reference of ProbAct."""

import jax
import numpy as np


def prob_act(x, key, sigma):
    noise = np.asarray(jax.random.normal(key, np.shape(x), "float32"), np.float64)
    return np.maximum(x, 0) + sigma * noise


SETTINGS = {"prob_act": [{"sigma": 0.5}, {"sigma": -2.0}]}
