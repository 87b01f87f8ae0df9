"""References of the gated, normalized and sparse families, which work along an axis."""

import numpy as np
from scipy import special


def glu(x, axis):
    a, b = np.split(x, 2, axis)
    return a * special.expit(b)


def reglu(x, axis):
    a, b = np.split(x, 2, axis)
    return np.maximum(a, 0) * b


def geglu(x, approximate, axis):
    a, b = np.split(x, 2, axis)
    if approximate:
        return a / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (a + 0.044715 * a**3))) * b
    return a * special.ndtr(a) * b


def swiglu(x, axis):
    a, b = np.split(x, 2, axis)
    return a * special.expit(a) * b


def bilinear(x, axis):
    a, b = np.split(x, 2, axis)
    return a * b


def clamped_swiglu(x, alpha, limit, interleaved, axis):
    x = np.moveaxis(x, axis, -1)
    a, b = (x[..., ::2], x[..., 1::2]) if interleaved else np.split(x, 2, -1)
    a, b = np.minimum(a, limit), np.clip(b, -limit, limit)
    return np.moveaxis(a * special.expit(alpha * a) * (b + 1), -1, axis)


def softmax(x, axis):
    return special.softmax(x, axis)


def softmin(x, axis):
    return special.softmax(-x, axis)


def log_softmax(x, axis):
    return special.log_softmax(x, axis)


def solu(x, axis):
    return x * special.softmax(x, axis)


def _normalised(weights, x, axis):
    """Weights of ``x - tau``, with ``tau`` found by bisection such that they sum to one."""
    top = x.max(axis, keepdims=True)
    low, high = top - 1, top
    for _ in range(100):
        tau = (low + high) / 2
        too_many = weights(x - tau).sum(axis, keepdims=True) > 1
        low, high = np.where(too_many, tau, low), np.where(too_many, high, tau)
    return weights(x - low)


def sparsemax(x, axis):
    return _normalised(lambda z: np.maximum(z, 0), x - x.max(axis, keepdims=True), axis)


def entmax15(x, axis):
    halved = (x - x.max(axis, keepdims=True)) / 2
    return _normalised(lambda z: np.square(np.maximum(z, 0)), halved, axis)


SETTINGS = {
    name: [{"axis": 0}]
    for name in (
        "bilinear",
        "entmax15",
        "geglu",
        "glu",
        "log_softmax",
        "reglu",
        "softmax",
        "softmin",
        "solu",
        "sparsemax",
        "swiglu",
    )
}
SETTINGS["geglu"].append({"approximate": True})
SETTINGS["clamped_swiglu"] = [{"axis": 0}, {"alpha": 1.0, "limit": 2.0, "interleaved": False}]
