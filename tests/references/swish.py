"""References of the swish family."""

import numpy as np
from scipy import special


def silu(x):
    return x * special.expit(x)


def e_swish(x, beta):
    return beta * x * special.expit(x)


def quick_gelu(x):
    return x * special.expit(1.702 * x)


def lisht(x):
    return x * np.tanh(x)


SETTINGS = {"e_swish": [{"beta": 2.0}]}
