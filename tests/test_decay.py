"""Weight decay spares what activations have learned, and nothing else."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import trax_activations as ta
from trax_activations import training
from trax_activations._trax import layers as tl
from trax_activations._trax import optimizers
from trax_activations._trax import training as trax_training
from trax_activations.training.decay import exempt_from_decay

OPTIMIZERS = {
    "adam": lambda: optimizers.Adam(0.01, weight_decay_rate=0.1),
    "adafactor": lambda: optimizers.Adafactor(0.01, weight_decay_rate=0.1),
    "momentum": lambda: optimizers.Momentum(0.01, weight_decay_rate=0.1),
    "sgd": lambda: optimizers.SGD(0.01),
}


def run(module, optimizer, activation, steps):
    x = np.random.default_rng(0).normal(size=(8, 3)).astype(np.float32)
    model = tl.Serial(
        tl.Dense(4),
        tl.Fn("Positive", lambda x: jnp.exp(x)),  # So no slope ever has a gradient.
        activation(),
        tl.Dense(2),
    )
    task = module.TrainTask(
        itertools.repeat((x, np.zeros(8, np.int32))), tl.CategoryCrossEntropy(), optimizer()
    )
    loop = module.Loop(model, task, random_seed=0, n_devices=1)
    loop.run(steps)
    return model


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_slope_without_gradient_is_unchanged_after_1000_steps(name):
    model = run(training, OPTIMIZERS[name], lambda: ta.ParametricRelu(4, a=0.3), 1000)
    np.testing.assert_array_equal(model.weights[2], np.full(4, 0.3, np.float32))


def test_stock_trax_decays_it():
    model = run(trax_training, OPTIMIZERS["adam"], lambda: ta.ParametricRelu(4, a=0.3), 20)
    assert np.all(np.asarray(model.weights[2]) < 0.1)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_all_other_weights_move_exactly_as_in_stock_trax(name):
    ours = run(training, OPTIMIZERS[name], lambda: ta.ParametricRelu(4, a=0.3), 20)
    stock = run(trax_training, OPTIMIZERS[name], lambda: ta.ParametricRelu(4, a=0.3), 20)
    # The compiler may round Adafactor's means otherwise in another program.
    rtol = 1e-5 if name == "adafactor" else 0
    for i in (0, 3):
        for a, b in zip(ours.weights[i], stock.weights[i], strict=True):
            np.testing.assert_allclose(a, b, rtol=rtol)


def test_the_spared_weights_are_those_of_activations():
    model = tl.Serial(tl.Dense(4), ta.ParametricRelu(4), tl.ThresholdedLinearUnit(), tl.LayerNorm())
    model.init(jax.ShapeDtypeStruct((2, 3), np.float32))
    assert exempt_from_decay(model) == (False, False, True, True, False, False)
