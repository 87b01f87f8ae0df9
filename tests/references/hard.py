"""References of the hard family."""

import numpy as np


def hard_swish(x):
    return x * (np.clip(x + 3, 0, 6) / 6)


def hard_mish(x):
    return x * (np.clip(x + 2, 0, 2) / 2)
