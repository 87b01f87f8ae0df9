"""Right to the last place: value and derivative within the budget, in every dtype, tails too."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from digits import BUDGET, MISSES, distances, every_finite, measured, second_derivative

from trax_activations import functional as F
from trax_activations import registry

pytestmark = pytest.mark.quick

ELEMENTWISE = [
    pytest.param(spec, id=spec.name)
    for spec in registry.specs()
    if not spec.along_axis and not spec.random
]
# Every so many of all numbers in 16 bit; and those where tails and roots lost digits before.
STRIDE = 31
HARD = (-88, -50, -13, -6.25, -5.2674, -5, -1.3047, -1.2969, 1.2969, 1.3047, 3.47, 8, 15, 60, 256)
# Differences of float64 do not tell theirs, which are infinite, or bend often.
NO_SECOND = {"apl", "b_spline", "log", "sine", "snake", "snake_beta"}


def inputs(spec, dtype):
    x = every_finite(dtype)
    hard = np.asarray(HARD, np.float32).astype(x.dtype)
    x = np.concatenate([x[:: {"float32": 8, "float64": 2}.get(dtype, STRIDE)], hard])
    return x[x.astype(np.float64) >= spec.domain[0]]


@pytest.mark.parametrize("spec", ELEMENTWISE)
def test_every_digit_is_right(spec):
    """The distance is that from the exact number, rounded once; all dtypes in one program."""
    values = [parameter.initial for parameter in spec.parameters]
    parameters = [jnp.asarray(value, jnp.float32) for value in values]
    given = {dtype: inputs(spec, dtype) for dtype in BUDGET if dtype != "float64"}
    curved = np.linspace(-8, 8, 161).astype(np.float32)
    given["second"] = curved = curved[curved > spec.domain[0]]

    def slope(x):
        return jax.jvp(lambda x: spec.function(x, *parameters), (x,), (jnp.ones_like(x),))

    def every(given):
        found = {dtype: slope(x) for dtype, x in given.items()}
        x = given["second"]
        found["second"] = jax.jvp(lambda x: slope(x)[1], (x,), (jnp.ones_like(x),))[1]
        return found

    found = jax.device_get(jax.jit(every)(given))
    if np.finfo(np.longdouble).nmant > 60:  # Else the right digits are not known here.
        given["float64"] = x = inputs(spec, "float64")
        found["float64"] = measured(spec.function, x, *(np.float64(p) for p in values))
    for dtype, budget in BUDGET.items():
        if dtype not in found:
            continue
        *most, _ = MISSES.get((spec.name, dtype), (*budget, ""))
        for far, allowed in zip(
            distances(spec, given[dtype], dtype, found[dtype]), most, strict=True
        ):
            assert (far <= allowed).all(), (dtype, given[dtype][~(far <= allowed)], far.max())
    if spec.name not in NO_SECOND:
        wanted = second_derivative(spec, curved.astype(np.float64))
        smooth = np.isfinite(wanted)
        scale = abs(wanted[smooth]).max()
        np.testing.assert_allclose(
            found["second"][smooth], wanted[smooth], rtol=1e-3, atol=1e-5 * max(scale, 1)
        )


def test_what_misses_the_budget_does_so():
    """What no longer does is taken out of the list; its reason is one that is told there."""
    names = {spec.values[0].name for spec in ELEMENTWISE}
    for (name, dtype), (value, slope, reason) in MISSES.items():
        assert name in names
        assert value > BUDGET[dtype][0] or slope > BUDGET[dtype][1]
        assert reason.endswith(".")


@pytest.mark.parametrize("version", ["A", "B", "C"])
def test_rational_far_out_is_as_steep_as_its_highest_powers(version):
    from trax_activations.functional._rational import LEAKY_RELU

    a, b = (np.asarray(part, np.float32) for part in LEAKY_RELU[version])

    def slope(x):
        return jax.grad(lambda x: F.rational(x, a, b, version=version))(x)

    x = jnp.array([870.0, 36000.0, 71970.4, 1e9, 1e30])
    found, second = jax.vmap(slope)(x), jax.vmap(jax.grad(slope))(x)
    np.testing.assert_allclose(found, abs(a[-1] / b[-1]), rtol=2e-5)
    np.testing.assert_allclose(second, 0, atol=1e-6)
    gradient = jax.grad(lambda b: F.rational(x[2], a, b, version=version))(b)
    np.testing.assert_allclose(gradient[-1], -F.rational(x[2], a, b, version=version) / b[-1], 1e-4)


def test_huge_inputs_have_second_derivatives():
    for x in (1e18, 1e30, jnp.inf):
        assert jax.grad(jax.grad(F.squared_relu))(x) == 2
        assert jax.grad(jax.grad(F.serf))(x) == 0


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_numbers_that_the_dtype_lacks_are_not_rounded_before_they_are_used(dtype):
    x = jnp.array([-1.3047, 1.2969, 4.0, -4.0], dtype)
    wide = np.asarray(x, np.float64)

    def check(found, expected):
        np.testing.assert_array_equal(found, np.asarray(expected).astype(x.dtype))

    check(F.soft_shrink(x, lambd=1.3), np.sign(wide) * np.maximum(abs(wide) - 1.3, 0))
    check(F.leaky_relu(x, negative_slope=0.3), np.where(wide > 0, wide, 0.3 * wide))
    check(F.parametric_relu(x, 0.3), np.where(wide > 0, wide, 0.3 * wide))
    check(F.affine_thresholded_linear_unit(x, 0.3, 0.1), np.maximum(wide, 0.1 * wide + 0.3))
    for function, arguments in (
        (F.hard_tanh, {"min_val": -1.3, "max_val": 1.3}),
        (F.threshold, {"threshold": 1.3, "value": 1.3}),
    ):
        _, pull = jax.vjp(lambda x, f=function, a=arguments: f(x, **a), x)
        inside = (wide > 1.3) if function is F.threshold else (abs(wide) < 1.3)
        check(pull(jnp.ones_like(x))[0], inside)


def test_the_gradient_of_a_slope_in_16_bit_is_summed_in_float32():
    x = -jnp.linspace(0.1, 0.7, 100_000).astype(jnp.bfloat16)
    gradient = jax.grad(lambda a: F.parametric_relu(x, a).sum())(jnp.bfloat16(0.25))
    assert gradient == jnp.asarray(np.asarray(x, np.float64).sum()).astype(jnp.bfloat16)
