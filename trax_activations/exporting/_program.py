"""A model as a function of arrays, for batches of any size."""

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import jax
import jax.export
import numpy as np
from jax import Array

from trax_activations import weights
from trax_activations._model import check_layer, copy_layers, walk
from trax_activations._trax import ShapeDtype, base
from trax_activations.layers import NumpyActivation
from trax_activations.modes import modes, with_mode

__all__ = ["Program", "program"]

# One for all inputs, whose batches are of one size.
_SCOPE = jax.export.SymbolicScope()
_BATCH = "batch"
# What calls Python.
_CALLBACKS = frozenset({"numpy_call", "pure_callback", "io_callback", "debug_callback"})


@dataclasses.dataclass(frozen=True)
class Program:
    """A model as a pure function.

    Attributes:
        function: ``function(weights, *inputs)``, which returns what the model does; of a model that
            remembers, ``function(weights, state, *inputs)``, which returns that and the new state.
        weights: Its arrays.
        inputs: Shapes and dtypes of the inputs, where the size of the batch is a symbol.
        examples: Inputs of the shapes that were asked for.
        state: The state before the first step, if the model remembers, else ``None``.
    """

    function: Callable[..., Any]
    weights: Sequence[Array]
    inputs: tuple[jax.ShapeDtypeStruct, ...]
    examples: tuple[np.ndarray, ...]
    state: Any = None

    def with_weights(self, *arguments: Any) -> Any:
        """The function with its weights as constants."""
        return self.function(self.weights, *arguments)


def program(model: base.Layer, signature: Any, mode: str, batch_size: int | None) -> Program:
    """Makes a program of an initialised model; arguments as of :func:`export`."""
    check_layer("export", model)
    weights.names(model)  # Which tells what to do, if it has none.
    structs = _structs(model, signature)
    remembers = mode == "predict"
    if remembers:  # Its state has the size of the batch.
        batch_size = batch_size or structs[0].shape[0]
        structs = tuple(_sized(struct, batch_size) for struct in structs)
        evaluated = with_mode(model, mode, _signature(structs))
    else:
        is_there = set(modes(model).values()) <= {mode}
        evaluated = copy_layers(model) if is_there else with_mode(model, mode)
    key, state = jax.random.PRNGKey(0), evaluated.state
    evaluated.rng = key  # Else Trax would make one while JAX traces, and keep it (base.py:524).
    leaves, tree = jax.tree.flatten(evaluated.weights)

    def run(weights: Sequence[Array], state: Any, *inputs: Any) -> Any:
        given = inputs[0] if len(inputs) == 1 else inputs
        return evaluated.pure_fn(given, jax.tree.unflatten(tree, weights), state, key)

    def function(weights: Sequence[Array], *inputs: Any) -> Any:
        return run(weights, state, *inputs)[0]

    made = Program(
        run if remembers else function,
        leaves,
        tuple(_sized(struct, batch_size) for struct in structs),
        tuple(np.ones(struct.shape, struct.dtype) for struct in structs),
        state if remembers else None,
    )
    _check_traceable(made, model, structs, batch_size)
    return made


def _signature(structs: Sequence[jax.ShapeDtypeStruct]) -> Any:
    """As Trax has it."""
    parts = tuple(ShapeDtype(struct.shape, struct.dtype) for struct in structs)
    return parts[0] if len(parts) == 1 else parts


def _structs(model: base.Layer, signature: Any) -> tuple[jax.ShapeDtypeStruct, ...]:
    """The inputs, one by one."""
    parts = signature if isinstance(signature, (tuple, list)) else (signature,)
    if not all(hasattr(part, "shape") and hasattr(part, "dtype") for part in parts):
        raise TypeError(
            "export takes as signature the shapes and dtypes of the model's inputs, for example "
            f"trax.shapes.signature(batch), or such inputs, but received {signature!r}."
        )
    if len(parts) != model.n_in or not all(part.shape for part in parts):
        raise ValueError(
            f"export: the model takes {model.n_in} inputs, whose first axis is the batch, but the "
            f"signature has shapes {', '.join(str(tuple(part.shape)) for part in parts)}."
        )
    return tuple(jax.ShapeDtypeStruct(tuple(part.shape), part.dtype) for part in parts)


def _sized(struct: jax.ShapeDtypeStruct, batch_size: int | None) -> jax.ShapeDtypeStruct:
    """With another first axis: a number, or a symbol."""
    first = batch_size or jax.export.symbolic_shape(_BATCH, scope=_SCOPE)[0]
    return jax.ShapeDtypeStruct((first, *struct.shape[1:]), struct.dtype)


def _check_traceable(
    made: Program, model: base.Layer, structs: Sequence[Any], batch_size: int | None
) -> None:
    """Refuses what is no program, or not for all sizes of batches.

    Raises:
        ValueError: If it is.
    """
    before = () if made.state is None else (made.state,)
    try:
        traced = jax.make_jaxpr(made.with_weights)(*before, *structs)
    except base.LayerError as error:
        shapes = ", ".join(f"{struct.dtype}{list(struct.shape)}" for struct in structs)
        raise ValueError(
            f"export: the model cannot take inputs of {shapes}: {_last(error)}"
        ) from error
    if found := _CALLBACKS & set(_primitives(traced.jaxpr)):
        paths = [path for path, layer in walk(model) if isinstance(layer, NumpyActivation)]
        where = f" at {', '.join(map(repr, paths))}" if paths else f" ({', '.join(sorted(found))})"
        raise ValueError(
            f"export: the model calls Python code{where}, which cannot leave this process. Replace "
            "it before, as by ta.replace(model, 'serial/numpy_activation', ta.Tanh), or write it "
            "in jax.numpy: ta.activation makes a layer of that."
        )
    try:
        jax.eval_shape(made.with_weights, *before, *made.inputs)
    except Exception as error:  # Of many classes: layers see a symbol where a number was.
        if batch_size is not None:
            raise
        raise ValueError(
            "export: the model cannot be exported for batches of all sizes at once, but for those "
            f"of one size: give batch_size={structs[0].shape[0]}. ({_last(error)})"
        ) from error


def _last(error: Exception) -> str:
    """The innermost message, of the many lines around it."""
    return str(error).strip().splitlines()[-1].strip()


def _primitives(jaxpr: Any) -> Iterator[str]:
    """The names of all operations, also of inner functions."""
    for equation in jaxpr.eqns:
        yield equation.primitive.name
        for value in jax.tree.leaves(tuple(equation.params.values()), is_leaf=_is_jaxpr):
            if _is_jaxpr(value):
                yield from _primitives(getattr(value, "jaxpr", value))


def _is_jaxpr(value: Any) -> bool:
    return hasattr(value, "eqns") or hasattr(value, "jaxpr")
