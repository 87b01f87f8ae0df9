"""Activations that somebody has as NumPy or plain Python code, with their derivatives."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.custom_derivatives import SymbolicZero
from jax.typing import ArrayLike

from trax_activations._checks import as_floating, as_operand
from trax_activations.functional._host.arguments import (
    Derivative,
    Function,
    Parameters,
    host_functions,
    named,
)
from trax_activations.functional._host.call import HostCall
from trax_activations.functional._host.function import Joint, name_of
from trax_activations.functional._host.primitive import Arrays


class HostActivation:
    """What :func:`numpy_activation` returns: ``y = f(x, *parameters)`` on JAX arrays.

    Attributes:
        name: Name of the activation, for messages.
        parameters: Names of the learned parameters, with initial values, in order.
        vectorized: Whether ``fn`` is called for each element.
    """

    def __init__(
        self,
        fn: Function,
        grad_fn: Derivative = None,
        parameters: Parameters = None,
        name: str | None = None,
        vectorize: bool | None = None,
    ) -> None:
        self._made_from = (fn, grad_fn, parameters, name, vectorize)
        self.name = name or name_of(fn)
        self.parameters = named(parameters)
        value, slopes = host_functions(fn, grad_fn, self.parameters, vectorize)
        self.vectorized = value.vectorized
        only_once = _no_second_derivative(self.name)
        self._value = HostCall(_in_dtype_of_x(value), 1, only_once)
        self._value_and_slopes: HostCall | None = None
        if slopes is not None:
            both = _in_dtype_of_x(Joint([value, slopes]))
            self._value_and_slopes = HostCall(both, 2 + len(self.parameters), only_once)
        self._differentiable = jax.custom_jvp(self._evaluate)
        self._differentiable.defjvp(self._differentiate, symbolic_zeros=True)

    def __call__(self, *args: ArrayLike) -> Array:
        """Applies the activation.

        Args:
            *args: The input ``x``, any shape, floating point; then a value for each learned
                parameter, of a shape that broadcasts.

        Returns:
            Array of the dtype of ``x``, and of its shape if no parameter's is larger.

        Raises:
            TypeError: If ``x`` is not floating point, or a parameter is missing.
            ValueError: If shapes do not fit, or it is differentiated and has no derivative.
            NumpyActivationError: If the NumPy code fails, outside of compiled programs; inside,
                JAX raises its own error with the same message.
        """
        if len(args) != 1 + len(self.parameters):
            wanted = ", ".join(["x", *self.parameters])
            raise TypeError(f"{self.name} takes {wanted}; received {len(args)} values.")
        x, *parameters = args
        array = as_floating(x, self.name)
        given = zip(self.parameters, parameters, strict=True)
        values = [jnp.asarray(as_operand(self.name, *each)) for each in given]
        shapes = [array.shape, *(value.shape for value in values)]
        if not all(isinstance(size, int) for shape in shapes for size in shape):
            raise TypeError(
                f"{self.name} is NumPy code, which needs a size of each axis, but received shape "
                f"{array.shape}. Export it for one size, or write the function in jax.numpy (see "
                "trax_activations.activation)."
            )
        try:
            shape = np.broadcast_shapes(*shapes)
        except ValueError:
            by_name = zip(["x", *self.parameters], shapes, strict=True)
            raise ValueError(
                f"{self.name}: shapes that do not broadcast together: "
                f"{', '.join(f'{name} {list(shape)}' for name, shape in by_name)}."
            ) from None
        if shape != array.shape:
            array = jnp.broadcast_to(array, shape)
        return self._differentiable(array, *values)

    def __repr__(self) -> str:
        """Says also how the function is called."""
        each = ", called for each element" if self.vectorized else ""
        return f"<NumPy activation {self.name}({', '.join(['x', *self.parameters])}){each}>"

    def __reduce__(self) -> Any:
        """Copies and pickles are made anew: compiled code has no copies."""
        return type(self), self._made_from

    def _evaluate(self, x: Array, *parameters: Array) -> Array:
        (y,) = self._value(*_widened(x, parameters))
        return y.astype(x.dtype)

    def _differentiate(self, primals: Any, tangents: Any) -> tuple[Array, Any]:
        x, *parameters = primals
        if all(isinstance(tangent, SymbolicZero) for tangent in tangents):
            y = self._evaluate(x, *parameters)
            return y, jnp.zeros_like(y)
        if self._value_and_slopes is None:
            raise ValueError(_no_derivative(self.name))
        y, *slopes = self._value_and_slopes(*_widened(x, parameters))
        # A parameter's share stays in the parameter's dtype, so that its gradient is summed there.
        shares = [
            tangent * slope.astype(x.dtype)
            for tangent, slope in zip(tangents, slopes, strict=True)
            if not isinstance(tangent, SymbolicZero)
        ]
        return y.astype(x.dtype), sum(shares[1:], start=shares[0]).astype(x.dtype)


def numpy_activation(
    fn: Function,
    grad_fn: Derivative = None,
    *,
    parameters: Parameters = None,
    name: str | None = None,
    vectorize: bool | None = None,
) -> HostActivation:
    r"""Makes an activation of NumPy or plain Python code and its derivative.

    .. math::
        y = f(x, \theta), \qquad \dot y = f'_x(x, \theta)\,\dot x + f'_\theta(x, \theta)\,\dot\theta

    It works wherever an activation written in JAX does: under ``jit``, ``grad``, ``jvp``, ``vmap``,
    ``scan``, and on a mesh, where each device calls the code for its own part. It has first
    derivatives only.

    NumPy sees float32 where ``x`` is narrower, and copies, which it may change. Infinities and NaN
    are passed on, without NumPy's warnings. The code must work on each element by itself, and must
    not call JAX. What it costs is in ``benchmarks/host.py``.

    Args:
        fn: ``fn(x, *parameters)``, for arrays or for single numbers; it is called once, with a
            small array, to find out which.
        grad_fn: The derivative: ``grad_fn(x, *parameters)``, which returns a tuple, ``(in x, in
            each parameter)``, if there are parameters; or a sequence of one function for each; or
            'central_differences', for two more values of ``fn`` per argument, in float64, inexact
            near jumps. ``None`` if it is never differentiated.
        parameters: Learned parameters, in the order of the arguments: names with initial values
            (which the layer needs), or names.
        name: Name for messages; by default the function's.
        vectorize: Whether ``fn`` and ``grad_fn`` take single numbers; by default that is found out.

    Returns:
        The activation, a function ``f(x, *parameters)`` of JAX arrays.

    Raises:
        TypeError: If ``fn`` or ``grad_fn`` is no function, or takes another number of arguments.
        ValueError: If ``grad_fn`` is unknown, or has too few functions.

    Example:
        >>> import numpy as np
        >>> def sawtooth(x):
        ...     return np.where(x % 1 <= 0.5, x % 1, 0)
        >>> def slope(x):
        ...     return np.where(x % 1 <= 0.5, 1, 0)
        >>> f = F.numpy_activation(sawtooth, slope)
        >>> x = jnp.array([0.2, 0.7, 1.2, 1.7])
        >>> f(x)
        Array([0.2       , 0.        , 0.20000005, 0.        ], dtype=float32)
        >>> jax.grad(lambda x: f(x).sum())(x)
        Array([1., 0., 1., 0.], dtype=float32)
    """
    return HostActivation(fn, grad_fn, parameters, name, vectorize)


def _widened(x: Array, parameters: Sequence[Array]) -> list[Array]:
    """All arrays in at least float32: what NumPy can compute with."""
    wide = jnp.promote_types(x.dtype, jnp.float32)
    return [array.astype(wide) for array in (x, *parameters)]


def _in_dtype_of_x(function: Callable[..., Sequence[Any]]) -> Callable[..., Arrays]:
    """Casts the results; what is too large becomes infinite without a warning."""

    @functools.wraps(function)
    def cast(*arrays: Any) -> Arrays:
        dtype = arrays[0].dtype
        with np.errstate(all="ignore"):
            return tuple(np.asarray(value, dtype, order="C") for value in function(*arrays))

    return cast


def _no_derivative(name: str) -> str:
    return (
        f"{name} has no derivative: it was made as numpy_activation({name}, grad_fn=None). There "
        f"are three ways out. Give one: numpy_activation({name}, grad_fn), where grad_fn(x) is the "
        "derivative at x. Or write the function in jax.numpy, which JAX can differentiate, and "
        f"make it a layer by trax_activations.activation({name}). Or ask for central differences: "
        f"numpy_activation({name}, 'central_differences'), inexact near jumps."
    )


def _no_second_derivative(name: str) -> str:
    return (
        f"{name} is NumPy code, of which only the first derivative is known. For a second one, as "
        "in jax.hessian, write the function in jax.numpy (see trax_activations.activation)."
    )
