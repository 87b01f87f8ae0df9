"""Rematerialisation that compilers cannot undo: what is computed again depends on the gradient.

Two forms: :func:`remat` of a whole function, in reverse mode; :func:`remat_linear` of a tangent, in
every mode. A tangent is linear in the dots, with factors made of what was saved. In the backward
pass these factors wait for nothing, so XLA on CPU computes them in the forward pass, with the
output, and keeps them: with a learned parameter one tensor per layer more, whatever
``jax.checkpoint`` says. The transpose of ``remat_linear`` makes them of a saved array that depends
on the gradient.
"""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir

Function = Callable[[Any, Any, Any], tuple[Any, Any]]  # Of weights, inputs, constants.
Linear = Callable[..., Array]

_linear = Primitive("remat_linear")


def remat(function: Function) -> Function:
    """Keeps of a function only its arguments, and computes the rest again in the backward pass.

    ``jax.checkpoint`` says the same, and XLA on CPU does not heed it: it drops the barriers, finds
    that both passes compute the same, and keeps the values of the first. Here the second pass
    starts from inputs that depend on the gradient which arrives. They are equal to the first ones,
    but the compiler cannot know that.

    Args:
        function: ``function(weights, inputs, constants) -> outputs, auxiliary``, a pure function of
            trees of arrays. It is differentiated in the floating-point arrays of ``weights`` and
            ``inputs``, where gradients pass through ``outputs`` only.

    Returns:
        The same function, in reverse mode of any order; like every function with a rule of its own
        for that, it has no forward mode.

    Example:
        >>> f = remat(lambda weights, x, _: (jnp.sin(x) @ weights, ()))
        >>> jax.grad(lambda x: f(jnp.eye(2), x, ())[0].sum())(jnp.array([0.0, jnp.pi])).round(4)
        Array([ 1., -1.], dtype=float32)
    """
    ruled: Any = jax.custom_vjp(function)

    def forward(weights: Any, inputs: Any, constants: Any) -> tuple[Any, Any]:
        return ruled(weights, inputs, constants), (weights, inputs, constants)

    def backward(kept: Any, dots: Any) -> tuple[Any, Any, None]:
        weights, inputs, constants = kept
        # Constants too: else what is drawn from a key at random would be kept, not drawn again.
        inputs, constants = jax.tree.map(lambda x: depends_on(x, dots[0]), (inputs, constants))
        leaves, tree = jax.tree.flatten((weights, inputs))
        smooth = [is_floating(leaf) for leaf in leaves]

        def outputs(floats: list[Array]) -> Any:
            given = iter(floats)
            merged = [next(given) if s else x for s, x in zip(smooth, leaves, strict=True)]
            weights, inputs = jax.tree.unflatten(tree, merged)
            return function(weights, inputs, constants)[0]

        pull = jax.vjp(outputs, [x for s, x in zip(smooth, leaves, strict=True) if s])[1]
        gradients = iter(pull(dots[0])[0])
        found = [next(gradients) if s else None for s in smooth]
        weights_dot, inputs_dot = jax.tree.unflatten(tree, found)
        return weights_dot, inputs_dot, None

    ruled.defvjp(forward, backward)

    def in_reverse_mode(*arguments: Any) -> tuple[Any, Any]:
        try:
            outputs: tuple[Any, Any] = ruled(*jax.tree.map(_as_array, arguments))
        except TypeError as error:
            if "forward-mode" not in str(error):
                raise
            raise TypeError(
                "A remat has gradients in reverse mode only, as jax.grad and jax.vjp, but received "
                "a tangent, as of jax.jvp, jacfwd or hessian. Differentiate the model that has "
                "none: before economize, without Remat."
            ) from None
        return outputs

    return in_reverse_mode


def depends_on(x: Array, dots: Any) -> Array:
    """``x``, as a value that the compiler can compute only from the gradients ``dots`` too.

    The choice between ``x`` and zeros falls on ``x`` whatever the gradient, also if that is NaN; no
    compiler proves it. Where gradient and ``x`` have as many rows, each row waits for its own, so
    that a batch may lie on several devices.
    """
    smooth = (jnp.asarray(dot) for dot in jax.tree.leaves(dots) if is_floating(dot))
    dot = next((dot for dot in smooth if dot.size), None)
    x = jnp.asarray(x)
    if jnp.issubdtype(x.dtype, jax.dtypes.prng_key):
        bits = depends_on(jax.random.key_data(x), dots)
        return jax.random.wrap_key_data(bits, impl=jax.random.key_impl(x))
    if dot is None or not x.size or not jnp.issubdtype(x.dtype, jnp.number):
        return x
    by_row = x.ndim > 1 and dot.ndim > 0 and x.shape[0] == dot.shape[0]
    for _ in range(dot.ndim - 1):
        dot = dot[..., 0]
    # The greatest of all rows, not the first: that is on one device alone.
    sign = jnp.expand_dims(dot, tuple(range(1, x.ndim))) if by_row else dot.max()
    return jnp.where((sign < 1) | ~(sign < 0), x, jnp.zeros_like(x))


