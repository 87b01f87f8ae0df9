"""Repairs of Trax where it calls functions that are gone, or that now mean something else."""

import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import jax
import jax.extend.random
import numpy as np
import scipy

from trax_activations._trax._imports import View
from trax_activations._trax._repair import Patch, cannot_import, lacks, repair, since_jax


@repair(
    "trax/layers/core.py:812",
    gone="jax.numpy.linalg.solve of a batch of vectors",
    since="jax 0.5.0",
    needed=since_jax(0, 5, 0),
)
def _solve(core: Any) -> Iterator[Patch]:
    """`log_gaussian_pdf` solves for columns, which every release of JAX and NumPy understands."""

    def log_gaussian_pdf(x: Any, mu: Any, sigma: Any) -> Any:
        """Returns `log N(x | mu, sigma)`."""
        jnp = core.jnp
        centered = (x - mu)[..., None]  # (..., d, 1)
        _, log_determinant = jnp.linalg.slogdet(sigma)
        solution = jnp.linalg.solve(sigma, centered)
        distance = jnp.sum(centered * solution, axis=(-2, -1))
        return -0.5 * (mu.shape[-1] * jnp.log(2 * jnp.pi) + log_determinant + distance)

    yield core, "log_gaussian_pdf", log_gaussian_pdf
    yield sys.modules["trax.layers"], "log_gaussian_pdf", log_gaussian_pdf


@repair(
    "trax/layers/research/position_encodings.py:295",
    gone="jax.random.threefry_2x32",
    since="jax 0.4.24",
    needed=lacks(jax.random, "threefry_2x32"),
)
def _threefry(position_encodings: Any) -> Iterator[Patch]:
    """The function is in `jax.extend.random` now."""
    random = View(jax.random, threefry_2x32=jax.extend.random.threefry_2x32)
    yield position_encodings, "jax", View(jax, random=random)


@repair(
    "trax/models/research/bert.py:312, 314",
    gone="jax.tree_map, jax.tree_structure, jax.tree_unflatten",
    since="jax 0.6.0",
    needed=lacks(jax, "tree_map", "tree_structure", "tree_unflatten"),
)
def _tree_functions(bert: Any) -> Iterator[Patch]:
    """`PretrainedBERT` finds them in `jax.tree_util`."""
    names = ("tree_map", "tree_structure", "tree_unflatten")
    yield bert, "jax", View(jax, **{name: getattr(jax.tree_util, name) for name in names})


@repair(
    "trax/fastmath/numpy.py:239",
    gone="comparing an array with a tuple",
    since="jax 0.3.15",
    needed=lambda: True,  # NumPy, whose arrays Trax puts there as well, never allowed it.
)
def _markers(numpy: Any) -> Iterator[Patch]:
    """`tree_unflatten` compares markers such as `()` with containers, never with an array.

    Without it a Loop whose optimizer has slots cannot load the checkpoint that it wrote
    (trax/supervised/training.py:944).
    """

    class Markers(tuple[object, ...]):
        def __contains__(self, tree: object) -> bool:
            if isinstance(tree, (dict, list, tuple)) or tree is None:
                return tree in list(self)
            return any(tree is marker for marker in self)

    stock = numpy.tree_unflatten

    def tree_unflatten(flat: Any, tree: Any, copy_from_tree: Any = None) -> Any:
        markers = None if copy_from_tree is None else Markers(copy_from_tree)
        return stock(flat, tree, markers)

    yield numpy, "tree_unflatten", tree_unflatten
    yield sys.modules["trax.fastmath"], "tree_unflatten", tree_unflatten


