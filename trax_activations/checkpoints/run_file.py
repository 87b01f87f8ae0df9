"""Checkpoints: all of a run in one file, which is replaced at once, beside the one before it.

Orbax, JAX's library for this, saves in the background, shards of arrays that are spread over hosts,
and a history of steps. Here every host has all weights and one of them writes: so one safetensors
file does, which a single rename makes valid, which everybody can read, and which takes no further
dependency (Orbax's tensorstore alone has 66 MB). And it is checked: of a checkpoint of Orbax 0.12.8
with a bit flipped among its arrays, each of 36 was restored without a word, with wrong weights.

Example:
    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "model.safetensors")
    >>> write(path, {"slope": np.float32([0.25])}, {"step": 1})
    >>> write(path, {"slope": np.float32([0.5])}, {"step": 2})
    >>> read(path).record, read(path).warning
    ({'step': 2}, None)
    >>> os.truncate(path, 100)
    >>> read(path).record, read(path).warning
    ({'step': 1}, "'...model.safetensors' is unusable: it ends within its header. ...")
"""

import dataclasses
import errno
import json
import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from trax_activations._atomic import replacement
from trax_activations.checkpoints import tensor_file
from trax_activations.checkpoints.tensor_file import CheckpointError

__all__ = [
    "SUFFIX",
    "Checkpoint",
    "CheckpointError",
    "exists",
    "path_of",
    "previous",
    "read",
    "record_of",
    "write",
]

SUFFIX = ".safetensors"


@dataclasses.dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint holds.

    Attributes:
        arrays: NumPy arrays by name, in the order in which they were given.
        record: The record.
        path: The file that was read.
        warning: Why it is not the one asked for; ``None`` if it is.
    """

    arrays: dict[str, np.ndarray]
    record: dict[str, Any]
    path: str
    warning: str | None = None


def write(
    path: str,
    arrays: Mapping[str, Any],
    record: Mapping[str, Any],
    *,
    keep_previous: bool = True,
) -> None:
    """Writes a checkpoint in the place of the present one, which becomes the previous one.

    Wherever the process is killed, :func:`read` finds the new checkpoint or the one before, whole.

    Args:
        path: The file, such as ``DIR/model.safetensors``. Its directory is made if it is missing.
        arrays: Arrays of NumPy or JAX by name, of any shape.
        record: What JSON can hold, with strings for keys. Scalars of NumPy and JAX become Python
            numbers, exactly, not-a-number and infinities too; tuples become lists.
        keep_previous: Whether to keep the present file, as ``DIR/model.previous.safetensors``.

    Raises:
        CheckpointError: If an array or the record cannot be stored.
        OSError: If the file cannot be written; the present one is intact.
    """
    metadata = {"record": json.dumps(_plain(record, "record"))}
    with replacement(path, previous(path) if keep_previous else None) as descriptor:
        tensor_file.dump(descriptor, arrays, metadata)


def read(path: str) -> Checkpoint:
    """Reads a checkpoint, or the previous one if that is damaged or missing.

    Args:
        path: The file, as given to :func:`write`.

    Returns:
        The checkpoint. Its ``warning`` says if it is the previous one, and why.

    Raises:
        FileNotFoundError: If there is neither.
        PermissionError: If one may not be read.
        CheckpointError: If neither is whole.
    """
    problems: list[str] = []
    missing = 0
    for candidate in (path, previous(path)):
        try:
            arrays, metadata = tensor_file.load(candidate)
            record = record_of(metadata)
        except FileNotFoundError:
            missing += 1
            problems.append(f"{candidate!r} is missing")
        except PermissionError as error:
            text = f"Cannot read {candidate!r}: {error.strerror}. Make it readable."
            raise PermissionError(error.errno, text) from error
        except (CheckpointError, OSError) as error:
            reason = getattr(error, "strerror", None) or error
            problems.append(f"{candidate!r} is unusable: {reason}")
        else:
            instead = f"Read {candidate!r}, the checkpoint before it, instead."
            warning = f"{problems[0]}. {instead}" if problems else None
            return Checkpoint(arrays, record, candidate, warning)
    if missing == len(problems):
        text = f"There is no checkpoint {path!r}, and none before it"
        raise FileNotFoundError(errno.ENOENT, text)
    raise CheckpointError(
        f"{'; '.join(problems)}. Put a copy of the checkpoint there, or move both files away to "
        "start anew."
    )


def exists(path: str) -> bool:
    """Whether there is something for :func:`read` to read, whole or not."""
    return os.path.exists(path) or os.path.exists(previous(path))


def path_of(directory: str, name: str = "model") -> str:
    """Path of the checkpoint of that name in a run's directory."""
    return os.path.join(directory, name + SUFFIX)


def previous(path: str) -> str:
    """Where the checkpoint before the one at ``path`` is kept.

    Example:
        >>> previous("run/model.safetensors")
        'run/model.previous.safetensors'
    """
    stem, extension = os.path.splitext(path)
    return f"{stem}.previous{extension}"


def record_of(metadata: Mapping[str, str]) -> dict[str, Any]:
    """The record among the texts of a file."""
    try:
        record = json.loads(metadata["record"])
    except (KeyError, RecursionError, ValueError) as error:
        raise CheckpointError("it holds no record") from error
    if not isinstance(record, dict):
        raise CheckpointError("its record is no mapping")
    return record


def _plain(value: Any, where: str) -> Any:
    """A value made of what JSON holds; nothing is changed silently but tuples."""
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise CheckpointError(f"{where} has the key {key!r}. Use strings for keys.")
        return {key: _plain(item, f"{where}[{key!r}]") for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item, f"{where}[{i}]") for i, item in enumerate(value)]
    if getattr(value, "shape", None) == () and hasattr(value, "item"):
        value = value.item()
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise CheckpointError(
        f"{where} is of type {type(value).__name__}. Give numbers, texts, None, and lists and "
        "mappings of them; put arrays among the arrays."
    )
