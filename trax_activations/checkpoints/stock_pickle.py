"""Reads the pickles of Trax's checkpoints without running what a pickle may hold.

A pickle names functions, and calls them. Here each name stands for a class of this module that only
takes note of what it is given; a name that no checkpoint of Trax's has use for is refused. The
arrays are made from their bytes afterwards, so that NumPy's own code sees no state of a stranger's.
"""

import pickle
import re
import zlib
from collections.abc import Callable
from typing import Any

import ml_dtypes
import numpy as np

from trax_activations._trax import ShapeDtype
from trax_activations.checkpoints.tensor_file import CheckpointError

__all__ = ["load"]

# What a damaged or hostile pickle makes Python's unpickler, or what follows it, raise.
_FAILURES = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    RecursionError,
    TypeError,
    ValueError,
    pickle.UnpicklingError,
    zlib.error,
)


def load(file: Any) -> Any:
    """Reads a pickle of numbers, texts, containers, arrays and signatures.

    Arrays and scalars, of JAX too, become NumPy's; mappings are plain. Of anything else, or of a
    damaged file, the message of the :class:`CheckpointError` is the reason.

    Example:
        >>> import io, pickle
        >>> load(io.BytesIO(pickle.dumps({"step": 3, "history": [(1, 0.5)]})))
        {'step': 3, 'history': [(1, 0.5)]}
        >>> load(io.BytesIO(pickle.dumps(print)))
        Traceback (most recent call last):
          ...
        trax_activations...CheckpointError: it asks for builtins.print, which ...
    """
    try:
        return _Finish()(_Unpickler(file).load())
    except CheckpointError:
        raise
    except _FAILURES as error:
        raise CheckpointError(f"it is no pickle of Trax's ({type(error).__name__})") from error


class _Noted:
    """What a pickle asks for: the arguments, and the state that is set later."""

    parts: tuple[Any, ...]
    state: Any

    def __new__(cls, *parts: Any) -> "_Noted":
        noted = super().__new__(cls)
        noted.parts, noted.state = parts, None
        return noted

    def __setstate__(self, state: Any) -> None:
        self.state = state

    def make(self, finish: Callable[[Any], Any]) -> Any:
        """Makes what was asked for, once the pickle was read."""
        raise TypeError(type(self).__name__)


class _Bytes(_Noted):
    """``_codecs.encode(text, 'latin1')``, or ``bytes()``: bytes, in the older protocols."""

    def make(self, finish: Callable[[Any], Any]) -> bytes:
        return finish(self.parts[0]).encode("latin1") if self.parts else b""


class _Dtype(_Noted):
    """``numpy.dtype('f4', ...)``, of which the state holds the byte order."""

    def make(self, finish: Callable[[Any], Any]) -> np.dtype[Any]:
        given = finish(self.parts[0])
        if given == "bfloat16":
            return np.dtype(ml_dtypes.bfloat16)
        if not isinstance(given, np.dtype) and not re.fullmatch("[biufc][0-9]{1,2}", given):
            raise CheckpointError(f"it holds an array of dtype {given!r}")
        dtype = np.dtype(given)
        return dtype.newbyteorder(">") if self.state and self.state[1] == ">" else dtype


class _Array(_Noted):
    """``_reconstruct(ndarray, ...)`` of NumPy: all is in the state."""

    def make(self, finish: Callable[[Any], Any]) -> np.ndarray:
        *_, shape, dtype, is_fortran, data = self.state
        return _array(finish(data), finish(dtype), shape, "F" if is_fortran else "C")


class _JaxArray(_Noted):
    """``_reconstruct_array(function, arguments, state, ...)`` of JAX, around one of NumPy."""

    def make(self, finish: Callable[[Any], Any]) -> np.ndarray:
        *_, shape, dtype, is_fortran, data = self.parts[2]
        return _array(finish(data), finish(dtype), shape, "F" if is_fortran else "C")


