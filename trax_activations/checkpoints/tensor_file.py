"""Named arrays and texts in one safetensors file, every byte of which a digest covers.

The file is what the safetensors libraries of all frameworks read: eight bytes with the length of
the header, the header in JSON, then the arrays. The header's metadata begin with ``blake2b``, the
digest of the whole file with zeros in the digest's own place, and ``trax_activations``, the version
of this format. It is written here and not by the safetensors library so that one array at a time
comes from the device, no second copy is made of any, and each byte counts.
"""

import hashlib
import json
import math
import os
import stat
from collections.abc import Mapping
from typing import IO, Any, NamedTuple

import ml_dtypes
import numpy as np

from trax_activations._atomic import write_all

__all__ = ["CheckpointError", "dump", "load"]

_VERSION = "1"
_START = b'{"__metadata__":{"blake2b":"'
_NO_DIGEST = b"0" * 64
_BAD_HEADER = "its header is damaged"
_LONGEST_HEADER = 100_000_000  # As the safetensors libraries have it.

# What safetensors calls each dtype; releases of ml_dtypes differ in what they have.
_DTYPES: dict[str, np.dtype[Any]] = {
    "F64": np.dtype("<f8"),
    "F32": np.dtype("<f4"),
    "F16": np.dtype("<f2"),
    "BF16": np.dtype(ml_dtypes.bfloat16),
    "F8_E4M3": np.dtype(ml_dtypes.float8_e4m3fn),
    "F8_E5M2": np.dtype(ml_dtypes.float8_e5m2),
    "I64": np.dtype("<i8"),
    "I32": np.dtype("<i4"),
    "I16": np.dtype("<i2"),
    "I8": np.dtype("i1"),
    "U64": np.dtype("<u8"),
    "U32": np.dtype("<u4"),
    "U16": np.dtype("<u2"),
    "U8": np.dtype("u1"),
    "BOOL": np.dtype("?"),
    "C64": np.dtype("<c8"),
}
_TAGS = {dtype.name: tag for tag, dtype in _DTYPES.items()}


class CheckpointError(ValueError):
    """A checkpoint that cannot be written, or read, as it is."""


class _Entry(NamedTuple):
    """An array as the header describes it."""

    name: str
    dtype: np.dtype[Any]
    shape: tuple[int, ...]

    @property
    def nbytes(self) -> int:
        return math.prod(self.shape) * self.dtype.itemsize


def dump(descriptor: int, arrays: Mapping[str, Any], metadata: Mapping[str, str]) -> None:
    """Writes arrays and metadata to a file that is open for writing, and empty.

    Raises:
        CheckpointError: If a name, a dtype or the metadata have no place in such a file.
        OSError: If the file cannot be written.
    """
    entries = [_entry(name, value) for name, value in arrays.items()]
    header = _header(entries, metadata)
    digest = hashlib.blake2b(header, digest_size=32)
    write_all(descriptor, header)
    for entry in _in_file_order(entries):
        # A view, unless the array is laid out otherwise.
        array = np.asarray(_local(arrays[entry.name]), dtype=entry.dtype, order="C")
        data = array.reshape(-1).view(np.uint8).data
        digest.update(data)
        write_all(descriptor, data)
    os.lseek(descriptor, 8 + len(_START), os.SEEK_SET)
    write_all(descriptor, digest.hexdigest().encode())