@repair(
    "trax/fastmath/jax.py:177; "
    "trax/layers/research/efficient_attention.py:563, 612, 1356, 1405, 2048, 2191, 2240, 2875, "
    "2976, 3025",
    gone="jax.lax.cond with an operand for each branch, by keyword",
    since="jax 0.9.0",
    needed=since_jax(0, 9, 0),
)
def _cond(fastmath_jax: Any) -> Iterator[Patch]:
    """`fastmath.cond` gives both operands to both branches: prediction with LSH attention works."""
    stock = fastmath_jax.JAX_BACKEND["cond"]

    def cond(pred: Any, *args: Any, **kwargs: Any) -> Any:
        if "true_operand" not in kwargs:
            return stock(pred, *args, **kwargs)
        true_fun, false_fun = kwargs["true_fun"], kwargs["false_fun"]
        return stock(
            pred,
            lambda operand, _: true_fun(operand),
            lambda _, operand: false_fun(operand),
            kwargs["true_operand"],
            kwargs["false_operand"],
        )

    yield fastmath_jax.JAX_BACKEND, "cond", cond


@repair(
    "trax/fastmath/jax.py:214; trax/layers/research/efficient_attention.py:722, 1515, 2350, 3147",
    gone="jax.lax.stop_gradient that leaves Python integers alone",
    since="jax 0.9.0",
    needed=since_jax(0, 9, 0),
)
def _stop_gradient(fastmath_jax: Any) -> Iterator[Patch]:
    """`fastmath.stop_gradient` leaves them alone: LSH attention compares such lengths in Python."""
    stock = fastmath_jax.JAX_BACKEND["stop_gradient"]

    def stop_gradient(x: Any) -> Any:
        return jax.tree_util.tree_map(lambda leaf: leaf if type(leaf) is int else stock(leaf), x)

    yield fastmath_jax.JAX_BACKEND, "stop_gradient", stop_gradient


@repair(
    "trax/fastmath/jax.py:159",
    gone="jax.custom_transforms, jax.defvjp_all",
    since="jax 0.3.0",
    needed=lacks(jax, "custom_transforms", "defvjp_all"),
)
def _custom_grad(fastmath_jax: Any) -> Iterator[Patch]:
    """`fastmath.custom_grad` is `jax.custom_gradient`."""

    def custom_grad(f_vjp: Callable[..., Any], f_original: Callable[..., Any]) -> Any:
        del f_original  # The first value that `f_vjp` returns.
        return jax.custom_gradient(f_vjp)

    yield fastmath_jax.JAX_BACKEND, "custom_grad", custom_grad


@repair(
    "trax/supervised/trainer_lib.py:454",
    gone="jax.xla_computation",
    since="jax 0.4.36",
    needed=lacks(jax, "xla_computation"),
)
def _xla_computation(trainer_lib: Any) -> Iterator[Patch]:
    """The old `Trainer` saves the graph that `jax.jit(...).lower(...)` gives."""

    def xla_computation(f: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *args, **kwargs: jax.jit(f).lower(*args, **kwargs).compiler_ir(dialect="hlo")

    yield trainer_lib, "jax", View(jax, xla_computation=xla_computation)


@repair(
    "trax/data/tf_inputs.py:1769, 1776, 1965, 1973",
    gone="scipy.gcd, scipy.lcm",
    since="scipy 1.12.0",
    needed=lacks(scipy, "gcd", "lcm"),
)
def _gcd(tf_inputs: Any) -> Iterator[Patch]:
    """The MathQA data finds them in NumPy, where they always were."""
    yield tf_inputs, "scipy", View(scipy, gcd=np.gcd, lcm=np.lcm)


def _config_module() -> ModuleType:
    module = ModuleType("jax.config")
    module.__dict__["config"] = jax.config
    return module


@repair(
    "trax/rl_trainer.py:39",
    gone="jax.config as a module",
    since="jax 0.4.25",
    needed=lambda: cannot_import("jax.config"),
    stand_ins={"jax.config": _config_module},
)
def _config(rl_trainer: Any) -> Iterator[Patch]:
    """The trainer for reinforcement learning finds the object `jax.config` under its old name."""
    yield from ()
