"""Reference of the rational with random coefficients."""

import jax
import numpy as np

from references.rational import rational as _rational


def randomized_rational(x, key, numerator, denominator, deviation):
    coefficients = np.array([*numerator, *denominator])
    shape = (coefficients.size, *np.shape(x))
    factors = jax.random.uniform(key, shape, "float32", 1 - deviation, 1 + deviation)
    noisy = [c * factor for c, factor in zip(coefficients, np.float64(factors), strict=True)]
    count = len(numerator)
    return _rational(x, noisy[:count], noisy[count:], "B")


SETTINGS = {
    "randomized_rational": [
        {"numerator": (0.0, 1.0), "denominator": (0.5,), "deviation": 0.5},
    ],
}
