"""An activation joined to the next layer: the same function and names, one tensor kept."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import trax_activations as ta
from trax_activations import modes, registry, weights
from trax_activations._trax import base, shapes
from trax_activations._trax import layers as tl

X = np.random.default_rng(0).normal(size=(4, 8)).astype(np.float32)
IMAGE = np.random.default_rng(1).normal(size=(2, 8, 8, 3)).astype(np.float32)
KEY = jax.random.PRNGKey(3)


class Tracker(base.Layer):
    """Has state, and takes two inputs."""

    def __init__(self):
        super().__init__(n_in=2)

    def init_weights_and_state(self, input_signature):
        self.weights = jnp.float32(0.5)
        self.state = jnp.zeros((), jnp.int32)

    def forward(self, inputs):
        self.state = self.state + 1
        return inputs[0] * inputs[1] * self.weights


def pair(make_activation, make_next, x):
    """The two layers as they are, and joined, with the same weights."""
    plain = tl.Serial(make_activation(), make_next())
    joined = ta.Remat(make_activation(), make_next())
    signature = shapes.signature(x)
    plain.init(signature)
    joined.init(signature)
    joined.weights = plain.weights
    return plain, joined


def value_and_gradients(layer, x, dtype=None):
    """Output, new state and the gradients of weights and of the first input."""
    inputs = x if isinstance(x, tuple) else (x,)
    given = jax.tree.map(lambda a: jnp.asarray(a, dtype), layer.weights)

    def loss(weights, first):
        both = (first, *inputs[1:]) if len(inputs) > 1 else first
        y, state = layer.pure_fn(both, weights, layer.state, KEY)
        return (y.astype(jnp.float32) * jnp.sin(jnp.arange(y.size)).reshape(y.shape)).sum(), (
            y,
            state,
        )

    return jax.jit(jax.value_and_grad(loss, (0, 1), has_aux=True))(given, inputs[0])


def assert_same(plain, joined, x, dtype=None, rtol=1e-5):
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(
            np.asarray(a, np.float64), np.asarray(b, np.float64), rtol=rtol, atol=1e-6
        ),
        value_and_gradients(plain, x, dtype),
        value_and_gradients(joined, x, dtype),
    )


# One for each kind of gradient: from y, from x, learned, random, gated, of a vector.
@pytest.mark.parametrize(
    "name", ["elu", "mish", "affine_thresholded_linear_unit", "randomized_relu", "swiglu", "solu"]
)
def test_gradients_are_those_of_plain_autodiff(name):
    make = getattr(ta, registry.get(name).layer_name)
    assert_same(*pair(make, lambda: tl.Dense(3), X), X)


@pytest.mark.parametrize(
    ("make_next", "x"),
    [
        (lambda: tl.Dense(3, use_bias=False), X),
        (lambda: tl.Conv(4, (3, 3), padding="SAME"), IMAGE),
        (tl.BatchNorm, IMAGE),
        (tl.LayerNorm, X),
        (lambda: tl.Dropout(0.5), X),
        (lambda: tl.Serial(tl.Dense(4), ta.ParametricRelu(4), tl.Dense(2)), X),
        (lambda: tl.Residual(tl.Dense(8)), X),
        (Tracker, (X, X + 1)),
        (lambda: ta.Remat(tl.Relu(), tl.Dense(2)), X),
    ],
    ids=["dense", "conv", "batch", "norm", "dropout", "serial", "residual", "two", "remat"],
)
def test_any_layer_may_follow(make_next, x):
    assert_same(*pair(ta.ParametricRelu, make_next, x), x)


def test_bfloat16_stays():
    x = jnp.asarray(X, jnp.bfloat16)
    plain, joined = pair(ta.ParametricRelu, lambda: tl.Dense(3), x)
    assert joined(x, weights=jax.tree.map(lambda w: w.astype(jnp.bfloat16), joined.weights)).dtype
    assert_same(plain, joined, x, jnp.bfloat16, rtol=2e-2)


def test_random_slopes_are_the_same_in_both_passes():
    layer = ta.Remat(ta.RandomizedRelu(), tl.Fn("Sum", lambda x: x.sum()))
    layer.init(shapes.signature(X))
    slopes = jax.grad(lambda x: layer.pure_fn(x, layer.weights, layer.state, KEY)[0])(-abs(X))
    total, _ = layer.pure_fn(-abs(X), layer.weights, layer.state, KEY)
    np.testing.assert_allclose((slopes * -abs(X)).sum(), total, rtol=1e-5)
    assert len(np.unique(slopes)) == X.size


def test_the_state_is_the_one_after_a_single_run():
    _, joined = pair(tl.Relu, Tracker, (X, X))
    (_, (_, state)), _ = value_and_gradients(joined, (X, X))
    assert jax.tree.leaves(state)[0] == 1


def test_layers_that_occur_again_share_their_weights():
    def model(join):
        slope, dense = ta.ParametricRelu(), tl.Dense(8)
        twice = [join(slope, dense), join(slope, dense)]
        return tl.Serial(tl.Dense(8), twice, slope, tl.Dense(2))

    plain, joined = model(lambda *layers: list(layers)), model(ta.Remat)
    plain.init(shapes.signature(X))
    joined.init(shapes.signature(X))
    weights.assign(joined, weights.to_dict(plain))
    _, (expected, _) = value_and_gradients(plain, X)
    _, (found, _) = value_and_gradients(joined, X)
    for one, other in zip(jax.tree.leaves(expected), jax.tree.leaves(found), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_reverse_over_reverse_vmap_and_scan():
    plain, joined = pair(ta.Mish, lambda: tl.Dense(8), X)

    def total(layer, x):
        return layer.pure_fn(x, layer.weights, layer.state, KEY)[0].sum()

    def scanned(layer, x):
        def step(x, _):
            return layer.pure_fn(x, layer.weights, layer.state, KEY)[0], None

        return jax.lax.scan(step, x, None, length=3)[0].sum()

    def second(layer, x):
        return jax.grad(lambda x: (jax.grad(total, 1)(layer, x) ** 2).sum())(x)

    def mapped(layer, x):
        return jax.vmap(jax.grad(total, 1), (None, 0))(layer, x[:, None])

    for function in (second, mapped, jax.grad(scanned, 1)):
        expected, found = (jax.jit(partial(function, layer))(X) for layer in (plain, joined))
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


MODELS = {
    "serial": lambda join: tl.Serial(tl.Dense(8), join(tl.Relu(), tl.Dense(8)), tl.Dense(2)),
    "root": lambda join: tl.Serial(join(ta.ParametricRelu(), tl.Dense(2))),
    "residual": lambda join: tl.Serial(
        tl.Dense(8), tl.Residual(tl.Dense(8), join(ta.ParametricRelu(), tl.Dense(8)))
    ),
    "whole residual": lambda join: tl.Residual(join(ta.ParametricRelu(), tl.Dense(8))),
    "branch": lambda join: tl.Serial(
        tl.Branch([join(ta.ParametricRelu(), tl.Dense(4))], tl.Dense(4)), tl.Add(), tl.Dense(1)
    ),
    "nested": lambda join: tl.Serial(
        tl.Dense(8), join(ta.ParametricRelu(), tl.Serial(tl.Dense(8), tl.Dense(8))), tl.Dense(2)
    ),
}


@pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)
def test_names_are_those_of_the_model_without(make, tmp_path):
    plain, joined = make(lambda *layers: list(layers)), make(ta.Remat)
    plain.init(shapes.signature(X))
    joined.init(shapes.signature(X))
    assert weights.names(joined) == weights.names(plain)
    weights.save(plain, tmp_path / "plain.safetensors")
    weights.load(joined, tmp_path / "plain.safetensors")
    np.testing.assert_allclose(joined(X), plain(X), rtol=1e-6)


def test_alone_it_is_named_as_a_serial():
    joined = ta.Remat(ta.ParametricRelu(), tl.Dense(2))
    joined.init(shapes.signature(X))
    assert weights.names(joined)[0] == "serial/parametric_relu/a"


def test_modes_pass_through():
    model = tl.Serial(tl.Dense(4), ta.Remat(ta.RandomizedRelu(), tl.Dropout(0.5)), tl.Dense(2))
    evaluated = modes.with_mode(model, "eval")
    assert modes.modes(model) == {"serial/randomized_relu": "train", "serial/dropout": "train"}
    assert set(modes.modes(evaluated).values()) == {"eval"}


def test_repr_shows_both_layers():
    shown = repr(ta.Remat(ta.ParametricRelu(), tl.Dense(2)))
    assert shown.splitlines()[0] == "Remat["
    assert "ParametricRelu(num_parameters=1, a=0.25, axis=-1)" in shown and "Dense_2" in shown


def test_what_cannot_be_joined_is_refused():
    with pytest.raises(TypeError, match="takes a layer as activation, for example Remat"):
        ta.Remat(jax.nn.relu, tl.Dense(2))
    with pytest.raises(TypeError, match="takes a layer as next_layer"):
        ta.Remat(tl.Relu(), tl.Dense)
    with pytest.raises(ValueError, match="but received Add, which has 2 and 1"):
        ta.Remat(tl.Add(), tl.Dense(2))
    with pytest.raises(ValueError, match=r"received Weights_\(2,\), which has none"):
        ta.Remat(tl.Relu(), tl.Weights(tl.RandomNormalInitializer(), (2,)))


def test_forward_mode_is_refused_in_words():
    _, layer = pair(tl.Gelu, partial(tl.Dense, 2), X)
    with pytest.raises(tl.LayerError, match=r"A remat has gradients in reverse mode only"):
        jax.jvp(layer, (X,), (X,))
