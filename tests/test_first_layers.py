"""The layers people write first: what they compute, learn and refuse, alone and in models."""

import gin
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads

import trax_activations as ta
from trax_activations import registry, weights
from trax_activations._trax import ShapeDtype, shapes
from trax_activations._trax import layers as tl

X = np.random.default_rng(0).normal(size=(2, 5, 4)).astype(np.float32)

LAYERS = {
    "CenteredLayer": lambda: ta.CenteredLayer(),
    "DenseRelu": lambda: ta.DenseRelu(4),
    "TensorReduction": lambda: ta.TensorReduction(4),
    "HalfFourier": lambda: ta.HalfFourier(real_output=True),
}
every_layer = pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS)


def initialised(layer, x=X):
    layer.init(shapes.signature(x), rng=jax.random.PRNGKey(0))
    return layer


def test_these_are_the_layers_beside_the_registry_that_are_written_out():
    assert set(LAYERS) <= set(dir(ta)) - set(registry.layer_names())


@pytest.mark.parametrize("axis", [-1, 0, 1])
def test_centered_layer_subtracts_the_mean_along_its_axis(axis):
    y = initialised(ta.CenteredLayer(axis))(X)
    expected = X.astype(np.float64) - X.astype(np.float64).mean(axis, keepdims=True)
    np.testing.assert_allclose(y, expected, atol=1e-6)
    assert ta.CenteredLayer().init(shapes.signature(X)) == ((), ())


def test_dense_relu_is_an_affine_map_and_a_relu():
    layer = initialised(ta.DenseRelu(3))
    kernel, bias = (np.asarray(w, np.float64) for w in layer.weights)
    assert (kernel.shape, bias.shape) == ((4, 3), (3,))
    np.testing.assert_allclose(layer(X), np.maximum(X @ kernel + bias, 0), atol=1e-5)
    assert (np.asarray(layer(X)) == 0).any()


def test_tensor_reduction_sums_all_weighted_products():
    layer = initialised(ta.TensorReduction(3))
    kernel = np.asarray(layer.weights, np.float64)
    assert kernel.shape == (4, 4, 3)
    for index in np.ndindex(2, 5):
        x = X[index].astype(np.float64)
        expected = sum(kernel[i, j] * x[i] * x[j] for i in range(len(x)) for j in range(len(x)))
        np.testing.assert_allclose(layer(X)[index], expected, atol=1e-5)


