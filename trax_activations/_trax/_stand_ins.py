"""Stand-ins for modules that Trax imports and seldom uses: each loads the real one at first use.

They exist only as names in Trax's own modules, never in `sys.modules`. Once the real module is
there, these names stand for it, as if Trax had imported it at once.
"""

import builtins
import contextlib
import importlib.util
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import ModuleType, SimpleNamespace
from typing import Any

from trax_activations._trax import _tensorflow
from trax_activations._trax._imports import quiet
from trax_activations._trax._needs import needing

__all__ = ["StandIn", "catch_up", "catch_up_with_loaded", "lazy_imports", "load", "stand_in"]


class StandIn(ModuleType):
    """A module that is loaded when something of it is used that it does not have itself.

    Args:
        name: The module.
        own: What can be used without loading it, by dotted names.
    """

    def __init__(self, name: str, own: Mapping[str, object] | None = None) -> None:
        super().__init__(name)
        self.__dict__["_own"] = dict(own or {})

    def __getattr__(self, name: str) -> Any:
        if name in ("__file__", "__path__") and "." not in self.__name__:
            return _location(self.__name__, name)
        if name.startswith("__") and name != "__version__":  # Asked for by who inspects objects.
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        return _attribute(self._own, name, "", lambda: load(self.__name__))

    def __dir__(self) -> list[str]:
        return dir(load(self.__name__))

    def __reduce__(self) -> tuple[Callable[[str], ModuleType], tuple[str]]:
        return importlib.import_module, (self.__name__,)


class _Part:
    """A submodule of a stand-in, such as `tf.io`, some of whose names load nothing."""

    def __init__(self, own: Mapping[str, object], path: str, real: Callable[[], Any]) -> None:
        self._own, self._path, self._real = own, path, real

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _attribute(self._own, name, f"{self._path}.", self._real)


class _Function:
    """A function of a module that is loaded when it is called."""

    def __init__(self, module: str, name: str) -> None:
        self._module, self._name = module, name

    def real(self) -> Callable[..., Any]:
        """The function itself."""
        function: Callable[..., Any] = getattr(load(self._module), self._name)
        return function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.real()(*args, **kwargs)


class _Functions(StandIn):
    """A stand-in all of whose attributes are functions that Trax puts into a table at import."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            return super().__getattr__(name)
        return _Function(self.__name__, name)


def _location(module: str, name: str) -> Any:
    """Where a module lies, found without loading it."""
    with contextlib.suppress(ImportError):
        if spec := importlib.util.find_spec(module):
            return spec.origin if name == "__file__" else spec.submodule_search_locations
    raise AttributeError(f"module {module!r} has no attribute {name!r}")


def _attribute(own: Mapping[str, object], name: str, prefix: str, real: Callable[[], Any]) -> Any:
    path = prefix + name
    if path in own:
        return own[path]
    if any(each.startswith(f"{path}.") for each in own):
        return _Part(own, path, lambda: getattr(real(), name))
    return getattr(real(), name)


_STAND_INS: dict[str, StandIn] = {}
_LOCK = threading.RLock()


def stand_in(name: str) -> StandIn:
    """The one stand-in for a module."""
    with _LOCK:
        if name not in _STAND_INS:
            kind = _Functions if name == "trax.tf_numpy.extensions" else StandIn
            _STAND_INS[name] = kind(name, _tensorflow.OWN.get(name))
            for inner in _tensorflow.SUBMODULES.get(name, ()):
                _STAND_INS[name]._own[inner] = stand_in(f"{name}.{inner}")
        return _STAND_INS[name]


def load(name: str, feature: str | None = None) -> ModuleType:
    """The real module; Trax's names stand for it from now on."""
    with needing(feature or name), quiet():
        if name == "matplotlib.pyplot" and name not in sys.modules:
            importlib.import_module("matplotlib").use("Agg")  # As Trax does when it is imported.
        module = importlib.import_module(name)
    catch_up(name, module)
    return module


