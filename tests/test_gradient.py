"""Derivatives are right: away from kinks, at them as declared, in parameters, of second order."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from cases import (
    ADDED_NOISE,
    BENDS_IN_PARAMETERS,
    KEY,
    TOLERANCE,
    compiled_for,
    direction,
    double_precision,
    every_case,
    points,
)
from tables import reference, table

pytestmark = pytest.mark.quick


@every_case
def test_derivatives_of_first_and_second_order(case):
    """Along a line in the space of input and parameters, in every combination of both modes.

    All in one compiled function, which is called at three points of the line.
    """
    with double_precision()(True):
        x = jnp.asarray(points(case, "float32", (2, 8)), jnp.float64)
        start = (x, *(jnp.float64(value) for value in case.parameters))
        rng = np.random.default_rng(1)
        line, turn = (
            tuple(jnp.asarray(rng.normal(size=each.shape)) for each in start) for _ in range(2)
        )
        if case.spec.name in BENDS_IN_PARAMETERS:
            line, turn = (
                (
                    dots[0],
                    *(dot * (each != 0) for dot, each in zip(dots[1:], start[1:], strict=True)),
                )
                for dots in (line, turn)
            )
        weights = jnp.asarray(rng.normal(size=jax.eval_shape(case, *start).shape))

        step, arguments = 1e-5, (start, line, turn, weights)
        compiled = compiled_for(case, functools.partial(_along, case), jnp.float64(0), *arguments)
        before, here, after = jax.device_get(
            [compiled(jnp.float64(t), *arguments) for t in (-step, 0, step)]
        )

    def slope(name):
        return (after[name] - before[name]) / (2 * step)

    for mode in ("forward", "backward"):
        np.testing.assert_allclose(here[mode], slope("value"), rtol=1e-5, atol=1e-5)
        for outer in ("forward", "backward"):
            # Differences of derivatives: sine's are in the hundreds, and so are their errors.
            name = f"{outer} over {mode}"
            np.testing.assert_allclose(here[name], slope("along turn"), rtol=1e-4, atol=1e-4)


def _along(case, t, start, line, turn, weights):
    """Everything that is compared, at a point of the line."""

    def total(*operands):
        return (weights * case(*operands)).sum()

    def forward(function, tangents):
        return lambda *operands: jax.jvp(function, operands, tangents)[1]

    def backward(function, tangents):
        gradient = jax.grad(function, argnums=tuple(range(len(start))))
        return lambda *operands: sum(map(jnp.vdot, gradient(*operands), tangents))

    pushed, pulled = forward(total, line), backward(total, line)
    operands = tuple(each + t * dot for each, dot in zip(start, line, strict=True))
    named = {
        "backward over forward": backward(pushed, turn)(*operands),
        "backward over backward": backward(pulled, turn)(*operands),
    }
    named["value"], named["along turn"] = jax.jvp(total, operands, turn)
    named["forward"], named["forward over forward"] = jax.jvp(pushed, operands, turn)
    named["backward"], named["forward over backward"] = jax.jvp(pulled, operands, turn)
    return named


@every_case
def test_derivative_is_that_of_the_reference(case):
    step = 1e-6
    above, below = (reference(case, "points", step=each) for each in (step, -step))
    found = table(case, "points")
    np.testing.assert_allclose(found.y_dot, (above - below) / (2 * step), rtol=1e-5, atol=1e-5)
    if case.along_axis:
        pulled, pushed = np.vdot(found.x_bar, found.x_dot), np.vdot(found.y_bar, found.y_dot)
        np.testing.assert_allclose(pulled, pushed, rtol=1e-4)
    else:
        np.testing.assert_allclose(found.x_bar, found.y_bar * found.y_dot, rtol=1e-5, atol=1e-6)


@every_case
def test_derivative_at_each_kink_is_the_declared_one(case):
    if not case.kinks:
        return
    found = table(case, "kinks")
    expected = np.reshape([*case.kinks.values()], (-1, 1)) * np.ones_like(found.y)
    np.testing.assert_allclose(found.y_dot, expected, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(found.x_bar, found.y_bar * expected, rtol=1e-6, atol=1e-7)


@every_case
def test_declared_kinks_are_kinks(case):
    """There the function jumps, or its slope does, or the slopes of both sides are as declared."""
    if case.spec.name in ADDED_NOISE and any(case.parameters):
        return
    for kink in case.kinks:
        sides = np.array([[kink - 2e-3, kink - 1e-3], [kink + 1e-3, kink + 2e-3]])
        values = case.reference(sides)
        left, right = np.diff(values, axis=1)[:, 0] / 1e-3
        value = case.reference(np.array([[kink]])).item()
        assert min(abs(value - values[0, 1]), abs(value - values[1, 0])) < 5e-3
        jumps = abs(values[1, 0] - values[0, 1]) > 0.1
        bends = left != pytest.approx(right, abs=1e-6)
        assert jumps or bends or case.kinks[kink] == pytest.approx(right)


@every_case
def test_parameter_gradient_is_summed_over_the_shared_elements(case):
    """One program for all parameters: each is given per channel, and per element."""
    if not case.parameters:
        return
    x = points(case)
    values = [jnp.asarray(value, jnp.float32) for value in case.parameters]

    def both(x, *values):
        return [_gradient_and_sums(case, x, values, i) for i in range(len(values))]

    for gradient, expected in compiled_for(case, both, x, *values)(x, *values):
        np.testing.assert_allclose(gradient, expected, rtol=TOLERANCE["float32"], atol=1e-4)


def _gradient_and_sums(case, x, values, i):
    """The gradient of a parameter per channel, and the sums of what each element adds to it."""
    value = values[i]

    def channels(parameter):
        return case(x, *values[:i], parameter, *values[i + 1 :])

    wide = value.reshape(*value.shape, *(1,) * x.ndim)
    dots = jnp.eye(max(value.size, 1)).reshape(-1, *wide.shape)
    per_element, per_channel = (
        jnp.broadcast_to(a, (*value.shape, *shape))
        for a, shape in ((wide, x.shape), (value[..., None], x.shape[-1:]))
    )
    y, pull = jax.vjp(channels, per_channel)
    if case.along_axis:  # Each element adds to all outputs of its row.
        weights = direction(case, y)
        return pull(weights)[0], jax.vjp(channels, per_element)[1](weights)[0].sum(value.ndim)
    (gradient,) = pull(jnp.ones_like(y))
    _, push = jax.linearize(channels, per_element)
    sums = jax.vmap(lambda dot: push(jnp.broadcast_to(dot, per_element.shape)).sum(0))(dots)
    return gradient, sums.reshape(gradient.shape)


def test_entmax_learns_its_alpha():
    """From softmax on, where its formulas divide by 0, to beyond sparsemax."""
    from references import REFERENCES

    from trax_activations import functional as F

    x, weights = np.random.default_rng(0).normal(size=(2, 3, 8)) * 3
    alphas = np.array([1, 1.001, 1.25, 1.5, 1.9, 2, 2.5, 3])

    def total(alpha):
        return (F.entmax(jnp.asarray(x, jnp.float32), alpha) * weights).sum()

    found = jax.jit(jax.vmap(jax.grad(total)))(jnp.asarray(alphas, jnp.float32))
    for alpha, gradient in zip(alphas, found, strict=True):
        above, below = (REFERENCES["entmax"](x, alpha + h, -1) for h in (1e-4, -1e-4))
        wanted = ((above - below) * weights).sum() / 2e-4
        np.testing.assert_allclose(gradient, wanted, rtol=1e-4, atol=1e-5)


def test_bfloat16_parameter_gradient_is_summed_in_float32():
    """In bfloat16 a running sum of ones stops at 256."""
    from trax_activations import functional as F

    x = -jnp.ones((4096,), jnp.bfloat16)
    gradient = jax.grad(lambda a: F.parametric_relu(x, a).astype(jnp.float32).sum())(0.25)
    np.testing.assert_allclose(gradient, -4096.0)


def test_randomized_relu_draws_the_same_slopes_backward():
    from trax_activations import functional as F

    x = -jnp.ones((64, 64))
    y, pull = jax.vjp(lambda x: F.randomized_relu(x, KEY), x)
    np.testing.assert_allclose(pull(jnp.ones_like(x))[0], -y, rtol=1e-6)
