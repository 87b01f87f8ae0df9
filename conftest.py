"""What every docstring example may use without importing it."""

import jax
import jax.numpy as jnp
import pytest

from trax_activations import functional


@pytest.fixture(autouse=True)
def _names_in_examples(doctest_namespace):
    doctest_namespace.update(jax=jax, jnp=jnp, F=functional)
