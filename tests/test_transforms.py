"""No transformation of JAX is lost, and nothing is compiled twice."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from cases import KEY, compiled_quickly, every_form, few_points, points

pytestmark = pytest.mark.quick

# Hyperparameters at which the function jumps.
JUMPS = {("clipped_relu", "threshold"), ("fta", "eta"), ("softplus", "threshold")}

COMPILED = []
jax.monitoring.register_event_duration_secs_listener(
    lambda event, duration, **_: COMPILED.append(event) if "backend_compile" in event else None
)


@functools.cache
def transformed(case):
    """What each transformation gives, from one program."""
    x, few = points(case), few_points(case)
    keeps_shape = jax.eval_shape(case, few).shape == few.shape

    def total(x):
        return case(x).sum()

    def scanned(x):
        return jax.lax.scan(lambda carry, _: (case(carry), None), x, None, length=2)[0].sum()

    def every(x, few):
        found = {
            "jit": case(x),
            "jacfwd": jax.jacfwd(case)(few),
            "jacrev": jax.jacrev(case)(few),
            "hessian": jax.hessian(total)(few),
            "grad": jax.grad(total)(few),
            "checkpoint": jax.grad(jax.checkpoint(total))(few),
        }
        if not case.spec.random:  # One key for all rows is another draw.
            found["vmap"] = jax.vmap(case)(x[:2])
            found["rows"] = jnp.stack([case(row) for row in x[:2]])
        if keeps_shape:
            found["scan"] = jax.grad(scanned)(few)
            found["twice"] = jax.grad(lambda x: case(case(x)).sum())(few)
        return found

    return jax.device_get(compiled_quickly(every, x, few)(x, few))


@every_form
def test_jit_is_eager_and_a_second_call_compiles_nothing(case):
    x = points(case)
    np.testing.assert_allclose(transformed(case)["jit"], case(x), rtol=1e-6, atol=1e-7)
    x = x + 1
    before = len(COMPILED)
    case(x)
    assert len(COMPILED) == before


@every_form
def test_a_second_compiled_step_is_not_traced(case):
    traces = []

    @jax.jit
    def step(x):
        traces.append(1)
        return jax.grad(lambda x: case(x).sum())(x)

    for _ in range(2):
        step.eval_shape(points(case))
    assert len(traces) == 1


@every_form
def test_vmap_is_a_stack(case):
    if case.spec.random:
        return  # See the test below.
    found = transformed(case)
    np.testing.assert_allclose(found["vmap"], found["rows"], rtol=1e-6, atol=1e-7)


@every_form
def test_vmap_over_keys_is_a_stack(case):
    if not case.spec.random:
        return
    x = points(case, shape=(4, 2, 8))
    keys = jax.random.split(KEY, 4)

    def function(row, key):
        return case.spec.function(row, key, *case.parameters, **case.hyperparameters)

    def both(x, keys):
        rows = [function(row, key) for row, key in zip(x, keys, strict=True)]
        return jax.vmap(function)(x, keys), jnp.stack(rows)

    mapped, stacked = compiled_quickly(both, x, keys)(x, keys)
    # The same draws; what is made of them may be compiled into another order of operations.
    np.testing.assert_allclose(mapped, stacked, rtol=1e-6, atol=1e-7)


@every_form
def test_forward_and_reverse_mode_agree(case):
    found = transformed(case)
    np.testing.assert_allclose(found["jacfwd"], found["jacrev"], rtol=1e-5, atol=2e-6)


@every_form
def test_hessian_scan_and_checkpoint(case):
    found = transformed(case)
    # The same function, which the compiler may put into another order of operations.
    np.testing.assert_allclose(found["checkpoint"], found["grad"], rtol=1e-5, atol=1e-6)
    if "scan" in found:
        np.testing.assert_allclose(found["scan"], found["twice"], rtol=2e-5, atol=1e-6)
    assert np.isfinite(found["hessian"]).all()


@every_form
def test_traced_hyperparameters_are_differentiated(case):
    """Beside them, as numbers: then the function has its own rule."""
    x, step = points(case), 1e-2
    values = {
        name: value + (0.2 if name == "epsilon" else 0)  # Which must not be negative below.
        for name, value in case.hyperparameters.items()
        if isinstance(value, float) and (case.spec.name, name) not in JUMPS
    }
    if case.spec.random or not values:
        return

    def at(name, value):
        hyperparameters = case.hyperparameters | {name: value}
        return case.spec.function(x, *case.parameters, **hyperparameters).sum()

    def slopes(traced):
        return {
            name: (
                jax.grad(functools.partial(at, name))(traced[name]),
                (at(name, value + step) - at(name, value - step)) / (2 * step),
            )
            for name, value in values.items()
        }

    for found, expected in compiled_quickly(slopes, values)(values).values():
        np.testing.assert_allclose(found, expected, rtol=1e-2, atol=1e-2)
