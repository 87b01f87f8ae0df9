"""A model whose activations are joined: the same model, that keeps less for its backward pass."""

import copy
import itertools
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from stock_models import STOCK_MODELS, build, init_abstractly, program
from weighted_models import weighted

import trax_activations as ta
from trax_activations import economy, modes, training, weights
from trax_activations._trax import fastmath, models, optimizers
from trax_activations._trax import layers as tl
from trax_activations.models import ConvNet

KEY = jax.random.PRNGKey(5)
X = np.random.default_rng(0).normal(size=(4, 8)).astype(np.float32)


def nested():
    """Activations that end a Serial within the model, as `tl.Relu` itself does."""
    block = partial(lambda n: tl.Serial(tl.Dense(n), ta.ParametricRelu(n)))
    again = block(8)
    return tl.Serial(block(8), again, again, tl.Gelu(), tl.Dropout(0.3), tl.Dense(2))


MODELS = {
    "MLP": (lambda: models.MLP((8, 8, 4), activation_fn=ta.Mish), X),
    "nested": (nested, X),
    "branches": (
        lambda: tl.Serial(
            tl.Branch([tl.Dense(4), tl.Tanh(), tl.Dense(4)], [tl.Dense(4), tl.Elu()]),
            tl.Add(),
            tl.Residual(tl.LayerNorm(), ta.RandomizedRelu(), tl.Dense(4)),
            tl.Swish(),
            tl.Residual(tl.Dense(4)),
        ),
        X,
    ),
    "ConvNet": (
        lambda: ConvNet(3, 2, 4, activation=lambda: ta.ThresholdedLinearUnit(4)),
        np.random.default_rng(1).normal(size=(2, 8, 8, 3)).astype(np.float32),
    ),
    "TransformerLM": (lambda: build("TransformerLM", "train"), STOCK_MODELS["TransformerLM"][1]),
    "WideResnet": (
        lambda: build("WideResnet", "train"),
        np.random.default_rng(2).normal(size=(2, 32, 32, 3)).astype(np.float32),
    ),
}


def gradients(model, x):
    """Outputs, new state and the gradients of the weights, of one compiled step."""

    def loss(weights, x):
        y, state = model.pure_fn(x, weights, model.state, KEY)
        return (y * jnp.sin(jnp.arange(y.size)).reshape(y.shape)).sum(), (y, state)

    (_, aux), found = jax.jit(jax.value_and_grad(loss, has_aux=True))(model.weights, x)
    return aux, found


def filled(model, x):
    """The model with random weights, without the time that its initializers take."""
    init_abstractly(model, x)
    rng = np.random.default_rng(0)
    model.weights = fastmath.nested_map(
        lambda w: jnp.asarray(rng.normal(size=w.shape) * 0.3, w.dtype), model.weights
    )
    model.state = fastmath.nested_map(lambda s: jnp.ones(s.shape, s.dtype), model.state)
    return model


@pytest.mark.parametrize(("make", "x"), MODELS.values(), ids=MODELS)
def test_outputs_state_and_gradients_are_the_same(make, x):
    model = filled(make(), x)
    smaller = ta.economize(model)
    assert any(row.joined for row in economy.summary(model).rows)
    expected, found = gradients(model, x), gradients(smaller, x)
    assert jax.tree.structure(expected) == jax.tree.structure(found)
    for one, other in zip(jax.tree.leaves(expected), jax.tree.leaves(found), strict=True):
        # Some gradients are nothing but the rounding of others: a bias before a normalization.
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("name", STOCK_MODELS)
def test_names_weights_and_programs_of_stock_models(name):
    model, x = weighted(name), STOCK_MODELS[name][1]
    smaller = ta.economize(model)
    assert weights.names(smaller) == weights.names(model)
    own = jax.tree.leaves(smaller.weights)
    assert all(a is b for a, b in zip(own, jax.tree.leaves(model.weights), strict=True))
    joined = any(row.joined for row in economy.summary(model).rows)
    init_abstractly(smaller, x)
    assert ("custom_vjp_call" in program(smaller, x)) >= joined


def test_the_given_model_stays_as_it_was():
    model = models.MLP((8, 4))
    economized = ta.economize(model)
    assert "forward" not in vars(model) and "forward" in vars(economized)
    assert repr(economized) == repr(model)


