"""Differentiates every activation under shard_map on two devices; prints which are wrong, as JSON.

Run as a program by test_switches.py: a process has two CPU devices from its start, or not at all.
All activations are in one program, which takes a third of the time.
"""

import json
import os

os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=2"

import jax
import jax.numpy as jnp
import numpy as np
from cases import KEY, compiled_quickly
from jax.sharding import AxisType, PartitionSpec

from trax_activations import registry

SPECS = registry.specs()
MESH = jax.make_mesh((2,), ("rows",), axis_types=(AxisType.Auto,))
ROWS, ALL = PartitionSpec("rows"), PartitionSpec()
X = jnp.asarray(np.random.default_rng(0).uniform(0.1, 2, (4, 8)), jnp.float32)
GIVEN = {
    spec.name: (X, [jnp.asarray(p.initial, jnp.float32) for p in spec.parameters]) for spec in SPECS
}
DIVIDED = {spec.name: (ROWS, ALL) for spec in SPECS}


def outputs(given):
    found = {}
    for spec in SPECS:
        x, parameters = given[spec.name]
        found[spec.name] = jnp.sin(spec.function(x, *((KEY,) * spec.random), *parameters))
    return found


def gradients(outputs, given):
    """Of each activation those of the sum of its outputs, in its input and its parameters."""
    y, pull = jax.vjp(outputs, given)
    # Not ones_like: in JAX 0.6 these do not lie as the array does.
    return pull(jax.tree.map(lambda y: 0 * y + 1, y))[0]


def checked_from_inside(given):
    def part(given):
        return gradients(outputs, given)

    return jax.shard_map(part, mesh=MESH, in_specs=(DIVIDED,), out_specs=DIVIDED)(given)


def unchecked_from_outside(given):
    specs = {"in_specs": (DIVIDED,), "out_specs": dict.fromkeys(DIVIDED, ROWS)}
    return gradients(jax.shard_map(outputs, mesh=MESH, **specs, check_vma=False), given)


def by_hand(given):
    """Each half's inputs have gradients of their own; the parameters have the sum of both."""
    parts = [
        {name: (x[rows], p) for name, (x, p) in given.items()} for rows in (np.s_[:2], np.s_[2:])
    ]
    program = compiled_quickly(lambda given: gradients(outputs, given), parts[0])
    first, second = map(program, parts)
    return {
        name: (jnp.concatenate([x, second[name][0]]), jax.tree.map(jnp.add, p, second[name][1]))
        for name, (x, p) in first.items()
    }


def close(one, other):
    pairs = zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True)
    return all(np.allclose(a, b, rtol=1e-5, atol=1e-5) for a, b in pairs)


def main():
    right = by_hand(GIVEN)
    wrong = {}
    for function in (checked_from_inside, unchecked_from_outside):
        found = compiled_quickly(function, GIVEN)(GIVEN)
        wrong[function.__name__] = [n for n in right if not close(right[n], found[n])]
    print(json.dumps({"devices": jax.device_count(), "wrong": wrong}))


if __name__ == "__main__":
    main()
