"""Layers are the functions, with weights made in init and hyperparameters checked before."""

import copy
import pathlib
import pickle

import jax.numpy as jnp
import numpy as np
import pytest

import trax_activations as ta
from trax_activations import functional as F
from trax_activations import registry
from trax_activations._trax import ShapeDtype, shapes
from trax_activations._trax import layers as tl

X = np.linspace(-2, 2, 24, dtype=np.float32).reshape(2, 3, 4)


def initialised(layer, x=X):
    layer.init(shapes.signature(x))
    return layer


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (ta.ParametricRelu(), (1,)),
        (ta.ParametricRelu(4), (4,)),
        (ta.ParametricRelu(3, axis=1), (3,)),
        (ta.ThresholdedLinearUnit(), ()),
        (ta.ThresholdedLinearUnit(1), (1,)),
        (ta.ThresholdedLinearUnit(3, axis=-2), (3,)),
    ],
    ids=repr,
)
def test_weights_are_made_in_init_with_the_declared_shape(layer, shape):
    assert layer.weights == ()
    weights, state = layer.init(shapes.signature(X))
    assert (weights.shape, weights.dtype, state) == (shape, jnp.float32, ())


def test_parametric_relu_is_the_function_along_its_axis():
    layer = initialised(ta.ParametricRelu(3, a=0.1, axis=1))
    layer.weights = slopes = jnp.array([-1.0, 0.0, 0.5])
    np.testing.assert_array_equal(layer(X), F.parametric_relu(X, slopes[:, None]))


def test_thresholded_linear_unit_is_the_function_in_each_form():
    layer = initialised(ta.ThresholdedLinearUnit(4))
    layer.weights = thresholds = jnp.array([-1.0, 0.0, 0.5, 9.0])
    np.testing.assert_array_equal(layer(X), np.maximum(X, thresholds))

    affine = initialised(ta.ThresholdedLinearUnit(affine=True, threshold=-0.5, a=0.25))
    assert [w.shape for w in affine.weights] == [(), ()]
    np.testing.assert_allclose(affine(X), np.maximum(X, 0.25 * X - 0.5), rtol=1e-6)


def test_scalar_threshold_is_the_one_of_trax():
    ours, stock = initialised(ta.ThresholdedLinearUnit()), initialised(tl.ThresholdedLinearUnit())
    assert ours.weights.shape == stock.weights.shape
    np.testing.assert_array_equal(ours(X), stock(X))


def test_randomized_relu_is_random_in_training_only():
    noisy = initialised(ta.RandomizedRelu(0.1, 0.5))
    key = noisy.rng
    np.testing.assert_array_equal(noisy(X), F.randomized_relu(X, key, 0.1, 0.5))
    for mode in ("eval", "predict", "viz"):
        still = initialised(ta.RandomizedRelu(0.1, 0.5, mode=mode))
        np.testing.assert_array_equal(still(X), np.where(X > 0, X, np.float32(0.3) * X))


def test_randomized_relu_shares_slopes_along_shared_axes():
    layer = initialised(ta.RandomizedRelu(shared_axes=(0, -1)), -np.ones((5, 3, 4), np.float32))
    y = np.asarray(layer(-np.ones((5, 3, 4), np.float32)))
    assert np.ptp(y, axis=(0, 2)).max() == 0
    assert len(np.unique(y[0, :, 0])) == 3


@pytest.mark.parametrize("dtype", [jnp.bfloat16, jnp.float16])
def test_half_precision_stays(dtype):
    x = jnp.asarray(X, dtype)
    for layer in (ta.ParametricRelu(4), ta.RandomizedRelu(), ta.ThresholdedLinearUnit(4)):
        assert initialised(layer, x)(x).dtype == dtype


def test_repr_names_every_hyperparameter():
    assert repr(ta.RandomizedRelu(0, 1, [0], mode="eval")) == (
        "RandomizedRelu(lower=0.0, upper=1.0, shared_axes=(0,), mode='eval')"
    )
    assert "ParametricRelu(num_parameters=2, a=0.5, axis=1)" in repr(
        tl.Serial(ta.ParametricRelu(2, 0.5, axis=1))
    )


