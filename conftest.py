"""What every docstring example may use without importing it, and what no test may leave behind."""

import os
import tempfile

import jax
import jax.numpy as jnp
import pytest

from trax_activations import _spec, functional

# Without optimisations, JAX 0.6.2's XLA computes wrong gradients of funnel_relu.
QUICK = jax.__version_info__ >= (0, 7)


def pytest_configure(config):
    """Programs of tests run once or twice: they are compiled quickly, and by one process for all.

    Workers and commands under test inherit it. A cache that is there already is kept for the next
    run: ``JAX_COMPILATION_CACHE_DIR=~/.cache/jax make quick``.
    """
    if not hasattr(config, "workerinput"):
        if "JAX_COMPILATION_CACHE_DIR" not in os.environ:
            folder = tempfile.TemporaryDirectory(prefix="compiled-")
            config.add_cleanup(folder.cleanup)
            os.environ["JAX_COMPILATION_CACHE_DIR"] = folder.name
        os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
        os.environ["JAX_DISABLE_MOST_OPTIMIZATIONS"] = str(int(QUICK))
        # One LLVM module per program, not up to 32, each with a start of its own: a seventh less.
        flags = os.environ.get("XLA_FLAGS", "")
        os.environ["XLA_FLAGS"] = f"{flags} --xla_cpu_parallel_codegen_split_count=1".strip()
    jax.config.update("jax_compilation_cache_dir", os.environ["JAX_COMPILATION_CACHE_DIR"])
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
    jax.config.update("jax_disable_most_optimizations", QUICK)


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
