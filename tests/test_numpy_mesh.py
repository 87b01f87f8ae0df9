"""On eight devices each calls NumPy for its own part, nothing hangs, and errors are told."""

import os
import subprocess
import sys

import pytest

PREAMBLE = """
import jax, jax.numpy as jnp, numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec as P
from trax_activations import functional as F

shapes = []

def fn(x):
    shapes.append(x.shape)
    if (x == 123).any():
        raise ValueError("one hundred and twenty-three")
    return np.where(x > 0, x, 0)

act = F.numpy_activation(fn, lambda x: x > 0)
shapes.clear()
mesh = Mesh(np.array(jax.devices()), ("batch",))
assert mesh.size == 8

def put(array, *spec):
    return jax.device_put(np.asarray(array, np.float32), NamedSharding(mesh, P(*spec)))

x = put(np.linspace(-4, 4, 16 * 4).reshape(16, 4), "batch")
expected = np.maximum(np.asarray(x), 0)
"""

SCRIPTS = {
    "jit": """
f = jax.jit(act)
y = jax.block_until_ready(f(x))
assert shapes == [(2, 4)] * 8, shapes
assert y.sharding == x.sharding
np.testing.assert_array_equal(y, expected)
assert "all-gather" not in f.lower(x).compile().as_text()
""",
    "eager": """
y = act(x)
assert shapes == [(2, 4)] * 8, shapes
assert y.sharding.is_equivalent_to(x.sharding, 2)
np.testing.assert_array_equal(y, expected)
""",
    "two axes": """
mesh2 = Mesh(np.array(jax.devices()).reshape(2, 4), ("data", "model"))
x = jax.device_put(np.asarray(x), NamedSharding(mesh2, P("data", "model")))
a = jax.device_put(np.full(4, 0.5, np.float32), NamedSharding(mesh2, P("model")))
prelu = F.numpy_activation(lambda x, a: np.where(x > 0, x, a * x), parameters=["a"])
f = jax.jit(prelu)
y = jax.block_until_ready(f(x, a))
assert y.sharding.is_equivalent_to(x.sharding, 2)
np.testing.assert_array_equal(y, np.where(x > 0, x, 0.5 * np.asarray(x)))
assert "all-gather" not in f.lower(x, a).compile().as_text()
""",
    "shard_map and vmap": """
shard_map = getattr(jax, "shard_map", None)
if shard_map is None:
    from jax.experimental.shard_map import shard_map
f = jax.jit(shard_map(jax.vmap(act), mesh=mesh, in_specs=P("batch"), out_specs=P("batch")))
np.testing.assert_array_equal(f(x), expected)
assert shapes == [(2, 4)] * 8, shapes
""",
    # Parts of 196 kB: JAX's own callback copies such to a device, and hangs.
    "training": """
def loss(weights, x):
    for weight in weights:
        x = act(x @ weight)
    return (x**2).mean()

@jax.jit
def step(weights, x):
    value, gradient = jax.value_and_grad(loss)(weights, x)
    return [w - 0.1 * g for w, g in zip(weights, gradient)], value

draw = np.random.default_rng(0).normal
weights = [put(draw(size=(768, 768)) / 28) for _ in range(3)]
batch = put(draw(size=(512, 768)), "batch")
for _ in range(4):
    weights, value = step(weights, batch)
    jax.block_until_ready(weights)
assert (64, 768) in shapes and (512, 768) not in shapes
assert np.isfinite(value)
""",
    "failure": """
import logging
records = []
handler = logging.Handler()
handler.emit = records.append
logging.getLogger("trax_activations").addHandler(handler)
bad = put(np.where(np.arange(64).reshape(16, 4) == 7, 123, 1), "batch")
f = jax.jit(lambda x: (act(x), act(x).sum()))
y, total = jax.block_until_ready(f(bad))
assert np.isnan(total) and np.isnan(y).any() and not np.isnan(y).all()
assert "one hundred and twenty-three" in records[0].getMessage()
for attempt in (lambda: act(x), lambda: act(bad)):
    try:
        attempt()
    except F.NumpyActivationError as error:
        assert "'fn' raised ValueError: one hundred and twenty-three" in str(error)
    else:
        raise AssertionError("nothing was raised")
np.testing.assert_array_equal(act(x), expected)
assert np.isfinite(f(x)[1])
""",
}


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
def test_on_eight_devices(script):
    flags = "--xla_force_host_platform_device_count=8"
    # As many threads as devices: with one to spare, what would hang does not.
    environment = {**os.environ, "XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu", "NPROC": "8"}
    done = subprocess.run(
        [sys.executable, "-c", PREAMBLE + script],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
