"""Saves and loads weights as safetensors: arrays with names and nothing that could be executed."""

import contextlib
import functools
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import safetensors.numpy

from trax_activations._atomic import replacement, write_all
from trax_activations._trax import base
from trax_activations.checkpoints import RunState
from trax_activations.weights import _sources
from trax_activations.weights._assign import assign
from trax_activations.weights._tree import weights_by_name

__all__ = ["init_from_file", "load", "read", "save"]

Patterns = str | Sequence[str]

# Those of safetensors' dtypes that NumPy has, with JAX's bfloat16.
_INTEGERS = frozenset({"BOOL", "U8", "I8", "U16", "I16", "U32", "I32", "U64", "I64"})
_DTYPES = _INTEGERS | {"F16", "BF16", "F32", "F64", "C64"}


def save(model: base.Layer, path: str | os.PathLike[str]) -> None:
    """Writes the weights of a model into a safetensors file.

    A file of that name is replaced only when the new one is complete. State, such as the running
    averages of ``tl.BatchNorm``, is no weight and is not in the file.

    Args:
        model: An initialised layer.
        path: Name of the file, by custom with the ending ``.safetensors``.

    Raises:
        TypeError: If ``model`` is not a layer, or safetensors has no such dtype as a weight has.
        ValueError: If the model is not initialised.
        OSError: If the file cannot be written.

    Example:
        >>> import pathlib, tempfile
        >>> from trax_activations import layers, weights
        >>> layer = layers.ParametricRelu(2)
        >>> _ = layer.init(jax.ShapeDtypeStruct((1, 2), jnp.float32))
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "slopes.safetensors"
        >>> weights.save(layer, path)
        >>> weights.read(path)
        {'parametric_relu/a': array([0.25, 0.25], dtype=float32)}
    """
    path = Path(path)
    arrays = {
        name: np.asarray(weight, order="C") for name, weight in weights_by_name(model).items()
    }
    try:
        content = safetensors.numpy.save(arrays)
    except safetensors.SafetensorError as error:
        dtypes = ", ".join(sorted({array.dtype.name for array in arrays.values()}))
        raise TypeError(
            f"Cannot save weights of {model.name}, which are {dtypes}: {error}"
        ) from None
    path.parent.stat()  # Made where a run begins; here a name that is not there is a slip.
    # Not safetensors' own `save_file`, which makes files that only their owner can read.
    with replacement(os.fspath(path), note="What was there before is intact.") as file:
        write_all(file, content)


def read(path: str | os.PathLike[str]) -> dict[str, np.ndarray[Any, Any]]:
    """Reads all arrays of a safetensors file, whoever wrote it.

    To take over weights whose names differ, rename them and give them to ``weights.assign``.

    Args:
        path: Name of the file.

    Returns:
        The arrays by name, sorted.

    Raises:
        ValueError: If it is not a safetensors file, or it is damaged.
        OSError: If the file cannot be read.
    """
    with _opened(path) as file:
        return {name: _read(file, name) for name in sorted(file.keys())}


def load(
    model: base.Layer,
    path: str | os.PathLike[str],
    *,
    include: Patterns = "*",
    exclude: Patterns = (),
    partial: bool = False,
) -> None:
    """Sets the weights of a model from a file, whichever way they got there.

    That is a file of :func:`save`, or any safetensors file with the same names; the checkpoint of a
    run, ours or stock Trax's (``model.pkl.gz``, which is read without unpickling); or the directory
    of a run.

    To fine-tune a model with a new last layer, leave that layer out:
    ``weights.load(model, path, exclude="serial/dense_3/*")``. What the patterns choose must be the
    same in model and file, and fit; the rest of the model stays as it is.

    Args:
        model: An initialised layer. A training loop wants to be told: see :func:`assign`.
        path: The file or directory.
        include: Patterns of the names to load, as in a shell: ``*`` is any text, slashes included.
        exclude: Patterns of names not to load.
        partial: Whether the model may have weights that the file lacks, which stay as they are, and
            the file others, which are left out. Those of stock Trax, which have no names, are then
            aligned by shape.

    Raises:
        TypeError: If ``model`` is not a layer.
        ValueError: If the model is not initialised; a pattern has no match in model or file; it is
            no such file, or it is damaged; or names are unknown, missing, or have values of another
            shape or kind: all of them are listed.
        OSError: If the file cannot be read.
    """
    path = _sources.find(path)
    _load(model, path, _run_in(path), include, exclude, partial)