def _as_array(x: Any) -> Any:
    """A number as an array; what has a shape as it is, since converting may copy it."""
    return x if hasattr(x, "shape") else jnp.asarray(x)


def is_floating(x: Any) -> bool:
    """Whether an array or a number can have a gradient."""
    return jnp.issubdtype(getattr(x, "dtype", type(x)), jnp.floating)


def remat_linear(function: Linear, dots: Sequence[Array], saved: Sequence[Array]) -> Array:
    """Computes ``function(*dots, *saved)``, and rematerialises it in the backward pass.

    Args:
        function: Linear in the dots, elementwise in the first saved array. It is traced once for
            each type of its arguments, if it is the same object: make it once.
        dots: Tangents.
        saved: Everything else that it needs.

    Returns:
        The tangent of the output.

    Example:
        >>> times = lambda dot, x: dot * x
        >>> f = jax.custom_jvp(lambda x: x**2 / 2)
        >>> _ = f.defjvp(lambda x, dot: (f(*x), remat_linear(times, dot, x)))
        >>> float(jax.grad(f)(3.0)), float(jax.jvp(f, (3.0,), (2.0,))[1])
        (3.0, 6.0)
    """
    tangent: Array = _linear.bind(*dots, *saved, function=function, n_dots=len(dots))
    return tangent


@dataclass(frozen=True)
class _Mapped:
    """A function mapped over an axis of its arguments; two of the same are equal."""

    function: Linear
    axes: tuple[int | None, ...]

    def __call__(self, *operands: Array) -> Array:
        result: Array = jax.vmap(self.function, self.axes)(*operands)
        return result


_jitted = functools.lru_cache(maxsize=1024)(jax.jit)


def _evaluate(*operands: Array, function: Linear, n_dots: int) -> Array:
    del n_dots
    result: Array = _jitted(function)(*operands)
    return result


def _result_type(*operands: Any, function: Linear, n_dots: int) -> Any:
    del n_dots
    (result,) = jax.make_jaxpr(_jitted(function))(*operands).out_avals
    return result


def _differentiate(
    operands: Sequence[Array], tangents: Sequence[Any], *, function: Linear, n_dots: int
) -> tuple[Array, Array]:
    result = _linear.bind(*operands, function=function, n_dots=n_dots)
    whole = [ad.instantiate_zeros(tangent) for tangent in tangents]
    if all(type(tangent) is ad.Zero for tangent in tangents[n_dots:]):
        return result, remat_linear(function, whole[:n_dots], operands[n_dots:])
    smooth = [i for i, operand in enumerate(operands) if is_floating(operand)]

    def of_smooth(*values: Array) -> Array:
        merged = list(operands)
        for i, value in zip(smooth, values, strict=True):
            merged[i] = value
        return _evaluate(*merged, function=function, n_dots=n_dots)

    primals, dots = [operands[i] for i in smooth], [whole[i] for i in smooth]
    return result, jax.jvp(of_smooth, primals, dots)[1]


def _transpose(y_bar: Any, *operands: Any, function: Linear, n_dots: int) -> list[Any]:
    dots, saved = operands[:n_dots], operands[n_dots:]
    wanted = [ad.is_undefined_primal(dot) for dot in dots]
    if type(y_bar) is ad.Zero:
        return [None] * len(operands)
    # Of a key too: else what is drawn from it would be kept, not drawn again.
    keys = (key if is_floating(key) else depends_on(key, y_bar) for key in saved[1:])
    again = (depends_on(saved[0], y_bar), *keys)

    def of_wanted(*values: Array) -> Array:
        given = iter(values)
        merged = (next(given) if w else d for w, d in zip(wanted, dots, strict=True))
        return _evaluate(*merged, *again, function=function, n_dots=n_dots)

    like = [dot.aval for w, dot in zip(wanted, dots, strict=True) if w]
    found = iter(jax.linear_transpose(of_wanted, *like)(y_bar))
    return [next(found) if w else None for w in wanted] + [None] * len(saved)


def _batch(
    operands: Sequence[Array], axes: Sequence[int | None], *, function: Linear, n_dots: int
) -> tuple[Array, int]:
    mapped = _Mapped(function, tuple(axes))
    return _linear.bind(*operands, function=mapped, n_dots=n_dots), 0


_linear.def_impl(_evaluate)
_linear.def_abstract_eval(_result_type)
mlir.register_lowering(_linear, mlir.lower_fun(_evaluate, multiple_results=False))
ad.primitive_jvps[_linear] = _differentiate
ad.primitive_transposes[_linear] = _transpose
batching.primitive_batchers[_linear] = _batch
