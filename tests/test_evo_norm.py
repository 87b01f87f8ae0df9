"""EvoNorm layers are those of their paper: what they divide by, in which mode, over what."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import trax_activations as ta
from trax_activations import modes
from trax_activations._trax import ShapeDtype, shapes
from trax_activations._trax import layers as tl

X = np.random.default_rng(0).normal(size=(6, 4, 3, 8)).astype(np.float32) * 3 + 1
EPSILON = 1e-5


def initialised(layer, x=X):
    layer.init(shapes.signature(x), rng=jax.random.PRNGKey(0))
    channels = layer.weights[0].shape
    rng = np.random.default_rng(1)
    layer.weights = tuple(jnp.asarray(rng.normal(size=channels) + 1, "float32") for _ in range(3))
    return layer


def deviation(x, axes):
    return np.sqrt(np.asarray(x, np.float64).var(axes, keepdims=True) + EPSILON)


def close(a, b, tolerance=1e-5):
    np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


def test_b0_divides_by_the_deviation_of_the_batch_or_of_the_example():
    layer = initialised(ta.EvoNormB0())
    v, gamma, beta = layer.weights
    own = v * X + deviation(X, (1, 2))
    batch = deviation(X, (0, 1, 2))
    assert 0.1 < (own > batch).mean() < 0.9
    close(layer(X), gamma * X / np.maximum(batch, own) + beta)


def test_b0_uses_the_running_variance_outside_of_training():
    layer = initialised(ta.EvoNormB0())
    layer(X)
    _, variance, _ = layer.state
    close(variance, X.var((0, 1, 2)))
    other = 2 * X - 1
    v, gamma, beta = layer.weights
    own = v * other + deviation(other, (1, 2))
    expected = gamma * other / np.maximum(np.sqrt(variance + EPSILON), own) + beta
    close(modes.with_mode(layer, "eval")(other), expected)


def test_running_variance_is_that_of_the_data_and_forgets_as_the_authors_do():
    layer = initialised(ta.EvoNormB0())
    for _ in range(50):
        layer(X)
    layer(2 * X)
    close(layer.state[1], (0.9 + 0.1 * 4) * X.var((0, 1, 2)), 1e-4)


@pytest.mark.parametrize("groups", [1, 2, 8])
def test_s0_divides_by_the_deviation_of_groups_of_channels(groups):
    layer = initialised(ta.EvoNormS0(groups=groups))
    v, gamma, beta = layer.weights
    parted = X.reshape(6, 4, 3, groups, 8 // groups)
    group = np.broadcast_to(deviation(parted, (1, 2, 4)), parted.shape).reshape(X.shape)
    expected = gamma * X / (1 + np.exp(-v * X)) / group + beta
    close(layer(X), expected)
    close(modes.with_mode(layer, "eval")(X), expected)


def test_s0_takes_the_greatest_number_of_groups_that_divides_the_channels():
    for groups, same in ((32, 8), (7, 4), (3, 2)):
        close(
            initialised(ta.EvoNormS0(groups=groups))(X), initialised(ta.EvoNormS0(groups=same))(X)
        )


@pytest.mark.parametrize("make", [ta.EvoNormB0, ta.EvoNormS0])
def test_channels_may_be_on_any_axis_and_positions_on_any_number(make):
    expected = initialised(make())(X)
    first = initialised(make(axis=1), np.moveaxis(X, -1, 1))(np.moveaxis(X, -1, 1))
    close(np.moveaxis(first, 1, -1), expected)
    line = X.reshape(6, 12, 8)
    close(initialised(make(), line)(line), np.reshape(expected, line.shape))


def test_s0_takes_vectors_and_b0_wants_positions():
    x = X[:, 0, 0]
    layer = initialised(ta.EvoNormS0(groups=2), x)
    assert layer(x).shape == x.shape
    with pytest.raises(tl.LayerError, match="1 or more axes of positions"):
        ta.EvoNormB0().init(ShapeDtype((2, 4), np.float32))


def test_a_scale_of_zero_makes_a_branch_start_from_nothing():
    layer = ta.EvoNormB0(gamma=0.0)
    layer.init(shapes.signature(X))
    np.testing.assert_array_equal(layer(X), np.zeros_like(X))


def test_examples_of_s0_do_not_depend_on_each_other():
    layer = initialised(ta.EvoNormS0(groups=4))
    close(layer(X)[2:3], layer(X[2:3]), 1e-6)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: ta.EvoNormB0(epsilon=-1.0), ValueError, "epsilon=-1.0"),
        (
            lambda: ta.EvoNormB0(momentum=1.0),
            ValueError,
            "takes a number from 0 to less than 1 as momentum",
        ),
        (lambda: ta.EvoNormB0(mode="test"), ValueError, "unknown mode 'test'"),
        (lambda: ta.EvoNormS0(groups=0), ValueError, "takes a positive integer as groups"),
    ],
)
def test_bad_hyperparameters_are_refused_at_construction(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize(
    "make", [ta.EvoNormB0, lambda: ta.EvoNormS0(groups=8), lambda: ta.EvoNormS0(groups=1)]
)
def test_no_more_is_kept_than_input_and_output(make):
    """BatchNorm and ReLU keep 4 tensors. The bias matters: without it XLA keeps less."""
    x = np.zeros((64, 16, 32), np.float32)

    def temporary(layers):
        model = tl.Serial(tl.Dense(32), [[make(), tl.Dense(32)] for _ in range(layers)])
        model.init(shapes.signature(x))

        def loss(weights, x):
            return model.pure_fn(x, weights, model.state, jax.random.PRNGKey(0))[0].sum()

        compiled = jax.jit(jax.grad(loss)).lower(model.weights, x).compile()
        return compiled.memory_analysis().temp_size_in_bytes / x.nbytes

    assert (temporary(6) - temporary(3)) / 3 <= 2.2
