"""The properties that ``check_activation`` checks; the first line of each says what must hold."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from trax_activations import modes
from trax_activations._trax import ShapeDtype
from trax_activations.layers import LearnedActivation
from trax_activations.testing._subject import KEY, Subject

_DTYPES = ("float32", "float16", "bfloat16")
_TOLERANCE = {"float32": 1e-5, "float16": 4e-3, "bfloat16": 3e-2}
_STEP = 1e-5


def value(subject: Subject) -> None:
    """It computes what the reference does."""
    if subject.reference is None:
        return
    parameters = [np.asarray(each, np.float64) for each in subject.parameters]
    for dtype, tolerance in _TOLERANCE.items():
        x = subject.points(dtype)
        expected = subject.reference(np.asarray(x, np.float64), *parameters)
        _assert_close(subject(x), expected, tolerance, f"x is {dtype}")


def shape(subject: Subject) -> None:
    """The shape of the input is kept, of scalars and empty arrays too."""
    if not subject.elementwise:
        return
    shapes = [subject.shape, (*subject.shape[:-1], 0)]
    if all(jnp.ndim(each) == 0 for each in subject.parameters):
        shapes += [(), (0,), (3, 1, 5)]
    for each in shapes:
        y = subject(jnp.ones(each, jnp.float32))
        assert y.shape == each, f"shape {each} became {y.shape}"


def dtype(subject: Subject) -> None:
    """The dtype is kept, and gradients have that of what they belong to."""
    for each in _DTYPES:
        x = subject.points(each)
        y, pull = jax.vjp(subject.function, x, *subject.parameters)
        assert y.dtype == x.dtype, f"{x.dtype} became {y.dtype}"
        for operand, gradient in zip((x, *subject.parameters), pull(y), strict=True):
            same = gradient.dtype == operand.dtype
            assert same, f"the gradient of a {operand.dtype} is {gradient.dtype}"


def gradient(subject: Subject) -> None:
    """Forward and reverse mode agree with central differences, and with what is declared."""
    with _double_precision():
        x = jnp.asarray(subject.points(np.float32), jnp.float64)
        operands = (x, *(jnp.asarray(each, jnp.float64) for each in subject.parameters))
        for i, operand in enumerate(operands):
            direction = np.random.default_rng(i).uniform(0.5, 1.5, operand.shape)
            _check_direction(subject.function, operands, i, jnp.asarray(direction))
    for kink, expected in subject.kinks.items():
        at = jnp.full(subject.shape, kink, jnp.float32)
        derivative = jax.jvp(subject, (at,), (jnp.ones_like(at),))[1]
        _assert_close(derivative, np.full(subject.shape, expected), 1e-5, f"at the kink {kink}")


def jit(subject: Subject) -> None:
    """Compiled and not compiled, it gives the same."""
    x = subject.points("float32")
    _assert_close(jax.jit(subject)(x), subject(x), 2e-6, "")


def vmap(subject: Subject) -> None:
    """Mapped over rows, it gives what it gives for each."""
    if subject.random:
        return
    x = subject.points("float32")
    rows = jnp.stack([subject(row) for row in x])
    _assert_close(jax.vmap(subject)(x), rows, 2e-6, "")


def limits(subject: Subject) -> None:
    """Infinities and the largest numbers give no NaN, forward and backward."""
    for each in _DTYPES:
        largest = float(jnp.finfo(each).max)
        ends = np.array([-np.inf, -largest, largest, np.inf])
        if subject.record is not None:
            low, high = subject.record.domain
            ends = ends[(ends >= low) & (ends <= high)]
        x = jnp.asarray(np.broadcast_to(np.resize(ends, subject.shape[-1:]), subject.shape), each)
        y, pull = jax.vjp(subject, x)
        (x_bar,) = pull(jnp.ones_like(y))
        y_dot = jax.jvp(subject, (x,), (jnp.ones_like(x),))[1]
        for what, array in (("value", y), ("gradient", x_bar), ("tangent", y_dot)):
            wrong = np.isnan(np.asarray(array, np.float64))
            where = ""
            if wrong.any() and array.shape == x.shape:
                where = f" at {', '.join(map(str, np.unique(np.asarray(x, np.float64)[wrong])))}"
            assert not wrong.any(), f"the {what} of {each} is NaN{where}"


def nan(subject: Subject) -> None:
    """NaN stays NaN."""
    x = subject.points("float32").at[..., 0].set(jnp.nan)
    y = np.isnan(np.asarray(subject(x)))
    assert y[..., 0].all(), f"NaN became {np.asarray(subject(x))[..., 0].ravel()[0]}"
    assert not subject.elementwise or not y[..., 1:].any(), "numbers became NaN beside a NaN"


def trace(subject: Subject) -> None:
    """A second call compiles nothing."""
    traces = []

    @jax.jit
    def step(x: Array) -> Array:
        traces.append(1)
        return jax.grad(lambda x: subject(x).sum())(x)

    x = subject.points("float32")
    step(x)
    step(x + 1)
    assert len(traces) == 1, f"two calls with arrays of one shape were traced {len(traces)} times"


def layer(subject: Subject) -> None:
    """The layer makes its weights in init, and computes the function."""
    if subject.layer is None:
        return
    x = subject.points("float32")
    assert not (subject.new and subject.layer.weights), "there are weights before init"
    made = subject.initialised(x)
    _check_weights(made)
    values = tuple(made.values().values()) if isinstance(made, LearnedActivation) else ()
    if subject.record is not None and not subject.random and _takes(subject, values):
        _assert_close(made(x), subject.function(x, *values), 2e-6, "layer and function")


def modes_(subject: Subject) -> None:
    """Outside of training the layer is deterministic."""
    if subject.layer is None:
        return
    x = subject.points("float32")
    made = subject.initialised(x)
    for mode in ("eval", "predict", "viz"):
        view = modes.with_mode(made, mode, ShapeDtype(x.shape, x.dtype))
        first, second = (
            view.pure_fn(x, view.weights, view.state, key)[0] for key in jax.random.split(KEY)
        )
        _assert_close(first, second, 0.0, f"two calls in mode {mode!r}")


PROPERTIES: Mapping[str, Callable[[Subject], None]] = {
    "value": value,
    "shape": shape,
    "dtype": dtype,
    "gradient": gradient,
    "jit": jit,
    "vmap": vmap,
    "limits": limits,
    "nan": nan,
    "trace": trace,
    "layer": layer,
    "modes": modes_,
}


def _check_direction(
    function: Callable[..., Array], operands: tuple[Array, ...], i: int, direction: Array
) -> None:
    """Compares derivatives of one operand, along a direction, where the function is smooth."""
    what = "x" if i == 0 else f"parameter {i}"

    def along(t: Any) -> Array:
        return function(*operands[:i], operands[i] + t * direction, *operands[i + 1 :])

    zero = jnp.zeros((), jnp.float64)
    y, forward = jax.jvp(along, (zero,), (zero + 1,))
    above, below = along(_STEP), along(-_STEP)
    central = (above - below) / (2 * _STEP)
    bend = abs((above - y) / _STEP - (y - below) / _STEP)
    smooth = np.asarray((bend <= 1e-3 * (1 + abs(central))) & jnp.isfinite(central))
    _assert_close(
        np.asarray(forward)[smooth], np.asarray(central)[smooth], 1e-4, f"forward mode in {what}"
    )
    cotangent = jnp.asarray(np.random.default_rng(9).normal(size=y.shape))
    _, pull = jax.vjp(function, *operands)
    backward = (pull(cotangent)[i] * direction).sum()
    _assert_close(backward, (cotangent * forward).sum(), 1e-6, f"reverse mode in {what}")


def _check_weights(made: Any) -> None:
    """Holds a layer's weights to their names."""
    weights = jax.tree.leaves(made.weights)
    names = getattr(made, "weight_names", None)
    if names is not None:
        assert len(names) == len(weights), f"{len(weights)} weights have the names {names}"
        assert len(set(names)) == len(names), f"the names of the weights repeat: {names}"


def _takes(subject: Subject, values: tuple[Array, ...]) -> bool:
    """Whether the layer's values are the function's parameters as they are."""
    return len(values) == len(subject.parameters) and all(
        value.size == given.size for value, given in zip(values, subject.parameters, strict=True)
    )


def _assert_close(actual: Any, expected: Any, tolerance: float, what: str) -> None:
    np.testing.assert_allclose(
        np.asarray(actual, np.float64),
        np.asarray(expected, np.float64),
        rtol=tolerance,
        atol=tolerance,
        err_msg=what,
    )


@contextlib.contextmanager
def _double_precision() -> Iterator[None]:
    """JAX with float64, by whatever name this JAX knows it."""
    enable: Any = getattr(jax, "enable_x64", None)
    if enable is None:  # Not `or`: it refuses to be true or false.
        enable = getattr(jax.experimental, "enable_x64")  # noqa: B009  (unknown to mypy)
    with enable(True):
        yield
