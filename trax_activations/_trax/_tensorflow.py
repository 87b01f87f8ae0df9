"""As much of TensorFlow and Matplotlib as Trax uses when it uses neither."""

import glob
import operator
import os
import shutil
import sys
from collections.abc import Callable
from types import ModuleType
from typing import IO, Any

__all__ = ["OWN", "SUBMODULES", "files", "is_remote", "replay"]

# By module and dotted name: with what Trax has called a function that sets something.
_CALLED: dict[tuple[str, str], tuple[tuple[Any, ...], dict[str, Any]]] = {}


def _setter(module: str, path: str) -> Callable[..., None]:
    """Remembers what is set until the module is loaded; afterwards sets it at once."""

    def set_later(*args: Any, **kwargs: Any) -> None:
        _CALLED[module, path] = args, kwargs
        loaded = _loaded(module)
        if loaded is not None:
            replay(module, loaded)

    return set_later


def replay(module: str, loaded: ModuleType) -> None:
    """Sets what was to be set when the module is loaded, whoever loads it."""
    for name, path in list(_CALLED):
        if name == module:
            args, kwargs = _CALLED.pop((name, path))
            operator.attrgetter(path)(loaded)(*args, **kwargs)


def _loaded(name: str) -> ModuleType | None:
    """A module that somebody has imported to its end."""
    module = sys.modules.get(name)
    spec = getattr(module, "__spec__", None)
    return None if getattr(spec, "_initializing", False) else module


class _Unloaded(type):
    """Classes of TensorFlow of which there are no instances before it is loaded."""

    _path: str

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, cls._real())

    def __subclasscheck__(cls, subclass: type) -> bool:
        return cls in type.mro(subclass) or issubclass(subclass, cls._real())

    def _real(cls) -> Any:
        loaded = _loaded("tensorflow")
        return operator.attrgetter(cls._path)(loaded) if loaded else ()


def _unloaded(path: str) -> type:
    return _Unloaded(path, (), {"_path": path})


class LocalFiles:
    """`tf.io.gfile` for the local file system; paths such as gs://... are TensorFlow's."""

    def GFile(self, name: Any, mode: str = "r") -> IO[Any]:
        """Opens a file."""
        if is_remote(name):
            return self._real(name).GFile(name, mode)  # type: ignore[no-any-return]
        return open(name, mode, encoding=None if "b" in mode else "utf-8")

    def exists(self, path: Any) -> bool:
        """Whether there is such a file or folder."""
        return bool(self._real(path).exists(path)) if is_remote(path) else os.path.exists(path)

    def isdir(self, path: Any) -> bool:
        """Whether it is a folder."""
        return bool(self._real(path).isdir(path)) if is_remote(path) else os.path.isdir(path)

    def makedirs(self, path: Any) -> None:
        """Makes a folder and those above it."""
        if is_remote(path):
            self._real(path).makedirs(path)
        else:
            os.makedirs(path, exist_ok=True)

    def glob(self, pattern: Any) -> list[str]:
        """The paths that match."""
        return list(self._real(pattern).glob(pattern)) if is_remote(pattern) else glob.glob(pattern)

    def remove(self, path: Any) -> None:
        """Removes a file."""
        if is_remote(path):
            self._real(path).remove(path)
        else:
            os.remove(path)

    def rename(self, src: Any, dst: Any, overwrite: bool = False) -> None:
        """Renames a file; `overwrite` says whether another may be replaced."""
        if is_remote(src) or is_remote(dst):
            self._real(src).rename(src, dst, overwrite)
        elif os.path.exists(dst) and not overwrite:
            raise FileExistsError(f"file already exists: {dst}")
        else:
            os.replace(src, dst)

    def copy(self, src: Any, dst: Any, overwrite: bool = False) -> None:
        """Copies a file; `overwrite` says whether another may be replaced."""
        if is_remote(src) or is_remote(dst):
            self._real(src).copy(src, dst, overwrite)
        elif os.path.exists(dst) and not overwrite:
            raise FileExistsError(f"file already exists: {dst}")
        else:
            shutil.copyfile(src, dst)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._real(), name)

    def _real(self, path: Any = "tf.io.gfile") -> Any:
        from trax_activations._trax import _stand_ins

        return _stand_ins.load("tensorflow", os.fsdecode(path)).io.gfile


def is_remote(path: Any) -> bool:
    """Whether a path is not of the local file system."""
    return "://" in os.fsdecode(path)


files = LocalFiles()


class _Errors:
    """`tf.errors`: classes that nothing is an instance of before TensorFlow is loaded."""

    def __getattr__(self, name: str) -> Any:
        loaded = _loaded("tensorflow")
        return getattr(loaded.errors, name) if loaded else _NoSuchError


class _NoSuchError(Exception):
    """Never raised."""


_SETTERS = (
    "config.experimental.set_visible_devices",
    "config.optimizer.set_experimental_options",
    "config.optimizer.set_jit",
    "random.set_seed",
)
_OWN_TENSORFLOW: dict[str, object] = {
    "DType": _unloaded("DType"),
    "TensorShape": _unloaded("TensorShape"),
    "compat.v1.enable_eager_execution": lambda: None,  # As TensorFlow 2 is anyway.
    "errors": _Errors(),
    "io.gfile": files,
    **{path: _setter("tensorflow", path) for path in _SETTERS},
}

# By module: what a stand-in has without loading it.
OWN: dict[str, dict[str, object]] = {
    "tensorflow": _OWN_TENSORFLOW,
    "tensorflow.compat.v2": _OWN_TENSORFLOW,
    "matplotlib": {"use": lambda backend: None},
    "trax.tf_numpy.numpy": {
        "set_allow_float64": _setter("trax.tf_numpy.numpy", "set_allow_float64"),
    },
}
SUBMODULES = {"tensorflow": ("compat.v2",), "matplotlib": ("pyplot",)}
