"""References of the rational family."""

import jax
import numpy as np


def _ratio(x, numerator, below, power, floor):
    """Both sides divided by the largest power of the denominator where x is large."""
    scale = np.maximum(np.abs(x), 1.0) ** power
    above = sum(a * (x**j / scale) for j, a in enumerate(numerator))
    return above / (floor / scale + below(scale))


def rational(x, numerator, denominator, version):
    lowest = 0 if version == "C" else 1
    used = [k + lowest for k, b in enumerate(denominator) if np.any(b != 0)]

    def below(scale):
        terms = [b * (x ** (k + lowest) / scale) for k, b in enumerate(denominator)]
        if version == "N":
            return sum(terms)
        return sum(abs(t) for t in terms) if version == "A" else abs(sum(terms))

    return _ratio(x, numerator, below, max(used, default=0), 0.1 if version == "C" else 1.0)


def randomized_rational(x, key, numerator, denominator, deviation):
    coefficients = np.array([*numerator, *denominator])
    shape = (coefficients.size, *np.shape(x))
    factors = jax.random.uniform(key, shape, "float32", 1 - deviation, 1 + deviation)
    noisy = [c * factor for c, factor in zip(coefficients, np.float64(factors), strict=True)]
    count = len(numerator)
    return rational(x, noisy[:count], noisy[count:], "B")


SETTINGS = {
    "randomized_rational": [{"numerator": (0.0, 1.0), "denominator": (0.5,), "deviation": 0.5}],
    "rational": [
        {"numerator": (0.0, 1.0, 0.0, 0.0, 0.0, 0.0), "denominator": (0.0, 0.0, 0.0, 0.0)},
        {"numerator": (0.5, 1.0), "denominator": (0.0, 0.5, -1.0)},
        {"numerator": (0.5, -1.0, 0.25), "denominator": (0.0, 1.5), "version": "B"},
        {
            "numerator": (0.863943144, 13.0011311, 42.5676392, 51.747577, 23.9916515, 3.92412083),
            "denominator": (25.6449747, -0.00134958664, 102.473082, -0.00179319704, 7.77090006),
            "version": "C",
        },
        {"numerator": (0.0, 0.5, 1.0), "denominator": (0.5, 0.25), "version": "N"},
    ],
}
