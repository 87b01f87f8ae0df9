"""At the ends of the number line functions take their limits; NaN stays NaN."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from cases import NO_LIMIT, SHAPE, every_case, every_dtype, every_spec

from trax_activations import functional as F


def ends(case, dtype, infinite=True):
    """Both infinities and both ends of the finite range, or what of them is in the domain.

    For a function along an axis: every vector of four of them. Repeated to the shape of other
    tests, for which everything is compiled anyway.
    """
    largest = float(jnp.finfo(dtype).max)
    values = [-np.inf, -largest, largest, np.inf] if infinite else [-largest, largest]
    values = sorted({max(value, case.spec.domain[0]) for value in values})
    if not case.spec.along_axis:
        return jnp.asarray(np.resize(values, SHAPE), dtype)
    vectors = jnp.asarray(np.resize(list(itertools.product(values, repeat=4)), (256, 4)), dtype)
    return vectors.T if case.hyperparameters["axis"] == 0 else vectors


def uneven(like):
    """Gradients of both signs, of which no two are equal: nothing cancels along an axis."""
    return jnp.cos(jnp.arange(like.size)).reshape(like.shape).astype(like.dtype)


def is_nan(x):
    return np.isnan(np.asarray(x, np.float32))


@every_case
@every_dtype
def test_no_nan_at_the_ends_forward_and_backward(case, dtype):
    x = ends(case, dtype)
    parameters = [jnp.float32(value) for value in case.parameters]
    y, pull = jax.vjp(case, x, *parameters)
    assert not is_nan(y).any(), y
    (x_bar, *_) = pull(uneven(y))
    assert not is_nan(x_bar).any(), x_bar
    _, y_dot = jax.jvp(case, (x,), (uneven(x),))
    assert not is_nan(y_dot).any(), y_dot


@pytest.mark.parametrize("top", [1e10, 1e30, float(np.finfo(np.float32).max), np.inf])
def test_a_dominant_input_of_solu_has_the_slope_of_a_line(top):
    """Also backward, where what is as steep as the input must cancel, and not overflow."""
    x, y_bar = jnp.array([[0.5, top, -1.0]]), jnp.array([[3.0, -2.5, 7.0]])
    _, pull = jax.vjp(F.solu, x)
    np.testing.assert_array_equal(pull(y_bar)[0], [[0.0, -2.5, 0.0]])
    np.testing.assert_array_equal(jax.jvp(F.solu, (x,), (y_bar,))[1], [[0.0, -2.5, 0.0]])


@every_spec
def test_declared_limits(spec):
    from cases import KEY

    if spec.limits is None:
        return
    key = (KEY,) if spec.random else ()
    y = spec.function(jnp.array(spec.domain), *key, *(p.initial for p in spec.parameters))
    np.testing.assert_allclose(y, spec.limits, rtol=1e-6)


@every_case
@every_dtype
def test_finite_ends_follow_the_reference(case, dtype):
    if case.spec.name in NO_LIMIT:
        return
    x = ends(case, dtype, infinite=False)
    with np.errstate(over="ignore", divide="ignore"):
        expected = case.reference(x).astype(x.dtype)
    np.testing.assert_allclose(
        np.asarray(case(x), np.float64), np.asarray(expected, np.float64), rtol=1e-2, atol=1e-6
    )


@every_case
@every_dtype
def test_nan_stays_nan(case, dtype):
    x = np.resize([1.0, 2.0], SHAPE)
    x[2, 5] = np.nan
    found = is_nan(case(jnp.asarray(x, dtype)))
    if case.spec.along_axis:
        assert found.any()
        assert not found.all()
    else:
        np.testing.assert_array_equal(found, np.isnan(x))


@every_case
def test_nan_in_a_parameter_is_not_hidden(case):
    """Of a parameter that acts on some inputs only, it shows on some of them."""
    x = jnp.asarray(np.resize([-30.0, -1.0, 1.0, 30.0], SHAPE), jnp.float32)
    for i, value in enumerate(case.parameters):
        for each in range(np.size(value)):
            parameters = [*case.parameters]
            parameters[i] = np.where(np.arange(np.size(value)) == each, np.nan, value)
            parameters[i] = jnp.asarray(parameters[i].reshape(np.shape(value)), jnp.float32)
            assert is_nan(case(x, *parameters)).any()


@every_spec
def test_declared_monotone(spec):
    from cases import KEY

    if spec.along_axis:
        return
    key = (KEY,) if spec.random else ()
    x = jnp.linspace(max(-12, spec.domain[0]), 12, 4001)
    if "shared_axes" in spec.hyperparameters:
        x = x[:, None]
        y = spec.function(x, *key, shared_axes=(0,))[:, 0]
    else:
        y = spec.function(x, *key, *(p.initial for p in spec.parameters))
    assert bool((jnp.diff(y) >= -2e-6).all()) == spec.monotone