def test_summary_says_what_was_joined_and_why_not():
    model = tl.Serial(
        tl.ShiftRight(),
        tl.Conv(4, (3, 3)),
        tl.BatchNorm(),
        tl.Relu(),
        tl.MaxPool(),
        tl.Flatten(),
        tl.Residual(tl.Dense(4), tl.Gelu()),
        ta.NumpyActivation(np.tanh, lambda x: 1 - np.tanh(x) ** 2),
        tl.LayerNorm(),
        tl.Swish(),
        tl.Fn("Gram", lambda x: x @ x.T),
        ta.Geglu(),
        tl.Tanh(),
        tl.Dropout(0.1),
        tl.Dense(2),
        tl.Elu(),
        tl.Dup(),
        tl.Add(),
        tl.LogSoftmax(),
    )
    for either in (model, ta.economize(model)):
        assert str(economy.summary(either)).splitlines() == [
            "activation            joined",
            "serial/relu           no: Select[0,0], which hands it to several layers, follows",
            "serial/swish          no: Gram follows",
            "serial/geglu          geglu, tanh, dropout, dense",
            "serial/elu            no: Dup, which hands it to several layers, follows",
            "serial/log_softmax    no: nothing follows that would keep its output",
            "serial/residual/gelu  no: nothing follows that would keep its output",
            "-" * 80,
            "1 of 6 activations joined",
        ]


def mlp():
    return tl.Serial(tl.Dense(8), ta.ParametricRelu(8), tl.Dense(8), tl.Gelu(), tl.Dense(3))


def loop(model, directory=None):
    """A loop over random data."""
    rng = np.random.default_rng(0)
    batch = (X, rng.integers(3, size=4).astype(np.int32))
    task = training.TrainTask(
        itertools.repeat(batch),
        tl.CategoryCrossEntropy(),
        optimizers.Adam(0.1),
        n_steps_per_checkpoint=2,
    )
    return training.Loop(model, task, output_dir=directory, random_seed=0)


@pytest.mark.parametrize("first", [ta.economize, lambda model: model], ids=["from", "to"])
def test_checkpoints_fit_the_model_with_and_without(first, tmp_path, capsys):
    second = (lambda model: model) if first is ta.economize else ta.economize
    straight = loop(mlp())
    straight.run(4)
    loop(first(mlp()), str(tmp_path)).run(2)
    resumed = loop(second(mlp()), str(tmp_path))
    assert resumed.step == 2
    resumed.run(2)
    for one, other in zip(
        jax.tree.leaves(straight.model.weights), jax.tree.leaves(resumed.model.weights), strict=True
    ):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_weight_files_fit_the_model_with_and_without(tmp_path):
    model, smaller = filled(mlp(), X), ta.economize(filled(mlp(), X))
    for source, target in ((model, smaller), (smaller, model)):
        weights.save(source, tmp_path / "weights.safetensors")
        target.weights = jax.tree.map(jnp.zeros_like, target.weights)
        weights.load(target, tmp_path / "weights.safetensors")
        np.testing.assert_array_equal(source(X), target(X))


def test_modes_and_copies_of_the_copy():
    smaller = ta.economize(filled(nested(), X))
    evaluated = modes.with_mode(smaller, "eval")
    assert modes.modes(evaluated) == {"serial/dropout": "eval"}
    other = copy.deepcopy(evaluated)
    other.weights = jax.tree.map(jnp.zeros_like, other.weights)
    assert not (other(X) == evaluated(X)).all()
    assert vars(other)["forward"].args == (other,)
    np.testing.assert_allclose(evaluated(X), modes.with_mode(nested_like(smaller), "eval")(X))


def nested_like(smaller):
    """The model that was economized, with the same weights."""
    model = filled(nested(), X)
    model.weights = smaller.weights
    return model


def test_summary_refuses_what_is_no_layer():
    with pytest.raises(TypeError, match=r"economize takes a Trax layer .* received 'model'"):
        ta.economize("model")
    with pytest.raises(TypeError, match=r"economy\.summary takes a Trax layer .* received None"):
        economy.summary(None)
