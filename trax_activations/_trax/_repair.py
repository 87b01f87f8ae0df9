"""What a repair of Trax is, and how it is made and undone."""

import contextlib
import dataclasses
import importlib.util
import operator
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import Any, TypeAlias

import jax

from trax_activations._trax._finder import AROUND, Around

__all__ = [
    "Patch",
    "Repair",
    "cannot_import",
    "lacks",
    "mend",
    "originals",
    "repair",
    "repairs",
    "since_jax",
]

# (holder, name, replacement): a module's, class's or dictionary's `name` becomes `replacement`.
Patch: TypeAlias = tuple[Any, str, object]


@dataclasses.dataclass(frozen=True)
class Repair:
    """One thing that Trax uses and that is gone, and what Trax finds in its place.

    Attributes:
        name: What was lost, in one word.
        where: The lines of Trax 1.4.1 that need it, as 'trax/layers/core.py:812'.
        gone: What these lines use.
        since: The release since which it is gone, as 'jax 0.6.0'.
        remedy: What we do about it, in one sentence.
        module: The module of Trax that is patched.
        needed: Whether the thing is missing here.
        patches: Names what is to be replaced in the module, and by what.
        stand_ins: Modules that must exist while the module is imported; none of them stays.
    """

    name: str
    where: str
    gone: str
    since: str
    remedy: str
    module: str
    needed: Callable[[], bool]
    patches: Callable[[Any], Iterator[Patch]]
    stand_ins: Mapping[str, Callable[[], ModuleType]]

    @property
    def applied(self) -> bool:
        """Whether Trax is patched: not where nothing is missing, nor before the module is used."""
        return self.name in _ORIGINALS

    def apply(self) -> None:
        """Patches the module, if something is missing, and once only."""
        if self.applied or not self.needed():
            return
        _ORIGINALS[self.name] = [
            (holder, name, _put(holder, name, replacement))
            for holder, name, replacement in self.patches(sys.modules[self.module])
        ]


_REPAIRS: dict[str, Repair] = {}
_ORIGINALS: dict[str, list[Patch]] = {}
# Modules of Trax that are repaired when they are imported, if they ever are.
_LATE: set[str] = set()


def repairs() -> tuple[Repair, ...]:
    """All repairs, also those that are not needed here."""
    return tuple(_REPAIRS.values())


def originals(name: str) -> tuple[Patch, ...]:
    """What an applied repair replaced: putting it back undoes the repair."""
    return tuple(_ORIGINALS.get(name, ()))


def repair(
    where: str,
    *,
    gone: str,
    since: str,
    needed: Callable[[], bool],
    stand_ins: Mapping[str, Callable[[], ModuleType]] | None = None,
) -> Callable[[Callable[[Any], Iterator[Patch]]], Callable[[Any], Iterator[Patch]]]:
    """Makes a repair of a function that yields patches and whose docstring is the remedy."""

    def register(patches: Callable[[Any], Iterator[Patch]]) -> Callable[[Any], Iterator[Patch]]:
        name = patches.__name__.lstrip("_")
        path = where.partition(":")[0].removesuffix(".py")
        _REPAIRS[name] = Repair(
            name=name,
            where=where,
            gone=gone,
            since=since,
            remedy=(patches.__doc__ or "").partition("\n")[0],
            module=path.replace("/", "."),
            needed=needed,
            patches=patches,
            stand_ins=stand_ins or {},
        )
        return patches

    return register


def lacks(module: ModuleType, *names: str) -> Callable[[], bool]:
    """A test whether any of the (dotted) names is gone from the module."""

    def any_missing() -> bool:
        with warnings.catch_warnings():  # A name that is only deprecated is still there.
            warnings.simplefilter("ignore")
            try:
                operator.attrgetter(*names)(module)
            except AttributeError:
                return True
        return False

    return any_missing


def since_jax(*version: int) -> Callable[[], bool]:
    """A test for what is still there under its name, but does something else since a release."""
    return lambda: jax.__version_info__ >= version


def _put(holder: Any, name: str, value: object) -> object:
    """Replaces a name and returns what it stood for."""
    if isinstance(holder, dict):
        original = holder[name]
        holder[name] = value
    else:
        original = getattr(holder, name)
        setattr(holder, name, value)
    return original


def mend() -> None:
    """Makes every repair that is needed; for modules that are not imported yet, when they are."""
    pending: dict[str, list[Repair]] = {}
    for each in repairs():
        if each.module in sys.modules:
            each.apply()
        elif each.needed():
            pending.setdefault(each.module, []).append(each)
    for name in pending.keys() - _LATE:
        AROUND[name] = _around(pending[name], AROUND.get(name, lambda _: contextlib.nullcontext()))
        _LATE.add(name)


def _around(broken: list[Repair], also: Around) -> Around:
    """Lends a module its stand-ins while it runs, and then repairs it."""

    @contextlib.contextmanager
    def around(module: ModuleType) -> Iterator[None]:
        stand_ins = {name: make for each in broken for name, make in each.stand_ins.items()}
        lent = {name: make() for name, make in stand_ins.items() if cannot_import(name)}
        sys.modules.update(lent)
        try:
            with also(module):
                yield
        finally:
            for name in lent:
                del sys.modules[name]
        for each in broken:
            each.apply()

    return around


def cannot_import(name: str) -> bool:
    """Whether there is no such module; modules that were not imported yet stay so."""
    try:
        return importlib.util.find_spec(name) is None
    except ModuleNotFoundError:  # A parent that is missing, or no package.
        return True
