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

import contextlib
import functools
import inspect
from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec

import jax
import numpy as np
from jax import Array
from jax.typing import ArrayLike

from trax_activations._checks import Check, as_floating, as_operand, check_kind
from trax_activations._suggestions import did_you_mean
from trax_activations.functional._derived import Derived
from trax_activations.functional._derived import Saved as Saved
from trax_activations.functional._remat import is_floating, remat_linear
from trax_activations.functional._tangents import (
    by_autodiff,
    cast,
    static,
    usual_promotion,
    widened,
)

_P = ParamSpec("_P")
_MOST_KNOWN = 256  # Ways to write hyperparameters, each of which has its compiled function at hand.
# Types and dtypes of arrays that passed the checks before: a call asks no more.
_ARRAYS: set[type] = set()
_FLOATING: set[Any] = set()
_KEYS: set[tuple[type, Any]] = set()

Levels = Sequence[float | str] | Callable[..., Sequence[float | str]]


def elementwise(
    saves: Saved | Callable[..., Saved] | None = None, **options: Any
) -> Callable[[Callable[Concatenate[Array, _P], Array]], "Elementwise[_P]"]:
    """Makes an :class:`Elementwise` of the decorated body; arguments as there."""
    return lambda body: Elementwise(body, saves, **options)


