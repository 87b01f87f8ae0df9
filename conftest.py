"""What every docstring example may use without importing it, and what no test may leave behind."""

import os
import tempfile

import jax
import jax.numpy as jnp
import pytest

from trax_activations import _spec, functional


def pytest_configure(config):
    """What one process of this run compiles, the others read: workers, and commands under test."""
    if not hasattr(config, "workerinput"):  # Workers inherit it.
        folder = tempfile.TemporaryDirectory(prefix="compiled-")
        config.add_cleanup(folder.cleanup)
        os.environ["JAX_COMPILATION_CACHE_DIR"] = folder.name
        os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
    jax.config.update("jax_compilation_cache_dir", os.environ["JAX_COMPILATION_CACHE_DIR"])
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)


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