class _Buffer(_Noted):
    """``_frombuffer(data, dtype, shape, order)`` of NumPy."""

    def make(self, finish: Callable[[Any], Any]) -> np.ndarray:
        data, dtype, shape, order = self.parts
        return _array(finish(data), finish(dtype), shape, order)


class _Scalar(_Noted):
    """``scalar(dtype, data)`` of NumPy."""

    def make(self, finish: Callable[[Any], Any]) -> Any:
        dtype, data = self.parts
        return _array(finish(data), finish(dtype), (), "C")[()]


class _Signature(_Noted):
    """Trax's ``ShapeDtype``."""

    def make(self, finish: Callable[[Any], Any]) -> ShapeDtype:
        slots = self.state[1]
        return ShapeDtype(finish(slots["shape"]), np.dtype(finish(slots["dtype"])))


class _Items(dict):  # type: ignore[type-arg]
    """``collections.defaultdict``."""

    def __init__(self, factory: Any = None) -> None:
        super().__init__()

    def __setstate__(self, state: Any) -> None:
        raise TypeError("a mapping has no state")


def _array(data: Any, dtype: Any, shape: Any, order: Any) -> np.ndarray:
    if not isinstance(data, bytes) or not isinstance(dtype, np.dtype):
        raise CheckpointError("it holds an array of no numbers")
    if min(shape, default=0) < 0:
        raise CheckpointError(f"it holds an array of shape {shape}")
    return np.frombuffer(data, dtype).reshape(shape, order=order).copy()


class _Finish:
    """Puts what was asked for in the place of the notes, in containers too; each once."""

    def __init__(self) -> None:
        # With the notes themselves, so that no other object gets the same identity.
        self._made: dict[int, tuple[Any, Any]] = {}

    def __call__(self, value: Any) -> Any:
        if value is None or isinstance(value, (bool, int, float, str, bytes)):
            return value
        if id(value) not in self._made:
            self._made[id(value)] = value, self._make(value)
        return self._made[id(value)][1]

    def _make(self, value: Any) -> Any:
        if isinstance(value, _Noted):
            return value.make(self)
        if isinstance(value, dict):
            return {self(key): self(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return type(value)(map(self, value))
        if isinstance(value, bytearray):
            return bytes(value)
        raise CheckpointError(f"it holds {value!r}, which no checkpoint of Trax's has use for")


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        full = f"{module}.{name}".replace("__builtin__.", "builtins.")  # In the older protocols.
        if full in _DTYPES:
            return _Dtype(_DTYPES[full])
        if full not in _NAMES:
            raise CheckpointError(f"it asks for {full}, which no checkpoint of Trax's has use for")
        return _NAMES[full]


_NAMES = {
    "builtins.bytes": _Bytes,
    "builtins.list": list,
    "collections.defaultdict": _Items,
    "_codecs.encode": _Bytes,
    "jax._src.array._reconstruct_array": _JaxArray,
    "jax._src.device_array.reconstruct_device_array": _JaxArray,  # Until JAX 0.4.
    "numpy.dtype": _Dtype,
    "numpy.ndarray": _Noted,
    "trax.shapes.ShapeDtype": _Signature,
}
for _core in ("numpy.core", "numpy._core"):  # Until NumPy 2, and since.
    _NAMES[f"{_core}.multiarray._reconstruct"] = _Array
    _NAMES[f"{_core}.multiarray.scalar"] = _Scalar
    _NAMES[f"{_core}.numeric._frombuffer"] = _Buffer

_BITS = {"float": (16, 32, 64), "int": (8, 16, 32, 64), "uint": (8, 16, 32, 64)}
_DTYPES = {
    f"{module}.{kind}{n}": f"{kind[0]}{n // 8}"
    for module in ("numpy", "jax.numpy")
    for kind, sizes in _BITS.items()
    for n in sizes
}
for _module in ("jax.numpy", "jaxlib.xla_extension", "ml_dtypes"):
    _DTYPES[f"{_module}.bfloat16"] = "bfloat16"
_DTYPES |= dict.fromkeys(("numpy.bool", "numpy.bool_", "jax.numpy.bool"), "b1")
