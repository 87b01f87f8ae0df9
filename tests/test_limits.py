"""At the ends of the number line functions take their limits; NaN stays NaN."""

import jax
import jax.numpy as jnp
import numpy as np
from cases import every_case, every_dtype, every_spec


def ends(dtype):
    """Both infinities and both ends of the finite range."""
    largest = float(jnp.finfo(dtype).max)
    return jnp.asarray([[-jnp.inf, -largest, largest, jnp.inf]], dtype)


@every_case
@every_dtype
def test_no_nan_at_the_ends_forward_and_backward(case, dtype):
    x = ends(dtype)
    parameters = [jnp.float32(value) for value in case.parameters]
    y, pull = jax.vjp(case, x, *parameters)
    assert not jnp.isnan(y).any(), y
    (x_bar, *_) = pull(jnp.ones_like(y))
    assert not jnp.isnan(x_bar).any(), x_bar
    _, y_dot = jax.jvp(case, (x,), (jnp.ones_like(x),))
    assert not jnp.isnan(y_dot).any(), y_dot


@every_spec
def test_declared_limits(spec):
    from cases import KEY

    if spec.limits is None:
        return
    key = (KEY,) if spec.random else ()
    y = spec.function(jnp.array([-jnp.inf, jnp.inf]), *key, *(p.initial for p in spec.parameters))
    np.testing.assert_array_equal(y, spec.limits)


@every_case
@every_dtype
def test_finite_ends_follow_the_reference(case, dtype):
    x = ends(dtype)[:, 1:3]
    with np.errstate(over="ignore"):
        expected = case.reference(x).astype(x.dtype)
    np.testing.assert_allclose(
        np.asarray(case(x), np.float64), np.asarray(expected, np.float64), rtol=1e-2, atol=1e-6
    )


@every_case
@every_dtype
def test_nan_stays_nan(case, dtype):
    x = jnp.asarray([[1.0, jnp.nan, -1.0]], dtype)
    np.testing.assert_array_equal(jnp.isnan(case(x)), [[False, True, False]])


@every_case
def test_nan_in_a_parameter_is_not_hidden(case):
    for i in range(len(case.parameters)):
        parameters = [*case.parameters]
        parameters[i] = jnp.nan
        assert jnp.isnan(case(jnp.array([[-1.0]]), *parameters)).all()


@every_spec
def test_declared_monotone(spec):
    from cases import KEY

    key = (KEY,) if spec.random else ()
    x = jnp.linspace(-12, 12, 4001)
    if spec.random:
        x = x[:, None]
        y = spec.function(x, *key, shared_axes=(0,))[:, 0]
    else:
        y = spec.function(x, *(p.initial for p in spec.parameters))
    assert bool((jnp.diff(y) >= -1e-7).all()) == spec.monotone
