"""What makes an activation of a function body: input check, dtype rule, backward pass.

Plain autodiff keeps an array per intermediate value of a function. The derivative of most
activations can be had from their output ``y`` alone, which the next layer keeps anyway, or from
their input ``x``. An :class:`Elementwise` is written that way: body, then its derivative as a
function of what is saved::

    @elementwise(saves="y")
    def tanh(x: Array) -> Array:
        return jnp.tanh(x)


    @tanh.slope
    def _(y: Array) -> Array:
        return (1 - y) * (1 + y)

It is a ``custom_jvp`` whose tangent is under ``jax.checkpoint``, so that nothing else is kept; with
learned parameters that does not suffice, and it is a ``remat_linear``. Unlike ``custom_vjp`` this
loses no transformation: jvp, jacfwd, hessian, vmap, scan all work.
"""

import functools
import inspect
from collections.abc import Callable, Hashable, Sequence
from typing import Any, Concatenate, Generic, Literal, ParamSpec, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike

from trax_activations._checks import Check, as_floating, as_operand, check_kind
from trax_activations.functional._numerics import clip_to_finite
from trax_activations.functional._remat import is_floating, remat_linear

_P = ParamSpec("_P")
_Rule = TypeVar("_Rule", bound=Callable[..., Any])
Saved = Literal["x", "y"]
Tangent = Callable[..., Array]
Levels = Sequence[float | str] | Callable[..., Sequence[float | str]]


def elementwise(
    saves: Saved | Callable[..., Saved] | None = None, **options: Any
) -> Callable[[Callable[Concatenate[Array, _P], Array]], "Elementwise[_P]"]:
    """Makes an :class:`Elementwise` of the decorated body; arguments as there."""
    return lambda body: Elementwise(body, saves, **options)


