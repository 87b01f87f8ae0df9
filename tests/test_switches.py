"""Every activation under JAX's own switches and transformations, in both passes.

What a switch refuses it refuses while tracing; so that is all that is done here, where it suffices.
"""

import functools
import json
import pathlib
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from cases import KEY, compiled_quickly, double_precision, every_spec
from jax import export
from jax.sharding import NamedSharding, PartitionSpec

from trax_activations import functional as F

pytestmark = pytest.mark.quick

X = jnp.asarray(np.abs(np.random.default_rng(0).normal(size=(4, 8))) + 0.1, jnp.float32)
ENDS = jnp.asarray(np.resize([0.0, 1.0, 3e38, np.inf], (3, 8)), jnp.float32)


# JAX 0.6's name for it.
set_mesh = jax.set_mesh if hasattr(jax, "set_mesh") else jax.sharding.use_mesh


def both_passes(spec, x, channels=8):
    """Value and gradients, with a value of each parameter per channel."""
    key = (KEY,) if spec.random else ()
    parameters = [jnp.asarray(p.initial, jnp.float32) for p in spec.parameters]
    wide = [jnp.broadcast_to(p[..., None], (*p.shape, channels)) for p in parameters]
    y, pull = jax.vjp(lambda x, *others: spec.function(x, *key, *others), x, *wide)
    return y, pull(jnp.ones_like(y))


def traced(spec, x):
    return jax.eval_shape(functools.partial(both_passes, spec), x)


@every_spec
def test_promotion_of_dtypes_and_ranks_may_be_forbidden(spec):
    with jax.numpy_dtype_promotion("strict"), jax.numpy_rank_promotion("raise"):
        for dtype in ("bfloat16", "float32"):
            x = jax.ShapeDtypeStruct((4, 8), dtype)
            y, gradients = traced(spec, x)
            assert y.dtype == gradients[0].dtype == dtype


@every_spec
def test_wide_and_very_narrow_dtypes(spec):
    with double_precision()(True):
        y, (x_bar, *bars) = traced(spec, jax.ShapeDtypeStruct((4, 8), "float64"))
    assert y.dtype == x_bar.dtype == "float64"
    assert all(bar.dtype == "float32" for bar in bars)
    y, (x_bar, *_) = traced(spec, jax.ShapeDtypeStruct((4, 8), "float8_e4m3fn"))
    assert y.dtype == x_bar.dtype == "float8_e4m3fn"


@every_spec
def test_a_batch_without_a_size_is_exported(spec):
    (batch,) = export.symbolic_shape("batch")
    x = jax.ShapeDtypeStruct((batch, 8), jnp.float32)
    y, gradients = traced(spec, x)
    assert y.shape[0] == gradients[0].shape[0] == batch


@every_spec
def test_an_explicit_mesh(spec):
    if not hasattr(jax.sharding, "AxisType"):
        pytest.skip("This JAX has no explicit axes.")
    mesh = jax.make_mesh((1,), ("rows",), axis_types=(jax.sharding.AxisType.Explicit,))
    with set_mesh(mesh):
        rows = NamedSharding(mesh, PartitionSpec("rows"))
        y, _ = traced(spec, jax.ShapeDtypeStruct((4, 8), jnp.float32, sharding=rows))
        assert y.sharding.spec[0] == "rows"


@pytest.mark.parametrize("checked", [True, False])
@every_spec
def test_shard_map(spec, checked):
    if not hasattr(jax, "shard_map"):
        pytest.skip("This JAX has no shard_map of its own.")
    if checked and jax.__version_info__ < (0, 7):
        pytest.skip("There `ones_like` does not lie as the array does: the test's own cotangent.")
    mesh = jax.make_mesh((1,), ("rows",), axis_types=(jax.sharding.AxisType.Auto,))
    mapped = jax.shard_map(
        lambda x: both_passes(spec, x)[1][0],
        mesh=mesh,
        in_specs=PartitionSpec("rows"),
        out_specs=PartitionSpec("rows"),
        check_vma=checked,
    )
    assert jax.eval_shape(jax.jit(mapped), X).shape == X.shape


def test_shard_map_over_two_devices():
    """In both passes, checked and unchecked; each activation's parameters lie on both devices."""
    if not hasattr(jax, "shard_map"):
        pytest.skip("This JAX has no shard_map of its own.")
    worker = pathlib.Path(__file__).parent / "shard_worker.py"
    command = [sys.executable, str(worker)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    wrong = {"checked_from_inside": [], "unchecked_from_outside": []}
    assert json.loads(done.stdout.splitlines()[-1]) == {"devices": 2, "wrong": wrong}


@every_spec
def test_no_nan_is_made_and_thrown_away_and_nothing_is_transferred(spec):
    """One program, as the functions themselves are; eagerly NaN is looked for in their outputs."""
    arguments = X, ENDS, [jnp.asarray(p.initial, jnp.float32) for p in spec.parameters]
    key = (KEY,) if spec.random else ()
    with jax.debug_nans(True):
        compiled = compiled_quickly(lambda x, ends, p: spec.function(x, *key, *p), *arguments)
        compiled(*arguments)
    with jax.transfer_guard("disallow"):
        spec.function(X, *key, *arguments[2])


def test_without_compilation():
    with jax.disable_jit():
        for function in (F.relu, F.gelu, F.softmax, F.tanh, lambda x: F.parametric_relu(x, 0.25)):
            y, pull = jax.vjp(function, X)
            assert pull(y)[0].shape == X.shape


def test_parameters_that_are_whole_numbers_have_gradients():
    for function in (F.parametric_relu, F.thresholded_linear_unit, F.funnel_relu, F.swish_beta):
        for whole in (0, True, np.int32(0), jnp.zeros((), jnp.int8)):
            value = jax.grad(lambda x, f=function, w=whole: f(x, w))(-1.0)
            np.testing.assert_array_equal(value, jax.grad(function)(-1.0, float(whole)))
        with pytest.raises(TypeError, match=rf"{function.__name__} takes real numbers as"):
            function(X, 1j)


def test_bounds_and_gains_that_are_traced():
    def loss(lower, upper, gain):
        return F.with_gain(F.randomized_relu, gain)(-X, KEY, lower=lower, upper=upper).sum()

    found = jax.jit(loss)(0.125, 0.25, 2.0)
    np.testing.assert_allclose(found, loss(0.125, 0.25, 2.0), rtol=1e-6)
    assert np.isfinite(jax.grad(loss, (0, 1, 2))(0.125, 0.25, 2.0)).all()


def test_keys_of_other_generators_draw_with_these():
    key = jax.random.key(0, impl="rbg")
    y = F.randomized_relu(-jnp.ones(8), key)
    drawn = -jax.random.uniform(key, (8,), minval=1 / 8, maxval=1 / 3)
    np.testing.assert_allclose(y, drawn, rtol=3e-7)  # JAX 0.6 compiles the product otherwise.
    with pytest.raises((TypeError, ValueError)):
        F.randomized_relu(X, jax.random.key_data(key))
