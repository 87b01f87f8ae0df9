"""What the layers with noise, splines and networks of their own compute, and what they refuse."""

import jax
import numpy as np
import pytest

import trax_activations as ta
from trax_activations import functional as F
from trax_activations import modes
from trax_activations._trax import ShapeDtype, shapes
from trax_activations._trax import layers as tl

X = np.random.default_rng(0).normal(size=(6, 4, 8)).astype(np.float32) * 3 + 1


def initialised(layer, x=X, seed=0):
    layer.init(shapes.signature(x), rng=jax.random.PRNGKey(seed))
    return layer


def test_prob_act_adds_the_noise_of_its_key():
    layer = initialised(ta.ProbAct(sigma=0.5))
    key = layer.rng
    np.testing.assert_array_equal(layer(X), F.prob_act(X, key, 0.5))
    noise = np.asarray(layer(X)) - np.maximum(X, 0)
    assert 0.4 < noise.std() < 0.6
    np.testing.assert_array_equal(modes.with_mode(layer, "eval")(X), np.maximum(X, 0))


def test_prob_act_of_fixed_strength_learns_nothing():
    fixed, learned = (initialised(ta.ProbAct(sigma=0.5, learned=each)) for each in (False, True))
    assert (fixed.weights, fixed.weight_names) == ((), ())
    key = jax.random.PRNGKey(2)
    first, second = (m.pure_fn(X, m.weights, (), key)[0] for m in (fixed, learned))
    np.testing.assert_array_equal(first, second)


def test_randomized_rational_is_version_b_outside_of_training():
    layer = initialised(ta.RandomizedRational(mode="eval"))
    np.testing.assert_array_equal(layer(X), F.rational(X, *layer.weights, version="B"))


def test_b_spline_has_a_curve_per_channel_on_a_grid():
    layer = initialised(ta.BSpline(grid=4, low=-3.0, high=3.0, order=2))
    coefficients = layer.weights[0]
    assert coefficients.shape == (6, 8)
    assert 0.05 < np.std(coefficients) < 0.2
    one = F.b_spline(X[..., 3], coefficients[:, 3], 1.0, 1.0, order=2, low=-3.0, high=3.0)
    np.testing.assert_allclose(layer(X)[..., 3], one, rtol=1e-5, atol=1e-5)
    assert initialised(ta.BSpline(1)).weights[0].shape == (8,)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: ta.Dice(momentum=1.0),
            ValueError,
            "takes a number from 0 to less than 1 as momentum",
        ),
        (lambda: ta.Dice(mode="evl"), ValueError, "'evl'. Did you mean 'eval'"),
        (lambda: ta.Dice(alpha="0"), TypeError, "takes a finite number as alpha"),
        (lambda: ta.MetaAcon(reduction=0), ValueError, "takes a positive integer as reduction"),
        (lambda: ta.MetaAcon(p1="randn"), TypeError, "takes a finite number as p1"),
        (lambda: ta.FunnelRelu(window=2.5), ValueError, "takes a positive integer as window"),
        (lambda: ta.DyRelu("D"), ValueError, r"takes 'A' .* as version, but received version='D'"),
        (lambda: ta.DyRelu(lambda_a=-1.0), ValueError, "lambda_a"),
        (lambda: ta.DyRelu(lines=0), ValueError, "takes a positive integer as lines"),
        (lambda: ta.ProbAct(learned=1), ValueError, "takes True or False as learned"),
        (lambda: ta.RandomizedRational(deviation=1.0), ValueError, "0 <= deviation < 1"),
        (lambda: ta.BSpline(order=0), ValueError, "takes an integer of at least 1 as order"),
        (lambda: ta.BSpline(low=1.0, high=-1.0), ValueError, "low < high"),
        (lambda: ta.BSpline(coefficients=(0.0,)), ValueError, "takes 8 coefficients .* received 1"),
    ],
)
def test_bad_hyperparameters_are_refused_at_construction(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (ta.Dice(), (4,)),
        (ta.Dice(axis=0), (4, 3)),
        (ta.MetaAcon(), ()),
        (ta.FunnelRelu(), (4, 3)),
        (ta.DyRelu("C"), (4, 3)),
        (ta.DyRelu(axis=3), (4, 3)),
    ],
    ids=repr,
)
def test_inputs_without_the_axes_are_refused_at_init(layer, shape):
    with pytest.raises(tl.LayerError, match=r"an axis|lacks\s+that axis"):
        layer.init(ShapeDtype(shape, np.float32))
