"""Trax's own models with weights, without the minute that their initializers take to compile."""

import functools

import numpy as np
from stock_models import STOCK_MODELS, build, init_abstractly

from trax_activations._trax import ShapeDtype, fastmath

MODELS = tuple(STOCK_MODELS)


def tokens(*shape):
    return ShapeDtype(shape, np.int32)


def numbers(*shape):
    return ShapeDtype(shape, np.float32)


@functools.cache
def weighted(name):
    """A stock model with random weights, made once."""
    model = build(name, "train")
    init_abstractly(model, STOCK_MODELS[name][1])
    rng = np.random.default_rng(0)
    model.weights = fastmath.nested_map(
        lambda w: np.asarray(rng.normal(size=w.shape), w.dtype), model.weights
    )
    return model
