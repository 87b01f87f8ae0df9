"""Pages of the API, one for each part of the package; two of them also list the registry."""

import html
import importlib
import pkgutil
from collections.abc import Callable, Iterable

import trax_activations
from trax_activations import functional, layers, registry

_BASES = ("Layer", "Activation", "LearnedActivation")

_LAYERS = """\
---
title: Layers
---

# Layers

::: trax_activations.layers
    options:
      members: []
      show_root_heading: false
      show_root_toc_entry: false

`ta.ParametricRelu` is short for `trax_activations.layers.ParametricRelu`, and so for every layer
on this page.

## Activations

{activations}

## Other layers

{others}

## Activations of your own

{own}

## To derive from

{bases}
"""

_FUNCTIONS = """\
---
title: functional
---

::: trax_activations.functional
    options:
      heading_level: 1
      members: []

## Activations

{activations}

## Functions of NumPy

{others}
"""


_ROOM = """\
---
title: {name}
---

::: trax_activations.{name}
    options:
      heading_level: 1
"""


def rooms() -> list[str]:
    """The parts of the package that one imports, those with the activations first."""
    first = ["layers", "functional", "registry"]
    return first + sorted(trax_activations._submodules() - {"checkpoints", "cli", *first})


def menu() -> list[str]:
    """The API's part of MkDocs's ``nav``."""
    return ["api/index.md", *(f"api/{name}.md" for name in rooms())]


def pages() -> dict[str, str]:
    """The pages as Markdown, by file."""
    written = {name: _room(name) for name in rooms()}
    written |= {"layers": _layers(), "functional": _functions()}
    return {f"api/{name}.md": text for name, text in written.items()}


def _room(name: str) -> str:
    """The page of a part: what it offers, or, if it offers nothing by itself, its modules."""
    room = importlib.import_module(f"trax_activations.{name}")
    parts = [_ROOM.format(name=name)]
    if not hasattr(room, "__all__"):
        modules = [each.name for each in pkgutil.iter_modules(room.__path__)]
        parts += [f"::: {room.__name__}.{each}" for each in modules if not each.startswith("_")]
    return "\n\n".join(parts)


def table() -> str:
    """A row for each part of the package: its name, and the first line of its docstring."""
    rows = []
    for name in rooms():
        text = importlib.import_module(f"trax_activations.{name}").__doc__ or ""
        rows.append(f"| [`{name}`]({name}.md) | {text.partition(chr(10))[0].replace('``', '`')} |")
    return "\n".join(["| Part | |", "|---|---|", *rows])


def _layers() -> str:
    activations = {spec.layer_name for spec in registry.specs()}
    aliases = {name for spec in registry.specs() for name in spec.layer_aliases}
    others = sorted(set(layers.__all__) - activations - aliases - set(_BASES))
    return _LAYERS.format(
        activations=_links(lambda spec: spec.layer_name),
        others=_references(
            (f"{getattr(layers, name).__module__}.{name}" for name in others), members=False
        ),
        own=_references([f"{layers.activation.__module__}.activation"]),
        bases=_references(f"{getattr(layers, name).__module__}.{name}" for name in _BASES),
    )


def _functions() -> str:
    public = {name for name in vars(functional) if not name.startswith("_")}
    others = sorted(
        name
        for name in public - set(registry.names())
        if getattr(getattr(functional, name), "__module__", "").startswith(functional.__name__)
    )
    return _FUNCTIONS.format(
        activations=_links(lambda spec: spec.name),
        others=_references(f"{functional.__name__}.{name}" for name in others),
    )


def _links(name_of: Callable[[registry.ActivationSpec], str]) -> str:
    """Every activation under the name that this page has for it, with a link to its own."""
    return ",\n".join(
        f'[`{name_of(spec)}`](../gallery/{spec.name}.md "{html.escape(spec.summary)}")'
        for spec in sorted(registry.specs(), key=name_of)
    )


def _references(paths: Iterable[str], members: bool = True) -> str:
    options = "heading_level: 3" if members else "heading_level: 3\n      members: []"
    return "\n".join(f"::: {path}\n    options:\n      {options}\n" for path in paths)
