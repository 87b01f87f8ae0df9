"""Values and derivatives of a case at every input that tests look at, from one program.

Each shape, dtype and transformation is a compilation of its own when a test calls the function
by itself. Here a case is compiled once, and the tests read NumPy arrays.
"""

import functools
import itertools
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from cases import DTYPES, SHAPE, compiled_for, direction, points


class Table(NamedTuple):
    """Of some inputs: values, tangents of ``x_dot`` and gradients of ``y_bar``; in float64."""

    x: np.ndarray
    x_dot: np.ndarray
    y: np.ndarray
    y_dot: np.ndarray
    y_bar: np.ndarray
    x_bar: np.ndarray


def table(case, part, dtype="float32"):
    """What the function does at a part of the inputs: 'points', 'ends', 'nan' or 'kinks'."""
    return _tables(case)[dtype][part]


@functools.cache
def reference(case, part, dtype="float32", step=0.0):
    """The float64 values there, or a step along the tangents from there."""
    inputs = _inputs(case, dtype)
    wide = {
        name: np.asarray(x, np.float64) + step * np.asarray(dot, np.float64)
        for (name, x), dot in zip(inputs.items(), _dots(case, inputs).values(), strict=True)
    }
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        if case.along_axis:
            return case.reference(wide[part])
        # All at once: what a random function draws depends on the shape.
        return _split(case.reference(np.concatenate([*wide.values()])), inputs)[part]


def ends(case, dtype):
    """Both infinities and both ends of the finite range, or what of them is in the domain.

    For a function along an axis: every vector of four of them.
    """
    largest = float(jnp.finfo(dtype).max)
    values = sorted({max(x, case.spec.domain[0]) for x in (-np.inf, -largest, largest, np.inf)})
    if not case.along_axis:
        return jnp.asarray(np.resize(values, SHAPE), dtype)
    vectors = jnp.asarray(np.resize(list(itertools.product(values, repeat=4)), (256, 4)), dtype)
    return vectors.T if case.hyperparameters["axis"] == 0 else vectors


def _inputs(case, dtype):
    nan = np.resize([1.0, 2.0], SHAPE)
    nan[2, 5] = np.nan
    inputs = {
        "points": points(case, dtype),
        "ends": ends(case, dtype),
        "nan": jnp.asarray(nan, dtype),
    }
    if case.kinks:
        kinks = np.repeat([*case.kinks], SHAPE[1]).reshape(-1, SHAPE[1])
        inputs["kinks"] = jnp.asarray(kinks, dtype)
    return inputs


def _dots(case, inputs):
    """Tangents: at the ends of both signs, of which no two are equal, so that nothing cancels."""
    return {
        part: _uneven(x) if part == "ends" else direction(case, x) for part, x in inputs.items()
    }


def _uneven(like):
    return jnp.asarray(np.cos(np.arange(like.size)).reshape(like.shape), like.dtype)


@functools.cache
def _tables(case):
    arguments = {}
    for dtype in DTYPES:
        inputs = _inputs(case, dtype)
        arguments[dtype] = inputs, _dots(case, inputs)
        if not case.along_axis:  # One array for all.
            arguments[dtype] = tuple(
                {"all": jnp.concatenate([*each.values()])} for each in arguments[dtype]
            )
    parameters = [jnp.asarray(value, jnp.float32) for value in case.parameters]

    def at(x, x_dot, parameters):
        y, pull = jax.vjp(case, x, *parameters)
        y_bar = _uneven(y)
        _, y_dot = jax.jvp(lambda x: case(x, *parameters), (x,), (x_dot,))
        return Table(x, x_dot, y, y_dot, y_bar, pull(y_bar)[0])

    def every(arguments, parameters):
        return {
            dtype: {part: at(x, dots[part], parameters) for part, x in inputs.items()}
            for dtype, (inputs, dots) in arguments.items()
        }

    program = compiled_for(case, every, arguments, parameters)
    found = jax.device_get(program(arguments, parameters))
    found = jax.tree.map(lambda a: np.asarray(a, np.float64), found)
    if case.along_axis:
        return found
    tables = {}
    for dtype, whole in found.items():
        inputs = _inputs(case, dtype)
        columns = [_split(column, inputs) for column in whole["all"]]
        tables[dtype] = {part: Table(*(c[part] for c in columns)) for part in inputs}
    return tables


def _split(column, inputs):
    """A column of all inputs, by part."""
    stops = np.cumsum([len(x) for x in inputs.values()])[:-1]
    return dict(zip(inputs, np.split(column, stops), strict=True))
