"""What every docstring example may use without importing it, and what no test may leave behind."""

import jax
import jax.numpy as jnp
import pytest

from trax_activations import _spec, functional


@pytest.fixture(autouse=True)
def _names_in_examples(doctest_namespace):
    doctest_namespace.update(jax=jax, jnp=jnp, F=functional)


@pytest.fixture(autouse=True)
def _no_activations_left():
    """Activations that a test or an example registers are unknown to the next."""
    before = set(_spec._ACTIVATIONS)
    yield
    for name in set(_spec._ACTIVATIONS) - before:
        from trax_activations.layers import _custom

        _custom._unregister(name)
