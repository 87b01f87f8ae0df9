"""Functions compute what the papers say, in every floating-point type."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from cases import TOLERANCE, every_case, every_dtype, points


@every_case
@every_dtype
def test_value_is_the_float64_reference(case, dtype):
    x = points(case, dtype)
    y = case(x)
    tolerance = TOLERANCE[dtype]
    np.testing.assert_allclose(
        np.asarray(y, np.float64), case.reference(x), rtol=tolerance, atol=tolerance
    )


@every_case
@every_dtype
def test_shape_and_dtype_are_kept(case, dtype):
    for shape in ((16, 8), (0, 8), (3, 1, 5)):
        x = jnp.ones(shape, dtype)
        y = case(x)
        assert (y.shape, y.dtype) == (x.shape, x.dtype)


@every_case
def test_scalars_are_arrays_without_axes(case):
    if case.hyperparameters.get("shared_axes"):
        with pytest.raises(ValueError, match="no axes"):
            case(0.5)
        return
    y = case(0.5)
    assert y.shape == ()
    np.testing.assert_allclose(y, case.reference(0.5), rtol=1e-6)


@every_case
@pytest.mark.parametrize("x", [3, np.arange(3), np.array([True]), np.ones(2, np.complex64)])
def test_integers_booleans_and_complex_numbers_are_refused(case, x):
    with pytest.raises(TypeError, match=f"{case.spec.name} takes floating-point input"):
        case(x)


@every_case
def test_gradient_keeps_the_dtype_of_input_and_parameters(case):
    x = points(case, "bfloat16")
    parameters = [jnp.float32(value) for value in case.parameters]

    def total(x, *parameters):
        return case(x, *parameters).astype(jnp.float32).sum()

    gradients = jax.grad(total, argnums=range(1 + len(parameters)))(x, *parameters)
    assert [g.dtype for g in gradients] == [jnp.bfloat16] + [jnp.float32] * len(parameters)