class Elementwise(Generic[_P]):
    """An activation function: a body, and its derivative from what is saved.

    The body receives ``x`` as an array and every floating-point parameter cast to its dtype. The
    output has the dtype of ``x``; a parameter's gradient has the dtype of the parameter, and is
    summed in the wider of the two. It is compiled once for each set of hyperparameters.

    Args:
        body: ``body(x, *parameters, **hyperparameters)``, where all arrays (a key among them), and
            they alone, have no default value.
        saves: What the backward pass needs besides the parameters: the input or the output; a
            function of the hyperparameters where it depends on them. ``None`` leaves the
            derivative to autodiff. If ``"x"`` is given and no derivative, it is the body's by
            autodiff, from ``x`` anew.
        float32: Whether body and derivative compute in float32 where ``x`` is narrower: the output
            is then the true value rounded once, and intermediate powers do not overflow. Without
            it both must be exact in any dtype.
        levels: Outputs, other than 0, that the derivative must know for what they are: where it
            jumps, or beyond which there is none. Numbers, or names of array arguments, or a
            function of the hyperparameters that returns them. Only a gain needs them.
        checks: What hyperparameters must be, declared: as ``positive("alpha")``.
        prevent_cse: Whether the compiler may not merge the derivative with the forward pass; only
            where that was measured to help.
    """

    __name__: str
    __qualname__: str

    def __init__(
        self,
        body: Callable[Concatenate[Array, _P], Array],
        saves: Saved | Callable[..., Saved] | None = None,
        *,
        float32: bool = True,
        levels: Levels = (),
        prevent_cse: bool = False,
        checks: Sequence[Check] = (),
    ) -> None:
        functools.update_wrapper(self, body)
        self.body, self.saves, self.levels = body, saves, levels
        self.float32, self.prevent_cse, self.checks = float32, prevent_cse, checks
        self._signature = inspect.signature(body)
        self._defaults = {n: p.default for n, p in self._signature.parameters.items()}
        self.arrays = tuple(
            name for name, default in self._defaults.items() if default is inspect.Parameter.empty
        )
        # Of all dots (None for one of a key), what is saved, the parameters, hyperparameters.
        self.tangent_rule: Tangent | None = None
        self._configured = functools.lru_cache(maxsize=256)(self._configure)

    def slope(self, rule: _Rule) -> _Rule:
        """Takes ``rule(saved, *parameters, **hyperparameters)`` for the derivative in ``x``.

        Where that is 1 or 0, a rule of booleans lets the gradient pass, or not. A tuple is a
        product: ``(~flat, slope)`` stops an infinite gradient too, which a slope of 0 makes NaN.
        """

        def tangent(dots: Sequence[Any], saved: Array, *others: Any, **named: Any) -> Array:
            y_dot: Array = dots[0]
            factors = rule(saved, *others, **named)
            for factor in factors if isinstance(factors, tuple) else (factors,):
                y_dot = _times(factor, y_dot)
            return y_dot

        self.tangent_rule = tangent
        return rule

    def partials(self, rule: _Rule) -> _Rule:
        """Takes ``rule(saved, *parameters, **hyperparameters)`` for all partial derivatives.

        One for each array argument, in order: for a parameter with several values a tuple, and
        ``None`` for a key. It is called with finite numbers. What overflows in it counts as the
        largest finite number.
        """

        def tangent(dots: Sequence[Any], saved: Array, *others: Any, **named: Any) -> Array:
            total = jnp.zeros((), saved.dtype)
            derivatives = rule(clip_to_finite(saved), *others, **named)
            for dot, derivative in zip(dots, derivatives, strict=True):
                if dot is not None:
                    several = derivative if isinstance(derivative, tuple) else (derivative,)
                    pairs = zip(several, dot if several is derivative else (dot,), strict=True)
                    total = total + sum(_times(clip_to_finite(s), d) for s, d in pairs)
            return total

        self.tangent_rule = tangent
        return rule

    def tangent(self, rule: _Rule) -> _Rule:
        """Takes ``rule(x_dot, saved, **hyperparameters)``, for a derivative that is no product.

        That is one along an axis: its output depends on several inputs.
        """

        def tangent(dots: Sequence[Any], saved: Array, *others: Any, **named: Any) -> Array:
            y_dot: Array = rule(dots[0], saved, *others, **named)
            return y_dot

        self.tangent_rule = tangent
        return rule

    def __call__(self, x: ArrayLike, *args: _P.args, **kwargs: _P.kwargs) -> Array:
        """Applies the function."""
        bound = self._signature.bind(x, *args, **kwargs)
        bound.apply_defaults()
        values: dict[str, Any] = bound.arguments
        owner, (first, *others) = self.__name__, self.arrays
        operands: list[Any] = [as_floating(values.pop(first), owner)]
        operands += [as_operand(owner, name, values.pop(name)) for name in others]
        for name, value in values.items():
            check_kind(owner, name, self._defaults[name], value)
        if any(isinstance(value, jax.Array) for value in values.values()):
            # A traced hyperparameter is right under autodiff, without the rule.
            self.check(**values)
            return self._value(values, *operands)
        return self._configured(tuple((k, _static(v)) for k, v in values.items()))(*operands)

    def check(self, **hyperparameters: Any) -> None:
        """Refuses hyperparameters that are not as declared."""
        for check in self.checks:
            check(self.__name__, hyperparameters)

    def __repr__(self) -> str:
        """The signature, as help shows it."""
        return f"<activation {self.__name__}{self._signature}>"

    def __reduce__(self) -> str:
        """Pickled by its name, as functions are."""
        return self.__qualname__

    def saved_for(self, **hyperparameters: Any) -> Saved | None:
        """What the backward pass keeps at these hyperparameters."""
        return self.saves(**hyperparameters) if callable(self.saves) else self.saves

    def _value(self, named: dict[str, Any], x: Array, *parameters: ArrayLike) -> Array:
        source = self._widened(x)
        cast: Any = (_cast(parameter, source.dtype) for parameter in parameters)
        return self.body(source, *cast, **named).astype(x.dtype)

    def _widened(self, x: Array) -> Array:
        return x.astype(jnp.promote_types(x.dtype, jnp.float32)) if self.float32 else x

    def _configure(self, hyperparameters: tuple[tuple[str, Hashable], ...]) -> Any:
        """The function with these hyperparameters, compiled, with its derivative."""
        named = dict(hyperparameters)
        self.check(**named)

        def function(*operands: Array) -> Array:
            return self._value(named, *operands)

        function.__name__ = self.__name__
        saves = self.saved_for(**named)
        if saves is None:
            return jax.jit(function)
        ruled = jax.custom_jvp(function)
        tangents: dict[tuple[int, ...], Any] = {}

        @ruled.defjvp
        def _rule(operands: tuple[Array, ...], dots: tuple[Array, ...]) -> tuple[Array, Array]:
            y = ruled(*operands)
            needed = (operands[0] if saves == "x" else y, *operands[1:])
            # An integer operand (a key) has no tangent, and jax.checkpoint takes no float0.
            smooth = tuple(i for i, operand in enumerate(operands) if is_floating(operand))
            if smooth not in tangents:
                tangents[smooth] = self._linear(named, smooth, saves == "x")
            return y, tangents[smooth]([dots[i] for i in smooth], needed)

        return jax.jit(ruled)

    def _linear(self, named: dict[str, Any], smooth: tuple[int, ...], from_input: bool) -> Any:
        """The tangent as a function of the dots of smooth operands, and of what is needed."""
        rule = self.tangent_rule or functools.partial(_by_autodiff, self.body)

        def y_dot(*arguments: Array) -> Array:
            dots, (saved, *parameters) = arguments[: len(smooth)], arguments[len(smooth) :]
            by_operand: list[Array | None] = [None] * (1 + len(parameters))
            for i, dot in zip(smooth, dots, strict=True):
                by_operand[i] = self._widened(dot)
            source = self._widened(saved)
            cast = [_cast(parameter, source.dtype) for parameter in parameters]
            return rule(by_operand, source, *cast, **named).astype(saved.dtype)

        remat = self.prevent_cse or len(smooth) > 1 or self.tangent_rule is None
        if from_input and remat:
            return functools.partial(remat_linear, y_dot)
        checkpointed = jax.checkpoint(y_dot, prevent_cse=self.prevent_cse)
        return lambda dots, needed: checkpointed(*dots, *needed)