def test_layers_can_be_copied_and_pickled():
    layer = initialised(ta.ParametricRelu(4, a=0.5))
    for twin in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        np.testing.assert_array_equal(twin(X), layer(X))
        assert repr(twin) == repr(layer)


def test_error_names_the_line_that_made_the_layer():
    layer = ta.ParametricRelu(3)
    message = ""
    try:
        layer.init(ShapeDtype((2, 4), np.float32))
    except tl.LayerError as error:
        message = str(error)
    assert pathlib.Path(__file__).name in message
    assert "num_parameters=4" in message


def test_generated_layers_take_the_hyperparameters_of_the_function():
    assert ta.LeakyRelu()._negative_slope == 0.01
    np.testing.assert_array_equal(ta.LeakyRelu(0.2)(X), F.leaky_relu(X, negative_slope=0.2))
    with pytest.raises(TypeError, match=r"LeakyRelu: got an unexpected .*'alpha'.*negative_slope"):
        ta.LeakyRelu(alpha=1)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: ta.ParametricRelu(0), ValueError, "takes a positive integer, 'channels'"),
        (lambda: ta.ParametricRelu(2.0), ValueError, "takes a positive integer, 'channels'"),
        (lambda: ta.ParametricRelu(True), ValueError, "takes a positive integer, 'channels'"),
        (lambda: ta.ParametricRelu("3"), TypeError, "received num_parameters='3'"),
        (lambda: ta.ParametricRelu(a=float("inf")), ValueError, "takes a finite number as a"),
        (lambda: ta.ParametricRelu(axis=None), TypeError, "takes an integer as axis"),
        (lambda: ta.ThresholdedLinearUnit(-1), ValueError, "takes a positive integer"),
        (lambda: ta.ThresholdedLinearUnit(affine=1), ValueError, "takes True or False as affine"),
        (lambda: ta.RandomizedRelu(0.5, 0.1), ValueError, "lower=0.5, upper=0.1"),
        (lambda: ta.RandomizedRelu("a"), TypeError, "takes a finite number as lower"),
        (lambda: ta.RandomizedRelu(shared_axes=0), ValueError, "None or a sequence of integers"),
        (lambda: ta.RandomizedRelu(mode="evl"), ValueError, "'evl'. Did you mean 'eval'?"),
        (lambda: ta.RandomizedRelu(mode=None), ValueError, "'train', 'eval', 'predict', 'viz'"),
        (lambda: ta.LeakyRelu("x"), TypeError, "takes a finite number as negative_slope"),
    ],
)
def test_bad_hyperparameters_are_refused_at_construction(make, error, message):
    with pytest.raises(error, match=message.replace("(", r"\(")):
        make()


@pytest.mark.parametrize(
    ("layer", "signature", "message"),
    [
        (ta.ParametricRelu(3), ShapeDtype((2, 4), np.float32), "Use num_parameters=4"),
        (ta.ParametricRelu(3, axis=2), ShapeDtype((2, 3), np.float32), "lacks that axis"),
        (ta.ThresholdedLinearUnit(3), ShapeDtype((2, 4), np.float32), "Use num_parameters=4"),
        (ta.RandomizedRelu(shared_axes=(2,)), ShapeDtype((2, 4), np.float32), "names axis 2"),
        (ta.ParametricRelu(), ShapeDtype((2, 4), np.int32), "takes floating-point input"),
        (ta.RandomizedRelu(), ShapeDtype((2, 4), np.int32), "takes floating-point input"),
        (ta.Relu(), ShapeDtype((2, 4), np.bool_), "takes floating-point input"),
    ],
    ids=repr,
)
def test_inputs_that_do_not_fit_are_refused_at_init(layer, signature, message):
    with pytest.raises(tl.LayerError, match=message):
        layer.init(signature)


@pytest.mark.parametrize("spec", registry.specs(), ids=lambda spec: spec.layer_name)
def test_a_layer_is_no_class_and_has_no_weights_before_init(spec):
    layer = getattr(ta, spec.layer_name)()
    name = type(layer).__name__
    with pytest.raises(TypeError, match=rf"is a layer already.*: write {name} without the brack"):
        layer()
    if getattr(layer, "weight_names", ()):
        with pytest.raises(ValueError, match=r"has no weights yet\. Initialize the model"):
            layer(np.ones((2, 4, 4, 4), np.float32))
