"""References of the spline family."""

import numpy as np
from scipy.interpolate import BSpline
from scipy.special import expit


def b_spline(x, coefficients, scale_base, scale_spline, order, low, high):
    step = (high - low) / (len(coefficients) - order)
    knots = low + step * np.arange(-order, len(coefficients) + 1)
    spline = BSpline(knots, np.asarray(coefficients), order, extrapolate=False)
    # Between the knots at the ends the bases do not sum to 1, which SciPy takes for outside.
    padded = np.concatenate([np.zeros(order), coefficients, np.zeros(order)])
    more = low + step * np.arange(-2 * order, len(coefficients) + order + 1)
    spline = BSpline(more, padded, order, extrapolate=False)
    return scale_base * x * expit(x) + scale_spline * np.nan_to_num(spline(x))


SETTINGS = {
    "b_spline": [
        {"coefficients": (1.0, -0.5, 0.25), "order": 2, "scale_base": 0.0},
        {"order": 1, "low": -2.0, "high": 1.5},
        {"low": -3.0, "high": 5.0, "scale_spline": -1.5},
        {"scale_base": -0.5, "scale_spline": 0.0},
    ]
}
