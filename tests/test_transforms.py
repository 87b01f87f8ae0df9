"""No transformation of JAX is lost, and nothing is compiled twice."""

import jax
import jax.numpy as jnp
import numpy as np
from cases import KEY, compiled_quickly, every_form, few_points, points

# Hyperparameters at which the function jumps.
JUMPS = {("fta", "eta")}


@every_form
def test_jit_is_eager(case):
    x = points(case)
    np.testing.assert_allclose(jax.jit(case)(x), case(x), rtol=1e-6, atol=1e-7)


@every_form
def test_vmap_is_a_stack(case):
    if case.spec.random:
        return  # One key for all rows is another draw: see the test below.
    x = points(case)
    np.testing.assert_allclose(
        jax.vmap(case)(x), jnp.stack([case(row) for row in x]), rtol=1e-6, atol=1e-7
    )


@every_form
def test_vmap_over_keys_is_a_stack(case):
    if not case.spec.random:
        return
    x = points(case, shape=(4, 2, 8))
    keys = jax.random.split(KEY, 4)

    def function(row, key):
        return case.spec.function(row, key, *case.parameters, **case.hyperparameters)

    stacked = jnp.stack([function(row, key) for row, key in zip(x, keys, strict=True)])
    np.testing.assert_array_equal(jax.vmap(function)(x, keys), stacked)


@every_form
def test_forward_and_reverse_mode_agree(case):
    x = few_points(case)

    def both(x):
        return jax.jacfwd(case)(x), jax.jacrev(case)(x)

    forward, reverse = compiled_quickly(both, x)(x)
    np.testing.assert_allclose(forward, reverse, rtol=1e-5, atol=2e-6)


@every_form
def test_hessian_scan_and_checkpoint(case):
    x = few_points(case)

    def total(x):
        return case(x).sum()

    def scanned(x):
        return jax.lax.scan(lambda carry, _: (case(carry), None), x, None, length=2)[0].sum()

    np.testing.assert_allclose(jax.grad(jax.checkpoint(total))(x), jax.grad(total)(x), rtol=1e-6)
    if jax.eval_shape(case, x).shape == x.shape:
        composed = jax.grad(lambda x: case(case(x)).sum())(x)
        np.testing.assert_allclose(jax.grad(scanned)(x), composed, rtol=1e-5, atol=1e-6)
    assert np.isfinite(compiled_quickly(jax.hessian(total), x)(x)).all()


@every_form
def test_second_call_compiles_nothing(case):
    traces = []

    @jax.jit
    def step(x):
        traces.append(1)
        return jax.grad(lambda x: case(x).sum())(x)

    x = points(case)
    step(x)
    step(x + 1)
    assert len(traces) == 1


@every_form
def test_traced_hyperparameters_are_differentiated(case):
    x = points(case)
    for name, value in case.hyperparameters.items():
        if not isinstance(value, float) or case.spec.random or (case.spec.name, name) in JUMPS:
            continue

        def at(value, name=name):
            values = case.hyperparameters | {name: value}
            return case.spec.function(x, *case.parameters, **values).sum()

        step = 1e-2
        if name == "epsilon":
            value += 0.2  # It must not be negative after a step down.
        slope = (at(value + step) - at(value - step)) / (2 * step)
        np.testing.assert_allclose(jax.jit(jax.grad(at))(value), slope, rtol=1e-2, atol=1e-2)