def _load(
    model: base.Layer,
    path: str,
    run: RunState | None,
    include: Patterns = "*",
    exclude: Patterns = (),
    partial: bool = False,
) -> None:
    """As `load`, from a file that is the checkpoint of a run, or none."""
    included, excluded = _patterns(include), _patterns(exclude)

    def is_chosen(name: str) -> bool:
        return _matches(name, included) and not _matches(name, excluded)

    present = weights_by_name(model)
    chosen = list(filter(is_chosen, present))
    with contextlib.ExitStack() as opened:
        stored = _stored(opened, path, run, present, chosen, partial)
        for pattern in (*included, *excluded):
            if pattern != "*" and not any(fnmatchcase(n, pattern) for n in (*present, *stored)):
                raise ValueError(
                    f"No weight of {model.name} or {path} is called {pattern!r}. "
                    f"A name is, for example, {next(iter(present), 'serial/dense/kernel')!r}."
                )
        given = {
            name: read()
            for name, read in stored.items()
            if is_chosen(name) and (name in present or not partial)
        }
    if partial and not given:
        raise ValueError(f"Nothing in {path} is called as a weight of {model.name}, or fits it.")
    kept = {name: weight for name, weight in present.items() if partial or not is_chosen(name)}
    try:
        assign(model, kept | given)
    except ValueError as error:
        raise ValueError(f"{path} does not fit. {error}{_remedy(present, given)}") from None


def init_from_file(
    model: base.Layer,
    file_name: str | os.PathLike[str],
    weights_only: bool = False,
    input_signature: Any = None,
) -> tuple[Any, Any]:
    """Trax's ``Layer.init_from_file``, for all that :func:`load` takes."""
    path = _sources.find(file_name)
    run = _run_in(path)
    signature = input_signature or (run and _sources.signature_of(run))
    if signature:
        model.init(signature)
    _load(model, path, run)
    if run and run.state and not weights_only:
        structure = jax.tree.structure(model.state)
        model.state = jax.tree.unflatten(structure, map(jnp.asarray, run.state))
    return model.weights, model.state


def input_signature(source: str | os.PathLike[str]) -> Any:
    """The signature of the inputs of the model of a run, as ``model.init`` takes it.

    Args:
        source: The checkpoint of a run, ours or stock Trax's, or its directory.

    Raises:
        ValueError: If it is no checkpoint of a run, or does not tell.
        OSError: If there is none.
    """
    path = _sources.find(source)
    run = _run_in(path)
    signature = run and _sources.signature_of(run)
    if not signature:
        raise ValueError(f"{path} does not tell which inputs its model takes: no run has saved it.")
    return signature


def _run_in(path: str) -> RunState | None:
    try:
        return _sources.run_in(path)
    except safetensors.SafetensorError as error:
        raise _not_such_a_file(path, error) from None


def _stored(
    opened: contextlib.ExitStack,
    path: str,
    run: RunState | None,
    present: Mapping[str, Any],
    chosen: Sequence[str],
    partial: bool,
) -> dict[str, Callable[[], Any]]:
    """What a file holds: how to read each array, by name."""
    if run is None:
        file = opened.enter_context(_opened(path))
        names = sorted(file.keys())
        return {name: functools.partial(_read, file, name) for name in names}
    arrays = run.weights
    if not arrays:
        try:
            arrays = _sources.in_order(chosen, present, run.flat_weights, partial)
        except ValueError as error:
            raise ValueError(f"{path} does not fit: {error}") from None
    return {name: functools.partial(np.asarray, array) for name, array in arrays.items()}


def _remedy(present: Mapping[str, Any], given: Mapping[str, Any]) -> str:
    """How to load the rest, if something does not fit."""
    wrong = [
        name
        for name in [*present, *given]
        if name not in given or np.shape(given[name]) != np.shape(present.get(name, given[name]))
    ] or [name for name in given if name not in present]
    if not wrong:
        return ""
    layer = wrong[0].rpartition("/")[0]
    return f"\n  To load the rest: exclude='{layer}/*', or, if only names differ, partial=True."


def _patterns(patterns: Patterns) -> tuple[str, ...]:
    return (patterns,) if isinstance(patterns, str) else tuple(patterns)


def _matches(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


@contextlib.contextmanager
def _opened(path: str | os.PathLike[str]) -> Iterator[Any]:
    """Opens a safetensors file: reads its header, which has been checked against its size."""
    if Path(path).is_dir():
        raise IsADirectoryError(f"{path} is a directory; weights are in a file.")
    try:
        with safetensors.safe_open(path, framework="numpy") as file:
            yield file
    except safetensors.SafetensorError as error:
        raise _not_such_a_file(path, error) from None


def _not_such_a_file(path: str | os.PathLike[str], error: Exception) -> ValueError:
    return ValueError(
        f"{path} is not a safetensors file, or it is damaged ({error}), and no checkpoint of Trax. "
        "Write one with weights.save."
    )


def _read(file: Any, name: str) -> np.ndarray[Any, Any]:
    """Reads one array."""
    header = file.get_slice(name)
    if header.get_dtype() not in _DTYPES:
        raise ValueError(f"{name!r} is of dtype {header.get_dtype()}, which NumPy lacks.")
    try:
        return np.asarray(file.get_tensor(name))
    except ValueError as error:  # A shape of no elements can have any size.
        raise ValueError(f"{name!r} has shape {header.get_shape()}: {error}") from None
