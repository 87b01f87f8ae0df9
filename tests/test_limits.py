"""At the ends of the number line functions take their limits; NaN stays NaN."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from cases import KEY, NO_LIMIT, SHAPE, compiled_for, every_case, every_dtype, every_spec
from tables import reference, table

from trax_activations import functional as F

pytestmark = pytest.mark.quick


def is_nan(x):
    return np.isnan(np.asarray(x, np.float32))


@every_case
@every_dtype
def test_no_nan_at_the_ends_forward_and_backward(case, dtype):
    found = table(case, "ends", dtype)
    for what in (found.y, found.x_bar, found.y_dot):
        assert not is_nan(what).any(), what


@pytest.mark.parametrize("top", [1e10, 1e30, float(np.finfo(np.float32).max), np.inf])
def test_a_dominant_input_of_solu_has_the_slope_of_a_line(top):
    """Also backward, where what is as steep as the input must cancel, and not overflow."""
    x, y_bar = jnp.array([[0.5, top, -1.0]]), jnp.array([[3.0, -2.5, 7.0]])
    _, pull = jax.vjp(F.solu, x)
    np.testing.assert_array_equal(pull(y_bar)[0], [[0.0, -2.5, 0.0]])
    np.testing.assert_array_equal(jax.jvp(F.solu, (x,), (y_bar,))[1], [[0.0, -2.5, 0.0]])


@pytest.mark.parametrize(
    ("function", "flat"),
    [
        (F.relu, [-np.inf, -1.0, 0.0]),
        (F.relu6, [-1.0, 0.0, 6.0, np.inf]),
        (F.hard_tanh, [-np.inf, -1.0, 1.0, 2.0]),
        (F.hard_sigmoid, [-np.inf, -3.0, 3.0, 4.0]),
        (F.sparse_sigmoid, [-2.0, -1.0, 1.0, np.inf]),
        (F.with_gain(F.hard_sigmoid, 1.7), [-np.inf, -3.0, 3.0, 4.0]),
        (F.hard_swish, [-np.inf, -4.0, -3.0]),
        (F.hard_mish, [-np.inf, -3.0]),
        (F.soft_shrink, [-0.5, 0.0, 0.5]),
        (F.hard_shrink, [-0.5, 0.0, 0.5]),
        (F.threshold, [-np.inf, -1.0, 0.0]),
        (lambda x: F.thresholded_linear_unit(x, 1.0), [-np.inf, 0.5, 1.0]),
        (lambda x: F.flexible_relu(x, -0.5), [-np.inf, -1.0, 0.0]),
        (lambda x: F.prob_act(x, KEY, 0.5), [-np.inf, -1.0, 0.0]),
    ],
)
def test_no_gradient_passes_a_flat_side_not_even_an_infinite_one(function, flat):
    x = jnp.array(flat)
    for dot in (jnp.full_like(x, jnp.inf), jnp.full_like(x, jnp.nan)):
        np.testing.assert_array_equal(jax.jvp(function, (x,), (dot,))[1], 0)
        np.testing.assert_array_equal(jax.vjp(function, x)[1](dot)[0], 0)


@every_spec
def test_declared_limits(spec):
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
    found = table(case, "ends", dtype)
    finite = np.isfinite(found.x)
    if case.along_axis:  # Of vectors all of whose elements are.
        finite = finite.all(case.hyperparameters["axis"], keepdims=True)
    finite = np.broadcast_to(finite, found.y.shape)
    with np.errstate(over="ignore"):
        expected = reference(case, "ends", dtype).astype(dtype).astype(np.float64)
    np.testing.assert_allclose(found.y[finite], expected[finite], rtol=1e-2, atol=1e-6)


@every_case
@every_dtype
def test_nan_stays_nan(case, dtype):
    found = table(case, "nan", dtype)
    nan = is_nan(found.y)
    if case.along_axis:
        assert nan.any()
        assert not nan.all()
    else:
        np.testing.assert_array_equal(nan, np.isnan(found.x))


@every_case
def test_nan_in_a_parameter_is_not_hidden(case):
    """Of a parameter that acts on some inputs only, it shows on some of them."""
    x = jnp.asarray(np.resize([-30.0, -1.0, 1.0, 30.0], SHAPE), jnp.float32)
    parameters = [jnp.asarray(value, jnp.float32) for value in case.parameters]
    if not parameters:
        return
    compiled = compiled_for(case, lambda *operands: case(*operands), x, *parameters)
    for i, value in enumerate(case.parameters):
        for each in range(np.size(value)):
            hidden = np.where(np.arange(np.size(value)) == each, np.nan, value)
            changed = jnp.asarray(hidden.reshape(np.shape(value)), jnp.float32)
            assert is_nan(compiled(x, *parameters[:i], changed, *parameters[i + 1 :])).any()


@every_spec
def test_declared_monotone(spec):
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
