"""Does something around the import of other packages' modules: the finder that starts it all.

Imported with :mod:`trax_activations` itself, so it imports nothing that takes time.
"""

import contextlib
import importlib.abc
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TypeAlias

__all__ = ["AROUND", "AroundImport", "install"]

Around: TypeAlias = Callable[[ModuleType], contextlib.AbstractContextManager[None]]


class AroundImport(importlib.abc.MetaPathFinder):
    """Does something before and after certain modules run; finds and loads none itself."""

    def __init__(self, around: dict[str, Around]) -> None:
        self._around = around

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Lets the finders after it find, and dresses the loader's `exec_module`."""
        if fullname not in self._around:
            return None
        later = sys.meta_path[sys.meta_path.index(self) + 1 :]
        specs = (finder.find_spec(fullname, path, target) for finder in later)
        spec = next((spec for spec in specs if spec), None)
        if spec is not None and spec.loader is not None:
            run = spec.loader.exec_module

            def run_within(module: ModuleType) -> None:
                with self._around[fullname](module):
                    run(module)

            spec.loader.exec_module = run_within  # type: ignore[method-assign]
        return spec


@contextlib.contextmanager
def _trax(module: ModuleType) -> Iterator[None]:
    from trax_activations._trax import _start

    with _start.trax(module):
        yield


@contextlib.contextmanager
def _part_of_trax(module: ModuleType) -> Iterator[None]:
    from trax_activations._trax import _start

    with _start.part(module):
        yield


@contextlib.contextmanager
def _tensorflow(module: ModuleType) -> Iterator[None]:
    yield
    if "trax" in sys.modules:
        from trax_activations._trax import _stand_ins

        _stand_ins.catch_up("tensorflow", module)


# What is done around which module; repairs of modules that are imported later are added.
AROUND: dict[str, Around] = {
    "trax": _trax,
    "trax.data.tokenizer": _part_of_trax,
    "trax.rl": _part_of_trax,
    "trax.rl_trainer": _part_of_trax,
    "trax.tf_numpy": _part_of_trax,
    "trax.trainer": _part_of_trax,
    "trax.trax2keras": _part_of_trax,
    "tensorflow": _tensorflow,
}
_FINDER = AroundImport(AROUND)


def install() -> None:
    """Puts the finder in place, so that Trax is fast and mended whoever imports it."""
    if _FINDER not in sys.meta_path:
        sys.meta_path.insert(0, _FINDER)
