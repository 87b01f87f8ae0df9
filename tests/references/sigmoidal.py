"""References of the sigmoidal family."""

import numpy as np
from scipy import special


def sigmoid(x):
    return special.expit(x)


def tanh(x):
    return np.tanh(x)


def soft_sign(x):
    return x / (1 + np.abs(x))