class Elementwise(Derived, Generic[_P]):
    """An activation function: a body, and its derivative from what is saved.

    The body receives ``x`` as an array and every floating-point parameter cast to its dtype. The
    output has the dtype of ``x``; a parameter's gradient has the dtype of the parameter, and is
    summed in the wider of the two. It is compiled once for each set of hyperparameters.

    Args:
        body: ``body(x, *parameters, **hyperparameters)``, where all arrays (a key among them), and
            they alone, have no default value.
        saves: What the backward pass needs besides the parameters: the input or the output; a
            function of dtype and hyperparameters where it depends on them. ``None`` leaves the
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
        super().__init__()
        functools.update_wrapper(self, body)
        self.body, self.saves, self.levels = body, saves, levels
        self.float32, self.prevent_cse, self.checks = float32, prevent_cse, checks
        self.__signature__ = inspect.signature(body)
        given = self.__signature__.parameters.values()
        # By position, hyperparameters are taken in their order, as in jax.nn and PyTorch.
        self._binding = inspect.Signature(
            [p.replace(kind=inspect.Parameter.POSITIONAL_OR_KEYWORD) for p in given]
        )
        self._defaults = {p.name: p.default for p in given if p.default is not p.empty}
        self.arrays = tuple(p.name for p in given if p.default is p.empty)
        self._draws = self.arrays[1:2] == ("key",)
        self._configured = functools.lru_cache(maxsize=256)(self._configure)
        self._traced = functools.lru_cache(maxsize=256)(self._trace)
        self._plain: Any = None
        self._known: dict[Hashable, Any] = {}
        self.reduced: tuple[Any, ...] | None = None

    if TYPE_CHECKING:

        def __call__(self, x: ArrayLike, *args: _P.args, **kwargs: _P.kwargs) -> Array:
            """Applies the function."""

    else:

        def __call__(self, *args: Any, **kwargs: Any) -> Array:
            """Applies the function: at once, if it was called so before, with arrays of floats."""
            count = len(self.arrays)
            if len(args) == count and not kwargs:
                compiled, operands = self._plain, args
            else:
                compiled, operands = self._remembered(args[count:], kwargs), args[:count]
            if compiled is not None:
                floats = operands
                if self._draws and _is_known_key(operands[1]):
                    floats = (operands[0], *operands[2:])
                elif self._draws:
                    floats = (None,)
                for operand in floats:
                    if type(operand) not in _ARRAYS or operand.dtype not in _FLOATING:
                        break
                else:
                    return compiled(*operands)
            return self._checked_call(args, kwargs)

    def _checked_call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Array:
        values: dict[str, Any] = {}
        given: Sequence[Any] = args
        if kwargs or len(given) != len(self.arrays):
            values = self._bound(*args, **kwargs)
            given = [values.pop(name) for name in self.arrays]
        operands: list[Any] = [as_floating(given[0], self.__name__)]
        for name, value in zip(self.arrays[1:], given[1:], strict=True):
            operands.append(as_operand(self.__name__, name, value))
        for operand in operands:
            if isinstance(operand, jax.Array) and is_floating(operand):
                _ARRAYS.add(type(operand))
                _FLOATING.add(operand.dtype)
        if self._draws and isinstance(operands[1], jax.Array):
            _KEYS.add((type(operands[1]), operands[1].dtype))
        if not values:
            if self._plain is None:
                self._plain = self._configured((*self._defaults.items(),))
            return self._plain(*operands)
        values = self._defaults | values
        for name, value in values.items():
            check_kind(self.__name__, name, self._defaults[name], value)
        traced = {k: v for k, v in values.items() if isinstance(v, jax.Array | np.ndarray)}
        fixed = tuple((k, static(v)) for k, v in values.items() if k not in traced)
        if traced:
            self.check(**values)
            return self._traced(fixed)(traced, *operands)
        compiled = self._configured(fixed)
        with contextlib.suppress(TypeError):  # Of a list, which has no hash.
            if len(self._known) < _MOST_KNOWN and self.arrays[-1] not in kwargs:
                self._known[_written(args[len(self.arrays) :], kwargs)] = compiled
        return compiled(*operands)

    def _remembered(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """What was compiled for hyperparameters that are written in the same way."""
        try:
            return self._known.get(_written(args, kwargs))
        except TypeError:
            return None

    def _bound(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The arguments that are given, by name."""
        try:
            return self._binding.bind(*args, **kwargs).arguments
        except TypeError as error:
            name, known = self.__name__, list(self._binding.parameters)
            unknown = [each for each in kwargs if each not in known]
            hint = did_you_mean(unknown[0], known) if unknown else ""
            plain = [p.replace(annotation=p.empty) for p in self.__signature__.parameters.values()]
            raise TypeError(
                f"{name}: {error}.{hint} It is called as {name}{inspect.Signature(plain)}."
            ) from None

    def check(self, **hyperparameters: Any) -> None:
        """Refuses hyperparameters that are not as declared."""
        for check in self.checks:
            check(self.__name__, hyperparameters)

    def __repr__(self) -> str:
        """The signature, as help shows it."""
        return f"<activation {self.__name__}{self.__signature__}>"

    def __reduce__(self) -> Any:
        """Pickled by its name, as functions are; or by how it was made."""
        return self.reduced or self.__qualname__

    def saved_for(self, dtype: Any, **hyperparameters: Any) -> Saved | None:
        """What the backward pass keeps of an input of this dtype, at these hyperparameters."""
        if self.narrow_saves_input and dtype.itemsize < 4:
            return "x"
        return self.saves(dtype, **hyperparameters) if callable(self.saves) else self.saves

    def _value(self, named: dict[str, Any], x: Array, *parameters: ArrayLike) -> Array:
        source = widened(x) if self._computes_wide(x) else x
        others: Any = (cast(parameter, source.dtype) for parameter in parameters)
        return self.body(source, *others, **named).astype(x.dtype)

    def _computes_wide(self, x: Array) -> bool:
        return self.float32 or x.dtype.itemsize < 2

    def _trace(self, fixed: tuple[tuple[str, Hashable], ...]) -> Any:
        """The function of traced hyperparameters: right under autodiff, without the rule."""

        @jax.jit
        @usual_promotion()
        def function(traced: dict[str, Any], *operands: Array) -> Array:
            return self._value({**dict(fixed), **traced}, *operands)

        return function

    def _configure(self, hyperparameters: tuple[tuple[str, Hashable], ...]) -> Any:
        """The function with these hyperparameters, compiled, with its derivative."""
        named = dict(hyperparameters)
        self.check(**named)

        @usual_promotion()
        def function(*operands: Array) -> Array:
            return self._value(named, *operands)

        function.__name__ = self.__name__
        if self.saves is None:
            return jax.jit(function)
        ruled = jax.custom_jvp(function)
        tangents: dict[tuple[Any, ...], Any] = {}

        @ruled.defjvp
        @usual_promotion()
        def _rule(operands: tuple[Array, ...], dots: tuple[Array, ...]) -> tuple[Array, Array]:
            y = ruled(*operands)
            saves = self.saved_for(operands[0].dtype, **named)
            assert saves is not None
            needed = (operands[0] if saves == "x" else y, *operands[1:])
            # An integer operand (a key) has no tangent, and jax.checkpoint takes no float0.
            smooth = tuple(i for i, operand in enumerate(operands) if is_floating(operand))
            if (smooth, saves) not in tangents:
                tangents[smooth, saves] = self._linear(named, smooth, saves)
            return y, tangents[smooth, saves]([dots[i] for i in smooth], needed)

        return jax.jit(ruled)

    def _linear(self, named: dict[str, Any], smooth: tuple[int, ...], saves: Saved) -> Any:
        """The tangent as a function of the dots of smooth operands, and of what is needed."""
        rule = self.rules.get(saves) or functools.partial(by_autodiff, self.body)

        @usual_promotion()
        def y_dot(*arguments: Array) -> Array:
            dots, (saved, *parameters) = arguments[: len(smooth)], arguments[len(smooth) :]
            # In 16 bit a parameter's gradient, a sum over all elements, would have no digits.
            wide = self._computes_wide(saved)
            source = widened(saved) if wide else saved
            by_operand: list[Array | None] = [None] * (1 + len(parameters))
            for i, dot in zip(smooth, dots, strict=True):
                by_operand[i] = widened(dot) if wide or len(smooth) > 1 else dot
            others = [cast(parameter, source.dtype) for parameter in parameters]
            return rule(by_operand, source, *others, **named).astype(saved.dtype)

        remat = self.prevent_cse or len(smooth) > 1 or not self.rules
        if (remat and saves == "x") or (self.prevent_cse and len(smooth) > 1):
            return functools.partial(remat_linear, y_dot)
        checkpointed = jax.checkpoint(y_dot, prevent_cse=self.prevent_cse)
        return lambda dots, needed: checkpointed(*dots, *needed)


def _is_known_key(key: Any) -> bool:
    """Whether it is one key, of a kind that passed the checks before."""
    return (type(key), getattr(key, "dtype", None)) in _KEYS and key.ndim == 0


def _written(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Hashable:
    """Hyperparameters as they were given: with their types, since True is equal to 1."""
    values = (*args, *kwargs.values())
    return values, (*kwargs,), (*map(type, values),)
