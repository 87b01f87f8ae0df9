"""Functions compute what the papers say, in every floating-point type."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from cases import TOLERANCE, every_case, every_dtype, every_form, points
from digits import SMALLEST
from tables import reference, table

from trax_activations import functional as F

pytestmark = pytest.mark.quick

# Of a number too, as PyTorch's.
VECTORS_OF_ONE = {"softmax", "softmin", "log_softmax", "solu"}


@every_case
@every_dtype
def test_value_is_the_float64_reference(case, dtype):
    tolerance = TOLERANCE[dtype]
    with np.errstate(over="ignore"):  # A cube of 60 is more than float16 has.
        expected = reference(case, "points", dtype).astype(dtype)
    np.testing.assert_allclose(
        table(case, "points", dtype).y,
        expected.astype(np.float64),
        rtol=tolerance,
        atol=tolerance,
    )


@every_case
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_is_right_to_the_last_place(case, dtype):
    """As the float64 value rounded, or its neighbour: intermediate results are in float32."""
    if case.parameters or case.spec.random:
        return  # Parameters are rounded too.
    expected = reference(case, "points", dtype)
    place = np.maximum(abs(expected), float(jnp.finfo(dtype).tiny)) * float(jnp.finfo(dtype).eps)
    error = abs(table(case, "points", dtype).y - expected)
    # Along an axis what float32 itself cannot tell from 1 is lost.
    lost = TOLERANCE["float32"] if case.along_axis else SMALLEST
    assert (error <= place + lost).all(), (error / place).max()


@every_form
@every_dtype
def test_shape_and_dtype_are_kept(case, dtype):
    shapes = ((16, 8), (4, 0, 8), (4, 2, 8)) if case.along_axis else ((16, 8), (0, 8), (3, 1, 5))
    for shape in shapes:
        y = jax.eval_shape(case, jax.ShapeDtypeStruct(shape, dtype))
        kept = case.reference(np.ones(shape)).shape if case.along_axis else shape
        assert (y.shape, y.dtype) == (kept, dtype)


@pytest.mark.parametrize("pieces", [1, 2, 4])
def test_maxout_of_no_channels_has_none(pieces):
    x = jnp.ones((3, 0))
    assert F.maxout(x, pieces=pieces).shape == (3, 0)
    assert jax.grad(lambda x: F.maxout(x, pieces=pieces).sum())(x).shape == x.shape


@every_form
def test_scalars_are_arrays_without_axes(case):
    if case.spec.name in VECTORS_OF_ONE and case.hyperparameters["axis"] in (-1, 0):
        for function in (case, jax.grad(lambda x: case(x).sum())):
            found, expected = function(jnp.float32(0.5)), function(jnp.ones(1) / 2)
            np.testing.assert_allclose(found, expected[0], atol=1e-7)
        return
    if case.hyperparameters.get("shared_axes") or case.along_axis:
        with pytest.raises(ValueError, match="no axes"):
            case(0.5)
        return
    y = case(0.5)
    assert y.shape == ()
    np.testing.assert_allclose(y, case.reference(0.5), rtol=1e-6)


@every_form
@pytest.mark.parametrize("x", [3, np.arange(3), np.array([True]), np.ones(2, np.complex64)])
def test_integers_booleans_and_complex_numbers_are_refused(case, x):
    with pytest.raises(TypeError, match=f"{case.spec.name} takes floating-point input"):
        case(x)


@every_form
def test_gradient_keeps_the_dtype_of_input_and_parameters(case):
    x = points(case, "bfloat16")
    parameters = [jnp.float32(value) for value in case.parameters]

    def total(x, *parameters):
        return case(x, *parameters).astype(jnp.float32).sum()

    gradient = jax.grad(total, argnums=range(1 + len(parameters)))
    gradients = jax.eval_shape(gradient, x, *parameters)
    assert [g.dtype for g in gradients] == [jnp.bfloat16] + [jnp.float32] * len(parameters)
