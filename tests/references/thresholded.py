"""References of the thresholded family."""

import numpy as np


def thresholded_linear_unit(x, threshold):
    return np.maximum(x, threshold)


def affine_thresholded_linear_unit(x, threshold, a):
    return np.maximum(x, a * x + threshold)


SETTINGS = {
    "affine_thresholded_linear_unit": [
        {"threshold": 0.5, "a": 0.25},
        {"threshold": -1.0, "a": -2.0},
    ],
    "thresholded_linear_unit": [{"threshold": -0.5}, {"threshold": 1.5}],
}
