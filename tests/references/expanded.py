"""References of the expanded family."""

import numpy as np
from error_functions import ndtr
from scipy.special import expit


def xsilu(x, alpha):
    return x * ((1 + alpha) * expit(x) - alpha * expit(-x))


def xgelu(x, alpha):
    return x * ((1 + alpha) * ndtr(x) - alpha * ndtr(-x))


def xatlu(x, alpha):
    """arctan2 has no cancellation: the gate is an angle over pi."""
    gate, shut = np.arctan2(1, -np.asarray(x)) / np.pi, np.arctan2(1, x) / np.pi
    return x * ((1 + alpha) * gate - alpha * shut)


SETTINGS = {
    "xatlu": [{"alpha": 0.25}, {"alpha": -1.0}],
    "xgelu": [{"alpha": 0.25}, {"alpha": -1.0}],
    "xsilu": [{"alpha": 0.25}, {"alpha": -1.0}],
}