def catch_up(name: str, module: ModuleType) -> None:
    """Makes up for what was left undone before a module is loaded; Trax's names stand for it."""
    _tensorflow.replay(name, module)
    if name == "tensorflow":
        catch_up("tensorflow.compat.v2", module.compat.v2)
    mine = _STAND_INS.get(name)
    if mine is None:
        return
    holders = [vars(each) for key, each in list(sys.modules.items()) if _is_trax(key)]
    holders.append(getattr(sys.modules.get("trax.fastmath.tf"), "TF_BACKEND", {}))
    for holder in holders:
        for key, value in list(holder.items()):
            if value is mine:
                holder[key] = module
            elif isinstance(value, _Function) and value._module == name:
                holder[key] = getattr(module, value._name)


def catch_up_with_loaded() -> None:
    """Lets Trax's names stand for what was imported by others than the stand-ins."""
    for name in list(_STAND_INS):
        module = sys.modules.get(name)
        if name.startswith("trax.") and module is not None:
            catch_up(name, module)


def _is_trax(name: str) -> bool:
    return name == "trax" or name.startswith("trax.")


# What Trax imports of them are submodules. The tokenizer asks for the category of each of Unicode's
# characters when it is imported (tokenizer.py:52), which takes as long as JAX.
_OF_TRAX = ("trax.data.tokenizer", "trax.rl.", "trax.tf_numpy.")
# What it imports of them are functions.
_FUNCTIONS = {"scipy.special"}
# What is to be replaced by what is ours.
_PLACEHOLDERS = {
    "tensorflow.core.util",
    "tensorflow.python.summary.writer.event_file_writer",
    "trax.trax2keras",
}
_PLAIN = {"matplotlib", "scipy", "tensorflow", "tensorflow_datasets", "tensorflow_text"}
# They import what they use at once.
_USERS = ("trax.rl", "trax.tf_numpy", "trax.trax2keras")


def _stand_in_for(name: str, importer: str, names: Sequence[str]) -> object:
    """What an `import` statement of a module of Trax gets, or None for the real module."""
    root = name.partition(".")[0]
    if any(importer == user or importer.startswith(f"{user}.") for user in _USERS):
        return None
    if names:
        within = [f"{name}.{each}" for each in names]
        if all(each.startswith(_OF_TRAX) and each not in sys.modules for each in within):
            parts = dict(zip(names, map(stand_in, within), strict=True))
            vars(sys.modules.get(name, SimpleNamespace())).update(parts)
            return SimpleNamespace(**parts)
        if name in _FUNCTIONS and name not in sys.modules:
            return SimpleNamespace(**{each: _Function(name, each) for each in names})
        if name in _PLACEHOLDERS and name not in sys.modules:
            return SimpleNamespace(**dict.fromkeys(names))
        return None
    if root in _PLAIN and root not in sys.modules:
        return stand_in(root)
    return None


_depth = 0
_original: Any = None


def _import(
    name: str,
    globals: Mapping[str, object] | None = None,
    locals: Mapping[str, object] | None = None,
    fromlist: Sequence[str] | None = (),
    level: int = 0,
) -> Any:
    importer = str((globals or {}).get("__name__", ""))
    if level == 0 and _is_trax(importer):
        given = _stand_in_for(name, importer, fromlist or ())
        if given is not None:
            return given
    return _original(name, globals, locals, fromlist, level)


@contextlib.contextmanager
def lazy_imports() -> Iterator[None]:
    """Gives modules of Trax stand-ins where they say `import`; all others what they ask for.

    Nothing is put into `sys.modules`: who imports TensorFlow in another thread gets TensorFlow.
    """
    global _depth, _original
    with _LOCK:
        _depth += 1
        if _depth == 1:
            _original, builtins.__import__ = builtins.__import__, _import
    try:
        yield
    finally:
        with _LOCK:
            _depth -= 1
            if _depth == 0 and builtins.__import__ is _import:
                builtins.__import__ = _original