@pytest.mark.parametrize("n", [1, 2, 7, 8])
def test_half_fourier_is_the_leading_half_of_the_full_transform(n):
    x = np.random.default_rng(n).normal(size=(3, n)).astype(np.float32)
    leading = np.fft.fft(x.astype(np.float64))[:, : n // 2 + 1]
    y = initialised(ta.HalfFourier(), x)(x)
    assert (y.dtype, y.shape) == (jnp.complex64, (3, n // 2 + 1))
    np.testing.assert_allclose(y, leading, atol=1e-5)
    real = initialised(ta.HalfFourier(real_output=True), x)(x)
    np.testing.assert_allclose(real, np.hstack([leading.real, leading.imag]), atol=1e-5)


def test_half_fourier_loses_nothing():
    y = initialised(ta.HalfFourier())(X)
    np.testing.assert_allclose(np.fft.irfft(y, X.shape[-1]), X, atol=1e-6)


@every_layer
def test_gradients_of_input_and_weights_are_the_slopes(make):
    layer = initialised(make())

    def call(x, w):
        return layer.pure_fn(x, w, (), None)[0]

    check_grads(call, (jnp.asarray(X), layer.weights), order=1, atol=2e-2, rtol=2e-2)


def test_gradient_of_the_complex_output_is_the_slope():
    layer = initialised(ta.HalfFourier())
    check_grads(lambda x: jnp.abs(layer(x)) ** 2, (jnp.asarray(X),), order=1, atol=2e-2, rtol=2e-2)


@every_layer
@pytest.mark.parametrize("dtype", [jnp.bfloat16, jnp.float16, jnp.float32])
def test_dtype_stays_and_weights_are_float32(make, dtype):
    x = jnp.asarray(X, dtype)
    layer = initialised(make(), x)
    assert layer(x).dtype == dtype
    assert {w.dtype for w in jax.tree.leaves(layer.weights)} <= {jnp.dtype("float32")}


@every_layer
def test_compiled_and_mapped_they_are_the_same(make):
    layer = initialised(make())

    def call(x):
        return layer.pure_fn(x, layer.weights, (), None)[0]

    np.testing.assert_allclose(jax.jit(call)(X), layer(X), atol=1e-5)
    np.testing.assert_allclose(jax.vmap(call)(X), layer(X), atol=1e-5)


@every_layer
def test_twice_in_a_model_a_layer_is_one_layer_and_is_loaded_as_it_was_saved(make, tmp_path):
    def model(seed):
        shared = make()
        made = tl.Serial(shared, tl.Dense(4), shared)
        made.init(shapes.signature(X), rng=jax.random.PRNGKey(seed))
        return made

    first, second = model(1), model(2)
    own = len(jax.tree.leaves(first.sublayers[0].weights))
    assert len(weights.names(first)) == own + 2
    assert first.sublayers[0] is first.sublayers[2]
    assert not np.array_equal(first(X), second(X))
    weights.save(first, tmp_path / "model.safetensors")
    weights.load(second, tmp_path / "model.safetensors")
    np.testing.assert_array_equal(first(X), second(X))


def test_weights_have_names():
    assert weights.names(initialised(ta.DenseRelu(3))) == ("dense_relu/kernel", "dense_relu/bias")
    assert weights.names(initialised(ta.TensorReduction(3))) == ("tensor_reduction/kernel",)
    assert weights.names(initialised(ta.CenteredLayer())) == ()


def test_initializers_are_asked_for_what_is_needed():
    asked = []

    def ones(shape, key):
        asked.append(shape)
        return jnp.ones(shape)

    initialised(ta.DenseRelu(3, kernel_initializer=ones, bias_initializer=ones))
    initialised(ta.TensorReduction(3, kernel_initializer=ones))
    assert asked == [(4, 3), (3,), (16, 3)]


def test_tensor_reduction_starts_with_outputs_of_the_size_of_its_inputs():
    x = np.random.default_rng(0).normal(size=(1000, 32)).astype(np.float32)
    assert 0.5 < np.std(initialised(ta.TensorReduction(32), x)(x)) < 2.5


def test_repr_names_every_hyperparameter():
    assert repr(ta.CenteredLayer(1)) == "CenteredLayer(axis=1)"
    assert repr(ta.DenseRelu(3)) == "DenseRelu(units=3)"
    assert repr(ta.TensorReduction(3)) == "TensorReduction(units=3)"
    assert repr(ta.HalfFourier()) == "HalfFourier(real_output=False)"


@pytest.mark.parametrize(
    ("name", "argument", "value"),
    [
        ("CenteredLayer", "axis", 1),
        ("DenseRelu", "units", 7),
        ("TensorReduction", "units", 7),
        ("HalfFourier", "real_output", True),
    ],
)
def test_gin_sets_hyperparameters(name, argument, value):
    gin.parse_config(f"trax_activations.{name}.{argument} = {value}")
    assert getattr(getattr(ta, name)(), f"_{argument}") == value
    gin.clear_config()


def wrong_shape(shape, key):
    return jnp.ones((1, *shape))


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: ta.CenteredLayer(None), TypeError, "takes an integer as axis"),
        (lambda: ta.CenteredLayer(0.5), ValueError, "takes an integer as axis"),
        (lambda: ta.DenseRelu(0), ValueError, "takes a positive integer as units"),
        (lambda: ta.DenseRelu("3"), TypeError, "takes a positive integer as units"),
        (
            lambda: ta.DenseRelu(3, kernel_initializer=1),
            ValueError,
            "takes a function as kernel_initializer",
        ),
        (
            lambda: ta.DenseRelu(3, bias_initializer=None),
            TypeError,
            "takes a function as bias_initializer",
        ),
        (lambda: ta.TensorReduction(-1), ValueError, "takes a positive integer as units"),
        (
            lambda: ta.TensorReduction(3, "zeros"),
            TypeError,
            "takes a function as kernel_initializer",
        ),
        (lambda: ta.HalfFourier(1), ValueError, "takes True or False as real_output"),
    ],
)
def test_bad_hyperparameters_are_refused_at_construction(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize(
    ("layer", "signature", "message"),
    [
        (ta.CenteredLayer(2), ShapeDtype((2, 3), np.float32), "axis 2, but its input has shape"),
        (ta.CenteredLayer(), ShapeDtype((), np.float32), "lacks that axis"),
        (ta.CenteredLayer(), ShapeDtype((2, 3), np.int32), "takes floating-point input"),
        (ta.DenseRelu(3), ShapeDtype((), np.float32), "lacks that axis"),
        (ta.DenseRelu(3), ShapeDtype((2, 3), np.int32), "takes floating-point input"),
        (ta.DenseRelu(3, wrong_shape), ShapeDtype((2, 4), np.float32), "was asked for (4, 3)"),
        (ta.TensorReduction(3), ShapeDtype((), np.float32), "lacks that axis"),
        (ta.TensorReduction(3, wrong_shape), ShapeDtype((2, 2), np.float32), "asked for (4, 3)"),
        (ta.HalfFourier(), ShapeDtype((), np.float32), "lacks that axis"),
        (ta.HalfFourier(), ShapeDtype((2, 0), np.float32), "with nothing there"),
        (ta.HalfFourier(), ShapeDtype((2, 4), np.complex64), "takes floating-point input"),
    ],
    ids=repr,
)
def test_inputs_that_do_not_fit_are_refused_at_init(layer, signature, message):
    with pytest.raises(tl.LayerError) as caught:
        layer.init(signature)
    assert message in " ".join(str(caught.value).split())