def _times(derivative: Array | float, dot: Array) -> Array:
    """``derivative * dot``; of a boolean one, ``dot`` or 0, also where that is not finite."""
    if isinstance(derivative, jax.Array) and derivative.dtype == jnp.bool_:
        return jnp.where(derivative, dot, jnp.zeros_like(dot))
    return derivative * dot


def _by_autodiff(
    body: Callable[..., Array], dots: Sequence[Array | None], *operands: Array, **named: Any
) -> Array:
    """The tangent of a body."""
    smooth = [i for i, dot in enumerate(dots) if dot is not None]

    def of_smooth(*values: Array) -> Array:
        merged = list(operands)
        for i, value in zip(smooth, values, strict=True):
            merged[i] = value
        return body(*merged, **named)

    given = [operands[i] for i in smooth], [dots[i] for i in smooth]
    result: Array = jax.jvp(of_smooth, *given)[1]
    return result


def _cast(parameter: ArrayLike, dtype: Any) -> Array:
    """Casts a floating-point parameter; keys and integers stay as they are."""
    array = jnp.asarray(parameter)
    return array.astype(dtype) if jnp.issubdtype(array.dtype, jnp.floating) else array


def _static(value: Any) -> Hashable:
    """A hashable stand-in for a hyperparameter; NumPy scalars would promote the output."""
    if isinstance(value, np.generic):
        return value.item()
    return tuple(value) if isinstance(value, list) else value