def load(path: str) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Reads what :func:`dump` wrote, if every byte of it is as it was.

    Raises:
        CheckpointError: If it is damaged or not such a file; the message is the reason.
        OSError: If it cannot be opened or read.
    """
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise CheckpointError("it is not a regular file")
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        header, claimed = _read_header(file, size)
        metadata, entries = _parse(header)
        excess = size - len(header) - sum(entry.nbytes for entry in entries)
        if excess:
            how = "long" if excess > 0 else "short"
            raise CheckpointError(f"it is {abs(excess)} bytes too {how}")
        digest = hashlib.blake2b(header, digest_size=32)
        arrays: dict[str, np.ndarray] = {x.name: np.empty(0) for x in entries}  # Keeps their order.
        for entry in _in_file_order(entries):
            data = np.empty(entry.nbytes, np.uint8)
            file.readinto(data.data)
            digest.update(data.data)
            try:
                arrays[entry.name] = data.view(entry.dtype).reshape(entry.shape)
            except (OverflowError, ValueError) as error:  # Empty, and of too many dimensions.
                raise CheckpointError(_BAD_HEADER) from error
    if digest.hexdigest().encode() != claimed:
        raise CheckpointError("some of its bytes have changed: its digest does not match")
    return arrays, metadata


def _entry(name: str, value: Any) -> _Entry:
    value = value if hasattr(value, "dtype") else np.asarray(value)
    tag = _TAGS.get(getattr(value.dtype, "name", ""))
    if tag is None:
        raise CheckpointError(
            f"The array {name!r} has dtype {value.dtype}; a checkpoint holds {', '.join(_TAGS)}. "
            "Convert it (a key of jax.random by jax.random.key_data)."
        )
    return _Entry(name, _DTYPES[tag], tuple(value.shape))


def _in_file_order(entries: list[_Entry]) -> list[_Entry]:
    """The largest items first, as the libraries have it: so each array is aligned in the file."""
    return sorted(entries, key=lambda entry: -entry.dtype.itemsize)


def _local(value: Any) -> Any:
    """A short-lived view of a JAX array: an array keeps the copy on the host that it once made."""
    return value.addressable_data(0) if getattr(value, "is_fully_replicated", False) else value


def _header(entries: list[_Entry], metadata: Mapping[str, str]) -> bytes:
    """The header with its length, and zeros for the digest."""
    ends: dict[str, int] = {}
    end = 0
    for entry in _in_file_order(entries):
        ends[entry.name] = end = end + entry.nbytes
    own = {"blake2b": _NO_DIGEST.decode(), "trax_activations": _VERSION}
    content: dict[str, Any] = {"__metadata__": {**own, **metadata}}
    for entry in entries:
        if entry.name in content:
            raise CheckpointError("No array can be named '__metadata__'. Rename it.")
        content[entry.name] = {
            "dtype": _TAGS[entry.dtype.name],
            "shape": entry.shape,
            "data_offsets": [ends[entry.name] - entry.nbytes, ends[entry.name]],
        }
    try:
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError as error:
        raise CheckpointError("The name of an array is no valid Unicode. Rename it.") from error
    text += b" " * (-len(text) % 8)
    if len(text) > _LONGEST_HEADER:
        raise CheckpointError(
            f"The record and the names take {len(text)} bytes; a checkpoint has room for "
            f"{_LONGEST_HEADER}. Record less, or less often."
        )
    return len(text).to_bytes(8, "little") + text


def _read_header(file: IO[bytes], size: int) -> tuple[bytes, bytes]:
    """The header, with zeros for the digest, and the digest."""
    start = file.read(8 + len(_START))
    length = int.from_bytes(start[:8], "little")
    if not start:
        raise CheckpointError("it is empty")
    if not start[8:] == _START:
        raise CheckpointError("it was not written by trax_activations, or its start is damaged")
    if not len(_START) + len(_NO_DIGEST) < length <= min(size - 8, _LONGEST_HEADER):
        raise CheckpointError("it ends within its header")
    digest = file.read(len(_NO_DIGEST))
    rest = file.read(length - len(_START) - len(digest))
    return start + _NO_DIGEST + rest, digest


def _parse(header: bytes) -> tuple[dict[str, str], list[_Entry]]:
    """What a header says, if it is as :func:`_header` makes it."""
    try:
        content = json.loads(header[8:].decode())
        metadata = content.pop("__metadata__")
        del metadata["blake2b"]
        version = metadata.pop("trax_activations")
        entries = [
            _Entry(name, _DTYPES[tensor["dtype"]], tuple(map(int, tensor["shape"])))
            for name, tensor in content.items()
        ]
        is_sound = (
            all(isinstance(text, str) for text in metadata.values())
            and all(n >= 0 for entry in entries for n in entry.shape)
            and header == _header(entries, metadata)
        )
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
        raise CheckpointError(_BAD_HEADER) from None
    if version != _VERSION:
        raise CheckpointError(
            f"it is of version {version!r} of the format, and this release reads {_VERSION!r}"
        )
    if not is_sound:
        raise CheckpointError(_BAD_HEADER)
    return metadata, entries
