"""References of the logish family."""

import numpy as np
from scipy import special


def smish(x, alpha, beta):
    return alpha * x * np.tanh(np.log1p(special.expit(beta * x)))


def logish(x, alpha, beta):
    return alpha * x * np.log1p(special.expit(beta * x))


SETTINGS = {"logish": [{"alpha": 2.0, "beta": 10.0}], "smish": [{"alpha": 0.5, "beta": 2.0}]}
