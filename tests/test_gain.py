"""An activation times a gain: the same values and derivatives, and nothing more is kept."""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from cases import KEY, TOLERANCE, compiled_quickly, every_form, points
from test_memory import FROM_OUTPUT, tensors_per_layer

from trax_activations import functional as F
from trax_activations import registry
from trax_activations.functional._gain import unit_gain

pytestmark = pytest.mark.quick

GAIN = 1.7139588594436646
FAR = np.array([-np.inf, -1e4, -100.0, -3.0, -1.0, 0.0, 1.0, 3.0, 6.0, 100.0, 1e4, np.inf])


def product(case, *arguments):
    """The function times the gain, as it is, and by its own rule."""
    key = (KEY,) if case.spec.random else ()

    def made(function):
        return lambda x, *p: function(x, *key, *p, **case.hyperparameters)

    return (
        lambda x, *p: GAIN * made(case.spec.function)(x, *p),
        made(F.with_gain(case.spec.function, GAIN)),
    )


def inputs(case, dtype):
    """Points, kinks, and the far ends, where many functions are flat."""
    x = np.asarray(points(case, dtype), np.float64)
    low, _ = case.spec.domain
    far = [*FAR, *case.kinks] if not case.along_axis else []
    x = np.concatenate([x.ravel(), [each for each in far if each > low or not np.isfinite(low)]])
    return jnp.asarray(x[: len(x) // 8 * 8].reshape(-1, 8) if case.along_axis else x, dtype)


@functools.cache
def compared(case):
    """Values and derivatives of both, in two dtypes, from one program."""
    parameters = [jnp.float32(value) for value in case.parameters]

    def at(function, x):
        y, pull = jax.vjp(function, x, *parameters)
        weights = jnp.asarray(np.cos(np.arange(y.size)).reshape(y.shape), y.dtype)
        dots = jnp.ones_like(x), *parameters
        return y, pull(weights)[0], jax.jvp(function, (x, *parameters), dots)[1]

    def both(arrays):
        return {
            dtype: [at(function, x) for function in product(case)] for dtype, x in arrays.items()
        }

    arrays = {dtype: inputs(case, dtype) for dtype in ("float32", "bfloat16")}
    if case.hyperparameters.get("shared_axes"):
        arrays = {dtype: x[:, None] for dtype, x in arrays.items()}
    return jax.device_get(compiled_quickly(both, arrays)(arrays))


@pytest.mark.thorough
@every_form
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_value_and_derivatives_are_those_of_the_product(case, dtype):
    expected, found = compared(case)[dtype]
    assert found[0].dtype == dtype
    tolerance = TOLERANCE[dtype]
    for a, b in zip(found, expected, strict=True):
        a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
        if dtype == "float32":
            np.testing.assert_allclose(a, b, rtol=3 * tolerance, atol=3 * tolerance)
        else:  # The derivative from a rounded output is as far off as that is.
            np.testing.assert_allclose(a, b, rtol=2 * tolerance, atol=4 * tolerance)


@pytest.mark.parametrize("gain", [GAIN, 0.3, -2.1, 4.803835391998291])
@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
def test_what_is_clipped_stays_without_derivative(gain, dtype):
    """A level times the gain is rounded: divided by it again, it need not be the level."""
    x = jnp.asarray(np.linspace(-40, 40, 64), dtype)
    levels = np.random.default_rng(0).uniform(-3, 3, 64).astype(np.float32)
    clipped = {
        "relu6": F.relu6,
        "hard_tanh": functools.partial(F.hard_tanh, min_val=-0.7, max_val=1.3),
        "hard_sigmoid": F.hard_sigmoid,
        "sparse_sigmoid": F.sparse_sigmoid,
        "threshold": functools.partial(F.threshold, threshold=0.1, value=0.1),
        "thresholded_linear_unit": lambda x: F.thresholded_linear_unit(x, levels),
        "funnel_relu": lambda x: F.funnel_relu(x, levels),
    }
    for name, function in clipped.items():
        scaled = {
            "hard_tanh": lambda x: F.with_gain(F.hard_tanh, gain)(x, min_val=-0.7, max_val=1.3),
            "threshold": lambda x: F.with_gain(F.threshold, gain)(x, threshold=0.1, value=0.1),
            "thresholded_linear_unit": lambda x: F.with_gain(F.thresholded_linear_unit, gain)(
                x, levels
            ),
            "funnel_relu": lambda x: F.with_gain(F.funnel_relu, gain)(x, levels),
        }.get(name, F.with_gain(getattr(F, name), gain))
        plain, own = (
            jax.jit(jax.grad(lambda x, f=f: f(x).astype(jnp.float32).sum()))(x)
            for f in (function, scaled)
        )
        expected = np.asarray(plain, np.float64) * gain
        tolerance = TOLERANCE[dtype]
        np.testing.assert_allclose(np.asarray(own, np.float64), expected, rtol=tolerance)


@pytest.mark.parametrize(
    "name",
    [*sorted(FROM_OUTPUT), "funnel_relu", "isru", "gelu", "snake", "swiglu", "parametric_relu"],
)
def test_no_more_is_kept_than_without_the_gain(name):
    spec = registry.get(name)
    scaled = dataclasses.replace(spec, function=F.with_gain(spec.function, GAIN))
    assert tensors_per_layer(scaled) <= tensors_per_layer(spec) + 0.1


def test_by_itself_a_product_keeps_more():
    relu = registry.get("relu")
    product = dataclasses.replace(relu, function=lambda x: GAIN * F.relu(x))
    assert tensors_per_layer(product) > 1.9


def test_the_same_gain_is_the_same_function_and_any_function_has_one():
    assert F.with_gain(F.relu, 2.0) is F.with_gain(F.relu, 2)
    assert F.with_gain(F.relu, 1.0) is F.relu
    x = jnp.array([-1.0, 2.0])
    np.testing.assert_allclose(F.with_gain(jnp.square, 3.0)(x), [3.0, 12.0])
    with pytest.raises(TypeError, match="relu takes floating-point input"):
        F.with_gain(F.relu, 2.0)(3)


@pytest.mark.parametrize("gain", [0.0, float("nan"), float("inf")])
def test_what_is_no_gain_is_refused(gain):
    with pytest.raises(ValueError, match="a finite number that is not 0 as gain"):
        F.with_gain(F.relu, gain)


def test_unit_gain_is_one_over_the_deviation():
    half = 0.5 - 1 / (2 * np.pi)  # Of the ReLU, by hand.
    assert unit_gain(F.relu, [0.0]) == pytest.approx(half**-0.5, rel=1e-7)
    assert unit_gain(F.selu, [0.0]) == pytest.approx(1, rel=1e-6)
    assert unit_gain(lambda x: 3 * x + 1) == pytest.approx(1 / 3, rel=1e-7)
    assert unit_gain(jnp.square) == pytest.approx(2**-0.5, rel=1e-7)
    assert unit_gain(lambda x: 1e-4 * x + 1) == pytest.approx(1e4, rel=1e-2)  # Small, not nothing.


@pytest.mark.parametrize("constant", [0.0, 0.1, 1.0, -1e6, 3e-30])
@pytest.mark.parametrize("last_bit", [0.0, 2.0**-24])
def test_a_constant_has_no_gain_however_its_sums_are_rounded(constant, last_bit):
    with pytest.raises(ValueError, match="variance is 0"):
        unit_gain(lambda x: constant * (1 + last_bit * jnp.sign(x)))
